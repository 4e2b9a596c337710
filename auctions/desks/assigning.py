"""Assigning: what standing commitments take of a lot at once, at one price. In memory: whoever asked writes it, or not.

The price is the marginal accepted minimum edge, at most the playbook's cap and what the lot affords.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.queries import StandingOffer
from accounts.rules.tiers import LAST_TIER
from auctions.desks.awards import Awarding, Winner
from auctions.desks.chain import Names, given_by, means_of
from auctions.desks.commitments import CommitmentDesk
from auctions.desks.work import Work, caps_of
from auctions.lifecycle import StepKind
from auctions.models import Playbook
from auctions.rules.chain.links import AssignTerms, Committed
from auctions.rules.chain.steps import assign


def assign_lot(work: Work, marks: Mapping[UUID, Decimal], desk: CommitmentDesk, awarding: Awarding) -> dict[str, Any]:
    """Give commitments what they take of the lot at these marks; what that was decided by, as its link of the chain
    says it."""
    demands, hold = desk.demand(work, marks)
    offers = desk.offers(work, demands, hold, work.units_left)
    committed = _committed(work, offers, desk.tiers(work, demands, hold))
    terms = terms_of_assignment(work.playbook)
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
    return {"terms": terms, "means": means, "offers": committed, "contested": contested, "awards": tuple(awards)}


def terms_of_assignment(playbook: Playbook) -> AssignTerms:
    """What a playbook lets commitments take by."""
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
