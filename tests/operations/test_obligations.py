"""Who is obliged for a loss event pays by how well it bid, once the event is final: who did not bid first."""

from copy import copy
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from accounts.models import AccountKind, Contribution, Guarantee, LossPayment, Obligation
from accounts.operations.collateral.record_recovery import record_recovery
from accounts.queries import obliging
from accounts.rules.refusals import AccountRefusal
from auctions.desks.drafts import BookOrder
from auctions.desks.obligations import list_misjudged
from auctions.models import Auction, Award, Bid, Book, Settlement
from auctions.queries.activity import list_activity
from backstop.models import Event, Instrument
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.operations.test_confirm_default import in_default, people  # noqa: F401
from tests.operations.test_loss_sharing import a_venue, clean, close, finish, left, owing, paid, pay_in, plan
from tests.operations.test_move_contribution import contribute, contributed
from tests.races.together import together

pytestmark = pytest.mark.django_db


def qualities() -> dict[str, str]:
    return dict(Obligation.objects.values_list("provider__name", "quality"))


def shares() -> dict[str, Decimal]:
    """What each provider paid, by its name."""
    return dict(LossPayment.objects.exclude(provider=None).values_list("provider__name", "amount"))


def auctioned(venue, debt: str):
    """A book that owes so much, in an auction of a hundred units."""
    return market.a_book(venue, market.position("BTC-PERP", "LONG", "1", str(20_000 + int(debt))))


@pytest.fixture
def juniorised(travel):
    """A, B and C have contributed 100 each; a book that loses 150 was in an auction where A did not bid, B bid for a
    unit, and C for all of them; it has ended."""
    venue = market.a_market(travel, fund="0")
    market.a_playbook(venue, fund_draw_limit="1000", liquidation_fee_bps=0, min_groups=1, cover_percent=0)
    everybody = [market.a_bidder(venue, name) for name in "ABC"]
    for provider in everybody:
        contribute(provider, "100", provider.name)
    book = auctioned(venue, "150")
    market.sweep()
    auction = Auction.objects.get()
    _, b, c = everybody
    market.place(c, market.order(auction, units=99, edge="0"))
    market.place(b, market.order(auction, units=1, edge="0"))
    market.close(auction, travel)
    return market.ended(book)


def test_juniorisation_who_did_not_bid_pays_first_then_who_bid_poorly(juniorised, travel) -> None:
    """Worked case: after estate and tranches 150 are left; A pays 100, B 50, C nothing."""
    assert paid() == {"OWED": 150}
    clean()
    finish(juniorised.loss_event, travel)
    assert qualities() == {"A": "NONE", "B": "POOR", "C": "GOOD"}
    assert paid() == {"CONTRIBUTIONS_NONE": 100, "CONTRIBUTIONS_POOR": 50}
    assert shares() == {"A": 100, "B": 50}
    assert left(juniorised.venue, AccountKind.LOSSES) == 0
    clean()
    assert list_misjudged(None) == []


def test_what_is_bid_after_the_event_is_final_changes_nothing_of_who_is_obliged(travel) -> None:
    """A was silent until then; of a second book of the event all is bid and taken once it is final."""
    venue = market.a_market(travel, fund="0")
    said = {"fund_draw_limit": "1000", "liquidation_fee_bps": 0, "mark_max_age_seconds": 10**7}
    market.a_playbook(venue, **said, min_groups=1, cover_percent=0)
    a, b = (market.a_bidder(venue, name) for name in "AB")
    for provider in (a, b):
        contribute(provider, "100", provider.name)
    position = market.position("BTC-PERP", "LONG", "1", "20150")
    first = market.a_book(venue, position, account="one")
    market.sweep()
    market.place(b, market.order(Auction.objects.get(), units=100, edge="0"))
    market.close(Auction.objects.get(), travel)
    first = market.ended(first)
    second = market.a_book(venue, position, reference="late", account="one")
    assert second.loss_event == first.loss_event
    travel.to(second.loss_event.final_by)
    market.sweep("end_loss_events")
    judged, borne = qualities(), shares()
    assert (judged, borne) == ({"A": "NONE", "B": "GOOD"}, {"A": 100, "B": 50})
    market.mark_again()
    market.sweep()
    auction = Auction.objects.get(step__lot__book=second)
    market.place(a, market.order(auction, units=100, edge="0"))
    market.close(auction, travel)
    market.ended(second)
    assert (qualities(), shares()) == (judged, borne)
    assert list_misjudged(None) == []
    clean()


def test_what_came_back_before_the_end_is_paid_by_nobody_and_after_it_goes_to_who_paid_last(juniorised, travel) -> None:
    def recover(amount: str) -> None:
        said = {"asset": "USD", "amount": Decimal(amount), "reference": amount, "reason": "a test"}
        perform(record_recovery, venue_id=juniorised.venue_id, loss_event_id=juniorised.loss_event_id, **said)

    recover("20")
    finish(juniorised.loss_event, travel)
    assert paid() == {"CONTRIBUTIONS_NONE": 100, "CONTRIBUTIONS_POOR": 30, "UNALLOCATED": 20}
    recover("40")
    names = {name: contributed(provider) for name, provider in _by_name(juniorised.venue).items()}
    assert names == {"A": 10, "B": 100, "C": 100}
    clean()


def _by_name(venue):
    return {provider.name: provider for provider in venue.providers.all()}


def test_where_the_plan_asks_them_for_nothing_nobody_is_obliged(travel) -> None:
    venue = a_venue(travel)
    plan(venue)
    bob = build.a_provider(venue, "Bob")
    contribute(bob, "100")
    book = owing(venue, "80", "1")
    contribute(bob, "-100", "out")
    assert contributed(bob) == 0
    close(book)
    finish(book.loss_event, travel)
    assert not Obligation.objects.exists()


def test_who_was_assigned_less_than_its_share_is_as_well_off_as_who_was_assigned_nothing(travel) -> None:
    venue = market.a_market(travel, fund="0")
    market.a_playbook(venue, liquidation_fee_bps=0, mark_max_age_seconds=10**7)
    alice, _ = (market.committed(venue, "0", name, cap_per_assignment="10000") for name in ("Alice", "Zoe"))
    contribute(alice, "100", "a")
    contribute(build.a_provider(venue, "Bob"), "100", "b")
    book = owing(venue, "50", "1")
    assert set(Award.objects.values_list("provider__name", "units")) == {("Alice", 50), ("Zoe", 50)}
    close(book)
    finish(book.loss_event, travel)
    assert qualities() == {"Alice": "EXEMPT", "Bob": "EXEMPT"}
    assert shares() == {"Alice": 25, "Bob": 25}
    clean()


def test_what_was_let_fail_by_a_fault_that_stands_was_not_offered(travel) -> None:
    venue = market.a_market(travel, fund="0")
    market.a_confirming_playbook(venue)
    alice = market.committed(venue, "0", window_capacity="40000", window_seconds=3600)
    contribute(alice, "100")
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20300"))
    market.sweep()
    market.reject(venue, Settlement.objects.get())
    fault = market.sold_again(venue, travel)
    travel.to(fault.contest_until)
    market.ended(book)
    finish(book.loss_event, travel)
    assert qualities() == {"Alice": "NONE"}
    assert list_misjudged(None) == []


def test_who_takes_no_part_as_of_the_owners_cluster_did_not_bid(travel) -> None:
    venue = market.a_market(travel, fund="0")
    market.a_playbook(venue, liquidation_fee_bps=0, min_groups=1, cover_percent=0)
    alice, bob = (market.a_bidder(venue, name) for name in ("Alice", "Bob"))
    contribute(alice, "100", "a")
    contribute(bob, "100", "b")
    position = market.position("BTC-PERP", "LONG", "1", "20050")
    book = market.a_book(venue, position, owner_group=alice.group.name)
    market.sweep()
    auction = Auction.objects.get()
    market.place(bob, market.order(auction, units=100, edge="0"))
    market.close(auction, travel)
    market.ended(book)
    finish(book.loss_event, travel)
    assert qualities() == {"Alice": "NONE", "Bob": "GOOD"}


def test_a_hundred_events_cost_no_more_rows_than_one_and_those_that_owe_nothing_oblige_nobody(travel) -> None:
    """Ten contribute, and one intake takes a hundred books of as many accounts, of which one loses something."""
    venue = a_venue(travel)
    for number in range(10):
        contribute(build.a_provider(venue, f"P{number}"), "10", f"{number}")
    contributors = [Contribution.objects.count() for _ in market.receive(venue, _orders(1, of="first"))]
    books = market.receive(venue, _orders(100, of="crash"))
    assert [*contributors, Contribution.objects.count()] == [10, 10]
    assert not Event.objects.filter(kind="obligation_judged").exists()
    assert len({book.loss_event_id for book in books}) == 100
    owed = owing(venue, "50", "owes", "owes")
    assert {book.loss_event.guarantee for book in (*books, owed)} == {Guarantee.objects.get()}
    Book.objects.filter(id__in=[book.id for book in books]).update(
        state="WITHDRAWN", withdrawn_at=owed.received_at, withdrawal_reason="a test"
    )
    close(owed)
    travel.to(owed.loss_event.takes_until)
    market.sweep("end_loss_events")
    assert Obligation.objects.count() == Event.objects.filter(kind="obligation_judged").count() == 10
    assert paid() == {"CONTRIBUTIONS_GOOD": 50}


def _orders(count: int, of: str) -> list[BookOrder]:
    position = market.position("BTC-PERP", "LONG", "1", "20000")
    return [BookOrder(f"{of} {number}", (position,), account=f"{of} {number}") for number in range(count)]


def test_what_stood_behind_the_venue_is_written_anew_once_it_has_changed(travel) -> None:
    venue = a_venue(travel)
    bob = build.a_provider(venue, "Bob")
    contribute(bob, "100", "first")
    versions = []
    for account, more in (("x", None), ("y", "0.000001"), ("z", None)):
        if more:
            contribute(bob, more, account)
        versions.append(owing(venue, "0", account, account).loss_event.guarantee.version)
    assert versions == [1, 2, 2]
    assert list(Contribution.objects.order_by("amount").values_list("amount", flat=True)) == [
        Decimal(100),
        Decimal("100.000001"),
    ]


def test_whatever_a_provider_bid_lately_is_read_as_one_row(juniorised, travel) -> None:
    (bid,) = Bid.objects.filter(provider__name="C")
    copies = [copy(bid) for _ in range(40)]
    for number, each in enumerate(copies, start=1):
        each.id, each.client_bid_id, each.sequence = uuid4(), f"{number}", bid.sequence + 1000 + number
        each.created_at = bid.created_at + timedelta(milliseconds=number)
    Bid.objects.bulk_create(copies)
    instants = [bid.created_at, copies[-1].created_at, copies[-1].created_at + timedelta(microseconds=1)]
    found = list_activity([bid.provider_id], instants, timedelta(days=30))
    ((group,),) = Instrument.objects.values_list("product_group")
    newest = [None, copies[-2].created_at, copies[-1].created_at]
    assert found == [(bid.provider_id, group, newest)], "before each instant; it was awarded something later"


def test_the_audit_names_who_is_misjudged(juniorised, travel) -> None:
    finish(juniorised.loss_event, travel)
    Obligation.objects.filter(provider__name="B").update(quality="NONE")
    ((obligation, quality),) = list_misjudged(juniorised.venue_id)
    assert (obligation.provider.name, obligation.quality, quality) == ("B", "NONE", "POOR")


@pytest.mark.parametrize("order", ["one", "other", "split"])
def test_order_of_books_and_accounts_changes_nothing_of_who_pays(travel, order) -> None:
    """Two books of one account that lose 80, or one that loses 160: of the 100 that the fund leaves, contributions pay
    all that there is, and the second tranche the rest."""
    venue = a_venue(travel, fund="60")
    for name, amount in (("Bob", "20.000001"), ("Carol", "40")):
        contribute(build.a_provider(venue, name), amount, name)
    pay_in(venue, "1000", AccountKind.SECOND_TRANCHE, "second")
    books = [owing(venue, "160", "whole")] if order == "split" else [owing(venue, "80", each) for each in "12"]
    close(*(reversed(books) if order == "other" else books))
    finish(books[0].loss_event, travel)
    bob, carol = Decimal("20.000001"), Decimal(40)
    assert paid() == {"FUND": 60, "CONTRIBUTIONS_GOOD": bob + carol, "SECOND_TRANCHE": 100 - bob - carol}
    assert qualities() == {"Bob": "EXEMPT", "Carol": "EXEMPT"}, "nothing was auctioned"
    clean()


def test_inside_a_layer_they_pay_by_weight_with_largest_remainder(travel) -> None:
    venue = a_venue(travel)
    for name in ("Bob", "Carol", "Dora"):
        contribute(build.a_provider(venue, name), "100", name)
    book = owing(venue, "100", "1")
    close(book)
    finish(book.loss_event, travel)
    parts = sorted(LossPayment.objects.values_list("provider_id", "amount"))
    assert [amount for _, amount in parts] == [Decimal("33.333334"), Decimal("33.333333"), Decimal("33.333333")]
    clean()


def test_what_was_paid_in_since_it_opened_is_for_later_events(travel) -> None:
    venue = a_venue(travel)
    bob, carol = (build.a_provider(venue, name) for name in ("Bob", "Carol"))
    contribute(bob, "100", "b")
    contribute(carol, "100", "c")
    book = owing(venue, "700", "1")
    contribute(bob, "900", "more")
    close(book)
    finish(book.loss_event, travel)
    assert shares() == {"Bob": 100, "Carol": 100}
    assert paid() == {"CONTRIBUTIONS_GOOD": 200, "UNALLOCATED": 300, "OWED": 200}, "of it called for"
    assert contributed(bob) == 900
    clean()


def test_what_nobody_has_is_told_at_the_end(travel) -> None:
    venue = a_venue(travel)
    contribute(build.a_provider(venue, "Bob"), "30")
    pay_in(venue, "20", AccountKind.SECOND_TRANCHE)
    book = owing(venue, "110", "1")
    close(book)
    finish(book.loss_event, travel)
    assert paid() == {"CONTRIBUTIONS_GOOD": 30, "SECOND_TRANCHE": 20, "UNALLOCATED": 30, "OWED": 30}, "called for"
    assert [event.payload["amount"] for event in Event.objects.filter(kind="loss_unallocated")] == ["30"]
    assert left(venue, AccountKind.LOSSES) == -60
    clean()


def test_a_provider_in_default_pays_by_its_collateral_then_its_contribution_before_the_first_tranche(
    travel,
    people,  # noqa: F811
) -> None:
    venue = a_venue(travel, tranche="50")
    bob = build.a_provider(venue, "Bob", collateral="30")
    contribute(bob, "40")
    contribute(build.a_provider(venue, "Carol"), "100", "carol")
    default = in_default(bob)
    position = market.position("BTC-PERP", "LONG", "1", "20150")
    book = market.a_book(venue, position, reference="of bob", owner_group=bob.group.name)
    market.sweep("route_books", "assign_lots", "settle_awards", "pass_lots_on")
    close(book)
    assert paid() == {"DEFAULTER": 30, "DEFAULTER_CONTRIBUTION": 40, "FIRST_TRANCHE": 50, "OWED": 30}
    assert contributed(bob) == 0
    finish(default.loss_event, travel)
    assert qualities() == {"Carol": "EXEMPT"}
    assert paid()["CONTRIBUTIONS_GOOD"] == 30
    clean()


def test_nasdaq_2018_the_clearing_house_pays_first_then_its_members(travel) -> None:
    """A loss of 114 million euros: 7 of them (derived) the clearing house's own, 107 of the members' fund of 166, by
    what each had contributed. In millions; Nasdaq Clearing's statements of September 2018."""
    venue = a_venue(travel, tranche="7")
    for name, amount in (("Bob", "66"), ("Carol", "100")):
        contribute(build.a_provider(venue, name), amount, name)
    book = owing(venue, "114", "1")
    close(book)
    finish(book.loss_event, travel)
    assert paid() == {"FIRST_TRANCHE": 7, "CONTRIBUTIONS_GOOD": 107}
    assert shares() == {"Bob": Decimal("42.542169"), "Carol": Decimal("64.457831")}
    clean()


@pytest.mark.django_db(transaction=True)
def test_a_contribution_leaves_before_an_event_opens_or_stays(travel) -> None:
    """At once, a withdrawal and a book: either nothing is obliged and all is gone, or all is obliged and there."""
    venue = a_venue(travel)
    bob = build.a_provider(venue, "Bob")
    contribute(bob, "100")
    outcome, _ = together(lambda: contribute(bob, "-100", "out"), lambda: owing(venue, "80", "1"))
    assert getattr(outcome, "refusal", AccountRefusal.CONTRIBUTION_OBLIGED) == AccountRefusal.CONTRIBUTION_OBLIGED
    assert (contributed(bob) == 100) is obliging(bob).exists()


def test_obligations_are_listed_to_their_venue_and_each_provider_sees_its_own(juniorised, travel) -> None:
    finish(juniorised.loss_event, travel)
    desk = build.api_client(build.a_venue_key(juniorised.venue))
    listed = desk.get(f"/v1/obligations?loss_event_id={juniorised.loss_event_id}").json()["data"]
    assert {each["quality"] for each in listed} == {"NONE", "POOR", "GOOD"}
    (poor,) = desk.get("/v1/obligations?quality=POOR").json()["data"]
    assert (poor["asset"], poor["contribution"], poor["loss_event_id"]) == ("USD", "100", str(juniorised.loss_event_id))
    bob = Obligation.objects.get(quality="POOR").provider
    robot = build.api_client(build.a_provider_key(bob))
    assert robot.get("/v1/obligations").json()["data"] == [poor]
    assert robot.get(f"/v1/obligations/{poor['id']}").json() == poor
    others = next(each for each in listed if each != poor)
    assert robot.get(f"/v1/obligations/{others['id']}").status_code == 404
    stranger = build.api_client(build.a_venue_key(build.a_venue()))
    assert stranger.get("/v1/obligations").json()["data"] == []
    assert stranger.get(f"/v1/obligations/{poor['id']}").status_code == 404
