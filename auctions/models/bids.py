"""What is offered in sealed auctions."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import models
from django.db.models import F, Func, Q, Value

from accounts.models import Commitment, Provider
from auctions.lifecycle import BID, AuctionState, BidState
from auctions.models.auctions import MAX_CLIENT_BID_ID, Auction
from auctions.rules.sealing import Offer
from backstop.models.base import AmountField, EdgeField, Row, Stateful


class Bid(Row, Stateful):
    """A sealed offer for up to `units` at `edge_bps`, or a commitment's standing one. An auction's stand `IN_ORDER`:
    `created_at` is when it was received, and what nobody is shown is its `sequence`, in which others' bids count.
    `inverse_edge_bps` is what it asks for the inverse lot, in auctions that do not show which way theirs points.

    What it offers is in `sealed_offer` alone until the close opens it; `digest` commits to it, `fingerprint` knows it
    when it is sent again. One that `improves` another took its place; it is `firm` where that one was.
    `held` is what it holds of the provider's collateral now, for `max_units` at a payment of at most `max_pay_bps`.
    From `expires_at` on (None: never) it is taken back, unless it was carried over into another round by then.
    Where marks move by more than `max_drift_bps` from the opening to the close it is void (None: than its playbook's).
    """

    lifecycle = BID
    IN_ORDER = ("created_at", "sequence")

    auction = models.ForeignKey(Auction, models.CASCADE, related_name="bids")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="bids")
    commitment = models.ForeignKey(Commitment, models.PROTECT, null=True, related_name="+")
    client_bid_id = models.CharField(max_length=MAX_CLIENT_BID_ID)
    sequence = models.BigIntegerField(
        unique=True, editable=False, db_default=Func(Value("bid_sequence"), function="nextval")
    )
    state = models.CharField(max_length=16, choices=BidState, default=BidState.LIVE)
    round = models.PositiveSmallIntegerField(default=1)
    improves = models.OneToOneField("self", models.PROTECT, null=True, related_name="improved_by")
    firm = models.BooleanField(default=False)
    sealed_offer = models.BinaryField(null=True, editable=False)
    digest = models.BinaryField(null=True, editable=False)
    fingerprint = models.BinaryField(null=True, editable=False)
    units = models.PositiveIntegerField(null=True)
    edge_bps = EdgeField(null=True)
    inverse_edge_bps = EdgeField(null=True)
    all_or_none = models.BooleanField(null=True)
    min_units = models.PositiveIntegerField(null=True)
    max_units = models.PositiveIntegerField()
    max_pay_bps = EdgeField(default=0)
    max_drift_bps = EdgeField(null=True)
    held = AmountField(default=0)
    expires_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    reconfirmed_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=200, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            # What a commitment's bid is called is ours: a provider may have used the same name for one of its own.
            models.UniqueConstraint(
                fields=["provider", "client_bid_id"], condition=Q(commitment=None), name="bid_client_id_unique"
            ),
            models.UniqueConstraint(
                fields=["provider", "client_bid_id"],
                condition=Q(commitment__isnull=False),
                name="bid_standing_once_an_opening",
            ),
            models.CheckConstraint(
                condition=Q(
                    units__isnull=True,
                    edge_bps__isnull=True,
                    inverse_edge_bps__isnull=True,
                    all_or_none__isnull=True,
                    min_units__isnull=True,
                )
                | Q(units__isnull=False, edge_bps__isnull=False, all_or_none__isnull=False, min_units__isnull=False),
                name="bid_opened_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state=BidState.LIVE)
                | Q(
                    sealed_offer__isnull=False,
                    digest__isnull=False,
                    fingerprint__isnull=False,
                    units__isnull=True,
                    edge_bps__isnull=True,
                ),
                name="bid_live_is_sealed",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[BidState.WON, BidState.LOST]) | Q(units__isnull=False),
                name="bid_decided_is_opened",
            ),
            models.CheckConstraint(
                condition=Q(units__isnull=True) | Q(units__lte=F("max_units")), name="bid_units_within_maximum"
            ),
            models.CheckConstraint(
                condition=Q(min_units__isnull=True)
                | Q(units__isnull=True)
                | Q(min_units__gt=0, min_units__lte=F("units")),
                name="bid_min_units_within_units",
            ),
            models.CheckConstraint(
                condition=(Q(edge_bps__isnull=True) | Q(edge_bps__gte=-F("max_pay_bps")))
                & (Q(inverse_edge_bps__isnull=True) | Q(inverse_edge_bps__gte=-F("max_pay_bps"))),
                name="bid_payment_within_maximum",
            ),
            models.CheckConstraint(condition=Q(max_pay_bps__gte=0), name="bid_maximum_not_negative"),
            models.CheckConstraint(
                condition=Q(max_drift_bps__isnull=True) | Q(max_drift_bps__gte=0), name="bid_drift_not_negative"
            ),
            models.CheckConstraint(condition=Q(held__gte=0), name="bid_held_not_negative"),
            models.CheckConstraint(condition=Q(state=BidState.LIVE) | Q(held=0), name="bid_holds_only_while_live"),
            models.CheckConstraint(
                condition=Q(state=BidState.VOID, voided_at__isnull=False) & ~Q(void_reason="")
                | ~Q(state=BidState.VOID) & Q(voided_at__isnull=True, void_reason=""),
                name="bid_void_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["auction", "sequence"], name="bid_in_order"),
            models.Index(
                fields=["auction", "provider"], condition=Q(commitment=None), name="bid_of_provider_in_auction"
            ),
            models.Index(fields=["provider", "created_at", "id"], name="bid_of_provider"),
            models.Index(
                fields=["provider", "created_at", "id"], condition=Q(state=BidState.LIVE), name="bid_of_provider_live"
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(state=BidState.LIVE, expires_at__isnull=False),
                name="bid_that_expires",
            ),
        ]

    def __str__(self) -> str:
        return f"bid {self.client_bid_id}"

    @property
    def asset_id(self) -> UUID:
        """Of what it holds."""
        return self.auction.step.lot.book.asset_id

    @property
    def must_reconfirm(self) -> bool:
        """Whether the bid is void at the close unless its provider says before that it still stands."""
        since = self.auction.reconfirm_since
        if since is None or self.commitment_id or self.state != BidState.LIVE:
            return False
        return (self.reconfirmed_at or self.created_at) < since

    @property
    def is_carried_over(self) -> bool:
        """Whether it, or what it improves, stood to the end of a round and went into another."""
        return self.firm or self.round < self.auction.round

    @property
    def is_firm(self) -> bool:
        """Whether its provider may not go back on it: a commitment's, or one that was carried over, but while a halt
        lasts and while bidders are asked again."""
        auction = self.auction
        may_all_go_back = auction.state == AuctionState.HALTED or auction.reconfirm_since is not None
        return self.commitment_id is not None or (self.is_carried_over and not may_all_go_back)

    def stands_at(self, drift_bps: Decimal, default_bps: Decimal) -> bool:
        """Whether it still counts where marks have moved so far; by its limit exactly it does."""
        return drift_bps <= self.drift_limit_bps(default_bps)

    def drift_limit_bps(self, default_bps: Decimal) -> Decimal:
        """How far marks may move for it to count: as far as it says, or else by the default."""
        return default_bps if self.max_drift_bps is None else self.max_drift_bps

    def reveal(self, offer: Offer) -> None:
        """Show what it offered. Does not save."""
        self.units, self.edge_bps, self.inverse_edge_bps = offer.units, offer.edge_bps, offer.inverse_edge_bps
        self.all_or_none, self.min_units = offer.all_or_none, offer.min_units

    def win(self, at: datetime) -> None:
        """Be given something; what that holds is the award's. Does not save."""
        self.move_to(BidState.WON, at)
        self.held = Decimal(0)

    def lose(self, at: datetime) -> None:
        """Be given nothing; it holds nothing any more. Does not save."""
        self.move_to(BidState.LOST, at)
        self.held = Decimal(0)

    def cancel(self, at: datetime) -> None:
        """Take it back; it holds nothing any more. Does not save."""
        self.move_to(BidState.CANCELLED, at)
        self.held = Decimal(0)

    def void(self, reason: str, at: datetime) -> None:
        """Let the bid count no more, and hold nothing; does not save."""
        self.move_to(BidState.VOID, at)
        self.voided_at = at
        self.void_reason = reason
        self.held = Decimal(0)
