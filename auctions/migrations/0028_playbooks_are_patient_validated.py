from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("auctions", "0027_playbooks_are_patient")]

    operations = [ValidateConstraint("playbook", "playbook_unplaced_risk_not_negative")]
