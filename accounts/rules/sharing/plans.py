"""The loss plan of a venue: whose money pays what a loss event costs, in which order, and how much of it.

What the estate and the owner's equity repay, and penalties, is used before a loss is counted: they stand first in every
plan and pay nothing of it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.losses import Layer, LayerMember
from accounts.rules.sharing.positions import Method
from accounts.rules.sharing.quality import Quality
from backstop.values.amounts import difference, total

DAY = timedelta(hours=24)
Bearers = Mapping[UUID | None, Decimal]  # by provider, or by an account's part of an allocation; None: by neither


class LayerKind(StrEnum):
    """Whose money it is. DEFAULTER and DEFAULTER_CONTRIBUTION, what a provider in default has here itself, come before
    every plan's layers in its own event alone; COVERS is what insurers pay by contract, by attachment, and COPAYMENT
    what the protected party pays beside each; CONTRIBUTIONS_NONE, _POOR and _GOOD are what those contributed who are
    obliged for an event and bid nothing, poorly, or well (or were asked for nothing); ASSESSMENTS is what they are
    called for beyond that; LOSS_ALLOCATION is what the venue's own accounts give of their gains; UNALLOCATED is paid by
    nobody: it is in the venue's losses."""

    ESTATE = "ESTATE"
    PENALTIES = "PENALTIES"
    DEFAULTER = "DEFAULTER"
    DEFAULTER_CONTRIBUTION = "DEFAULTER_CONTRIBUTION"
    FIRST_TRANCHE = "FIRST_TRANCHE"
    COVERS = "COVERS"
    COPAYMENT = "COPAYMENT"
    FUND = "FUND"
    CONTRIBUTIONS_NONE = "CONTRIBUTIONS_NONE"
    CONTRIBUTIONS_POOR = "CONTRIBUTIONS_POOR"
    CONTRIBUTIONS_GOOD = "CONTRIBUTIONS_GOOD"
    SECOND_TRANCHE = "SECOND_TRANCHE"
    ASSESSMENTS = "ASSESSMENTS"
    LOSS_ALLOCATION = "LOSS_ALLOCATION"
    UNALLOCATED = "UNALLOCATED"


BEFORE_LOSSES = (LayerKind.ESTATE, LayerKind.PENALTIES)
FIRST_RANK = len(BEFORE_LOSSES) + 1  # the first tranche has it, in every plan
AS_IT_ARISES = (
    LayerKind.FIRST_TRANCHE,
    LayerKind.COVERS,
    LayerKind.FUND,
)  # they pay each addend at once, the others once at the end
CONTRIBUTIONS = {  # whose bids were so pay by this layer
    Quality.NONE: LayerKind.CONTRIBUTIONS_NONE,
    Quality.POOR: LayerKind.CONTRIBUTIONS_POOR,
    Quality.GOOD: LayerKind.CONTRIBUTIONS_GOOD,
    Quality.EXEMPT: LayerKind.CONTRIBUTIONS_GOOD,
}
OF_CONTRIBUTIONS = tuple(dict.fromkeys(CONTRIBUTIONS.values()))  # in this order, whatever the plan
AT_THE_END = (*OF_CONTRIBUTIONS, LayerKind.SECOND_TRANCHE, LayerKind.ASSESSMENTS, LayerKind.LOSS_ALLOCATION)
ASKED_FOR = (LayerKind.ASSESSMENTS, LayerKind.LOSS_ALLOCATION)  # what others leave, in this order, and last
TRANCHES = (LayerKind.FIRST_TRANCHE, LayerKind.SECOND_TRANCHE)
PLANNED = (*AS_IT_ARISES, *AT_THE_END)
NEEDED = (LayerKind.FIRST_TRANCHE, LayerKind.FUND)
BY_CONTRACT = (LayerKind.COVERS, LayerKind.COPAYMENT)
_LIMITED_ELSEWHERE = {
    LayerKind.COVERS: "what covers pay is limited by their contracts",
    LayerKind.FUND: "the fund's limits are the playbook's draw limits",
    LayerKind.ASSESSMENTS: "assessments are limited by what was contributed",
    LayerKind.LOSS_ALLOCATION: "what is allocated is limited by what nobody else pays",
}
OF_DEFAULTER = (LayerKind.DEFAULTER, LayerKind.DEFAULTER_CONTRIBUTION)
PAYING = (*OF_DEFAULTER, *PLANNED, LayerKind.COPAYMENT, LayerKind.UNALLOCATED)


@dataclass(frozen=True, slots=True)
class PlannedLayer:
    """A layer of a plan: of its money so much at most for one event, and for the events of 24 hours, in units of each
    asset (None: all of it). Of the fund the playbooks' draw limits say that. A tranche may have a `target`: so much is
    to stand in it, of each asset, and below that it is to be filled again. Losses are allocated by a `method`."""

    kind: LayerKind
    per_event: Decimal | None = None
    per_24h: Decimal | None = None
    target: Decimal | None = None
    method: Method | None = None


def planned_by_default(kind: LayerKind) -> PlannedLayer:
    """A layer as it stands in a plan of which nothing more is said: losses are allocated pro rata."""
    return PlannedLayer(kind, method=Method.PRO_RATA if kind == LayerKind.LOSS_ALLOCATION else None)


DEFAULT_PLAN = tuple(map(planned_by_default, PLANNED))


@dataclass(frozen=True, slots=True)
class Plan:
    """A version of a venue's plan, its layers in order of rank. Every venue begins with version 0, which nobody set."""

    version: int = 0
    set_at: datetime | None = None
    layers: tuple[PlannedLayer, ...] = DEFAULT_PLAN


def require_plan(layers: Sequence[PlannedLayer]) -> None:
    """Raises `loss_plan_refused` unless no kind stands in it twice, the first tranche first, then covers or not, then
    the fund, both without limits, and then any of those that pay once an event is final, assessments and then loss
    allocation last and without limits; contributions all together in their order, so that who bid nothing pays before
    who bid well, or none. Loss allocation names its method, and nothing else does."""
    kinds = [layer.kind for layer in layers]
    if len(set(kinds)) < len(kinds) or not set(NEEDED) <= set(kinds) <= set(PLANNED):
        known = f"{', '.join(NEEDED)}, and of {', '.join((LayerKind.COVERS, *AT_THE_END))} any"
        raise AccountRefusal.LOSS_PLAN_REFUSED.error(f"name {known}, each once")
    if kinds[0] != LayerKind.FIRST_TRANCHE:
        raise AccountRefusal.LOSS_PLAN_REFUSED.error("the venue's first tranche pays before all money of others")
    if LayerKind.COVERS in kinds and kinds[1] != LayerKind.COVERS:
        place = kinds.index(LayerKind.COVERS)
        raise AccountRefusal.LOSS_PLAN_REFUSED.error(
            "covers pay right after the first tranche", pointer=f"/layers/{place}"
        )
    first = next((place for place, kind in enumerate(kinds) if kind in OF_CONTRIBUTIONS), None)
    if first is not None and tuple(kinds[first : first + len(OF_CONTRIBUTIONS)]) != OF_CONTRIBUTIONS:
        together = f"{', '.join(OF_CONTRIBUTIONS)} stand together in this order, or not at all"
        raise AccountRefusal.LOSS_PLAN_REFUSED.error(together, pointer=f"/layers/{first}")
    for place, layer in enumerate(layers):
        if layer.target is not None and (layer.kind not in TRANCHES or layer.target <= 0):
            raise AccountRefusal.LOSS_PLAN_REFUSED.error(
                "only tranches have a target, and it is above zero", pointer=f"/layers/{place}"
            )
        if layer.kind in ASKED_FOR and not {*kinds[place + 1 :]} <= {LayerKind.LOSS_ALLOCATION}:
            raise AccountRefusal.LOSS_PLAN_REFUSED.error(
                f"{layer.kind} is of what all others leave: it is last, loss allocation after assessments",
                pointer=f"/layers/{place}",
            )
        if (layer.kind == LayerKind.LOSS_ALLOCATION) != (layer.method is not None):
            raise AccountRefusal.LOSS_PLAN_REFUSED.error(
                "losses are allocated by a method, PRO_RATA or RANK, and no other layer has one",
                pointer=f"/layers/{place}",
            )
        if layer.kind in AT_THE_END and place < kinds.index(LayerKind.FUND):
            raise AccountRefusal.LOSS_PLAN_REFUSED.error(
                f"{layer.kind} pays once an event is final, and so after the fund", pointer=f"/layers/{place}"
            )
        if layer.kind in _LIMITED_ELSEWHERE and (layer.per_event, layer.per_24h) != (None, None):
            raise AccountRefusal.LOSS_PLAN_REFUSED.error(_LIMITED_ELSEWHERE[layer.kind], pointer=f"/layers/{place}")


def asks_the_obliged(layers: Sequence[PlannedLayer]) -> bool:
    """Whether a plan has a layer that providers pay who are obliged: contributions, or assessments by these."""
    return any(layer.kind in (*OF_CONTRIBUTIONS, LayerKind.ASSESSMENTS) for layer in layers)


def in_front_of_fund(layers: Sequence[PlannedLayer]) -> Sequence[PlannedLayer]:
    """Those that pay before covers and the fund do."""
    kinds = [layer.kind for layer in layers]
    return [layer for layer in layers[: kinds.index(LayerKind.FUND)] if layer.kind != LayerKind.COVERS]


def asks_covers(layers: Sequence[PlannedLayer]) -> bool:
    """Whether covers pay by this plan."""
    return any(layer.kind == LayerKind.COVERS for layer in layers)


def behind_fund(layers: Sequence[PlannedLayer]) -> Sequence[PlannedLayer]:
    """Those that pay what is left once an event is final, but those that are only asked then."""
    return [layer for layer in layers if layer.kind in AT_THE_END and layer.kind not in ASKED_FOR]


def method_of_allocation(layers: Sequence[PlannedLayer]) -> Method | None:
    """How a plan allocates losses; None where it does not."""
    return next((layer.method for layer in layers if layer.kind == LayerKind.LOSS_ALLOCATION), None)


def layers_to_return(
    layers: Sequence[PlannedLayer], borne: Mapping[str, Bearers], by_covers: Sequence[tuple[str, Bearers]]
) -> list[Layer[UUID]]:
    """Those that a recovery goes to, each up to what it has `borne` by its kind, and in it each provider by what it
    bore: who paid last is made whole first. `by_covers` is what each cover paid, and then its co-payment, in order."""
    covered = _still_borne(by_covers, borne)
    ranked: list[tuple[str, Bearers]] = []
    for kind in (*OF_DEFAULTER, *(layer.kind for layer in layers), LayerKind.UNALLOCATED):
        ranked += covered if kind == LayerKind.COVERS else [(kind.value, borne.get(kind.value, {}))]
    return [layer for kind, whose in reversed(ranked) for layer in _to_return(kind, whose)]


def _still_borne(by_covers: Sequence[tuple[str, Bearers]], borne: Mapping[str, Bearers]) -> list[tuple[str, Bearers]]:
    """What is borne yet of what each cover paid: the last of it came back first."""
    left = {kind: dict(borne.get(kind, {})) for kind, _ in by_covers}
    still: list[tuple[str, Bearers]] = []
    for kind, paid in by_covers:
        own = {whose: min(amount, left[kind][whose]) for whose, amount in paid.items()}
        left[kind] |= {whose: difference(left[kind][whose], amount) for whose, amount in own.items()}
        still.append((kind, own))
    return still


def _to_return(kind: str, borne: Bearers) -> Iterator[Layer[UUID]]:
    """What providers bore, and what nobody's own money did."""
    members = tuple(LayerMember(whose, amount, amount) for whose, amount in borne.items() if whose is not None)
    if members:
        yield Layer(kind, available=None, members=members)
    if None in borne:
        yield Layer(kind, available=borne[None])


def most_used_in_a_day(uses: Collection[tuple[datetime, Decimal]], at: datetime) -> Decimal:
    """The most that was used in any 24 hours, half-open, that an event of this instant would count in.

    `uses` are dated at the opening of their events, so that the order in which the books of one end makes no
    difference; exactly 24 hours apart count in no day together.
    """
    ends = [at, *(day for day, _ in uses if at < day < at + DAY)]
    return max(total(used for day, used in uses if end - DAY < day <= end) for end in ends)
