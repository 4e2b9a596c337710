"""What a cover pays of an event's losses, who of its insurers pays how much of it, and what each pledges for that.

Pure arithmetic on amounts of one asset. Insurers are never rounded up, but for what they pledge.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import gcd
from typing import Any, TypeVar

from backstop.values.amounts import (
    ZERO,
    difference,
    divide_down,
    from_smallest,
    multiply,
    round_down,
    round_up,
    to_smallest,
)

Name = TypeVar("Name", bound=Any)  # of an insurer: anything that has an order

ALL_PARTS = 10_000
ONE_PART = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class CoverTerms:
    """What counts of one event's UNL: what is above `attachment`, at most `limit` and what other events have left of
    the aggregate (None: there is none). Of that the quota share is insured, without the co-payment (fractions)."""

    attachment: Decimal
    limit: Decimal
    quota_share: Decimal
    copay: Decimal
    scale: int
    aggregate_left: Decimal | None = None

    def layer(self, unl: Decimal) -> Decimal:
        """How much of `unl` counts: nothing at the attachment, all of the limit at attachment + limit."""
        return min(max(difference(unl, self.attachment), ZERO), self._most())

    def paid(self, unl: Decimal) -> Decimal:
        """What the insurers pay of `unl`, in all."""
        return self._insured(self.layer(unl))

    def copaid(self, unl: Decimal) -> Decimal:
        """What the protected party pays beside them, in all."""
        share = round_down(multiply(self.layer(unl), self.quota_share), self.scale)
        return difference(share, self.paid(unl))

    def most_paid(self) -> Decimal:
        """The most that the insurers pay of one event."""
        return self._insured(self._most())

    def used(self, counted: Decimal, spared: Decimal) -> Decimal:
        """How much of the aggregate an event uses of which so much counts: nothing for what its insurers never pay of
        it, nor for the co-payment beside that."""
        return difference(counted, divide_down(spared, self._insured_share, self.scale))

    @property
    def _insured_share(self) -> Decimal:
        return multiply(self.quota_share, difference(Decimal(1), self.copay))

    def _most(self) -> Decimal:
        return self.limit if self.aggregate_left is None else max(min(self.limit, self.aggregate_left), ZERO)

    def _insured(self, layer: Decimal) -> Decimal:
        return round_down(multiply(layer, self._insured_share), self.scale)


def by_insurer(paid: Decimal, parts: Mapping[Name, int], scale: int) -> dict[Name, Decimal]:
    """What each insurer has paid of `paid`, all paid so far, by its parts (> 0).

    Each smallest amount went to the one that was furthest below its parts of all paid with it, ties by id. So nobody
    ever gets back what it paid, how an amount came together changes nothing, and nobody pays more than its part,
    rounded up. After as many smallest amounts as there are parts everybody has paid its own, and all begins anew.
    """
    fewest = gcd(*parts.values())
    shares = {name: parts[name] // fewest for name in sorted(parts)}
    whole = sum(shares.values())
    rounds, rest = divmod(to_smallest(paid, scale), whole)
    paying = {name: rounds * share for name, share in shares.items()}
    below = dict.fromkeys(shares, 0)
    for _ in range(rest):
        for name, share in shares.items():
            below[name] += share
        furthest = max(below, key=below.__getitem__)
        below[furthest] -= whole
        paying[furthest] += 1
    return {name: from_smallest(count, scale) for name, count in paying.items()}


def funded_of(held: Decimal, left: Decimal, beside: Decimal, parts: int, funding_rate: Decimal, scale: int) -> Decimal:
    """What of an insurer's pledge stands for what a cover may have to pay `left` of one event yet, `beside` what it is
    held for first: what is open of its claims, and what it may lend. Rounded down: nobody counts on what is not
    held."""
    own = round_down(multiply(left, parts, ONE_PART, funding_rate), scale)
    return min(own, held_beside(held, beside, parts, funding_rate, scale))


def held_beside(held: Decimal, first: Decimal, parts: int, funding_rate: Decimal, scale: int) -> Decimal:
    """What is left of an insurer's pledge beside what it is held for first."""
    return max(difference(held, pledge_of(first, parts, funding_rate, scale)), ZERO)


def pledge_of(most_paid: Decimal, parts: int, funding_rate: Decimal, scale: int) -> Decimal:
    """What an insurer has held for a cover that pays and lends at most `most_paid`."""
    return round_up(multiply(most_paid, parts, ONE_PART, funding_rate), scale)
