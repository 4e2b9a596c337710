import decimal

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import backstop.models.base


class Migration(migrations.Migration):
    dependencies = [("auctions", "0037_take_overs")]

    operations = [
        migrations.AddField(
            model_name="playbook",
            name="fund_edge_bps",
            field=backstop.models.base.EdgeField(
                db_default=decimal.Decimal("500"),
                decimal_places=4,
                default=decimal.Decimal("500"),
                help_text="What the fund earns for taking what nobody else took, at most the Dutch cap: out of the "
                "lot's own money alone. Where that does not pay it in full there is no fee.",
                max_digits=12,
            ),
        ),
        AddConstraintNotValid(
            model_name="playbook",
            constraint=models.CheckConstraint(
                condition=models.Q(("fund_edge_bps__gte", 0), ("fund_edge_bps__lt", 10000)),
                name="playbook_fund_edge_within",
            ),
        ),
    ]
