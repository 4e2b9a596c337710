from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("auctions", "0044_auctions_judged")]

    operations = [ValidateConstraint(model_name="auction", name="auction_no_dust_under_way")]
