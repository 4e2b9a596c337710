import uuid

import django.db.models.deletion
from django.db import migrations, models

import backstop.clock
import backstop.models.base


class Migration(migrations.Migration):
    dependencies = [("backstop", "0011_exposure_and_default_terms"), ("auctions", "0059_playbooks_make_whole_validated")]

    operations = [
        migrations.CreateModel(
            name="ContinuationEdge",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=backstop.clock.DatabaseNow(), editable=False)),
                ("edge_bps", backstop.models.base.EdgeField(decimal_places=4, max_digits=12)),
                (
                    "product_group",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="continuation_edge",
                        to="backstop.productgroup",
                    ),
                ),
                (
                    "venue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="continuation_edges",
                        to="backstop.venue",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("edge_bps__gte", 0)), name="continuation_edge_not_negative"
                    )
                ],
            },
        ),
    ]
