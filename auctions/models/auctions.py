"""Auctions: one lot, one format, one window, one reserve edge."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import F, Q

from auctions.events import Whose
from auctions.lifecycle import AUCTION, AUCTIONED, DECIDED, UNDER_WAY, AuctionState, StepKind
from auctions.models.playbooks import DISCLOSURES, PRICE_RULES, RATIONINGS, SEALED_FORMATS, Playbook, SealedBy
from auctions.models.rounds import last_beat_of
from auctions.models.steps import Step
from auctions.rules.competition import cap_as_judged
from auctions.rules.curves import curve_of
from auctions.rules.disclosure import PERCENTS, Disclosure
from auctions.rules.eligibility import Exclusions
from auctions.rules.holds import Hold
from auctions.rules.outages import LastBeat
from auctions.rules.price_clock import PriceClock, seconds_between
from backstop.models.base import (
    AmountField,
    DeadlineField,
    EdgeField,
    FrozenArrayField,
    FrozenJSONField,
    MarksField,
    Parkable,
    Row,
)
from backstop.models.venues import Venue
from backstop.values.amounts import total

MAX_CLIENT_BID_ID = 64  # letters of the name that a provider gives what it offers


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketTerms:
    """What an auction has from the market at its opening, field by field. A restart takes all of it anew, and nothing
    else of what an auction was opened with."""

    reserve_edge_bps: Decimal
    notional: Decimal
    band_above: Decimal | None
    band_up_to: Decimal | None
    risk_percent: int | None
    unit_hold: Decimal
    unit_exposure: Decimal
    base_hold: Decimal
    marks: Mapping[UUID, Decimal]
    curve: Mapping[str, Any] | None
    tiers: Mapping[str, int]
    priority_seconds: int
    contested: bool | None
    uncontested_cap_bps: Decimal
    ready_seconds: Decimal | None
    continuation_edge_bps: Decimal | None
    excluded_providers: Sequence[UUID]
    opens_at: datetime
    closes_at: datetime


class Auction(Row, Parkable):
    """One lot, one format, one window, one reserve edge. What it was opened with is kept here: its `MarketTerms` until
    a restart takes them anew, though halts and reopenings put off `closes_at`, and `excluded_providers` follow who may
    take part; the rest for good. Its verbs change it in memory and do not save.

    `marks` maps instrument ids to the marks of the opening; `curve` describes the price clock of a Dutch auction, as
    auctions.rules.curves reads it, which starts after `priority_seconds`: until then only those in `tiers` take, the
    providers (by id) of a better tier than the last. A bid holds `base_hold` and, for each unit,
    `unit_hold` plus its declared payment on `unit_exposure`. `halted_seconds` is how long the clock stood still
    altogether, in halts and in outages of more than `outage_seconds`; a halt lasts until `halt_ends_at` at most. Bids
    from before `reconfirm_since` have to be reconfirmed.
    `format`, `price_rule` and `rationing` are a sealed auction's, and so are `max_bids`, the most that a provider ever
    places in it, and the smallest step by which an improvement lowers an edge. Its close records whether the selection
    is proven best and otherwise by how many units x edge at most it could be bettered (`optimal`, `gap`), or why it
    could decide nothing (`unfilled_reason`). `sealed_key` is the key of its bids, wrapped by the master key that
    `sealing_key` names. Where they are sealed by their providers, they are to `offer_public_key`; `offer_private_key`
    is wrapped like the other.

    Whether it is `contested` a sealed auction knows at its close, and a Dutch one from its round's sealed one, or else
    when it is judged, after `ready_seconds` of its price clock; until then, and where it is not, at most
    `uncontested_cap_bps` are paid. What release 0.2.0 opened has neither. `judged_by` is by what a Dutch one was
    judged, as its link of the book's chain says it.

    A sealed auction values units that it leaves at `continuation_edge_bps` (None: nothing is cut back); where it cut
    some, filling would have paid at most `filling_edge_bps`, above which its round's Dutch auction does not rise. In
    that `cut_units` wait to take by themselves, which may leave less than `min_take_units`.

    `units` are what bids and takes count in: those of the lot that are offered (`offered_units`) or, with the
    `disclosure` SIZE_BAND, percents of these. Then the notional's band and `risk_percent` are shown instead of the lot.
    """

    lifecycle = AUCTION
    secret_columns = ("sealed_key", "offer_private_key")

    step = models.OneToOneField(Step, models.CASCADE, related_name="auction")
    venue = models.ForeignKey(Venue, models.PROTECT, related_name="auctions")
    kind = models.CharField(max_length=8, choices=[(kind, kind.label) for kind in AUCTIONED])
    format = models.CharField(max_length=16, choices=SEALED_FORMATS, blank=True, default="")
    price_rule = models.CharField(max_length=16, choices=PRICE_RULES, blank=True, default="")
    first_rejected_cap_bps = EdgeField(default=0)
    rationing = models.CharField(max_length=16, choices=RATIONINGS, blank=True, default="")
    sealed_by = models.CharField(max_length=8, choices=SealedBy, blank=True, default="")
    state = models.CharField(max_length=16, choices=AuctionState, default=AuctionState.OPEN)
    disclosure = models.CharField(max_length=16, choices=DISCLOSURES, default=Disclosure.FULL.value)
    units = models.PositiveIntegerField()
    offered_units = models.PositiveIntegerField()
    band_above = AmountField(null=True)
    band_up_to = AmountField(null=True)
    risk_percent = models.PositiveIntegerField(null=True)
    units_taken = models.PositiveIntegerField(default=0)
    min_take_units = models.PositiveIntegerField(default=1)
    max_bids = models.PositiveIntegerField(default=200, db_default=200)
    min_improvement_bps = EdgeField(default=1, db_default=1)
    reserve_edge_bps = EdgeField()
    notional = AmountField()
    unit_hold = AmountField()
    unit_exposure = AmountField()
    base_hold = AmountField()
    marks = MarksField()
    curve = FrozenJSONField(null=True)
    tiers = FrozenJSONField(default=dict)
    priority_seconds = models.PositiveIntegerField(default=0)
    contested = models.BooleanField(null=True)
    judged_by = FrozenJSONField(null=True)
    uncontested_cap_bps = EdgeField(null=True)
    ready_seconds = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    continuation_edge_bps = EdgeField(null=True)
    filling_edge_bps = EdgeField(null=True)
    cut_units = models.PositiveIntegerField(default=0, db_default=0)
    sealing_key = models.CharField(max_length=32, blank=True, default="")
    sealed_key = models.BinaryField(null=True, editable=False)
    offer_public_key = models.BinaryField(null=True, editable=False)
    offer_private_key = models.BinaryField(null=True, editable=False)
    excluded_providers = FrozenArrayField(models.UUIDField(), default=list)
    opens_at = models.DateTimeField()
    closes_at = DeadlineField()
    round = models.PositiveSmallIntegerField(default=1)
    halted_at = models.DateTimeField(null=True)
    halt_ends_at = DeadlineField(null=True)
    halt_reason = models.CharField(max_length=200, blank=True, default="")
    halted_seconds = models.DecimalField(max_digits=18, decimal_places=6, default=0)
    reconfirm_since = models.DateTimeField(null=True)
    outage_seconds = models.PositiveIntegerField(null=True)
    restarts = models.PositiveSmallIntegerField(default=0)
    awarded_at = models.DateTimeField(null=True)
    unfilled_at = models.DateTimeField(null=True)
    unfilled_reason = models.CharField(max_length=200, blank=True, default="")
    optimal = models.BooleanField(null=True)
    gap = AmountField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(units__gt=0), name="auction_units_positive"),
            models.CheckConstraint(condition=Q(units_taken__lte=F("units")), name="auction_never_oversold"),
            models.CheckConstraint(
                condition=Q(units_taken__in=[0, F("units")])
                | Q(units_taken__lte=F("units") - F("min_take_units"))
                | Q(cut_units__gt=0)
                | Q(state__in=[*DECIDED]),
                name="auction_no_dust_but_cut",
            ),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="auction_window_positive"),
            models.CheckConstraint(
                condition=Q(
                    disclosure=Disclosure.FULL.value,
                    offered_units=F("units"),
                    band_above__isnull=True,
                    band_up_to__isnull=True,
                    risk_percent__isnull=True,
                )
                | Q(
                    disclosure=Disclosure.SIZE_BAND.value,
                    kind=StepKind.SEALED,
                    units=PERCENTS,
                    offered_units__gt=0,
                    band_above__gt=0,
                    band_up_to__gt=F("band_above"),
                    risk_percent__isnull=False,
                ),
                name="auction_shows_lot_or_band",
            ),
            models.CheckConstraint(
                condition=~Q(state=AuctionState.HALTED) | Q(halted_at__isnull=False, halt_ends_at__isnull=False),
                name="auction_halts_end",
            ),
            models.CheckConstraint(
                condition=~Q(kind=StepKind.SEALED) | Q(state__in=[*DECIDED]) | Q(sealed_key__isnull=False),
                name="auction_sealed_has_key",
            ),
            models.CheckConstraint(
                condition=Q(
                    sealed_by=SealedBy.PROVIDER, offer_public_key__isnull=False, offer_private_key__isnull=False
                )
                | ~Q(sealed_by=SealedBy.PROVIDER) & Q(offer_public_key__isnull=True, offer_private_key__isnull=True),
                name="auction_sealed_by_provider_has_keys",
            ),
        ]
        indexes = [
            models.Index(
                fields=["closes_at"],
                condition=Q(state__in=[*UNDER_WAY]),
                name="auction_due",
            ),
            models.Index(fields=["retry_at"], condition=Q(retry_at__isnull=False), name="auction_parked"),
            models.Index(fields=["halt_ends_at"], condition=Q(state=AuctionState.HALTED), name="auction_halt_ends"),
            models.Index(fields=["venue", "created_at", "id"], name="auction_of_venue"),
            models.Index(fields=["venue", "state", "created_at", "id"], name="auction_of_venue_in_state"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.step.lot}"

    def is_open_at(self, now: datetime) -> bool:
        """Whether its window is open: at `opens_at` exactly it is, at `closes_at` no more; nor while it is halted. In
        an outage it is as it was."""
        shown = self.last_beat.shown_at(now, self.opens_at)
        return self.state == AuctionState.OPEN and self.opens_at <= shown < self.closes_at

    @property
    def last_beat(self) -> LastBeat:
        """Whether anything runs at its venue. Loaded with the auction (`venue__heartbeat`), since each follows the
        other."""
        return last_beat_of(self.venue, self.outage_seconds)

    @property
    def whose(self) -> Whose:
        """Its book's: what every event of it, and of what is offered in it, is made with."""
        return self.step.lot.book.whose

    @property
    def units_left(self) -> int:
        """What of it may still be taken; a lot may have more that came back meanwhile."""
        return self.units - self.units_taken

    @property
    def lot_units_left(self) -> int:
        """How many units of the lot it still offers. Takes count in these: only a sealed auction's bids may not."""
        return self.offered_units - self.units_taken

    @property
    def hold(self) -> Hold:
        """What a bid or take holds."""
        return Hold(self.unit_hold, self.unit_exposure, self.base_hold)

    @property
    def exclusions(self) -> Exclusions:
        """Who takes no part in it: true at every instant while it is under way, once its lock is held."""
        return Exclusions(providers=frozenset(self.excluded_providers))

    @property
    def hides_lot(self) -> bool:
        """Whether providers may not see what the lot is. A withdrawn lot may come again, in a new version."""
        return self.disclosure == Disclosure.SIZE_BAND and self.state not in DECIDED

    @property
    def price_clock(self) -> PriceClock:
        """The edge of each instant. Only a Dutch auction has one."""
        assert self.curve is not None
        return PriceClock(
            curve_of(self.curve), self.opens_at, self.priority_seconds, self.halted_seconds, self.last_beat
        )

    @property
    def cap_bps(self) -> Decimal:
        """The most that may be paid in it as far as it is judged by now."""
        return cap_as_judged(self.reserve_edge_bps, self.uncontested_cap_bps, self.ready_seconds, self.contested)

    def judged_cap_bps(self, now: datetime) -> Decimal:
        """The same, were it judged now if it has to be, and found contested."""
        return self.reserve_edge_bps if self.is_due_to_be_judged(now) else self.cap_bps

    def last_edge_at(self, now: datetime, cap_bps: Decimal) -> Decimal:
        """The edge of its price clock, at most this cap: of its last instant, once it is over."""
        return self.price_clock.edge_at(min(now, self.closes_at), cap_bps)

    def is_due_to_be_judged(self, now: datetime) -> bool:
        """Whether it has to be judged whether it is contested; at `ready_seconds` exactly it has."""
        if self.contested is not None or self.ready_seconds is None:
            return False
        return self.price_clock.seconds_at(now) >= self.ready_seconds

    def take_terms(self, terms: MarketTerms) -> None:
        """Have these terms, all of them."""
        for field in fields(terms):
            setattr(self, field.name, getattr(terms, field.name))

    def exclude(self, providers: Collection[UUID]) -> None:
        """Let these take no part in it, and everybody else."""
        self.excluded_providers = sorted(providers)

    def judge(self, *, contested: bool, by: Mapping[str, Any] | None = None) -> None:
        """Keep whether there is competition, and `by` what that was judged: for good."""
        self.contested, self.judged_by = contested, by

    def halt(self, reason: str, max_seconds: int, now: datetime) -> None:
        """Stop its clock, for `max_seconds` at most."""
        self.move_to(AuctionState.HALTED, now)
        self.halt_ends_at = now + timedelta(seconds=max_seconds)
        self.halt_reason = reason[:200]

    def resume(self, playbook: Playbook, now: datetime) -> None:
        """Let its clock go on, its deadline later by as long as it stood.

        After a halt of more than the playbook's `reconfirm_after_seconds`, sealed bids and readiness have to be
        reconfirmed, for which there are `reconfirm_seconds` at least.
        """
        assert self.halted_at is not None
        halted_at = self.halted_at
        self.move_to(AuctionState.OPEN, now)
        self._forget_halt()
        self._put_off(halted_at, playbook, now)

    def make_up_for_outage(self, playbook: Playbook, now: datetime) -> bool:
        """Let its clock go on as after a halt, where nothing has run for long; whether it was so. One that was halted
        meanwhile counts as halted from the beginning, and may stay so for as long as it might have."""
        lost_since = self.last_beat.lost_since(now)
        if lost_since is None:
            return False
        since = max(lost_since, self.opens_at)
        if self.halted_at is not None and self.halt_ends_at is not None:
            self.halt_ends_at += now - max(self.halted_at, since)
            self.halted_at = min(self.halted_at, since)
        else:
            self._put_off(since, playbook, now)
        return True

    def _put_off(self, since: datetime, playbook: Playbook, now: datetime) -> None:
        stood = now - since
        self.halted_seconds = total([self.halted_seconds, seconds_between(since, now)])
        self.closes_at += stood
        if stood > timedelta(seconds=playbook.reconfirm_after_seconds):
            self.reconfirm_since = now
            self.closes_at = max(self.closes_at, now + timedelta(seconds=playbook.reconfirm_seconds))

    def reopen(self, seconds: int, now: datetime) -> None:
        """Open its window once more, for so many seconds."""
        self.round += 1
        self.closes_at = now + timedelta(seconds=seconds)
        self.unpark()

    def restart(self, terms: MarketTerms, now: datetime) -> None:
        """Start anew with these terms, halted or not; what was taken stays taken."""
        if self.state == AuctionState.HALTED:
            self.move_to(AuctionState.OPEN, now)
        self._forget_halt()
        self.halted_seconds = Decimal(0)
        self.reconfirm_since = None
        self.judged_by = None
        self.round = 1
        self.restarts += 1
        self.take_terms(terms)
        self.unpark()

    def take(self, units: int, now: datetime) -> None:
        """Let so many units go; with the last of them it is awarded."""
        self.units_taken += units
        if self.units_taken == self.units:
            self.move_to(AuctionState.AWARDED, now)

    def let_go(self, units: int) -> None:
        """Let so many units go at its end, which is yet to be carried out."""
        self.units_taken += units

    def end_reconfirming(self) -> None:
        """Ask nothing to be reconfirmed any more: it was, or is void."""
        self.reconfirm_since = None

    def note_cut(self, filling_edge_bps: Decimal | None) -> None:
        """Keep the highest edge that filling would have paid, where units were cut back."""
        self.filling_edge_bps = filling_edge_bps

    def let_wait(self, units: int) -> None:
        """Let so many units that were cut back wait in it."""
        self.cut_units += units

    def note_selection(self, optimal: bool | None, gap: Decimal | None) -> None:
        """Keep how good the selection of its close is."""
        self.optimal, self.gap = optimal, gap

    def close(self, now: datetime, *, won: bool, undecided: str) -> None:
        """End it: AWARDED where something was `won` at its close or taken before, otherwise UNFILLED; `undecided` is
        then kept, why nothing could be decided, or empty."""
        sold = won or self.units_taken > 0
        self.move_to(AuctionState.AWARDED if sold else AuctionState.UNFILLED, now)
        self.unfilled_reason = "" if sold else undecided

    def withdraw(self, now: datetime) -> None:
        """End it with its book's version."""
        self.move_to(AuctionState.WITHDRAWN, now)

    def _forget_halt(self) -> None:
        self.halted_at = self.halt_ends_at = None
        self.halt_reason = ""
