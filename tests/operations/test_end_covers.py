"""No cover waits for ever: unsigned it lapses, after its term it runs off, and it ends with its last loss event."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Claim, Cover, CoverPremium, CoverRate, LossEvent
from accounts.operations.claims.answer_claim import answer_claim
from accounts.operations.claims.decide_claim import decide_claim
from accounts.operations.claims.dispute_claim import dispute_claim
from accounts.operations.collateral.record_recovery import record_recovery
from backstop.models import Event
from tests import builders as build
from tests import claims, covers, market
from tests.builders import perform
from tests.operations.test_loss_sharing import clean, close, finish, owing
from tests.operations.test_prepay_premium import prepay

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


def used(venue, unl, **said) -> Cover:
    """One of 1,000 to 6,000 that pays so much of an event, and 5,000 in all."""
    cover = claims.insured(venue, (10_000,), aggregate="5000", **said)
    close(owing(venue, unl, "1"))
    claims.say(answer_claim, Claim.objects.get())
    market.sweep("end_covers")
    return cover


@pytest.mark.parametrize(("unl", "now", "left"), [("6000", "EXHAUSTED", "0"), ("5999", "ACTIVE", "0.72")])
def test_it_is_exhausted_once_claims_have_used_all_of_its_aggregate(travel, unl, now, left) -> None:
    cover = used(claims.a_market(travel), unl)
    assert (state(cover), claims.held()) == (now, Decimal(left))
    assert Event.objects.filter(kind="cover_exhausted").count() == (now == "EXHAUSTED")
    assert market.sweep("end_covers") == 0
    clean()


def test_what_is_exhausted_stands_for_no_later_event_makes_room_for_another_and_runs_off(travel) -> None:
    venue = claims.a_market(travel)
    cover = used(venue, "6000")
    event = LossEvent.objects.get()
    insurer = cover.shares.get().provider
    after = covers.active(venue, {insurer: 10_000}, term_seconds=60 * 86400)
    market.mark_again()
    close(owing(venue, "1400", "2", account="b"))
    assert [claim.cover for claim in Claim.objects.filter(state="HELD")] == [after]
    finish(event, travel)
    assert state(cover) == "EXHAUSTED"
    travel.to(cover.ends_at)
    market.sweep("end_covers")
    assert state(cover) == "ENDED"  # the event that opened since is none of its own
    clean()


def test_by_a_claim_that_is_not_decided_or_is_refused_whole_it_is_not_exhausted(travel) -> None:
    venue = claims.a_market(travel)
    cover = claims.insured(venue, (10_000,), aggregate="5000")
    close(owing(venue, "6000", "1"))
    claim = Claim.objects.get()
    assert (market.sweep("end_covers"), state(cover)) == (0, "ACTIVE")
    claims.say(dispute_claim, claim, disputed_amount=claim.insured, reason="it is excluded")
    assert (market.sweep("end_covers"), state(cover)) == (0, "ACTIVE")
    claims.say(decide_claim, claim, refused=claim.insured, reason="it was")
    assert (market.sweep("end_covers"), state(cover)) == (0, "ACTIVE")
    clean()


@pytest.fixture
def half_refused(travel) -> Cover:
    """Of 5,000 that count of an event, all of the aggregate, insurers owe 3,600; half of that was refused."""
    venue = claims.a_market(travel)
    cover = claims.insured(venue, (10_000,), aggregate="5000")
    close(owing(venue, "6000", "1"))
    claim = claims.say(dispute_claim, Claim.objects.get(), disputed_amount=Decimal(1800), reason="half is excluded")
    claims.say(decide_claim, claim, refused=Decimal(1800), reason="it was")
    return cover


def test_what_was_refused_in_part_leaves_that_part_of_the_aggregate_for_the_next_event(half_refused) -> None:
    assert (market.sweep("end_covers"), state(half_refused), claims.held()) == (0, "ACTIVE", 1800)
    market.mark_again()
    close(owing(half_refused.venue, "6000", "2", account="b"))
    claim = Claim.objects.get(state="HELD")
    assert (claim.counted, claim.insured) == (2500, 1800)
    claims.say(answer_claim, claim)
    assert (market.sweep("end_covers"), state(half_refused), claims.by_covers()) == (1, "EXHAUSTED", 3600)
    clean()


def test_what_insurers_never_paid_of_a_claim_that_is_closed_leaves_that_part_of_the_aggregate(travel) -> None:
    """Of 3,600 for all of the aggregate, 5,000, they paid 360: 500 of it."""
    venue = claims.a_market(travel)
    cover = claims.insured(venue, (10_000,), aggregate="5000", funding_rate=Decimal("0.1"))
    build.pay_in(cover.shares.get().provider, "-9640")
    close(owing(venue, "6000", "1"))
    claim = claims.say(answer_claim, Claim.objects.get())
    assert (claim.paid, claim.due, market.sweep("end_covers")) == (360, 3240, 0), "it may pay the rest yet"
    finish(claim.loss_event, travel)
    claim.refresh_from_db()
    assert (claim.state, claim.spared, market.sweep("end_covers"), state(cover)) == ("CLOSED", 3240, 0, "ACTIVE")
    market.mark_again()
    close(owing(venue, "6000", "2", account="b"))
    after = Claim.objects.exclude(state="CLOSED").get()
    assert (after.counted, after.insured) == (4500, 3240)
    clean()


def test_what_others_used_since_of_what_was_refused_lowers_no_earlier_claim(half_refused) -> None:
    market.mark_again()
    close(owing(half_refused.venue, "6000", "2", account="b"))
    close(owing(half_refused.venue, "100", "3"))  # of the first event again
    first, second = Claim.objects.order_by("created_at")
    assert (first.counted, first.insured, first.paid, second.counted) == (5000, 3600, 1800, 2500)
    clean()


def test_what_comes_back_of_a_loss_renews_no_aggregate(travel) -> None:
    venue = claims.a_market(travel)
    cover = used(venue, "6000")
    insurer = cover.shares.get().provider
    said = {"asset": "USD", "amount": Decimal(6000), "reference": "r1", "reason": "the account paid"}
    perform(record_recovery, venue_id=venue.id, loss_event_id=LossEvent.objects.get().id, **said)
    market.sweep("end_covers")
    assert (state(cover), build.provider_account(insurer).posted) == ("EXHAUSTED", 10_000)
    clean()


def test_what_is_exhausted_costs_no_more(travel) -> None:
    """A day of 5,000 at 300 bps: 0.410958904…, and nothing after."""
    venue = claims.a_market(travel)
    cover = claims.insured(venue, (10_000,), aggregate="5000")
    prepay(cover, "10")
    travel.to(cover.active_at + timedelta(days=1))
    market.mark_again()
    close(owing(venue, "6000", "1"))
    claims.say(answer_claim, Claim.objects.get())
    market.sweep("end_covers")
    travel.to(cover.active_at + timedelta(days=9))
    market.sweep("charge_premiums")
    assert CoverPremium.objects.get(cover=cover).charged == Decimal("0.410958")
    assert CoverRate.objects.filter(premium__cover=cover).latest("starts_at").limit == 0
    clean()
