from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("auctions", "0062_auctions_cut_back")]

    operations = [ValidateConstraint(model_name="auction", name="auction_no_dust_but_cut")]
