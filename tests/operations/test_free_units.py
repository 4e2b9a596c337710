"""Which units of a lot are free is kept, not asked for anew: as right as if it were, at no cost for what was before."""

import random

import pytest
from django.db import OperationalError, connection
from hypothesis import given
from hypothesis import strategies as st

from auctions.desks import work
from auctions.desks.units import FreeUnits
from auctions.desks.work import load_remainder, load_work
from auctions.lifecycle import FAILED, SettlementState, StepKind
from auctions.models import Auction, Award, Book, Lot, Settlement
from auctions.rules.lots import free_ranges
from backstop import clock
from tests import builders as build
from tests import invariants, market, past
from tests.builders import perform

UNITS = 60

ranges = st.lists(st.tuples(st.integers(0, UNITS - 1), st.integers(1, 5)), max_size=20)
winners = st.lists(st.tuples(st.integers(0, 12), st.lists(st.booleans(), min_size=12, max_size=12)), max_size=30)


@given(ranges, winners)
def test_what_is_kept_is_what_would_be_found_anew(
    given_before: list[tuple[int, int]], wanted: list[tuple[int, list[bool]]]
) -> None:
    taken = [(first, min(count, UNITS - first)) for first, count in given_before]
    free = FreeUnits(free_ranges(UNITS, taken))
    for units, can_pay in wanted:
        anew = free_ranges(UNITS, taken)
        assert list(free) == anew
        assert free.count == len(each_of(anew))
        if units > free.count:
            with pytest.raises(ValueError, match="more units are wanted"):
                free.first(units)
            continue
        named = free.first(units)
        assert each_of(named) == each_of(anew)[:units]
        for each, it_can in zip(named, can_pay, strict=False):
            if it_can:  # who cannot pay for a range leaves it to the next
                free.take(each)
                taken.append(each)


def each_of(ranges: list[tuple[int, int]]) -> list[int]:
    return [unit for first, count in ranges for unit in range(first, first + count)]


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_dutch_playbook(venue, settlement_mode="CONFIRM", confirm_seconds=3600)
    return venue


@pytest.mark.django_db
def test_a_close_with_many_winners_looks_for_free_units_once(venue, travel, monkeypatch):
    market.a_playbook(venue, max_reopenings=0)
    auction = market.an_auction(venue)
    for number in range(10):
        market.place(market.a_bidder(venue, f"bidder {number}"), market.order(auction, units=10))
    asked = []
    monkeypatch.setattr(work, "free_ranges", lambda *of: asked.append(1) or free_ranges(*of))
    market.close(auction, travel)
    assert (Award.objects.count(), len(asked)) == (10, 1)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(2))
def test_a_taker_finds_the_units_that_no_standing_award_has(venue, travel, seed):
    """Takes, and rejections by the venue in between, as chance has it."""
    chance = random.Random(seed)
    build.a_commitment(build.a_provider(venue, "Alice"), cap_per_assignment="8000")
    market.a_playbook(venue, settlement_mode="CONFIRM", confirm_seconds=3600, sealed_seconds=1, max_reopenings=0)
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")
    market.sweep()
    decide = market.confirm if seed else market.reject
    for _ in (StepKind.ASSIGN, StepKind.SEALED):
        for settlement in Settlement.objects.filter(state=SettlementState.AWAITING):
            decide(venue, settlement)
        market.sweep()
        travel(seconds=1)
        market.sweep()
    auction = Auction.objects.get(kind=StepKind.DUTCH)
    bob = market.a_bidder(venue, "Bob")
    for number in range(8):
        awaiting = list(Settlement.objects.filter(state=SettlementState.AWAITING).order_by("created_at"))
        if awaiting and chance.random() < 0.4 * seed:
            market.reject(venue, chance.choice(awaiting), fault="VENUE")
        else:
            market.take(bob, auction, f"t{number}", units=chance.randrange(1, 7))
        auction.refresh_from_db()
        standing = Award.objects.filter(step__lot__book=book).exclude(settlement__state__in=FAILED)
        free = free_ranges(100, standing.values_list("first_unit", "units"))
        found = load_remainder(auction, Book.objects.select_related("playbook", "asset").get(), clock.now())
        (whole,) = perform(load_work, steps=[auction.step], books=[found.book], now=clock.now())
        assert list(found.free) == list(whole.free) == free
    assert sum(standing.values_list("units", flat=True)) + sum(count for _, count in free) == 100


@pytest.mark.django_db
def test_a_take_reads_no_more_for_the_takes_of_its_book_before(venue, travel, database_owner):
    auction = market.a_dutch_auction(venue, travel)
    alice, bob, charlie = takers = [market.a_bidder(venue, name) for name in ("Alice", "Bob", "Charlie")]
    for each in takers:
        market.report_held(each, "BTC-PERP", "1", included=0)
    past.read_by_indexes()
    read = []
    for number, taker in enumerate([alice, bob, *[alice] * 47, charlie]):
        if number in (1, 49):
            past.know()
        before = past.rows_read()
        market.take(taker, auction, f"t{number}", units=1)
        read.append(past.rows_read() - before)
    more = read[49] - read[1]
    assert not {"auctions_award", "auctions_settlement", "auctions_take", "auctions_position", "auctions_lot"} & set(
        more
    )
    assert more.total() < 12, "a few by how the database joins, not one for each take"


@pytest.mark.django_db
def test_what_failed_is_free_again_and_has_gained_nothing(venue, travel):
    """A lot with a hole is asked for its awards, one by one; the audit has looked at what it counted before."""
    auction = market.a_dutch_auction(venue, travel)
    travel(seconds=30)
    market.mark_again()
    bob = market.a_bidder(venue, "Bob")
    market.take(bob, auction, "t1", units=3)
    market.take(bob, auction, "t2", units=4)
    lot = Lot.objects.get()
    gained = lot.gained
    assert (lot.units_awarded, gained < 0) == (7, True)
    market.reject(venue, Settlement.objects.order_by("created_at").first(), fault="VENUE")
    lot.refresh_from_db()
    assert (lot.units_awarded, lot.gained) == (None, None)
    found = load_remainder(auction, Book.objects.select_related("playbook", "asset").get(), clock.now())
    equity = found.equities[found.book.id]
    assert equity.gained == gained * 4 / 7
    assert list(equity.lots[lot.id].free) == list(found.free)


def take_as_before(monkeypatch, *words, **more):
    """As a program of 0.2.0 does, which counts nothing in lots and does not say so."""
    wrote = Award.objects.bulk_create

    def written(awards):
        for award in awards:
            award.counted = False
        return wrote(awards)

    with monkeypatch.context() as before:
        before.setattr(Lot, "note_award", lambda *_: None)
        before.setattr(Award.objects, "bulk_create", written)
        before.setattr(Auction, "cap_bps", property(lambda auction: auction.reserve_edge_bps))
        return market.take(*words, **more)


@pytest.mark.django_db
def test_what_a_program_of_before_awards_no_lot_counts_any_more(venue, travel, monkeypatch):
    auction = market.a_dutch_auction(venue, travel)
    bob = market.a_bidder(venue, "Bob")
    market.take(bob, auction, "t1", units=3)
    assert (Lot.objects.get().units_awarded, Lot.objects.get().fund_paid) == (3, 0)
    take_as_before(monkeypatch, bob, auction, "t2", units=4)
    lot = Lot.objects.get()
    assert (lot.units_awarded, lot.gained, lot.fund_paid) == (None, None, None)
    market.take(bob, auction, "t3", units=5)
    assert [*Award.objects.order_by("first_unit").values_list("first_unit", "units")] == [(0, 3), (3, 4), (7, 5)]
    invariants.hold()


@pytest.mark.django_db
def test_what_a_program_of_before_lets_fail_no_lot_counts_any_more(venue, travel):
    auction = market.a_dutch_auction(venue, travel)
    market.take(market.a_bidder(venue, "Bob"), auction, "t1", units=3)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE auctions_settlement SET state = 'EXPIRED', expired_at = backstop_now()")
    lot = Lot.objects.get()
    assert (lot.units_awarded, lot.gained, lot.fund_paid) == (None, None, None)


@pytest.mark.django_db
def test_what_is_not_contested_pays_a_program_of_before_no_more_than_its_cap(venue, travel, monkeypatch):
    auction = market.a_dutch_auction(venue, travel)
    bob = market.a_bidder(venue, "Bob")
    travel(seconds=10)
    Auction.objects.update(ready_seconds=1, uncontested_cap_bps=1000, contested=None)
    take_as_before(monkeypatch, bob, auction, "t1", units=3)
    assert Award.objects.get().edge_bps > 0
    Auction.objects.update(uncontested_cap_bps=0)
    with pytest.raises(OperationalError, match="no more than its cap"):
        take_as_before(monkeypatch, bob, auction, "t2", units=4)
