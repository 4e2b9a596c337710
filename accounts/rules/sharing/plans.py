"""The loss plan of a venue: whose money pays what a loss event costs, in which order, and how much of it.

What the estate and the owner's equity repay, and penalties, is used before a loss is counted: they stand first in every
plan and pay nothing of it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.losses import Layer
from backstop.values.amounts import ZERO, total

DAY = timedelta(hours=24)


class LayerKind(StrEnum):
    """Whose money it is. DEFAULTER, what a provider in default has here itself, comes before every plan's layers in its
    own event alone; UNALLOCATED is paid by nobody: it is in the venue's losses."""

    ESTATE = "ESTATE"
    PENALTIES = "PENALTIES"
    DEFAULTER = "DEFAULTER"
    FIRST_TRANCHE = "FIRST_TRANCHE"
    FUND = "FUND"
    UNALLOCATED = "UNALLOCATED"


BEFORE_LOSSES = (LayerKind.ESTATE, LayerKind.PENALTIES)
FIRST_RANK = len(BEFORE_LOSSES) + 1  # the first tranche has it, in every plan
PLANNED = (LayerKind.FIRST_TRANCHE, LayerKind.FUND)
PAYING = (LayerKind.DEFAULTER, *PLANNED, LayerKind.UNALLOCATED)


@dataclass(frozen=True, slots=True)
class PlannedLayer:
    """A layer of a plan: of its money so much at most for one event, and for the events of 24 hours, in units of each
    asset (None: all of it). Of the fund the playbooks' draw limits say that."""

    kind: LayerKind
    per_event: Decimal | None = None
    per_24h: Decimal | None = None


DEFAULT_PLAN = (PlannedLayer(LayerKind.FIRST_TRANCHE), PlannedLayer(LayerKind.FUND))


@dataclass(frozen=True, slots=True)
class Plan:
    """A version of a venue's plan, its layers in order of rank. Every venue begins with version 0, which nobody set."""

    version: int = 0
    set_at: datetime | None = None
    layers: tuple[PlannedLayer, ...] = DEFAULT_PLAN


def require_plan(layers: Sequence[PlannedLayer]) -> None:
    """Raises `loss_plan_refused` unless each of the kinds that pay stands in it once, the first tranche first, and the
    fund without limits."""
    kinds = [layer.kind for layer in layers]
    if sorted(kinds) != sorted(PLANNED):
        raise AccountRefusal.LOSS_PLAN_REFUSED.error(f"name each of {', '.join(PLANNED)} once")
    if kinds[0] != LayerKind.FIRST_TRANCHE:
        raise AccountRefusal.LOSS_PLAN_REFUSED.error("the venue's first tranche pays before all money of others")
    for place, layer in enumerate(layers):
        if layer.kind == LayerKind.FUND and (layer.per_event, layer.per_24h) != (None, None):
            raise AccountRefusal.LOSS_PLAN_REFUSED.error(
                "the fund's limits are the playbook's draw limits", pointer=f"/layers/{place}"
            )


def in_front_of_fund(layers: Sequence[PlannedLayer]) -> Sequence[PlannedLayer]:
    """Those that pay before the fund does."""
    kinds = [layer.kind for layer in layers]
    return layers[: kinds.index(LayerKind.FUND)]


def layers_to_return(layers: Sequence[PlannedLayer], borne: Mapping[str, Decimal]) -> list[Layer[UUID]]:
    """Those that a recovery goes to, each up to what it has `borne` by its kind: who paid last is made whole first."""
    ranked = (LayerKind.DEFAULTER, *(layer.kind for layer in layers), LayerKind.UNALLOCATED)
    return [Layer(kind.value, available=borne.get(kind.value, ZERO)) for kind in reversed(ranked)]


def most_used_in_a_day(uses: Collection[tuple[datetime, Decimal]], at: datetime) -> Decimal:
    """The most that was used in any 24 hours, half-open, that an event of this instant would count in.

    `uses` are dated at the opening of their events, so that the order in which the books of one end makes no
    difference; exactly 24 hours apart count in no day together.
    """
    ends = [at, *(day for day, _ in uses if at < day < at + DAY)]
    return max(total(used for day, used in uses if end - DAY < day <= end) for end in ends)
