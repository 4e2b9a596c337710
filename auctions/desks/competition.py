"""Competition in a Dutch auction that no contested sealed one came before: judged once, by who has acted in it."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import F

from accounts.rules.clusters import Clusters
from auctions.desks import news
from auctions.desks.participants import candidate_of
from auctions.events import AuctionCapped
from auctions.lifecycle import ReadinessState
from auctions.models import Auction, Playbook, Readiness, Take
from auctions.rules.chain.links import Act
from auctions.rules.chain.steps import judged
from auctions.rules.eligibility import why_not
from backstop.values.documents import plain


def judge_if_due(auction: Auction, playbook: Playbook, clusters: Clusters[UUID], now: datetime) -> list[AuctionCapped]:
    """Judge an auction whose time has come, by who is ready in it or has taken; what everybody is told of it."""
    if not auction.is_due_to_be_judged(now):
        return []
    ready = list(Readiness.objects.filter(auction=auction, state=ReadinessState.LIVE).select_related("provider"))
    for stands in ready:
        stands.auction = auction
    return judge(auction, ready, takes_in([auction.id]), playbook, clusters, now)


def takes_in(auction_ids: Collection[UUID]) -> list[Take]:
    """What was taken in these auctions since they opened, or started anew, each with its provider."""
    since_opened = Take.objects.filter(auction__in=auction_ids, created_at__gte=F("auction__opens_at"))
    return list(since_opened.select_related("provider"))


def judge(
    auction: Auction,
    ready: Iterable[Readiness],
    takes: Iterable[Take],
    playbook: Playbook,
    clusters: Clusters[UUID],
    now: datetime,
) -> list[AuctionCapped]:
    """Judge it by these, whoever is eligible; what everybody is told of it."""
    acts = [(stands.provider, stands.units_left) for stands in ready if not stands.must_reconfirm]
    acts += [(take.provider, take.units) for take in takes]
    acted = tuple(
        Act(str(clusters.of(provider.group_id)), units, str(provider.id))
        for provider, units in acts
        if not why_not(candidate_of(provider), auction.exclusions)
    )
    judging = judged(acted, auction.units_left, playbook.min_groups, playbook.cover_percent, now)
    auction.judge(contested=judging.contested, by=plain(judging))
    return [news.capped(auction)]
