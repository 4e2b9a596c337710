import uuid

import django.db.models.deletion
from django.db import migrations, models

import backstop.clock
import backstop.models.base


class Migration(migrations.Migration):
    dependencies = [("backstop", "0007_price_before")]

    operations = [
        migrations.CreateModel(
            name="UsedMark",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=backstop.clock.DatabaseNow(), editable=False)),
                ("price", backstop.models.base.AmountField(decimal_places=18, max_digits=38)),
                ("used_at", models.DateTimeField()),
                (
                    "instrument",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="used_mark",
                        to="backstop.instrument",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("price__gt", 0)), name="used_mark_price_positive")
                ],
            },
        ),
    ]
