from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("auctions", "0048_wishes")]

    operations = [
        migrations.AddField(
            model_name="lot", name="units_awarded", field=models.PositiveIntegerField(null=True)
        ),
        migrations.AddField(
            model_name="lot",
            name="gained",
            field=models.DecimalField(decimal_places=50, max_digits=100, null=True),
        ),
        AddConstraintNotValid(
            model_name="lot",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("units_awarded__isnull", True), ("units_awarded__lte", models.F("units")), _connector="OR"
                ),
                name="lot_never_oversold",
            ),
        ),
    ]
