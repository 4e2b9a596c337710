"""Standby: what a provider's commitments stood ready for, instant by instant, and for how long.

Pure. Whatever determines it is a series of steps, each holding from its instant on, so that what is counted between two
instants is exact, into however many parts it is cut. A commitment stands ready as far as the flow would take from it:
for what its caps leave, and as far as collateral is free; each unit of that is counted once over all places.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import TypeVar
from uuid import UUID

from accounts.rules.commitments import Capacity, CommittedLeg, StandingBid, remaining_capacity
from accounts.rules.terms import CapName
from backstop.values.amounts import ZERO, difference, divide_down, from_smallest, multiply, to_smallest, total

T = TypeVar("T")
Steps = Sequence[tuple[datetime, T]]  # what holds from each instant on, the earliest first; that holds before it too
EVER = datetime.min.replace(tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ONE = Decimal(1)


def value_at(steps: Steps[T], moment: datetime) -> T:
    """What holds at this instant. Raises `IndexError` where nothing ever does."""
    at = bisect_right(steps, moment, key=lambda step: step[0])
    return steps[max(at - 1, 0)][1]


@dataclass(frozen=True, slots=True)
class Use:
    """So much notional of a window, by its start, used from `taken_at` on until it was given back, if it was."""

    window_starts_at: datetime
    amount: Decimal
    taken_at: datetime
    returned_at: datetime | None


@dataclass(frozen=True)
class Promise:
    """A commitment over time: the bid that it is, of which nothing is used, when it was suspended, its uses, and what
    was held within its scope (None: that had no price)."""

    bid: StandingBid
    suspended: Steps[bool]
    uses: tuple[Use, ...] = ()
    held: Steps[Decimal | None] = ((EVER, ZERO),)

    def at(self, moment: datetime) -> StandingBid:
        """The bid as it stood then."""
        suspended, used = value_at(self.suspended, moment), value_at(self._used, moment)
        return replace(self.bid, suspended=suspended, used=used, held=value_at(self.held, moment))

    def instants(self) -> Iterator[datetime]:
        """When anything of it changed, or a window with something used was over."""
        for use in self.uses:
            yield use.taken_at
            if use.returned_at is not None:
                yield use.returned_at
            for length in self._lengths:
                yield use.window_starts_at + length
        for at, terms in self.bid.timeline:
            yield from (each for each in (at, terms.starts_at, terms.ends_at) if each is not None)
        yield from (at for steps in (self.suspended, self.held) for at, _ in steps)
        if self.bid.active_at is not None:
            yield self.bid.active_at

    @cached_property
    def _lengths(self) -> frozenset[timedelta]:
        """Of its windows."""
        return frozenset(timedelta(seconds=terms.window.seconds) for _, terms in self.bid.timeline if terms.window)

    @cached_property
    def _used(self) -> Steps[Mapping[datetime, Decimal]]:
        """What is used of each window, by its start, but of those that are over."""
        longest = max(self._lengths, default=timedelta())
        changes = [(use.taken_at, use.window_starts_at, use.amount) for use in self.uses]
        changes += [
            (use.returned_at, use.window_starts_at, use.amount.copy_negate())
            for use in self.uses
            if use.returned_at is not None
        ]
        steps: list[tuple[datetime, Mapping[datetime, Decimal]]] = [(EVER, {})]
        for at, window_starts_at, change in sorted(changes):
            used = {start: amount for start, amount in steps[-1][1].items() if at < start + longest}
            used[window_starts_at] = total([used.get(window_starts_at, ZERO), change])
            steps.append((at, used))
        return steps


@dataclass(frozen=True, slots=True)
class StandbyPlace:
    """Where a provider may stand ready: in a product group, or with an instrument of it that has a commitment of its
    own; its promises there, the widest first. A unit of notional takes `unit_hold` (> 0) of collateral there (None:
    there is nothing to take), and is paid for at `rate_bps` where no more than `max_edge_bps` is asked for it (equal
    counts); nothing is while it is `halted`.
    """

    product_group_id: UUID
    name: str
    promises: tuple[Promise, ...]
    unit_hold: Steps[Decimal | None]
    halted: Steps[bool]
    max_edge_bps: Decimal
    rate_bps: Decimal


@dataclass(frozen=True, slots=True)
class Stood:
    """For how long a provider stood ready in a product group, and its mean notional over all the time that was
    counted, rounded down: in favour of who pays for it."""

    present: timedelta
    capacity: Decimal


@dataclass(frozen=True, slots=True)
class StandbyWatch:
    """All of one provider in one asset, of `scale` decimals: its places, what was free of its collateral, and when it
    might take nothing."""

    places: tuple[StandbyPlace, ...]
    free: Steps[Decimal]
    barred: Steps[bool]
    scale: int

    def present_at(self, moment: datetime) -> frozenset[UUID]:
        """The product groups in which it stood ready with anything."""
        return frozenset(place.product_group_id for place, room, _, _ in self._rooms(moment) if room > ZERO)

    def count(self, since: datetime, until: datetime) -> dict[UUID, Stood]:
        """How it stood in each product group from `since` on, until before `until`."""
        present: dict[UUID, timedelta] = {place.product_group_id: timedelta() for place in self.places}
        sums = dict.fromkeys(present, 0)
        for start, end in pairwise([*self._instants(since, until), until]):
            rooms = list(self._rooms(start))
            for group_id in {place.product_group_id for place, room, _, _ in rooms if room > ZERO}:
                present[group_id] += end - start
            for group_id, capacity in self._shared(rooms, start).items():
                sums[group_id] += to_smallest(capacity, self.scale) * ((end - start) // _MICROSECOND)
        whole = (until - since) // _MICROSECOND
        return {key: Stood(present[key], from_smallest(sums[key] // whole, self.scale)) for key in present}

    def _instants(self, since: datetime, until: datetime) -> list[datetime]:
        """When to look: at the beginning, and whenever something changed."""
        steps = [self.free, self.barred, *(steps for p in self.places for steps in (p.unit_hold, p.halted))]
        changes = {at for each in steps for at, _ in each}
        changes.update(at for place in self.places for promise in place.promises for at in promise.instants())
        return [since, *sorted(at for at in changes if since < at < until)]

    def _rooms(self, moment: datetime) -> "Iterator[_Room]":
        """What it stood ready for in each place, had it no other."""
        free, barred = value_at(self.free, moment), value_at(self.barred, moment)
        for place in self.places:
            unit_hold = value_at(place.unit_hold, moment)
            if unit_hold is None or value_at(place.halted, moment):
                continue
            capacity = remaining_capacity(
                [CommittedLeg(None, _ONE, [promise.at(moment) for promise in place.promises])],
                received_at=moment,
                now=moment,
                free_collateral=free,
                unit_hold=unit_hold,
                provider_suspended=barred,
            )
            if capacity.min_edge_bps is not None and capacity.min_edge_bps <= place.max_edge_bps:
                room = capacity.room(self.scale)
                yield place, ZERO if room is None else room, unit_hold, capacity

    def _shared(self, rooms: "Sequence[_Room]", moment: datetime) -> dict[UUID, Decimal]:
        """What counts in each product group where each unit of collateral, and of a cap, counts once: first where a
        unit of collateral is paid most for, then by name."""
        left: dict[tuple[CapName, UUID], Decimal] = {}
        money = value_at(self.free, moment)
        counted: dict[UUID, Decimal] = {}
        paid = sorted(rooms, key=lambda room: (divide_down(room[0].rate_bps, room[2], 18).copy_negate(), room[0].name))
        for place, room, unit_hold, capacity in paid:
            caps = {(cap.name, cap.commitment_id): cap.remaining for cap in capacity.caps if cap.commitment_id}
            fits = [left.setdefault(key, remaining) for key, remaining in caps.items()]
            part = min(room, divide_down(money, unit_hold, self.scale), *fits)
            for key in caps:
                left[key] = difference(left[key], part)
            money = difference(money, multiply(part, unit_hold))
            counted[place.product_group_id] = total([counted.get(place.product_group_id, ZERO), part])
        return counted


_Room = tuple[StandbyPlace, Decimal, Decimal, Capacity]
