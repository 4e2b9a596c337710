from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_ceilings")]

    operations = [ValidateConstraint(model_name="account", name="account_within_ceiling")]
