from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import backstop.models.base


class Migration(migrations.Migration):
    dependencies = [("auctions", "0061_cut_bids")]

    operations = [
        migrations.AddField(
            model_name="auction",
            name="continuation_edge_bps",
            field=backstop.models.base.EdgeField(decimal_places=4, max_digits=12, null=True),
        ),
        migrations.AddField(
            model_name="auction",
            name="filling_edge_bps",
            field=backstop.models.base.EdgeField(decimal_places=4, max_digits=12, null=True),
        ),
        migrations.AddField(
            model_name="auction", name="cut_units", field=models.PositiveIntegerField(db_default=0, default=0)
        ),
        migrations.RemoveConstraint(model_name="auction", name="auction_no_dust_under_way"),
        AddConstraintNotValid(
            model_name="auction",
            constraint=models.CheckConstraint(
                condition=models.Q(("units_taken__in", [0, models.F("units")]))
                | models.Q(("units_taken__lte", models.F("units") - models.F("min_take_units")))
                | models.Q(("cut_units__gt", 0))
                | models.Q(("state__in", ["AWARDED", "UNFILLED"])),
                name="auction_no_dust_but_cut",
            ),
        ),
    ]
