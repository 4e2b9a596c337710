"""Who pays what a book, and what the fund took over, costs its loss event; and that totals know no order of books."""

from decimal import Decimal

import pytest

from accounts.models import AccountKind, Commitment, LossAddend, LossEvent, LossPayment
from accounts.operations.collateral.fund_venue import fund_venue
from accounts.operations.collateral.record_recovery import record_recovery
from accounts.operations.terms.set_loss_plan import set_loss_plan
from accounts.queries import list_owed
from accounts.rules.sharing.plans import LayerKind, PlannedLayer
from auctions.models import Book
from auctions.operations.sweeps.close_books import close_books
from tests import builders as build
from tests import invariants, market
from tests.audited import found_by_audit
from tests.builders import perform
from tests.operations.test_confirm_default import in_default, people  # noqa: F401
from tests.races.together import together
from tests.stateful.published import tells_everything

pytestmark = pytest.mark.django_db

AT_ONCE = pytest.param("at once", marks=pytest.mark.django_db(transaction=True))


def a_venue(travel, *, tranche="0", fund="0", **playbook):
    """A venue with so much in its first tranche and its fund, where everything is taken at no edge."""
    venue = market.a_market(travel, fund=fund)
    values = {"fund_draw_limit": "1000", "liquidation_fee_bps": 0, "mark_max_age_seconds": 10**7}
    market.a_playbook(venue, **{**values, **playbook})
    market.committed(venue, "0")
    pay_in(venue, tranche)
    return venue


def pay_in(venue, amount, account=AccountKind.FIRST_TRANCHE, reference="in") -> None:
    if Decimal(amount):
        said = {"asset": "USD", "amount": Decimal(amount), "reference": reference, "account": account}
        perform(fund_venue, venue_id=venue.id, **said)


def plan(venue, per_event=None, per_24h=None) -> None:
    limits = {"per_event": per_event and Decimal(per_event), "per_24h": per_24h and Decimal(per_24h)}
    layers = (PlannedLayer(LayerKind.FIRST_TRANCHE, **limits), PlannedLayer(LayerKind.FUND))
    perform(set_loss_plan, venue_id=venue.id, layers=layers, reason="a test")


def owing(venue, debt: str, reference: str, account: str = "a", **fields):
    """A book that owes so much, all of it settled but not closed."""
    position = market.position("BTC-PERP", "LONG", "1", str(20_000 + int(debt)))
    book = market.a_book(venue, position, reference=reference, account=account, **fields)
    market.sweep("route_books", "assign_lots", "settle_awards", "pass_lots_on")
    return book


def close(*books) -> None:
    perform(close_books, ids=[book.id for book in books])
    assert {book.state for book in Book.objects.filter(id__in=[book.id for book in books])} == {"CLOSED"}


def finish(event, travel) -> None:
    """Its clause is over, and so is it."""
    travel.to(event.takes_until)
    market.sweep("end_loss_events")
    event.refresh_from_db()
    assert event.state == "FINAL"


def paid(**where) -> dict[str, Decimal]:
    """What each layer paid in all, and what stands as the debt of events (OWED)."""
    sums: dict[str, Decimal] = {}
    for layer, amount in LossPayment.objects.filter(**where).values_list("layer", "amount"):
        sums[layer] = sums.get(layer, Decimal(0)) + amount
    events = LossEvent.objects.filter(**{key.removeprefix("addend__loss_event__"): each for key, each in where.items()})
    owed = sum(amount for _, amount in list_owed(events))
    return {**sums, "OWED": owed} if owed else sums


def clean() -> None:
    """The audit finds nothing, nor does whoever reads the events."""
    invariants.hold()
    assert found_by_audit() == []
    tells_everything()


def left(venue, kind: AccountKind) -> Decimal:
    return build.venue_account(venue, kind).posted


@pytest.mark.parametrize("order", ["one", "other", AT_ONCE])
def test_two_books_of_one_cluster_lose_the_same_in_any_order(travel, order) -> None:
    """Fund 100, 50 in front of it, two books of one account losing 80 each (worked case of the loss plan)."""
    venue = a_venue(travel, tranche="1000", fund="100")
    plan(venue, per_event="50")
    one, other = (owing(venue, "80", reference) for reference in ("1", "2"))
    if order == "at once":
        together(*(lambda book=book: perform(close_books, ids=[book.id]) for book in (one, other)))
    else:
        for book in (one, other) if order == "one" else (other, one):
            close(book)
    assert paid() == {"FIRST_TRANCHE": 50, "FUND": 100, "OWED": 10}
    assert [left(venue, kind) for kind in ("FIRST_TRANCHE", "FUND", "LOSSES")] == [950, 0, -10]
    clean()


def test_in_one_batch_it_is_the_same(travel) -> None:
    venue = a_venue(travel, tranche="50", fund="100")
    close(*(owing(venue, "80", reference) for reference in ("1", "2")))
    assert paid() == {"FIRST_TRANCHE": 50, "FUND": 100, "OWED": 10}
    clean()


def test_a_tranche_that_is_paid_in_again_pays_later_losses_and_never_back(travel) -> None:
    """First tranche 50 between losses of 80 and 10, refilled to 100 in between: it pays 50, then 10."""
    venue = a_venue(travel, tranche="50")
    close(owing(venue, "80", "1", "first"))
    assert left(venue, AccountKind.FIRST_TRANCHE) == 0
    pay_in(venue, "100", reference="again")
    close(owing(venue, "10", "2", "second"))
    assert left(venue, AccountKind.FIRST_TRANCHE) == 90
    assert paid(addend__loss_event__account="first") == {"FIRST_TRANCHE": 50, "OWED": 30}
    assert paid(addend__loss_event__account="second") == {"FIRST_TRANCHE": 10}
    clean()


def test_nasdaq_2018_the_clearing_house_pays_first(travel) -> None:
    """A loss of 114 million euros, 7 of them (derived) the clearing house's own, 107 of the members' fund of 166.
    In millions; Nasdaq Clearing's statements of September 2018."""
    venue = a_venue(travel, tranche="7", fund="166")
    close(owing(venue, "114", "1"))
    assert paid() == {"FIRST_TRANCHE": 7, "FUND": 107}
    assert left(venue, AccountKind.FUND) == 59
    clean()


@pytest.mark.parametrize("draw_limit", ["fund_draw_limit", "fund_event_limit"])
def test_of_limits_what_is_finer_than_the_asset_is_paid_by_nobody(travel, draw_limit) -> None:
    venue = a_venue(travel, tranche="1000", fund="1000", **{draw_limit: "30.0000009"})
    plan(venue, per_event="50.0000009")
    close(owing(venue, "100", "1"))
    assert paid() == {"FIRST_TRANCHE": 50, "FUND": 30, "OWED": 20}
    clean()


def test_the_limit_of_an_event_is_kept_at_equality_and_another_event_has_its_own(travel) -> None:
    venue = a_venue(travel, tranche="1000")
    plan(venue, per_event="50")
    close(owing(venue, "50", "1", "x"), owing(venue, "10", "2", "x"), owing(venue, "51", "3", "y"))
    assert paid(addend__loss_event__account="x") == {"FIRST_TRANCHE": 50, "OWED": 10}
    assert paid(addend__loss_event__account="y") == {"FIRST_TRANCHE": 50, "OWED": 1}


def test_events_of_24_hours_share_a_limit_as_they_were_opened(travel) -> None:
    venue = a_venue(travel, tranche="1000")
    plan(venue, per_24h="50")
    late = owing(venue, "40", "1", "x")
    travel(seconds=24 * 3600 - 1)
    close(owing(venue, "20", "2", "y"))
    close(late)
    assert paid(addend__loss_event__account="x") == {"FIRST_TRANCHE": 30, "OWED": 10}
    travel(seconds=1)
    close(owing(venue, "40", "3", "z"))
    assert paid(addend__loss_event__account="z") == {"FIRST_TRANCHE": 30, "OWED": 10}, "24 hours after x"
    clean()


def test_an_event_keeps_the_plan_that_it_opened_with(travel) -> None:
    venue = a_venue(travel, tranche="1000")
    book = owing(venue, "80", "1")
    plan(venue, per_event="0")
    close(book, owing(venue, "80", "2", "other"))
    assert paid(addend__loss_event__account="a") == {"FIRST_TRANCHE": 80}
    assert paid(addend__loss_event__account="other") == {"OWED": 80}


def test_the_tranche_first_repays_what_the_fund_advanced(travel) -> None:
    """The fund advances 200 of an edge; the tranche's 250 repay that, and 50 of the debt."""
    venue = a_venue(travel, fund="1000", fund_draw_limit="300")
    pay_in(venue, "250")
    market.a_frugal_playbook(venue, fund_draw_limit="300", liquidation_fee_bps=0, mark_max_age_seconds=10**7)
    build.a_commitment(build.a_provider(venue, "Dear"), min_edge_bps="100")
    Commitment.objects.filter(provider__name="Alice").update(state="SUSPENDED")
    close(owing(venue, "500", "1"))
    addend = LossAddend.objects.get()
    assert (addend.amount, addend.advances) == (700, 200)
    assert paid() == {"FIRST_TRANCHE": 250, "FUND": 300, "OWED": 150}
    assert left(venue, AccountKind.FUND) == 700
    clean()


def test_a_book_that_ends_after_its_event_is_paid_by_nobody(travel) -> None:
    venue = a_venue(travel, tranche="1000", fund="1000")
    book = owing(venue, "80", "1")
    travel.to(LossEvent.objects.get().final_by)
    market.sweep("end_loss_events")
    assert LossEvent.objects.get().state == "FINAL"
    close(book)
    assert paid() == {"UNALLOCATED": 80}
    clean()


@pytest.mark.parametrize(("tranche", "shares"), [("500", {"FIRST_TRANCHE": 500, "FUND": 1500}), ("0", {"FUND": 2000})])
def test_what_the_fund_lost_by_what_it_took_over_is_paid_to_it_once_the_event_is_final(travel, tranche, shares) -> None:
    venue = market.a_market(travel, fund="10000")
    market.a_hasty_playbook(venue, fund_edge_bps=0, mark_max_age_seconds=10**7, max_jump_bps=None)
    pay_in(venue, tranche)
    market.run_out(market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20000"), account="x"), travel)
    event = LossEvent.objects.get()
    travel.to(event.takes_until)
    build.a_mark(venue.instruments.get(), "20000")
    market.sweep()
    travel.to(event.final_by)
    build.a_mark(venue.instruments.get(), "20000")
    market.sweep()
    assert LossEvent.objects.get().state == "FINAL"
    assert LossAddend.objects.get().amount == 2000, "unsold: a haircut of a tenth"
    assert paid() == shares
    assert left(venue, AccountKind.FUND) == 10_000 + int(tranche)
    clean()


def test_a_provider_in_default_pays_first_of_its_own_collateral_and_nobody_elses(travel, people) -> None:  # noqa: F811
    venue = a_venue(travel, tranche="50", fund="100")
    bob = build.a_provider(venue, "Bob", collateral="30")
    default = in_default(bob)
    position = market.position("BTC-PERP", "LONG", "1", "20080")
    book = market.a_book(venue, position, reference="of bob", owner_group=bob.group.name)
    market.sweep("route_books", "assign_lots", "settle_awards", "pass_lots_on")
    close(book)
    assert paid(addend__loss_event__id=default.loss_event_id) == {"DEFAULTER": 30, "FIRST_TRANCHE": 50}
    assert LossPayment.objects.get(layer="DEFAULTER").provider == bob
    assert build.provider_account(bob).posted == 0
    recovered = {"asset": "USD", "amount": Decimal(60), "reference": "r", "reason": "a test"}
    perform(record_recovery, venue_id=venue.id, loss_event_id=default.loss_event_id, **recovered)
    assert (build.provider_account(bob).posted, left(venue, AccountKind.FIRST_TRANCHE)) == (10, 50)
    clean()
