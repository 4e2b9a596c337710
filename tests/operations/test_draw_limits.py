"""What bounds what the fund spends on a loss event, on a product group's edges and in a day."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AccountKind, Claim, Commitment, CoverSuspension, LossEvent, LossPayment, Transfer
from accounts.operations.claims.answer_claim import answer_claim
from accounts.operations.claims.decide_claim import decide_claim
from accounts.operations.claims.dispute_claim import dispute_claim
from accounts.operations.collateral.fund_venue import fund_venue
from accounts.queries import sum_funded
from auctions.models import Auction, Award, Playbook, Wish
from auctions.queries.audit import CHECKS
from auctions.queries.draws import load_draws, sum_drawn_of_covers, sum_spent_on_events
from auctions.rules.fund_draw import DAY
from backstop import clock
from tests import builders as build
from tests import covers, invariants, market
from tests.claims import insured, say
from tests.market import position
from tests.operations.test_loss_sharing import a_venue as a_venue_that_owes
from tests.operations.test_loss_sharing import clean, close, finish, owing

pytestmark = pytest.mark.django_db

SCOPES = ["fund_event_limit", "fund_group_limit", "fund_day_limit"]
LONG = position("BTC-PERP", "LONG", "2", "20000")


def a_venue(travel, **limits):
    venue = market.a_market(travel)
    market.a_playbook(venue, fund_draw_limit="10000", max_reopenings=0, mark_max_age_seconds=86400, **limits)
    return venue


def a_book(venue, reference, leg=LONG, cash="400", account="account"):
    """Of 40,000, with 100 bps of equity, in the sealed auction; all are of one account unless said otherwise."""
    book = market.a_book(venue, leg, reference=reference, cash=cash, account=account)
    market.sweep("route_books", "assign_lots", "pass_lots_on", "open_auctions")
    return book


def wishes():
    return {wish.lot.book.reference: wish.amount for wish in Wish.objects.select_related("lot__book")}


def paid():
    rows = Award.objects.order_by("step__lot__book__reference")
    return list(rows.values_list("fund_part", flat=True))


def bid_and_close(provider, travel, edge="350", **edges):
    """A bid for each auction, at this edge unless a book has one of its own; all are closed and settled."""
    auctions = Auction.objects.filter(state="OPEN").order_by("step__lot__book__received_at")
    for auction in auctions:
        asked = edges.get(auction.step.lot.book.reference, edge)
        assert market.code(provider, auction, f"b{auction.id}", units=100, edge=asked) is None
    travel.to(max(auction.closes_at for auction in auctions))
    market.mark_again()
    market.sweep()


@pytest.mark.parametrize("limit", SCOPES)
def test_a_wish_counts_those_of_others_and_what_an_award_holds_counts_for_the_next(travel, limit) -> None:
    venue = a_venue(travel, uncontested_caps_bps=[500], **{limit: "1500"})
    for name in ("one", "other", "late"):
        a_book(venue, name)
    assert wishes() == {"one": 1000, "other": 500}  # each lacks 250 bps of 40,000
    bid_and_close(market.a_bidder(venue), travel, edge="225", late="100")
    assert paid() == [0, 500, 500], "late pays what it has; one and other 125 bps of the fund's"
    invariants.hold()


@pytest.mark.parametrize("limit", SCOPES)
def test_at_the_limit_exactly_it_fits(travel, limit) -> None:
    for most, second in (("2000", 1000), ("1999.999999", Decimal("999.999999"))):
        venue = a_venue(travel, **{limit: most})
        for name in ("one", "other"):
            a_book(venue, f"{name}-{most}")
        assert wishes()[f"other-{most}"] == second


@pytest.mark.parametrize("equity", [("400", "900"), ("900", "400")])
def test_what_a_cover_has_funded_raises_an_events_limit_once_for_all_its_books(travel, equity) -> None:
    """A limit of 1,000, and 500 funded of the 1,000 that a cover pays: books that lack 1,000 and 500 have all of it,
    and a third has nothing."""
    venue = a_venue(travel, uncontested_caps_bps=[500], fund_event_limit="1000")
    insurer = build.a_provider(venue, "insurer", collateral="500")
    half = {"quota_share": "1", "copay": "0.5", "funding_rate": "0.5"}
    covers.active(venue, {insurer: 10_000}, limit="2000", **half)
    for name, cash in (("one", equity[0]), ("other", equity[1]), ("third", "400")):
        a_book(venue, name, cash=cash)
    assert wishes() == {"one": 1400 - int(equity[0]), "other": 1400 - int(equity[1])}
    bid_and_close(market.a_bidder(venue), travel, third="100")
    assert sum(paid()) == 1500
    invariants.hold()


def test_a_smallest_amount_less_is_funded_and_a_smallest_amount_less_is_drawn(travel) -> None:
    venue = a_venue(travel, fund_event_limit="1000")
    insurer = build.a_provider(venue, "insurer", collateral="500")
    covers.active(venue, {insurer: 10_000}, limit="999.999999", quota_share="1", copay="0.5")
    for name, cash in (("one", "400"), ("other", "900")):
        a_book(venue, name, cash=cash)
    assert wishes() == {"one": 1000, "other": Decimal("499.999999")}


@pytest.mark.parametrize(("attachment", "second"), [("1499.999999", 500), ("1500", 0)])
def test_a_cover_that_would_not_be_reached_raises_nothing(travel, attachment, second) -> None:
    """A limit of 1,000, of which 500 more are funded: at an attachment of 1,500 none of it would be repaid."""
    venue = a_venue(travel, fund_event_limit="1000")
    insurer = build.a_provider(venue, "insurer", collateral="500")
    terms = {"attachment": attachment, "limit": "1000", "quota_share": "1", "copay": "0.5"}
    covers.active(venue, {insurer: 10_000}, **terms)
    for name, cash in (("one", "400"), ("other", "900")):
        a_book(venue, name, cash=cash)
    assert wishes().get("other", 0) == second


def test_no_other_limit_is_raised_and_no_cover_that_was_suspended_raises_any(travel) -> None:
    for limit, is_suspended in (("fund_day_limit", False), ("fund_event_limit", True)):
        venue = a_venue(travel, **{limit: "1000"})
        insurer = build.a_provider(venue, "insurer", collateral="5000")
        cover = covers.active(venue, {insurer: 10_000})
        if is_suspended:
            CoverSuspension.objects.create(cover=cover, starts_at=cover.active_at)
        for name in ("one", "other"):
            a_book(venue, f"{name}-{limit}")
        assert f"other-{limit}" not in wishes()


def covered_from_1400(venue) -> None:
    """By one who has 2,000 in all, half of what it may have to pay."""
    insurer = build.a_provider(venue, "insurer", collateral="2000")
    half = {"quota_share": "1", "copay": "0.5", "funding_rate": "0.5"}
    covers.active(venue, {insurer: 10_000}, attachment="1400", limit="8000", **half)


def an_older_event(travel, *, edges) -> LossEvent:
    """One whose fund paid up to these edges of a book each, less 100 bps of equity, by a limit of 1,000 and what is
    held of a cover: 2,000, which pay from 1,400 on. It may be added to."""
    venue = a_venue(travel, uncontested_caps_bps=[500], fund_event_limit="1000")
    covered_from_1400(venue)
    for name in edges:
        book = a_book(venue, name, account="older")
    if edges:
        bid_and_close(market.a_bidder(venue), travel, **edges)
    else:
        book = a_book(venue, "under way", account="older")
    travel(seconds=1)
    market.mark_again()
    return book.loss_event


def wished_by_a_younger(venue) -> Decimal:
    """By four books of another account, which lack 1,000 each."""
    for number in range(4):
        a_book(venue, f"young {number}", account="younger")
    return sum(amount for name, amount in wishes().items() if name.startswith("young"))


@pytest.mark.parametrize(
    ("edges", "beyond"),
    [({"first": "350"}, 0), ({"first": "350", "second": "175"}, 300), ({"first": "350", "second": "350"}, 1000)],
)
def test_an_event_that_nothing_is_added_to_keeps_of_a_cover_what_it_drew_beyond_its_limit(travel, edges, beyond):
    """And no more: the next has all else, and all of it is drawn once. Of 2,000, covers are asked for 300, of which 150
    are held: that came back, and stands in the claim."""
    event = an_older_event(travel, edges=edges)
    claimed = 150 if beyond == 1000 else 0
    asset = build.the_asset(event.venue)
    assert sum_spent_on_events([event.id]) == {(event.id, asset.id): 1000 + beyond - claimed}
    LossEvent.objects.filter(id=event.id).update(state="COUNTING")
    assert wished_by_a_younger(event.venue) == 1000 + 2000 - beyond
    invariants.hold()


def test_what_was_spent_on_an_event_counts_in_its_asset_alone(travel) -> None:
    """Of 1,500 for an event 1,000 dollars are spent: for its books in euros all 1,500 are left."""
    venue = a_venue(travel, uncontested_caps_bps=[500], fund_event_limit="1500")
    event = a_book(venue, "dollars").loss_event
    bid_and_close(market.a_bidder(venue), travel)
    euros = build.an_asset(venue, "EUR")
    build.perform(fund_venue, venue_id=venue.id, asset="EUR", amount=Decimal(100_000), reference="euros")
    build.an_instrument(venue, "BTC-EUR", asset=euros, price="20000")
    for name in ("first", "second"):
        assert a_book(venue, name, position("BTC-EUR", "LONG", "2", "20000")).loss_event == event
    assert wishes() == {"first": 1000, "second": 500}
    dollars = build.the_asset(venue, "USD")
    assert sum_spent_on_events([event.id]) == {(event.id, dollars.id): 1000, (event.id, euros.id): 0}


def test_what_an_event_drew_beyond_its_limit_it_keeps_of_covers_in_that_asset_alone(travel) -> None:
    event = an_older_event(travel, edges={"first": "350", "second": "175"})
    LossEvent.objects.filter(id=event.id).update(state="COUNTING")
    dollars, euros = build.the_asset(event.venue).id, build.an_asset(event.venue, "EUR").id
    assert sum_drawn_of_covers([event.id]) == {event.id: {dollars: 300}}
    young = market.a_book(event.venue, LONG, reference="young", account="younger").loss_event
    for drawn_in, left in ((dollars, 1700), (euros, 2000)):
        drawn = {event.id: {drawn_in: Decimal(300)}}
        assert sum_funded([young.id], Decimal(1000), drawn) == {(young.id, dollars): left}


@pytest.mark.parametrize(("edges", "state"), [({"first": "350"}, "OPEN"), ({}, "COUNTING")])
def test_one_that_a_book_may_join_or_has_a_book_under_way_keeps_all_that_it_may_draw(travel, edges, state) -> None:
    event = an_older_event(travel, edges=edges)
    LossEvent.objects.filter(id=event.id).update(state=state)
    assert wished_by_a_younger(event.venue) == 1000


def test_an_event_whose_inventory_may_lose_yet_keeps_all_that_it_may_take_of_a_cover(travel) -> None:
    """Its one book was taken over, two bitcoins at 20,000. Unsold, less a tenth, these lost 4,000, of which the cover
    pays half of what is above 1,400: of the 2,000 that it holds 1,300 would not repay what others drew."""
    venue = market.a_market(travel)
    hasty = {"fund_event_limit": "1000", "fund_edge_bps": 0, "mark_max_age_seconds": 10**7}
    market.a_hasty_playbook(venue, **hasty)
    covered_from_1400(venue)
    event = market.a_book(venue, LONG, account="older").loss_event
    for _ in range(3):
        market.sweep()
        travel(seconds=1)
    travel.to(event.takes_until)
    market.mark_again()
    market.sweep("end_loss_events")
    assert wished_by_a_younger(venue) == 1000
    travel.to(event.final_by)
    market.sweep("end_loss_events")
    assert Claim.objects.get().paid == 1300
    invariants.hold()


def test_what_covers_have_for_an_event_is_asked_alike_however_many_are_older(travel) -> None:
    event = an_older_event(travel, edges={"first": "350", "second": "175"})
    said = {"venue": event.venue, "kind": "ACCOUNT", "opened_at": event.opened_at, "hours_clause_seconds": 1}
    said |= {"takes_until": event.takes_until, "final_by": event.final_by}
    young = a_book(event.venue, "young", account="younger").loss_event
    statements = []
    for count in (1, 10):
        LossEvent.objects.bulk_create(LossEvent(state="COUNTING", **said) for _ in range(count))
        with CaptureQueriesContext(connection) as queries:
            funded = sum_funded([young.id], Decimal(1000), sum_drawn_of_covers([young.id]))
        statements.append(len(queries))
        assert not funded, "the oldest may be added to"
    assert statements[0] == statements[1]


@pytest.mark.parametrize(
    ("limit", "edge", "part"),
    [("fund_event_limit", "200", 400), ("fund_day_limit", "200", 400), ("fund_group_limit", "350", 1000)],
)
def test_a_debt_counts_no_wish_and_wishes_are_used_within_what_it_left(travel, limit, edge, part) -> None:
    """Limits on edges of a product group count no debt."""
    venue = a_venue(travel, uncontested_caps_bps=[500], **{limit: "3000"})
    alice = market.a_bidder(venue)
    owing = a_book(venue, "owing", position("BTC-PERP", "LONG", "2", "21500"))
    auction = Auction.objects.get()
    assert market.code(alice, auction, units=100, edge="0") is None
    travel(seconds=1)
    market.mark_again()
    a_book(venue, "thin")
    travel.to(auction.closes_at)
    market.mark_again()
    market.sweep()
    owing.refresh_from_db()
    assert (owing.state, wishes()) == ("CLOSED", {"thin": 1000})
    assert (market.sums()["DEBT_COVERED"], market.sums()["DEBT_LOST"]) == (2600, 0)
    bid_and_close(alice, travel, edge)
    assert paid() == [0, part]
    invariants.hold()


@pytest.mark.parametrize(
    ("limit", "lapses"), [("fund_event_limit", False), ("fund_group_limit", True), ("fund_day_limit", True)]
)
def test_after_24_hours_exactly_what_was_spent_counts_no_more(travel, limit, lapses) -> None:
    venue = a_venue(travel, uncontested_caps_bps=[500], **{limit: "1500"})
    a_book(venue, "one")
    alice = market.a_bidder(venue)
    bid_and_close(alice, travel)
    assert paid() == [1000]
    travel(seconds=24 * 3600 - 1)
    market.mark_again()
    a_book(venue, "soon")
    travel(seconds=1)
    market.mark_again()
    a_book(venue, "late")
    # Before, 500 are left, which are wished for; then, with those, 1,500 of which one has 1,000.
    assert wishes() == {"soon": 500} | ({"late": 1000} if lapses else {})


def moved_of_fund(*purposes: str) -> Decimal:
    """What it has out by these transfers: what left it, less what came into it."""
    rows = Transfer.objects.filter(purpose__in=purposes)
    out = sum(rows.filter(debit__kind="FUND").values_list("amount", flat=True))
    return Decimal(out - sum(rows.filter(credit__kind="FUND").values_list("amount", flat=True)))


def has_out(event) -> Decimal:
    """What the fund has out for the books of an event, by the ledger; what it paid beside a cover is the venue's."""
    spent = moved_of_fund("ADVANCE", "DEBT_COVERED", "EVENT_DEBT_PAID", "ADVANCE_REPAID", "ADVANCE_OWED")
    beside = LossPayment.objects.filter(layer="COPAYMENT").values_list("amount", flat=True)
    return spent - sum(beside)


def used(event) -> tuple[Decimal, Decimal]:
    """What counts as drawn for an event, and in a day."""
    fund = build.venue_account(event.venue, AccountKind.FUND)
    in_a_day = load_draws(fund.id, clock.now() - DAY).values()
    (spent,) = sum_spent_on_events([event.id]).values()
    return spent, sum((draws.outstanding for draws in in_a_day), Decimal(0))


@pytest.mark.parametrize("answer", ["paid", "refused", "refused in part", "silent"])
@pytest.mark.parametrize("limit", ["200", "300", "1000"])
def test_used_is_what_the_fund_has_out_whatever_becomes_of_the_covers_that_are_asked(travel, limit, answer) -> None:
    """It advances 200 of an edge of a book that owes 1,400 beside that; covers may have to pay 432 of 1,600."""
    venue = a_venue_that_owes(travel, fund="10000")
    market.a_frugal_playbook(venue, fund_draw_limit=limit, liquidation_fee_bps=0, mark_max_age_seconds=10**7)
    build.a_commitment(build.a_provider(venue, "Dear"), min_edge_bps="100")
    Commitment.objects.filter(provider__name="Alice").update(state="SUSPENDED")
    insured(venue)
    book = owing(venue, "1400", "1")
    event = book.loss_event
    assert used(event) == (has_out(event), 200) == (200, 200)
    close(book)
    claim = Claim.objects.get()
    assert (claim.insured, moved_of_fund("ADVANCE_OWED")) == (432, -200)
    assert used(event) == (has_out(event), has_out(event)) == (int(limit) - 200, int(limit) - 200)
    if answer.startswith("refused"):
        of_it = claim.insured if answer == "refused" else Decimal(100)
        claim = say(dispute_claim, claim, disputed_amount=of_it, reason="late")
        claim = say(decide_claim, claim, refused=of_it, reason="it was late")
    elif answer == "paid":
        say(answer_claim, claim)
    refused = 200 if answer == "refused" else 0  # nothing is held for it any more, and the fund bears it
    assert used(event) == (has_out(event) + refused, has_out(event) + refused)
    if answer == "silent":
        travel.to(claim.answer_by)
        market.sweep("settle_claims")
    finish(event, travel)
    assert used(event)[0] == has_out(event) >= 0
    assert (used(event)[0] > int(limit) - 200) == answer.startswith("refused"), "it bears what was refused"
    clean()


@pytest.mark.parametrize(
    ("limit", "most", "pays"),
    [
        ("fund_draw_limit", "1400", "320"),
        ("fund_draw_limit", "1399.999999", "319.999999"),
        ("fund_draw_limit", "1080", "0"),
        ("fund_event_limit", "1400", "320"),
        ("fund_event_limit", "1399.999999", "319.999999"),
        ("fund_day_limit", "320", "320"),
        ("fund_day_limit", "319.999999", "319.999999"),
    ],
)
def test_what_covers_do_not_pay_of_a_debt_the_fund_pays_within_its_limits(travel, limit, most, pays) -> None:
    """Of 1,400 covers are asked for 288, beside which 32 wait, and all of that is refused; for 1,080 the fund was asked
    as the book closed, days before the event is final."""
    refused_at_last(travel, **{limit: most})
    assert moved_of_fund("EVENT_DEBT_PAID") == Decimal(pays)
    clean()


def refused_at_last(travel, **limits) -> None:
    """Of a debt of 1,400."""
    venue = a_venue_that_owes(travel, fund="10000", **{"fund_draw_limit": "10000", **limits})
    insured(venue)
    book = owing(venue, "1400", "1")
    close(book)
    claim = Claim.objects.get()
    claim = say(dispute_claim, claim, disputed_amount=claim.insured, reason="late")
    say(decide_claim, claim, refused=claim.insured, reason="it was late")
    finish(book.loss_event, travel)


@pytest.mark.parametrize("limit", ["fund_draw_limit", "fund_event_limit"])
def test_the_audit_names_what_a_fund_paid_at_last_beyond_a_limit(travel, limit, database_owner) -> None:
    refused_at_last(travel, **{limit: "1400"})
    check = "a fund pays what covers did not pay of debts within its draw limits"
    assert not beyond_limits(check, limit, "1400")
    assert beyond_limits(check, limit, "1399.999999")


def beyond_limits(check: str, limit: str, most: str) -> list[tuple[str]]:
    """What a check finds where the limit had been so much."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # or a used playbook would not change
        Playbook.objects.update(**{limit: Decimal(most)})
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        cursor.execute(CHECKS[check], {"venue": None})
        found: list[tuple[str]] = cursor.fetchall()
    return found


@pytest.mark.parametrize(("most", "pays"), [("1600", "480"), ("1599.999999", "479.999999"), ("1200", "200")])
def test_what_it_advanced_the_fund_bears_at_last_before_it_pays_debts(travel, most, pays) -> None:
    """It advanced 200 three days before; for 1,120 of a debt of 1,400 it is asked an hour before the event is final.
    Then 432 are refused, of which 200 are its own, and 48 would have been paid beside them."""
    venue = a_venue_that_owes(travel, fund="10000")
    limits = {"fund_draw_limit": "10000", "fund_day_limit": most}
    market.a_frugal_playbook(venue, liquidation_fee_bps=0, mark_max_age_seconds=10**7, **limits)
    build.a_commitment(build.a_provider(venue, "Dear"), min_edge_bps="100")
    Commitment.objects.filter(provider__name="Alice").update(state="SUSPENDED")
    insured(venue)
    book = owing(venue, "1400", "1")
    travel.to(book.loss_event.takes_until)
    travel(seconds=-3600)
    close(book)
    claim = Claim.objects.get()
    claim = say(dispute_claim, claim, disputed_amount=claim.insured, reason="late")
    say(decide_claim, claim, refused=claim.insured, reason="it was late")
    finish(book.loss_event, travel)
    assert moved_of_fund("EVENT_DEBT_PAID") == Decimal(pays)
    clean()


@pytest.mark.parametrize(("rate", "room"), [("0.01", 245), ("0.5", 1000)])
def test_what_covers_may_have_to_pay_makes_no_room_but_for_what_is_held_for_it(travel, rate, room) -> None:
    """A limit of 1,000, and covers that pay up to 4,500, of which 45 or 2,250 are held: the first book draws 800, and
    the second may have what is left of 1,045 or 3,250, of the 1,000 that it wants. What is refused was drawn."""
    venue = a_venue(travel, uncontested_caps_bps=[500], fund_event_limit="1000")
    covers.limit_tranche(venue, "1")
    terms = {"attachment": "1", "limit": "5000", "quota_share": "1", "copay": "0.1", "funding_rate": rate}
    insurer = build.a_provider(venue, "insurer", collateral="3000")
    covers.activate(covers.signed(venue, {insurer: 10_000}, **terms))
    book = a_book(venue, "first")
    bid_and_close(market.a_bidder(venue), travel, edge="300")
    assert paid() == [800]
    a_book(venue, "second")
    assert wishes() == {"second": room}
    clean()
    book.refresh_from_db()
    claim = Claim.objects.get()
    disputed = say(dispute_claim, claim, disputed_amount=claim.insured, reason="late")
    say(decide_claim, disputed, refused=claim.insured, reason="it was late")
    assert used(book.loss_event)[0] == 800
    clean()


@pytest.mark.parametrize("limit", ["fund_day_limit", "fund_group_limit"])
def test_the_audit_counts_what_covers_are_asked_for_as_drawn_but_for_what_is_held(
    travel, limit, database_owner
) -> None:
    """Of the first book's 800 covers may have to pay 719.1, of which a hundredth is held: 207.191 are left of 1,000.
    Of them 207.1908 are held for the second."""
    venue = a_venue(travel, uncontested_caps_bps=[500], **{limit: "1000"})
    covers.limit_tranche(venue, "1")
    terms = {"attachment": "1", "limit": "5000", "quota_share": "1", "copay": "0.1", "funding_rate": "0.01"}
    insurer = build.a_provider(venue, "insurer", collateral="3000")
    covers.activate(covers.signed(venue, {insurer: 10_000}, **terms))
    a_book(venue, "first")
    alice = market.a_bidder(venue)
    bid_and_close(alice, travel, edge="300")
    a_book(venue, "second", account="another")
    assert wishes() == {"second": Decimal("207.191")}
    auction = Auction.objects.get(state="OPEN")
    assert market.code(alice, auction, "second", units=100, edge="151.7977") is None
    travel.to(auction.closes_at)
    market.mark_again()
    market.sweep("close_auctions")
    assert sum(paid()) == Decimal("1007.1908")
    clean()
    for most, is_fine in (("999.9998", True), ("999.999799", False)):
        assert (not beyond_limits("a fund pays nothing beyond its draw limits", limit, most)) == is_fine
