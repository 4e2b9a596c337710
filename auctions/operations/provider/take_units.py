"""Taking: a provider takes units of a Dutch auction at the edge of this instant.

Guarantees that an auction is never oversold and keeps no dust, that a take never gets less than it asked for, and that
the same take again answers the first one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.desks.journal import Journal
from accounts.desks.keys import require_live_key
from accounts.models import Account, AccountKind, Provider
from accounts.queries import load_clusters
from auctions.desks import news
from auctions.desks.awards import Awarding, Winner, pieces_of
from auctions.desks.bids import accounts_of_offers
from auctions.desks.caps import CapDesk
from auctions.desks.chain import Chain
from auctions.desks.competition import judge_if_due
from auctions.desks.continuation import follow_takers
from auctions.desks.cut_bids import lapse_each, waiting_in, write_ended
from auctions.desks.cutting import reached_units
from auctions.desks.dutch import (
    Price,
    TakeOrder,
    access_from,
    may_take,
    price,
    require_eligible,
    require_open,
    require_same,
    size_of,
)
from auctions.desks.dutch_links import EndedAuction, add_dutch_links, pricing_of
from auctions.desks.exposures import ExposureDesk
from auctions.desks.readiness import count_take, end_readiness, live_readiness
from auctions.desks.work import Remainder, load_remainder, lock_auction
from auctions.events import AuctionClosed
from auctions.lifecycle import AuctionState, StepState
from auctions.models import Auction, Readiness, Take
from auctions.rules.chain.links import Pricing
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.locks import Lock, lock
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation
from backstop.values.documents import plain


@operation
def take_units(*, key_id: UUID, provider_id: UUID, auction_id: UUID, order: TakeOrder) -> Take:
    """Take as many of `order.units` as can be taken at once, at the edge of this instant. What was cut back, and the
    clock has reached, comes first: it is not to be had.

    Raises `key_revoked`, `auction_unknown`, `bid_reused`, `auction_not_open`, `provider_excluded`, `vault_automatic`,
    `provider_suspended`, `take_too_early`, `book_version_changed`, `units_not_positive`, `min_units_above_units`,
    `units_below_minimum`, `min_units_not_met`, `mark_stale`, `mark_jumped`, `edge_below_floor`,
    `margin_insufficient`, `exposure_too_large`.
    """
    provider = Provider.objects.get(id=provider_id)
    if not Take.objects.filter(provider=provider, client_bid_id=order.client_bid_id).exists():
        _refuse_unlocked(provider, auction_id)
    caps = CapDesk([provider.venue_id])
    book, auction = lock_auction(provider.venue_id, auction_id)
    lock(Lock.TAKER, [provider_id])  # its client_bid_id may be on its way in another auction too
    provider = Provider.objects.get(id=provider_id)
    require_live_key(key_id=key_id, provider_id=provider_id)
    known = Take.objects.filter(provider=provider, client_bid_id=order.client_bid_id).first()
    if known is not None:
        return _same(known, auction_id, order)
    if Readiness.objects.filter(provider=provider, client_bid_id=order.client_bid_id).exists():
        raise AuctionRefusal.BID_REUSED.error(f"client_bid_id {order.client_bid_id!r} was used before, to stand ready")
    now = clock.now()
    require_open(auction, now)
    require_eligible(provider, auction)
    if not may_take(auction, provider_id, now):
        begins = access_from(auction, provider_id)
        raise AuctionRefusal.TAKE_TOO_EARLY.error(
            f"better tiers take alone until {begins.isoformat()}", members={"access_from": begins.isoformat()}
        )
    if order.book_version not in (None, book.version):
        raise AuctionRefusal.BOOK_VERSION_CHANGED.error(
            f"the book is in version {book.version} now", pointer="/book_version"
        )
    units = size_of(auction, auction.units_left, order.units, order.min_units)
    work = load_remainder(auction, book, now)
    paying = _paying(provider, auction, work, takes_all=units == auction.units_left)
    if auction.is_due_to_be_judged(now):
        record_events(judge_if_due(auction, work.playbook, load_clusters([provider.venue_id]), now))
    offered = price(work, auction, now)
    if reached := reached_units(work, auction, offered.edge_bps, offered.marks):
        units = size_of(auction, auction.units_left - reached, order.units, order.min_units)
    if order.edge_floor_bps is not None and offered.edge_bps < order.edge_floor_bps:
        raise AuctionRefusal.EDGE_BELOW_FLOOR.error(
            f"the edge is {offered.edge_bps} bps now, below the floor of {order.edge_floor_bps}"
        )
    caps.release(work, auction, units)
    caps.write()
    pricing = pricing_of(work, auction, offered.marks, now, reached)
    return _award(work, auction, provider, order, units, offered, pricing, paying, now)


def _refuse_unlocked(provider: Provider, auction_id: UUID) -> None:
    """Whoever may take nothing anyway locks nothing: the close of the auction would have to wait for it."""
    auction = Auction.objects.select_related("venue__heartbeat").filter(id=auction_id, venue=provider.venue_id).first()
    if auction is None:
        raise AuctionRefusal.AUCTION_UNKNOWN.error()
    require_open(auction, clock.now())
    require_eligible(provider, auction)


def _same(known: Take, auction_id: UUID, order: TakeOrder) -> Take:
    before = TakeOrder(known.client_bid_id, known.max_units, known.edge_floor_bps, known.min_units, known.book_version)
    of_readiness = hasattr(known, "readiness")
    require_same(known.client_bid_id, not of_readiness and (known.auction_id, before) == (auction_id, order))
    return known


@dataclass(frozen=True, slots=True)
class _Paying:
    """What a take is paid and held with: the journal has the taker's account, those of `others` who stand ready and
    are let go with the last units, and the fund."""

    exposure: ExposureDesk
    account: Account | None
    others: Mapping[tuple[UUID, UUID], UUID]
    journal: Journal


def _paying(provider: Provider, auction: Auction, work: Remainder, *, takes_all: bool) -> _Paying:
    exposure = ExposureDesk([provider.venue_id], only=provider)
    account = Account.objects.filter(provider=provider, asset=work.asset, kind=AccountKind.COLLATERAL).first()
    others = accounts_of_offers([auction.id]) if takes_all else {}
    own = [account.id] if account else []
    journal = Journal.opened([*own, *others.values(), *work.funds.accounts.values()])
    work.funds.count_in(journal)
    return _Paying(exposure, account, others, journal)


def _award(
    work: Remainder,
    auction: Auction,
    provider: Provider,
    order: TakeOrder,
    units: int,
    offered: Price,
    pricing: Pricing,
    paying: _Paying,
    now: datetime,
) -> Take:
    account, exposure, journal = paying.account, paying.exposure, paying.journal
    pieces = pieces_of(work.positions, work.legs, offered.marks)
    if exposure.fitting(provider.id, work, pieces, work.lot.units, units) < units:
        raise AuctionRefusal.EXPOSURE_TOO_LARGE.error(pointer="/units")
    awarding = Awarding(journal, now, exposure)
    take = _take_of(auction, provider, order, units, offered.edge_bps, pricing)
    winner = Winner(
        units,
        offered.edge_bps,
        provider_id=provider.id,
        payer_id=account.id if account else None,
        auction_id=auction.id,
        take_id=take.id,
    )
    if account is not None:
        count_take(auction, provider.id, units, journal, account.id, work, now)
    if account is None or awarding.award(work, winner, offered.marks) < units:
        raise AuctionRefusal.MARGIN_INSUFFICIENT.error(
            f"your free collateral does not cover {units} units", pointer="/units"
        )
    take.save(force_insert=True)
    awarding.write()
    work.funds.write()
    auction.take(units, now)
    ended = [(work, auction, load_clusters([provider.venue_id]))] if auction.state == AuctionState.AWARDED else []
    for each in ended:
        _end(EndedAuction(*each), paying, now)
    save_changes([work.step, auction])
    awarding.finish()
    work.funds.confirm()
    follow_takers(ended)
    return take


def _take_of(
    auction: Auction, provider: Provider, order: TakeOrder, units: int, edge_bps: Decimal, pricing: Pricing
) -> Take:
    return Take(
        auction=auction,
        provider=provider,
        client_bid_id=order.client_bid_id,
        max_units=order.units,
        min_units=order.min_units,
        edge_floor_bps=order.edge_floor_bps,
        book_version=order.book_version,
        units=units,
        edge_bps=edge_bps,
        priced_by=plain(pricing),
    )


def _end(ended: EndedAuction, paying: _Paying, now: datetime) -> None:
    """Nothing is left: whoever stood ready or waited in it is let go, and it is said what it was decided by."""
    auction, step = ended.auction, ended.work.step
    end_readiness(live_readiness([auction.id]), paying.journal, paying.others, now)
    cut = waiting_in([auction.id])
    lapse_each(cut, paying.journal, paying.others, now)
    write_ended(cut)
    step.move_to(StepState.SETTLING, now)
    record_events([news.moved(auction, AuctionClosed), *news.decided([step])])
    chain = Chain(now)
    add_dutch_links(chain, [ended])
    chain.write()
