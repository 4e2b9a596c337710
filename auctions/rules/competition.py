"""Whether a Dutch auction is contested: judged once, by who has acted until then.

Guarantees that neither a single taker nor one with a sham second gets more than the cap without competition.
"""

from collections.abc import Iterable
from decimal import Decimal

from auctions.rules.clearing import competes


def is_contested_by(acted: Iterable[tuple[str, int]], units_open: int, min_groups: int, cover_percent: int) -> bool:
    """Whether at least `min_groups` clusters `acted` and, without the largest of them, cover at least `cover_percent`
    of the units that are open; equality is enough in both.

    `acted` is each cluster by a name, with units that it is ready for or has taken, in any number of parts.
    """
    offered: dict[str, int] = {}
    for cluster, units in acted:
        offered[cluster] = min(offered.get(cluster, 0) + units, units_open)
    return competes(offered.values(), units_open, min_groups, cover_percent)


def cap_as_judged(
    reserve_edge_bps: Decimal,
    uncontested_cap_bps: Decimal | None,
    ready_seconds: Decimal | None,
    contested: bool | None,
) -> Decimal:
    """The most that may be paid, as far as the auction is judged by now. Where there is nothing to judge it by, that is
    the reserve."""
    if contested or ready_seconds is None or uncontested_cap_bps is None:
        return reserve_edge_bps
    return min(reserve_edge_bps, uncontested_cap_bps)
