"""A provider's money in a calendar month (UTC), account by account: where it stood, what moved it, where it stands.

Begins from the running total of each account, taken back to the month: what moved before is not added up again. That
the running total is all that ever moved is held by the audit.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import Account, Purpose, Transfer
from backstop.values.amounts import difference, total
from backstop.values.periods import Month

# In one statement, so that nothing moves between the sums and the running total; each side by its own index. Drills are
# played with no money.
_SUMS = """
    SELECT a.id, a.posted, moved.part, coalesce(sum(moved.came), 0), coalesce(sum(moved.went), 0)
    FROM accounts_account AS a
    JOIN backstop_asset AS asset ON asset.id = a.asset_id AND asset.shadow_of_id IS NULL
    LEFT JOIN LATERAL (
      SELECT CASE WHEN t.created_at < %(ends_at)s THEN t.purpose ELSE 'since' END AS part, t.amount AS came, 0 AS went
      FROM accounts_transfer AS t WHERE t.credit_id = a.id AND t.created_at >= %(starts_at)s
      UNION ALL
      SELECT CASE WHEN t.created_at < %(ends_at)s THEN t.purpose ELSE 'since' END, 0, t.amount
      FROM accounts_transfer AS t WHERE t.debit_id = a.id AND t.created_at >= %(starts_at)s
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
    """An account in a month."""

    account: Account
    opening: Decimal
    movements: tuple[MovedFor, ...]

    @property
    def closing(self) -> Decimal:
        moved = [difference(each.came, each.went) for each in self.movements]
        return total([self.opening, *moved])

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
    moved = [difference(came, went) for came, went in sums.values()]
    return AccountStatement(account, difference(posted, *moved), movements)
