"""Stepping in: an insurer covers the margin call of an account that its cover protects.

Guarantees that of two insurers one pays, and that all books by which the account is liquidated go back to their venue
with that, or nothing is paid.
"""

from collections.abc import Sequence
from uuid import UUID

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
from auctions.desks.books import VersionEnd, require_no_award
from auctions.desks.caps import CapDesk
from auctions.desks.liquidations import is_liquidated_since, lock_liquidations
from auctions.models import Book
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation
from backstop.values.amounts import ZERO, to_text, total

CURED = "an insurer covered the margin call"


@operation
def cure_margin_call(*, key_id: UUID, provider_id: UUID, margin_call_id: UUID) -> MarginCall:
    """Pay what the account lacks, all of it, into the account; its books that are under way go back to the venue. The
    same again answers the same.

    Raises `margin_call_unknown`, `margin_call_not_in_state` once another paid, or the time for it is over, or where a
    book came after it or its books lack more, `book_awarded` where one of them cannot go back, `cover_of_one_cluster`
    for who is of its owner's cluster, `provider_suspended`, `withdrawal_barred`, `vault_pooled`, `key_revoked`,
    `collateral_insufficient`.
    """
    provider = Provider.objects.get(id=provider_id)
    caps = CapDesk([provider.venue_id])
    call, now = lock_margin_call(provider.venue_id, margin_call_id, provider_id), clock.now()
    if call.cured_by_id == provider_id:
        return call
    if call.state != MarginCallState.CALLED or now >= call.answer_by:
        raise AccountRefusal.MARGIN_CALL_NOT_IN_STATE.error()
    books = _liquidating(call)
    accounts = open_collaterals([(provider.id, call.cover.asset_id)], call.venue_id)
    (own,), clearing = accounts.values(), venue_accounts(call.venue_id, call.cover.asset)[AccountKind.CLEARING]
    ending = VersionEnd(books, caps, now, [own]) if books else None
    provider = _lock_payer(provider, call)
    _require_apart(provider, call, books)
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
    record_events([_cured(call, books)])
    journal.write()
    return call


def _liquidating(call: MarginCall) -> list[Book]:
    """The books by which the account is liquidated, locked; none where it is not, yet. Raises `book_awarded` once one
    of them cannot go back any more, `margin_call_not_in_state` where the venue did not ask for what they lack."""
    of_account = call.venue_id, call.account, call.cover.asset_id
    books = lock_liquidations(*of_account)
    if is_liquidated_since(*of_account, call.created_at):
        raise AuctionRefusal.BOOK_AWARDED.error()
    require_no_award(*books)
    _require_asked_of(books, call)
    return books


def _require_asked_of(books: Sequence[Book], call: MarginCall) -> None:
    """What was asked for before stops no liquidation that is needed all the same, nor does less than its debts: what
    another book has beside is its owner's, and pays none of them."""
    if any(max(book.received_at, book.amended_at or book.received_at) > call.created_at for book in books):
        raise AccountRefusal.MARGIN_CALL_NOT_IN_STATE.error("a book of the account came after it: its venue calls anew")
    lacking = total(max(ZERO, book.equity.copy_negate()) for book in books)
    if call.amount < lacking:
        problem = f"what lacks in the account's books is {to_text(lacking)}: its venue calls for that"
        raise AccountRefusal.MARGIN_CALL_NOT_IN_STATE.error(problem)


def _require_apart(provider: Provider, call: MarginCall, books: Sequence[Book]) -> None:
    """Nobody of the owner's cluster pays a part of what it owes, to have it back before others: as it is now, or was as
    a book's loss event opened."""
    owners = {owner for owner in (call.group_id, *(book.owner_group_id for book in books)) if owner}
    as_of = [load_clusters([call.venue_id]), *(book.loss_event.clusters for book in books if book.loss_event)]
    if any(provider.group_id in clusters.members(owner) for clusters in as_of for owner in owners):
        raise AccountRefusal.COVER_OF_ONE_CLUSTER.error()


def _lock_payer(provider: Provider, call: MarginCall) -> Provider:
    """The provider as it stands now, which may pay: what is paid leaves as a withdrawal does."""
    provider = lock_provider(provider)
    if not provider.may_offer:
        raise AccountRefusal.PROVIDER_SUSPENDED.error("you are suspended and may take nothing new")
    require_withdrawable(provider)
    require_not_pooled(provider.id, call.cover.asset_id)
    return provider


def _cured(call: MarginCall, books: Sequence[Book]) -> MarginCallCured:
    assert call.repay_by is not None
    return MarginCallCured(
        venue_id=call.venue_id,
        subject_id=call.id,
        provider_id=call.cured_by_id,
        cover=call.cover_id,
        account=call.account,
        asset=call.cover.asset.code,
        amount=call.amount,
        books=tuple(book.id for book in books),
        repay_by=call.repay_by,
    )
