"""What a provider's month came to in each asset: what it was awarded, and what it earned and lost by providing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import Count, Sum

from accounts.models import Purpose
from accounts.queries.statements import AccountStatement
from auctions.models import Award
from backstop.models import Asset
from backstop.values.amounts import ZERO, total
from backstop.values.periods import Month

# What a month is read for, by the purposes of the ledger.
EARNINGS: Final[Mapping[str, Sequence[Purpose]]] = {
    "edges": (Purpose.EDGE,),
    "service": (Purpose.STANDBY_FEE, Purpose.REBATE),
    "premiums": (Purpose.PREMIUM,),
    "losses_and_claims": (
        *(Purpose.LOSS_PAID, Purpose.EVENT_DEBT_PAID, Purpose.RECOVERED),
        *(Purpose.DEBT_COVERED, Purpose.MADE_WHOLE, Purpose.VENUE_FAULT, Purpose.PENALTY),
        *(Purpose.CURED, Purpose.CURE_REPAID),
        *(Purpose.REPO_DRAWN, Purpose.REPO_REPAID),
    ),
}


@dataclass(frozen=True, slots=True)
class InShort:
    """A month in one asset: awards, whenever they are settled, with their notional, and what came in, less what went
    out, by what it was for."""

    asset: Asset
    awards: int
    notional: Decimal
    earned: Mapping[str, Decimal]


def sum_up(provider_id: UUID, month: Month, statement: Sequence[AccountStatement]) -> list[InShort]:
    """The assets of this statement, the provider's of that month, in their order. One query."""
    awards = Award.objects.filter(provider=provider_id, created_at__gte=month.starts_at, created_at__lt=month.ends_at)
    by_asset = awards.order_by().values_list("step__lot__book__asset").annotate(Count("id"), Sum("notional"))
    taken = {asset_id: (number, notional) for asset_id, number, notional in by_asset}
    found = []
    for asset in dict.fromkeys(each.account.asset for each in statement):
        of_asset = [each for each in statement if each.account.asset == asset]
        earned = {name: total(each.net(*purposes) for each in of_asset) for name, purposes in EARNINGS.items()}
        found.append(InShort(asset, *taken.get(asset.id, (0, ZERO)), earned))
    return found
