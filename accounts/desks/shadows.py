"""Shadows: what drills are counted in. A shadow has accounts of its own, on which nothing is worth anything.

Guarantees that a shadow sums to zero like any asset, that filling and emptying it touches no account of another, and
that nothing is left on any of its accounts once it is emptied.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from accounts.desks.journal import Journal, venue_accounts
from accounts.lifecycle import ProviderState
from accounts.models import Account, AccountKind, Purpose
from backstop.models import Asset
from backstop.transactions import requires_transaction


@dataclass(frozen=True, slots=True)
class Shadow:
    """The shadow that one drill, the subject, is counted in: its `clearing` account and those of providers (`own`), and
    what each of them has in the beginning."""

    asset: Asset
    subject_id: UUID
    clearing: UUID
    own: Mapping[UUID, UUID]
    balances: Mapping[UUID, Decimal]

    @property
    def accounts(self) -> list[UUID]:
        """Those that the journal which fills it must hold."""
        return [self.clearing, *self.own.values()]

    def fill(self, journal: Journal) -> None:
        """Let everybody have what it has in the beginning."""
        for provider_id, account_id in self.own.items():
            journal.move(self.clearing, account_id, self.balances[provider_id], Purpose.SHADOW_OPENED, self.subject_id)


@requires_transaction
def open_shadow(*, of: Asset, subject_id: UUID) -> Shadow:
    """A new shadow of this asset, to be filled: every active provider with collateral in it has an account there, and
    will have as much as is free of its collateral now."""
    shadow = of.shadow()
    shadow.save(force_insert=True)
    real = Account.objects.filter(asset=of, kind=AccountKind.COLLATERAL, provider__state=ProviderState.ACTIVE)
    free = {row.provider_id: row.free for row in real if row.provider_id}
    kind = {"venue_id": of.venue_id, "asset": shadow, "kind": AccountKind.COLLATERAL}
    own = Account.objects.bulk_create([Account(**kind, provider_id=provider_id) for provider_id in free])
    clearing = venue_accounts(of.venue_id, shadow)[AccountKind.CLEARING]
    return Shadow(shadow, subject_id, clearing, dict(zip(free, (row.id for row in own), strict=True)), free)


def accounts_of_shadow(shadow: Asset) -> dict[UUID, UUID | None]:
    """All of its accounts, each with the provider whose it is, if any."""
    return dict(Account.objects.filter(asset=shadow).values_list("id", "provider"))


def empty_shadow(shadow: Asset, subject_id: UUID, journal: Journal) -> dict[UUID, Decimal]:
    """Move whatever is left on its accounts, which the journal holds, back to its clearing account; how much each
    provider had, by provider."""
    clearing = venue_accounts(shadow.venue_id, shadow)[AccountKind.CLEARING]
    left = {}
    for account_id, provider_id in accounts_of_shadow(shadow).items():
        if account_id == clearing:
            continue
        amount = journal.posted(account_id)
        journal.move(account_id, clearing, amount, Purpose.SHADOW_CLOSED, subject_id)
        if provider_id:
            left[provider_id] = amount
    return left
