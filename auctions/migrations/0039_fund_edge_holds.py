from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("auctions", "0038_fund_edge")]

    operations = [ValidateConstraint(model_name="playbook", name="playbook_fund_edge_within")]
