"""`manage.py createsuperuser`: the first user of the admin, on whatever database there is."""

from django.contrib.auth.management.commands import createsuperuser

from backstop.management.policy import NeedsTables


class Command(NeedsTables, createsuperuser.Command):
    help = f"{createsuperuser.Command.help} Example: manage.py createsuperuser --username olivia"
