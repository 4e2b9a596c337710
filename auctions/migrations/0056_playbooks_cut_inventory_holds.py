from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("auctions", "0055_playbooks_cut_inventory")]

    operations = [ValidateConstraint(model_name="playbook", name="playbook_inventory_haircut_within")]
