"""Competition in a Dutch auction that no contested sealed one came before: judged once, by who has acted in it."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from accounts.models import Provider
from accounts.rules.clusters import Clusters
from auctions.desks import news
from auctions.desks.participants import candidate_of
from auctions.events import AuctionCapped
from auctions.lifecycle import ReadinessState
from auctions.models import Auction, Playbook, Readiness, Take
from auctions.rules.competition import is_contested_by
from auctions.rules.eligibility import why_not


def judge_if_due(auction: Auction, playbook: Playbook, clusters: Clusters[UUID], now: datetime) -> list[AuctionCapped]:
    """Judge an auction whose time has come, by who is ready in it or has taken; what everybody is told of it."""
    if not auction.is_due_to_be_judged(now):
        return []
    acted = [
        (str(clusters.of(provider.group_id)), units)
        for provider, units in _acts(auction)
        if not why_not(candidate_of(provider), auction.exclusions)
    ]
    left = auction.units_left
    auction.judge(contested=is_contested_by(acted, left, playbook.min_groups, playbook.cover_percent))
    return [news.capped(auction)]


def _acts(auction: Auction) -> Iterator[tuple[Provider, int]]:
    for stands in Readiness.objects.filter(auction=auction, state=ReadinessState.LIVE).select_related("provider"):
        stands.auction = auction
        if not stands.must_reconfirm:
            yield stands.provider, stands.units_left
    for take in Take.objects.filter(auction=auction, created_at__gte=auction.opens_at).select_related("provider"):
        yield take.provider, take.units
