"""`manage.py changepassword`: another password of a user of the admin, on whatever database there is."""

from django.contrib.auth.management.commands import changepassword

from backstop.management.policy import NeedsTables


class Command(NeedsTables, changepassword.Command):
    help = f"{changepassword.Command.help} Example: manage.py changepassword olivia"
