"""How much of a venue's coverage each cluster of insurers bears. Pure arithmetic on amounts of one asset."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.rules.refusals import AccountRefusal
from backstop.values.amounts import divide_up, multiply, total


@dataclass(frozen=True, slots=True)
class Insured:
    """The limit of a cover, and the parts of 10,000 that each cluster of its insurers has."""

    limit: Decimal
    parts: Mapping[Any, int]


def parts_of_all(covers: Collection[Insured]) -> dict[Any, int]:
    """What each cluster has of 10,000 parts of all these covers, weighed by their limits. Rounded up, which changes
    nothing against a bound in whole parts."""
    borne: defaultdict[Any, Decimal] = defaultdict(Decimal)
    for cover in covers:
        for cluster, parts in cover.parts.items():
            borne[cluster] = total([borne[cluster], multiply(cover.limit, parts)])
    whole = total(cover.limit for cover in covers)
    return {cluster: int(divide_up(amount, whole, 0)) for cluster, amount in borne.items()}


def require_spread(own: Insured, others: Collection[Insured], most: int | None) -> None:
    """Raises `cover_concentrated` where a cluster of the cover's own insurers would have more than `most` parts of all
    covers (None: no bound). Equal fits."""
    found = parts_of_all([own, *others])
    highest = max(found[cluster] for cluster in own.parts)
    if most is not None and highest > most:
        raise AccountRefusal.COVER_CONCENTRATED.error(
            f"a cluster of its insurers would have {highest} of 10000 parts of all covers, and may have {most}"
        )
