"""What a link says: one is written when a book is routed, one when each step of a lot is decided, one at the close.

Providers and groups stand in it under names that hold for this link alone. What others of the venue do is not in it:
neither what the fund holds nor how much anybody has. A field that a link gets, loses or writes in another way makes a
new edition: see editions.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from auctions.rules.regimes import Regime
from auctions.rules.residual import Close
from backstop.values.amounts import ZERO


class LinkKind(StrEnum):
    """What was decided. PASSED is a step that ended undecided: without marks, or without room under a cap."""

    INTAKE = "INTAKE"
    ASSIGN = "ASSIGN"
    SEALED = "SEALED"
    DUTCH = "DUTCH"
    FUND = "FUND"
    RETURN = "RETURN"
    PASSED = "PASSED"
    CLOSE = "CLOSE"


@dataclass(frozen=True, slots=True)
class Span:
    """Units [first_unit, first_unit + units) of a lot."""

    first_unit: int
    units: int


@dataclass(frozen=True, slots=True)
class Given:
    """Units of a lot that somebody was given at an edge, of which the fund pays `fund_part`."""

    first_unit: int
    units: int
    edge_bps: Decimal
    fund_part: Decimal

    @property
    def span(self) -> Span:
        return Span(self.first_unit, self.units)


@dataclass(frozen=True, slots=True)
class Means:
    """What a lot could spend at an instant, at these `marks` (by instrument). `free` units were worth `notional`.

    `equity` is what its account had left, rounded down, and `share` what of it is this lot's by risk. `own` is the
    share, or what is `unspent` of the lot's own budget where that is less; the `fund` pays beside it.
    """

    marks: Mapping[str, Decimal]
    free: tuple[Span, ...]
    notional: Decimal
    equity: Decimal
    share: Decimal
    unspent: Decimal
    own: Decimal
    fund: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What every link says. `previous` are the digests of those before it: none of an intake's, of a step's one, of a
    close's the last of each lot."""

    version: int
    kind: LinkKind
    book_id: UUID
    book_version: int
    scale: int
    written_at: datetime
    previous: tuple[bytes, ...]
    public_key: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class LegTaken:
    """One position of a lot, as it was taken in."""

    instrument_id: UUID
    kind: str
    side: str
    quantity: Decimal
    quantity_step: Decimal
    margin_rate: Decimal
    entry_price: Decimal | None
    accrued: Decimal
    mark: Decimal


@dataclass(frozen=True, slots=True)
class LotTaken:
    """A lot in units, with what it may spend on edges of its account's `own` money, of it `in_estate` already. The
    `regime` is that of its market then, by which a playbook may let commitments take first; once it was not said."""

    units: int
    own: Decimal
    in_estate: Decimal
    legs: tuple[LegTaken, ...]
    regime: Regime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeLink(Link):
    """A book as it was routed, its lots in order. `equity` is of what is for sale, with `cash`; `kept_equity` stays
    with an account of which only a part is sold. `playbook` are its parameters."""

    cash: Decimal
    equity: Decimal
    kept_equity: Decimal
    owned_by_fund: bool
    lots: tuple[LotTaken, ...]
    playbook: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLink(Link):
    """What a step was decided by. `lot` and `step` are ordinals, from 0; `units_in` were free when it began.
    `given_back` of them are what the step before had given and did not settle."""

    lot: int
    step: int
    round: int
    units_in: int
    given_back: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Committed:
    """What the commitments of a provider offered: `units` are its free capacity as it was judged."""

    provider: str
    group: str
    tier: int
    units: int
    min_edge_bps: Decimal


@dataclass(frozen=True, slots=True)
class Assigned:
    """What the rules give the offer of this place (from 0), and what of it could be given."""

    offer: int
    units: int
    edge_bps: Decimal
    given: tuple[Given, ...]


@dataclass(frozen=True, slots=True)
class AssignTerms:
    """What commitments take by: at most `cap_bps`, and without competition at most `uncontested_cap_bps`."""

    cap_bps: Decimal
    uncontested_cap_bps: Decimal
    min_groups: int
    cover_percent: int


@dataclass(frozen=True, slots=True)
class TakingTerms:
    """The contract by which an insurer takes over: its hash, as its parties signed it, and of its terms the most that
    it is paid, and how long it has."""

    content_hash: bytes
    take_edge_bps: Decimal
    take_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignLink(StepLink):
    """Commitments took their share, in the order in which they stand here where all else is equal; or `by_cover` an
    insurer took over, in place of the first auction, by its `contract`, which version 8 did not say."""

    terms: AssignTerms
    means: Means
    offers: tuple[Committed, ...]
    contested: bool
    awards: tuple[Assigned, ...]
    by_cover: bool = False
    contract: TakingTerms | None = None


@dataclass(frozen=True, slots=True)
class GivenToBid:
    """What the bid of this sequence in the auction's transcript was given, in units of the lot."""

    sequence: int
    given: tuple[Given, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedLink(StepLink):
    """A sealed auction was closed: `transcript` is the digest of its transcript, None where it could have none. Its
    reserve is `cap_bps`, or what the lot affords where that is less; `means` are None where marks were missing."""

    auction_id: UUID
    transcript: bytes | None
    cap_bps: Decimal
    means: Means | None
    awards: tuple[GivenToBid, ...]


@dataclass(frozen=True, slots=True)
class DutchTerms:
    """What a Dutch auction sells by. Its price clock starts `priority_seconds` after `opens_at` and goes along `curve`,
    without the `halted_seconds` of halts and outages. At most `reserve_edge_bps` are paid; unless it is `contested`,
    once it is to be judged, at most `uncontested_cap_bps`. It is judged after `ready_seconds`."""

    opens_at: datetime
    priority_seconds: int
    halted_seconds: Decimal
    curve: Mapping[str, Any]
    reserve_edge_bps: Decimal
    uncontested_cap_bps: Decimal | None
    ready_seconds: Decimal | None
    contested: bool | None


@dataclass(frozen=True, slots=True)
class Pricing:
    """By what a take was priced: when the auction's clock showed `shown_at`, by these terms, as far as these means go.
    What the end gives is priced once for all who stood ready. Of what was left `kept_units` were not to be had: the
    clock had reached bids that were cut back, which come first."""

    terms: DutchTerms
    shown_at: datetime
    means: Means
    kept_units: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """A take, as it was asked for; or what was given at the end to the readiness of this place; or what the cut bid of
    this place took by itself, at its own edge, while marks were no further than its `max_drift_bps` from those of the
    opening. It has no `pricing` where a program of before made it."""

    provider: str
    group: str
    taken_at: datetime
    ready: int | None
    max_units: int
    min_units: int
    edge_floor_bps: Decimal | None
    units: int
    edge_bps: Decimal
    pricing: Pricing | None
    given: tuple[Given, ...]
    cut: int | None = None
    max_drift_bps: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """Who stood ready, for how many units; its own takes left `units_left`. `void` is why it did not count, or
    empty. It stood while marks were no further than `max_drift_bps` from `marks`, those of when it was declared (None:
    however far)."""

    place: int
    provider: str
    group: str
    declared_at: datetime
    units: int
    units_left: int
    void: str
    max_drift_bps: Decimal | None = None
    marks: Mapping[str, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """Units for which this provider, of this group, was ready, or which it had taken. Once it said the group alone."""

    group: str
    units: int
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class Judging:
    """Whether the auction was contested, judged by who had acted, while `units_left` were for sale."""

    judged_at: datetime
    units_left: int
    min_groups: int
    cover_percent: int
    acts: tuple[Act, ...]
    contested: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DutchLink(StepLink):
    """A Dutch auction ended: sold out, or at `closes_at`. `terms` are those of its end; after a restart, which makes
    new ones, what was taken stays taken. `undecided` is why what was left could not be given, or empty. `marks` were
    those of the opening, from which the drift of cut bids counts."""

    auction_id: UUID
    units: int
    min_take_units: int
    closes_at: datetime
    terms: DutchTerms
    judged: Judging | None
    ready: tuple[Ready, ...]
    takes: tuple[Taken, ...]
    undecided: str
    marks: Mapping[str, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class Draw:
    """What the fund takes over: `units`, as many as its limits allow, worth `notional`. It asks for its edge, at most
    the Dutch cap, and earns of that what the lot's own money affords."""

    means: Means
    fund_edge_bps: Decimal
    dutch_cap_bps: Decimal
    units: int
    notional: Decimal
    edge_bps: Decimal
    given: tuple[Given, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FundLink(StepLink):
    """The insurance fund took over what it could."""

    draw: Draw


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLink(StepLink):
    """What nobody took went back to where it came from, at the marks of the intake."""

    given: tuple[Given, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedLink(StepLink):
    """A step of this kind ended without a decision, for this reason."""

    passed: str
    reason: str


@dataclass(frozen=True, slots=True)
class ClosingTerms:
    """By what a book's money is brought to an end: what stood in its `estate` and as its `debt`, what the fund had
    `advanced`, and the notional that was `sold`, of which a fee is taken unless that is `waived`.

    At most `fund_limit` are the fund's to spend, and it had `fund_free` of the debt, within the limits that the book
    shares with others; the account is `liable` for so much, of which clearing had advanced `kept_advanced`. Providers
    whose awards failed had `made_whole` the estate by so much, which is in it. Of advances and debt together the layers
    of the loss plan `in_front` of the fund had so much."""

    estate: Decimal
    debt: Decimal
    advanced: Decimal
    sold: Decimal
    fee_bps: Decimal
    waived: bool
    fund_limit: Decimal
    fund_free: Decimal
    liable: Decimal
    made_whole: Decimal = ZERO
    kept_advanced: Decimal = ZERO
    in_front: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseLink(Link):
    """A book's money was brought to an end."""

    terms: ClosingTerms
    close: Close


KINDS: Mapping[LinkKind, type[Link]] = {
    LinkKind.INTAKE: IntakeLink,
    LinkKind.ASSIGN: AssignLink,
    LinkKind.SEALED: SealedLink,
    LinkKind.DUTCH: DutchLink,
    LinkKind.FUND: FundLink,
    LinkKind.RETURN: ReturnLink,
    LinkKind.PASSED: PassedLink,
    LinkKind.CLOSE: CloseLink,
}
