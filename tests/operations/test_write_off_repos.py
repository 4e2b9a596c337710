"""A repo that is overdue for long is written off once nothing is left to repay it by; what is there is taken first."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import Provider, Repo
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.assessments import WRITTEN_OFF_AFTER
from accounts.rules.sharing.repos import SOLD_AFTER
from auctions.queries.bindings import BindingKind, list_bindings
from backstop.models import Event
from tests import builders as build
from tests import market
from tests.operations.test_collect_repos import move
from tests.operations.test_loss_sharing import clean
from tests.operations.test_reports import sections
from tests.refusing import refused
from tests.repos import a_cover, a_venue, collateral, draw, of_fund, repay, wait_until_closed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("deeds_are_kept")]

MOMENT = timedelta(microseconds=1)


@pytest.fixture
def repo(travel) -> Repo:
    """A hundred coins at 100 are pledged for 8,000, of which the fund has 80 at last; they are sold at 50, a week after
    it was due, when 37.148883 are owed as interest."""
    venue = a_venue(travel)
    move(venue, "-30000", "out")
    build.an_instrument(venue, "SOL-USD", build.SPOT, price="200", margin_rate="0")
    coins = venue.instruments.get(symbol="ETH-USD")
    build.a_mark(coins, "100")
    repo = draw(a_cover(venue))
    market.a_book(venue, market.position("SOL-USD", "LONG", "40"), reference="more", cash="-6000")
    wait_until_closed(travel)
    travel.to(repo.due_at)
    market.sweep("collect_repos")
    build.a_mark(coins, "50")
    build.a_commitment(build.a_provider(venue, "Alice"), min_edge_bps="0")
    travel.to(repo.due_at + SOLD_AFTER)
    market.sweep("sell_pledges")
    wait_until_closed(travel)
    market.sweep("collect_repos")
    repo.refresh_from_db()
    assert (repo.state, repo.left, repo.pledged, of_fund(venue)) == ("OVERDUE", Decimal("2957.148883"), 0, 0)
    return repo


def write_off_at(repo: Repo) -> datetime:
    assert repo.overdue_at is not None
    return repo.overdue_at + WRITTEN_OFF_AFTER


def test_exactly_ninety_days_after_it_was_overdue_what_nothing_is_left_for_is_written_off(repo, travel) -> None:
    had = collateral("Ines"), collateral("Jan")
    travel.to(write_off_at(repo) - MOMENT)
    assert market.sweep("collect_repos") == 0
    travel.to(write_off_at(repo))
    assert market.sweep("collect_repos") == 1
    left = repo.left
    repo.refresh_from_db()
    assert (repo.state, repo.left, repo.written_off) == ("WRITTEN_OFF", 0, left)
    assert (repo.written_off_at, repo.interest_at(write_off_at(repo))) == (write_off_at(repo), 0)
    told = [each.payload for each in Event.objects.filter(kind="repo_written_off")]
    assert sorted(each["written_off"] for each in told) == ["1478.574441", "1478.574442"]
    assert 67 < sum(Decimal(each["interest"]) for each in told) < 68
    assert (collateral("Ines"), collateral("Jan")) == had
    assert market.sweep("collect_repos") == 0
    clean()


def test_what_is_there_a_second_before_repays_it_and_what_comes_later_does_not(repo, travel) -> None:
    travel.to(write_off_at(repo) - timedelta(seconds=1))
    move(repo.venue, "1000", "in time")
    assert market.sweep("collect_repos") == 1
    repo.refresh_from_db()
    assert (repo.state, of_fund(repo.venue)) == ("OVERDUE", 0)
    left = repo.left
    travel.to(write_off_at(repo))
    market.sweep("collect_repos")
    move(repo.venue, "1000", "late")
    assert market.sweep("collect_repos") == 0
    with refused(AccountRefusal.REPO_NOT_IN_STATE):
        repay(repo, "1")
    repo.refresh_from_db()
    assert (repo.state, repo.written_off, of_fund(repo.venue)) == ("WRITTEN_OFF", left, 1000)
    move(repo.venue, "-1000", "it owes nothing")
    clean()


def test_what_is_there_at_that_instant_repays_it_first(repo, travel) -> None:
    travel.to(write_off_at(repo))
    move(repo.venue, "4000", "all")
    market.sweep("collect_repos")
    repo.refresh_from_db()
    assert (repo.state, repo.written_off) == ("REPAID", 0)
    clean()


def test_while_something_is_pledged_for_it_nothing_is_written_off(repo, travel) -> None:
    Repo.objects.filter(id=repo.id).update(pledged=1)
    travel.to(write_off_at(repo))
    assert market.sweep("collect_repos") == 0


def test_what_was_never_repaid_is_not_lent_again_and_binds_nobody(repo, travel) -> None:
    ines = Provider.objects.get(name="Ines")
    travel.to(write_off_at(repo))
    assert BindingKind.LOAN in {each.kind for each in list_bindings(ines)}
    market.sweep("collect_repos")
    assert BindingKind.LOAN not in {each.kind for each in list_bindings(ines)}
    left = repo.left
    repo.refresh_from_db()
    assert (repo.cover.drawn, repo.cover.undrawn) == (left, 10_000 - left)


def test_the_report_of_its_quarter_says_what_was_never_repaid(repo, travel) -> None:
    travel.to(write_off_at(repo))
    market.sweep("collect_repos")
    quarter = f"{write_off_at(repo).year}-Q{(write_off_at(repo).month + 2) // 3}"
    (row,) = sections("quarterly", "--quarter", quarter)["What the fund never repaid"]
    assert (row["asset"], row["lent"], row["never repaid"]) == ("USD", "8000", "2957.148883")
