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

from accounts.rules.commitments import CommittedLeg, StandingBid, remaining_capacity
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
        return _present(self._offers(moment), value_at(self.free, moment))

    def count(self, since: datetime, until: datetime) -> dict[UUID, Stood]:
        """How it stood in each product group from `since` on, until before `until`."""
        present: dict[UUID, timedelta] = {place.product_group_id: timedelta() for place in self.places}
        sums = dict.fromkeys(present, 0)
        turns = self._turns()
        changes = sorted(at for at in {*turns, *(at for at, _ in self.free)} if since < at < until)
        offers = self._offers(since)
        for start, end in pairwise([since, *changes, until]):
            if start in turns:
                offers = self._offers(start)
            free = value_at(self.free, start)
            for group_id in _present(offers, free):
                present[group_id] += end - start
            for group_id, capacity in self._shared(offers, free).items():
                sums[group_id] += to_smallest(capacity, self.scale) * ((end - start) // _MICROSECOND)
        whole = (until - since) // _MICROSECOND
        return {key: Stood(present[key], from_smallest(sums[key] // whole, self.scale)) for key in present}

    def _turns(self) -> set[datetime]:
        """When anything changed but what was free: that changes most, and no offer by it."""
        steps = [self.barred, *(steps for place in self.places for steps in (place.unit_hold, place.halted))]
        turns = {at for each in steps for at, _ in each}
        turns.update(at for place in self.places for promise in place.promises for at in promise.instants())
        return turns

    def _offers(self, moment: datetime) -> "list[_Offer]":
        """What it offered, whatever was free: first where a unit of collateral is paid most for, then by name."""
        barred = value_at(self.barred, moment)
        offers = [offer for place in self.places if (offer := self._offer(place, moment, barred))]
        return sorted(
            offers,
            key=lambda offer: (
                divide_down(offer.place.rate_bps, offer.unit_hold, 18).copy_negate(),
                offer.place.name,
            ),
        )

    def _offer(self, place: StandbyPlace, moment: datetime, barred: bool) -> "_Offer | None":
        """What it offered in a place, had it no other; None: nothing."""
        unit_hold = value_at(place.unit_hold, moment)
        if unit_hold is None or value_at(place.halted, moment):
            return None
        capacity = remaining_capacity(
            [CommittedLeg(None, _ONE, [promise.at(moment) for promise in place.promises])],
            received_at=moment,
            now=moment,
            free_collateral=ZERO,
            unit_hold=ZERO,
            provider_suspended=barred,
        )
        room = capacity.room(self.scale)
        if room == ZERO or capacity.min_edge_bps is None or capacity.min_edge_bps > place.max_edge_bps:
            return None
        caps = {(cap.name, cap.commitment_id): cap.remaining for cap in capacity.caps if cap.commitment_id}
        return _Offer(place, unit_hold, multiply(unit_hold, from_smallest(1, self.scale)), room, caps)

    def _shared(self, offers: "Sequence[_Offer]", free: Decimal) -> dict[UUID, Decimal]:
        """What counts in each product group where each unit of collateral, and of a cap, counts once: for the first
        offers first."""
        left: dict[tuple[CapName, UUID], Decimal] = {}
        counted: dict[UUID, Decimal] = {}
        for offer in offers:
            if free < offer.least_hold:
                continue
            fits = [left.setdefault(key, remaining) for key, remaining in offer.caps.items()]
            rooms = [] if offer.room is None else [offer.room]
            part = min([divide_down(free, offer.unit_hold, self.scale), *rooms, *fits])
            for key in offer.caps:
                left[key] = difference(left[key], part)
            free = difference(free, multiply(part, offer.unit_hold))
            group_id = offer.place.product_group_id
            counted[group_id] = total([counted.get(group_id, ZERO), part])
        return counted


@dataclass(frozen=True, slots=True)
class _Offer:
    """What is offered in a place at `unit_hold` (> 0) of collateral a unit, and `least_hold` for the least of it that
    there is: so much, by all `caps` together (None: without limit), by what each leaves."""

    place: StandbyPlace
    unit_hold: Decimal
    least_hold: Decimal
    room: Decimal | None
    caps: Mapping[tuple[CapName, UUID], Decimal]


def _present(offers: Sequence[_Offer], free: Decimal) -> frozenset[UUID]:
    """The product groups in which any of these could be taken, with so much that is free."""
    return frozenset(offer.place.product_group_id for offer in offers if offer.least_hold <= free)
