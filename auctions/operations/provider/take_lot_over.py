"""Taking over: an insurer takes what is left of a lot before its first auction, instead of paying for a loss.

Guarantees that it is never told more than commitments are, and that of two that act at once, or of one and the opening,
one comes first and the other is told.
"""

from datetime import datetime
from operator import attrgetter
from uuid import UUID

from accounts.desks.journal import Journal
from accounts.desks.keys import require_live_key
from accounts.models import Account, AccountKind, Provider
from accounts.queries import list_takers
from accounts.rules.refusals import AccountRefusal
from auctions.desks import news
from auctions.desks.awards import Awarding, pieces_of
from auctions.desks.books import lock_book
from auctions.desks.breakers import hold_breakers
from auctions.desks.chain import Chain
from auctions.desks.exposures import ExposureDesk
from auctions.desks.participants import candidate_of
from auctions.desks.taking_over import Insurer, has_taken, take_over
from auctions.desks.work import Work, load_work
from auctions.lifecycle import FIRST_AUCTION, StepState
from auctions.models import Award, Book, Lot, Step
from auctions.queries import list_breaker_levels
from auctions.rules.eligibility import Bar, why_not
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation


@operation
def take_lot_over(*, key_id: UUID, provider_id: UUID, lot_id: UUID, units: int) -> list[Award]:
    """Take so many units of the lot, or as many as are left; in as many awards as these are apart.

    Raises `units_not_positive`, `lot_unknown`, `key_revoked`, `provider_suspended`, `provider_excluded`,
    `lot_not_offered`, `mark_missing`, `mark_stale`, `mark_jumped`, `exposure_too_large`, `margin_insufficient`.
    """
    if units < 1:
        raise AuctionRefusal.UNITS_NOT_POSITIVE.error()
    venue_id = Provider.objects.values_list("venue", flat=True).get(id=provider_id)
    book_id = Lot.objects.filter(id=lot_id, book__venue=venue_id).values_list("book", flat=True).first()
    if book_id is None:
        raise AuctionRefusal.LOT_UNKNOWN.error()
    hold_breakers([venue_id])
    book = lock_book(venue_id, book_id)
    require_live_key(key_id=key_id, provider_id=provider_id)
    provider, now = Provider.objects.get(id=provider_id), clock.now()
    takers = list_takers([book.loss_event]) if book.loss_event else {}
    insured = (cover for covers in takers.values() for cover in covers if cover.asset_id == book.asset_id)
    covers = [cover for cover in insured if provider_id in {share.provider_id for share in cover.shares.all()}]
    account = Account.objects.filter(provider=provider, asset=book.asset, kind=AccountKind.COLLATERAL).first()
    if not covers or account is None:
        raise AuctionRefusal.LOT_UNKNOWN.error()
    work = _work(book, lot_id, now)
    _require_eligible(provider, work)
    if has_taken(provider_id, work.awards):
        raise AuctionRefusal.LOT_NOT_OFFERED.error("you took of it already, and may once")
    exposure = ExposureDesk([venue_id], only=provider)
    journal = Journal.opened([account.id, *work.funds.accounts.values()])
    work.funds.count_in(journal)
    asked = min(units, work.units_left)
    pieces = pieces_of(work.positions, work.legs, work.marks(now))
    if exposure.fitting(provider_id, work, pieces, work.lot.units, asked) < asked:
        raise AuctionRefusal.EXPOSURE_TOO_LARGE.error(pointer="/units")
    awarding, chain = Awarding(journal, now, exposure), Chain(now)
    insurer = Insurer(provider, account.id, max(covers, key=attrgetter("take_edge_bps", "id")))
    if take_over(work, insurer, asked, awarding, chain) < asked:
        raise AuctionRefusal.MARGIN_INSUFFICIENT.error(
            f"your free collateral does not cover {asked} units", pointer="/units"
        )
    work.step.move_to(StepState.SETTLING, now)
    awarding.write()
    work.funds.write()
    save_changes([work.step])
    record_events([news.begun(work.step), *news.decided([work.step])])
    chain.write()
    awarding.finish()
    work.funds.confirm()
    return awarding.awards


def _work(book: Book, lot_id: UUID, now: datetime) -> Work:
    """The first auction that the lot waits for until later than now. Raises `lot_not_offered`."""
    waiting = Step.objects.filter(state=StepState.READY, due_at__gt=now, queued_at=None, stopped_at=None)
    steps = waiting.filter(lot=lot_id, kind=FIRST_AUCTION, round=1)
    works = load_work(steps, [book], now)
    if not works or not list_breaker_levels([works[0].step.id])[works[0].step.id].allows_bids:
        raise AuctionRefusal.LOT_NOT_OFFERED.error()
    return works[0]


def _require_eligible(provider: Provider, work: Work) -> None:
    bar = why_not(candidate_of(provider), work.exclusions)
    if bar is Bar.SUSPENDED:
        raise AccountRefusal.PROVIDER_SUSPENDED.error("you are suspended and may take nothing new")
    if bar is Bar.EXCLUDED:
        raise AuctionRefusal.PROVIDER_EXCLUDED.error()
