"""What of its limit a cover stands for, as the regime of markets and the ratings of its insurers change.

The limit that they ask for falls after a notice, which begins as it is told, and rises at once. Pure arithmetic on
amounts of one asset.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from backstop.values.amounts import multiply, round_down

Levels = Mapping[str, Mapping[str, Decimal]]  # by regime and by the worst rating of an insurer: fractions of the limit


@dataclass(frozen=True, slots=True)
class AskedLimit:
    """The limit that a regime and a rating ask for from an instant on, and when that was told."""

    since: datetime
    told_at: datetime
    limit: Decimal
    regime: str
    bucket: str


def limit_at_level(limit: Decimal, level: Decimal, scale: int) -> Decimal:
    """What a level asks for of the limit, rounded down: no insurer covers a fraction more."""
    return round_down(multiply(limit, level), scale)


def most_asked(asked: Sequence[AskedLimit], at: datetime, notice: timedelta) -> AskedLimit:
    """The most that was asked for in [at - notice, at], the latest of equals: a cover falls to that, so at the very
    instant at which the notice of what is less is over. More counts until less is told. `asked` is in its order and
    begins by `at`."""
    ends = [each.told_at for each in asked[1:]]
    lately = [
        each
        for each, ended_at in zip(asked, [*ends, None], strict=True)
        if each.since <= at and (ended_at is None or ended_at > at - notice)
    ]
    return max(lately, key=lambda each: (each.limit, each.since))


def moves_of(asked: Sequence[AskedLimit]) -> list[datetime]:
    """When it was told that another limit is asked for than before."""
    return [each.told_at for before, each in pairwise(asked) if each.limit != before.limit]


def next_fall(covered: Decimal, asked: Sequence[AskedLimit], after: datetime, notice: timedelta) -> datetime | None:
    """When a `covered` limit falls next, unless it is asked for again before; None where no notice runs."""
    ends = (at + notice for at in moves_of(asked))
    return next((at for at in ends if at > after and most_asked(asked, at, notice).limit < covered), None)
