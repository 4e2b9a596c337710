"""The regime of a product group's market: calm, stressed or halted, by what its venue reports of it.

Whatever would make it flap is held back: what is stressed is calm again below lower thresholds only, after a while, and
what was halted is stressed first. A market of which nothing was ever reported is calm, unless it is halted.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from backstop.values.amounts import multiply

ALL_PERCENT = 100
SHARE_SCALE = 6  # decimals of a share


class Regime(StrEnum):
    """HALTED is what a breaker does that stops bids, to the venue or to the product group."""

    CALM = "CALM"
    STRESSED = "STRESSED"
    HALTED = "HALTED"


_BADNESS = tuple(Regime)


@dataclass(frozen=True, slots=True)
class ReportedConditions:
    """What a venue says of a market as of an instant: the notional that its book takes before it gives way, its spread
    and its volatility in basis points, and which fraction of its marks is stale."""

    at: datetime
    depth: Decimal
    spread_bps: Decimal
    volatility_bps: Decimal
    stale_share: Decimal


@dataclass(frozen=True, slots=True)
class Breaking:
    """At this instant a breaker halts the market, or does not any more."""

    at: datetime
    halts: bool


@dataclass(frozen=True, slots=True)
class Thresholds:
    """A market is stressed by any of these that is reached, depth from above (equal is; None: it is not looked at).

    It is calm again once all are left behind, by so many per cent of them (below 100), and it was stressed for `dwell`.
    It is stressed where nothing was reported for longer than `max_gap`.
    """

    depth: Decimal | None
    spread_bps: Decimal | None
    volatility_bps: Decimal | None
    stale_share: Decimal | None
    calm_percent: int
    dwell: timedelta
    max_gap: timedelta

    def reached(self, said: ReportedConditions, percent: int = ALL_PERCENT) -> bool:
        """Whether anything is at so many per cent of its threshold, or beyond."""
        rising = (
            (said.spread_bps, self.spread_bps),
            (said.volatility_bps, self.volatility_bps),
            (said.stale_share, self.stale_share),
        )
        if self.depth is not None and multiply(said.depth, percent) <= multiply(self.depth, ALL_PERCENT):
            return True
        return any(
            multiply(value, ALL_PERCENT) >= multiply(limit, percent) for value, limit in rising if limit is not None
        )


@dataclass(frozen=True, slots=True)
class RegimeStanding:
    """A market's regime, since when, and as of when its venue reported last."""

    regime: Regime
    began_at: datetime
    reported_at: datetime


def begun(said: ReportedConditions) -> RegimeStanding:
    """How a market stands of which nothing was reported before, while what is said of it is not yet looked at."""
    return RegimeStanding(Regime.CALM, said.at, said.at)


def in_force(standing: RegimeStanding, max_gap: timedelta, now: datetime) -> RegimeStanding:
    """The same once its venue's silence counts: a calm market is stressed from `max_gap` after its last report on."""
    if standing.regime is not Regime.CALM or now - standing.reported_at <= max_gap:
        return standing
    return replace(standing, regime=Regime.STRESSED, began_at=standing.reported_at + max_gap)


def after(standing: RegimeStanding, said: ReportedConditions | Breaking, thresholds: Thresholds) -> RegimeStanding:
    """How a market stands after what was said next: by one step at most."""
    standing = in_force(standing, thresholds.max_gap, said.at)
    if isinstance(said, Breaking):
        return _broken(standing, said)
    standing = replace(standing, reported_at=said.at)
    calm = standing.regime is Regime.CALM
    if calm and thresholds.reached(said):
        return replace(standing, regime=Regime.STRESSED, began_at=said.at)
    if standing.regime is not Regime.STRESSED or said.at - standing.began_at < thresholds.dwell:
        return standing
    if thresholds.reached(said, thresholds.calm_percent):
        return standing
    return replace(standing, regime=Regime.CALM, began_at=said.at)


def regime(series: Iterable[ReportedConditions | Breaking], thresholds: Thresholds, now: datetime) -> Regime:
    """The regime at `now` of a market of which all this was said, in order of time."""
    standing: RegimeStanding | None = None
    for said in series:
        if standing is None and isinstance(said, ReportedConditions):
            standing = begun(said)
        if standing is not None:
            standing = after(standing, said, thresholds)
    return in_force(standing, thresholds.max_gap, now).regime if standing else Regime.CALM


def worst_over_time(markets: Iterable[Iterable[tuple[datetime, Regime]]]) -> list[tuple[datetime, Regime]]:
    """The worst regime of these markets at each instant at which one of them changed: each is told from when on it had
    which, in order, and is calm before."""
    told_of = [(at, market, regime) for market, told in enumerate(markets) for at, regime in told]
    changes = sorted(told_of, key=lambda change: change[:2])  # what one was told of the same instant stays in its order
    standing: dict[int, Regime] = {}
    worst: dict[datetime, Regime] = {}
    for at, market, regime in changes:
        standing[market] = regime
        worst[at] = max(standing.values(), key=_BADNESS.index)
    return list(worst.items())


def assigns_first(assign: str, regime: Regime) -> bool:
    """Whether a lot's first step is that of commitments, by a playbook's `assign`: FIRST, AS_BIDS (they bid in the
    sealed auction) or BY_REGIME, which is AS_BIDS in a market that is calm and FIRST in any other."""
    return assign == "FIRST" or (assign == "BY_REGIME" and regime != Regime.CALM)


def takes(depth: Decimal | None, notional: Decimal) -> bool | None:
    """Whether a market of this depth takes so much before it gives way: exactly so much it does. None where its depth
    is not known."""
    return None if depth is None else notional <= depth


def _broken(standing: RegimeStanding, said: Breaking) -> RegimeStanding:
    halted = standing.regime is Regime.HALTED
    if said.halts is halted:
        return standing
    return replace(standing, regime=Regime.HALTED if said.halts else Regime.STRESSED, began_at=said.at)
