"""Edges paid to insurers' own clusters, by books and in sales of inventory: what they add to a payout their own
insurers pay alone."""

from decimal import Decimal
from itertools import permutations

import pytest
from django.db import connection

from accounts.models import Claim, ClusterEdge, Cover, CoverShare, Provider
from accounts.operations.claims.answer_claim import answer_claim
from auctions.models import Auction, Award, InventorySale
from auctions.operations.operator.sell_inventory import sell_inventory
from auctions.queries.audit import CHECKS
from tests import builders as build
from tests import covers, market
from tests.builders import perform
from tests.claims import say
from tests.operations.test_loss_sharing import clean, close, finish

pytestmark = pytest.mark.django_db


def a_covered_venue(travel):
    """Commitments get nothing, and fewer edges than 100 bps are no competition."""
    venue = market.a_market(travel, fund="10000")
    market.a_playbook(
        venue, fund_draw_limit="5000", assign_cap_bps=0, liquidation_fee_bps=0, mark_max_age_seconds=10**7
    )
    covers.limit_tranche(venue, "0")
    market.a_bidder(venue, "Zoe")
    return venue


@pytest.fixture
def venue(travel):
    return a_covered_venue(travel)


def firms(venue, *names: str, group=None) -> list[Provider]:
    """Insurers: they have a key once they have signed."""
    return [build.a_provider(venue, name, group=group) for name in names]


def insured(venue, *insurers: Provider, **said) -> Cover:
    """Of 10,000 from the first on all, half and half, with a co-payment of 10 %."""
    terms = {"attachment": "0", "limit": "10000", "aggregate": "20000", "quota_share": "1", "copay": "0.1", **said}
    return covers.activate(covers.signed(venue, dict.fromkeys(insurers, 5000), **terms))


def liquidated(venue, travel, winner: Provider, edge: str = "100", debt: int = 800, reference: str = "1"):
    """A book that owes so much, of which one bidder takes all at that edge: 100 bps are 200."""
    position = market.position("BTC-PERP", "LONG", "1", str(20_000 + debt))
    book = market.a_book(venue, position, reference=reference, account="a")
    market.sweep("route_books", "assign_lots", "open_auctions", "pass_lots_on")
    auction = Auction.objects.get(step__lot__book=book)
    market.place(winner, market.order(auction, f"w{reference}", units=100, edge=edge))
    market.place(Provider.objects.get(name="Zoe"), market.order(auction, f"z{reference}", units=100, edge="350"))
    market.close(auction, travel)
    market.sweep("settle_awards", "pass_lots_on")
    award = Award.objects.get(step__lot__book=book)
    assert (award.provider_id, award.edge_bps) == (winner.id, Decimal(edge))
    return book


def paid() -> dict[str, Decimal]:
    return dict(CoverShare.objects.values_list("provider__name", "paid"))


def counted() -> list[Decimal]:
    return sorted(ClusterEdge.objects.values_list("amount", flat=True))


def test_what_an_edge_to_an_insurer_adds_it_pays_alone(venue, travel) -> None:
    """Of 1,000 were 200 an edge to Anna: 900 are paid instead of 720, and she pays these 180."""
    anna, ben = firms(venue, "Anna", "Ben")
    insured(venue, anna, ben)
    close(liquidated(venue, travel, anna))
    assert counted() == [200]
    claim = say(answer_claim, Claim.objects.get())
    assert (claim.counted, claim.insured, claim.added, claim.paid) == (1000, 900, 180, 900)
    assert paid() == {"Anna": 540, "Ben": 360}
    clean()


def test_an_edge_to_anybody_else_is_shared_by_parts(venue, travel) -> None:
    (anna, ben), carl = firms(venue, "Anna", "Ben"), market.a_bidder(venue, "Carl")
    insured(venue, anna, ben)
    close(liquidated(venue, travel, carl))
    claim = say(answer_claim, Claim.objects.get())
    assert (counted(), claim.added, paid()) == ([], 0, {"Anna": 450, "Ben": 450})
    clean()


@pytest.mark.parametrize("order", list(permutations("abc")))
def test_the_order_of_books_changes_no_totals(venue, travel, order) -> None:
    """Of 2,700 were 200 an edge to Anna and 100 one to Ben: 2,160 are half and half, 180 hers and 90 his."""
    (anna, ben), carl = firms(venue, "Anna", "Ben"), market.a_bidder(venue, "Carl")
    insured(venue, anna, ben)
    winners = {"a": (anna, "100"), "b": (ben, "50"), "c": (carl, "0")}
    for name in order:
        winner, edge = winners[name]
        close(liquidated(venue, travel, winner, edge, reference=name))
        for claim in Claim.objects.filter(state="HELD"):
            say(answer_claim, claim)
    claim = Claim.objects.get()
    assert (claim.counted, claim.added, claim.paid) == (2700, 270, 2430)
    assert paid() == {"Anna": 1260, "Ben": 1170}
    clean()


def test_an_edge_to_a_firm_that_is_related_to_an_insurer_counts_as_its_own(venue, travel) -> None:
    anna, ben = firms(venue, "Anna", "Ben")
    sister = market.a_bidder(venue, "Sister")
    sister.group.related.add(anna.group)
    insured(venue, anna, ben)
    close(liquidated(venue, travel, sister))
    say(answer_claim, Claim.objects.get())
    assert set(ClusterEdge.objects.get().providers) == {anna.id, sister.id}
    assert paid() == {"Anna": 540, "Ben": 360}
    clean()


def test_up_to_the_assign_cap_an_edge_is_nobodys_own(venue, travel) -> None:
    """At 100 bps it is exactly that; at 100.01 bps 0.02 are above."""
    market.a_playbook(venue, fund_draw_limit="5000", assign_cap_bps=100, mark_max_age_seconds=10**7)
    anna, ben = firms(venue, "Anna", "Ben")
    insured(venue, anna, ben)
    close(liquidated(venue, travel, anna))
    assert counted() == []
    close(liquidated(venue, travel, anna, "100.01", reference="2"))
    assert counted() == [Decimal("0.02")]
    clean()


def test_of_an_edge_counts_what_the_book_cost_its_event(venue, travel) -> None:
    """The account paid 150 of 200 itself."""
    anna, ben = firms(venue, "Anna", "Ben")
    insured(venue, anna, ben)
    close(liquidated(venue, travel, anna, debt=-150))
    claim = say(answer_claim, Claim.objects.get())
    assert (claim.counted, counted(), claim.added) == (50, [50], 45)
    assert paid() == {"Anna": 45, "Ben": 0}
    clean()


def test_a_later_event_is_shared_by_parts_and_takes_nothing_of_the_shift_back(venue, travel) -> None:
    anna, ben = firms(venue, "Anna", "Ben")
    insured(venue, anna, ben)
    book = liquidated(venue, travel, anna)
    close(book)
    say(answer_claim, Claim.objects.get())
    finish(book.loss_event, travel)
    market.mark_again()
    carl = market.a_bidder(venue, "Carl")
    close(liquidated(venue, travel, carl, "0", reference="2"))
    say(answer_claim, Claim.objects.get(state="HELD"))
    assert paid() == {"Anna": 900, "Ben": 720}
    clean()


def test_before_it_is_answered_nothing_is_paid_and_silence_pays_the_same(venue, travel) -> None:
    anna, ben = firms(venue, "Anna", "Ben")
    insured(venue, anna, ben)
    close(liquidated(venue, travel, anna))
    claim = Claim.objects.get()
    assert paid() == {"Anna": 0, "Ben": 0}
    travel.to(claim.answer_by)
    market.sweep("settle_claims")
    assert paid() == {"Anna": 540, "Ben": 360}
    clean()


def pass_by(travel) -> None:
    """Let a hasty playbook's windows pass."""
    for _ in range(4):
        market.sweep()
        travel(seconds=1)


def sold_again(venue, travel, *winners: tuple[Provider, int, str], price: str = "20000"):
    """The loss event of a bitcoin at 20,000 that the fund took over, and sold to these, each so many units at an edge,
    at this mark."""
    market.a_hasty_playbook(
        venue,
        fund_edge_bps=0,
        assign_cap_bps=0,
        mark_max_age_seconds=10**7,
        max_jump_bps=None,
        sealed_format="PAY_AS_BID",
    )
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), account="a")
    pass_by(travel)
    event = book.loss_event
    travel.to(event.takes_until)
    market.mark_again(price)
    sale = perform(sell_inventory, instrument=venue.instruments.get(), reference="sale")
    market.sweep()
    auction = Auction.objects.get(step__lot__book=sale)
    for winner, units, edge in winners:
        market.place(winner, market.order(auction, winner.name, units=units, edge=edge))
    travel.to(auction.closes_at)
    market.mark_again(price)
    pass_by(travel)
    event.refresh_from_db()
    assert event.state == "FINAL"
    return event


def test_an_insurer_that_buys_the_funds_inventory_cheaply_pays_what_that_adds_alone(venue, travel) -> None:
    """Marks cost 1,000 and her edge 190: 1,071 are paid instead of 900, and she pays these 171."""
    anna, ben = firms(venue, "Anna", "Ben")
    insured(venue, anna, ben)
    sold_again(venue, travel, (anna, 100, "100"), price="19000")
    claim = Claim.objects.get()
    assert (claim.counted, counted(), claim.added, claim.paid) == (1190, [190], 171, 1071)
    assert paid() == {"Anna": 621, "Ben": 450}
    clean()


def test_who_buys_the_funds_inventory_cheaply_and_insures_nothing_has_no_edge_that_counts(venue, travel) -> None:
    (anna, ben), carl = firms(venue, "Anna", "Ben"), market.a_bidder(venue, "Carl")
    insured(venue, anna, ben)
    sold_again(venue, travel, (carl, 100, "100"), price="19000")
    assert (counted(), paid()) == ([], {"Anna": Decimal("535.5"), "Ben": Decimal("535.5")})
    clean()


def test_each_buyer_of_a_sale_is_asked_for_its_own_edge(venue, travel) -> None:
    """Half each: at 100 bps Anna has 100, at 50 Ben 50; the marks cost nothing."""
    anna, ben = firms(venue, "Anna", "Ben")
    insured(venue, anna, ben)
    sold_again(venue, travel, (anna, 50, "100"), (ben, 50, "50"))
    assert (counted(), paid()) == ([50, 100], {"Anna": 90, "Ben": 45})
    assert sum(InventorySale.objects.values_list("notional", flat=True)) == 20_000
    clean()


def test_of_an_edge_of_a_sale_counts_what_the_take_overs_cost(venue, travel) -> None:
    """The marks gained 100 of the 201 that the edge cost."""
    anna, ben = firms(venue, "Anna", "Ben")
    insured(venue, anna, ben)
    sold_again(venue, travel, (anna, 100, "100"), price="20100")
    assert (counted(), paid()) == ([101], {"Anna": Decimal("90.9"), "Ben": 0})
    clean()


def test_clusters_are_those_of_the_events_opening(venue, travel) -> None:
    """Carl is related to Anna after it opened, and Sister was so until then."""
    (anna, ben), carl, sister = (
        firms(venue, "Anna", "Ben"),
        market.a_bidder(venue, "Carl"),
        market.a_bidder(venue, "Sister"),
    )
    sister.group.related.add(anna.group)
    insured(venue, anna, ben)
    book, other = liquidated(venue, travel, sister), liquidated(venue, travel, carl, reference="2")
    sister.group.related.remove(anna.group)
    carl.group.related.add(anna.group)
    close(book)
    close(other)
    assert set(ClusterEdge.objects.get().providers) == {anna.id, sister.id}
    clean()


def test_a_desk_that_an_insurers_group_has_since_the_event_opened_counts_as_its_own(venue, travel) -> None:
    """Of 1,800 were 200 an edge to it: 1,440 are half and half, and Anna pays the 180 that it adds."""
    (anna, ben), carl = firms(venue, "Anna", "Ben"), market.a_bidder(venue, "Carl")
    insured(venue, anna, ben)
    close(liquidated(venue, travel, carl, "0"))
    desk = market.a_bidder(venue, "Desk", group=anna.group)
    close(liquidated(venue, travel, desk, reference="2"))
    say(answer_claim, Claim.objects.get())
    assert set(ClusterEdge.objects.get().providers) == {anna.id, desk.id}
    assert paid() == {"Anna": 900, "Ben": 720}
    clean()


@pytest.mark.parametrize("of", ["book", "desk", "sale"])
def test_the_audit_misses_a_row_of_edges_that_is_not_there(venue, travel, of) -> None:
    """Also one of a desk alone that an insurer's group has since the event opened."""
    anna, ben = firms(venue, "Anna", "Ben")
    insured(venue, anna, ben)
    if of == "book":
        close(liquidated(venue, travel, anna))
    elif of == "desk":
        close(liquidated(venue, travel, market.a_bidder(venue, "Carl"), "0"))
        close(liquidated(venue, travel, market.a_bidder(venue, "Desk", group=anna.group), reference="2"))
    else:
        sold_again(venue, travel, (anna, 100, "100"))
    clean()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE; SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM accounts_clusteredge")
        assert cursor.rowcount == 1
        cursor.execute(CHECKS["an edge to insurers is what their awards were paid above commitments"], {"venue": None})
        assert cursor.fetchall()
