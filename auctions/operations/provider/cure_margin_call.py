"""Stepping in: an insurer covers the margin call of an account that its cover protects.

Guarantees that of two insurers one pays, and that a book that the account's liquidation made goes back to its venue
with that, or nothing is paid.
"""

from uuid import UUID

from django.db.models import Q

from accounts.desks.collateral import open_collaterals
from accounts.desks.journal import Journal, venue_accounts
from accounts.desks.keys import require_live_key
from accounts.desks.margin_calls import lock_margin_call
from accounts.desks.people import lock_provider
from accounts.desks.vaults import require_not_pooled
from accounts.desks.withdrawals import require_withdrawable
from accounts.events import MarginCallCured
from accounts.lifecycle import MarginCallState
from accounts.models import AccountKind, MarginCall, Provider, Purpose
from accounts.queries import load_clusters
from accounts.rules.refusals import AccountRefusal
from auctions.desks.books import VersionEnd, lock_book, require_no_award
from auctions.desks.caps import CapDesk
from auctions.desks.intake import lock_intake
from auctions.lifecycle import BOOK, BookState
from auctions.models import Book
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation
from backstop.values.amounts import to_text

CURED = "an insurer covered the margin call"


@operation
def cure_margin_call(*, key_id: UUID, provider_id: UUID, margin_call_id: UUID) -> MarginCall:
    """Pay what the account lacks, all of it, into the account; a book of it that is under way goes back to the venue.
    The same again answers the same.

    Raises `margin_call_unknown`, `margin_call_not_in_state` once another paid, or the time for it is over, or where a
    book came after it or lacks more, `book_awarded` and `book_not_alone` where no book can go back with it,
    `cover_of_one_cluster` for who is of its owner's cluster, `provider_suspended`, `withdrawal_barred`, `vault_pooled`,
    `key_revoked`, `collateral_insufficient`.
    """
    provider = Provider.objects.get(id=provider_id)
    caps = CapDesk([provider.venue_id])
    call, now = lock_margin_call(provider.venue_id, margin_call_id, provider_id), clock.now()
    if call.cured_by_id == provider_id:
        return call
    if call.state != MarginCallState.CALLED or now >= call.answer_by:
        raise AccountRefusal.MARGIN_CALL_NOT_IN_STATE.error()
    lock_intake(provider.venue_id)
    book = _liquidating(call)
    _require_apart(provider, call, book)
    accounts = open_collaterals([(provider.id, call.cover.asset_id)], call.venue_id)
    (own,), clearing = accounts.values(), venue_accounts(call.venue_id, call.cover.asset)[AccountKind.CLEARING]
    ending = VersionEnd(book, caps, now, [own]) if book else None
    _require_may_pay(provider, call)
    require_live_key(key_id=key_id, provider_id=provider_id)
    journal = ending.journal if ending else Journal.opened([own, clearing])
    if journal.free(own) < call.amount:
        raise AccountRefusal.COLLATERAL_INSUFFICIENT.error()
    if ending:
        ending.take_back(CURED)
        ending.write_rows()
    journal.move(own, clearing, call.amount, Purpose.CURED, call.id)
    call.cure(provider, now)
    save_changes([call])
    record_events([_cured(call, book)])
    journal.write()
    return call


def _liquidating(call: MarginCall) -> Book | None:
    """The book by which the account is liquidated, locked; None where it is not, yet. Raises `book_awarded` once it
    cannot go back any more, `book_not_alone` where several would have to, `margin_call_not_in_state` where the venue
    did not ask for what this book lacks."""
    books = Book.objects.filter(venue=call.venue_id, account=call.account, asset=call.cover.asset, owned_by_fund=False)
    asked_for = Q(state__in=BOOK.under_way) | Q(state=BookState.CLOSED, received_at__gte=call.created_at)
    ids = list(books.filter(asked_for).values_list("id", flat=True)[:2])
    if len(ids) > 1:
        raise AuctionRefusal.BOOK_NOT_ALONE.error()
    if not ids:
        return None
    book = lock_book(call.venue_id, ids[0])
    require_no_award(book)
    _require_asked_of(book, call)
    return book


def _require_asked_of(book: Book, call: MarginCall) -> None:
    """What was asked for before stops no liquidation that is needed all the same, nor does less than its debt."""
    if max(book.received_at, book.amended_at or book.received_at) > call.created_at:
        raise AccountRefusal.MARGIN_CALL_NOT_IN_STATE.error("a book of the account came after it: its venue calls anew")
    lacking = book.equity.copy_negate()
    if call.amount < lacking:
        problem = f"the account's book lacks {to_text(lacking)}: its venue calls for that"
        raise AccountRefusal.MARGIN_CALL_NOT_IN_STATE.error(problem)


def _require_apart(provider: Provider, call: MarginCall, book: Book | None) -> None:
    """Nobody of the owner's cluster pays a part of what it owes, to have it back before others: as it is now, or was as
    the book's loss event opened."""
    owners = [owner for owner in (call.group_id, book.owner_group_id if book else None) if owner]
    as_of = [load_clusters([call.venue_id]), *([book.loss_event.clusters] if book and book.loss_event else [])]
    if any(provider.group_id in clusters.members(owner) for clusters in as_of for owner in owners):
        raise AccountRefusal.COVER_OF_ONE_CLUSTER.error()


def _require_may_pay(provider: Provider, call: MarginCall) -> None:
    """What is paid leaves as a withdrawal does."""
    if not lock_provider(provider).may_offer:
        raise AccountRefusal.PROVIDER_SUSPENDED.error("you are suspended and may take nothing new")
    require_withdrawable(provider)
    require_not_pooled(provider.id, call.cover.asset_id)


def _cured(call: MarginCall, book: Book | None) -> MarginCallCured:
    assert call.repay_by is not None
    return MarginCallCured(
        venue_id=call.venue_id,
        subject_id=call.id,
        provider_id=call.cured_by_id,
        cover=call.cover_id,
        account=call.account,
        asset=call.cover.asset.code,
        amount=call.amount,
        book=book.id if book else None,
        repay_by=call.repay_by,
    )
