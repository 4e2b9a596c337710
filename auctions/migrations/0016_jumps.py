import decimal

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import backstop.models.base


class Migration(migrations.Migration):
    dependencies = [("auctions", "0015_indexes_of_bids")]

    operations = [
        migrations.AddField(
            model_name="playbook",
            name="max_jump_bps",
            field=backstop.models.base.EdgeField(
                blank=True,
                db_default=decimal.Decimal("1000"),
                decimal_places=4,
                default=decimal.Decimal("1000"),
                help_text="Marks further than this from those last used price nothing until a second set or source "
                "confirms them, or max_halt_seconds are over. Empty: marks may jump.",
                max_digits=12,
                null=True,
            ),
        ),
        AddConstraintNotValid(
            model_name="playbook",
            constraint=models.CheckConstraint(
                condition=models.Q(("max_jump_bps__isnull", True), ("max_jump_bps__gte", 0), _connector="OR"),
                name="playbook_jump_not_negative",
            ),
        ),
    ]
