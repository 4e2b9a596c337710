"""Repos beside one another, and beside what else moves the fund's inventory and money."""

from decimal import Decimal

import pytest

from accounts.models import AccountKind, Approval, Claim, Repo, RepoRepayment, User
from accounts.operations.approvals.confirm_approval import confirm_approval
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.claims.answer_claim import answer_claim
from accounts.operations.collateral.fund_venue import fund_venue
from accounts.rules.refusals import AccountRefusal
from backstop.errors import DomainError
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.claims import say
from tests.operations.test_covered_limits import move
from tests.operations.test_loss_sharing import clean, close, owing, pay_in
from tests.operations.test_prepay_premium import prepay
from tests.races.together import together
from tests.repos import a_cover, a_venue, collateral, draw, of_fund, repay, sell

pytestmark = pytest.mark.django_db(transaction=True)

SALE = ("route_books", "assign_lots", "settle_awards", "pass_lots_on", "close_books")


@pytest.fixture
def venue(travel):
    return a_venue(travel)


@pytest.fixture
def cover(venue):
    return a_cover(venue)


def test_of_two_draws_the_line_and_the_inventory_bear_one(venue, cover) -> None:
    outcomes = together(lambda: draw(cover, "6000", "one"), lambda: draw(cover, "6000", "other"))
    (refused,) = [each for each in outcomes if isinstance(each, DomainError)]
    assert refused.refusal is AccountRefusal.REPO_REFUSED
    assert (Repo.objects.get().pledged, of_fund(venue)) == (37.5, 36_000)
    clean()


def test_the_same_draw_twice_at_once_is_one(venue, cover) -> None:
    assert len({each.id for each in together(lambda: draw(cover), lambda: draw(cover))}) == 1
    assert (collateral("Ines"), collateral("Jan")) == (3000, 3000)
    clean()


def test_beside_a_sale_it_is_drawn_and_repaid_by_that_or_not_drawn(venue, cover, travel) -> None:
    build.a_commitment(build.a_provider(venue, "Alice"), min_edge_bps="50")
    outcome, sale = together(lambda: draw(cover), lambda: sell(venue))
    assert not isinstance(sale, DomainError)
    market.sweep(*SALE)
    if isinstance(outcome, DomainError):
        assert outcome.refusal is AccountRefusal.REPO_REFUSED
        assert not Repo.objects.exists()
    else:
        assert Repo.objects.get().state == "REPAID"
        assert RepoRepayment.objects.get().paid_by == "ESTATE"
    assert collateral("Ines") + collateral("Jan") == 14_000
    clean()


def test_a_repayment_beside_a_close_that_repays_it_too_repays_what_is_owed_once(venue, cover) -> None:
    build.a_commitment(build.a_provider(venue, "Alice"), min_edge_bps="50")
    repo = draw(cover)
    sell(venue)
    market.sweep(*SALE[:-1])
    together(lambda: repay(repo, "8000"), lambda: market.sweep("close_books"))
    market.sweep("close_books")
    assert sum(each.principal for each in RepoRepayment.objects.all()) == 8000
    assert collateral("Ines") + collateral("Jan") == 14_000
    clean()


def test_as_it_falls_due_the_venue_and_the_sweep_repay_it_once(venue, cover, travel) -> None:
    repo = draw(cover)
    travel.to(repo.due_at)
    outcome, _ = together(lambda: repay(repo, "8021.917808"), lambda: market.sweep("collect_repos"))
    if isinstance(outcome, DomainError):
        assert outcome.refusal is AccountRefusal.REPO_NOT_IN_STATE
    repo.refresh_from_db()
    assert repo.state == "REPAID"
    assert RepoRepayment.objects.get().principal == 8000
    clean()


def test_a_draw_beside_the_charge_of_its_premium_costs_what_was_not_drawn(venue, cover, travel) -> None:
    prepay(cover, "100")
    travel(seconds=86400)
    together(lambda: draw(cover), lambda: market.sweep("charge_premiums"))
    clean()


def test_of_two_that_are_confirmed_at_once_one_takes_what_lenders_are_not_owed(venue, cover) -> None:
    """8,000 each in the fund and the tranche, of which 8,000 are owed."""
    pay_in(venue, "-30000", AccountKind.FUND, "out")
    draw(cover)
    pay_in(venue, "8000")
    for name in ("olivia", "oscar"):
        User.objects.create_user(name, f"{name}@north.example")
    perform(set_approval_limit, venue_id=venue.id, asset="USD", amount=Decimal(100), reason="four eyes")
    said = {"venue_id": venue.id, "asset": "USD", "amount": Decimal(-8000), "reference": "dividend", "reason": "a test"}
    for account in (AccountKind.FUND, AccountKind.FIRST_TRANCHE):
        perform(fund_venue, actor="user:olivia", account=account, **said)
    outcomes = together(
        *(
            lambda each=each: perform(confirm_approval, actor="user:oscar", venue_id=venue.id, approval_id=each.id)
            for each in Approval.objects.all()
        )
    )
    (refused,) = [each for each in outcomes if isinstance(each, DomainError)]
    assert refused.refusal is AccountRefusal.FUND_INSUFFICIENT
    assert of_fund(venue) + build.venue_account(venue, AccountKind.FIRST_TRANCHE).posted == 8000
    clean()


def test_a_claim_beside_a_draw_takes_nothing_that_is_lent(venue, cover) -> None:
    """1,800 each are held for losses, 5,000 to lend, and nothing is free: two claims of 1,800 each come beside a draw
    of all of the line."""
    for share in cover.shares.all():
        move(share.provider, "-200", f"out of {share.provider}")
    build.an_instrument(venue, "BTC-PERP", price="20000")
    build.a_playbook(venue, fund_draw_limit="0", liquidation_fee_bps=0, mark_max_age_seconds=10**8)
    market.committed(venue, "0")
    close(owing(venue, "6000", "a", "a"), owing(venue, "6000", "b", "b"))
    answers = (lambda claim=claim: say(answer_claim, claim) for claim in Claim.objects.all())
    outcomes = together(lambda: draw(cover, "10000"), *answers)
    assert not [each for each in outcomes if isinstance(each, DomainError)]
    assert (Repo.objects.get().amount, sum(claim.paid for claim in Claim.objects.all())) == (10_000, 3600)
    clean()


def test_a_claim_beside_the_end_of_the_line_is_paid_whole_and_what_would_be_lent_is_free(venue, travel) -> None:
    cover = a_cover(venue, term_seconds=1800)  # before its answer is due
    build.an_instrument(venue, "BTC-PERP", price="20000")
    build.a_playbook(venue, fund_draw_limit="0", liquidation_fee_bps=0, mark_max_age_seconds=10**8)
    market.committed(venue, "0")
    close(owing(venue, "6000", "a", "a"))
    travel.to(cover.ends_at)
    together(lambda: say(answer_claim, Claim.objects.get()), lambda: market.sweep("end_covers"))
    cover.refresh_from_db()
    assert (cover.state, Claim.objects.get().paid) == ("RUNOFF", 3600)
    assert {share.held for share in cover.shares.all()} <= {0, 1800}
    clean()
