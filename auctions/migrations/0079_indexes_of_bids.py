from django.db import migrations, models

from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("auctions", "0078_bids_expire")]

    operations = [
        AddIndexConcurrently(
            "bid",
            models.Index(
                condition=models.Q(("expires_at__isnull", False), ("state", "LIVE")),
                fields=["expires_at"],
                name="bid_that_expires",
            ),
        ),
    ]
