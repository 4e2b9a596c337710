"""Whatever is scarce goes to whoever came first: windows, caps, budgets, the fund. Ids decide nothing."""

import itertools
from decimal import Decimal
from uuid import UUID

import pytest

from auctions.desks.drafts import BookOrder
from auctions.models import Award, Book, Lot, Settlement, Step
from auctions.operations.operator.set_breaker import set_breaker
from auctions.queries.due import batches
from auctions.rules.breaker import Level
from tests import builders as build
from tests import invariants, market
from tests.builders import perform
from tests.market import position

pytestmark = pytest.mark.django_db

BITCOINS = position("BTC-PERP", "LONG", "2", "20000")


def order(reference: str, *positions) -> BookOrder:
    return BookOrder(reference=reference, positions=positions or (BITCOINS,), cash=Decimal(3000))


def served() -> list[str]:
    """The references of the books that something was awarded of."""
    return sorted(set(Award.objects.exclude(provider=None).values_list("step__lot__book__reference", flat=True)))


def trip(venue, level: Level) -> None:
    perform(set_breaker, venue_id=venue.id, level=level, reason="a test")


def sweep_for_a_while(travel, stage: str) -> None:
    travel(seconds=-0.3)
    for _ in range(12):
        market.sweep(stage)
        travel(seconds=0.1)


def test_of_six_books_that_were_stopped_the_first_three_are_served(venue, alice, travel) -> None:
    """Each is looked at again a second after it was last; by itself, the fourth would be before the third."""
    build.a_commitment(alice, window_capacity="120000", window_seconds=3600)
    trip(venue, Level.NO_BIDS)
    for number in range(6):
        market.receive(venue, [order(f"book-{number}")])
        market.sweep("route_books", "assign_lots")
        travel(seconds=0.4)
    trip(venue, Level.ALL)
    sweep_for_a_while(travel, "assign_lots")
    assert served() == ["book-0", "book-1", "book-2"]
    invariants.hold()


def test_of_auctions_that_were_stopped_those_of_the_first_books_open_under_a_cap(venue, travel) -> None:
    build.a_cap(venue, "120000")
    trip(venue, Level.NO_OPENING)
    for number in range(6):
        market.receive(venue, [order(f"book-{number}")])
        market.sweep()
        travel(seconds=0.4)
    trip(venue, Level.ALL)
    sweep_for_a_while(travel, "open_auctions")
    opened = Step.objects.filter(kind="SEALED", state="OPEN").values_list("lot__book__reference", flat=True)
    assert sorted(opened) == ["book-0", "book-1", "book-2"]


def test_a_step_whose_time_has_not_come_is_not_looked_at_with_others(venue, alice, travel) -> None:
    build.a_commitment(alice)
    market.a_playbook(venue, cure_seconds=60)
    market.receive(venue, [order("cured-later")])
    market.a_playbook(venue, cure_seconds=0)
    travel(seconds=1)
    market.receive(venue, [order("at-once")])
    market.sweep("route_books", "assign_lots")
    assert served() == ["at-once"]


@pytest.mark.parametrize("turn", range(3))
def test_a_batch_takes_those_that_came_first_of_many_that_are_due_at_once(venue, alice, monkeypatch, turn) -> None:
    monkeypatch.setattr(batches, "BATCH_WEIGHT", 2)
    build.a_commitment(alice, window_capacity="120000", window_seconds=3600)
    market.receive(venue, [order(f"book-{number}") for number in range(8)])
    for stage in ("route_books", "assign_lots"):
        market.sweep(stage)
    assert served() == ["book-0", "book-1", "book-2"]


def test_of_equal_commitments_the_one_that_stood_first_gets_the_odd_units(venue, travel) -> None:
    market.a_playbook(venue, cover_percent=0)
    for number in range(9):
        build.a_commitment(build.a_provider(venue, f"{number}"))
        travel(seconds=1)
    market.mark_again()
    market.receive(venue, [order("book", position("BTC-PERP", "LONG", "2", "20000"))])
    market.sweep("route_books", "assign_lots")
    units = dict(Award.objects.values_list("provider__name", "units"))
    assert units == {f"{number}": 12 if number == 0 else 11 for number in range(9)}


IDS = {
    "ascending": itertools.count(1),
    "descending": itertools.count(2**127, -1),
}


def awards_with_ids(venue, monkeypatch, ids) -> list[tuple]:
    """Who got what in a market of scarce windows, budgets, fund and caps, where rows have these ids."""
    for model in (Book, Lot, Step, Award, Settlement):
        field = model._meta.get_field("id")
        monkeypatch.setitem(field.__dict__, "_get_default", lambda: UUID(int=next(ids)))
    legs = (position("BTC-PERP", "LONG", "2", "20000"), position("ETH-PERP", "LONG", "10", "2000"))
    market.receive(venue, [order(f"book-{number}", *legs) for number in range(5)])
    market.sweep()
    monkeypatch.undo()
    rows = Award.objects.filter(step__lot__book__venue=venue).select_related("step__lot__book", "settlement")
    return sorted(
        (
            award.step.lot.book.reference,
            award.step.lot.ordinal,
            award.step.kind,
            award.units,
            award.edge_bps,
            award.fund_part,
        )
        for award in rows
    ) + [
        (lot.book.reference, lot.ordinal, lot.wished)
        for lot in Lot.objects.filter(book__venue=venue).select_related("wish").order_by("book__reference", "ordinal")
    ]


def test_no_id_decides_who_gets_what(travel, monkeypatch) -> None:
    def outcome(ids):
        venue = market.a_market(travel, fund="9000")
        build.an_instrument(venue, "ETH-PERP", price="2000", product_group="ALTS")
        market.a_playbook(venue, fund_draw_limit="5000", min_groups=1, cover_percent=0)
        provider = build.a_provider(venue, "Alice", collateral="21000")
        build.a_commitment(provider, window_capacity="150000", window_seconds=3600)
        monkeypatch.setattr(batches, "BATCH_WEIGHT", 3)
        return awards_with_ids(venue, monkeypatch, ids)

    ascending, descending = (outcome(ids) for ids in IDS.values())
    assert ascending == descending
    assert any(row[2] == "ASSIGN" for row in ascending)
