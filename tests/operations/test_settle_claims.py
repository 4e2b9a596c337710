"""Claims go on by time alone: unanswered, undecided, unpaid, and once their event is final."""

from decimal import Decimal

import pytest

from accounts.desks.claims import PAID_WITHIN
from accounts.models import AccountKind, Claim, Ground, LossEvent, LossReturn, Provider
from accounts.operations.claims.answer_claim import answer_claim
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.queries import sum_funded
from accounts.queries.would_pay import allocate_as_of_now
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.contracts import Performance
from accounts.rules.sharing.plans import BY_CONTRACT
from backstop import clock
from backstop.models import Event
from tests import builders as build
from tests import covers, market
from tests.builders import perform
from tests.claims import a_market, insured, say
from tests.operations.test_declare_default import declare, olivia  # noqa: F401
from tests.operations.test_loss_sharing import clean, close, finish, left, owing, paid
from tests.operations.test_record_recovery import recover
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    return a_market(travel)


def test_silence_is_the_default_answer(venue, travel) -> None:
    insured(venue)
    close(owing(venue, "1400", "1"))
    claim = Claim.objects.get()
    assert (claim.state, paid()["OWED"]) == ("HELD", 1400)
    travel.to(claim.answer_by)
    market.sweep("settle_claims")
    claim.refresh_from_db()
    assert (claim.state, claim.paid) == ("PAID", 288)
    clean()


def test_what_is_claimed_of_an_event_is_funded_for_it_no_more_paid_or_not(venue, travel) -> None:
    """3,600 are, of which 288 are claimed of the first event; a second has what that may not take, and all once it is
    final."""
    cover = insured(venue)
    close(owing(venue, "1400", "1"))
    claim = Claim.objects.get()
    own = {(claim.loss_event_id, cover.asset_id): 3312}
    assert sum_funded([claim.loss_event_id], Decimal(1000), {}) == own
    say(answer_claim, claim)
    assert sum_funded([claim.loss_event_id], Decimal(1000), {}) == own
    travel(seconds=1)
    market.mark_again()
    book = owing(venue, "1000", "2", account="b")
    second = book.loss_event
    assert sum_funded([second.id], Decimal(1000), {}) == {(second.id, cover.asset_id): 288}
    finish(claim.loss_event, travel)
    assert sum_funded([second.id], Decimal(1000), {}) == {(second.id, cover.asset_id): 3600}
    close(book)
    finish(second, travel)
    assert sum_funded([second.id], Decimal(1000), {}) == {}, "one that is final is paid nothing"


def test_a_default_answer_may_be_to_dispute_and_an_undecided_dispute_is_owed(venue, travel) -> None:
    insured(venue, default_answer=Performance.DISPUTE)
    close(owing(venue, "1400", "1"))
    claim = Claim.objects.get()
    travel.to(claim.answer_by)
    market.sweep("settle_claims")
    claim.refresh_from_db()
    assert (claim.state, claim.disputed_amount, claim.paid) == ("DISPUTED", 288, 0)
    travel.to(claim.decide_by)
    market.sweep("settle_claims")
    claim.refresh_from_db()
    assert (claim.state, claim.paid) == ("PAID", 288)
    clean()


def test_once_its_event_is_final_all_of_it_is_due(venue, travel) -> None:
    insured(venue, answer_seconds=30 * 86400)
    book = owing(venue, "1400", "1")
    close(book)
    finish(book.loss_event, travel)
    claim = Claim.objects.get()
    assert (claim.state, claim.paid) == ("CLOSED", 288)
    assert left(venue, AccountKind.LOSSES) == -1080
    clean()


def test_who_lacks_the_money_is_overdue(venue, travel) -> None:
    cover = insured(venue, (10000,), funding_rate=Decimal("0.1"))
    insurer = cover.shares.get().provider
    out = {"provider_id": insurer.id, "asset": "USD", "amount": Decimal(-9640), "reference": "out"}
    perform(move_collateral, venue_id=venue.id, **out)
    close(owing(venue, "6000", "1"))
    claim = say(answer_claim, Claim.objects.get())
    assert (claim.state, claim.paid) == ("DUE", 360)
    travel.to(claim.due_by)
    market.sweep("settle_claims")
    claim.refresh_from_db()
    assert (claim.state, claim.due) == ("OVERDUE", 3240)
    clean()


def test_of_nothing_nothing_is_disputed(venue, travel) -> None:
    """What counts may come to nothing, rounded down."""
    insured(venue, default_answer=Performance.DISPUTE, attachment="1399.999999")
    close(owing(venue, "1400", "1"))
    claim = Claim.objects.get()
    assert (claim.counted, claim.insured) == (Decimal("0.000001"), 0)
    travel.to(claim.answer_by)
    market.sweep("settle_claims")
    claim.refresh_from_db()
    assert (claim.state, claim.disputed_amount) == ("PAID", 0)
    clean()


def test_what_the_fund_lost_by_what_it_took_over_is_claimed_as_the_event_ends(travel) -> None:
    """Unsold it counts at marks less a tenth: 2,000, of which 1,000 count and 720 are insured."""
    venue = market.a_market(travel, fund="10000")
    market.a_hasty_playbook(venue, fund_edge_bps=0, mark_max_age_seconds=10**7, max_jump_bps=None)
    insured(venue)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), account="x")
    market.run_until_closed(travel)
    event = LossEvent.objects.get()
    for instant in (event.takes_until, event.final_by):
        travel.to(instant)
        market.mark_again()
        market.sweep()
    claim = Claim.objects.get()
    assert (claim.state, claim.counted, claim.paid) == ("CLOSED", 1000, 720)
    assert paid() == {"COVERS": 720, "FUND": 1280}
    assert (claim.copay, claim.copaid) == (80, 0), "the fund bears its co-payment as what it advanced"
    clean()


def lacking(venue) -> tuple[Claim, list]:
    """A claim of 3,600 on two insurers alike, answered, of whom the first lacks what it owes."""
    cover = insured(venue, (5000, 5000), funding_rate=Decimal("0.5"))
    poor, rich = [share.provider for share in cover.shares.order_by("provider")]
    out = {"provider_id": poor.id, "asset": "USD", "amount": build.provider_account(poor).held - 10_000}
    perform(move_collateral, venue_id=venue.id, **out, reference="out")
    close(owing(venue, "6000", "1"))
    return say(answer_claim, Claim.objects.get()), [poor, rich]


@pytest.fixture
def late(venue, travel) -> tuple[Claim, Provider, Provider]:
    """A claim of 3,600 that is overdue: the first insurer lacks so much that it has paid 900 of 1,800, the second
    nothing."""
    claim, (poor, rich) = lacking(venue)
    travel.to(claim.due_by)
    market.sweep("settle_claims")
    claim.refresh_from_db()
    assert (claim.state, claim.lacked_by, claim.due) == ("OVERDUE", (poor.id,), 900)
    return claim, poor, rich


def test_while_who_lacked_it_has_nothing_an_overdue_claim_is_not_due(late) -> None:
    _, _, rich = late
    assert market.sweep("settle_claims") == 0, "the other has enough, and owes nothing"
    build.pay_in(rich, "-1")


def test_what_comes_in_is_collected_by_the_next_sweep_and_nothing_leaves_before(late) -> None:
    claim, poor, _ = late
    build.pay_in(poor, "500")
    with refused(AccountRefusal.WITHDRAWAL_BARRED, match=str(claim.id)):
        build.pay_in(poor, "-0.000001")
    assert market.sweep("settle_claims") == 1
    claim.refresh_from_db()
    assert (claim.state, claim.due, build.provider_account(poor).posted) == ("OVERDUE", 400, 0)
    assert market.sweep("settle_claims") == 0
    build.pay_in(poor, "600")
    assert market.sweep("settle_claims") == 1
    claim.refresh_from_db()
    assert (claim.state, claim.due, claim.lacked_by) == ("PAID", 0, ())
    clean()


def test_who_has_paid_what_was_overdue_may_leave_with_what_is_free(late) -> None:
    _, poor, _ = late
    build.pay_in(poor, "10000")
    market.sweep("settle_claims")
    assert Claim.objects.get().state == "PAID"
    account = build.provider_account(poor)
    build.pay_in(poor, str(account.held - account.posted))
    clean()


def test_what_is_held_for_its_cover_before_the_sweep_is_collected_too(late, travel) -> None:
    """Where the premium is charged first, what comes in fills the pledge again."""
    claim, poor, _ = late
    travel.to(claim.cover.premium.due_at)
    build.pay_in(poor, "400")
    market.sweep("charge_premiums")
    assert build.provider_account(poor).held == 400
    assert (market.sweep("settle_claims"), Claim.objects.get().due) == (1, 500)
    clean()


def test_nobody_is_late_while_the_debt_came_back(late, venue) -> None:
    claim, poor, _ = late
    recover(claim.loss_event, "3000")
    build.pay_in(poor, "10000")
    assert market.sweep("settle_claims") == 1
    claim.refresh_from_db()
    assert (claim.state, claim.overdue_at, claim.due_by) == ("DUE", None, clock.now() + PAID_WITHIN)
    build.pay_in(poor, "-1")
    clean()


def test_once_overdue_a_claim_gives_ground_against_who_lacked_its_part(venue, travel, olivia) -> None:  # noqa: F811
    claim, (poor, rich) = lacking(venue)
    with refused(AccountRefusal.GROUND_MISSING):
        declare(poor, Ground.CLAIM_OVERDUE)  # it is due, and not overdue
    travel.to(claim.due_by)
    market.sweep("settle_claims")
    with refused(AccountRefusal.GROUND_MISSING):
        declare(rich, Ground.CLAIM_OVERDUE)
    assert declare(poor, Ground.CLAIM_OVERDUE).ground == Ground.CLAIM_OVERDUE


def test_a_claim_that_was_paid_late_gives_no_ground(venue, travel, olivia) -> None:  # noqa: F811
    claim, (poor, _) = lacking(venue)
    travel.to(claim.due_by)
    market.sweep("settle_claims")
    build.pay_in(poor, "5000")
    finish(claim.loss_event, travel)
    assert Claim.objects.get().paid == 3600
    with refused(AccountRefusal.GROUND_MISSING):
        declare(poor, Ground.CLAIM_OVERDUE)


def test_a_claim_that_ended_unpaid_with_its_event_gives_ground(venue, travel, olivia) -> None:  # noqa: F811
    claim, (poor, rich) = lacking(venue)
    finish(claim.loss_event, travel)
    assert Claim.objects.get().state == "CLOSED"
    with refused(AccountRefusal.GROUND_MISSING):
        declare(rich, Ground.CLAIM_OVERDUE)
    assert declare(poor, Ground.CLAIM_OVERDUE).ground == Ground.CLAIM_OVERDUE


def test_each_cover_is_followed_by_its_copayment_before_the_next_one_pays(venue, travel) -> None:
    """Two covers of 5,000, from 1,000 and from 6,000 on: each pays 3,600, and right after it the venue 400, in the
    order in which a loss is foreseen to be paid."""
    lower, upper = (build.a_provider(venue, name, collateral="10000") for name in ("lower", "upper"))
    covers.active(venue, {upper: 10_000}, attachment="6000")
    covers.active(venue, {lower: 10_000})
    foreseen = allocate_as_of_now(build.the_asset(venue), Decimal(12000), clock.now()).paid
    order = [(each.layer, each.amount) for each in foreseen if each.layer in BY_CONTRACT]
    assert order == [("COVERS", 3600), ("COPAYMENT", 400)] * 2
    close(owing(venue, "12000", "1"))
    travel.to(Claim.objects.latest("answer_by").answer_by)
    market.sweep("settle_claims")
    told = Event.objects.filter(kind="loss_paid").order_by("id")
    assert [(each.payload["layer"], Decimal(each.payload["amount"])) for each in told] == order
    assert [each.provider_id for each in told] == [lower.id, None, upper.id, None]
    clean()


@pytest.mark.parametrize("parts", [["8400"], ["4100", "4300"]])
def test_the_cover_that_paid_last_is_made_whole_before_the_one_before_it(venue, travel, parts) -> None:
    """Of 12,000 two covers pay 3,600 each, and the venue 400 beside each; 4,000 are nobody's. 8,400 come back."""
    lower, upper = (build.a_provider(venue, name, collateral="10000") for name in ("lower", "upper"))
    covers.active(venue, {upper: 10_000}, attachment="6000")
    covers.active(venue, {lower: 10_000})
    book = owing(venue, "12000", "1")
    close(book)
    finish(book.loss_event, travel)
    for place, part in enumerate(parts):
        recover(book.loss_event, part, f"r{place}")
    back: dict[object, Decimal] = {}
    for layer, provider_id, amount in LossReturn.objects.values_list("layer", "provider", "amount"):
        back[layer, provider_id] = back.get((layer, provider_id), 0) + amount
    nobodys, funds = ("UNALLOCATED", None), ("COPAYMENT", None)
    assert back == {nobodys: 4000, funds: 800, ("COVERS", upper.id): 3600}
    clean()
