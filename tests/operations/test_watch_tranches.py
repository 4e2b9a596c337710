"""A tranche with less than its target is called for at once; it is filled, or its time is over and it is called for
anew."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import AccountKind, Refill
from accounts.operations.terms.set_loss_plan import set_loss_plan
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.plans import LayerKind, PlannedLayer
from backstop.models import Event
from tests import builders as build
from tests import market
from tests.builders import api_client, perform
from tests.operations.test_loss_sharing import a_venue, close, owing, paid, pay_in
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def plan(venue, target: str | None) -> None:
    tranche = PlannedLayer(LayerKind.FIRST_TRANCHE, target=target and Decimal(target))
    layers = (tranche, PlannedLayer(LayerKind.FUND))
    perform(set_loss_plan, venue_id=venue.id, layers=layers, reason="a test")


@pytest.fixture
def venue(travel):
    """With as much in its first tranche as is to stand there."""
    venue = a_venue(travel, tranche="100")
    plan(venue, "100")
    assert market.sweep("watch_tranches") == 0, "equal is enough"
    return venue


def states() -> list[str]:
    return list(Refill.objects.order_by("called_at", "state").values_list("state", flat=True))


def test_what_a_loss_took_is_called_for_at_once_and_filled_by_what_comes_in(venue) -> None:
    close(owing(venue, "30", "1"))
    assert [market.sweep("watch_tranches") for _ in range(2)] == [1, 0]
    refill = Refill.objects.get()
    assert (refill.missing, refill.refill_by - refill.called_at) == (30, timedelta(days=30))
    pay_in(venue, "29.999999", reference="most")
    assert market.sweep("watch_tranches") == 0
    pay_in(venue, "0.000001", reference="the rest")
    assert market.sweep("watch_tranches") == 1
    assert states() == ["FILLED"]
    told = Event.objects.filter(kind__startswith="refill_").order_by("id").values_list("kind", flat=True)
    assert list(told) == ["refill_called", "refill_filled"]


def test_at_its_instant_it_is_missed_and_called_for_anew(venue, travel) -> None:
    close(owing(venue, "30", "1"))
    market.sweep("watch_tranches")
    travel(seconds=30 * 86400 - 1)
    assert market.sweep("watch_tranches") == 0
    travel(seconds=1)
    assert market.sweep("watch_tranches") == 2, "missed, and called for anew"
    assert states() == ["MISSED", "OPEN"]


def test_a_plan_that_wants_less_or_nothing_ends_it(venue) -> None:
    close(owing(venue, "30", "1"))
    market.sweep("watch_tranches")
    plan(venue, None)
    market.sweep("watch_tranches")
    assert states() == ["FILLED"]


def test_between_two_losses_it_is_called_for_and_what_filled_it_pays_the_second(travel) -> None:
    """As after Nasdaq Clearing's default of September 2018: what stood in front was used up, and filled again."""
    venue = a_venue(travel, tranche="50", fund="100")
    plan(venue, "100")
    close(owing(venue, "80", "1"))
    market.sweep("watch_tranches")
    assert (paid(), Refill.objects.get().missing) == ({"FIRST_TRANCHE": 50, "FUND": 30}, 100)
    pay_in(venue, "100", reference="again")
    market.sweep("watch_tranches")
    close(owing(venue, "10", "2", account="another"))
    assert (paid(), states()) == ({"FIRST_TRANCHE": 60, "FUND": 30}, ["FILLED"])


def test_a_target_is_of_a_tranche_and_above_zero(venue) -> None:
    with refused(AccountRefusal.LOSS_PLAN_REFUSED):
        plan(venue, "0")


def test_over_http_a_venue_sees_what_is_called_for(venue) -> None:
    pay_in(venue, "-1", reference="out")
    market.sweep("watch_tranches")
    desk = api_client(build.a_venue_key(venue))
    (shown,) = desk.get("/v1/refills").json()["data"]
    assert desk.get(f"/v1/refills/{shown['id']}").json() == shown
    assert desk.get(f"/v1/refills/{venue.id}").json()["code"] == "refill_unknown"
    assert (shown["account"], shown["missing"], shown["state"]) == (AccountKind.FIRST_TRANCHE, "1", "OPEN")
    sent = {"layers": [{"kind": "FIRST_TRANCHE", "target": "99"}, {"kind": "FUND"}], "reason": "the board"}
    assert desk.post(f"/v1/venues/{venue.id}/waterfall", sent).json()["layers"][2]["target"] == "99"
    sent["layers"][1]["target"] = "1"
    assert desk.post(f"/v1/venues/{venue.id}/waterfall", sent).json()["code"] == "loss_plan_refused"
