"""Every kind of event of a distressed book and of what becomes of it.

Amounts and notionals are in units of the book's settlement asset, edges in basis points of notional. What a book is
called and how large it is concerns its venue alone: providers are told of auctions, and of what is theirs. A field is
None where release 0.2.0 told of it, which did not say it.

They say enough to compute every balance, award and state again, but for marks, terms of commitments and holdings, which
have addresses of their own, and but for what 0.2.0 began: `tests/stateful/replay.py` does so, for the house, which sees
all, and for each provider.

What is told of a book, or of what becomes of it, says whether that is a `drill`'s: then nothing of it is real. It is
made with the book's `whose`, so that none can be told of without it.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypedDict
from uuid import UUID

from backstop.events import InternalEvent, OwnEvent, ProviderEvent, PublicEvent, VenueEvent, catalogue


class Whose(TypedDict):
    """Of what an event of a book is: the venue, and whether it is a drill."""

    venue_id: UUID
    drill: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfBook(VenueEvent):
    drill: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfBookOwn(OwnEvent):
    drill: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfBookProvider(ProviderEvent):
    drill: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfBookPublic(PublicEvent):
    drill: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BookReceived(_OfBook):
    """A book was taken in and marked. Its `money` came into its estate, or below zero stands as its debt; what it costs
    is part of the `loss_event`, which a book of the fund, or of a drill, has none of."""

    reference: str
    notional: Decimal
    asset: str | None = None
    money: Decimal | None = None
    owned_by_fund: bool = False
    reason: str = ""
    loss_event: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookAmended(_OfBook):
    """The venue corrected a book, which is marked and routed anew as `version`. What was under way of it ended, its
    money went back, and the new version's `money` came in."""

    reference: str
    version: int
    notional: Decimal
    money: Decimal | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookWithdrawn(_OfBook):
    """The venue took a book back before its first award, or a drill's gave way to a real one. What was under way of it
    ended, and its money went back."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookRetried(_OfBook):
    """So many rows of a book that stood aside, because a sweep had failed on them, are tried again at once."""

    rows: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookRouted(_OfBook):
    """A book was cut into so many lots, each with its budget."""

    lots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BookClosed(_OfBook):
    """All lots of a book have ended and its money was brought to an end: the `fee` went to the venue, the `residual`
    to the account's owner (below zero: the owner made it good, what clearing advanced for it included). In this order:
    the owner `made_good` what it is liable for (below zero: clearing has back what it advanced in vain), the estate
    repaid the fund's advances and its debt, what was left of the debt was covered by the fund or lost, then the fee,
    `to_lenders` what the account owed to insurers that covered its margin calls (`cure_repaid`), and the residual."""

    residual: Decimal
    fee: Decimal
    made_good: Decimal | None = None
    advances_repaid: Decimal | None = None
    debt_repaid: Decimal | None = None
    debt_covered: Decimal | None = None
    debt_lost: Decimal | None = None
    to_lenders: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DebtLost(_OfBook):
    """Nobody pays so much of what a closed book owed, one of a loss event: it is in the venue's losses."""

    loss_event: UUID | None
    asset: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LotFormed(_OfBook):
    """A lot was cut out of a book. For its edges so much is held in the estate until the lot ends. What the fund may
    pay is a wish, so that `fund_held` is 0 but where release 0.2.0 routed the book."""

    book: UUID
    units: int
    notional: Decimal
    estate_held: Decimal
    fund_held: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LotFunded(_OfBook):
    """Another lot of its book ended with something unspent, of which a lot, the subject, has its share: so much is held
    for its edges in the estate from now on."""

    estate_held: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StepBegun(_OfBook):
    """So many units of a lot came to a step of the waterfall (`kind`), in one of its rounds."""

    lot: UUID
    kind: str
    units_in: int
    round: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOverOffered(_OfBookProvider):
    """So many units of a lot, the subject, are left before its first auction, which opens at `until` at the earliest:
    the provider insures its loss event by a cover that lets it take them over, once, for `edge_bps` at most. It is told
    again once another took some. `positions` are those of the whole lot, each as symbol, side and quantity; none where
    its auctions show a band alone."""

    cover: UUID
    units: int
    positions: tuple[str, ...]
    edge_bps: Decimal
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StepQueued(_OfBook):
    """A step waits to be auctioned, since a cap has no room for its lot."""

    waits_for: str
    limit: Decimal
    outstanding: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOpened(_OfBook):
    """A step's auction opened."""

    auction: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDecided(_OfBook):
    """Nothing more is awarded in a step: it ends once its settlements are final."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEnded(_OfBook):
    """A step of the waterfall (`kind`) ended with so many of its lot's units placed and settled. The lot ended with it
    if these are all that came in."""

    kind: str
    units_in: int
    units_placed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionOpened(_OfBookPublic):
    """An auction opened, SEALED or DUTCH (`kind`). Its size is said by units and notional, or where the lot is not
    shown by the band of its notional: above `band_above`, up to `band_up_to` exactly."""

    kind: str
    closes_at: datetime
    units: int | None = None
    notional: Decimal | None = None
    band_above: Decimal | None = None
    band_up_to: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionCapped(_OfBookPublic):
    """A Dutch auction under way was judged: its edge rises to this from now on, and no further."""

    reserve_edge_bps: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionHalted(_OfBookPublic):
    """An auction's clock stands still, until `halt_ends_at` at the latest."""

    state: str
    reason: str
    halt_ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionResumed(_OfBookPublic):
    """The clock of a halted auction goes on; its deadline is later by as long as it stood."""

    state: str
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionReopened(_OfBookPublic):
    """A sealed auction that was not contested takes bids for another round."""

    state: str
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionRestarted(_OfBookPublic):
    """An auction started anew at fresh marks; the bids of before are void."""

    reason: str
    restarts: int
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionClosed(_OfBookPublic):
    """An auction ended, AWARDED or UNFILLED (`state`). Bids that were live and awarded nothing have lost, and readiness
    in it has ended."""

    state: str
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionWithdrawn(_OfBookPublic):
    """An auction ended since its book was amended or withdrawn."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BidPlaced(_OfBookOwn):
    """A provider, or its `commitment`, bid in a sealed auction; so much of its collateral is held for it while it is
    live. The bid that it `improves` is cancelled. What it offers shows once the auction is decided; what is held for it
    tells how much it is for, so the venue is not told."""

    auction: UUID
    asset: str
    held: Decimal
    commitment: UUID | None = None
    improves: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BidCancelled(_OfBookOwn):
    """A provider took its bid back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelSwitchArmed(OwnEvent):
    """A provider wants its bids taken back unless it says something before `cancels_at`. That it renews this is not
    told again."""

    cancels_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelSwitchEnded(OwnEvent):
    """A provider does not want its bids taken back any more when it is silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelSwitchTripped(OwnEvent):
    """Nothing more was heard of a provider: so many of its bids were taken back, as each is told. It has to be armed
    anew."""

    bids: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BidVoided(_OfBookProvider):
    """So many bids of a provider in an auction, the subject, count no more and hold nothing: those in `voided`."""

    bids: int
    reason: str
    voided: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BidCut(_OfBookOwn):
    """So many units of a `bid` were not bought, since they were too dear for the whole bill. They stay firm for the
    lot's next Dutch auction, and so much of the provider's collateral is held for them: for the cut bid, the subject.
    """

    bid: UUID
    lot: UUID
    asset: str
    units: int
    held: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CutBidWaits(_OfBookOwn):
    """A cut bid waits in its lot's Dutch auction, which opened; so much is held for it from now on."""

    auction: UUID
    held: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CutBidEnded(_OfBookOwn):
    """A cut bid is TAKEN (its award is told too), LAPSED, or VOID for a `reason` (`state`), and holds nothing."""

    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadinessDeclared(_OfBookOwn):
    """A provider stands ready, in this Dutch auction, to take so many units before it ends; so much of its collateral
    is held for it."""

    auction: UUID
    asset: str
    units: int
    held: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadinessUsed(_OfBookOwn):
    """A provider's own take counted against its readiness, which holds so much for what is left; with nothing left it
    has ended."""

    units_left: int
    held: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadinessEnded(_OfBookOwn):
    """A Dutch auction ended, and with it a provider's readiness, which holds nothing any more. What the end gave it was
    a `take`, if anything; where `units_left` are left of it, `reason` says why."""

    units_left: int
    take: UUID | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadinessVoided(_OfBookProvider):
    """What a provider stood ready for in an auction, the subject, counts no more and holds nothing: `voided`."""

    reason: str
    voided: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardMade(_OfBookProvider):
    """Units of a lot were awarded in a step of the waterfall: to a provider, or without one to the fund or the venue.
    `notional` is at the award's marks.

    What won is a `bid`, a `take` or a `commitment`, in its `auction` if any. Until the `settlement` is final so much of
    the provider's collateral is `held`; the venue confirms that by `confirm_by`, or need not where that is None."""

    step: str
    units: int
    edge_bps: Decimal
    notional: Decimal
    asset: str | None = None
    held: Decimal | None = None
    auction: UUID | None = None
    bid: UUID | None = None
    take: UUID | None = None
    commitment: UUID | None = None
    settlement: UUID | None = None
    confirm_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardFunded(_OfBook):
    """An award in this step is of the units from `first_unit` on, for a provider, the fund or the venue: its
    `beneficiary`. Until it is settled so much is held for it: for its edge, what was held for the lot before of the
    account's own, and what the insurance fund pays of it; for the fund itself, what it pays for spot."""

    step: UUID
    beneficiary: str
    first_unit: int
    estate_held: Decimal
    fund_held: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardSettled(_OfBookProvider):
    """An award's positions and money changed hands, in the settlement that is the subject: the one of this `sequence`
    of its provider, or of its drill if it is one's. `edge` is what was earned, as an amount, `paid` what spot cost, and
    `margin` what left the collateral: `delivered` into the provider's own account at the venue; release 0.2.0 kept it
    here instead, until `margin_delivered`."""

    award: UUID
    sequence: int | None
    edge: Decimal
    units: int
    paid: Decimal | None = None
    margin: Decimal | None = None
    delivered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EstateSettled(_OfBook):
    """What a settlement, the subject, did to the estate of a book: the linear positions' `profit` since the intake and
    the `value` of spot came in, the `edge` went out, and the fund's `advance` on it came in. Of what was lacking then
    clearing advanced what the account had kept (`kept_advance`), the rest stands as debt (`shortfall`). Fractions
    between this and what the provider gets are the venue's."""

    book: UUID
    profit: Decimal
    value: Decimal
    edge: Decimal
    advance: Decimal
    shortfall: Decimal
    kept_advance: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryMoved(VenueEvent):
    """What the fund took over of a book, the subject, gained or lost: so much was moved into the fund (below zero: out
    of it), at this mark or as some of it was sold; a loss of `unpaid` it cannot bear yet."""

    book: UUID
    instrument: str
    asset: str
    price: Decimal
    amount: Decimal
    unpaid: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AwardConfirmed(ProviderEvent):
    """The venue can settle this award: its settlement, the subject, is due to be carried out."""

    award: UUID
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementRejected(ProviderEvent):
    """The venue rejected a settlement: its award is void, and `fault` says whose fault that is. Release 0.2.0 took the
    `penalty` for a provider's own at once; since then a `FaultFound` says what is held for it."""

    award: UUID
    reason: str
    fault: str
    penalty: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementExpired(ProviderEvent):
    """The venue let the time for confirming a settlement pass: its award is void."""

    award: UUID
    reason: str
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultFound(ProviderEvent):
    """An award failed by its provider's fault, the subject: what was held for it stays `held` until that is decided.
    Drift is the provider's until some of it is given again, at `drift_until` at the latest."""

    award: UUID
    held: Decimal
    drift_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultCounted(ProviderEvent):
    """All of the award was given again: where the fault, the subject, stands it costs the `amount`, of which
    `to_estate` makes the estate whole and the rest is the fund's. It stands unless it is contested in time."""

    award: UUID
    amount: Decimal
    to_estate: Decimal
    contest_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultContested(ProviderEvent):
    """The provider says that the fault, the subject, was none: an arbiter decides, and until then it costs nothing.
    Silence means that there was none."""

    award: UUID
    reason: str
    decide_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultUpheld(ProviderEvent):
    """The fault, the subject, stands: the `amount` left the provider's collateral, and nothing is held for it any more.
    The `reason` is the arbiter's, if one decided."""

    award: UUID
    amount: Decimal
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EstateMadeWhole(VenueEvent):
    """What a provider paid for a fault, the subject, came into the estate of the book as far as that lost by it, and
    into the fund."""

    award: UUID
    book: UUID
    to_estate: Decimal
    to_fund: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultDismissed(ProviderEvent):
    """The fault, the subject, was none, by an arbiter's decision or silence: it costs nothing, counts nowhere, and
    nothing is held for it any more."""

    award: UUID
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueFaultPaid(ProviderEvent):
    """The venue let an award fail by its fault or silence, and paid the provider for it, once a book: out of its fees,
    then of its first tranche."""

    award: UUID
    from_fees: Decimal
    from_tranche: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillOpened(PublicEvent):
    """A drill began: a book that is nobody's goes through the market for practice, with instruments of these product
    groups. Its auctions are told of like any, as a `drill`."""

    product_groups: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillEnded(PublicEvent):
    """A drill is over: HELD, or BROKEN_OFF (`state`), and why that was only its venue is told. Nothing is left of the
    `asset` that it was counted in."""

    state: str
    asset: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillJoined(ProviderEvent):
    """A provider is invited to a drill, the subject. In the `asset` that it is counted in, worth nothing outside of it,
    the provider has as much as was free of its own collateral: its `balance`."""

    asset: str
    balance: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillRecorded(ProviderEvent):
    """How a provider did in a drill, the subject, which is over: it is EXEMPT, or was GOOD, POOR or NONE (`quality`),
    and first offered something by itself after so many `answer_seconds`, or never. What it had `left` of the `asset`
    is gone."""

    quality: str
    answer_seconds: Decimal | None
    asset: str
    left: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybookAdded(VenueEvent):
    """The venue's parameters have a new version, for books that are received from now on."""

    version: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapSet(VenueEvent):
    """What of the venue, or of a product group of it, may be in auctions at once was limited; with None it is not any
    more."""

    product_group: str | None
    asset: str
    limit: Decimal | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerTripped(VenueEvent):
    """A circuit breaker stops part of what happens at the venue, in a product group or in an auction. Providers hear of
    the auctions that it halts, not of who set it."""

    product_group: str | None
    auction: UUID | None
    level: int
    reason: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerReset(VenueEvent):
    """A circuit breaker stops nothing any more."""

    product_group: str | None
    auction: UUID | None
    level: int
    reason: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeChanged(PublicEvent):
    """The market of a product group, the subject, is calm, stressed or halted since `began_at`: by what its venue
    reported, by its silence, which is told with the report that ends it, or by a circuit breaker."""

    product_group: str
    regime: str
    former: str
    began_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeScheduleSet(PublicEvent):
    """The next version of what is paid for service in a product group, from the month on that begins at `effective_at`;
    `/v1/fee-schedules` says all of it."""

    product_group: str
    asset: str
    version: int
    effective_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePaid(ProviderEvent):
    """A provider's month in a product group, the subject its statement, was of this `grade`, and was paid for out of
    the venue's fees: for standing ready, and in rebates."""

    product_group: str
    asset: str
    month: str
    grade: str
    standby: Decimal
    rebates: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuationMoved(VenueEvent):
    """What takers were paid in a Dutch auction moved what a unit of a product group, the subject, is reckoned to cost
    in the step after a sealed auction."""

    product_group: str
    auction: UUID
    edge_bps: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRuleAdded(VenueEvent):
    """From now on there is an alert when this `rule`, in words, says so."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRuleRetired(VenueEvent):
    """This `rule`, in words, raises no alert any more."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised(VenueEvent):
    """Something of the board, the `condition`, has been at its rule's `threshold` or above for so many minutes. It is
    at `value` now: where that is an amount, in units of `asset`."""

    condition: str
    asset: str | None
    value: Decimal
    threshold: Decimal
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertAcknowledged(VenueEvent):
    """Somebody of the venue, by name, has seen an alert."""

    condition: str
    who: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEnded(VenueEvent):
    """The condition of an alert does not hold any more, or its rule is retired."""

    condition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowParked(InternalEvent):
    """A sweep failed unexpectedly on a row of this model, which stands aside until it is tried again."""

    row: str
    retry_at: datetime


CATALOGUE = catalogue(globals())
