"""Disclosing: what bidders see of a lot, what they count it in, and what each such unit is worth and holds.

What is told of a lot that is not shown follows from its product groups, its band and its risk alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from accounts.queries import LegDemand
from auctions.desks.work import Work
from auctions.lifecycle import StepKind
from auctions.models import Auction
from auctions.rules.disclosure import (
    PERCENTS,
    Band,
    Disclosure,
    band_hold,
    band_of,
    is_net_long,
    risk_percent,
    unit_notional_in,
)
from auctions.rules.holds import Hold
from auctions.rules.valuation import notional
from backstop.values.amounts import total


@dataclass(frozen=True, slots=True)
class Offering:
    """How a lot is offered: in so many `units`, of which each is `demands` in notional and holds `hold`. `band` and
    `risk_percent` are told of a lot that is not shown."""

    disclosure: Disclosure
    units: int
    demands: list[LegDemand]
    hold: Hold
    band: Band | None = None
    risk_percent: int | None = None


def offering_of(work: Work, marks: Mapping[UUID, Decimal], demands: list[LegDemand], hold: Hold) -> Offering:
    """How the lot is offered at these marks, where a unit of it is `demands` and holds `hold`."""
    playbook, scale = work.playbook, work.asset.scale
    if work.step.kind != StepKind.SEALED or playbook.disclosure == Disclosure.FULL:
        return Offering(Disclosure.FULL, work.units_left, demands, hold)
    band = band_of(work.free_notional(marks))
    risk = risk_percent(work.free_legs, marks)
    return Offering(
        disclosure=Disclosure.SIZE_BAND,
        units=PERCENTS,
        demands=_percents_of(band, work, marks, demands),
        hold=band_hold(band.up_to, risk, playbook.drift_buffer_bps, scale),
        band=band,
        risk_percent=risk,
    )


def _percents_of(
    band: Band, work: Work, marks: Mapping[UUID, Decimal], demands: Sequence[LegDemand]
) -> list[LegDemand]:
    """What a percent is, leg by leg, were the lot at the upper end of its band."""
    parts = [notional(leg, marks[leg.instrument_id]) for leg in work.legs]
    whole, scale = total(parts), work.asset.scale
    return [
        replace(demand, unit_notional=unit_notional_in(band.up_to, part, whole, scale))
        for demand, part in zip(demands, parts, strict=True)
    ]


def counts_inverse(auction: Auction, work: Work) -> bool:
    """Whether bids count with their inverse edges: the lot is not shown, and was net short when the auction opened.
    Before anything of it is awarded."""
    if auction.disclosure == Disclosure.FULL:
        return False
    return not is_net_long(work.free_legs, auction.marks)
