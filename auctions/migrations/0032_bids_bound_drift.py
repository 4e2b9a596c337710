from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import backstop.models.base


class Migration(migrations.Migration):
    dependencies = [("auctions", "0031_lots_queue_longer")]

    operations = [
        migrations.AddField(
            "bid", "max_drift_bps", backstop.models.base.EdgeField(decimal_places=4, max_digits=12, null=True)
        ),
        AddConstraintNotValid(
            "bid",
            models.CheckConstraint(
                condition=models.Q(("max_drift_bps__isnull", True), ("max_drift_bps__gte", 0), _connector="OR"),
                name="bid_drift_not_negative",
            ),
        ),
    ]
