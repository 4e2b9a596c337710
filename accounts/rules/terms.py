"""What a commitment offers: how narrower terms override wider ones, and when changed terms take effect.

A worse offer never takes effect before the notice is over, and a better one at once, field by field.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from backstop.values.periods import Calendar, Period

BOTH = "BOTH"


@dataclass(frozen=True, slots=True)
class Window:
    """So much notional in each fixed window of so many seconds."""

    capacity: Decimal
    seconds: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What a commitment offers; None is left to the wider scope, and in the widest it is no limit.

    Caps are notionals in the settlement asset. `starts_at` and `ends_at` are the commitment's own life, not inherited.
    """

    sides: str | None = None
    min_edge_bps: Decimal | None = None
    cap_per_assignment: Decimal | None = None
    cap_held: Decimal | None = None
    window: Window | None = None
    calendar: Calendar | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def life(self) -> Period:
        return Period(self.starts_at, self.ends_at)


Timeline = Sequence[tuple[datetime, Terms]]
OWN_FIELDS = ("starts_at", "ends_at")
FIELDS = tuple(field.name for field in fields(Terms))
INHERITED_FIELDS = tuple(name for name in FIELDS if name not in OWN_FIELDS)


def terms_at(timeline: Timeline, moment: datetime) -> Terms | None:
    """The terms in force: the latest with `effective_at <= moment`; None before the first."""
    in_force = [terms for effective_at, terms in timeline if effective_at <= moment]
    return in_force[-1] if in_force else None


def merge(chain: Sequence[tuple[UUID, Terms]]) -> tuple[Terms, Mapping[str, UUID]]:
    """Terms of several commitments, widest first, as one; and which commitment supplied each field.

    The narrower overrides field by field; a window overrides as a whole.
    """
    values: dict[str, Any] = {}
    suppliers: dict[str, UUID] = {}
    for commitment_id, terms in chain:
        for name in INHERITED_FIELDS:
            value = getattr(terms, name)
            if value is not None:
                values[name] = value
                suppliers[name] = commitment_id
    return Terms(**values), suppliers


def revise(timeline: Timeline, desired: Terms, *, wider: Terms, now: datetime, notice: timedelta) -> Timeline:
    """The timeline from `now` on after a wish for `desired`, so that nothing gets worse before the notice is over.

    Each field that gets better (what `wider` supplies counts where it is None) does so at once, also in terms that are
    announced already; the others follow at `now + notice`, or as early as something as bad was announced before.
    """
    until = now + notice
    current = terms_at(timeline, now)
    before = [(now, current or desired), *((at, terms) for at, terms in timeline if now < at < until)]
    after = [(at, _better(terms, desired, wider)) for at, terms in before] if notice else []
    return _without_repeats([*after, (until, desired)], unless=current)


def is_no_worse(before: Terms, after: Terms) -> bool:
    """Whether `after` offers the venue at least what `before` does, in every field."""
    return all(_no_worse(name, getattr(before, name), getattr(after, name)) for name in FIELDS)


def _better(old: Terms, new: Terms, wider: Terms) -> Terms:
    """`old` with every field of `new` that is no worse for the venue."""

    def effective(terms: Terms, name: str) -> Any:
        own = getattr(terms, name)
        return own if own is not None or name in OWN_FIELDS else getattr(wider, name)

    improved = [name for name in FIELDS if _no_worse(name, effective(old, name), effective(new, name))]
    return replace(old, **{name: getattr(new, name) for name in improved})


def _no_worse(name: str, old: Any, new: Any) -> bool:
    if old == new:
        return True
    match name:
        case "min_edge_bps":
            return old is None or (new is not None and bool(new <= old))
        case "cap_per_assignment" | "cap_held" | "ends_at":
            return new is None or (old is not None and bool(new >= old))
        case "starts_at":
            return new is None or (old is not None and bool(new <= old))
        case "sides":
            return new in (None, BOTH)
        case "calendar":
            return new in (None, Calendar.ALL)
    return new is None or (old is not None and new.capacity >= old.capacity and new.seconds <= old.seconds)


def _without_repeats(timeline: Timeline, unless: Terms | None) -> Timeline:
    result: list[tuple[datetime, Terms]] = []
    for at, terms in timeline:
        if terms != (result[-1][1] if result else unless):
            result.append((at, terms))
    return result
