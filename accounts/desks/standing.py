"""The commitments of a batch, locked: what they offer for its lots, and what was used of their windows.

A stage that assigns loads once and asks for each lot, noting what it takes, so that no two lots get the same capacity:

    standing = load_standing_commitments(venue_ids, received_since, now)         # locks; six queries, however many
    for each lot: offers = standing.offers(venue_id=…, legs=…, …)                # pure
                  standing.note_taking(offer, units, legs)                       # for each offer taken
    take_capacity(takings=[Taking(draw.commitment_id, draw.window_starts_at, award.id, draw.unit_notional * units) …])

No account is looked at: each question says what collateral every provider has.
There is one counter for each commitment and window; what an award has taken goes back, once, to the window that it came
from. Windows are fixed and follow one another from the first use.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.events import CapacityMoved
from accounts.lifecycle import CommitmentState
from accounts.models import Commitment, CommitmentUsage, CommitmentUse, Provider
from accounts.queries.standing import LegDemand, Scope, StandingOffer, WindowDraw, covering, load_bids
from accounts.rules.commitments import Capacity, CommittedLeg, StandingBid, remaining_capacity
from accounts.rules.tiers import LAST_TIER, Ladder, funded_capacity
from backstop.locks import Lock, lock_rows
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import requires_transaction
from backstop.values.amounts import ZERO, difference, multiply, total


class StandingCommitments:
    """All commitments of some venues as of `now`, with what this batch has taken of them already."""

    def __init__(self, now: datetime, providers: Mapping[UUID, Provider], bids: Mapping[Scope, StandingBid]) -> None:
        self.now = now
        self._providers = providers
        self._bids = dict(bids)
        self._stands_since = {bid.commitment_id: bid.active_at for bid in bids.values() if bid.active_at}

    def offers(
        self,
        *,
        venue_id: UUID,
        legs: Sequence[LegDemand],
        unit_hold: Decimal,
        free_collateral: Mapping[UUID, Decimal],
        received_at: datetime,
        max_units: int,
        excluded_providers: Collection[UUID] = (),
        bid_before: bool = False,
        assigned: Mapping[UUID, Sequence[LegDemand]] | None = None,
    ) -> list[StandingOffer]:
        """One offer of each provider who takes at least one unit of the lot; the lowest edge first, then whoever has
        stood for longest.

        `unit_hold` is what one unit needs of a provider's `free_collateral` (by provider id, none where absent), and
        `received_at` when the lot's book was received. What somebody who is suspended had `bid_before` may stand.
        `assigned` is what each provider was given of the same book before, as legs of one unit.
        """
        found = []
        for provider in self._providers.values():
            if provider.venue_id != venue_id or provider.id in excluded_providers:
                continue
            free = free_collateral.get(provider.id, ZERO)
            barred = not (provider.bids_count if bid_before else provider.may_offer)
            before = (assigned or {}).get(provider.id, ())
            capacity = self._capacity(provider, legs, received_at, unit_hold, free, barred, before)
            offer = self._offer(provider, capacity, max_units)
            if offer is not None:
                found.append(offer)
        return sorted(found, key=lambda offer: (offer.min_edge_bps, offer.stands_since, offer.provider_id))

    @property
    def providers(self) -> Collection[Provider]:
        """Whoever has commitments."""
        return self._providers.values()

    def tiers(
        self,
        *,
        venue_id: UUID,
        legs: Sequence[LegDemand],
        unit_hold: Decimal,
        collateral: Mapping[UUID, Decimal],
        received_at: datetime,
        ladder: Ladder,
        max_edge_bps: Decimal,
        scale: int,
    ) -> dict[UUID, int]:
        """The providers of a better tier than the last for the lot, by what they have promised for it and can fund.

        `collateral` is all that each has, set aside or not: what it promised does not shrink as it bids on it.
        """
        if not ladder.has_rungs:
            return {}
        unit_notional = total(leg.unit_notional for leg in legs)
        found = {}
        for provider in self._providers.values():
            if provider.venue_id == venue_id:
                its_own = collateral.get(provider.id, ZERO)
                capacity = self._capacity(provider, legs, received_at, unit_hold, its_own, not provider.may_offer)
                found[provider.id] = ladder.tier_of(funded_capacity(capacity, unit_notional, max_edge_bps, scale))
        return {provider_id: tier for provider_id, tier in found.items() if tier < LAST_TIER}

    def _capacity(
        self,
        provider: Provider,
        legs: Sequence[LegDemand],
        received_at: datetime,
        unit_hold: Decimal,
        collateral: Decimal,
        barred: bool,
        assigned: Sequence[LegDemand] = (),
    ) -> Capacity:
        return remaining_capacity(
            self._committed(provider, legs),
            assigned=self._committed(provider, assigned),
            received_at=received_at,
            now=self.now,
            free_collateral=collateral,
            unit_hold=unit_hold,
            provider_suspended=barred,
        )

    def _committed(self, provider: Provider, legs: Sequence[LegDemand]) -> list[CommittedLeg]:
        return [
            CommittedLeg(leg.side, leg.unit_notional, covering(self._bids, provider.id, _scopes(provider, leg)))
            for leg in legs
        ]

    def _offer(self, provider: Provider, capacity: Capacity, max_units: int) -> StandingOffer | None:
        room = capacity.room()
        units = max_units if room is None else min(int(room), max_units)
        if units <= 0 or capacity.commitment_id is None or capacity.min_edge_bps is None:
            return None
        draws = tuple(
            WindowDraw(cap.commitment_id, cap.window.starts_at, cap.per_unit)
            for cap in capacity.caps
            if cap.commitment_id and cap.window and cap.window.starts_at
        )
        return StandingOffer(
            provider_id=provider.id,
            group_id=provider.group_id,
            commitment_id=capacity.commitment_id,
            min_edge_bps=capacity.min_edge_bps,
            units=units,
            draws=draws,
            stands_since=self._stands_since[capacity.commitment_id],
        )

    def note_taking(self, offer: StandingOffer, units: int, legs: Iterable[LegDemand]) -> None:
        """Count `units` of this offer as taken, for the next lot of the batch."""
        provider = self._providers[offer.provider_id]
        taken = {draw.commitment_id: multiply(draw.unit_notional, units) for draw in offer.draws}
        for leg in legs:
            for scope_id in _scopes(provider, leg):
                bid = self._bids.get((provider.id, scope_id))
                if bid is not None:
                    held = None if bid.held is None else total([bid.held, multiply(leg.unit_notional, units)])
                    self._bids[provider.id, scope_id] = _with_use(
                        replace(bid, held=held), taken.pop(bid.commitment_id, ZERO), self.now
                    )


@requires_transaction
def load_standing_commitments(
    venue_ids: Collection[UUID], received_since: datetime, now: datetime, *, locked: bool = True
) -> StandingCommitments:
    """Lock and load the commitments of these venues, to be asked about books received at `received_since` or later; not
    `locked` where nothing is taken of them."""
    standing = Commitment.objects.filter(
        venue_id__in=venue_ids, state__in=[CommitmentState.ACTIVE, CommitmentState.SUSPENDED]
    )
    rows = standing.select_related("provider")
    commitments = lock_rows(Lock.COMMITMENT_ROW, rows) if locked else list(rows)
    providers = {row.provider_id: row.provider for row in commitments}
    return StandingCommitments(now, providers, load_bids(commitments, received_since, now))


@dataclass(frozen=True, slots=True)
class Taking:
    """So much notional (> 0) of a commitment's window, by its start, used by the award `subject_id`."""

    commitment_id: UUID
    window_starts_at: datetime
    subject_id: UUID
    notional: Decimal


@requires_transaction
def take_capacity(*, takings: Sequence[Taking]) -> None:
    """Count takings in the windows that they were offered from. Whether they fit is not asked again."""
    amounts: dict[tuple[_Window, UUID], Decimal] = defaultdict(Decimal)
    for taking in takings:
        usage = ((taking.commitment_id, taking.window_starts_at), taking.subject_id)
        amounts[usage] = total([amounts[usage], taking.notional])
    windows = {window for window, _ in amounts}
    _anchor(windows)
    CommitmentUse.objects.bulk_create(
        [CommitmentUse(commitment_id=one, window_starts_at=start) for one, start in windows], ignore_conflicts=True
    )
    found = CommitmentUse.objects.filter(
        commitment_id__in={one for one, _ in windows}, window_starts_at__in={start for _, start in windows}
    ).select_related("commitment")
    uses = {window: use for use in found if (window := (use.commitment_id, use.window_starts_at)) in windows}
    for (window, _), amount in amounts.items():
        uses[window].used = total([uses[window].used, amount])
    save_changes(uses.values())
    CommitmentUsage.objects.bulk_create(
        CommitmentUsage(use=uses[window], subject_id=subject_id, amount=amount)
        for (window, subject_id), amount in amounts.items()
    )
    _record_moves(uses.values())


@requires_transaction
def return_capacity(*, subject_ids: Collection[UUID], now: datetime) -> None:
    """Give back what these awards have taken, each to its window. Returning twice returns once."""
    taken = CommitmentUsage.objects.filter(subject_id__in=subject_ids, returned_at=None)
    _lock(taken.values_list("use__commitment_id", flat=True))
    usages = list(taken.select_related("use__commitment"))
    uses = {usage.use_id: usage.use for usage in usages}
    for usage in usages:
        use = uses[usage.use_id]
        use.used = difference(use.used, usage.amount)
        usage.returned_at = now
    save_changes([*uses.values(), *usages])
    _record_moves(uses.values())


def _record_moves(uses: Iterable[CommitmentUse]) -> None:
    record_events(
        [
            CapacityMoved(
                venue_id=use.commitment.venue_id,
                subject_id=use.commitment_id,
                provider_id=use.commitment.provider_id,
                window_starts_at=use.window_starts_at,
                used=use.used,
            )
            for use in uses
        ]
    )


_Window = tuple[UUID, datetime]


def _anchor(windows: Collection[_Window]) -> None:
    """Lock the commitments; the first window of one that was never used is where all later ones follow from."""
    starts = dict(sorted(windows, reverse=True))  # of several, the earliest is left
    unused = [one for one in _lock(starts) if one.window_anchor_at is None]
    for commitment in unused:
        commitment.window_anchor_at = starts[commitment.id]
    save_changes(unused)


def _lock(commitment_ids: Iterable[UUID]) -> list[Commitment]:
    ids = set(commitment_ids)
    return lock_rows(Lock.COMMITMENT_ROW, Commitment.objects.filter(id__in=ids)) if ids else []


def _with_use(bid: StandingBid, notional: Decimal, now: datetime) -> StandingBid:
    """The bid with so much more used at this instant."""
    if not notional:
        return bid
    anchored = replace(bid, anchor_at=bid.anchor_at or now)
    return replace(anchored, used={**bid.used, now: total([bid.used.get(now, ZERO), notional])})


def _scopes(provider: Provider, leg: LegDemand) -> tuple[UUID, UUID, UUID]:
    """What a commitment that covers the leg may be for, widest first."""
    return provider.venue_id, leg.product_group_id, leg.instrument_id
