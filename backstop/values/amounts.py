"""Exact decimal amounts: one context that never rounds, and the only functions that do.

Guarantees that a product or sum computed inside `exactly()` is exact or raises, and that rounding happens only in a
function that says in whose favour.
"""

import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    Inexact,
    InvalidOperation,
    Overflow,
    localcontext,
)
from fractions import Fraction

PRECISION = 100
STORED_DIGITS = 38
STORED_SCALE = 18
SHARES_DIGITS = 78  # of a whole number of shares
JSON_DIGITS = 30
# Below what one request may bring, up to what an account of a provider or a book may come to, and one of a venue's,
# either way of zero. Each leaves room for many of the one before: nobody's amounts keep others from moving theirs.
MOST_TAKEN = Decimal(10) ** 15
MOST_HELD = Decimal(10) ** 17
MOST_OF_VENUE = Decimal(10) ** 19
ZERO = Decimal(0)

_FAULTS = [InvalidOperation, DivisionByZero, Overflow, FloatOperation]
EXACT = Context(prec=PRECISION, traps=[*_FAULTS, Inexact])
_ROUNDING = Context(prec=PRECISION, traps=_FAULTS)

_PLAIN = re.compile(r"-?[0-9]{1,60}(\.[0-9]{1,60})?", re.ASCII)


class AmountRefused(ValueError):
    """A number that cannot be taken as it stands; `name` says which one, the message what is wrong with it."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name} {problem}")
        self.name = name
        self.problem = problem


def exactly() -> AbstractContextManager[Context]:
    """A block in which Decimal arithmetic is exact to 100 digits: what would round raises `decimal.Inexact` instead."""
    return localcontext(EXACT)


def multiply(*factors: Decimal | int) -> Decimal:
    """The exact product."""
    product = Decimal(1)
    for factor in factors:
        product = EXACT.multiply(product, factor)
    return product


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum; zero of nothing."""
    result = ZERO
    for amount in amounts:
        result = EXACT.add(result, amount)
    return result


def difference(amount: Decimal, *less: Decimal) -> Decimal:
    """The exact difference. A minus sign alone would round to the 28 digits of Python's own context."""
    for one in less:
        amount = EXACT.subtract(amount, one)
    return amount


def whole_times(amount: Decimal, into: Decimal) -> int:
    """How many times `into` (> 0) is in `amount`, whole; the nearer to zero where that is negative."""
    return int(EXACT.divide_int(amount, into))


def round_down(amount: Decimal, scale: int) -> Decimal:
    """The largest amount with `scale` decimals that is not above `amount`: in favour of who pays it.

    Towards minus infinity, so that it favours the same side when the sign turns (a negative payment is a receipt).
    """
    return amount.quantize(_quantum(scale), rounding=ROUND_FLOOR, context=_ROUNDING)


def round_up(amount: Decimal, scale: int) -> Decimal:
    """The smallest amount with `scale` decimals that is not below `amount`: in favour of who receives it."""
    return amount.quantize(_quantum(scale), rounding=ROUND_CEILING, context=_ROUNDING)


def divide_down(numerator: Decimal | int, denominator: Decimal | int, scale: int) -> Decimal:
    """The quotient floored to `scale` decimals, from the exact fraction: in favour of who pays it."""
    return from_smallest(_steps(numerator, denominator, scale).__floor__(), scale)


def divide_up(numerator: Decimal | int, denominator: Decimal | int, scale: int) -> Decimal:
    """The quotient raised to `scale` decimals, from the exact fraction: in favour of who receives it."""
    return from_smallest(_steps(numerator, denominator, scale).__ceil__(), scale)


def divide_even(numerator: Decimal | int, denominator: Decimal | int, scale: int) -> Decimal:
    """The quotient rounded to `scale` decimals, from the exact fraction; what is half-way to the even one: in favour of
    nobody."""
    return from_smallest(round(_steps(numerator, denominator, scale)), scale)


def to_smallest(amount: Decimal, scale: int) -> int:
    """How many smallest amounts, of `scale` decimals, an amount of no more decimals is."""
    return int(EXACT.scaleb(amount, scale))


def from_smallest(count: int, scale: int) -> Decimal:
    """The amount that so many smallest amounts, of `scale` decimals, are."""
    return EXACT.scaleb(Decimal(count), -scale)


def require_scale(value: Decimal, scale: int, name: str) -> Decimal:
    """`value` with exactly `scale` decimals, or `AmountRefused` where that would change it or it could not be stored.

    The guard before every write: the database and the ORM would round too many decimals silently.
    """
    if not value.is_finite():
        raise AmountRefused(name, "must be a finite number")
    if value.copy_abs() >= Decimal(10) ** (STORED_DIGITS - STORED_SCALE):
        raise AmountRefused(name, f"must be below 10^{STORED_DIGITS - STORED_SCALE}")
    quantised = round_down(value, scale)
    if quantised != value:
        raise AmountRefused(name, f"must have at most {scale} decimals")
    return quantised


def require_takeable(value: Decimal, scale: int, name: str) -> Decimal:
    """`require_scale` for what comes in, or is computed of it: also refuses 10^15 and more, either way of zero."""
    if value.is_finite() and value.copy_abs() >= MOST_TAKEN:
        raise AmountRefused(name, "must be below 10^15")
    return require_scale(value, scale, name)


def to_text(value: Decimal) -> str:
    """The shortest plain decimal string of a finite value: no exponent, no trailing zeros, no negative zero."""
    if not value.is_finite():
        raise ValueError(f"{value} is not a finite number")
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def from_text(text: str, name: str) -> Decimal:
    """The Decimal of a plain decimal string; exponents, NaN, infinities, `+` and blanks raise `AmountRefused`."""
    if not _PLAIN.fullmatch(text):
        raise AmountRefused(name, "must be a plain decimal number")
    return Decimal(text)


def from_json(value: object, name: str) -> Decimal:
    """The Decimal of a JSON value: a plain decimal string, or a number that was read exactly; never a float.

    Raises `AmountRefused`, also above 30 digits on either side of the point.
    """
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise AmountRefused(name, 'must be a decimal number, such as "12.5"')
    number = from_text(value, name) if isinstance(value, str) else Decimal(value)
    if not number.is_finite():
        raise AmountRefused(name, "must be a finite number")
    if number.copy_abs() >= Decimal(10) ** JSON_DIGITS or round_down(number, JSON_DIGITS) != number:
        raise AmountRefused(name, f"must have at most {JSON_DIGITS} digits before and after the point")
    return number


def _quantum(scale: int) -> Decimal:
    return Decimal((0, (1,), -scale))


def _steps(numerator: Decimal | int, denominator: Decimal | int, scale: int) -> Fraction:
    steps: Fraction = Fraction(numerator) / Fraction(denominator) * 10**scale
    return steps
