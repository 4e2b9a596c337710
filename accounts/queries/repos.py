"""Repos, as they are shown and as they wait."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.lifecycle import REPO, RepoState
from accounts.models import Account, AccountKind, Provider, Repo
from accounts.rules.sharing.assessments import WRITTEN_OFF_AFTER
from backstop.values.amounts import total

REPAY_WHEN_DUE = (AccountKind.FUND, AccountKind.FIRST_TRANCHE)  # in this order


def list_repos(venue_id: UUID) -> QuerySet[Repo]:
    """A venue's repos with all that is shown of them."""
    repos = Repo.objects.filter(venue=venue_id).select_related("cover__asset", "instrument")
    return repos.prefetch_related("repayments")


def list_repos_of(provider: Provider) -> QuerySet[Repo]:
    """Those of covers that the provider insures."""
    return list_repos(provider.venue_id).filter(cover__shares__provider=provider)


def sum_pledged(instrument_id: UUID) -> Decimal:
    """How much of an instrument is pledged."""
    pledging = Repo.objects.filter(instrument=instrument_id, state__in=REPO.under_way)
    return total(pledging.values_list("pledged", flat=True))


def list_owing(asset_ids: Collection[UUID], now: datetime) -> QuerySet[Repo]:
    """Those in these assets that fell due and are owed on."""
    return _list_unpaid(asset_ids).filter(due_at__lte=now)


def sum_owed(asset_id: UUID, now: datetime) -> Decimal:
    """What a fund owes of repos in an asset, due or not."""
    return _sum_owed(_list_unpaid([asset_id]), now)[asset_id]


def sum_owed_first(asset_ids: Collection[UUID], now: datetime) -> Mapping[UUID, Decimal]:
    """What funds owe of repos that fell due, by asset: it comes before whatever they may yet spend."""
    return _sum_owed(list_owing(asset_ids, now), now)


def _list_unpaid(asset_ids: Collection[UUID]) -> QuerySet[Repo]:
    return Repo.objects.filter(cover__asset__in=asset_ids, state__in=REPO.under_way)


def _sum_owed(repos: QuerySet[Repo], now: datetime) -> defaultdict[UUID, Decimal]:
    owed: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for repo in repos.select_related("cover__asset").prefetch_related("repayments"):
        owed[repo.cover.asset_id] = total([owed[repo.cover.asset_id], repo.owed_at(now).amount])
    return owed


def repos_due(now: datetime) -> QuerySet[Repo]:
    """Those that fall due; once they are overdue, where something is free to repay by, or they are for long and
    nothing is pledged for them."""
    paying = Account.objects.filter(
        venue=OuterRef("venue"), asset=OuterRef("cover__asset"), kind__in=REPAY_WHEN_DUE, posted__gt=F("held")
    )
    falling_due = Q(state=RepoState.OPEN, due_at__lte=now)
    uncollectible = Q(pledged=0, write_off_at__lte=now)
    repos = Repo.objects.alias(write_off_at=F("overdue_at") + WRITTEN_OFF_AFTER)
    return repos.filter(falling_due | Q(Q(Exists(paying)) | uncollectible, state=RepoState.OVERDUE))
