"""An instrument's terms hold from an instant on, for the books that come then."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.desks.holdings import settle_holdings
from accounts.models import User
from accounts.operations.approvals.confirm_approval import confirm_approval
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.terms.set_instrument_terms import set_instrument_terms
from accounts.rules.refusals import AccountRefusal
from auctions.desks.drafts import BookOrder
from auctions.models import Auction, Position
from auctions.operations.operator.sell_inventory import sell_inventory
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.models import Event, Instrument, InstrumentTerms
from backstop.queries import get_instrument_terms
from backstop.refusals import GroundRefusal
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    build.a_playbook(venue, mark_max_age_seconds=86400, fund_inventory_limit="1000000")
    return venue


def change(venue, **terms: Any) -> InstrumentTerms:
    instrument = Instrument.objects.get(venue=venue)
    said = {"venue_id": venue.id, "instrument_id": instrument.id, "reason": "volatility", **terms}
    return perform(set_instrument_terms, **said)


def in_force(venue) -> InstrumentTerms:
    instrument = Instrument.objects.get(venue=venue)
    return get_instrument_terms([instrument], clock.now())[instrument.id]


def a_book(venue, reference: str, quantity: str = "1"):
    position = market.position("BTC-PERP", "LONG", quantity, "21000")
    return market.a_book(venue, position, reference=reference, cash="5000")


def test_a_book_under_way_keeps_what_it_was_received_under(venue) -> None:
    before = a_book(venue, "before")
    change(venue, margin_rate=Decimal("0.3"), quantity_step=Decimal("0.0005"))
    after = a_book(venue, "after", "1.0005")
    market.sweep()
    found = {p.book_id: (p.own_step, p.own_margin_rate) for p in Position.objects.select_related("instrument")}
    assert found == {
        before.id: (Decimal("0.001"), Decimal("0.1")),
        after.id: (Decimal("0.0005"), Decimal("0.3")),
    }
    holds = {auction.step.lot.book_id: auction.unit_hold for auction in Auction.objects.all()}
    assert holds[after.id] > 2 * holds[before.id]


def test_an_amendment_goes_by_the_terms_of_its_book(venue, travel) -> None:
    book = a_book(venue, "before")
    travel(seconds=1)
    change(venue, margin_rate=Decimal("0.3"), is_listed=False)
    position = market.position("BTC-PERP", "LONG", "2", "21000")
    market.amend(book, BookOrder("before", (position,), cash=Decimal(5000)))
    newest = Position.objects.latest("book_version")
    assert (newest.quantity, newest.own_margin_rate) == (2, Decimal("0.1"))


def test_terms_hold_from_their_instant_on(venue, travel) -> None:
    at = clock.now() + timedelta(hours=1)
    change(venue, margin_rate=Decimal("0.3"), effective_at=at)
    travel.to(at - timedelta(microseconds=1))
    assert in_force(venue).margin_rate == Decimal("0.1")
    travel.to(at)
    assert in_force(venue).margin_rate == Decimal("0.3")


def test_what_is_not_named_stays_and_what_was_set_for_later_is_void(venue, travel) -> None:
    later = clock.now() + timedelta(hours=1)
    change(venue, margin_rate=Decimal("0.4"), effective_at=later)
    change(venue, margin_rate=Decimal("0.2"))
    change(venue, quantity_step=Decimal("0.0001"))
    travel.to(later)
    assert (in_force(venue).margin_rate, in_force(venue).quantity_step) == (Decimal("0.2"), Decimal("0.0001"))


def test_an_instant_that_is_over_is_now(venue) -> None:
    assert change(venue, margin_rate=Decimal("0.2"), effective_at=clock.now() - timedelta(days=1)).effective_at == (
        clock.now()
    )


def test_no_book_is_received_with_what_is_not_listed_and_the_fund_still_sells_it(venue) -> None:
    instrument = Instrument.objects.get(venue=venue)
    perform(settle_holdings, holders={market.award_to(None, instrument, 2): (venue.id, None)})
    change(venue, is_listed=False)
    with refused(AuctionRefusal.BOOKS_REFUSED, match="not listed"):
        a_book(venue, "after")
    assert perform(sell_inventory, instrument=instrument, reference="s").owned_by_fund
    change(venue, is_listed=True)
    a_book(venue, "after")


@pytest.mark.parametrize(
    ("terms", "pointer"),
    [
        ({"quantity_step": Decimal("0.002")}, "/quantity_step"),
        ({"quantity_step": Decimal("0.0003")}, "/quantity_step"),
        ({"margin_rate": Decimal("1.000001")}, "/margin_rate"),
        ({"margin_rate": Decimal("0.0000001")}, "/margin_rate"),
    ],
)
def test_what_cannot_be_is_refused(venue, terms, pointer) -> None:
    with refused(AccountRefusal.TERMS_REFUSED) as caught:
        change(venue, **terms)
    assert caught.value.faults[0].pointer == pointer


def test_two_persons_set_them_where_the_venue_has_a_limit(venue) -> None:
    perform(set_approval_limit, venue_id=venue.id, asset="USD", amount=Decimal(1), reason="four eyes")
    at = clock.now() + timedelta(hours=1)
    said = {"margin_rate": Decimal("0.25"), "is_listed": False, "effective_at": at}
    instrument = Instrument.objects.get(venue=venue)
    asked = {"venue_id": venue.id, "instrument_id": instrument.id, "reason": "volatility", **said}
    for name in ("olivia", "oscar"):
        User.objects.create_user(name)
    approval = perform(set_instrument_terms, actor="user:olivia", **asked)
    assert not instrument.terms.exists()
    perform(confirm_approval, actor="user:oscar", venue_id=venue.id, approval_id=approval.id)
    terms = instrument.terms.get()
    assert {name: getattr(terms, name) for name in said} == said


def test_it_says_why_and_another_venues_does_not_exist(venue) -> None:
    change(venue, margin_rate=Decimal(1))
    assert Event.objects.get(kind="instrument_terms_set").payload["reason"] == "volatility"
    with refused(AccountRefusal.REASON_MISSING):
        change(venue, reason=" ")
    with refused(GroundRefusal.NOT_FOUND):
        change(venue, venue_id=build.a_venue().id)
