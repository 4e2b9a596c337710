import decimal
import uuid

import django.db.models.deletion
from django.db import migrations, models

import backstop.clock
import backstop.models.base

LIVE = models.Q(("state", "LIVE"))
TAKEN = models.Q(("state", "TAKEN"))
VOID = models.Q(("state", "VOID"))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0018_indexes_of_accounts_and_losses"), ("auctions", "0060_continuation_edges")]

    operations = [
        migrations.CreateModel(
            name="CutBid",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=backstop.clock.DatabaseNow(), editable=False)),
                ("place", models.PositiveIntegerField()),
                ("units", models.PositiveIntegerField()),
                ("least_units", models.PositiveIntegerField(default=1)),
                ("edge_bps", backstop.models.base.EdgeField(decimal_places=4, max_digits=12)),
                (
                    "state",
                    models.CharField(
                        choices=[("LIVE", "Live"), ("TAKEN", "Taken"), ("LAPSED", "Lapsed"), ("VOID", "Void")],
                        default="LIVE",
                        max_length=8,
                    ),
                ),
                (
                    "held",
                    backstop.models.base.AmountField(decimal_places=18, default=decimal.Decimal("0"), max_digits=38),
                ),
                ("taken_at", models.DateTimeField(null=True)),
                ("lapsed_at", models.DateTimeField(null=True)),
                ("void_at", models.DateTimeField(null=True)),
                ("void_reason", models.CharField(blank=True, default="", max_length=200)),
                (
                    "bid",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="cut", to="auctions.bid"
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="cut_bids", to="auctions.lot"
                    ),
                ),
                (
                    "provider",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="cut_bids", to="accounts.provider"
                    ),
                ),
                (
                    "take",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cut_bid",
                        to="auctions.take",
                    ),
                ),
                (
                    "waits_in",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cut_bids",
                        to="auctions.auction",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=LIVE, fields=["provider"], name="cut_bid_of_provider_live"),
                    models.Index(condition=LIVE, fields=["lot"], name="cut_bid_of_lot_live"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("least_units__gt", 0),
                            ("least_units__lte", models.F("units")),
                            ("place__gt", 0),
                            ("units__gt", 0),
                        ),
                        name="cut_bid_units_within",
                    ),
                    models.CheckConstraint(condition=models.Q(("held__gte", 0)), name="cut_bid_held_not_negative"),
                    models.CheckConstraint(
                        condition=LIVE | models.Q(("held", 0)), name="cut_bid_holds_only_while_live"
                    ),
                    models.CheckConstraint(
                        condition=TAKEN & models.Q(("take__isnull", False))
                        | ~TAKEN & models.Q(("take__isnull", True)),
                        name="cut_bid_taken_has_take",
                    ),
                    models.CheckConstraint(
                        condition=VOID & ~models.Q(("void_reason", "")) | ~VOID & models.Q(("void_reason", "")),
                        name="cut_bid_void_for_a_reason",
                    ),
                ],
            },
        ),
    ]
