from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("auctions", "0073_playbooks_wait_drift")]

    operations = [
        ValidateConstraint("readiness", "readiness_drifts_since_its_marks"),
        ValidateConstraint("playbook", "playbook_wait_drift_not_negative"),
    ]
