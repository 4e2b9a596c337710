"""Assignment: standing commitments take their share of a lot at once, at one price.

The price is the marginal accepted minimum edge, at most the playbook's cap and what the lot affords; what commitments
have left enters the sealed auction as firm bids.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.queries import StandingOffer
from accounts.rules.tiers import LAST_TIER
from auctions.desks.awards import Awarding, Winner
from auctions.desks.breakers import hold_breakers
from auctions.desks.commitments import CommitmentDesk
from auctions.desks.news import decided
from auctions.desks.work import Work, caps_of, pass_or_wait, ready_work
from auctions.lifecycle import StepKind
from auctions.models import Step
from auctions.queries import list_breaker_levels
from auctions.rules.clearing import ClearingBid, ClearingTerms, Format, clear, reserve_by_competition
from backstop import clock
from backstop.database import kept_alive
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
@kept_alive()
def assign_lots(*, ids: Sequence[UUID]) -> int:
    """Carry out those of these ASSIGN steps that are ready; how many there were.

    Where the breaker stops bids, it stops standing ones too: a step waits as it would for marks.
    """
    hold_breakers(Step.objects.filter(id__in=ids).values_list("lot__book__venue", flat=True))
    now = clock.now()
    works = ready_work(ids, StepKind.ASSIGN, now)
    levels = list_breaker_levels([work.step.id for work in works])
    priced = {
        work.step.id: marks
        for work in works
        if levels[work.step.id].allows_bids and (marks := work.marks_if_fresh(now)) is not None
    }
    for work in works:
        pass_or_wait(work, now, priced=work.step.id in priced)
    save_changes(work.step for work in works)
    awarding = _assign([(work, priced[work.step.id]) for work in works if work.step.id in priced], now)
    record_events(decided(work.step for work in works))
    if awarding is not None:
        awarding.finish()
    return len(works)


def _assign(priced: Sequence[tuple[Work, Mapping[UUID, Decimal]]], now: datetime) -> Awarding | None:
    """The awards, written but for what is locked last; None where there is nothing to award."""
    if not priced:
        return None
    desk = CommitmentDesk([work for work, _ in priced], now)
    awarding = Awarding(desk.journal, now, desk.exposure)
    for work, marks in priced:
        demands, hold = desk.demand(work, marks)
        offers = desk.offers(work, demands, hold, work.units_left)
        tiers = desk.tiers(work, demands, hold)
        for offer, units, edge_bps in _clear(work, offers, tiers, marks):
            winner = Winner(
                units=units,
                edge_bps=edge_bps,
                provider_id=offer.provider_id,
                payer_id=desk.collateral[offer.provider_id, work.asset.id],
                commitment_id=offer.commitment_id,
                draws=offer.draws,
            )
            desk.note_taking(work, offer, awarding.award(work, winner, marks), demands)
    awarding.write()
    desk.funds.write()
    return awarding


def _clear(
    work: Work, offers: Sequence[StandingOffer], tiers: Mapping[UUID, int], marks: Mapping[UUID, Decimal]
) -> list[tuple[StandingOffer, int, Decimal]]:
    """The offers that are accepted, with their units and the one edge that all are paid."""
    playbook, units = work.playbook, work.units_left
    if not units:
        return []
    bids = [
        ClearingBid(
            id=str(place),
            provider=str(offer.provider_id),
            group=str(work.clusters.of(offer.group_id)),
            units=offer.units,
            edge_bps=offer.min_edge_bps,
            sequence=place,
            tier=tiers.get(offer.provider_id, LAST_TIER),
        )
        for place, offer in enumerate(offers)
    ]
    cap_bps = caps_of(playbook).of(StepKind.ASSIGN)
    work.funds.wish(work.lot, work.fund_need(cap_bps, marks))
    reserve = work.reserve_edge(cap_bps, marks)
    reserve, _ = reserve_by_competition(
        bids, units, reserve, playbook.min_groups, playbook.cover_percent, playbook.uncontested_cap(1)
    )
    outcome = clear(ClearingTerms(format=Format.UNIFORM, units=units, reserve_edge_bps=reserve), bids)
    return [(offers[int(award.bid)], award.units, award.edge_bps) for award in outcome.awards]
