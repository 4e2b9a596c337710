"""What another playbook would have made of a book: its frozen offers, through the rules again.

Bids and takes are those that were made. Who would have offered otherwise under other terms, or have come in a round
that did not open, nobody knows: what they did not take is left. The insurance fund takes over no more than it did.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from auctions.lifecycle import StepKind
from auctions.rules.chain.links import AssignTerms, Committed, Draw, Means
from auctions.rules.chain.steps import assign, edge_of_fund
from auctions.rules.clearing import Format, PriceRule, Rationing, cap_of_round
from auctions.rules.fund_inventory import full_edge
from auctions.rules.transcript import OpenedBid, SealedTerms, decide
from backstop.values.amounts import ZERO, difference, divide_down, multiply, round_up, to_text, total
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
    """Units that somebody took of its own accord, or the fund as the last resort, at an edge."""

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
    under any terms. `draw` is by what the fund took over, None where no link says it.
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
    draw: Draw | None = None


@dataclass(frozen=True, slots=True)
class FrozenLot:
    """A lot's units, and its stages in order."""

    units: int
    stages: tuple[PastStep, ...]


@dataclass(frozen=True, slots=True)
class FrozenBook:
    """A book as it came in, with its lots, in amounts of `scale` decimals. Where only a part of an account was sold, it
    `kept` so much beside it, and answers with that. Providers whose awards failed had by so much `made_whole` its
    estate."""

    equity: Decimal
    kept: Decimal
    made_whole: Decimal
    owned_by_fund: bool
    scale: int
    lots: tuple[FrozenLot, ...]


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a book: units by step, `left` that neither a provider took nor the fund, providers' edges and the
    fund's, what marks took until the awards, and what its owner has at last, if the rest goes back (below zero: what it
    paid out of what it had kept)."""

    placed: dict[str, int]
    left: int
    edges: Decimal
    fund_edge: Decimal
    drift: Decimal
    residual: Decimal

    @property
    def loss(self) -> Decimal:
        """Edges, the fund's too, and drift."""
        return total([self.edges, self.fund_edge, self.drift])

    @property
    def amounts(self) -> dict[str, Decimal]:
        """By name, in the order in which they are said."""
        return {name: getattr(self, name) for name in ("edges", "fund_edge", "drift", "loss", "residual")}

    def as_json(self) -> dict[str, Any]:
        """Amounts as text."""
        texts = {name: to_text(amount) for name, amount in self.amounts.items()}
        return {"placed": self.placed, "left": self.left, **texts}


def fate_of(book: FrozenBook, terms: Terms) -> Fate:
    """What these terms make of the book's offers."""
    sales: list[_Sale] = []
    left = 0
    for lot in book.lots:
        remaining, contested = lot.units, False
        for stage in lot.stages:
            takes, contested = _takes(stage, terms, remaining, contested, book.scale)
            sales += [_Sale(stage, take) for take in takes]
            remaining -= sum(take.units for take in takes)
        left += remaining
    placed: dict[str, int] = {}
    for sale in sales:
        placed[sale.stage.kind.value] = placed.get(sale.stage.kind.value, 0) + sale.take.units
    edges = total(sale.edge for sale in sales if not sale.is_funds)
    fund_edge = total(sale.edge for sale in sales if sale.is_funds)
    drift = total(multiply(sale.stage.unit_lost, sale.take.units) for sale in sales)
    due = max(difference(total([book.equity, book.made_whole]), edges, fund_edge, drift), book.kept.copy_negate())
    asked = full_edge(terms.caps_bps[StepKind.FUND], terms.caps_bps[StepKind.DUTCH])
    is_waived = left or book.owned_by_fund or any(sale.is_funds and sale.take.edge_bps < asked for sale in sales)
    fee = ZERO if is_waived else of_notional(total(sale.notional for sale in sales), terms.liquidation_fee_bps)
    return Fate(placed, left, edges, fund_edge, drift, difference(due, min(max(due, ZERO), fee)))


@dataclass(frozen=True, slots=True)
class _Sale:
    """What was taken in a step."""

    stage: PastStep
    take: PastTake

    @property
    def is_funds(self) -> bool:
        return self.stage.kind is StepKind.FUND

    @property
    def notional(self) -> Decimal:
        return multiply(self.stage.unit_notional, self.take.units)

    @property
    def edge(self) -> Decimal:
        return of_notional(self.notional, self.take.edge_bps)


def _takes(stage: PastStep, terms: Terms, units: int, contested: bool, scale: int) -> tuple[Sequence[PastTake], bool]:
    """Who takes what of so many units, and whether the last sealed auction was contested."""
    if not units or stage.kind not in terms.caps_bps:
        return (), contested
    if stage.kind is StepKind.FUND:
        return _taken_over(stage, terms, units, scale), contested
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


def _taken_over(stage: PastStep, terms: Terms, units: int, scale: int) -> list[PastTake]:
    """What the fund takes over of so many units: for the edge that it asks for, as far as the lot's own money went."""
    taken = min(units, sum(take.units for take in stage.takes))
    if not taken:
        return []
    asks = terms.caps_bps[StepKind.FUND]
    cap = terms.caps_bps[StepKind.DUTCH]
    if stage.draw is None:
        return _up_to(taken, [replace(take, edge_bps=min(take.edge_bps, asks, cap)) for take in stage.takes])
    worth = round_up(multiply(stage.unit_notional, taken), scale)
    draw = replace(stage.draw, fund_edge_bps=asks, dutch_cap_bps=cap, units=taken, notional=worth)
    return [PastTake(taken, edge_of_fund(draw, units, scale))]


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
