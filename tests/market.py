"""Drives the market in tests: books in, sweeps until nothing is due, and what the ledger must say afterwards."""

import base64
import itertools
import json
import secrets
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.registry import Collector

from accounts.desks.holdings import HoldingAddition, add_holdings
from accounts.desks.standing import load_standing_commitments
from accounts.models import (
    Account,
    AccountKind,
    ApiKey,
    Approval,
    CommitmentUse,
    Group,
    Holding,
    LossEvent,
    Provider,
    SettlementCounter,
    Transfer,
    User,
)
from accounts.operations.holdings.report_holdings import ReportedQuantity, report_holdings
from accounts.operations.keys.issue_key import issue_key
from accounts.queries import LegDemand
from accounts.rules.keys import PROVIDER_SCOPES
from auctions import health
from auctions.desks.drafts import BookOrder, DrillOrder, PositionOrder
from auctions.desks.dutch import TakeOrder
from auctions.lifecycle import AuctionState, BookState, SettlementState, StepKind, StepState
from auctions.models import (
    AtFault,
    Auction,
    Bid,
    Book,
    Cap,
    ContinuationEdge,
    Drill,
    Markout,
    Playbook,
    ProviderFault,
    Readiness,
    Settlement,
    Step,
    Take,
    TakeOver,
    Transcript,
    Wish,
)
from auctions.offline.documents import read_document
from auctions.offline.inputs import parse
from auctions.operations.operator.audit import audit
from auctions.operations.operator.decide_fault import decide_fault
from auctions.operations.operator.move_provider import move_provider
from auctions.operations.provider.contest_fault import contest_fault
from auctions.operations.provider.declare_readiness import declare_readiness
from auctions.operations.provider.place_bids import BidOrder, Placed, place_bids
from auctions.operations.provider.reconfirm_bids import reconfirm_bids
from auctions.operations.provider.take_units import take_units
from auctions.operations.venue.amend_book import amend_book
from auctions.operations.venue.confirm_settlement import confirm_settlement
from auctions.operations.venue.open_drill import open_drill
from auctions.operations.venue.receive_books import receive_books
from auctions.operations.venue.reject_settlement import reject_settlement
from auctions.operations.venue.withdraw_book import withdraw_book
from auctions.rules.encryption import binding_of
from auctions.rules.provider_sealing import seal_offer
from auctions.rules.sealing import Offer
from auctions.rules.transcript import TranscriptDocument
from auctions.rules.verification import differences
from auctions.tasks import STAGES, run_stage
from backstop import clock
from backstop.models import Instrument, Mark, UsedMark, Venue
from backstop.values.keyrings import NONCE_BYTES, Keyring
from tests import builders as build
from tests import invariants
from tests.builders import perform
from tests.kept import kept


@kept
def a_market(travel: Any = None, *, fund: str = "100000", coins: bool = False) -> Venue:
    """A venue with bitcoin perpetuals at 20,000, with `coins` also ether at 200; its clock stands if it may travel."""
    if travel is not None:
        travel.freeze()
    venue = build.a_venue(fund=fund)
    build.an_instrument(venue, "BTC-PERP", price="20000")
    if coins:
        build.an_instrument(venue, "ETH-USD", build.SPOT, product_group="COINS", price="200", margin_rate="0")
    return venue


def position(instrument: str, side: str, quantity: str, entry_price: str | None = None, **fields: Any) -> PositionOrder:
    entry = Decimal(entry_price) if entry_price else None
    return PositionOrder(instrument, side, Decimal(quantity), entry, **fields)


@kept
def a_book(venue: Venue, *positions: PositionOrder, reference: str = "book-1", cash: str = "0", **fields: Any) -> Book:
    order = BookOrder(reference=reference, positions=positions, cash=Decimal(cash), **fields)
    return receive(venue, [order])[0]


@kept
def a_drill(
    venue: Venue, *positions: PositionOrder, reference: str = "drill-1", cash: str = "3000", **fields: Any
) -> Drill:
    """A drill, of a long bitcoin unless it says of what."""
    legs = positions or (position("BTC-PERP", "LONG", "1", "20000"),)
    order = DrillOrder(reference=reference, positions=legs, cash=Decimal(cash), **fields)
    return perform(open_drill, venue_id=venue.id, order=order)


def what_is_real(venue: Venue) -> dict[str, list[Any]]:
    """Whatever of a venue a drill must leave as it is: rows, by what they are, but books and those below them."""
    of_venue = {"venue": venue}
    rows = {
        "accounts": Account.objects.filter(**of_venue, asset__shadow_of=None),
        "transfers": Transfer.objects.filter(debit__venue=venue, debit__asset__shadow_of=None),
        "uses": CommitmentUse.objects.filter(commitment__venue=venue),
        "caps": Cap.objects.filter(**of_venue),
        "wishes": Wish.objects.filter(lot__book__venue=venue, lot__book__asset__shadow_of=None),
        "holdings": Holding.objects.filter(**of_venue),
        "counters": SettlementCounter.objects.filter(**of_venue),
        "take-overs": TakeOver.objects.filter(**of_venue),
        "markouts": Markout.objects.filter(**of_venue),
        "continuation edges": ContinuationEdge.objects.filter(**of_venue),
        "used marks": UsedMark.objects.filter(instrument__venue=venue),
        "loss events": LossEvent.objects.filter(**of_venue),
        "faults": ProviderFault.objects.filter(book__venue=venue),
    }
    return {name: sorted(each.values_list(), key=str) for name, each in rows.items()}


@kept
def receive(venue: Venue, orders: Sequence[BookOrder]) -> list[Book]:
    return perform(receive_books, venue_id=venue.id, orders=orders)


@kept
def take(
    provider: Provider, auction: Auction, name: str = "t1", units: int = 10, floor: str | None = None, **guards: Any
) -> Take:
    """Take by a key of the provider, at any edge unless a floor is given."""
    if floor is not None:
        guards["edge_floor_bps"] = Decimal(floor)
    key = provider.api_keys.first() or issued_key(provider)
    order = TakeOrder(name, units, **guards)
    return perform(take_units, key_id=key.id, provider_id=provider.id, auction_id=auction.id, order=order)


@kept
def ready(provider: Provider, auction: Auction, units: int, name: str = "r1", **limit: Any) -> Readiness:
    key = provider.api_keys.get(revoked_at=None)
    who = {"key_id": key.id, "provider_id": provider.id, "auction_id": auction.id}
    return perform(declare_readiness, **who, client_bid_id=name, units=units, **limit)


@kept
def issued_key(provider: Provider) -> ApiKey:
    return perform(issue_key, venue=provider.venue, provider=provider, scopes=PROVIDER_SCOPES)[0]


@kept
def sweep(*stages: str) -> int:
    """Run these stages (all unless said) until nothing is due at this instant; how many rows were worked on."""
    worked, idle, names = 0, 0, stages or tuple(STAGES)
    for stage in itertools.cycle(names):
        done = run_stage(stage)
        worked, idle = worked + done, 0 if done else idle + 1
        assert worked < 10_000, "the sweeps never come to rest"
        if idle == len(names):
            break
    return worked


def metrics() -> str:
    """What the market's collector says, as operators read it."""
    registry = CollectorRegistry()
    registry.register(_Market())
    return generate_latest(registry).decode()


class _Market(Collector):
    def collect(self) -> Iterator[Metric]:
        yield from health.metrics()


def total_of(venue: Venue) -> Decimal:
    """The sum over all accounts: zero, always."""
    return Account.objects.filter(venue=venue).aggregate(total=Sum("posted"))["total"] or Decimal(0)


def posted(account_id: UUID) -> Decimal:
    return Account.objects.get(id=account_id).posted


def sealed_offer(auction: Auction, provider: Provider, name: str, offer: Offer) -> bytes:
    """What the provider sends as its bid of this name in an auction whose bids are sealed by their providers."""
    binding = binding_of(auction.id, provider.id, name)
    fresh = {"ephemeral_key": secrets.token_bytes(32), "nonce": secrets.token_bytes(NONCE_BYTES)}
    return seal_offer(offer, bytes(auction.offer_public_key or b""), binding, **fresh)


@kept
def a_playbook(venue: Venue, **fields: Any) -> Playbook:
    values = {"fund_draw_limit": "5000", "fund_inventory_limit": "1000000", "mark_max_age_seconds": 60, **fields}
    return build.a_playbook(venue, **values)


@kept
def a_bidder(venue: Venue, name: str = "Alice", **fields: Any) -> Provider:
    provider = build.a_provider(venue, name, **fields)
    build.a_provider_key(provider)
    return provider


@kept
def an_auction(venue: Venue, reference: str = "book-1", **fields: Any) -> Auction:
    """A sealed auction of 100 units of 400 each."""
    book = a_book(venue, position("BTC-PERP", "LONG", "2", "20000"), cash="3000", reference=reference, **fields)
    sweep()
    return Auction.objects.get(step__lot__book=book)


def order(
    auction: Auction | UUID,
    name: str = "b1",
    units: int = 10,
    edge: str = "100",
    max_units: int | None = None,
    max_pay: str = "0",
) -> BidOrder:
    auction_id = auction if isinstance(auction, UUID) else auction.id
    return BidOrder(auction_id, name, units, Decimal(edge), max_units or units, Decimal(max_pay))


@kept
def place(provider: Provider, *orders: BidOrder) -> list[Placed]:
    return perform(place_bids, key_id=provider.api_keys.get().id, provider_id=provider.id, orders=orders)


def code(provider: Provider, *args: Any, **fields: Any) -> str | None:
    return place(provider, order(*args, **fields))[0].code


@kept
def mark_again(price: str = "20000") -> None:
    build.a_mark(Mark.objects.get().instrument, price)


@kept
def close(auction: Auction, travel: Any) -> Auction:
    travel.to(auction.closes_at)
    mark_again()
    run_stage("close_auctions")
    auction.refresh_from_db()
    return auction


@kept
def a_dutch_playbook(venue: Venue, **fields: Any) -> Playbook:
    """Nobody needs to compete in it, unless caps say so."""
    values = {"sealed_seconds": 1, "max_reopenings": 0, "uncontested_caps_bps": [500]}
    return a_playbook(venue, **{**values, **fields})


@kept
def a_dutch_auction(venue: Venue, travel: Any, reference: str = "book-1", cash: str = "3000", **fields: Any) -> Auction:
    """A Dutch auction, 100 units of 400 each unless commitments took some."""
    book = a_book(venue, position("BTC-PERP", "LONG", "2", "20000"), cash=cash, reference=reference, **fields)
    sweep()
    travel(seconds=1)
    sweep()
    return Auction.objects.get(step__lot__book=book, kind="DUTCH")


def shown(bid: Bid) -> tuple[int | None, Decimal | None, bool | None, int | None]:
    bid.refresh_from_db()
    return bid.units, bid.edge_bps, bid.all_or_none, bid.min_units


def keyring(*names: str) -> Keyring:
    return Keyring.from_text(",".join(f"{name}:{base64.b64encode(name.encode().ljust(32)).decode()}" for name in names))


def transcript_of(auction: Auction) -> TranscriptDocument:
    """The auction's transcript as it was stored; it holds."""
    transcript = read_document(TranscriptDocument, parse(json.dumps(Transcript.objects.get(auction=auction).document)))
    assert list(differences(transcript, [], [settings.SIGNING_KEY.public_key])) == []
    return transcript


def transcript_after_close(client: Any, auction: Auction, travel: Any) -> Any:
    """The transcript as the API shows it, once the auction is over."""
    travel.to(auction.closes_at)
    sweep("close_auctions")
    return client.get(f"/v1/auctions/{auction.id}/transcript").json()


# Who may take part


@kept
def join(provider: Provider, group: Group) -> Provider:
    return perform(move_provider, provider=provider, group=group, reason="a test")


@kept
def relate(provider: Provider, group: Group) -> None:
    build.relate(provider.group, group)


def excluded_by_api(provider: Provider, auction: Auction) -> bool:
    client = build.api_client(build.a_provider_key(provider))
    return client.get(f"/v1/auctions/{auction.id}").json()["excluded"]


@kept
def reconfirm(provider: Provider, auction: Auction) -> int:
    arguments = {"venue_id": provider.venue_id, "provider_id": provider.id, "auction_id": auction.id}
    return perform(reconfirm_bids, **arguments)


# Standing bids, and what providers hold


def edge_for(
    venue: Venue, instrument: Instrument, received_at: datetime, now: datetime | None = None
) -> Decimal | None:
    """What the only provider bids for a book of that instant; None where it bids nothing."""
    now = now or clock.now()
    with transaction.atomic():
        standing = load_standing_commitments([venue.id], received_at, now)
    found = standing.offers(
        venue_id=venue.id,
        legs=[LegDemand(instrument.id, instrument.product_group_id, "LONG", Decimal(1))],
        unit_hold=Decimal(0),
        free_collateral={},
        received_at=received_at,
        max_units=1,
    )
    return found[0].min_edge_bps if found else None


def holding_of(provider: Provider | None, instrument: Instrument) -> Decimal:
    return Holding.objects.get(provider=provider, instrument=instrument).quantity


@kept
def award_to(provider: Provider | None, instrument: Instrument, quantity: int) -> UUID:
    award = uuid4()
    addition = HoldingAddition(instrument.venue_id, provider and provider.id, instrument.id, Decimal(quantity), award)
    add_holdings(additions=[addition])
    return award


# Books that wait for room under a cap

IN_AUCTION = (StepKind.SEALED, StepState.OPEN)
WAITING = (StepKind.SEALED, StepState.READY)


@kept
def a_queueing_playbook(venue: Venue, **fields: Any) -> Playbook:
    """A lot queues for 100 seconds; marks are good for a day."""
    values = {
        "mark_max_age_seconds": 86400,
        "max_reopenings": 0,
        "fund_draw_limit": "5000",
        "fund_inventory_limit": "1000000",
        "max_queue_seconds": 100,
        **fields,
    }
    return build.a_playbook(venue, **values)


@kept
def a_bitcoin_book(venue: Venue, reference: str, bitcoins: str = "1", **fields: Any) -> Book:
    """`bitcoins` at 20,000 each, as far as the sweeps bring them now."""
    book = a_book(venue, position("BTC-PERP", "LONG", bitcoins, "20000"), cash="3000", reference=reference, **fields)
    sweep()
    return book


def step_of(book: Book) -> Step:
    """The step that the book's only lot stands at."""
    return Step.objects.filter(lot__book=book).latest("ordinal")


def where(book: Book) -> tuple[str, str]:
    step = step_of(book)
    return step.kind, step.state


# Books that are amended and withdrawn

FIRST = BookOrder("book-1", (position("BTC-PERP", "LONG", "2", "21000"),), cash=Decimal(3000))
LARGER = BookOrder("book-1", (position("BTC-PERP", "LONG", "3", "21000"),), cash=Decimal(7500))
COINS = BookOrder("book-1", (position("ETH-USD", "LONG", "100"),), cash=Decimal(-15000))


def a_lenient_playbook(venue: Venue, **fields: Any) -> Playbook:
    """Marks are good for a day, and one group is competition enough."""
    values = {"fund_draw_limit": "5000", "fund_inventory_limit": "1000000", "mark_max_age_seconds": 86400}
    return build.a_playbook(venue, **{**values, "min_groups": 1, "cover_percent": 0, **fields})


def received(venue: Venue, order: BookOrder = FIRST) -> Book:
    return receive(venue, [order])[0]


def amend(book: Book, order: BookOrder = LARGER, version: int = 1) -> Book:
    return perform(amend_book, venue_id=book.venue_id, book_id=book.id, order=order, expected_version=version)


def withdraw(book: Book, reason: str = "margin came in") -> Book:
    return perform(withdraw_book, venue_id=book.venue_id, book_id=book.id, reason=reason)


def money(book: Book) -> tuple[Decimal, Decimal, Decimal]:
    """Of the venue's door, the estate and the debt."""
    clearing = build.venue_account(book.venue, AccountKind.CLEARING).posted
    return clearing, posted(book.estate_id), posted(book.debt_id)


def transfers(book: Book) -> list[tuple[str, Decimal, str]]:
    found = Transfer.objects.filter(subject_id=book.id).select_related("credit")
    return sorted((one.purpose, one.amount, one.credit.kind) for one in found)


@kept
def a_bid(venue: Venue, name: str = "Alice", units: int = 10) -> Bid:
    """A bid at 10 bps, by a new provider of this name, in the auction that is open."""
    (placed,) = place(a_bidder(venue, name), order(Auction.objects.get(state=AuctionState.OPEN), "b1", units, "10"))
    assert placed.code is None
    return Bid.objects.get(id=placed.bid_id)


def clean() -> None:
    invariants.hold()
    assert perform(audit) == []


# Books whose money is followed to the end

PURPOSES = ("ADVANCE", "ADVANCE_REPAID", "SHORTFALL", "DEBT_REPAID", "DEBT_COVERED", "DEBT_LOST", "FEE", "RESIDUAL")


@kept
def a_frugal_playbook(venue: Venue, **fields: Any) -> Playbook:
    """The fund spends 1,000 on a book and takes nothing over; one group is competition enough."""
    values = {"fund_draw_limit": "1000", "fund_inventory_limit": "0", "mark_max_age_seconds": 60, "cover_percent": 0}
    return build.a_playbook(venue, **{**values, "min_groups": 1, "liquidation_fee_bps": "50", **fields})


@kept
def committed(venue: Venue, edge: str = "100", name: str = "Alice", **terms: Any) -> Provider:
    alice = build.a_provider(venue, name)
    build.a_commitment(alice, min_edge_bps=edge, **terms)
    return alice


@kept
def report_held(provider: Provider, symbol: str, quantity: str, included: int) -> None:
    """The venue says that the provider holds so much of one instrument, and nothing else."""
    held = [ReportedQuantity(symbol, Decimal(quantity))]
    arguments = {"venue_id": provider.venue_id, "provider_id": provider.id, "included_sequence": included}
    perform(report_holdings, **arguments, quantities=held)


def ended(book: Book) -> Book:
    sweep()
    book.refresh_from_db()
    assert book.state == BookState.CLOSED
    invariants.everything_ended()
    return book


@kept
def a_hasty_playbook(venue: Venue, **fields: Any) -> Playbook:
    """One round with windows of a second, then the fund."""
    hasty = {"sealed_seconds": 1, "dutch_seconds": 1, "max_reopenings": 0, "max_waterfall_seconds": 0}
    return a_playbook(venue, **{**hasty, "min_groups": 1, "cover_percent": 0, "fund_draw_limit": "10000", **fields})


@kept
def run_out(book: Book, travel: Any, *stages: str) -> Book:
    """Let a hasty playbook's windows pass, in which nobody does anything."""
    for _ in range(3):
        sweep(*stages)
        travel(seconds=1)
    return book if stages else ended(book)


def run_until_closed(travel: Any) -> None:
    """Let them pass until every book is closed, whatever is held beside them."""
    while Book.objects.exclude(state="CLOSED").exists():
        sweep()
        travel(seconds=2)


def sums() -> dict[str, Decimal]:
    """What was moved, by purpose."""
    return {kind: sum(Transfer.objects.filter(purpose=kind).values_list("amount", flat=True)) for kind in PURPOSES}


@kept
def a_patient_playbook(venue: Venue, **fields: Any) -> Playbook:
    """Rounds of 10 s sealed and 20 s Dutch, 5 s apart, that open up to 35 s after a book came in."""
    values = {
        "sealed_seconds": 10,
        "max_reopenings": 0,
        "dutch_seconds": 20,
        "dutch_curve": {"kind": "PIECEWISE", "ramp_seconds": 10},
        "retry_seconds": 5,
        "max_waterfall_seconds": 35,
        "fund_draw_limit": "5000",
        "fund_inventory_limit": "1000000",
        "mark_max_age_seconds": 86400,
        **fields,
    }
    return build.a_playbook(venue, **values)


# Settlements that wait for the venue's word


@kept
def a_confirming_playbook(venue: Venue) -> Playbook:
    return build.a_playbook(
        venue,
        settlement_mode="CONFIRM",
        fund_draw_limit="5000",
        fund_inventory_limit="1000000",
        mark_max_age_seconds=86400,
        max_reopenings=0,
    )


@kept
def a_plain_book(venue: Venue, **fields: Any) -> Book:
    """100 units of 400 each."""
    return a_book(venue, position("BTC-PERP", "LONG", "2", "20000"), cash="3000", **fields)


@kept
def awaited(venue: Venue) -> tuple[Provider, Settlement]:
    """Alice has the whole book, at 50 bps, and the venue's word is awaited."""
    alice = committed(venue, "50", window_capacity="40000", window_seconds=3600)
    a_plain_book(venue)
    sweep()
    return alice, Settlement.objects.get()


@kept
def confirm(venue: Venue, settlement: Settlement) -> Settlement:
    return perform(confirm_settlement, venue_id=venue.id, settlement_id=settlement.id)


@kept
def reject(
    venue: Venue,
    settlement: Settlement,
    fault: AtFault = AtFault.PROVIDER,
    reason: str = "account closed",
    by: str = "test",
) -> Settlement | Approval:
    said = {"venue_id": venue.id, "settlement_id": settlement.id, "reason": reason, "fault": fault}
    return perform(reject_settlement, actor=by, **said)


# Awards that fail


@kept
def awaited_settlement(venue: Venue, price: str = "18500", cash: str = "2000") -> Settlement:
    """Alice has 40,000 at 50 bps, and the mark moves there before the venue has a word."""
    committed(venue, "50")
    a_book(venue, position("BTC-PERP", "LONG", "2", "20000"), cash=cash)
    sweep()
    mark_again(price)
    return Settlement.objects.get()


@kept
def failed_award(venue: Venue, price: str = "18500", cash: str = "2000", by: str = "test") -> ProviderFault:
    """Alice lets it fail."""
    reject(venue, awaited_settlement(venue, price, cash), by=by)
    return ProviderFault.objects.get()


@kept
def sold_again(venue: Venue, travel: Any, edge: str = "0") -> ProviderFault:
    """Bob and Carol take all of it in the sealed auction, and the venue confirms it: what the fault costs is known."""
    bidders = [a_bidder(venue, name) for name in ("Bob", "Carol")]
    sweep()
    auction = Auction.objects.get()
    for bidder in bidders:
        place(bidder, order(auction, bidder.name, 100, edge))
    travel.to(auction.closes_at)
    sweep()
    for settlement in Settlement.objects.filter(state=SettlementState.AWAITING):
        confirm(venue, settlement)
    sweep()
    return ProviderFault.objects.get()


@kept
def contest(fault: ProviderFault, reason: str = "the account was open", by: str = "test") -> ProviderFault:
    who = {"venue_id": fault.provider.venue_id, "provider_id": fault.provider_id}
    return perform(contest_fault, actor=by, **who, fault_id=fault.id, reason=reason)


@kept
def decide(
    fault: ProviderFault, *, stands: bool, reason: str = "heard both", by: str = "user:the arbiter"
) -> ProviderFault:
    User.objects.get_or_create(username="the arbiter")
    said = {"venue_id": fault.provider.venue_id, "fault_id": fault.id, "stands": stands, "reason": reason}
    return perform(decide_fault, actor=by, **said)


def kinds_of_steps() -> list[str]:
    return list(Step.objects.order_by("ordinal").values_list("kind", flat=True))


@kept
def on_to_dutch(travel: Any) -> Auction:
    """On to a Dutch auction that is open for ten seconds."""
    travel(seconds=30)
    sweep()
    travel(seconds=10)
    return Auction.objects.get(kind="DUTCH", state="OPEN")
