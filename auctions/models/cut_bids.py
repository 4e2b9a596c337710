"""What sealed auctions cut back: units of bids that stay firm for their lot's next Dutch auction."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import models
from django.db.models import F, Q

from accounts.models import Provider
from auctions.lifecycle import CUT_BID, CutBidState
from auctions.models.auctions import Auction
from auctions.models.bids import Bid
from auctions.models.lots import Lot
from auctions.models.takes import Take
from backstop.models.base import AmountField, EdgeField, MarksField, Row, Stateful


class CutBid(Row, Stateful):
    """Units of a bid that its auction cut back: up to `units`, `least_units` of them or none, at `edge_bps`. They hold
    `held` of the provider's collateral, and wait for the lot's next Dutch auction, which it `waits_in` once that is
    open, to take by themselves when the clock reaches their edge. Those of a lot stand by `place`, from 1. Where
    marks had moved further from that auction's than the bid allows, they were at `void_marks`.

    Its verbs change it in memory and do not save.
    """

    lifecycle = CUT_BID

    bid = models.OneToOneField(Bid, models.PROTECT, related_name="cut")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="cut_bids")
    lot = models.ForeignKey(Lot, models.CASCADE, related_name="cut_bids")
    waits_in = models.ForeignKey(Auction, models.CASCADE, null=True, related_name="cut_bids")
    place = models.PositiveIntegerField()
    units = models.PositiveIntegerField()
    least_units = models.PositiveIntegerField(default=1)
    edge_bps = EdgeField()
    state = models.CharField(max_length=8, choices=CutBidState, default=CutBidState.LIVE)
    held = AmountField(default=0)
    take = models.OneToOneField(Take, models.PROTECT, null=True, related_name="cut_bid")
    taken_at = models.DateTimeField(null=True)
    lapsed_at = models.DateTimeField(null=True)
    void_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=200, blank=True, default="")
    void_marks = MarksField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(units__gt=0, place__gt=0, least_units__gt=0, least_units__lte=F("units")),
                name="cut_bid_units_within",
            ),
            models.CheckConstraint(condition=Q(held__gte=0), name="cut_bid_held_not_negative"),
            models.CheckConstraint(
                condition=Q(state=CutBidState.LIVE) | Q(held=0), name="cut_bid_holds_only_while_live"
            ),
            models.CheckConstraint(
                condition=Q(state=CutBidState.TAKEN, take__isnull=False)
                | ~Q(state=CutBidState.TAKEN) & Q(take__isnull=True),
                name="cut_bid_taken_has_take",
            ),
            models.CheckConstraint(
                condition=Q(state=CutBidState.VOID) & ~Q(void_reason="")
                | ~Q(state=CutBidState.VOID) & Q(void_reason=""),
                name="cut_bid_void_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["provider"], condition=Q(state=CutBidState.LIVE), name="cut_bid_of_provider_live"),
            models.Index(fields=["lot"], condition=Q(state=CutBidState.LIVE), name="cut_bid_of_lot_live"),
        ]

    def __str__(self) -> str:
        return f"what was cut of {self.bid}"

    @property
    def asset_id(self) -> UUID:
        """Of what it holds."""
        return self.lot.book.asset_id

    @property
    def max_pay_bps(self) -> Decimal:
        """What it pays for each unit, if it is not paid for it."""
        return max(self.edge_bps.copy_negate(), Decimal(0))

    def wait_in(self, auction: Auction, held: Decimal) -> None:
        """Stand in this Dutch auction, and hold so much at its marks."""
        self.waits_in = auction
        self.held = held

    def be_taken(self, take: Take, at: datetime) -> None:
        """Have taken; what that holds is the award's."""
        self.move_to(CutBidState.TAKEN, at)
        self.take = take
        self.held = Decimal(0)

    def lapse(self, at: datetime) -> None:
        """Hold nothing any more: there is nothing left to wait for."""
        self.move_to(CutBidState.LAPSED, at)
        self.held = Decimal(0)

    def void(self, reason: str, at: datetime, marks: Mapping[UUID, Decimal] | None = None) -> None:
        """Count no more, and hold nothing; these are the marks that it was left behind by, if it was."""
        self.move_to(CutBidState.VOID, at)
        self.void_reason, self.void_marks = reason, marks
        self.held = Decimal(0)
