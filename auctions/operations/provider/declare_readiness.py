"""Standing ready: a provider's firm word, during a Dutch auction, to take so many units before it ends.

Guarantees that the word is funded and within the limits of exposure, that nobody is ready for more than is left, and
that the same word again answers the first one. It cannot be taken back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.desks.journal import Journal
from accounts.desks.keys import require_live_key
from accounts.models import Account, AccountKind, Provider
from accounts.queries import load_clusters
from auctions.desks.awards import pieces_of
from auctions.desks.competition import judge_if_due
from auctions.desks.dutch import require_eligible, require_open, require_same
from auctions.desks.exposures import ExposureDesk
from auctions.desks.legs import leg_of, positions_of
from auctions.desks.readiness import held_for
from auctions.desks.work import lock_auction
from auctions.events import ReadinessDeclared
from auctions.lifecycle import ReadinessState
from auctions.models import Auction, Book, Position, Readiness, Take
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.locks import Lock, lock
from backstop.models.base import save_changes
from backstop.queries import list_known_prices, marks_in_force
from backstop.record import record_events
from backstop.transactions import operation


@dataclass(frozen=True, slots=True)
class _Word:
    """What a provider says, once."""

    client_bid_id: str
    units: int
    max_drift_bps: Decimal


@operation
def declare_readiness(
    *,
    key_id: UUID,
    provider_id: UUID,
    auction_id: UUID,
    client_bid_id: str,
    units: int,
    max_drift_bps: Decimal | None = None,
) -> Readiness:
    """Stand ready for so many units of this Dutch auction, while marks drift by at most `max_drift_bps` from now on
    (None: by the playbook's `wait_drift_bps`).

    Raises `key_revoked`, `auction_unknown`, `bid_reused`, `auction_not_open`, `provider_excluded`, `vault_automatic`,
    `provider_suspended`, `units_not_positive`, `units_too_many`, `exposure_too_large`, `margin_insufficient`.
    """
    provider = Provider.objects.get(id=provider_id)
    book, auction = lock_auction(provider.venue_id, auction_id)
    lock(Lock.TAKER, [provider_id])  # its client_bid_id may be on its way in another auction too
    provider = Provider.objects.get(id=provider_id)
    require_live_key(key_id=key_id, provider_id=provider_id)
    limit = book.playbook.wait_drift_bps if max_drift_bps is None else max_drift_bps
    known = Readiness.objects.filter(provider=provider, client_bid_id=client_bid_id).first()
    if known is not None:
        is_same = (known.auction_id, known.units) == (auction_id, units) and known.max_drift_bps in (None, limit)
        require_same(client_bid_id, is_same)
        return known
    if Take.objects.filter(provider=provider, client_bid_id=client_bid_id).exists():
        raise AuctionRefusal.BID_REUSED.error(f"client_bid_id {client_bid_id!r} was used before, for a take")
    now = clock.now()
    require_open(auction, now)
    require_eligible(provider, auction)
    judged = judge_if_due(auction, book.playbook, load_clusters([provider.venue_id]), now)
    ready = _require_units(auction, provider, units)
    positions = list(positions_of([auction.step.lot_id]))
    _require_room(auction, book, provider, positions, ready)
    readiness = _hold(auction, book, provider, positions, _Word(client_bid_id, units, limit), now)
    save_changes([auction])
    record_events(judged)
    return readiness


def _require_units(auction: Auction, provider: Provider, units: int) -> int:
    """For how many units it is ready then."""
    if units < 1:
        raise AuctionRefusal.UNITS_NOT_POSITIVE.error()
    stands = Readiness.objects.filter(auction=auction, provider=provider, state=ReadinessState.LIVE)
    ready = sum(stands.values_list("units_left", flat=True))
    room = auction.units_left - ready
    if units > room:
        raise AuctionRefusal.UNITS_TOO_MANY.error(f"you can be ready for {room} units more, not for {units}")
    return ready + units


def _require_room(auction: Auction, book: Book, provider: Provider, positions: Sequence[Position], units: int) -> None:
    """A word that could not be kept would make competition for nothing."""
    exposure, lot = ExposureDesk([provider.venue_id], only=provider), auction.step.lot
    pieces = pieces_of(positions, [leg_of(position) for position in positions], auction.marks)
    if exposure.fitting_of(provider.id, book.asset, pieces, lot.units, units, auction.step_id) < units:
        raise AuctionRefusal.EXPOSURE_TOO_LARGE.error(pointer="/units")


def _marks(auction: Auction, book: Book, now: datetime) -> dict[UUID, Decimal]:
    """The marks in force, and those of the auction's opening where there is none: a word names no price."""
    terms = book.playbook.mark_terms_of(auction.kind)
    return {**auction.marks, **marks_in_force(list_known_prices(auction.marks.keys()), auction.marks, now, terms)}


def _hold(
    auction: Auction, book: Book, provider: Provider, positions: Sequence[Position], word: _Word, now: datetime
) -> Readiness:
    readiness = Readiness(
        auction=auction,
        provider=provider,
        client_bid_id=word.client_bid_id,
        place=Readiness.objects.filter(auction=auction).count() + 1,
        units=word.units,
        units_left=word.units,
        max_drift_bps=word.max_drift_bps,
        marks=_marks(auction, book, now),
    )
    readiness.held = held = held_for(readiness, [leg_of(each) for each in positions], book, word.units)
    account = Account.objects.filter(provider=provider, asset=book.asset, kind=AccountKind.COLLATERAL).first()
    journal = Journal.opened([account.id] if account else [])
    if account is None or journal.free(account.id) < held:
        raise AuctionRefusal.MARGIN_INSUFFICIENT.error(
            f"your free collateral does not cover {word.units} units", pointer="/units"
        )
    readiness.save(force_insert=True)
    record_events(
        [
            ReadinessDeclared(
                **book.whose,
                subject_id=readiness.id,
                provider_id=provider.id,
                auction=auction.id,
                asset=book.asset.code,
                units=word.units,
                held=held,
            )
        ]
    )
    journal.hold(account.id, held)
    journal.write()
    return readiness
