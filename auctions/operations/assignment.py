"""Assignment: standing commitments take their share of a lot at once, at one price.

Called by the sweep `assign_lots`. The price is the marginal accepted minimum edge, at most the playbook's cap and what
the lot affords; what commitments have left enters the sealed auction as firm bids.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from accounts.models import Account, AccountKind
from accounts.operations.ledger import Journal
from accounts.queries import LegDemand, StandingCommitments, StandingOffer, load_standing_commitments
from accounts.rules.tiers import LAST_TIER, Ladder
from auctions.lifecycle import StepKind, StepState
from auctions.models import Book, Step
from auctions.operations.awarding import Awarding, Winner
from auctions.operations.breaking import hold_breakers
from auctions.operations.loading import Work, caps_of, load_work, lock_books
from auctions.queries import list_breaker_levels
from auctions.rules.clearing import Bid, Format, Terms, clear, reserve_by_competition
from auctions.rules.valuation import Reserve, notional, notional_of, reserve_for
from auctions.rules.waterfall import reserve_edge
from backstop import clock
from backstop.transactions import operation
from backstop.values.amounts import divide_up, total

RETRY = timedelta(seconds=1)


@operation
def assign_lots(*, ids: Sequence[UUID]) -> int:
    """Carry out those of these ASSIGN steps that are ready; how many there were.

    Where the breaker stops bids, it stops standing ones too: a step waits as it would for marks.
    """
    hold_breakers(Step.objects.filter(id__in=ids).values_list("lot__book__venue", flat=True))
    now = clock.now()
    books = lock_books(Book.objects.filter(id__in=Step.objects.filter(id__in=ids).values("lot__book")))
    steps = Step.objects.filter(
        id__in=ids, lot__book__in=books, kind=StepKind.ASSIGN, state=StepState.READY, due_at__lte=now
    )
    works = load_work(steps, books)
    levels = list_breaker_levels([work.step.id for work in works])
    priced = [
        (work, marks)
        for work in works
        if levels[work.step.id].allows_bids and (marks := work.marks_if_fresh(now)) is not None
    ]
    _assign(priced, now)
    for work in works:
        pass_or_wait(work, now, priced=any(work is one for one, _ in priced))
    Step.objects.bulk_update([work.step for work in works], ["state", "due_at"])
    return len(works)


def pass_or_wait(work: Work, now: datetime, *, priced: bool) -> None:
    """A step that was carried out, or has waited as long as the playbook lets it, ends; another waits a moment."""
    waits_since = max(work.step.created_at, work.book.cure_ends_at)
    if priced or now >= waits_since + timedelta(seconds=work.playbook.max_halt_seconds):
        work.step.move_to(StepState.SETTLING, now)
    else:
        work.step.due_at = now + RETRY


def _assign(priced: Sequence[tuple[Work, Mapping[UUID, Decimal]]], now: datetime) -> None:
    if not priced:
        return
    desk = CommitmentDesk([work for work, _ in priced], now)
    awarding = Awarding(desk.journal, now)
    for work, marks in priced:
        demands, reserve = desk.demand(work, marks)
        offers = desk.offers(work, demands, reserve, work.units_left)
        tiers = desk.tiers(work, demands, reserve)
        for offer, units, edge_bps in _clear(work, offers, tiers, marks):
            winner = Winner(
                units=units,
                edge_bps=edge_bps,
                provider_id=offer.provider_id,
                payer_id=desk.collateral[offer.provider_id, work.asset.id],
                commitment_id=offer.commitment_id,
                draws=offer.draws,
            )
            desk.standing.note_taking(offer, awarding.award(work, winner, marks), demands)
    awarding.write()


def _clear(
    work: Work, offers: Sequence[StandingOffer], tiers: Mapping[UUID, int], marks: Mapping[UUID, Decimal]
) -> list[tuple[StandingOffer, int, Decimal]]:
    """The offers that are accepted, with their units and the one edge that all are paid."""
    playbook, units = work.playbook, work.units_left
    if not units:
        return []
    bids = [
        Bid(
            id=str(place),
            provider=str(offer.provider_id),
            group=str(offer.group_id),
            units=offer.units,
            edge_bps=offer.min_edge_bps,
            sequence=place,
            tier=tiers.get(offer.provider_id, LAST_TIER),
        )
        for place, offer in enumerate(offers)
    ]
    open_notional = notional_of(work.free_legs, marks, work.asset.scale)
    reserve = reserve_edge(caps_of(playbook).of(StepKind.ASSIGN, contested=True), work.budget, open_notional)
    reserve, _ = reserve_by_competition(
        bids, units, reserve, playbook.min_groups, playbook.cover_percent, playbook.uncontested_cap_bps
    )
    outcome = clear(Terms(format=Format.UNIFORM, units=units, reserve_edge_bps=reserve), bids)
    return [(offers[int(award.bid)], award.units, award.edge_bps) for award in outcome.awards]


class CommitmentDesk:
    """The commitments and collateral accounts that a batch of lots may draw on, all locked."""

    def __init__(self, works: Sequence[Work], now: datetime) -> None:
        self.standing: StandingCommitments = load_standing_commitments(
            {work.book.venue_id for work in works}, min(work.book.received_at for work in works), now
        )
        rows = Account.objects.filter(
            venue__in={work.book.venue_id for work in works},
            asset__in={work.asset.id for work in works},
            kind=AccountKind.COLLATERAL,
        ).values_list("provider_id", "asset_id", "id")
        self.collateral: dict[tuple[UUID, UUID], UUID] = {(owner, asset): row for owner, asset, row in rows}
        self.journal = Journal.opened(self.collateral.values())

    def demand(self, work: Work, marks: Mapping[UUID, Decimal]) -> tuple[list[LegDemand], Reserve]:
        """What one unit of the lot is in notional, leg by leg, and what a bid for it holds."""
        scale = work.asset.scale
        demands = [
            LegDemand(
                leg.instrument_id,
                position.instrument.product_group_id,
                leg.side,
                divide_up(notional(leg, marks[leg.instrument_id]), work.lot.units, scale),
            )
            for leg, position in zip(work.legs, work.positions, strict=True)
        ]
        return demands, reserve_for(work.legs, marks, work.lot.units, work.playbook.drift_buffer_bps, scale)

    def tiers(self, work: Work, demands: Sequence[LegDemand], reserve: Reserve) -> dict[UUID, int]:
        """Who is of a better tier than the last for this lot."""
        playbook = work.playbook
        return self.standing.tiers(
            venue_id=work.book.venue_id,
            legs=demands,
            unit_reserve=reserve.unit,
            collateral={
                owner: self.journal.posted(account)
                for (owner, asset), account in self.collateral.items()
                if asset == work.asset.id
            },
            received_at=work.book.received_at,
            ladder=Ladder(playbook.tier_1_capacity, playbook.tier_2_capacity),
            max_edge_bps=playbook.sealed_reserve_bps,
            scale=work.asset.scale,
        )

    def offers(self, work: Work, demands: Sequence[LegDemand], reserve: Reserve, max_units: int) -> list[StandingOffer]:
        """What stands for this lot now, of everybody who may take part."""
        offers = self.standing.offers(
            venue_id=work.book.venue_id,
            legs=demands,
            unit_reserve=reserve.unit,
            free_collateral={
                owner: total([self.journal.free(account), -reserve.base])
                for (owner, asset), account in self.collateral.items()
                if asset == work.asset.id
            },
            received_at=work.book.received_at,
            max_units=max_units,
            excluded_groups=work.owner_groups,
            excluded_providers=work.faulty_providers,
        )
        return [offer for offer in offers if (offer.provider_id, work.asset.id) in self.collateral]
