"""Splitting a total exactly: largest remainder over weights, within limits or without, the first first, and the
consecutive slices of a lot.

Guarantees that no part is lost: the parts sum to the total, or to the limits where these do not come to it.
"""

from collections import deque
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from backstop.values.amounts import difference, from_smallest, require_scale, to_smallest


def split_units(total: int, weights: Sequence[int | Decimal | Fraction]) -> list[int]:
    """`total` >= 0 units over `weights` >= 0 in proportion, by largest remainder (Hamilton's method).

    Every part is its exact share rounded down or up, a zero weight gets nothing, and with integer weights that sum to
    at least `total` no part exceeds its weight. Equal remainders: the earlier index first, so that the caller's order
    is the stated total order.
    """
    fractions = [Fraction(weight) for weight in weights]
    whole = sum(fractions)
    if total < 0 or any(weight < 0 for weight in fractions):
        raise ValueError("a split needs a total and weights that are not negative")
    if total == 0:
        return [0] * len(fractions)
    if whole == 0:
        raise ValueError("a split needs a positive weight")
    exact = [total * weight / whole for weight in fractions]
    parts = [share.__floor__() for share in exact]
    by_remainder = sorted(range(len(parts)), key=lambda index: (parts[index] - exact[index], index))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts


def split_within(total: int, weights: Sequence[int | Decimal], limits: Sequence[int]) -> list[int]:
    """`split_units` with no part above its limit (>= 0): what one lacks, the others share by weight.

    Where the limits of those with a weight do not come to `total`, each of them has its limit.
    """
    shares = [Fraction(weight) for weight in weights]
    lacking = deque(sorted((at for at, share in enumerate(shares) if share), key=lambda at: limits[at] / shares[at]))
    parts, left, whole = [0] * len(shares), total, sum(shares)
    while lacking and left * shares[lacking[0]] >= limits[lacking[0]] * whole:
        at = lacking.popleft()
        parts[at] = limits[at]
        left -= limits[at]
        whole -= shares[at]
    rest = sorted(lacking)
    for at, part in zip(rest, split_units(left if rest else 0, [shares[at] for at in rest]), strict=True):
        parts[at] = part
    return parts


def split_amount(total: Decimal, weights: Sequence[int | Decimal], scale: int) -> list[Decimal]:
    """`total` over `weights` in steps of `scale` decimals; the parts sum to it exactly.

    A negative total is split as its absolute value is. Raises `AmountRefused` where `total` has more decimals.
    """
    steps = to_smallest(require_scale(total, scale, "total"), scale)
    sign = -1 if steps < 0 else 1
    return [from_smallest(sign * part, scale) for part in split_units(abs(steps), weights)]


def consumed(left: Sequence[Decimal], quantity: Decimal) -> list[Decimal]:
    """How much of each goes, the first first, so that it is `quantity` altogether, or all that there is."""
    parts = []
    for each in left:
        parts.append(min(each, quantity))
        quantity = difference(quantity, parts[-1])
    return parts


def slice_steps(steps: int, first: int, count: int, units: int) -> int:
    """How many of a leg's quantity `steps` the units [first, first + count) of a lot of `units` units hold.

    `floor(steps (first + count) / units) - floor(steps first / units)`: consecutive slices sum to the leg exactly.
    """
    if not 0 <= first <= first + count <= units:
        raise ValueError(f"units [{first}, {first + count}) are not within a lot of {units}")
    return steps * (first + count) // units - steps * first // units
