"""What providers contribute comes in and goes out, but not while they are obliged for a loss event."""

from decimal import Decimal

import pytest

from accounts.models import AccountKind, Obligation, User
from accounts.operations.collateral.move_contribution import move_contribution
from accounts.queries import obliging
from accounts.rules.refusals import AccountRefusal
from tests import builders as build
from tests.builders import api_client, perform
from tests.operations.test_declare_default import declare
from tests.operations.test_loss_sharing import a_venue, close, finish, owing
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return build.a_provider(build.a_venue())


def contribute(provider, amount, reference="in", **said):
    said = {"asset": "USD", "amount": Decimal(amount), "reference": reference, "reason": "a test", **said}
    return perform(move_contribution, venue_id=provider.venue_id, provider_id=provider.id, **said)


def contributed(provider) -> Decimal:
    return build.provider_account(provider, AccountKind.CONTRIBUTION).posted


def test_it_comes_in_once_by_reference_and_goes_out_to_the_last_of_it(alice) -> None:
    assert contribute(alice, "100").id == contribute(alice, "100").id
    with refused(AccountRefusal.REFERENCE_REUSED):
        contribute(alice, "101")
    with refused(AccountRefusal.CONTRIBUTION_INSUFFICIENT):
        contribute(alice, "-100.000001", "more")
    contribute(alice, "-100", "out")
    assert contributed(alice) == 0


def test_it_moves_for_a_reason_alone(alice) -> None:
    with refused(AccountRefusal.REASON_MISSING):
        contribute(alice, "1", reason=" ")


def test_while_it_is_obliged_nothing_goes_out_and_more_may_come_in(travel) -> None:
    venue = a_venue(travel)
    bob = build.a_provider(venue, "Bob")
    contribute(bob, "100")
    book = owing(venue, "80", "1")
    close(book)
    contribute(bob, "50", "later")
    with refused(AccountRefusal.CONTRIBUTION_OBLIGED):
        contribute(bob, "-1", "out")
    finish(book.loss_event, travel)
    assert Obligation.objects.get().contribution == 100, "what it was as the event opened"
    contribute(bob, "-70", "out")
    assert contributed(bob) == 0, "80 were paid"


def test_what_is_paid_in_after_an_event_opened_is_obliged_for_later_ones_alone(travel) -> None:
    venue = a_venue(travel)
    bob = build.a_provider(venue, "Bob")
    before = owing(venue, "80", "1")
    contribute(bob, "100")
    assert not obliging(bob).exists()
    later = owing(venue, "80", "2", "other")
    assert obliging(bob).get().account == "other"
    close(before, later)
    finish(later.loss_event, travel)
    assert Obligation.objects.get().loss_event.account == "other"


def test_who_is_declared_in_default_takes_nothing_out(alice) -> None:
    contribute(alice, "100")
    User.objects.create(username="olivia")
    declare(alice)
    with refused(AccountRefusal.WITHDRAWAL_BARRED):
        contribute(alice, "-1", "out")


def test_over_http_a_venue_moves_it_and_its_provider_sees_it(alice) -> None:
    desk, robot = api_client(build.a_venue_key(alice.venue)), api_client(build.a_provider_key(alice))
    said = {"provider_id": str(alice.id), "asset": "USD", "amount": "100", "reference": "r", "reason": "its share"}
    answer = desk.post("/v1/contributions", said)
    assert answer.status_code == 201, answer.json()
    assert answer.json()["amount"] == "100"
    balances = {each["kind"]: each["posted"] for each in robot.get("/v1/balances").json()["data"]}
    assert balances["CONTRIBUTION"] == "100"
    assert robot.post("/v1/contributions", said).status_code == 403
