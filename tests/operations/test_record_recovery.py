"""What comes back of a loss goes up in reverse: who paid last is made whole first."""

from decimal import Decimal

import pytest

from accounts.models import AccountKind, LossReturn
from accounts.operations.collateral.record_recovery import record_recovery
from accounts.rules.refusals import AccountRefusal
from tests import builders as build
from tests import market
from tests.builders import api_client, perform
from tests.operations.test_loss_sharing import a_venue, clean, close, finish, left, owing, paid, pay_in, plan
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(travel):
    """Of 100 that it cost the tranche paid 50, the fund 30, and 20 stand as its debt."""
    venue = a_venue(travel, tranche="50", fund="30")
    book = owing(venue, "100", "1")
    close(book)
    assert paid() == {"FIRST_TRANCHE": 50, "FUND": 30, "OWED": 20}
    return book.loss_event


def recover(event, amount, reference="r", asset="USD", reason="a test"):
    said = {"asset": asset, "amount": Decimal(amount), "reference": reference, "reason": reason}
    return perform(record_recovery, venue_id=event.venue_id, loss_event_id=event.id, **said)


def returned() -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for layer, amount in LossReturn.objects.values_list("layer", "amount"):
        sums[layer] = sums.get(layer, Decimal(0)) + amount
    return sums


@pytest.mark.parametrize("parts", [["60"], ["20", "30", "10"], ["1", "59"]])
def test_nobodys_part_comes_back_first_then_the_funds_then_the_tranches(event, parts) -> None:
    for place, part in enumerate(parts):
        recover(event, part, f"r{place}")
    assert returned() == {"UNALLOCATED": 20, "FUND": 30, "FIRST_TRANCHE": 10}
    assert [left(event.venue, kind) for kind in ("LOSSES", "FUND", "FIRST_TRANCHE")] == [0, 30, 10]
    clean()


def test_all_of_it_may_come_back_and_no_more(event) -> None:
    with refused(AccountRefusal.RECOVERY_EXCESSIVE):
        recover(event, "100.000001")
    recover(event, "100")
    with refused(AccountRefusal.RECOVERY_EXCESSIVE):
        recover(event, "0.000001", "more")
    assert returned() == {"FIRST_TRANCHE": 50, "FUND": 30, "UNALLOCATED": 20}


def test_a_reference_brings_back_once_and_other_content_under_it_is_refused(event) -> None:
    first = recover(event, "10")
    assert recover(event, "10").id == first.id
    assert returned() == {"UNALLOCATED": 10}
    with refused(AccountRefusal.REFERENCE_REUSED):
        recover(event, "11")


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_nothing_and_less_are_refused(event, amount) -> None:
    with refused(AccountRefusal.AMOUNT_NOT_MOVABLE):
        recover(event, amount)


def test_nothing_comes_back_without_a_reason(event) -> None:
    with refused(AccountRefusal.REASON_MISSING):
        recover(event, "1", reason=" ")


def test_losses_after_a_recovery_are_paid_as_if_they_were_net_of_it(travel) -> None:
    """100, of which 60 come back, then 30: as 70 at once, whatever the limit of the event had been used for."""
    venue = a_venue(travel, tranche="1000", fund="15")
    plan(venue, per_event="50")
    first, second = owing(venue, "100", "1"), owing(venue, "30", "2")
    close(first)
    recover(first.loss_event, "60")
    close(second)
    finish(first.loss_event, travel)
    borne = {layer: amount - returned().get(layer, 0) for layer, amount in paid().items()}
    assert borne == {"FIRST_TRANCHE": 50, "FUND": 15, "UNALLOCATED": 5}
    clean()


def test_it_is_recorded_over_http_by_its_venue_and_shown_with_the_event(event) -> None:
    desk = api_client(build.a_venue_key(event.venue))
    said = {"asset": "USD", "amount": "40", "reference": "r", "reason": "the owner repaid"}
    answer = desk.post(f"/v1/loss-events/{event.id}/recoveries", said)
    assert answer.status_code == 201, answer.json()
    back = {"FUND": "20", "UNALLOCATED": "20"}
    sums = [{"asset": "USD", "layer": layer, "amount": amount} for layer, amount in back.items()]
    assert desk.get(f"/v1/loss-events/{event.id}").json()["returned"] == sums
    recovered, path = answer.json(), f"/v1/loss-events/{event.id}"
    assert desk.get(f"{path}/recoveries").json()["data"] == [recovered]
    assert desk.get(f"{path}/recoveries/{recovered['id']}").json() == recovered
    returns = desk.get(f"{path}/returns?recovery_id={recovered['id']}").json()["data"]
    assert {each["layer"]: each["amount"] for each in returns} == back
    assert desk.get(f"{path}/returns/{returns[0]['id']}").json() == returns[0]
    without = desk.post(f"/v1/loss-events/{event.id}/recoveries", {**said, "reason": ""})
    assert without.json()["errors"][0]["pointer"] == "/reason"
    other = market.a_market()
    stranger = api_client(build.a_venue_key(other))
    assert stranger.post(f"{path}/recoveries", said).json()["code"] == "loss_event_unknown"
    for name in ("addends", "payments", "recoveries", "returns"):
        assert stranger.get(f"{path}/{name}").json()["data"] == [], "nothing of another venue's"
    assert stranger.get(f"{path}/returns/{returns[0]['id']}").status_code == 404


def test_another_event_keeps_what_it_paid(event, travel) -> None:
    pay_in(event.venue, "5", reference="again")
    other = owing(event.venue, "5", "2", "other")
    close(other)
    recover(other.loss_event, "5")
    assert left(event.venue, AccountKind.FIRST_TRANCHE) == 5
    with refused(AccountRefusal.RECOVERY_EXCESSIVE):
        recover(other.loss_event, "1", "more")
