import decimal
import uuid

import django.db.models.deletion
from django.db import migrations, models

import auctions.models.awards
import backstop.clock


def exact() -> models.Field:
    return auctions.models.awards.ExactField(decimal_places=50, default=decimal.Decimal(0), max_digits=100)


class Migration(migrations.Migration):
    dependencies = [("auctions", "0023_steps_stopped")]

    operations = [
        migrations.CreateModel(
            name="SettledTotal",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=backstop.clock.DatabaseNow(), editable=False)),
                ("profit", exact()),
                ("value", exact()),
                ("edge", exact()),
                ("margin", exact()),
                (
                    "provider",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.provider",
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="settled_totals", to="auctions.step"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("step", "provider"), name="settled_total_one_a_provider", nulls_distinct=False
                    )
                ],
            },
        ),
    ]
