"""What insurers lent is repaid before it is due: by the venue, or by a sale of what is pledged."""

from decimal import Decimal

import pytest

from accounts.models import CoverShare, Repo, RepoRepayment
from accounts.rules.refusals import AccountRefusal
from auctions.models import Book
from backstop.models import Event
from tests import builders as build
from tests import market
from tests.operations.test_loss_sharing import clean
from tests.refusing import refused
from tests.repos import a_cover, a_venue, collateral, draw, of_fund, repay, sell, wait_until_closed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("deeds_are_kept")]


@pytest.fixture
def venue(travel):
    return a_venue(travel)


@pytest.fixture
def repo(venue) -> Repo:
    return draw(a_cover(venue))


def test_interest_is_repaid_first_and_what_came_back_may_be_drawn_again(venue, repo, travel) -> None:
    """8,000 earn 10.958904 in five days."""
    travel(seconds=5 * 86400)
    assert repay(repo, "10").left == 8000
    assert repay(repo, "1000.958904", "more").left == 7000
    assert [share.held for share in CoverShare.objects.all()] == [3300, 3300]
    repo.refresh_from_db()
    assert (repo.pledged, repo.cover.undrawn) == (50, 3000)
    done = repay(repo, "7000", "rest")
    assert (done.state, done.pledged) == ("REPAID", 0)
    assert collateral("Ines") + collateral("Jan") == 14_000 + Decimal("10.958904")
    with refused(AccountRefusal.REPO_NOT_IN_STATE):
        repay(repo, "1", "again")
    assert draw(repo.cover, "10000", "again").pledged == Decimal("62.5")
    clean()


def test_no_more_is_repaid_than_is_owed_or_free_and_equal_is(venue, repo) -> None:
    with refused(AccountRefusal.REPAYMENT_EXCESSIVE):
        repay(repo, "8000.000001")
    with refused(AccountRefusal.AMOUNT_NOT_MOVABLE):
        repay(repo, "-1")
    assert repay(repo, "8000").state == "REPAID"
    clean()


def test_the_same_reference_again_repays_once(venue, repo) -> None:
    repay(repo, "10")
    assert repay(repo, "10").left == 7990
    with refused(AccountRefusal.REFERENCE_REUSED):
        repay(repo, "11")
    assert RepoRepayment.objects.count() == 1


def test_what_another_venue_was_lent_is_not_known(venue, repo) -> None:
    repo.venue = build.a_venue()
    with refused(AccountRefusal.REPO_UNKNOWN):
        repay(repo, "1")


def test_a_sale_of_what_is_pledged_repays_it_before_the_fund_has_anything(venue, repo, travel) -> None:
    """A hundred coins bring 19,900, after an edge of 50 bps: 8,000 and the interest of three minutes and three
    seconds come first."""
    build.a_commitment(build.a_provider(venue, "Alice"), min_edge_bps="50")
    before = of_fund(venue)
    book = sell(venue)
    wait_until_closed(travel)
    repo.refresh_from_db()
    (paid,) = RepoRepayment.objects.all()
    assert (repo.state, repo.pledged, paid.principal, paid.paid_by) == ("REPAID", 0, 8000, "ESTATE")
    book.refresh_from_db()
    assert book.residual == 19_900 - paid.amount
    assert of_fund(venue) == before + book.residual
    told = Event.objects.get(kind="book_closed", subject_id=book.id)
    assert Decimal(told.payload["to_lenders"]) == paid.amount
    assert {each.payload["book"] for each in Event.objects.filter(kind="repo_repaid")} == {str(book.id)}
    clean()


def test_a_sale_that_brings_too_little_repays_what_it_brings_and_the_fund_owes_the_rest_at_once(
    venue, repo, travel
) -> None:
    """At 50 a hundred coins bring 4,975; nothing is left that would be pledged."""
    build.a_mark(venue.instruments.get(), "50")
    build.a_commitment(build.a_provider(venue, "Alice"), min_edge_bps="50")
    sell(venue)
    market.sweep("route_books", "assign_lots", "settle_awards", "pass_lots_on", "close_books")
    repo.refresh_from_db()
    assert (repo.state, repo.left, repo.pledged) == ("OPEN", 3025, 0)
    clean()
    assert market.sweep("collect_repos") == 1
    assert Repo.objects.get().state == "REPAID"
    assert collateral("Ines") + collateral("Jan") == 14_000
    clean()


def test_of_what_is_sold_in_part_no_more_is_pledged_than_is_left(venue, repo, travel) -> None:
    """Alice takes 80 of a hundred coins at 50, which bring 3,980; twenty are left, and pledged."""
    build.a_mark(venue.instruments.get(), "50")
    build.a_commitment(build.a_provider(venue, "Alice"), min_edge_bps="50", cap_per_assignment="4000")
    sell(venue)
    wait_until_closed(travel)
    repo.refresh_from_db()
    assert (repo.state, repo.pledged) == ("OPEN", 20)
    assert RepoRepayment.objects.get().amount == 3980
    clean()


def two(venue, travel) -> list[Repo]:
    """2,000 against 12.5 coins, and a second later 6,000 against 37.5."""
    cover = a_cover(venue)
    first = draw(cover, "2000")
    travel(seconds=1)
    second = draw(cover, "6000", "second")
    assert (first.pledged, second.pledged) == (Decimal("12.5"), Decimal("37.5"))
    return [first, second]


def fallen(venue, cap: str = "100000") -> None:
    """A coin is worth 20, and Alice takes what is below her cap at 50 bps."""
    build.a_mark(venue.instruments.get(), "20")
    build.a_commitment(build.a_provider(venue, "Alice"), min_edge_bps="50", cap_per_assignment=cap)


def sold(*stages: str) -> None:
    market.sweep("route_books", "assign_lots", *stages, "settle_awards", "pass_lots_on", "close_books")


def principals(repos: list[Repo]) -> list[Decimal]:
    """What came back of each, with its interest."""
    return [sum((paid.amount for paid in repo.repayments.all()), Decimal(0)) for repo in repos]


def left_of(repos: list[Repo]) -> list[Decimal]:
    return [Repo.objects.get(id=repo.id).pledged for repo in repos]


def test_lenders_share_a_sale_by_what_was_pledged_to_each_of_it(venue, travel) -> None:
    """1,990 for a hundred coins: a quarter for the first, although it is due a second sooner."""
    repos = two(venue, travel)
    fallen(venue)
    sell(venue)
    sold()
    assert (principals(repos), left_of(repos)) == ([Decimal("497.5"), Decimal("1492.5")], [0, 0])
    clean()


def test_what_one_lender_does_not_need_of_a_sale_the_others_share(venue, travel) -> None:
    """1,990 for a hundred coins, of which the first is owed 100 and a fraction, and gets no more."""
    repos = two(venue, travel)
    repay(repos[0], "1900")
    fallen(venue)
    sell(venue)
    sold()
    first, second = principals(repos)
    assert (first - 1900 >= 100, first - 1900 < Decimal("100.01"), first - 1900 + second) == (True, True, 1990)
    assert [each.state for each in Repo.objects.order_by("drawn_at")] == ["REPAID", "OPEN"]
    clean()


def test_of_pledges_that_are_sold_in_part_each_keeps_its_part_of_what_is_left(venue, travel) -> None:
    """Eighty of a hundred coins are taken, the fifty that are not pledged first: of these fifty twenty are left."""
    repos = two(venue, travel)
    fallen(venue, "1600")
    sell(venue)
    wait_until_closed(travel)
    assert (principals(repos), left_of(repos)) == ([398, 1194], [5, 15])
    clean()


def test_what_fell_due_has_no_more_of_a_sale_than_was_pledged_to_it(venue, travel) -> None:
    """Of 1,990 the first lender, alone due, has its quarter, and takes nothing of the other's pledge."""
    first, second = two(venue, travel)
    fallen(venue)
    sell(venue)
    travel.to(first.due_at)
    sold()
    assert principals([first, second]) == [Decimal("497.5"), Decimal("1492.5")]
    clean()


def beside_an_older_sale(venue, travel) -> list[Repo]:
    """A hundred coins of which ten are pledged are offered by a sale that nobody takes yet. Fifty more are taken over,
    of which forty are pledged to another lender."""
    cover = a_cover(venue)
    first = draw(cover, "1600")
    market.a_book(venue, market.position("ETH-USD", "LONG", "50"), cash="-7500", reference="fifty")
    for _ in range(2):
        market.sweep()
        travel(seconds=61)
    build.a_playbook(venue, mark_max_age_seconds=10**8, sealed_seconds=10_000)
    sell(venue, "older")
    wait_until_closed(travel)
    second = draw(cover, "6400", "second")
    assert (first.pledged, second.pledged) == (10, 40)
    clean()
    return [first, second]


def states_of_sales() -> list[str]:
    return [Book.objects.get(reference=reference).state for reference in ("older", "newer")]


def test_a_coin_that_an_older_sale_offers_is_pledged_to_nobody_else(venue, travel) -> None:
    """The fifty are sold for 995: these are the second lender's, and nothing is left of its pledge, although the fund
    has a hundred coins. The first has its ten."""
    repos = beside_an_older_sale(venue, travel)
    fallen(venue)
    sell(venue, "newer")
    sold()
    assert states_of_sales() == ["ROUTED", "CLOSED"]
    assert (principals(repos), left_of(repos)) == ([0, 995], [10, 0])
    clean()


@pytest.mark.parametrize(("seconds", "paid"), [(0, True), (-1, False)])
def test_what_a_sale_leaves_beside_its_lenders_repays_what_fell_due_of_others(venue, travel, seconds, paid) -> None:
    """The fifty are sold for 9,950: of that the second lender has its 6,400 with interest, and the first, whose pledge
    an older sale offers, what it lent, once it is due."""
    first, second = beside_an_older_sale(venue, travel)
    build.a_commitment(build.a_provider(venue, "Alice"), min_edge_bps="50")
    travel.to(first.due_at)
    travel(seconds=seconds)
    sell(venue, "newer")
    sold()
    assert states_of_sales() == ["ROUTED", "CLOSED"]
    assert [Repo.objects.get(id=repo.id).state for repo in (first, second)] == ["REPAID" if paid else "OPEN", "REPAID"]
    clean()
