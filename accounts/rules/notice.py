"""A commitment's notice: what of changed terms takes effect at once, and what only when the notice is over.

A worse offer never takes effect before the notice is over, and a better one at once, field by field.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from accounts.rules.terms import BOTH, FIELDS, OWN_FIELDS, StandingTerms, Timeline, terms_at
from backstop.values.periods import Calendar


def revise(
    timeline: Timeline, desired: StandingTerms, *, wider: StandingTerms, now: datetime, notice: timedelta
) -> Timeline:
    """The timeline from `now` on after a wish for `desired`, so that nothing gets worse before the notice is over.

    Each field that gets better (what `wider` supplies counts where it is None) does so at once, also in terms that are
    announced already; the others follow at `now + notice`, or as early as something as bad was announced before.
    """
    until = now + notice
    current = terms_at(timeline, now)
    before = [(now, current or desired), *((at, terms) for at, terms in timeline if now < at < until)]
    after = [(at, _better(terms, desired, wider)) for at, terms in before] if notice else []
    return _without_repeats([*after, (until, desired)], unless=current)


def is_no_worse(before: StandingTerms, after: StandingTerms) -> bool:
    """Whether `after` offers the venue at least what `before` does, in every field."""
    return all(_no_worse(name, getattr(before, name), getattr(after, name)) for name in FIELDS)


def _better(old: StandingTerms, new: StandingTerms, wider: StandingTerms) -> StandingTerms:
    """`old` with every field of `new` that is no worse for the venue."""

    def effective(terms: StandingTerms, name: str) -> Any:
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
        case "starts_at":
            return new is None or (old is not None and bool(new <= old))
        case "sides":
            return new in (None, BOTH)
        case "calendar":
            return new in (None, Calendar.ALL)
        case "window":
            return new is None or (old is not None and new.capacity >= old.capacity and new.seconds <= old.seconds)
    return new is None or (old is not None and bool(new >= old))  # a cap, and the end of its life


def _without_repeats(timeline: Timeline, unless: StandingTerms | None) -> Timeline:
    result: list[tuple[datetime, StandingTerms]] = []
    for at, terms in timeline:
        if terms != (result[-1][1] if result else unless):
            result.append((at, terms))
    return result
