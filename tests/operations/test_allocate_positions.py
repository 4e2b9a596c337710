"""What went back to the venue is closed against accounts on the other side: never more than that, at a stated price."""

from decimal import Decimal

import pytest

from accounts.models import AllocationFill
from accounts.operations.collateral.confirm_fill import confirm_fill
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.positions import SuppliedAccount
from auctions.models import Side
from auctions.operations.venue.allocate_positions import allocate_positions
from backstop.refusals import GroundRefusal
from tests import market
from tests.builders import perform
from tests.operations.test_allocate_cash import complaints, fills
from tests.operations.test_loss_sharing import clean
from tests.refusing import refused

pytestmark = pytest.mark.django_db

D = Decimal
SHORTS = (SuppliedAccount("anna", D("1.5"), D(300), D(2)), SuppliedAccount("ben", D("0.5"), D(100), D(20)))


@pytest.fixture
def event(travel):
    """Of a long of 2 that nobody took everything went back to its venue."""
    venue = market.a_market(travel)
    market.a_hasty_playbook(venue, fund_inventory_limit="0")
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), account="a")
    market.run_out(book, travel)
    return book.loss_event


def allocate(event, quantity="2", accounts=SHORTS, reference="1", **said):
    said = {"instrument": "BTC-PERP", "side": Side.LONG, "price": D("19000"), "reason": "a test", **said}
    whose = {"venue_id": event.venue_id, "loss_event_id": event.id}
    return perform(allocate_positions, **whose, quantity=D(quantity), accounts=accounts, reference=reference, **said)


def test_all_that_went_back_is_closed_and_no_money_moves_here(event) -> None:
    allocation = allocate(event)
    assert fills() == {"anna": D("1.5"), "ben": D("0.5")}
    for fill in allocation.fills.all():
        assert perform(confirm_fill, venue_id=fill.venue_id, fill_id=fill.id).taken == fill.allocated
    clean()


def test_no_more_than_went_back_of_that_side_is_closed(event) -> None:
    allocate(event, "1.5")
    with refused(AccountRefusal.ALLOCATION_EXCESSIVE):
        allocate(event, "1", reference="2")
    with refused(AccountRefusal.ALLOCATION_EXCESSIVE):
        allocate(event, "0.5", reference="3", side=Side.SHORT)
    allocate(event, "0.5", reference="4")


def test_the_audit_names_a_step_more_than_went_back(event) -> None:
    allocate(event)
    check = "no more positions are allocated than went back to the venue"
    assert not complaints(check)
    AllocationFill.objects.filter(account="anna").update(had=D("1.501"), allocated=D("1.501"))
    assert complaints(check)


@pytest.mark.parametrize("wrong", [{"price": D(0)}, {"price": D(-1)}, {"quantity": "0"}])
def test_a_price_and_a_quantity_are_above_zero(event, wrong) -> None:
    with refused(AccountRefusal.ALLOCATION_REFUSED):
        allocate(event, **wrong)


def test_an_instrument_that_is_unknown_is_refused(event) -> None:
    with refused(GroundRefusal.INSTRUMENT_UNKNOWN):
        allocate(event, instrument="NONE")
