"""What insurers have held for covers that pay: these pay out of it and of what is free beside it, and it is set anew.

Guarantees that what is held for a cover, with what its insurers lack, is what it may have to pay, that claims take none
of what is held to be lent, and that what is paid already and not moved yet is spent once.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from accounts.desks.journal import Journal
from accounts.events import CoverPledged
from accounts.models import Account, AccountKind, Cover, CoverShare
from accounts.queries import ClaimSums
from accounts.rules.sharing.covers import held_beside, pledge_of
from backstop.events import DomainEvent
from backstop.models.base import save_changes
from backstop.transactions import requires_transaction
from backstop.values.amounts import ZERO, difference, total


class Pledges:
    """Those of these covers' insurers, whose collateral and that of `others` stands in the journal that `count_in`
    names: it holds `accounts`."""

    def __init__(self, covers: Sequence[Cover], others: Collection[UUID]) -> None:
        self._covers, self._others = {cover.id: cover for cover in covers}, others
        self._before = {share.id: share.held for share in self._shares}
        self._leaving: defaultdict[UUID, Decimal] = defaultdict(Decimal)  # what was paid just now, and not moved yet

    @cached_property
    def accounts(self) -> dict[tuple[UUID, UUID], UUID]:
        """The collateral of all of them, by provider and asset."""
        providers = {*self._others, *(share.provider_id for share in self._shares)}
        assets = {cover.asset_id for cover in self._covers.values()}
        rows = Account.objects.filter(kind=AccountKind.COLLATERAL, provider__in=providers, asset__in=assets)
        return {(row.provider_id, row.asset_id): row.id for row in rows if row.provider_id} if providers else {}

    def count_in(self, journal: Journal) -> None:
        """Decide by this journal."""
        self._journal = journal

    def begin(self, leaving: Iterable[tuple[UUID, Decimal]] = ()) -> None:
        """All that was paid before is moved; but for what is `leaving` these accounts."""
        self._leaving.clear()
        for account, amount in leaving:
            self.leave(account, amount)

    def leave(self, account: UUID, amount: Decimal) -> None:
        """Let so much be spent of it."""
        self._leaving[account] = total([self._leaving[account], amount])

    def free(self, account: UUID) -> Decimal:
        """What is neither held nor spent of it."""
        return max(difference(self._journal.free(account), self._leaving[account]), ZERO)

    def has(self, share: CoverShare) -> Decimal:
        """What its insurer can hold for the cover: what it does, and what is free."""
        account = self._account_of(share)
        return total([share.held, self.free(account)]) if account else ZERO

    def can_pay(self, share: CoverShare) -> Decimal:
        """What its insurer can pay of claims: all of that but what it may lend."""
        return max(difference(self.has(share), difference(share.held, self._for_claims(share))), ZERO)

    def take(self, share: CoverShare, amount: Decimal) -> UUID:
        """Have its insurer pay so much of what it can pay, what is held for the cover first; out of which account."""
        account = self.accounts[share.provider_id, self._covers[share.cover_id].asset_id]
        of_pledge = min(self._for_claims(share), amount)
        self._journal.release(account, of_pledge)
        share.held = difference(share.held, of_pledge)
        share.paid = total([share.paid, amount])
        self.leave(account, amount)
        return account

    def let_go(self, share: CoverShare, amount: Decimal) -> UUID:
        """Release so much of what its insurer has held to lend, at most that; in which account."""
        account = self.accounts[share.provider_id, self._covers[share.cover_id].asset_id]
        released = min(amount, difference(share.held, self._for_claims(share)))
        self._journal.release(account, released)
        share.held = difference(share.held, released)
        return account

    def level(self, cover: Cover, most: Decimal) -> None:
        """Have insurers hold what the cover may have to pay, as far as they have it, and no more; what they lack."""
        for share in cover.shares.all():
            account = self._account_of(share)
            if account is None:
                continue
            needed = pledge_of(most, share.parts, cover.funding_rate, cover.asset.scale)
            if needed < share.held:
                self._journal.release(account, difference(share.held, needed))
                share.held = needed
            else:
                more = min(difference(needed, share.held), self.free(account))
                self._journal.hold(account, more)
                share.held = total([share.held, more])
            share.lacking = difference(needed, share.held)

    @requires_transaction
    def write(self) -> list[DomainEvent]:
        """Write what is held, lacking and was paid; what there is to tell of it. The journal is written after."""
        told: list[DomainEvent] = [
            self._pledged(share) for share in self._shares if not {"held", "lacking"}.isdisjoint(share.changes)
        ]
        save_changes(self._shares)
        return told

    @property
    def _shares(self) -> list[CoverShare]:
        return [share for cover in self._covers.values() for share in cover.shares.all()]

    def _for_claims(self, share: CoverShare) -> Decimal:
        """What is held for the cover, but for what its insurer may have to lend: that it is paid for to stand, whatever
        is lost meanwhile."""
        cover = self._covers[share.cover_id]
        return held_beside(share.held, cover.undrawn, share.parts, cover.funding_rate, cover.asset.scale)

    def _account_of(self, share: CoverShare) -> UUID | None:
        return self.accounts.get((share.provider_id, self._covers[share.cover_id].asset_id))

    def _pledged(self, share: CoverShare) -> CoverPledged:
        cover = self._covers[share.cover_id]
        return CoverPledged(
            venue_id=cover.venue_id,
            subject_id=cover.id,
            provider_id=share.provider_id,
            asset=cover.asset.code,
            held=share.held,
            before=self._before[share.id],
            lacking=share.lacking,
        )


def most_paid(cover: Cover, limit: Decimal, open_limits: Mapping[UUID, Decimal], claimed: ClaimSums) -> Decimal:
    """What insurers may have to give for the cover yet: of an event to come, by this limit, or of one that is open, by
    its own; of claims that are open; and to lend."""
    highest = max(limit, open_limits.get(cover.id, ZERO))
    return total([cover.terms_at(highest, claimed.used).most_paid(), claimed.open, cover.undrawn])
