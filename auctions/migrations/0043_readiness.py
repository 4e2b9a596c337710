import decimal
import uuid

import django.db.models.deletion
from django.db import migrations, models

import backstop.clock
import backstop.models.base

LIVE = models.Q(("state", "LIVE"))
VOID = models.Q(("state", "VOID"))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_terms_of_providers"), ("auctions", "0042_playbooks_bound_loss_events")]

    operations = [
        migrations.CreateModel(
            name="Readiness",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=backstop.clock.DatabaseNow(), editable=False)),
                ("client_bid_id", models.CharField(max_length=64)),
                ("place", models.PositiveIntegerField()),
                ("units", models.PositiveIntegerField()),
                ("units_left", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("LIVE", "Live"), ("ENDED", "Ended"), ("VOID", "Void")], default="LIVE", max_length=8
                    ),
                ),
                (
                    "held",
                    backstop.models.base.AmountField(decimal_places=18, default=decimal.Decimal("0"), max_digits=38),
                ),
                ("reconfirmed_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("void_at", models.DateTimeField(null=True)),
                ("void_reason", models.CharField(blank=True, default="", max_length=200)),
                (
                    "auction",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="readiness", to="auctions.auction"
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="readiness", to="accounts.provider"
                    ),
                ),
                (
                    "take",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="readiness",
                        to="auctions.take",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "readiness",
                "indexes": [
                    models.Index(fields=["provider", "created_at", "id"], name="readiness_of_provider"),
                    models.Index(condition=LIVE, fields=["provider"], name="readiness_of_provider_live"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("provider", "client_bid_id"), name="readiness_client_id_unique"),
                    models.UniqueConstraint(fields=("auction", "place"), name="readiness_in_order"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("place__gt", 0), ("units__gt", 0), ("units_left__lte", models.F("units"))
                        ),
                        name="readiness_units_within",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("held__gte", 0)), name="readiness_held_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=LIVE & models.Q(("units_left__gt", 0)) | ~LIVE & models.Q(("held", 0)),
                        name="readiness_holds_only_while_live",
                    ),
                    models.CheckConstraint(
                        condition=VOID & ~models.Q(("void_reason", "")) | ~VOID & models.Q(("void_reason", "")),
                        name="readiness_void_for_a_reason",
                    ),
                ],
            },
        ),
    ]
