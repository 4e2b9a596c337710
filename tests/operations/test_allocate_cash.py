"""What nobody paid of a loss is shared out over accounts that gained, by the plan's method, and never more."""

from decimal import Decimal

import pytest
from django.db import connection

from accounts.models import AccountKind, AllocationFill, LossAllocation, LossReturn
from accounts.operations.collateral.allocate_cash import allocate_cash
from accounts.operations.collateral.confirm_fill import confirm_fill
from accounts.operations.terms.set_loss_plan import set_loss_plan
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.plans import LayerKind, PlannedLayer
from accounts.rules.sharing.positions import Method, SuppliedAccount
from auctions.queries.audit import CHECKS
from backstop.errors import DomainError
from tests.builders import perform
from tests.operations.test_loss_sharing import a_venue, clean, close, finish, left, owing, paid
from tests.operations.test_record_recovery import recover
from tests.races.together import together
from tests.refusing import refused

pytestmark = pytest.mark.django_db

D = Decimal
GAINED = (
    SuppliedAccount("anna", D(300), D(300), D(2)),
    SuppliedAccount("ben", D(100), D(100), D(20)),
    SuppliedAccount("cleo", D(100), D(100), D(5)),
)


def lost(travel, amount="100", *, method: Method | None = Method.PRO_RATA):
    """A final event of which nobody paid so much, of a venue whose plan allocates losses so."""
    venue = a_venue(travel)
    last = (PlannedLayer(LayerKind.LOSS_ALLOCATION, method=method),) if method else ()
    layers = (PlannedLayer(LayerKind.FIRST_TRANCHE), PlannedLayer(LayerKind.FUND), *last)
    perform(set_loss_plan, venue_id=venue.id, layers=layers, reason="a test")
    book = owing(venue, amount, "1")
    close(book)
    finish(book.loss_event, travel)
    assert paid() == {"UNALLOCATED": D(amount)}
    return book.loss_event


def allocate(event, quantity="100", accounts=GAINED, reference="1", **said) -> LossAllocation:
    said = {"asset": "USD", "reason": "a test", **said}
    whose = {"venue_id": event.venue_id, "loss_event_id": event.id}
    return perform(allocate_cash, **whose, quantity=D(quantity), accounts=accounts, reference=reference, **said)


def fills(**where) -> dict[str, Decimal]:
    return dict(AllocationFill.objects.filter(**where).values_list("account", "allocated"))


def confirm_all(allocation) -> None:
    for fill in allocation.fills.order_by("account"):
        perform(confirm_fill, venue_id=fill.venue_id, fill_id=fill.id)


def complaints(check: str) -> list[str]:
    """What this check of the audit finds."""
    with connection.cursor() as cursor:
        cursor.execute(CHECKS[check], {"venue": None})
        return [message for (message,) in cursor.fetchall()]


@pytest.fixture
def event(travel):
    return lost(travel)


def test_pro_rata_everybody_gives_by_what_it_gained_and_it_comes_in_as_it_is_confirmed(event) -> None:
    allocation = allocate(event)
    assert fills() == {"anna": 60, "ben": 20, "cleo": 20}
    assert left(event.venue, AccountKind.LOSSES) == -100
    confirm_all(allocation)
    assert left(event.venue, AccountKind.LOSSES) == 0
    clean()


def test_by_rank_the_first_gives_all_that_it_gained(travel) -> None:
    """Profit x leverage, as exchanges publish their auto-deleveraging: Ben's 100 x 20 before Anna's 300 x 2."""
    event = lost(travel, "250", method=Method.RANK)
    confirm_all(allocate(event, "250"))
    assert fills() == {"ben": 100, "anna": 150}
    assert left(event.venue, AccountKind.LOSSES) == 0
    clean()


@pytest.mark.parametrize(
    ("method", "moved"),
    [(Method.PRO_RATA, {"anna": "61", "ben": "19"}), (Method.RANK, {"ben": "99.999999", "anna": "50.000001"})],
)
def test_the_audit_names_who_gives_out_of_turn(travel, method, moved) -> None:
    allocate(lost(travel, "150", method=method), "150" if method is Method.RANK else "100")
    check = "accounts give by rank, or by what each has"
    assert not complaints(check)
    for account, allocated in moved.items():
        AllocationFill.objects.filter(account=account).update(allocated=D(allocated))
    assert complaints(check)


def test_the_audit_names_who_gives_before_another_of_the_same_rank(travel) -> None:
    """Ties go by the account's name."""
    twins = tuple(SuppliedAccount(name, D(100), D(100), D(2)) for name in ("Ben", "anna"))
    allocate(lost(travel, "150", method=Method.RANK), "150", twins)
    check = "accounts give by rank, or by what each has"
    assert fills() == {"Ben": 100, "anna": 50}
    assert not complaints(check)
    for account, allocated in (("Ben", "50"), ("anna", "100")):
        AllocationFill.objects.filter(account=account).update(allocated=D(allocated))
    assert complaints(check)


def test_exactly_what_nobody_paid_may_be_allocated_and_no_more(event) -> None:
    with refused(AccountRefusal.ALLOCATION_EXCESSIVE):
        allocate(event, "100.000001")
    allocate(event, "60")
    with refused(AccountRefusal.ALLOCATION_EXCESSIVE):
        allocate(event, "40.000001", reference="2")
    allocate(event, "40", reference="2")
    assert LossAllocation.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_at_once_together_allocate_no_more_than_nobody_paid(travel) -> None:
    event = lost(travel)

    outcomes = []

    def attempt(reference: str) -> None:
        try:
            allocate(event, "70", reference=reference)
        except DomainError as error:
            outcomes.append(error.refusal)

    together(*(lambda reference=reference: attempt(reference) for reference in ("1", "2")))
    assert (sum(fills().values()), outcomes) == (70, [AccountRefusal.ALLOCATION_EXCESSIVE])


def test_a_reference_allocates_once_and_other_content_under_it_is_refused(event) -> None:
    first = allocate(event, "50")
    assert allocate(event, "50").id == first.id
    for other in ({"quantity": "51"}, {"quantity": "50", "accounts": GAINED[:1]}):
        with refused(AccountRefusal.REFERENCE_REUSED):
            allocate(event, **other)
    assert LossAllocation.objects.count() == 1


@pytest.mark.parametrize(
    ("accounts", "pointer"),
    [
        ((), "/accounts"),
        ((GAINED[0], GAINED[0]), "/accounts/1/account"),
        ((SuppliedAccount("anna", D(0)),), "/accounts/0/quantity"),
        ((SuppliedAccount("anna", D(1), D(1), D(-1)),), "/accounts/0/leverage"),
        (tuple(SuppliedAccount(str(number), D(1), D(1)) for number in range(1001)), "/accounts"),
        ((SuppliedAccount("anna", D("0.0000001"), D(1)),), "/accounts"),
        ((GAINED[0], SuppliedAccount("ben", D(1))), "/accounts/1/profit"),
        ((SuppliedAccount("anna", D(1), D(-1)),), "/accounts/0/profit"),
        ((SuppliedAccount("anna", D(2), D("1.999999")),), "/accounts/0/profit"),
    ],
)
def test_accounts_that_make_no_sense_are_refused_where_they_stand(event, accounts, pointer) -> None:
    with refused(AccountRefusal.ALLOCATION_REFUSED) as error:
        allocate(event, accounts=accounts)
    assert [fault.pointer for fault in error.value.faults] == [pointer]
    assert not LossAllocation.objects.exists()


def test_by_two_references_no_account_gives_more_than_it_gained(event) -> None:
    anna = SuppliedAccount("anna", D(50), D(50))
    allocate(event, "30", (anna,))
    with refused(AccountRefusal.ALLOCATION_REFUSED):
        allocate(event, "20.000001", (anna,), reference="2")
    allocate(event, "20", (anna,), reference="2")


@pytest.mark.parametrize(
    ("account", "pointer"),
    [
        (SuppliedAccount("anna", D(1), D(1)), "/accounts/0/leverage"),
        (SuppliedAccount("anna", D(2), D("1.999999"), D(1)), "/accounts/0/profit"),
    ],
)
def test_rank_asks_for_what_it_goes_by_and_cash_for_no_more_than_was_gained(travel, account, pointer) -> None:
    event = lost(travel, method=Method.RANK)
    with refused(AccountRefusal.ALLOCATION_REFUSED) as error:
        allocate(event, accounts=(account,))
    assert [fault.pointer for fault in error.value.faults] == [pointer]


def test_an_event_whose_plan_allocates_nothing_allocates_nothing(travel) -> None:
    with refused(AccountRefusal.ALLOCATION_NOT_PLANNED):
        allocate(lost(travel, method=None))


def test_of_an_event_that_is_not_final_nobody_knows_yet_what_nobody_pays(travel) -> None:
    venue = a_venue(travel)
    book = owing(venue, "100", "1")
    close(book)
    with refused(AccountRefusal.ALLOCATION_EXCESSIVE):
        allocate(book.loss_event, "1")


def test_what_comes_back_later_goes_to_nobodys_part_then_to_the_accounts_that_gave(event) -> None:
    confirm_all(allocate(event, "80"))
    recover(event, "60")
    back = {each.fill.account: each.amount for each in LossReturn.objects.exclude(fill=None).select_related("fill")}
    assert back == {"anna": 24, "ben": 8, "cleo": 8}
    assert left(event.venue, AccountKind.LOSSES) == 0
    with refused(AccountRefusal.RECOVERY_EXCESSIVE):
        recover(event, "40.000001", "2")
    recover(event, "40", "2")
    clean()


def test_of_what_came_back_before_it_is_confirmed_nothing_is_taken(event) -> None:
    allocation = allocate(event)
    recover(event, "70")
    confirm_all(allocation)
    assert dict(AllocationFill.objects.values_list("account", "taken")) == {"anna": 30, "ben": 0, "cleo": 0}
    assert left(event.venue, AccountKind.LOSSES) == 0
    clean()
