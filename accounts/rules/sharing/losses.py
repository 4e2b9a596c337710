"""What each layer of a loss plan pays of a loss: in order of rank, within its limits, and by weight inside a layer.

Pure arithmetic on amounts of one asset: what the layers pay and what nobody pays is together exactly the loss.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from backstop.values.amounts import ZERO, difference, from_smallest, round_down, to_smallest, total
from backstop.values.splitting import split_within

Name = TypeVar("Name", bound=Any)  # of a member: anything that has an order
Whose = TypeVar("Whose")


@dataclass(frozen=True, slots=True)
class Unpaid:
    """What nobody has paid of a loss yet: of the fund's `advances`, and of a `debt`."""

    advances: Decimal
    debt: Decimal

    @property
    def amount(self) -> Decimal:
        """All of it."""
        return total([self.advances, self.debt])

    def less(self, amount: Decimal, *, of_debt: bool = False) -> "Unpaid":
        """Once so much is paid, at most all of it: a layer's money first repays the advances, then the debt, or
        `of_debt` alone."""
        of_advances = ZERO if of_debt else min(self.advances, amount)
        return Unpaid(difference(self.advances, of_advances), difference(self.debt, difference(amount, of_advances)))


@dataclass(frozen=True, slots=True)
class LayerMember(Generic[Name]):
    """One of those who pay a layer together: by `weight` (>= 0; of no weight pays nothing), at most `available`."""

    id: Name
    weight: Decimal
    available: Decimal


@dataclass(frozen=True, slots=True)
class Layer(Generic[Name]):
    """Whose money it is, how much of it there is, and how much of it one event and 24 hours may use (None: no limit);
    `used` and `used_24h` are used already. One with members has what these have, at most `available` (None: all)."""

    id: str
    available: Decimal | None
    per_event: Decimal | None = None
    used: Decimal = ZERO
    per_24h: Decimal | None = None
    used_24h: Decimal = ZERO
    members: tuple[LayerMember[Name], ...] = ()

    def most(self) -> Decimal:
        """What it may pay yet, never negative."""
        limits = [self.available, _left(self.per_event, self.used), _left(self.per_24h, self.used_24h)]
        if self.members:
            limits.append(total(member.available for member in self.members if member.weight))
        return max(min(limit for limit in limits if limit is not None), ZERO)


@dataclass(frozen=True, slots=True)
class Payment(Generic[Name]):
    """What a layer pays, and of it each member by its id; none where the layer has no members."""

    layer: str
    amount: Decimal
    members: Mapping[Name, Decimal] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def shares(self) -> Sequence[tuple[Name | None, Decimal]]:
        """Who pays how much: members, or the layer itself (None)."""
        return [*self.members.items()] or [(None, self.amount)]


@dataclass(frozen=True, slots=True)
class Allocation(Generic[Name]):
    """Every layer's payment, in order of rank, and what no layer pays."""

    paid: tuple[Payment[Name], ...]
    unallocated: Decimal


def allocate(loss: Decimal, layers: Sequence[Layer[Name]], scale: int) -> Allocation[Name]:
    """Who pays a loss (>= 0), `layers` being in order of rank and all amounts of at most `scale` decimals; but for
    limits, of all assets, of which what is finer is nobody's to pay.

    A layer pays min(left, available, per_event - used, per_24h - used_24h); its members by weight with largest
    remainder, ties by id, and what one of them lacks the others share by weight.
    """
    paid = []
    for layer in layers:
        amount = min(loss, round_down(layer.most(), scale))
        paid.append(Payment(layer.id, amount, _by_member(layer, amount, scale)))
        loss = difference(loss, amount)
    return Allocation(tuple(paid), loss)


def attribute(
    shares: Sequence[tuple[Whose, Decimal]], parts: Sequence[Decimal]
) -> Iterator[tuple[int, Whose, Decimal]]:
    """Which share pays how much of which part, by its place: the first share the first parts. Shares are
    together at most the parts."""
    place, left = 0, ZERO
    remaining = iter(parts)
    for whose, amount in shares:
        while amount:
            if not left:
                left = next(remaining)
                place += 1
                continue
            paid = min(amount, left)
            amount, left = difference(amount, paid), difference(left, paid)
            yield place - 1, whose, paid


def _left(limit: Decimal | None, used: Decimal) -> Decimal | None:
    return None if limit is None else difference(limit, used)


def _by_member(layer: Layer[Name], amount: Decimal, scale: int) -> Mapping[Name, Decimal]:
    members = sorted(layer.members, key=lambda member: member.id)
    limits = [to_smallest(member.available, scale) for member in members]
    parts = split_within(to_smallest(amount, scale), [member.weight for member in members], limits)
    return {member.id: from_smallest(part, scale) for member, part in zip(members, parts, strict=True)}
