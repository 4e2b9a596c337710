"""What another playbook would have made of a book: its frozen offers, through the rules again.

Bids and takes are those that were made. Who would have offered otherwise under other terms, or have come in a round
that did not open, nobody knows: what they did not take is left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from auctions.lifecycle import StepKind
from auctions.rules.chain.links import AssignTerms, Committed, Means
from auctions.rules.chain.steps import assign
from auctions.rules.clearing import Format, PriceRule, Rationing, cap_of_round
from auctions.rules.transcript import OpenedBid, SealedTerms, decide
from backstop.values.amounts import ZERO, difference, divide_down, multiply, to_text, total
from backstop.values.bps import of_notional

EXACT_SCALE = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The parameters of a playbook that decide who takes what."""

    caps_bps: Mapping[StepKind, Decimal]
    uncontested_caps_bps: tuple[Decimal, ...]
    format: Format
    price_rule: PriceRule
    rationing: Rationing
    first_rejected_cap_bps: Decimal
    min_groups: int
    cover_percent: int
    max_drift_bps: Decimal
    liquidation_fee_bps: Decimal


@dataclass(frozen=True, slots=True)
class PastTake:
    """Units that somebody took of its own accord, at an edge."""

    units: int
    edge_bps: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PastStep:
    """One step as it was: its offers, and what a unit of the lot was worth at its marks, where it had `lost` so much
    against its owner since intake.

    `means` are what the lot could spend then, None where no link of its chain says it; commitments offered `offers`, as
    far as they were free. `affordable_bps` is what the book could pay, None where it was not the limit. Marks had
    drifted by `drift_bps`; `drift_limits` are the bids' own limits by sequence, None: the playbook's. `round` is the
    lot's, from 1; `judged_contested` says that a Dutch auction was found contested by who acted in it, and stays so
    under any terms.
    """

    kind: StepKind
    round: int
    unit_notional: Decimal
    unit_lost: Decimal
    takes: tuple[PastTake, ...] = ()
    sealed: SealedTerms | None = None
    bids: tuple[OpenedBid, ...] = ()
    means: Means | None = None
    offers: tuple[Committed, ...] = ()
    drift_bps: Decimal = ZERO
    drift_limits: Mapping[int, Decimal | None] = field(default_factory=dict)
    affordable_bps: Decimal | None = None
    judged_contested: bool = False


@dataclass(frozen=True, slots=True)
class FrozenLot:
    """A lot's units, and its stages in order."""

    units: int
    stages: tuple[PastStep, ...]


@dataclass(frozen=True, slots=True)
class FrozenBook:
    """A book as it came in, with its lots."""

    equity: Decimal
    notional: Decimal
    lots: tuple[FrozenLot, ...]


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a book: units by step, `left` that no provider took, edges, what marks took until the awards, and
    what its owner has at last, if the rest changes hands at the marks of the intake."""

    placed: dict[str, int]
    left: int
    edges: Decimal
    drift: Decimal
    residual: Decimal

    @property
    def loss(self) -> Decimal:
        """Edges and drift."""
        return total([self.edges, self.drift])

    def as_json(self) -> dict[str, Any]:
        """Amounts as text."""
        amounts = {name: to_text(getattr(self, name)) for name in ("edges", "drift", "loss", "residual")}
        return {"placed": self.placed, "left": self.left, **amounts}


def fate_of(book: FrozenBook, terms: Terms) -> Fate:
    """What these terms make of the book's offers."""
    placed: dict[str, int] = {}
    edges, drifts, left = [], [], 0
    for lot in book.lots:
        remaining, contested = lot.units, False
        for stage in lot.stages:
            takes, contested = _takes(stage, terms, remaining, contested)
            for take in takes:
                placed[stage.kind.value] = placed.get(stage.kind.value, 0) + take.units
                edges.append(of_notional(multiply(stage.unit_notional, take.units), take.edge_bps))
                drifts.append(multiply(stage.unit_lost, take.units))
                remaining -= take.units
        left += remaining
    spent, drift = total(edges), total(drifts)
    due = max(difference(book.equity, spent, drift), ZERO)
    fee = min(due, of_notional(book.notional, terms.liquidation_fee_bps))
    return Fate(placed, left, spent, drift, difference(due, fee))


def _takes(stage: PastStep, terms: Terms, units: int, contested: bool) -> tuple[Sequence[PastTake], bool]:
    """Who takes what of so many units, and whether the last sealed auction was contested."""
    if not units or stage.kind not in terms.caps_bps:
        return (), contested
    uncontested_cap = cap_of_round(terms.uncontested_caps_bps, stage.round)
    if stage.kind == StepKind.ASSIGN and stage.means is not None:
        standing = AssignTerms(terms.caps_bps[stage.kind], uncontested_cap, terms.min_groups, terms.cover_percent)
        _, awards = assign(standing, stage.means, units, stage.offers)
        return [PastTake(award.units, award.edge_bps) for award in awards], contested
    if stage.sealed is None:
        cap = terms.caps_bps[stage.kind]
        if stage.kind == StepKind.DUTCH and not (contested or stage.judged_contested):
            cap = min(cap, uncontested_cap)
        return _up_to(units, [take for take in stage.takes if take.edge_bps <= _reserve(stage, cap)]), contested
    sealed = replace(
        stage.sealed,
        format=terms.format,
        price_rule=terms.price_rule,
        rationing=terms.rationing,
        units=units,
        reserve_edge_bps=_reserve(stage, terms.caps_bps[stage.kind]),
        first_rejected_cap_bps=terms.first_rejected_cap_bps,
        uncontested_cap_bps=uncontested_cap,
        min_groups=terms.min_groups,
        cover_percent=terms.cover_percent,
    )
    decision = decide(sealed, [_by_drift(stage, bid, terms) for bid in stage.bids])
    return [PastTake(award.units, award.edge_bps) for award in decision.awards], decision.contested


def _by_drift(stage: PastStep, bid: OpenedBid, terms: Terms) -> OpenedBid:
    """The bid, if marks that drifted so far let it count under these terms. One that was void for that stays so: what
    it offered was never opened."""
    own = stage.drift_limits.get(bid.sequence)
    stands = stage.drift_bps <= (terms.max_drift_bps if own is None else own)
    return bid if stands else replace(bid, counted_units=0)


def _reserve(stage: PastStep, cap_bps: Decimal) -> Decimal:
    return cap_bps if stage.affordable_bps is None else min(cap_bps, stage.affordable_bps)


def _up_to(units: int, takes: Sequence[PastTake]) -> list[PastTake]:
    """The first of these takes, until so many units are taken."""
    given: list[PastTake] = []
    for take in takes:
        if units:
            given.append(replace(take, units=min(take.units, units)))
            units -= given[-1].units
    return given


def per_unit(amount: Decimal, units: int) -> Decimal:
    """A lot's amount for one of its units."""
    return divide_down(amount, units, EXACT_SCALE)
