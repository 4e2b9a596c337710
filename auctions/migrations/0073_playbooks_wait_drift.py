from decimal import Decimal

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import backstop.models.base


class Migration(migrations.Migration):
    dependencies = [("auctions", "0072_readiness_drifts")]

    operations = [
        migrations.AddField(
            "playbook",
            "wait_drift_bps",
            backstop.models.base.EdgeField(
                db_default=Decimal("1000"),
                decimal_places=4,
                default=Decimal("1000"),
                help_text="Where marks moved further since somebody stood ready until a Dutch auction ends, a word that "
                "says nothing else is void.",
                max_digits=12,
            ),
        ),
        AddConstraintNotValid(
            "playbook",
            models.CheckConstraint(
                condition=models.Q(("wait_drift_bps__gte", 0)), name="playbook_wait_drift_not_negative"
            ),
        ),
    ]
