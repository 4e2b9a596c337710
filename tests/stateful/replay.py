"""What a reader of a venue's published events knows: every balance, award and state, and nothing but the events read.

As the venue reads it all, and as one of its providers reads what it is told: then for what is its own. Amounts are in
units of the asset that is named beside them. Money comes and goes through the venue's clearing account, which stands
on the other side of whatever an event says of one side only.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

VENUE = "the venue"
ZERO = Decimal(0)

# What says nothing of a balance, an award or a state that is replayed.
UNREAD = {
    "done_by_hand",
    "alert_acknowledged",
    "alert_ended",
    "alert_raised",
    "alert_rule_added",
    "alert_rule_retired",
    "allocation_lapsed",
    "allocation_refused",
    "loss_allocated",
    "webhook_added",
    "webhook_changed",
    "webhook_disabled",
    "webhook_removed",
    "webhook_secret_rotated",
    "cover_drafted",
    "coverage_concentrated",
    "coverage_spread",
    "cover_exhausted",
    "cover_in_runoff",
    "cover_limit_falling",
    "cover_limit_moved",
    "cover_noticed",
    "cover_offered",
    "cover_resumed",
    "cover_signed",
    "cover_suspended",
    "premium_low",
    "premium_owed",
    "premium_rated",
    "provider_rated",
    "loss_event_opened",
    "loss_event_final",
    "loss_counted",
    "claim_held",
    "margin_called",
    "margin_call_lapsed",
    "cure_expired",
    "repo_overdue",
    "repo_written_off",
    "take_over_offered",
    "claim_disputed",
    "claim_due",
    "claim_paid",  # as loss_paid says
    "claim_overdue",
    "claim_closed",
    "loss_unallocated",
    "assessment_overdue",
    "assessment_written_off",
    "guarantee_left",
    "guarantee_rejoined",
    "refill_called",
    "refill_filled",
    "refill_missed",
    "obligation_judged",
    "loss_recovered",  # who has it back is told of each
    "loss_plan_set",
    "key_collected",
    "key_narrowed",
    "key_registered",
    "key_restricted",
    "key_rotated",  # its successor was issued
    "debt_lost",  # as book_closed says
    "default_lapsed",
    "default_handled",
    "default_declared",
    "default_confirmed",
    "default_closed",
    "approval_asked",
    "approval_confirmed",
    "approval_limit_set",
    "approval_withdrawn",
    "auction_capped",
    "book_retried",
    "breaker_reset",
    "breaker_tripped",
    "cancel_switch_armed",
    "cancel_switch_ended",
    "cancel_switch_tripped",  # what it took back says so
    "cap_set",
    "commitment_changed",
    "continuation_moved",
    "exposure_limit_set",
    "exposure_reported",
    "fee_schedule_set",
    "group_created",
    "groups_parted",
    "groups_related",
    "holdings_reported",
    "instrument_terms_set",
    "mark_set_by_hand",
    "drill_opened",
    "member_joined",
    "member_left",
    "playbook_added",
    "provider_moved",
    "regime_changed",
    "row_parked",  # for nobody outside the house
    "step_queued",
    "terms_accepted",
    "venue_terms_set",
    "vault_opened",
    "vault_deposit_waits",
    "vault_deposit_taken",  # what moved says money_moved, of this and of what is paid
    "vault_deposit_lapsed",
    "vault_withdrawal_queued",
    "vault_withdrawal_paid",
    "vault_withdrawal_returned",
    "vault_shares_cancelled",
    "vault_suspended",  # each of its commitments says so
    "vault_resumed",
    "vault_ended",
}


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it is published; ids are text."""

    kind: str
    subject: str
    provider: str | None
    payload: Mapping[str, Any]

    def amount(self, name: str, default: str | None = None) -> Decimal:
        return Decimal(self.payload[name] if default is None else self.payload.get(name, default))


class Account(NamedTuple):
    """`owner` is a provider or a book by its id, or the venue."""

    owner: str
    kind: str
    asset: str


@dataclass
class Book:
    asset: str
    owned_by_fund: bool
    state: str = "RECEIVED"
    version: int = 1
    kept_advanced: Decimal = field(default=ZERO, compare=False)


@dataclass
class Lot:
    book: str
    units: int
    estate_held: Decimal
    fund_held: Decimal
    ended: bool = False


@dataclass
class Step:
    lot: str
    kind: str
    units_in: int
    round: int = 1
    state: str = "READY"
    auction: str | None = None
    placed: int = 0


@dataclass
class Auction:
    kind: str
    closes_at: datetime
    state: str = "OPEN"
    round: int = 1
    restarts: int = 0
    taken: int = 0


@dataclass
class Bid:
    auction: str
    account: Account
    held: Decimal
    state: str = "LIVE"


@dataclass
class Readiness:
    auction: str
    account: Account
    units_left: int
    held: Decimal
    state: str = "LIVE"


@dataclass
class CutBid:
    lot: str
    account: Account
    units: int
    held: Decimal
    auction: str | None = None
    state: str = "LIVE"


@dataclass
class Award:
    account: Account  # the provider's collateral; the venue's door where there is none
    settlement: str
    units: int
    edge_bps: Decimal
    notional: Decimal
    held: Decimal
    auction: str | None
    bid: str | None
    take: str | None
    commitment: str | None
    state: str
    edge: Decimal | None = None
    sequence: int | None = None


@dataclass
class Funding:
    """What the venue alone is told of an award, and what is held for it by others than its provider."""

    step: str
    beneficiary: str
    first_unit: int
    estate_held: Decimal
    fund_held: Decimal

    def release(self) -> None:
        self.estate_held = self.fund_held = ZERO


@dataclass
class Fault:
    award: str
    held: Decimal
    state: str = "COUNTING"


@dataclass
class Replay:
    """Everything by its id, as of the last event that was told. What is over holds nothing."""

    posted: dict[Account, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    held: dict[Account, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    books: dict[str, Book] = field(default_factory=dict)
    lots: dict[str, Lot] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    auctions: dict[str, Auction] = field(default_factory=dict)
    bids: dict[str, Bid] = field(default_factory=dict)
    readiness: dict[str, Readiness] = field(default_factory=dict)
    cut_bids: dict[str, CutBid] = field(default_factory=dict)
    awards: dict[str, Award] = field(default_factory=dict)
    settlements: dict[str, str] = field(default_factory=dict)  # the award of each
    faults: dict[str, Fault] = field(default_factory=dict)
    funding: dict[str, Funding] = field(default_factory=dict)
    commitments: dict[str, str] = field(default_factory=dict)  # their states
    capacity_used: dict[tuple[str, datetime], Decimal] = field(default_factory=dict)  # of each window of theirs
    providers: dict[str, str] = field(default_factory=dict)  # their states
    keys: dict[str, bool] = field(default_factory=dict)  # whether they open anything

    def tell(self, events: Iterable[Told]) -> "Replay":
        for event in events:
            if event.kind not in UNREAD:
                getattr(self, event.kind)(event)
        return self

    # Money, keys, commitments and providers

    def money_moved(self, event: Told) -> None:
        asset, kind = event.payload["asset"], event.payload.get("account")
        kind = kind or ("COLLATERAL" if event.provider else "FUND")
        self._come_in(Account(event.provider or VENUE, kind, asset), event.amount("amount"))

    def margin_delivered(self, event: Told) -> None:
        kept = _collateral(event.provider, event.payload["asset"])._replace(kind="MARGIN")
        self._come_in(kept, -event.amount("amount"))

    def fees_collected(self, event: Told) -> None:
        fund = self._fund(event.payload)
        earned, filled = (fund._replace(kind=event.payload.get(name, "FUND")) for name in ("account", "into"))
        self._move(earned, filled, event.amount("amount"))

    def key_issued(self, event: Told) -> None:
        self.keys[event.subject] = True

    def key_revoked(self, event: Told) -> None:
        self.keys[event.subject] = False

    def commitment_proposed(self, event: Told) -> None:
        self.commitments[event.subject] = "PROPOSED"

    def commitment_approved(self, event: Told) -> None:
        self.commitments[event.subject] = "ACTIVE"

    def commitment_suspended(self, event: Told) -> None:
        self.commitments[event.subject] = "SUSPENDED"

    def commitment_resumed(self, event: Told) -> None:
        self.commitments[event.subject] = "ACTIVE"

    def commitment_withdrawn(self, event: Told) -> None:
        """It stands until it ends: its terms do."""

    def capacity_moved(self, event: Told) -> None:
        window_starts_at = datetime.fromisoformat(event.payload["window_starts_at"])
        self.capacity_used[event.subject, window_starts_at] = event.amount("used")

    def cover_activated(self, event: Told) -> None:
        self.held[_collateral(event.provider, event.payload["asset"])] += event.amount("held")

    def premium_prepaid(self, event: Told) -> None:
        self._come_in(Account(event.subject, "PREMIUM", event.payload["asset"]), event.amount("amount"))

    def premium_charged(self, event: Told) -> None:
        prepaid = Account(event.subject, "PREMIUM", event.payload["asset"])
        self._move(prepaid, _collateral(event.provider, prepaid.asset), event.amount("amount"))

    def cover_pledged(self, event: Told) -> None:
        own = _collateral(event.provider, event.payload["asset"])
        self.held[own] += event.amount("held") - event.amount("before")

    def cover_ended(self, event: Told) -> None:
        if event.payload["released"] != "0":
            self.held[_collateral(event.provider, event.payload["asset"])] -= event.amount("released")

    def assessment_called(self, event: Told) -> None:
        self.held[_collateral(event.provider, event.payload["asset"])] += event.amount("held")

    def assessment_paid(self, event: Told) -> None:
        own = _collateral(event.provider, event.payload["asset"])
        self.held[own] -= event.amount("released")
        if event.payload.get("recovery"):  # out by the venue's door, to who has it back
            kind = "CONTRIBUTION" if event.payload.get("of_contribution") else own.kind
            self._come_in(own._replace(kind=kind), -event.amount("amount"))

    def assessment_lowered(self, event: Told) -> None:
        self.held[_collateral(event.provider, event.payload["asset"])] -= event.amount("released")

    def provider_created(self, event: Told) -> None:
        self.providers[event.subject] = "ACTIVE"

    def provider_applied(self, event: Told) -> None:
        self.providers[event.subject] = "APPLIED"

    def provider_approved(self, event: Told) -> None:
        self.providers[event.subject] = "ACTIVE"

    def provider_ended(self, event: Told) -> None:
        self.providers[event.subject] = "ENDED"

    def provider_suspended(self, event: Told) -> None:
        self.providers[event.subject] = "SUSPENDED"

    def provider_resumed(self, event: Told) -> None:
        self.providers[event.subject] = "ACTIVE"

    # Books, lots and steps

    def book_received(self, event: Told) -> None:
        self.books[event.subject] = Book(event.payload["asset"], event.payload.get("owned_by_fund", False))
        self._intake(event)

    def book_amended(self, event: Told) -> None:
        self._end_version(event.subject)
        book = self.books[event.subject]
        book.state, book.version = "AMENDED", event.payload["version"]
        self._intake(event)

    def book_withdrawn(self, event: Told) -> None:
        self._end_version(event.subject)
        self.books[event.subject].state = "WITHDRAWN"

    def book_routed(self, event: Told) -> None:
        self.books[event.subject].state = "ROUTED"

    def book_closed(self, event: Told) -> None:
        book = self.books[event.subject]
        estate, debt = self._estate(event.subject), self._debt(event.subject)
        fund, fees, losses = (Account(VENUE, kind, book.asset) for kind in ("FUND", "FEES", "LOSSES"))
        self._come_in(estate, event.amount("made_good"))
        self._move(estate, fund, event.amount("advances_repaid"))
        self._move(estate, debt, event.amount("debt_repaid"))
        self._move(fund, debt, event.amount("debt_covered"))
        self._move(losses, debt, event.amount("debt_lost"))
        self._move(estate, fees, event.amount("fee"))
        owner = fund if book.owned_by_fund else _door(book.asset)
        self._move(estate, owner, event.amount("residual") + event.amount("made_good") + book.kept_advanced)
        book.state = "CLOSED"

    def margin_call_cured(self, event: Told) -> None:
        own = _collateral(event.provider, event.payload["asset"])
        self._move(own, _door(own.asset), event.amount("amount"))

    def cure_repaid(self, event: Told) -> None:
        own, book = _collateral(event.provider, event.payload["asset"]), event.payload["book"]
        source = self._estate(book) if book in self.books else _door(own.asset)
        self._move(source, own, event.amount("principal") + event.amount("interest"))

    def repo_drawn(self, event: Told) -> None:
        own = _collateral(event.provider, event.payload["asset"])
        self._move(own, Account(VENUE, "FUND", own.asset), event.amount("amount"))

    def repo_repaid(self, event: Told) -> None:
        own, book = _collateral(event.provider, event.payload["asset"]), event.payload["book"]
        of_venue = Account(VENUE, event.payload["paid_by"], own.asset)
        source = self._estate(book) if book in self.books else of_venue
        self._move(source, own, event.amount("principal") + event.amount("interest"))

    def loss_paid(self, event: Told) -> None:
        said = event.payload
        if said["layer"] == "UNALLOCATED" or (said["layer"], said.get("to_losses", "0")) == (
            "FUND",
            "0",
        ):  # as a close says
            return
        own = Account(event.provider or VENUE, _account_of(said["layer"], event.provider), said["asset"])
        self._move(own, self._fund(said), event.amount("to_fund"))
        self._move(own, Account(VENUE, "LOSSES", said["asset"]), event.amount("to_losses", "0"))
        owed = self._debt(said["book"]) if said["book"] in self.books else _door(said["asset"])
        self._move(own, owed, event.amount("to_debt"))

    def loss_owed(self, event: Told) -> None:
        asset = event.payload["asset"]
        self._move(Account(VENUE, "LOSSES", asset), self._fund(event.payload), event.amount("of_advances"))

    def allocation_confirmed(self, event: Told) -> None:
        if event.payload["form"] == "CASH":
            self._come_in(Account(VENUE, "LOSSES", event.payload["asset"]), event.amount("taken"))

    def loss_returned(self, event: Told) -> None:
        said = event.payload
        if said.get("fill"):  # in and out by the venue's door
            return
        own = Account(event.provider or VENUE, _account_of(said["layer"], event.provider), said["asset"])
        self._come_in(own, event.amount("amount"))

    def lot_formed(self, event: Told) -> None:
        said = event.payload
        lot = Lot(said["book"], said["units"], event.amount("estate_held"), event.amount("fund_held"))
        self.lots[event.subject] = lot
        self._hold_for(lot, +1)

    def lot_funded(self, event: Told) -> None:
        lot = self.lots[event.subject]
        self._hold_for(lot, -1)
        lot.estate_held = event.amount("estate_held")
        self._hold_for(lot, +1)

    def step_begun(self, event: Told) -> None:
        said = event.payload
        self.steps[event.subject] = Step(said["lot"], said["kind"], said["units_in"], said.get("round", 1))

    def step_opened(self, event: Told) -> None:
        step = self.steps[event.subject]
        step.state, step.auction = "OPEN", event.payload["auction"]

    def step_decided(self, event: Told) -> None:
        self.steps[event.subject].state = "SETTLING"

    def step_ended(self, event: Told) -> None:
        step = self.steps[event.subject]
        step.state, step.placed = "ENDED", event.payload["units_placed"]
        if step.placed == step.units_in:
            self._end_lot(self.lots[step.lot])

    # Auctions and bids

    def auction_opened(self, event: Told) -> None:
        self.auctions[event.subject] = Auction(event.payload["kind"], _closes_at(event))

    def auction_halted(self, event: Told) -> None:
        self.auctions[event.subject].state = "HALTED"

    def auction_resumed(self, event: Told) -> None:
        auction = self.auctions[event.subject]
        auction.state, auction.closes_at = "OPEN", _closes_at(event)

    def auction_reopened(self, event: Told) -> None:
        auction = self.auctions[event.subject]
        auction.closes_at, auction.round = _closes_at(event), auction.round + 1

    def auction_restarted(self, event: Told) -> None:
        auction = self.auctions[event.subject]
        auction.state, auction.closes_at, auction.round = "OPEN", _closes_at(event), 1
        auction.restarts = event.payload["restarts"]

    def auction_closed(self, event: Told) -> None:
        auction = self.auctions[event.subject]
        auction.state, auction.closes_at = event.payload["state"], _closes_at(event)
        for bid in self.bids.values():
            if bid.auction == event.subject and bid.state == "LIVE":
                self._end_bid(bid, "LOST")
        for stands in self.readiness.values():
            if stands.auction == event.subject and stands.state == "LIVE":
                self._hold_ready(stands, ZERO, "ENDED")

    def auction_withdrawn(self, event: Told) -> None:
        self.auctions[event.subject].state = "WITHDRAWN"

    def bid_placed(self, event: Told) -> None:
        improved = event.payload.get("improves")
        if improved is not None:
            self._end_bid(self.bids[improved], "CANCELLED")
        account = _collateral(event.provider, event.payload["asset"])
        bid = Bid(event.payload["auction"], account, event.amount("held"))
        self.bids[event.subject] = bid
        self.held[account] += bid.held

    def bid_cancelled(self, event: Told) -> None:
        self._end_bid(self.bids[event.subject], "CANCELLED")

    def bid_voided(self, event: Told) -> None:
        for bid in event.payload["voided"]:
            self._end_bid(self.bids[bid], "VOID")

    def readiness_declared(self, event: Told) -> None:
        account = _collateral(event.provider, event.payload["asset"])
        stands = Readiness(event.payload["auction"], account, event.payload["units"], ZERO)
        self.readiness[event.subject] = stands
        self._hold_ready(stands, event.amount("held"), "LIVE")

    def readiness_used(self, event: Told) -> None:
        stands = self.readiness[event.subject]
        stands.units_left = event.payload["units_left"]
        self._hold_ready(stands, event.amount("held"), "LIVE" if stands.units_left else "ENDED")

    def readiness_ended(self, event: Told) -> None:
        stands = self.readiness[event.subject]
        stands.units_left = event.payload["units_left"]
        self._hold_ready(stands, ZERO, "ENDED")

    def readiness_voided(self, event: Told) -> None:
        for stands in event.payload["voided"]:
            self._hold_ready(self.readiness[stands], ZERO, "VOID")

    def bid_cut(self, event: Told) -> None:
        said, account = event.payload, _collateral(event.provider, event.payload["asset"])
        cut = CutBid(said["lot"], account, said["units"], ZERO)
        self.cut_bids[event.subject] = cut
        self._hold_cut(cut, event.amount("held"))

    def cut_bid_waits(self, event: Told) -> None:
        cut = self.cut_bids[event.subject]
        cut.auction = event.payload["auction"]
        self._hold_cut(cut, event.amount("held"))

    def cut_bid_ended(self, event: Told) -> None:
        cut = self.cut_bids[event.subject]
        cut.state = event.payload["state"]
        self._hold_cut(cut, ZERO)

    # Awards and settlements

    def award_made(self, event: Told) -> None:
        said, asset = event.payload, event.payload["asset"]
        award = Award(
            account=_collateral(event.provider, asset) if event.provider else _door(asset),
            settlement=said["settlement"],
            units=said["units"],
            edge_bps=event.amount("edge_bps"),
            notional=event.amount("notional"),
            held=event.amount("held"),
            **{name: said.get(name) for name in ("auction", "bid", "take", "commitment")},
            state="AWAITING" if said.get("confirm_by") else "CONFIRMED",
        )
        self.awards[event.subject] = award
        self.settlements[award.settlement] = event.subject
        self.held[award.account] += award.held
        if award.bid is not None:
            self._end_bid(self.bids[award.bid], "WON")
        if award.take is not None:
            self.auctions[award.auction].taken += award.units

    def award_funded(self, event: Told) -> None:
        said = event.payload
        funding = Funding(
            said["step"],
            said["beneficiary"],
            said["first_unit"],
            event.amount("estate_held"),
            event.amount("fund_held"),
        )
        self.funding[event.subject] = funding
        lot = self.lots[self.steps[funding.step].lot]
        lot.estate_held -= funding.estate_held
        before = ZERO if funding.beneficiary == "FUND" else min(lot.fund_held, funding.fund_held)  # by release 0.2.0
        lot.fund_held -= before
        self.held[self._fund_of(event.subject)] += funding.fund_held - before

    def award_confirmed(self, event: Told) -> None:
        self.awards[event.payload["award"]].state = "CONFIRMED"

    def award_settled(self, event: Told) -> None:
        key = event.payload["award"]
        award = self._final(key, "SETTLED")
        award.edge, award.sequence = event.amount("edge"), event.payload["sequence"]
        if event.provider is not None:
            self._come_in(award.account, award.edge - event.amount("paid"))
            kept = award.account._replace(kind="MARGIN")  # by release 0.2.0
            margin_goes_to = _door(kept.asset) if event.payload.get("delivered") else kept
            self._move(award.account, margin_goes_to, event.amount("margin"))
        elif self.funding[key].beneficiary == "FUND":
            self._come_in(self._fund_of(key), award.edge - event.amount("paid"))

    def estate_settled(self, event: Told) -> None:
        key = self.settlements[event.subject]
        funding, estate = self.funding[key], self._estate(event.payload["book"])
        self.held[estate] -= funding.estate_held
        self.held[self._fund_of(key)] -= funding.fund_held
        funding.release()
        self._come_in(estate, event.amount("profit") + event.amount("value") - event.amount("edge"))
        self._move(self._fund_of(key), estate, event.amount("advance"))
        self._move(self._debt(event.payload["book"]), estate, event.amount("shortfall"))
        kept = Decimal(event.payload.get("kept_advance", 0))
        self._come_in(estate, kept)
        self.books[event.payload["book"]].kept_advanced += kept

    def inventory_moved(self, event: Told) -> None:
        self._come_in(self._fund(event.payload), event.amount("amount"))

    def settlement_rejected(self, event: Told) -> None:
        award = self._fail(event, "REJECTED")
        if event.payload.get("penalty"):  # of release 0.2.0
            self._move(award.account, award.account._replace(owner=VENUE, kind="PENALTIES"), event.amount("penalty"))

    def fault_found(self, event: Told) -> None:
        fault = Fault(event.payload["award"], event.amount("held"))
        self.faults[event.subject] = fault
        self.held[self.awards[fault.award].account] += fault.held

    def fault_counted(self, event: Told) -> None:
        self.faults[event.subject].state = "CONTESTABLE"

    def fault_contested(self, event: Told) -> None:
        self.faults[event.subject].state = "CONTESTED"

    def fault_upheld(self, event: Told) -> None:
        self._come_in(self._end_fault(event, "UPHELD"), -event.amount("amount"))

    def estate_made_whole(self, event: Told) -> None:
        self._come_in(self._estate(event.payload["book"]), event.amount("to_estate"))
        self._come_in(self._fund_of(event.payload["award"]), event.amount("to_fund"))

    def fault_dismissed(self, event: Told) -> None:
        self._end_fault(event, "DISMISSED")

    def venue_fault_paid(self, event: Told) -> None:
        account = self.awards[event.payload["award"]].account
        for kind, name in (("FEES", "from_fees"), ("FIRST_TRANCHE", "from_tranche")):
            self._move(account._replace(owner=VENUE, kind=kind), account, event.amount(name))

    def service_paid(self, event: Told) -> None:
        own = _collateral(event.provider, event.payload["asset"])
        fees = own._replace(owner=VENUE, kind="FEES")
        self._move(fees, own, event.amount("standby") + event.amount("rebates"))

    def _end_fault(self, event: Told, state: str) -> Account:
        fault = self.faults[event.subject]
        account = self.awards[fault.award].account
        self.held[account] -= fault.held
        fault.held, fault.state = ZERO, state
        return account

    def settlement_expired(self, event: Told) -> None:
        self._fail(event, "EXPIRED")

    def _fail(self, event: Told, state: str) -> Award:
        """What it holds of an account's own is held for the lot again; the fund's is free."""
        key = event.payload["award"]
        if key in self.funding:
            lot = self.lots[self.steps[self.funding[key].step].lot]
            lot.estate_held += self.funding[key].estate_held
            self.held[self._fund_of(key)] -= self.funding[key].fund_held
            self.funding[key].release()
        return self._final(key, state)

    def _final(self, key: str, state: str) -> Award:
        award = self.awards[key]
        award.state = state
        self.held[award.account] -= award.held
        award.held = ZERO
        return award

    # Drills

    def drill_joined(self, event: Told) -> None:
        self._come_in(_collateral(event.provider, event.payload["asset"]), event.amount("balance"))

    def drill_recorded(self, event: Told) -> None:
        self._come_in(_collateral(event.provider, event.payload["asset"]), -event.amount("left"))

    def drill_ended(self, event: Told) -> None:
        door = _door(event.payload["asset"])
        for own in [each for each in self.posted if (each.owner, each.asset) == (VENUE, door.asset) and each != door]:
            self._come_in(own, -self.posted[own])

    # What several have in common

    def _move(self, debit: Account, credit: Account, amount: Decimal) -> None:
        self.posted[debit] -= amount
        self.posted[credit] += amount

    def _come_in(self, own: Account, amount: Decimal) -> None:
        self._move(_door(own.asset), own, amount)

    def _intake(self, event: Told) -> None:
        money = event.amount("money")
        self._come_in(self._estate(event.subject) if money > 0 else self._debt(event.subject), money)

    def _end_version(self, book: str) -> None:
        """All that is under way of a book ends, and its money goes back."""
        for own in (self._estate(book), self._debt(book)):
            self._come_in(own, -self.posted[own])
        for lot in self.lots.values():
            if lot.book == book and not lot.ended:
                self._end_lot(lot)
        for step in self.steps.values():
            if self.lots[step.lot].book == book:
                step.state = "ENDED"

    def _end_lot(self, lot: Lot) -> None:
        self._hold_for(lot, -1)
        lot.estate_held = lot.fund_held = ZERO
        lot.ended = True

    def _hold_for(self, lot: Lot, sign: int) -> None:
        self.held[self._estate(lot.book)] += sign * lot.estate_held
        self.held[Account(VENUE, "FUND", self.books[lot.book].asset)] += sign * lot.fund_held

    def _end_bid(self, bid: Bid, state: str) -> None:
        if bid.state == "LIVE":
            self.held[bid.account] -= bid.held
            bid.held, bid.state = ZERO, state

    def _hold_cut(self, cut: CutBid, held: Decimal) -> None:
        self.held[cut.account] += held - cut.held
        cut.held = held

    def _hold_ready(self, stands: Readiness, held: Decimal, state: str) -> None:
        self.held[stands.account] += held - stands.held
        stands.held, stands.state = held, state

    def _estate(self, book: str) -> Account:
        return Account(book, "ESTATE", self.books[book].asset)

    def _debt(self, book: str) -> Account:
        return Account(book, "DEBT", self.books[book].asset)

    def _fund(self, said: Mapping[str, Any]) -> Account:
        return Account(VENUE, "FUND", said["asset"])

    def _fund_of(self, award: str) -> Account:
        return Account(VENUE, "FUND", self.awards[award].account.asset)


def _account_of(layer: str, provider: str | None) -> str:
    """The kind of account that a layer's money stands in."""
    if layer.startswith("CONTRIBUTIONS_"):
        return "CONTRIBUTION"
    kinds = {
        **{"UNALLOCATED": "LOSSES", "DEFAULTER": "COLLATERAL", "ASSESSMENTS": "COLLATERAL"},
        **{"DEFAULTER_CONTRIBUTION": "CONTRIBUTION", "COVERS": "COLLATERAL"},
        "COPAYMENT": "COLLATERAL" if provider else "FUND",
    }
    return kinds.get(layer, layer)


def _collateral(provider: str | None, asset: str) -> Account:
    assert provider is not None
    return Account(provider, "COLLATERAL", asset)


def _door(asset: str) -> Account:
    return Account(VENUE, "CLEARING", asset)


def _closes_at(event: Told) -> datetime:
    return datetime.fromisoformat(event.payload["closes_at"])
