from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("auctions", "0034_playbooks_of_patience")]

    operations = [
        ValidateConstraint("playbook", "playbook_partial_cost_within"),
        ValidateConstraint("playbook", "playbook_dutch_rises"),
    ]
