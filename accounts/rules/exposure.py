"""Exposure: what a cluster of firms holds, and how much more of a lot it may be given within its venue's limits.

Gross is the sum of notionals at marks; net is taken for each provider and product group, and then summed: firms do not
net against each other, nor groups that nobody would hedge together. What live offers may add counts in both at its
most. Equal to a limit fits; what lowers both gross and net always fits.
"""

import sys
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from backstop.values.amounts import EXACT, ZERO, difference, divide_down, multiply, total
from backstop.values.splitting import consumed


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that may be held, gross and net; None: no limit."""

    gross: Decimal | None = None
    net: Decimal | None = None

    def lower(self, other: "Limits") -> "Limits":
        """The smaller of each."""
        return Limits(_least(self.gross, other.gross), _least(self.net, other.net))


@dataclass(frozen=True, slots=True)
class Exposure:
    """Notionals, both >= 0."""

    gross: Decimal
    net: Decimal


@dataclass(frozen=True, slots=True)
class Piece:
    """What somebody holds, or would be given, of one instrument: its notional at marks, long above zero."""

    provider_id: UUID
    product_group_id: UUID
    instrument_id: UUID
    notional: Decimal


def exposure_of(pieces: Sequence[Piece]) -> Exposure:
    """Gross and net of all these pieces together."""
    held: dict[tuple[UUID, UUID], Decimal] = defaultdict(Decimal)
    netted: dict[tuple[UUID, UUID], Decimal] = defaultdict(Decimal)
    for piece in pieces:
        of_instrument = (piece.provider_id, piece.instrument_id)
        of_group = (piece.provider_id, piece.product_group_id)
        held[of_instrument] = total([held[of_instrument], piece.notional])
        netted[of_group] = total([netted[of_group], piece.notional])
    gross, net = (total(each.copy_abs() for each in sums.values()) for sums in (held, netted))
    return Exposure(gross, net)


def units_that_fit(
    held: Sequence[Piece], offered: Decimal, limits: Limits, lot: Sequence[Piece], of_units: int, units: int
) -> int:
    """How many of `units` somebody may be given of a lot of `of_units`, 0 where none fits.

    `held` is what its cluster holds, `offered` the most that its other live offers may add, and `lot` what the whole
    lot would be to it.
    """
    if limits == Limits():
        return units

    def with_units(count: int) -> Exposure:
        # Exactly, in parts of the lot: all is counted `of_units` times.
        parts = [_times(piece, of_units) for piece in held] + [_times(piece, count) for piece in lot]
        return exposure_of(parts)

    before = with_units(0)
    beside = multiply(offered, of_units)

    def above_limits(count: int) -> Decimal:
        after = with_units(count)
        return max(
            difference(total([side, beside]), multiply(limit, of_units))
            for side, limit in ((after.gross, limits.gross), (after.net, limits.net))
            if limit is not None
        )

    def above_before(count: int) -> Decimal:
        after = with_units(count)
        return max(difference(after.gross, before.gross), difference(after.net, before.net))

    within = _most(above_limits, units, or_equal=True)
    return max(within, _most(above_before, units, or_equal=False))


def notional_that_fits(held: Sequence[Piece], offered: Decimal, limits: Limits, like: Piece, scale: int) -> Decimal:
    """How much more may be given of what is `like` this, whichever way it points: by the same rule, in amounts of
    `scale` decimals. `like` is worth one of them, long."""
    at_most = total(limit for limit in (limits.gross, limits.net) if limit is not None)
    steps = min(int(total([at_most, exposure_of(held).gross]).scaleb(scale + 1, context=EXACT)), sys.maxsize)
    sides = (like, replace(like, notional=like.notional.copy_negate()))
    fitting = min(units_that_fit(held, offered, limits, [side], 1, steps) for side in sides)
    return Decimal(fitting).scaleb(-scale, context=EXACT)


def binding_limits(held: Sequence[Piece], offered: Decimal, limits: Limits, like: Piece, scale: int) -> frozenset[str]:
    """Which of "gross" and "net" leave no more than `notional_that_fits`: without that one it were more, or, where
    neither alone makes a difference, without both."""
    given = {name for name in ("gross", "net") if getattr(limits, name) is not None}
    if len(given) < 2:
        return frozenset(given)
    fits = notional_that_fits(held, offered, limits, like, scale)
    alone = {
        name for name in given if notional_that_fits(held, offered, replace(limits, **{name: None}), like, scale) > fits
    }
    return frozenset(alone or given)


def _most(excess: Callable[[int], Decimal], units: int, *, or_equal: bool) -> int:
    """The most units, up to `units`, whose excess is below zero, or equal to it; 0 where there are none.

    Absolute values of what grows evenly are convex, as are their sums and the greater of two: the excess falls, then
    rises.
    """
    lowest = bisect_left(range(units), True, key=lambda count: excess(count + 1) >= excess(count))
    bisect = bisect_right if or_equal else bisect_left
    fitting = bisect(range(lowest, units + 1), ZERO, key=excess)
    return lowest + fitting - 1 if fitting else 0


def _times(piece: Piece, times: int) -> Piece:
    return Piece(piece.provider_id, piece.product_group_id, piece.instrument_id, multiply(piece.notional, times))


def _least(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return min((limit for limit in (one, other) if limit is not None), default=None)


@dataclass(frozen=True, slots=True)
class PricedTaking:
    """What one award added to a holding: its quantity, the mark it was priced at and the margin that went with it;
    None: it does not say."""

    quantity: Decimal
    price: Decimal | None
    margin: Decimal | None

    def worth_at(self, mark: Decimal) -> Decimal:
        """Its margin, and its profit at this mark; nothing where it does not say."""
        if self.price is None:
            return ZERO
        return total([self.margin or ZERO, multiply(self.quantity, difference(mark, self.price))])

    def part_at(self, mark: Decimal, held: Decimal, scale: int) -> Decimal:
        """The same of so much of it, at most all; a part is rounded down."""
        worth, whole = self.worth_at(mark), self.quantity.copy_abs()
        return worth if held == whole else divide_down(multiply(worth, held), whole, scale)


def equity_of(held: Decimal, mark: Decimal, taken: Sequence[PricedTaking], scale: int) -> Decimal:
    """What a provider's holding of one linear instrument is worth to it, where its venue does not say: the margin that
    it delivered for it, and its profit since the marks of its awards.

    It is `held` by the newest awards on that side, which `taken` begins with: what was closed at the venue is the
    oldest, and took its part along.
    """
    same = [each for each in taken if (each.quantity > 0) == (held > 0)]
    parts = consumed([each.quantity.copy_abs() for each in same], held.copy_abs())
    return total(each.part_at(mark, part, scale) for each, part in zip(same, parts, strict=True))


def may_withdraw(equity: Decimal, requirement: Decimal) -> bool:
    """Whether what stands at the venue is enough to let collateral go; equal is."""
    return equity >= requirement
