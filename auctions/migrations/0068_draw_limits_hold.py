from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("auctions", "0067_draw_limits")]

    operations = [ValidateConstraint(model_name="playbook", name="playbook_draw_limits_not_negative")]
