from decimal import Decimal

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import backstop.models.base


class Migration(migrations.Migration):
    dependencies = [("auctions", "0054_take_overs_count")]

    operations = [
        migrations.AddField(
            model_name="playbook",
            name="inventory_haircut_bps",
            field=backstop.models.base.EdgeField(
                db_default=Decimal(1000),
                decimal_places=4,
                default=1000,
                help_text="What the fund has not sold when a loss event is final in any case counts at marks less so much.",
                max_digits=12,
            ),
        ),
        AddConstraintNotValid(
            model_name="playbook",
            constraint=models.CheckConstraint(
                condition=models.Q(("inventory_haircut_bps__gte", 0), ("inventory_haircut_bps__lte", 10000)),
                name="playbook_inventory_haircut_within",
            ),
        ),
    ]
