from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("auctions", "0016_jumps")]

    operations = [ValidateConstraint(model_name="playbook", name="playbook_jump_not_negative")]
