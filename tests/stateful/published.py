"""Whoever reads a venue's published events knows what its rows say: the house everything, a provider all that is its.

Commitments, keys and providers are compared as far as anything was told of them, for tests lay some as rows.
"""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import (
    Account,
    AccountKind,
    ApiKey,
    Commitment,
    CommitmentUse,
    CoverPremium,
    Provider,
    Purpose,
    Transfer,
)
from auctions.models import Auction, Award, Bid, Book, CutBid, Lot, ProviderFault, Readiness, Step, Take
from backstop.events import Visibility
from backstop.management.commands.relay import publish
from backstop.models import Publication, Venue
from tests.stateful import replay
from tests.stateful.replay import VENUE, Replay, Told


def tells_everything() -> None:
    """Publish what happened, and replay it for the house and for each provider. Raises AssertionError."""
    while publish():
        pass
    for venue in Venue.objects.all():
        seen = Publication.objects.filter(venue=venue).exclude(visibility=Visibility.NOBODY)
        published = list(seen.order_by("position"))
        _know_all(Replay().tell(map(_told, published)), venue)
        for provider in Provider.objects.filter(venue=venue):
            theirs = (row for row in published if row.visibility == Visibility.EVERYBODY or _is_of(row, provider))
            _know_its_own(Replay().tell(map(_told, theirs)), provider)


def _told(row: Publication) -> Told:
    return Told(row.kind, str(row.subject_id), _text(row.provider_id), row.payload)


def _is_of(row: Publication, provider: Provider) -> bool:
    return row.visibility in (Visibility.OWN, Visibility.PROVIDER) and row.provider_id == provider.id


def _know_all(told: Replay, venue: Venue) -> None:
    books = Book.objects.filter(venue=venue).select_related("asset")
    steps = Step.objects.filter(lot__book__in=books).select_related("auction")
    awards = Award.objects.filter(step__lot__book__in=books)
    _know(
        told,
        venue,
        accounts=Account.objects.filter(venue=venue),
        bids=Bid.objects.filter(auction__venue=venue),
        readiness=Readiness.objects.filter(auction__venue=venue),
        cut_bids=CutBid.objects.filter(lot__book__venue=venue),
        takes=Take.objects.filter(auction__venue=venue),
        awards=awards,
        uses=CommitmentUse.objects.filter(commitment__venue=venue),
    )
    assert told.books == _by_id(books, _book)
    assert told.lots == _by_id(Lot.objects.filter(book__in=books), _lot)
    assert told.steps == _by_id(steps, _step)
    assert told.funding == _by_id(awards, _funding)


def _know_its_own(told: Replay, provider: Provider) -> None:
    mine = {"provider": provider}
    _know(
        told,
        provider.venue,
        accounts=Account.objects.filter(**mine),
        bids=Bid.objects.filter(**mine),
        readiness=Readiness.objects.filter(**mine),
        cut_bids=CutBid.objects.filter(**mine),
        takes=Take.objects.filter(**mine),
        awards=Award.objects.filter(**mine),
        uses=CommitmentUse.objects.filter(commitment__provider=provider),
    )
    assert [told.books, told.lots, told.steps, told.funding] == [{}] * 4, "a provider was told of a book"


def _know(
    told: Replay,
    venue: Venue,
    *,
    accounts: QuerySet[Account],
    bids: QuerySet[Bid],
    readiness: QuerySet[Readiness],
    cut_bids: QuerySet[CutBid],
    takes: QuerySet[Take],
    awards: QuerySet[Award],
    uses: QuerySet[CommitmentUse],
) -> None:
    """What a reader knows who knows these rows of the venue, and what is told everybody."""
    balances = _balances(accounts)
    owners = {account.owner for account in balances}
    known = balances.keys() | {account for account in told.posted if account.owner in owners}
    assert {account: (told.posted[account], told.held[account]) for account in known} == balances
    assert told.bids == _by_id(bids.select_related("auction__step__lot__book__asset"), _bid)
    assert told.readiness == _by_id(readiness.select_related("auction__step__lot__book__asset"), _readiness)
    assert told.cut_bids == _by_id(cut_bids.select_related("lot__book__asset"), _cut_bid)
    taken: dict[Any, int] = defaultdict(int)
    for take in takes:
        taken[take.auction_id] += take.units
    auctions = Auction.objects.filter(venue=venue)
    assert told.auctions == _by_id(auctions, lambda row: _auction(row, taken[row.id]))
    earned = _earned(accounts)
    found = awards.select_related("settlement", "step__lot__book__asset", "step__auction")
    assert told.awards == _by_id(found, lambda row: _award(row, earned[row.id]))
    assert told.faults == _by_id(ProviderFault.objects.filter(award__in=awards), _fault)
    assert told.capacity_used == {(str(use.commitment_id), use.window_starts_at): use.used for use in uses}
    for states, model in ((told.commitments, Commitment), (told.providers, Provider)):
        assert states == {str(row.id): row.state for row in model.objects.filter(id__in=states)}
    assert told.keys == {str(row.id): row.revoked_at is None for row in ApiKey.objects.filter(id__in=told.keys)}


def _by_id(rows: QuerySet[Any], known: Any) -> dict[str, Any]:
    return {str(row.id): known(row) for row in rows}


def _account(owner: object | None, kind: str, asset: str) -> replay.Account:
    return replay.Account(_text(owner) or VENUE, kind, asset)


def _balances(accounts: QuerySet[Account]) -> dict[replay.Account, tuple[Decimal, Decimal]]:
    """What is posted and held."""
    books = Book.objects.filter(Q(estate__in=accounts) | Q(debt__in=accounts))
    owners = {account: book for book, *both in books.values_list("id", "estate", "debt") for account in both}
    owners |= dict(CoverPremium.objects.filter(account__in=accounts).values_list("account", "cover"))
    rows = accounts.select_related("asset")
    return {
        _account(row.provider_id or owners.get(row.id), row.kind, row.asset.code): (row.posted, row.held)
        for row in rows
    }


def _book(row: Book) -> replay.Book:
    return replay.Book(row.asset.code, row.owned_by_fund, row.state, row.version)


def _lot(row: Lot) -> replay.Lot:
    return replay.Lot(str(row.book_id), row.units, row.estate_held, row.fund_held, row.ended_at is not None)


def _step(row: Step) -> replay.Step:
    return replay.Step(
        str(row.lot_id), row.kind, row.units_in, row.round, row.state, _auction_of(row), row.units_placed
    )


def _auction_of(step: Step) -> str | None:
    return str(step.auction.id) if hasattr(step, "auction") else None


def _auction(row: Auction, taken: int) -> replay.Auction:
    return replay.Auction(row.kind, row.closes_at, row.state, row.round, row.restarts, taken)


def _bid(row: Bid) -> replay.Bid:
    account = _account(row.provider_id, AccountKind.COLLATERAL, row.auction.step.lot.book.asset.code)
    return replay.Bid(str(row.auction_id), account, row.held, row.state)


def _readiness(row: Readiness) -> replay.Readiness:
    account = _account(row.provider_id, AccountKind.COLLATERAL, row.auction.step.lot.book.asset.code)
    return replay.Readiness(str(row.auction_id), account, row.units_left, row.held, row.state)


def _cut_bid(row: CutBid) -> replay.CutBid:
    account = _account(row.provider_id, AccountKind.COLLATERAL, row.lot.book.asset.code)
    return replay.CutBid(str(row.lot_id), account, row.units, row.held, _text(row.waits_in_id), row.state)


def _award(row: Award, earned: Decimal) -> replay.Award:
    kind, settled = (AccountKind.COLLATERAL if row.provider_id else AccountKind.CLEARING), row.settlement.sequence
    return replay.Award(
        account=_account(row.provider_id, kind, row.step.lot.book.asset.code),
        settlement=str(row.settlement.id),
        units=row.units,
        edge_bps=row.edge_bps,
        notional=row.notional,
        held=row.collateral_held,
        auction=_auction_of(row.step),
        bid=_text(row.bid_id),
        take=_text(row.take_id),
        commitment=_text(row.commitment_id),
        state=row.settlement.state,
        edge=earned if settled else None,
        sequence=settled,
    )


def _fault(row: ProviderFault) -> replay.Fault:
    return replay.Fault(str(row.award_id), row.held, row.state)


def _funding(row: Award) -> replay.Funding:
    return replay.Funding(str(row.step_id), row.beneficiary, row.first_unit, row.estate_held, row.fund_held)


def _earned(accounts: QuerySet[Account]) -> dict[Any, Decimal]:
    """What came into these collateral accounts as edges, by award; below zero where the provider paid."""
    found: dict[Any, Decimal] = defaultdict(Decimal)
    own = accounts.filter(kind__in=[AccountKind.COLLATERAL, AccountKind.FUND])
    edges = Transfer.objects.filter(purpose__in=[Purpose.EDGE, Purpose.ROUNDING, Purpose.FUND_EDGE])
    for transfer in edges.filter(credit__in=own):
        found[transfer.subject_id] += transfer.amount
    for transfer in edges.filter(debit__in=own):
        found[transfer.subject_id] -= transfer.amount
    return found


def _text(value: object | None) -> str | None:
    return None if value is None else str(value)
