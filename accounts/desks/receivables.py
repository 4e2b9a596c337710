"""What accounts owe to insurers that covered their margin calls: repaid through the venue, or by a book as it closes.

Guarantees that nothing is repaid twice or beyond what is owed, the oldest first. The venues are locked for losses.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q

from accounts.desks.journal import Journal
from accounts.events import CureRepaid
from accounts.lifecycle import MarginCallState
from accounts.models import Account, AccountKind, CureRepayment, MarginCall, Purpose
from accounts.rules.sharing.receivables import Owed
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import requires_transaction
from backstop.values.amounts import difference, total

Debtor = tuple[UUID, str, UUID, datetime]  # a venue, an account there, the asset that it owes, and when its book came


class Receivables:
    """What is owed at `now` by those of these margin calls, in their order, by which anything is; `accounts` are the
    lenders' collateral, which the journal that `count_in` names holds."""

    def __init__(self, calls: Iterable[MarginCall], now: datetime) -> None:
        self._calls = [call for call in calls if call.state == MarginCallState.CURED]
        self._now = now
        self._owed = {call.id: call.owed_at(now) for call in self._calls}
        rows = Account.objects.filter(
            kind=AccountKind.COLLATERAL,
            provider__in={call.cured_by_id for call in self._calls},
            asset__in={call.cover.asset_id for call in self._calls},
        )
        found = {(row.provider_id, row.asset_id): row.id for row in rows} if self._calls else {}
        self.accounts = {call.id: found[call.cured_by_id, call.cover.asset_id] for call in self._calls}
        self._repayments: list[CureRepayment] = []
        self._told: list[CureRepaid] = []

    def count_in(self, journal: Journal) -> None:
        """Move by this journal, which is written after."""
        self._journal = journal

    def owed_for(self, call: MarginCall) -> Owed | None:
        """What is owed for a call now; None where nothing is any more."""
        return self._owed.get(call.id)

    def repay_by_book(self, debtor: Debtor, estate: UUID, most: Decimal, book_id: UUID) -> Decimal:
        """Have an estate repay what its account owes of what was due after its book came, however late that closes; at
        most so much, and how much that was."""
        repaid: list[Decimal] = []
        *whose, came_at = debtor
        for call in self._calls:
            if [call.venue_id, call.account, call.cover.asset_id] == whose and call.is_owed_at(came_at):
                amount = min(self._owed[call.id].amount, difference(most, *repaid))
                self.repay(call, estate, amount, CureRepayment(), book_id)
                repaid.append(amount)
        return total(repaid)

    def repay(
        self, call: MarginCall, source: UUID, amount: Decimal, repayment: CureRepayment, book_id: UUID | None = None
    ) -> None:
        """Repay so much of what is owed for one of the calls, at most all, out of an account, by this new row of it;
        nothing for zero."""
        if not amount:
            return
        repayment.margin_call = call
        self._owed[call.id] = repayment.be_of(call, self._owed[call.id], amount, self._now)
        self._repayments.append(repayment)
        self._journal.move(source, self.accounts[call.id], amount, Purpose.CURE_REPAID, repayment.id)
        self._told.append(_repaid(repayment, book_id))

    @requires_transaction
    def write(self) -> None:
        """Write what was repaid, and tell of it."""
        save_changes([call for call in self._calls if call.changes])
        CureRepayment.objects.bulk_create(self._repayments)
        record_events(self._told)


def receivables_of(debtors: Collection[Debtor], now: datetime) -> Receivables:
    """What these accounts owe, the oldest first; one without a name owes nothing."""
    named = [Q(venue=venue, account=account, cover__asset=asset) for venue, account, asset, _ in debtors if account]
    if not named:
        return Receivables([], now)
    calls = MarginCall.objects.filter(reduce(or_, named), state=MarginCallState.CURED).order_by("cured_at", "reference")
    return Receivables(calls.select_related("cover__asset").prefetch_related("repayments"), now)


def _repaid(repayment: CureRepayment, book: UUID | None) -> CureRepaid:
    call = repayment.margin_call
    return CureRepaid(
        venue_id=call.venue_id,
        subject_id=call.id,
        provider_id=call.cured_by_id,
        asset=call.cover.asset.code,
        principal=repayment.principal,
        interest=repayment.interest,
        left=call.left,
        book=book,
        reference=repayment.reference,
    )
