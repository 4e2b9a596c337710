from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("auctions", "0084_playbooks_regimes")]

    operations = [ValidateConstraint("playbook", "playbook_calm_below_stressed")]
