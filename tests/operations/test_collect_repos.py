"""What is due of repos is repaid by itself: by the fund, by the first tranche, or as soon as either has something."""

from decimal import Decimal

import pytest
from django.db import transaction

from accounts.desks.journal import Journal
from accounts.models import AccountKind, CoverShare, Repo, RepoRepayment
from accounts.operations.collateral.fund_venue import fund_venue
from accounts.operations.covers.give_notice import give_notice
from accounts.rules.refusals import AccountRefusal
from auctions.models import Award
from backstop.models import Event
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.operations.test_loss_sharing import clean
from tests.refusing import refused
from tests.repos import a_cover, a_venue, collateral, draw, of_fund

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("deeds_are_kept")]

INTEREST = Decimal("21.917808")  # of 8,000 at 10 % a year, in ten days


@pytest.fixture
def venue(travel):
    return a_venue(travel)


@pytest.fixture
def repo(venue) -> Repo:
    return draw(a_cover(venue))


@pytest.fixture
def alone(venue) -> Repo:
    """One beside which the fund has nothing."""
    move(venue, "-30000", "out")
    return draw(a_cover(venue))


def move(venue, amount: str, reference: str, account: AccountKind = AccountKind.FUND) -> None:
    said = {"asset": "USD", "amount": Decimal(amount), "reference": reference, "reason": "a test", "account": account}
    perform(fund_venue, venue_id=venue.id, **said)


def test_at_the_end_of_its_time_the_fund_repays_all_and_not_before(venue, repo, travel) -> None:
    """8,000 x 1,000 / 10,000 x 10 / 365 = 21.9178082…, half each, what is odd to the first of them by id."""
    travel.to(repo.due_at)
    travel(microseconds=-1)
    assert market.sweep("collect_repos") == 0
    travel.to(repo.due_at)
    assert market.sweep("collect_repos") == 1
    repo.refresh_from_db()
    assert (repo.state, repo.left, repo.pledged, repo.cover.drawn) == ("REPAID", 0, 0, 0)
    assert of_fund(venue) == 30_000 - INTEREST
    assert (collateral("Ines"), collateral("Jan")) == (7000 + INTEREST / 2, 7000 + INTEREST / 2)
    assert [share.held for share in CoverShare.objects.all()] == [6800, 6800]
    clean()


def test_what_the_fund_lacks_the_first_tranche_pays(venue, alone, travel) -> None:
    """The fund has the 8,000 that it drew: these pay the interest and 7,978.082192, the venue's own money the rest."""
    move(venue, "100", "tranche", AccountKind.FIRST_TRANCHE)
    travel.to(alone.due_at)
    market.sweep("collect_repos")
    paid = RepoRepayment.objects.order_by("interest")
    assert [(each.paid_by, each.principal, each.interest) for each in paid] == [
        ("FIRST_TRANCHE", INTEREST, 0),
        ("FUND", 8000 - INTEREST, INTEREST),
    ]
    assert Repo.objects.get().state == "REPAID"
    assert (of_fund(venue), build.venue_account(venue, AccountKind.FIRST_TRANCHE).posted) == (0, 100 - INTEREST)
    clean()


def test_what_both_lack_is_owed_on_with_interest_and_taken_as_soon_as_something_is_there(venue, alone, travel) -> None:
    """The fund has 8,000 of 8,021.917808: the 21.917808 that are left earn 0.060049 in another ten days,
    with the fraction that was rounded off before."""
    travel.to(alone.due_at)
    market.sweep("collect_repos")
    alone.refresh_from_db()
    assert (alone.state, alone.left, alone.pledged, of_fund(venue)) == ("OVERDUE", INTEREST, 50, 0)
    assert {each.payload["left"] for each in Event.objects.filter(kind="repo_overdue")} == {"10.958904"}
    assert market.sweep("collect_repos") == 0
    clean()
    travel(seconds=10 * 86400)
    move(venue, "21.977856", "in")
    market.sweep("collect_repos")
    assert Repo.objects.get().left == Decimal("0.000001")
    move(venue, "0.000001", "rest")
    market.sweep("collect_repos")
    assert Repo.objects.get().state == "REPAID"
    assert collateral("Ines") + collateral("Jan") == 14_000 + INTEREST + Decimal("0.060049")
    assert Event.objects.filter(kind="repo_overdue").count() == 2
    clean()


def test_the_one_that_was_due_first_is_repaid_first_and_nothing_is_drawn_meanwhile(venue, travel) -> None:
    move(venue, "-30000", "out")
    cover = a_cover(venue)
    first = draw(cover, "2000")
    travel(seconds=60)
    second = draw(cover, "2000", "second")
    travel.to(second.due_at)
    market.sweep("collect_repos")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state, second.left < 2000) == ("REPAID", "OVERDUE", True)
    with refused(AccountRefusal.REPO_REFUSED):
        draw(cover, "1", "third")
    move(venue, "100", "in")
    market.sweep("collect_repos")
    assert draw(cover, "1", "third").state == "OPEN"
    clean()


def test_what_is_owed_to_who_lent_does_not_leave_the_fund_or_the_tranche_and_all_else_may(venue, repo, travel) -> None:
    """Else a venue would draw, take it out, and leave its insurers a fund that owes them and has nothing."""
    move(venue, "100", "tranche", AccountKind.FIRST_TRANCHE)
    travel.to(repo.due_at)
    owed = 8000 + INTEREST
    with refused(AccountRefusal.FUND_INSUFFICIENT):
        move(venue, str(owed - 38_100 - Decimal("0.000001")), "too much")
    move(venue, str(owed - 38_100), "all else")
    with refused(AccountRefusal.FUND_INSUFFICIENT):
        move(venue, "-0.000001", "of the tranche", AccountKind.FIRST_TRANCHE)
    market.sweep("collect_repos")
    assert Repo.objects.get().state == "REPAID"
    clean()


def test_what_is_due_comes_before_what_the_fund_would_take_over(venue, alone, travel) -> None:
    """Of 200 it owes 21.93 as it decides: 178.07 pay for 88 hundredths of a coin at 200 and a step of 0.2, not for
    89."""
    travel.to(alone.due_at)
    market.sweep("collect_repos")
    move(venue, "200", "in")
    market.a_book(venue, market.position("ETH-USD", "LONG", "1"), reference="late")
    for _ in range(3):
        market.sweep("route_books", "assign_lots", "open_auctions", "close_auctions", "draw_fund", "pass_lots_on")
        travel(seconds=61)
    market.sweep("draw_fund", "pass_lots_on", "return_units")
    assert Award.objects.get(settlement__book__reference="late", beneficiary="FUND").units == 88


def test_what_is_held_for_awards_is_not_taken(venue, repo, travel) -> None:
    with transaction.atomic():
        journal = Journal.opened([build.venue_account(venue, AccountKind.FUND).id])
        journal.hold(build.venue_account(venue, AccountKind.FUND).id, Decimal(37_000))
        journal.write()
    travel.to(repo.due_at)
    market.sweep("collect_repos")
    assert of_fund(venue) == 37_000


def test_notice_of_the_cover_calls_nothing_back_sooner_and_it_is_repaid_after_its_end(venue, repo, travel) -> None:
    """No way out by adverse change: who lent is repaid when it agreed to be, with interest."""
    whose = {"venue_id": venue.id, "provider_id": repo.cover.shares.first().provider_id}
    perform(give_notice, cover_id=repo.cover_id, **whose, reason="the market falls")
    travel(seconds=2 * 86400)
    market.sweep("charge_premiums", "end_covers")
    repo.refresh_from_db()
    assert (repo.cover.state, repo.state) == ("ENDED", "OPEN")
    assert [share.held for share in CoverShare.objects.all()] == [0, 0]
    travel.to(repo.due_at)
    market.sweep("collect_repos")
    assert Repo.objects.get().state == "REPAID"
    assert collateral() == 7000 + INTEREST / 2
    clean()


def test_falling_marks_never_cost_who_lent_anything(venue, repo, travel) -> None:
    """The coins are worth nothing: the fund owes it all the same."""
    build.a_mark(venue.instruments.get(), "0.01")
    market.sweep("mark_inventory")
    travel.to(repo.due_at)
    market.sweep("collect_repos")
    assert collateral("Ines") + collateral("Jan") == 14_000 + INTEREST
    clean()
