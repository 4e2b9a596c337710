"""The words of a clearing: what goes in (terms, bids) and what comes out (outcome, awards).

Frozen values; `require_clearable` refuses, with a JSON pointer to the fault, whatever the rules could not decide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from backstop.values.amounts import round_down

# Digits of an edge before and after the point: what units x edge needs stays far within the exact context.
EDGE_DIGITS = 30
MAX_UNITS = 10**15
MAX_UNITS_WITH_PACKAGES = 10**6


class Format(StrEnum):
    """How awards are paid: each its own edge, all one edge, or each provider the externality it imposes."""

    PAY_AS_BID = "PAY_AS_BID"
    UNIFORM = "UNIFORM"
    VICKREY = "VICKREY"


class PriceRule(StrEnum):
    """Which edge a `UNIFORM` auction pays; other formats do not read it."""

    LAST_ACCEPTED = "LAST_ACCEPTED"
    FIRST_REJECTED = "FIRST_REJECTED"


class Rationing(StrEnum):
    """Who is served where one edge offers more units than it sells: groups in proportion, or the earliest bids."""

    PRO_RATA = "PRO_RATA"
    SEQUENCE = "SEQUENCE"


class Result(StrEnum):
    """Whether anything is awarded; a partial sale is `AWARDED`."""

    AWARDED = "AWARDED"
    UNFILLED = "UNFILLED"


class ClearingRefused(ValueError):
    """Terms or bids that cannot be cleared; `pointer` is the JSON pointer to the fault, `problem` what is wrong."""

    def __init__(self, pointer: str, problem: str) -> None:
        super().__init__(f"{pointer}: {problem}")
        self.pointer = pointer
        self.problem = problem


@dataclass(frozen=True, slots=True)
class ClearingBid:
    """A firm offer to take up to `units` of the lot for `edge_bps` each; several bids of a provider are additive.

    Bids of one `group` count as one, whichever firms made them. `sequence` is unique. Tier 1 is the best. A bid that is
    `all_or_none`, or takes at least `min_units` or nothing, is a package. `round` is the window that the edge was first
    offered in: 1, or later after a reopening.
    """

    id: str
    provider: str
    group: str
    units: int
    edge_bps: Decimal
    sequence: int
    tier: int = 1
    all_or_none: bool = False
    min_units: int = 1
    round: int = 1

    @property
    def least_units(self) -> int:
        """The fewest units that it accepts when it is accepted at all."""
        return self.units if self.all_or_none else self.min_units

    @property
    def is_package(self) -> bool:
        """Whether some numbers of units between 1 and `units` are not acceptable to it."""
        return self.least_units > 1

    @property
    def is_block(self) -> bool:
        """Whether it is a package that takes all its units or none, so that there is nothing to ration."""
        return self.is_package and self.least_units == self.units

    @property
    def precedence(self) -> tuple[int, int, int]:
        """Who comes first where edges do not decide: earlier rounds, better tiers, lower sequences."""
        return self.round, self.tier, self.sequence


@dataclass(frozen=True, slots=True)
class ClearingTerms:
    """What is sold and how: snapshotted when the auction opens.

    No award is above `reserve_edge_bps` (equal is accepted; None is without a reserve). With fewer than `min_bidders`
    groups within the reserve nothing is awarded. `first_rejected_cap_bps` is the most that `FIRST_REJECTED` pays
    above the last accepted edge (None is without a cap). `continuation_edge_bps` is what a unit costs in the next step
    (None: units are bought however dear; `VICKREY` never asks). `related_as_one` pays a `VICKREY` group as one bidder:
    so it always is, but in transcripts of before.
    """

    format: Format
    units: int
    reserve_edge_bps: Decimal | None = None
    price_rule: PriceRule = PriceRule.LAST_ACCEPTED
    rationing: Rationing = Rationing.PRO_RATA
    min_bidders: int = 1
    first_rejected_cap_bps: Decimal | None = None
    related_as_one: bool = True
    continuation_edge_bps: Decimal | None = None

    @property
    def cut_edge_bps(self) -> Decimal | None:
        """What an unsold unit is valued at: the continuation edge, at most the reserve. None: nothing is cut back."""
        if self.continuation_edge_bps is None or self.reserve_edge_bps is None:
            return self.continuation_edge_bps
        return min(self.reserve_edge_bps, self.continuation_edge_bps)

    @property
    def pays_first_rejected(self) -> bool:
        """Whether the one edge that is paid is that of a unit that is not sold."""
        return self.format is Format.UNIFORM and self.price_rule is PriceRule.FIRST_REJECTED

    @property
    def takes_packages(self) -> bool:
        """Whether bids may be packages: with the first rejected edge they may not, nor on a lot of too many units."""
        return not self.pays_first_rejected and self.units <= MAX_UNITS_WITH_PACKAGES


@dataclass(frozen=True, slots=True)
class ClearingAward:
    """Units of the lot to one bid, and the edge that they are paid (`VICKREY`: the bid's own)."""

    bid: str
    provider: str
    units: int
    edge_bps: Decimal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a clearing decides; awards are ordered by their bids' sequence.

    `clearing_edge_bps` is the uniform edge, the highest accepted one for `PAY_AS_BID`, None for `VICKREY`; after a
    reopening the highest that is paid. `payments` are units x edge per provider with an award, positive where the
    provider is paid. `optimal` says whether the selection is proven best: most units, then least cost at the edges bid
    (`VICKREY`, and of each level where units may be cut back: least cost, unsold units at the reserve or the cut edge).
    `gap` is by how many units x edge at most its cost could be bettered, an unsold unit counted one basis point above
    the highest edge; 0 where optimal, and None where nothing bounds it: units may be cut back, and something is not
    proven. An `UNFILLED` outcome has no awards, no payments, and None for edge, `optimal` and `gap`.

    `cut` are units by bid id that filling would have sold and that are cut back, as too dear for the whole bill;
    `filling_edge_bps` is the highest edge that filling would have paid for a pass with such units; None without them.
    """

    result: Result
    clearing_edge_bps: Decimal | None
    unfilled_units: int
    optimal: bool | None
    gap: Decimal | None
    awards: tuple[ClearingAward, ...]
    payments: Mapping[str, Decimal]
    cut: Mapping[str, int] = field(default_factory=dict)
    filling_edge_bps: Decimal | None = None


def within_reserve(bids: Sequence[ClearingBid], units: int, reserve_edge_bps: Decimal | None) -> list[ClearingBid]:
    """The bids that could win something, by sequence: not above the reserve, and content with what the lot holds."""
    admitted = [
        bid
        for bid in bids
        if (reserve_edge_bps is None or bid.edge_bps <= reserve_edge_bps) and bid.least_units <= units
    ]
    return sorted(admitted, key=lambda bid: bid.sequence)


def require_clearable(terms: ClearingTerms, bids: Sequence[ClearingBid]) -> None:
    """Raise `ClearingRefused` unless every number is in its range, ids and sequences are unique, and the terms fit."""
    _require(1 <= terms.units <= MAX_UNITS, "/units", f"must be between 1 and {MAX_UNITS}")
    _require(terms.min_bidders >= 0, "/min_bidders", "must not be negative")
    _require_edge(terms.reserve_edge_bps, "/reserve_edge_bps")
    _require_edge(terms.first_rejected_cap_bps, "/first_rejected_cap_bps")
    _require_edge(terms.continuation_edge_bps, "/continuation_edge_bps")
    _require((terms.first_rejected_cap_bps or 0) >= 0, "/first_rejected_cap_bps", "must not be negative")
    for index, bid in enumerate(bids):
        _require_bid(bid, f"/bids/{index}")
    _require_unique([bid.id for bid in bids], "id")
    _require_unique([bid.sequence for bid in bids], "sequence")
    if any(bid.is_package for bid in bids):
        _require(
            terms.units <= MAX_UNITS_WITH_PACKAGES, "/units", f"must be at most {MAX_UNITS_WITH_PACKAGES} with packages"
        )
        _require(not terms.pays_first_rejected, "/price_rule", "cannot be FIRST_REJECTED with packages")


def _require_bid(bid: ClearingBid, pointer: str) -> None:
    _require(bid.units >= 1, f"{pointer}/units", "must be at least 1")
    _require(1 <= bid.min_units <= bid.units, f"{pointer}/min_units", "must be between 1 and units")
    _require(bid.tier >= 1, f"{pointer}/tier", "must be at least 1")
    _require_edge(bid.edge_bps, f"{pointer}/edge_bps")


def _require_edge(edge_bps: Decimal | None, pointer: str) -> None:
    if edge_bps is not None:
        _require(edge_bps.is_finite(), pointer, "must be a finite number")
        _require(edge_bps.copy_abs() < 10**EDGE_DIGITS, pointer, f"must be below 10^{EDGE_DIGITS}")
        _require(round_down(edge_bps, EDGE_DIGITS) == edge_bps, pointer, f"must have at most {EDGE_DIGITS} decimals")


def _require_unique(values: Sequence[object], field: str) -> None:
    seen: set[object] = set()
    for index, value in enumerate(values):
        _require(value not in seen, f"/bids/{index}/{field}", f"repeats the {field} of an earlier bid")
        seen.add(value)


def _require(holds: bool, pointer: str, problem: str) -> None:
    if not holds:
        raise ClearingRefused(pointer, problem)
