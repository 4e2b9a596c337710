"""What alerts go by, as the board shows it: each condition read by the query of its panel, without a lock."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import Account
from accounts.models.ledger import TRANCHES
from accounts.queries import sum_unpaid_losses, with_targets
from auctions.desks.unplaced import get_unplaced_risk
from auctions.queries import count_halted, list_last_rounds, list_unpriced
from auctions.queries.coverage import list_coverage
from auctions.queries.stuck import count_aside
from auctions.queries.under_way import list_books_under_way, list_breakers_in_force, sum_outstanding
from auctions.rules.alerts import AlertCondition
from backstop.models import Asset, Venue
from backstop.values.amounts import ZERO, difference, round_up, total

Reading = Mapping[UUID | None, Decimal]  # an amount by the id of its asset; what is none, by None


def read_conditions(
    venue_id: UUID, conditions: Collection[AlertCondition], now: datetime
) -> dict[AlertCondition, Reading]:
    """How much of each condition there is at a venue now; none of an asset that is not among them. As many queries
    however many rules go by it."""
    return {each: _READ_BY[each](venue_id, now) for each in conditions}


def _count(number: int) -> Reading:
    return {None: Decimal(number)}


def _stuck(venue_id: UUID, now: datetime) -> Reading:
    return _count(count_aside(venue_id))


def _halted(venue_id: UUID, now: datetime) -> Reading:
    return _count(count_halted(venue_id).total())


def _breakers(venue_id: UUID, now: datetime) -> Reading:
    return _count(list_breakers_in_force().filter(venue=venue_id).count())


def _unpriced(venue_id: UUID, now: datetime) -> Reading:
    return _count(len(list_unpriced(now, venue_id)))


def _books(venue_id: UUID, now: datetime) -> Reading:
    return _count(list_books_under_way().filter(venue=venue_id).count())


def _oldest_book(venue_id: UUID, now: datetime) -> Reading:
    arrivals = list_books_under_way().filter(venue=venue_id).values_list("received_at", flat=True)
    return _seconds(list(arrivals[:1]), now)


def _unplaced(venue_id: UUID, now: datetime) -> Reading:
    assets = Asset.objects.filter(venue=venue_id, shadow_of=None)
    return {each.id: round_up(get_unplaced_risk(venue_id, each.id, now), each.scale) for each in assets}


def _short_markets(venue_id: UUID, now: datetime) -> Reading:
    left = sum_outstanding(venue_id)
    coverage = list_coverage(venue_id, now, only=left) if left else []
    return _count(sum(each.coverage.capacity < left.get(each.key, ZERO) for each in coverage))


def _lacking_in_fund(venue_id: UUID, now: datetime) -> Reading:
    tranches = with_targets(Account.objects.filter(venue=venue_id, kind__in=TRANCHES, asset__shadow_of=None))
    sums: dict[UUID | None, Decimal] = {}
    for each in tranches:
        lacking = max(difference(each.target or ZERO, each.free), ZERO)
        sums[each.asset_id] = total([sums.get(each.asset_id, ZERO), lacking])
    return sums


def _owed(venue_id: UUID, now: datetime) -> Reading:
    sums: dict[UUID | None, Decimal] = {}
    for (_, asset_id), amount in sum_unpaid_losses(venue_id).items():
        sums[asset_id] = total([sums.get(asset_id, ZERO), amount])
    return sums


def _late(venue_id: UUID, now: datetime) -> Reading:
    last = list_last_rounds(Venue.objects.values_list("code", flat=True).get(id=venue_id))
    known = import_string(
        settings.STAGES
    )  # programs of another release may have noted others, which nobody looks at now
    return _seconds([at for stage, at in last.items() if stage in known], now)


def _seconds(instants: Collection[datetime], now: datetime) -> Reading:
    """Whole seconds since the first of these; zero where there is none."""
    return _count(int((now - min(instants, default=now)).total_seconds()))


_READ_BY: Mapping[AlertCondition, Callable[[UUID, datetime], Reading]] = MappingProxyType(
    {
        AlertCondition.STUCK_ROWS: _stuck,
        AlertCondition.HALTED_AUCTIONS: _halted,
        AlertCondition.BREAKERS: _breakers,
        AlertCondition.UNPRICED_INSTRUMENTS: _unpriced,
        AlertCondition.BOOKS_UNDER_WAY: _books,
        AlertCondition.OLDEST_BOOK_SECONDS: _oldest_book,
        AlertCondition.UNPLACED_RISK: _unplaced,
        AlertCondition.SHORT_MARKETS: _short_markets,
        AlertCondition.LACKING_IN_FUND: _lacking_in_fund,
        AlertCondition.LOSSES_OWED: _owed,
        AlertCondition.LATE_SECONDS: _late,
    }
)
