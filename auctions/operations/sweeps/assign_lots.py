"""Assignment: standing commitments take their share of a lot at once, at one price.

The price is the marginal accepted minimum edge, at most the playbook's cap and what the lot affords; what commitments
have left enters the sealed auction as firm bids.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.queries import StandingOffer
from accounts.rules.tiers import LAST_TIER
from auctions.desks.awards import Awarding, Winner
from auctions.desks.breakers import hold_breakers
from auctions.desks.chain import Chain, Names, given_by, means_of
from auctions.desks.commitments import CommitmentDesk
from auctions.desks.news import decided
from auctions.desks.work import UNPRICED, Work, caps_of, pass_or_wait, ready_work
from auctions.lifecycle import StepKind
from auctions.models import Step
from auctions.queries import list_breaker_levels
from auctions.rules.chain.links import AssignTerms, Committed, LinkKind
from auctions.rules.chain.steps import assign
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
    chain = Chain(now)
    for work in works:
        if pass_or_wait(work, now, priced=work.step.id in priced):
            chain.pass_step(work, UNPRICED)
    save_changes(work.step for work in works)
    awarding = _assign([(work, priced[work.step.id]) for work in works if work.step.id in priced], chain, now)
    record_events(decided(work.step for work in works))
    chain.write()
    if awarding is not None:
        awarding.finish()
    return len(works)


def _assign(priced: Sequence[tuple[Work, Mapping[UUID, Decimal]]], chain: Chain, now: datetime) -> Awarding | None:
    """The awards, written but for what is locked last, and what they were decided by in the chain; None where there is
    nothing to award."""
    if not priced:
        return None
    desk = CommitmentDesk([work for work, _ in priced], now)
    awarding = Awarding(desk.journal, now, desk.exposure)
    for work, marks in priced:
        demands, hold = desk.demand(work, marks)
        offers = desk.offers(work, demands, hold, work.units_left)
        committed = _committed(work, offers, desk.tiers(work, demands, hold))
        terms = _terms(work)
        if work.units_left:
            work.funds.wish(work.lot, work.fund_need(terms.cap_bps, marks))
        means = means_of(work, marks)
        contested, decided_awards = assign(terms, means, work.units_left, committed)
        awards = []
        for each in decided_awards:
            offer, before = offers[each.offer], len(awarding.awards)
            winner = Winner(
                units=each.units,
                edge_bps=each.edge_bps,
                provider_id=offer.provider_id,
                payer_id=desk.collateral[offer.provider_id, work.asset.id],
                commitment_id=offer.commitment_id,
                draws=offer.draws,
            )
            desk.note_taking(work, offer, awarding.award(work, winner, marks), demands)
            awards.append(replace(each, given=given_by(awarding.awards[before:])))
        said = {"offers": committed, "contested": contested, "awards": tuple(awards)}
        chain.add_step(LinkKind.ASSIGN, work, work.awards, terms=terms, means=means, **said)
    awarding.write()
    desk.funds.write()
    return awarding


def _terms(work: Work) -> AssignTerms:
    playbook = work.playbook
    return AssignTerms(
        cap_bps=caps_of(playbook).of(StepKind.ASSIGN),
        uncontested_cap_bps=playbook.uncontested_cap(1),
        min_groups=playbook.min_groups,
        cover_percent=playbook.cover_percent,
    )


def _committed(work: Work, offers: Sequence[StandingOffer], tiers: Mapping[UUID, int]) -> tuple[Committed, ...]:
    """The offers in their order, under names that hold for this step alone."""
    names = Names()
    return tuple(
        Committed(
            provider=names.of(offer.provider_id),
            group=names.of(work.clusters.of(offer.group_id)),
            tier=tiers.get(offer.provider_id, LAST_TIER),
            units=offer.units,
            min_edge_bps=offer.min_edge_bps,
        )
        for offer in offers
    )
