"""A provider's money in a calendar month (UTC), account by account: where it stood, what moved it, where it stands.

All of it is added up from transfers, as the audit does; the running total of each account, taken back to the end of the
month, is kept beside it, and has to say the same.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import Account, Purpose, Transfer
from backstop.values.amounts import ZERO, difference, total
from backstop.values.periods import Month

_BEFORE, _SINCE = "before", "since"
# In one statement, so that nothing moves between the sums and the running total. Drills are played with no money.
_SUMS = """
    SELECT a.id, a.posted, moved.part, coalesce(sum(moved.came), 0), coalesce(sum(moved.went), 0)
    FROM accounts_account AS a
    JOIN backstop_asset AS asset ON asset.id = a.asset_id AND asset.shadow_of_id IS NULL
    LEFT JOIN LATERAL (
      SELECT CASE WHEN t.created_at < %(starts_at)s THEN 'before' WHEN t.created_at < %(ends_at)s THEN t.purpose
             ELSE 'since' END AS part,
        CASE WHEN t.credit_id = a.id THEN t.amount END AS came, CASE WHEN t.debit_id = a.id THEN t.amount END AS went
      FROM accounts_transfer AS t WHERE t.credit_id = a.id OR t.debit_id = a.id
    ) AS moved ON true
    WHERE a.provider_id = %(provider)s
    GROUP BY a.id, moved.part
"""


@dataclass(frozen=True, slots=True)
class MovedFor:
    """What moved into an account and out of it for one purpose."""

    purpose: Purpose
    came: Decimal
    went: Decimal


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """An account in a month. `by_total` is its running total, less what moved since the month."""

    account: Account
    opening: Decimal
    movements: tuple[MovedFor, ...]
    by_total: Decimal

    @property
    def closing(self) -> Decimal:
        moved = [difference(each.came, each.went) for each in self.movements]
        return total([self.opening, *moved])

    @property
    def agrees(self) -> bool:
        """Whether transfers and the running total say the same."""
        return self.closing == self.by_total

    def net(self, *purposes: Purpose) -> Decimal:
        """What came in for these, less what went out."""
        return total(difference(each.came, each.went) for each in self.movements if each.purpose in purposes)


def get_statement(provider_id: UUID, month: Month) -> list[AccountStatement]:
    """The provider's accounts, by asset and kind."""
    sums: dict[UUID, dict[str | None, tuple[Decimal, Decimal]]] = {}
    posted: dict[UUID, Decimal] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, {"provider": provider_id, "starts_at": month.starts_at, "ends_at": month.ends_at})
        for account_id, total_now, part, came, went in cursor.fetchall():
            posted[account_id] = total_now
            sums.setdefault(account_id, {})[part] = (came, went)
    accounts = Account.objects.filter(id__in=sums).select_related("asset").order_by("asset__code", "kind")
    return [_statement_of(account, posted[account.id], sums[account.id]) for account in accounts]


def list_movements(provider_id: UUID, month: Month) -> QuerySet[Transfer]:
    """The transfers of that month, in no order."""
    own = list(Account.objects.filter(provider=provider_id, asset__shadow_of=None).values_list("id", flat=True))
    within: dict[str, Any] = {"created_at__gte": month.starts_at, "created_at__lt": month.ends_at}
    # Each side by its own index, which a join would keep from being used.
    either = Q(debit__in=own, **within) | Q(credit__in=own, **within)
    return Transfer.objects.filter(either)


def _statement_of(
    account: Account, posted: Decimal, sums: dict[str | None, tuple[Decimal, Decimal]]
) -> AccountStatement:
    movements = tuple(MovedFor(each, *sums[each]) for each in Purpose if each in sums)
    since = difference(*sums.get(_SINCE, (ZERO, ZERO)))
    return AccountStatement(
        account, difference(*sums.get(_BEFORE, (ZERO, ZERO))), movements, by_total=difference(posted, since)
    )
