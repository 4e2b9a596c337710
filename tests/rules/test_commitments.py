"""Who may take a lot from its standing commitments, how much of it, and which caps bind."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.commitments import CommittedLeg, Reason, StandingBid, remaining_capacity
from accounts.rules.terms import CapName, StandingTerms, Window
from backstop.values.periods import Calendar

THURSDAY = datetime(2026, 3, 12, 12, tzinfo=UTC)
NOW = THURSDAY
EARLIER = NOW - timedelta(days=1)
MOMENT = timedelta(microseconds=1)


def d(text: str | int) -> Decimal:
    return Decimal(text)


def a_bid(number: int = 1, **changes) -> StandingBid:
    fields = {name: changes.pop(name) for name in list(changes) if name in StandingBid.__slots__}
    numbers = {name: d(value) for name, value in changes.items() if name.startswith(("min_", "cap_"))}
    terms = StandingTerms(**{"min_edge_bps": d(50), **changes, **numbers})
    standing = {
        "commitment_id": UUID(int=number),
        "suspended": False,
        "active_at": EARLIER,
        "timeline": [(EARLIER, terms)],
        "anchor_at": None,
        "used": {},
        "held": d(0),
    }
    return StandingBid(**{**standing, **fields})


def capacity(*legs: CommittedLeg, **wishes):
    asked = {"received_at": NOW, "now": NOW, "free_collateral": d(0), "unit_hold": d(0), **wishes}
    return remaining_capacity(legs, **asked)


def a_leg(*bids: StandingBid, side: str = "LONG", unit_notional: str | int = 10) -> CommittedLeg:
    return CommittedLeg(side, d(unit_notional), bids)


def test_without_caps_nothing_limits_it() -> None:
    found = capacity(a_leg(a_bid()))
    assert (found.room(), found.caps, found.reasons, found.min_edge_bps) == (None, (), (), 50)


@pytest.mark.parametrize(("cap", "units"), [("100", 10), ("99.999999", 9), ("100.000001", 10), ("9.99", 0), ("0", 0)])
def test_as_many_units_fit_as_fit_whole_and_what_fits_exactly_fits(cap, units) -> None:
    assert capacity(a_leg(a_bid(cap_per_assignment=cap))).room() == units


def test_the_smallest_cap_binds_and_equal_ones_all_do() -> None:
    bid = a_bid(cap_per_assignment="100", cap_held="90", held=d(40), window=Window(d(50), 60))
    found = capacity(a_leg(bid), free_collateral=d(1000), unit_hold=d(1))
    assert found.room() == 5
    assert {cap.name for cap in found.binding()} == {CapName.HELD, CapName.WINDOW}
    assert {cap.name: cap.remaining for cap in found.caps} == {
        CapName.ASSIGNMENT: 100,
        CapName.HELD: 50,
        CapName.WINDOW: 50,
        CapName.COLLATERAL: 1000,
    }


def test_what_is_over_a_cap_already_leaves_nothing_and_not_less() -> None:
    found = capacity(a_leg(a_bid(cap_held="100", held=d(150))))
    assert (found.room(), found.caps[0].remaining) == (0, 0)


def test_collateral_binds_like_any_cap() -> None:
    found = capacity(a_leg(a_bid()), free_collateral=d("29.9"), unit_hold=d(10))
    assert (found.room(), found.binding()[0].name) == (2, CapName.COLLATERAL)


def test_a_lot_needs_every_leg_and_side() -> None:
    long_only, both = a_bid(1, sides="LONG"), a_bid(2, sides="BOTH")
    assert capacity(a_leg(long_only), a_leg(long_only)).reasons == ()
    assert capacity(a_leg(both), a_leg(both, side="SHORT")).reasons == ()
    found = capacity(a_leg(long_only), a_leg(long_only, side="SHORT"))
    assert (found.reasons, found.room()) == ((Reason.SIDE_EXCLUDED,), 0)
    assert capacity(a_leg(both), a_leg()).reasons == (Reason.NOT_EFFECTIVE,)


def test_a_cap_counts_the_legs_that_its_commitment_supplied_it_for() -> None:
    wide = a_bid(1, cap_per_assignment="100", window=Window(d(60), 60))
    narrow = a_bid(2, cap_per_assignment="70", min_edge_bps="80")
    found = capacity(a_leg(wide, narrow), a_leg(wide, unit_notional=5), a_leg(wide, unit_notional=15))
    needs = {(cap.name, cap.commitment_id.int): cap.per_unit for cap in found.caps}
    assert needs == {
        (CapName.ASSIGNMENT, 2): 10,
        (CapName.ASSIGNMENT, 1): 20,
        (CapName.WINDOW, 1): 30,
    }
    assert (found.room(), found.min_edge_bps, found.commitment_id) == (2, 80, UUID(int=2))


def test_what_is_offered_is_judged_by_when_the_book_was_received() -> None:
    later = NOW + timedelta(hours=2)
    bid = a_bid(timeline=[(EARLIER, StandingTerms(min_edge_bps=d(50))), (NOW, StandingTerms(min_edge_bps=d(90)))])
    assert capacity(a_leg(bid), received_at=NOW - MOMENT, now=later).min_edge_bps == 50
    assert capacity(a_leg(bid), received_at=NOW, now=later).min_edge_bps == 90


@pytest.mark.parametrize(
    ("changes", "effective"),
    [
        ({"active_at": None}, False),
        ({"active_at": NOW}, True),
        ({"active_at": NOW + MOMENT}, False),
        ({"timeline": []}, False),
        ({"starts_at": NOW}, True),
        ({"starts_at": NOW + MOMENT}, False),
        ({"ends_at": NOW}, False),
        ({"ends_at": NOW + MOMENT}, True),
    ],
)
def test_a_commitment_stands_from_its_start_until_just_before_its_end(changes, effective) -> None:
    found = capacity(a_leg(a_bid(**changes)))
    assert found.reasons == (() if effective else (Reason.NOT_EFFECTIVE,))


def test_when_a_narrower_commitment_is_over_the_wider_one_governs_again() -> None:
    wide, narrow = a_bid(1), a_bid(2, min_edge_bps="80", ends_at=NOW)
    found = capacity(a_leg(wide, narrow))
    assert (found.min_edge_bps, found.commitment_id) == (50, UUID(int=1))


def test_suspension_stops_a_leg_at_once_whatever_else_covers_it() -> None:
    wide, narrow = a_bid(1), a_bid(2)
    for bids in ((replace(wide, suspended=True), narrow), (wide, replace(narrow, suspended=True))):
        assert capacity(a_leg(*bids), received_at=EARLIER).reasons == (Reason.COMMITMENT_SUSPENDED,)
    assert capacity(a_leg(wide), provider_suspended=True).reasons == (Reason.PROVIDER_SUSPENDED,)


def test_the_calendar_goes_by_the_utc_date_on_which_the_book_was_received() -> None:
    saturday = datetime(2026, 3, 14, tzinfo=UTC)
    weekday, weekend = a_bid(calendar=Calendar.WEEKDAY), a_bid(calendar=Calendar.WEEKEND)
    for moment, stands in ((saturday - MOMENT, weekday), (saturday, weekend)):
        for bid in (weekday, weekend):
            expected = () if bid is stands else (Reason.CALENDAR_EXCLUDED,)
            assert capacity(a_leg(bid), received_at=moment).reasons == expected


def test_without_a_minimum_edge_there_is_no_bid() -> None:
    assert capacity(a_leg(a_bid(min_edge_bps="5", timeline=[(EARLIER, StandingTerms())]))).reasons == (
        Reason.EDGE_MISSING,
    )


def test_a_held_cap_that_cannot_be_priced_stops_it_and_without_that_cap_it_does_not_matter() -> None:
    assert capacity(a_leg(a_bid(cap_held="5", held=None))).reasons == (Reason.HOLDINGS_UNPRICED,)
    assert capacity(a_leg(a_bid(held=None))).reasons == ()


def test_a_window_ends_and_the_next_one_is_empty() -> None:
    bid = a_bid(window=Window(d(100), 60), anchor_at=NOW, used={NOW: d(70)})
    last = NOW + timedelta(seconds=60) - MOMENT
    for moment, units in ((NOW, 3), (last, 3), (NOW + timedelta(seconds=60), 10)):
        assert capacity(a_leg(bid), received_at=NOW, now=moment).room() == units


def test_a_longer_window_counts_what_shorter_ones_within_it_used() -> None:
    half = timedelta(seconds=30)
    bid = a_bid(window=Window(d(100), 60), anchor_at=NOW, used={NOW: d(10), NOW + half: d(20)})
    (cap,) = capacity(a_leg(bid), now=NOW + half).caps
    assert (cap.used, cap.window.starts_at, cap.window.ends_at) == (30, NOW, NOW + 2 * half)


def test_before_the_first_use_the_window_begins_now() -> None:
    (cap,) = capacity(a_leg(a_bid(window=Window(d(100), 60)))).caps
    assert cap.window.starts_at == NOW


amounts = st.decimals(min_value=0, max_value=1000, places=3)


@given(
    cap=amounts,
    held_cap=amounts,
    held=amounts,
    window=amounts,
    used=amounts,
    free=amounts,
    notionals=st.lists(st.decimals(min_value="0.001", max_value=50, places=3), min_size=1, max_size=4),
    hold=st.decimals(min_value="0.001", max_value=50, places=3),
)
def test_all_that_fits_keeps_every_cap_and_one_unit_more_breaks_one(
    cap, held_cap, held, window, used, free, notionals, hold
) -> None:
    bid = a_bid(
        cap_per_assignment=cap,
        cap_held=held_cap,
        held=held,
        window=Window(window, 60),
        anchor_at=NOW,
        used={NOW: used},
    )
    found = capacity(
        *(a_leg(bid, unit_notional=notional) for notional in notionals), free_collateral=free, unit_hold=hold
    )

    def fits(units: int) -> bool:
        lot = sum(notionals) * units
        return lot <= cap and held + lot <= held_cap and used + lot <= window and hold * units <= free

    units = int(found.room())
    assert units == 0 or fits(units)
    assert not fits(units + 1)
