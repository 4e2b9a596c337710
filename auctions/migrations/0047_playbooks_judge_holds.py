from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("auctions", "0046_playbooks_judge")]

    operations = [
        ValidateConstraint(model_name="playbook", name="playbook_uncontested_caps_within"),
        ValidateConstraint(model_name="playbook", name="playbook_ready_within_auction"),
    ]
