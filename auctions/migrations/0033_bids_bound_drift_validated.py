from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("auctions", "0032_bids_bound_drift")]

    operations = [ValidateConstraint("bid", "bid_drift_not_negative")]
