"""Competition for a Dutch auction: its cap is the uncontested one unless several clusters could take what it offers."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from uuid import UUID

from auctions.desks.work import Work
from auctions.rules import clearing
from auctions.rules.eligibility import Candidate, why_not
from auctions.rules.holds import Hold
from backstop.values.amounts import ZERO, difference, divide_down


def could_compete(
    work: Work, candidates: Iterable[Candidate], free_collateral: Mapping[UUID, Decimal], hold: Hold
) -> bool:
    """Whether enough clusters are funded for what is left of the lot, as if each candidate bid for all that its
    `free_collateral` in the lot's asset can pay; who has no account there cannot."""
    units = work.units_left
    bids = []
    for place, candidate in enumerate(candidates):
        if why_not(candidate, work.exclusions) or candidate.provider_id not in free_collateral:
            continue
        free = difference(free_collateral[candidate.provider_id], hold.base)
        room = units if hold.unit == 0 else int(divide_down(free, hold.unit, 0))
        if room > 0:
            who, cluster = str(candidate.provider_id), str(work.clusters.of(candidate.group_id))
            bids.append(clearing.ClearingBid(who, who, cluster, min(room, units), ZERO, place))
    return clearing.is_contested(bids, units, ZERO, work.playbook.min_groups, work.playbook.cover_percent)
