"""Co-payments where the fund may draw: who is protected pays its part once, beside what insurers pay, and of nothing
else; and the fund pays what nobody insures of each book, whatever waits for claims."""

from decimal import Decimal

import pytest

from accounts.models import Claim, Commitment, Group, Provider
from accounts.operations.claims.answer_claim import answer_claim
from accounts.operations.claims.decide_claim import decide_claim
from accounts.operations.claims.dispute_claim import dispute_claim
from tests import builders as build
from tests import covers, market
from tests.claims import insured, say
from tests.operations.test_loss_sharing import a_venue, clean, close, finish, owing, paid

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    """Its fund pays up to 5,000 of each book."""
    return a_venue(travel, tranche="0", fund="10000", fund_draw_limit="5000")


def a_cluster(venue) -> tuple[Group, Provider]:
    """One that a cover may protect, and who has money in it."""
    owners = build.a_group(venue, "Owners")
    return owners, build.a_provider(venue, "rich", collateral="1000", group=owners)


def test_beside_a_claim_that_waits_its_copayment_does(venue, travel) -> None:
    insured(venue)
    book = owing(venue, "1400", "1")
    close(book)
    assert paid() == {"FUND": 1080, "OWED": 320}
    say(answer_claim, Claim.objects.get())
    finish(book.loss_event, travel)
    assert paid() == {"FUND": 1080, "COVERS": 288, "COPAYMENT": 32}
    clean()


def test_the_fund_pays_no_debt_out_of_what_its_copayment_takes(travel) -> None:
    """It has 100, of which 32 let insurers pay 288."""
    venue = a_venue(travel, tranche="0", fund="100", fund_draw_limit="5000")
    insured(venue)
    book = owing(venue, "1400", "1")
    close(book)
    assert paid() == {"FUND": 68, "OWED": 1332}
    say(answer_claim, Claim.objects.get())
    finish(book.loss_event, travel)
    assert paid() == {"FUND": 68, "COVERS": 288, "COPAYMENT": 32, "UNALLOCATED": 1012}
    clean()


@pytest.mark.parametrize("refused", ["0", "88", "200"])
def test_what_is_disputed_is_paid_whole_but_for_what_is_refused(venue, travel, refused) -> None:
    insured(venue)
    book = owing(venue, "1400", "1")
    close(book)
    claim = say(dispute_claim, Claim.objects.get(), disputed_amount=Decimal(200), reason="late")
    claim = say(decide_claim, claim, refused=Decimal(refused), reason="as it was")
    finish(book.loss_event, travel)
    claim.refresh_from_db()
    assert claim.paid == 288 - Decimal(refused)
    assert claim.copaid == pytest.approx((288 - Decimal(refused)) / 9, abs=Decimal("0.000001"))
    assert paid() == {"COVERS": claim.paid, "COPAYMENT": claim.copaid, "FUND": 1400 - claim.paid - claim.copaid}
    clean()


def test_a_protected_cluster_pays_its_part_whatever_the_fund_may_draw(venue, travel) -> None:
    owners, rich = a_cluster(venue)
    insured(venue, (10_000,), group_id=owners.id)
    book = owing(venue, "1400", "1", owner_group="Owners")
    close(book)
    claim = say(answer_claim, Claim.objects.get())
    assert (claim.paid, claim.copaid, build.provider_account(rich).posted) == (288, 32, 968)
    finish(book.loss_event, travel)
    assert paid() == {"COVERS": 288, "COPAYMENT": 32, "FUND": 1080}
    clean()


@pytest.mark.parametrize("refused", ["0", "332"])
def test_a_protected_cluster_repays_its_part_of_what_the_fund_advanced(travel, refused) -> None:
    """200 were advanced for an edge, and 1,400 are owed beside: 432 are insured, and 48 are its part. What is refused
    stays the fund's."""
    venue = a_venue(travel, tranche="0", fund="10000", fund_draw_limit="5000")
    market.a_frugal_playbook(venue, fund_draw_limit="5000", liquidation_fee_bps=0, mark_max_age_seconds=10**7)
    build.a_commitment(build.a_provider(venue, "Dear"), min_edge_bps="100")
    Commitment.objects.filter(provider__name="Alice").update(state="SUSPENDED")
    owners, rich = a_cluster(venue)
    insured(venue, (10_000,), group_id=owners.id)
    book = owing(venue, "1400", "1", owner_group="Owners")
    close(book)
    claim = Claim.objects.get()
    assert (claim.insured, claim.copay, paid()) == (432, 48, {"FUND": 1120, "OWED": 480})
    claim = say(dispute_claim, claim, disputed_amount=Decimal(400), reason="late")
    claim = say(decide_claim, claim, refused=Decimal(refused), reason="as it was")
    finish(book.loss_event, travel)
    claim.refresh_from_db()
    assert claim.paid == 432 - Decimal(refused)
    assert paid() == {"COVERS": claim.paid, "COPAYMENT": claim.copaid, "FUND": 1600 - claim.paid - claim.copaid}
    assert build.provider_account(rich).posted == 1000 - claim.copaid
    clean()


@pytest.mark.parametrize("at_once", [False, True])
def test_of_a_later_book_waits_what_it_adds_to_the_claim(venue, travel, at_once) -> None:
    """1,400, then 1,000, all of which counts: 720 more are insured, 80 its co-payment, and the fund pays the rest."""
    insured(venue)
    books = [owing(venue, "1400", "1"), owing(venue, "1000", "2")]
    if at_once:
        close(*books)
    else:
        for book in books:
            close(book)
    assert paid() == {"FUND": 1280, "OWED": 1120}
    say(answer_claim, Claim.objects.get())
    finish(books[0].loss_event, travel)
    assert paid() == {"FUND": 1280, "COVERS": 1008, "COPAYMENT": 112}
    clean()


def test_what_is_due_of_an_earlier_book_is_not_paid_of_a_later_one(venue, travel) -> None:
    """Its insurer has 36 of 288, then all. Of the next 1,000 it pays the 720 that are insured, the fund 80 beside them
    and 200; the 252 that stood, and 28 beside, follow."""
    cover = insured(venue, (10_000,), funding_rate="0.01")
    insurer = cover.shares.get().provider
    build.pay_in(insurer, "-9964", "out")
    books = [owing(venue, "1400", "1"), owing(venue, "1000", "2")]
    close(books[0])
    claim = say(answer_claim, Claim.objects.get())
    assert (claim.state, claim.paid, claim.copaid) == ("DUE", 36, 4)
    build.pay_in(insurer, "2000", "in")
    close(books[1])
    assert paid() == {"FUND": 1280, "COVERS": 756, "COPAYMENT": 84, "OWED": 280}
    travel.to(claim.due_by)
    market.sweep("settle_claims")
    assert paid() == {"FUND": 1280, "COVERS": 1008, "COPAYMENT": 112}
    finish(books[0].loss_event, travel)
    clean()


@pytest.mark.parametrize("answered", [False, True])
def test_beside_what_no_claim_waits_for_a_later_book_waits_all_the_same(travel, answered) -> None:
    """Of 1,400 the fund pays 1,000 as its limit is, and nobody 80. 720 of the next 1,000 are insured, whether or not
    the claim was answered by then."""
    venue = a_venue(travel, tranche="0", fund="10000", fund_draw_limit="1000")
    insured(venue)
    books = [owing(venue, "1400", "1"), owing(venue, "1000", "2")]
    close(books[0])
    if answered:
        say(answer_claim, Claim.objects.get())
    close(books[1])
    if not answered:
        assert paid() == {"FUND": 1200, "OWED": 1200}
        say(answer_claim, Claim.objects.get())
    finish(books[0].loss_event, travel)
    assert paid() == {"FUND": 1200, "COVERS": 1008, "COPAYMENT": 112, "UNALLOCATED": 80}
    clean()


def test_parts_that_are_rounded_one_by_one_never_come_to_more_than_the_copayment(venue, travel) -> None:
    """Of 2,333 the fund's part is 63.444455, of 1,400 more 66.633337 beside that: together a smallest amount more than
    the 130.077791 beside all of it."""
    insured(venue, (10_000,), quota_share="0.3333", copay="0.1428")
    books = [owing(venue, "2333", "1"), owing(venue, "1400", "2")]
    close(books[0])
    claim = say(answer_claim, Claim.objects.get())
    assert (claim.paid, claim.copaid) == (Decimal("380.844445"), Decimal("63.444455"))
    close(books[1])
    finish(books[0].loss_event, travel)
    claim.refresh_from_db()
    assert (claim.paid, claim.copaid) == (Decimal("780.831109"), Decimal("130.077791"))
    assert paid() == {"COVERS": claim.paid, "COPAYMENT": claim.copaid, "FUND": Decimal("2822.0911")}
    clean()


def test_of_two_covers_the_lower_takes_no_copayment_out_of_what_waits_for_the_upper(venue, travel) -> None:
    """From 1,000 and from 6,000 on, 5,000 each, of 12,000: each pays 3,600, beside it the fund 400; of the 4,000 that
    nobody insures it pays all, its limit being 5,000."""
    insured(venue, (10_000,))
    upper = build.a_provider(venue, "upper", collateral="10000")
    covers.active(venue, {upper: 10_000}, attachment="6000")
    book = owing(venue, "12000", "1")
    close(book)
    assert paid() == {"FUND": 4000, "OWED": 8000}
    for claim in Claim.objects.order_by("-cover__attachment"):
        say(answer_claim, claim)
    finish(book.loss_event, travel)
    assert paid() == {"FUND": 4000, "COVERS": 7200, "COPAYMENT": 800}
    clean()


def test_what_the_fund_lost_at_last_takes_nothing_from_what_waited_for_claims(travel) -> None:
    """1,400 that a book owes, and 2,000 that the fund loses by what it took over: 288 and 1,440 are insured. The 32
    beside the debt alone are a co-payment: what it lost and has not back stays with the fund."""
    venue = market.a_market(travel, fund="10000")
    market.a_hasty_playbook(venue, fund_edge_bps=0, mark_max_age_seconds=10**7, max_jump_bps=None)
    insured(venue)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), account="x")
    market.run_until_closed(travel)
    market.a_playbook(venue, fund_draw_limit="5000", liquidation_fee_bps=0, mark_max_age_seconds=10**7)
    market.committed(venue, "0")
    book = owing(venue, "1400", "1", "x")
    close(book)
    assert paid() == {"FUND": 1080, "OWED": 320}
    event = book.loss_event
    for instant in (event.takes_until, event.final_by):
        travel.to(instant)
        market.mark_again()
        market.sweep("end_loss_events")
    assert paid() == {"COVERS": 1728, "COPAYMENT": 32, "FUND": 1640}
    clean()
