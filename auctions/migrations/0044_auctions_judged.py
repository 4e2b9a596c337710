from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import backstop.models.base


class Migration(migrations.Migration):
    dependencies = [("auctions", "0043_readiness")]

    operations = [
        migrations.AddField(model_name="auction", name="contested", field=models.BooleanField(null=True)),
        migrations.AddField(
            model_name="auction",
            name="uncontested_cap_bps",
            field=backstop.models.base.EdgeField(decimal_places=4, max_digits=12, null=True),
        ),
        migrations.AddField(
            model_name="auction",
            name="ready_seconds",
            field=models.DecimalField(decimal_places=6, max_digits=18, null=True),
        ),
        migrations.RemoveConstraint(model_name="auction", name="auction_no_dust_left"),
        AddConstraintNotValid(
            model_name="auction",
            constraint=models.CheckConstraint(
                condition=models.Q(("units_taken__in", [0, models.F("units")]))
                | models.Q(("units_taken__lte", models.F("units") - models.F("min_take_units")))
                | models.Q(("state__in", ["AWARDED", "UNFILLED"])),
                name="auction_no_dust_under_way",
            ),
        ),
    ]
