"""No cover waits for ever: unsigned it lapses, after its term it runs off, and it ends with its last loss event."""

import pytest

from accounts.models import Cover, LossEvent
from tests import builders as build
from tests import covers, market
from tests.operations.test_loss_sharing import clean

pytestmark = pytest.mark.django_db


def state(cover) -> str:
    return Cover.objects.get(id=cover.id).state


def test_what_is_not_active_in_time_lapses(venue, alice, travel) -> None:
    made = [covers.drafted, lambda *args: covers.sign(covers.drafted(*args)), covers.signed]
    unsigned = [make(venue, {alice: 10_000}) for make in made]
    assert [cover.state for cover in unsigned] == ["DRAFT", "OFFERED", "SIGNED"]
    travel.to(unsigned[0].lapses_at)
    travel(microseconds=-1)
    assert market.sweep("end_covers") == 0
    travel.to(unsigned[-1].lapses_at)
    market.sweep("end_covers")
    assert {state(cover) for cover in unsigned} == {"ENDED"}
    assert market.sweep("end_covers") == 0


def test_after_its_term_it_runs_off_and_ends_and_what_was_held_is_free(venue, alice, travel) -> None:
    cover = covers.active(venue, {alice: 10_000})
    travel.to(cover.ends_at)
    market.sweep("end_covers")
    assert state(cover) == "ENDED"  # no loss event waits for it
    assert build.provider_account(alice).held == 0
    clean()


def test_it_waits_for_events_that_opened_while_it_stood(venue, alice, travel) -> None:
    cover = covers.active(venue, {alice: 10_000}, term_seconds=3600)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"))
    event = book.loss_event
    travel.to(cover.ends_at)
    market.sweep("end_covers")
    assert (state(cover), build.provider_account(alice).held > 0) == ("RUNOFF", True)
    clean()
    LossEvent.objects.filter(id=event.id).update(state="FINAL")
    market.sweep("end_covers")
    assert (state(cover), build.provider_account(alice).held) == ("ENDED", 0)


def test_it_waits_for_none_that_opened_as_it_ended_or_before_its_waiting_period(venue, alice, travel) -> None:
    cover = covers.active(venue, {alice: 10_000}, waiting_seconds=60, term_seconds=3600)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), reference="early")
    travel.to(cover.ends_at)
    market.mark_again()
    market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), reference="late")
    assert LossEvent.objects.filter(opened_at=cover.ends_at).exists()
    market.sweep("end_covers")
    assert state(cover) == "ENDED"


@pytest.mark.parametrize("whose", [{"account": "a-1"}, {"group": True}])
def test_that_of_one_party_waits_for_no_other_partys_events(venue, alice, owner, travel, whose) -> None:
    said = {"group_id": owner.id} if "group" in whose else whose
    cover = covers.active(venue, {alice: 10_000}, term_seconds=3600, **said)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), account="a-2")
    assert LossEvent.objects.get().account == "a-2"
    travel.to(cover.ends_at)
    market.sweep("end_covers")
    assert state(cover) == "ENDED"
