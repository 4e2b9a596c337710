"""What a provider was called for and did not pay in time is nobody's, may be allocated, and is owed to who bears it."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.desks.journal import Journal
from accounts.models import AccountKind, Assessment, LossRecovery, LossReturn
from accounts.operations.collateral.pay_assessment import pay_assessment
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.positions import SuppliedAccount
from backstop.errors import DomainError
from backstop.models import Event
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.operations.test_allocate_cash import allocate, confirm_all
from tests.operations.test_confirm_default import in_default, people  # noqa: F401
from tests.operations.test_loss_sharing import clean, left, paid
from tests.operations.test_pay_assessment import lose, of, pay, venue  # noqa: F401
from tests.operations.test_record_recovery import recover, returned
from tests.races.together import together
from tests.refusing import refused

pytestmark = pytest.mark.django_db

D = Decimal
GAINED = (SuppliedAccount("anna", D(300), D(300)), SuppliedAccount("ben", D(100), D(100)))


@pytest.fixture
def event(venue, travel):  # noqa: F811
    """It cost 135: Bob and Carol are called for 15 and 30. She has paid, and he, who has nothing, is overdue."""
    build.pay_in(venue.providers.get(name="Bob"), "-1000000")
    event = lose(venue, "135", travel)
    travel.to(of("Bob").due_by)
    market.sweep("expire_assessments")
    assert [of(name).state for name in ("Bob", "Carol")] == ["OVERDUE", "PAID"]
    return event


def give(name: str, amount: str, event) -> None:
    """So much collateral of a provider comes in."""
    build.pay_in(event.venue.providers.get(name=name), amount)


def collateral(name: str) -> Decimal:
    return build.provider_account(of(name).provider).posted


def bears(event) -> dict[str, Decimal]:
    """What each of the two bears in all: paid, and not had back."""
    back = LossReturn.objects.filter(layer="ASSESSMENTS").values_list("provider__name", "amount")
    return {name: of(name).paid - sum(amount for whose, amount in back if whose == name) for name in ("Bob", "Carol")}


def test_what_is_overdue_may_be_allocated_and_comes_back_to_who_gave_once_it_is_paid_late(event) -> None:
    with refused(AccountRefusal.ALLOCATION_EXCESSIVE):
        allocate(event, "15.000001", GAINED)
    confirm_all(allocate(event, "12", GAINED))
    assert left(event.venue, AccountKind.LOSSES) == -3
    give("Bob", "15", event)
    assert pay(of("Bob")).state == "PAID"
    back = {each.fill.account: each.amount for each in LossReturn.objects.exclude(fill=None).select_related("fill")}
    assert back == {"anna": 9, "ben": 3}
    assert (returned()["UNALLOCATED"], left(event.venue, AccountKind.LOSSES), collateral("Bob")) == (3, 0, 0)
    clean()


def test_a_part_is_paid_as_far_as_there_is_money_and_the_rest_stays_owed(event) -> None:
    with refused(AccountRefusal.COLLATERAL_INSUFFICIENT):
        pay(of("Bob"))
    give("Bob", "4", event)
    assert pay(of("Bob")).owed == 11
    with refused(AccountRefusal.COLLATERAL_INSUFFICIENT):
        pay(of("Bob"))
    assert (of("Bob").state, collateral("Bob")) == ("OVERDUE", 0)
    clean()
    give("Bob", "12", event)
    assert (pay(of("Bob")).state, collateral("Bob")) == ("PAID", 1), "exactly what it owed, and no more"
    assert pay(of("Bob")).state == "PAID"
    assert list(LossRecovery.objects.order_by("created_at").values_list("amount", flat=True)) == [4, 11]
    clean()


def test_all_of_a_loss_may_come_back_though_somebody_is_overdue_and_no_more(event) -> None:
    with refused(AccountRefusal.RECOVERY_EXCESSIVE):
        recover(event, "135.000001")
    recover(event, "135")
    assert returned() == {"UNALLOCATED": 15, "ASSESSMENTS": 30, "CONTRIBUTIONS_GOOD": 90}
    assert (of("Bob").state, of("Bob").owed, of("Bob").recovered) == ("LIFTED", 0, 15)
    clean()


@pytest.mark.parametrize(
    ("came_back", "owed"), [("0.000003", "14.999999"), ("15", "10"), ("30", "5"), ("44.999999", "0"), ("45", "0")]
)
def test_what_comes_back_lowers_what_is_owed_by_its_part_of_what_is_left_to_bear(event, came_back, owed) -> None:
    recover(event, came_back)
    assert (of("Bob").owed, of("Bob").state) == (D(owed), "OVERDUE" if D(owed) else "LIFTED")
    clean()


@pytest.mark.parametrize("late", [["15"], ["1", "2", "12"]])
@pytest.mark.parametrize("order", ["comes back first", "is paid first", "between"])
def test_nobody_bears_less_for_paying_late_nor_more(event, late, order) -> None:
    """30 of 45 come back: had both paid in time, Bob bore 5 and Carol 10."""
    recoveries = {"comes back first": ["30", "0"], "is paid first": ["0", "30"], "between": ["20", "10"]}[order]
    for place, amount in enumerate(recoveries):
        if D(amount):
            recover(event, amount, f"r{place}")
            clean()
        for part in late if place == 0 else ():
            give("Bob", part, event)
            if of("Bob").owed:
                pay(of("Bob"))
                clean()
    assert (of("Bob").owed, bears(event)) == (0, {"Bob": 5, "Carol": 10})
    assert left(event.venue, AccountKind.LOSSES) == 0


def test_two_that_are_overdue_owe_the_same_whoever_pays_first(venue, travel) -> None:  # noqa: F811
    for name in ("Bob", "Carol"):
        build.pay_in(venue.providers.get(name=name), "-1000000")
    event = lose(venue, "135", travel)
    travel.to(of("Bob").due_by)
    market.sweep("expire_assessments")
    recover(event, "30")
    assert [of(name).owed for name in ("Bob", "Carol")] == [5, 10]
    for name in ("Carol", "Bob"):
        give(name, "100", event)
        pay(of(name))
        clean()
    assert (bears(event), left(venue, AccountKind.LOSSES)) == ({"Bob": 5, "Carol": 10}, 0)


@pytest.mark.usefixtures("people")
def test_who_is_in_default_pays_late_by_its_venue(event) -> None:
    bob = of("Bob").provider
    in_default(bob)
    build.pay_in(bob, "15")
    assert pay(of("Bob")).state == "PAID"
    clean()


def test_who_owes_nothing_any_more_may_go_and_pays_nothing(event) -> None:
    give("Bob", "7", event)
    with refused(AccountRefusal.WITHDRAWAL_BARRED):
        give("Bob", "-7", event)
    recover(event, "45")
    assert pay(of("Bob")).state == "LIFTED"
    give("Bob", "-7", event)
    assert collateral("Bob") == 0
    clean()


def test_it_is_told_to_the_provider_what_it_paid_and_owes(event) -> None:
    give("Bob", "4", event)
    pay(of("Bob"))
    (told,) = Event.objects.filter(kind="assessment_paid", subject_id=of("Bob").id)
    recovery = LossRecovery.objects.get()
    assert (told.payload["amount"], told.payload["owed"], told.payload["recovery"]) == ("4", "11", str(recovery.id))
    assert (recovery.assessment, recovery.reference) == (of("Bob"), str(of("Bob").id))


@pytest.mark.django_db(transaction=True)
def test_two_pays_at_once_pay_once(event) -> None:
    give("Bob", "20", event)
    together(*[lambda: pay(of("Bob"))] * 2)
    assert (of("Bob").paid, collateral("Bob"), LossRecovery.objects.count()) == (15, 5, 1)
    clean()


@pytest.mark.django_db(transaction=True)
def test_a_recovery_and_a_pay_at_once_leave_each_its_part(event) -> None:
    give("Bob", "15", event)
    together(lambda: pay(of("Bob")), lambda: recover(event, "30"))
    assert (of("Bob").owed, bears(event)) == (0, {"Bob": 5, "Carol": 10})
    assert collateral("Bob") == 10
    clean()


@pytest.mark.django_db(transaction=True)
def test_paying_and_its_time_being_over_at_once_take_it_once(venue, travel) -> None:  # noqa: F811
    build.pay_in(venue.providers.get(name="Bob"), "-999985")
    lose(venue, "135", travel)
    travel.to(of("Bob").due_by)
    together(lambda: pay(of("Bob")), lambda: market.sweep("expire_assessments"))
    assert (of("Bob").state, of("Bob").paid, collateral("Bob")) == ("PAID", 15, 0)
    assert not LossRecovery.objects.exists()
    clean()


@pytest.mark.django_db(transaction=True)
def test_of_what_there_is_at_its_instant_a_part_is_taken_once_whoever_is_first(venue, travel) -> None:  # noqa: F811
    build.pay_in(venue.providers.get(name="Bob"), "-999990")
    lose(venue, "135", travel)
    travel.to(of("Bob").due_by)

    def attempt() -> None:
        with suppress(DomainError):  # there is not all of it, or nothing more
            pay(of("Bob"))

    together(attempt, lambda: market.sweep("expire_assessments"))
    assert (of("Bob").state, of("Bob").paid, of("Bob").owed) == ("OVERDUE", 10, 5)
    clean()


@pytest.mark.parametrize("deed", ["pays", "comes back"])
def test_what_is_cut_off_before_its_end_leaves_nothing_and_is_done_again(event, monkeypatch, deed) -> None:
    give("Bob", "15", event)

    def do() -> None:
        if deed == "pays":
            pay(of("Bob"))
        else:
            recover(event, "15")

    with monkeypatch.context() as cut:
        cut.setattr(Journal, "write", _cut_off)
        with pytest.raises(KeyboardInterrupt):
            do()
    assert (of("Bob").owed, LossRecovery.objects.exists(), LossReturn.objects.exists()) == (15, False, False)
    clean()
    do()
    assert of("Bob").owed == (0 if deed == "pays" else 10)
    clean()


def _cut_off(journal: Journal) -> None:
    raise KeyboardInterrupt


# What is due and not overdue yet


def test_what_comes_back_is_not_paid_first_and_what_is_held_for_it_is_free(venue, travel) -> None:  # noqa: F811
    event = lose(venue, "135", travel)
    recover(event, "15")
    assert [(of(name).owed, of(name).held) for name in ("Bob", "Carol")] == [(10, 10), (20, 20)]
    assert (returned(), left(venue, AccountKind.LOSSES)) == ({"UNALLOCATED": 15}, -30)
    clean()
    pay(of("Carol"))
    recover(event, "15", "r2")
    assert [of(name).owed for name in ("Bob", "Carol")] == [5, 0]
    assert bears(event) == {"Bob": 0, "Carol": 10}
    travel.to(of("Bob").due_by)
    market.sweep("expire_assessments")
    assert (of("Bob").state, bears(event)) == ("PAID", {"Bob": 5, "Carol": 10})
    clean()


@pytest.mark.parametrize(("came_back", "state"), [("44.999999", "DUE"), ("45", "LIFTED"), ("46", "LIFTED")])
def test_a_call_of_which_all_came_back_is_lifted(venue, travel, came_back, state) -> None:  # noqa: F811
    event = lose(venue, "135", travel)
    recover(event, came_back)
    assert of("Carol").state == state
    assert build.provider_account(of("Carol").provider).held == of("Carol").held == of("Carol").owed
    travel.to(of("Bob").due_by - timedelta(microseconds=1))
    assert market.sweep("expire_assessments") == 0
    travel.to(of("Bob").due_by)
    market.sweep("expire_assessments")
    assert not Assessment.objects.exclude(state__in=["PAID", "LIFTED"]).exists()
    assert paid()["ASSESSMENTS" if state == "DUE" else "UNALLOCATED"]
    clean()


def test_held_in_part_what_comes_back_frees_only_what_is_not_owed_any_more(venue, travel) -> None:  # noqa: F811
    build.pay_in(venue.providers.get(name="Bob"), "-999990")
    event = lose(venue, "135", travel)
    recover(event, "15")
    assert (of("Bob").owed, of("Bob").held) == (10, 10), "exactly enough is held now"
    recover(event, "3", "r2")
    assert (of("Bob").owed, of("Bob").held, build.provider_account(of("Bob").provider).free) == (9, 9, 1)
    clean()
    assert pay(of("Bob")).state == "PAID"


def test_beyond_what_all_may_be_called_for_nobodys_part_comes_back_first(venue, travel) -> None:  # noqa: F811
    event = lose(venue, "181", travel)
    recover(event, "1")
    assert [of(name).recovered for name in ("Bob", "Carol")] == [0, 0]
    recover(event, "9", "r2")
    assert [of(name).recovered for name in ("Bob", "Carol")] == [3, 6]
    clean()


def test_another_venue_and_another_provider_pay_nothing_of_it(event) -> None:
    give("Bob", "15", event)
    carol = of("Carol").provider
    with refused(AccountRefusal.ASSESSMENT_UNKNOWN):
        perform(pay_assessment, venue_id=event.venue_id, assessment_id=of("Bob").id, provider_id=carol.id)
    with refused(AccountRefusal.ASSESSMENT_UNKNOWN):
        perform(pay_assessment, venue_id=market.a_market().id, assessment_id=of("Bob").id)
    assert collateral("Bob") == 15
