"""Textbook and published auctions, each with its source.

Most sources sell to the highest bidders. Here the estate buys: a buyer's value v is the edge -v, so that the provider
with the highest value asks the lowest edge, and what it pays is a negative payment.
"""

from decimal import Decimal

from auctions.rules.clearing import ClearingBid, Format, Outcome, PriceRule, Rationing, Result, clear
from tests.rules.market import bid, edges_of, in_order, selling, units_of, units_of_providers

KRISHNA = {
    "bidder 1": [50, 47, 40, 32, 15, 5],
    "bidder 2": [42, 28, 20, 12, 7, 3],
    "bidder 3": [45, 35, 24, 14, 9, 6],
}
AUSUBEL = {
    "A": [123, 113, 103],
    "B": [75, 5, 3],
    "C": [125, 125, 49],
    "D": [85, 65, 7],
    "E": [45, 25, 12],
}


def unit_bids(values: dict[str, list[int]]) -> list[ClearingBid]:
    """One bid for each further unit, as a demand schedule."""
    singles = [(name, place, value) for name, schedule in values.items() for place, value in enumerate(schedule, 1)]
    return [
        bid(f"{name}, unit {place}", 1, -value, sequence, provider=name)
        for sequence, (name, place, value) in enumerate(singles, 1)
    ]


def paid_by_bidders(outcome: Outcome) -> dict[str, Decimal]:
    return {provider: -payment for provider, payment in outcome.payments.items()}


class TestKrishnaSixUnits:
    """Krishna, Auction Theory, 2nd ed. (2010), chapter 12.1: six units, three bidders, figures 12.1 to 12.3."""

    def test_the_six_highest_values_win(self) -> None:
        for auction_format in Format:
            outcome = clear(selling(auction_format, 6, 0), unit_bids(KRISHNA))
            assert units_of_providers(outcome) == {"bidder 1": 3, "bidder 2": 1, "bidder 3": 2}

    def test_the_discriminatory_auction_takes_each_bid(self) -> None:
        outcome = clear(selling(Format.PAY_AS_BID, 6, 0), unit_bids(KRISHNA))
        assert paid_by_bidders(outcome) == {"bidder 1": 50 + 47 + 40, "bidder 2": 42, "bidder 3": 45 + 35}

    def test_the_uniform_auction_takes_the_highest_losing_bid(self) -> None:
        terms = selling(Format.UNIFORM, 6, 0, price_rule=PriceRule.FIRST_REJECTED)
        outcome = clear(terms, unit_bids(KRISHNA))
        assert outcome.clearing_edge_bps == -32
        assert paid_by_bidders(outcome) == {"bidder 1": 3 * 32, "bidder 2": 32, "bidder 3": 2 * 32}

    def test_the_vickrey_auction_takes_the_losing_bids_that_are_displaced(self) -> None:
        outcome = clear(selling(Format.VICKREY, 6, 0), unit_bids(KRISHNA))
        assert paid_by_bidders(outcome) == {"bidder 1": 20 + 24 + 28, "bidder 2": 32, "bidder 3": 28 + 32}


class TestAusubelFiveLicences:
    """Ausubel, An Efficient Ascending-Bid Auction for Multiple Objects, AER 94 (2004), section I: five licences.

    Its ascending auction gives A its units at 65, 75 and 85, and C its units at 75 and 85: the Vickrey payments.
    """

    def test_a_wins_three_and_c_two(self) -> None:
        outcome = clear(selling(Format.VICKREY, 5, 0), unit_bids(AUSUBEL))
        assert units_of_providers(outcome) == {"A": 3, "C": 2}

    def test_they_pay_what_clinching_would_have_cost_them(self) -> None:
        outcome = clear(selling(Format.VICKREY, 5, 0), unit_bids(AUSUBEL))
        assert paid_by_bidders(outcome) == {"A": 65 + 75 + 85, "C": 75 + 85}

    def test_the_highest_losing_bid_is_the_uniform_price(self) -> None:
        terms = selling(Format.UNIFORM, 5, 0, price_rule=PriceRule.FIRST_REJECTED)
        assert clear(terms, unit_bids(AUSUBEL)).clearing_edge_bps == -85


def test_two_apples_where_one_bidder_wants_both_or_none() -> None:
    """The worked example of the Vickrey-Clarke-Groves mechanism in Wikipedia, Vickrey auction, Generalizations.

    A bids 5 for one apple, B 2 for one, C 6 for both or none: A and B win, A pays 4 and B pays 1.
    """
    bids = [bid("A", 1, -5, 1), bid("B", 1, -2, 2), bid("C", 2, -3, 3, all_or_none=True)]
    outcome = clear(selling(Format.VICKREY, 2, 0), bids)
    assert units_of(outcome) == {"A": 1, "B": 1}
    assert paid_by_bidders(outcome) == {"A": 4, "B": 1}


def test_vickrey_may_earn_nothing_though_the_competition_would_pay() -> None:
    """Ausubel and Milgrom, The Lovely but Lonely Vickrey Auction (2006), section 2: the known weakness with packages.

    One bidder would pay 2 for two licences together; two others would pay 2 for one each, and get them for nothing.
    """
    bids = [bid("both", 2, -1, 1, all_or_none=True), bid("one", 1, -2, 2), bid("other", 1, -2, 3)]
    outcome = clear(selling(Format.VICKREY, 2, 0), bids)
    assert units_of(outcome) == {"one": 1, "other": 1}
    assert paid_by_bidders(outcome) == {"one": 0, "other": 0}


def test_the_treasury_accepts_the_lowest_yields_and_prorates_at_the_high_yield() -> None:
    """31 CFR 356.20 (a): bids at the highest accepted yield get the percentage that is left; all pay the high yield.

    An offering of 100 with bids of 40 at 4.10 %, 35 at 4.15 % and 100 at 4.20 %: 25 % of the last are awarded.
    """
    bids = in_order(
        ("Alice", 40, "4.10"), ("Bob", 35, "4.15"), ("Charlie", 60, "4.20"), ("Dora", 40, "4.20"), ("Erin", 50, "4.25")
    )
    outcome = clear(selling(Format.UNIFORM, 100), bids)
    assert outcome.clearing_edge_bps == Decimal("4.20")
    assert units_of(outcome) == {"Alice": 40, "Bob": 35, "Charlie": 15, "Dora": 10}
    assert set(edges_of(outcome).values()) == {Decimal("4.20")}


class TestEasyAuction:
    """Gnosis EasyAuction (gnosis/ido-contracts), README, The batch auction mechanism.

    Volumes are added up from the best bid until they reach what is sold; that bid defines the one price, and is the
    only one that may be filled in part; among equal prices the earlier order goes first.
    """

    def test_the_order_that_reaches_the_volume_sets_the_price_and_is_filled_in_part(self) -> None:
        bids = in_order(("first", 40, -20), ("second", 40, -15), ("third", 40, -12), ("fourth", 40, -10))
        outcome = clear(selling(Format.UNIFORM, 100, 0, rationing=Rationing.SEQUENCE), bids)
        assert outcome.clearing_edge_bps == -12
        assert units_of(outcome) == {"first": 40, "second": 40, "third": 20}

    def test_without_a_partly_filled_order_the_last_full_one_sets_the_price(self) -> None:
        bids = in_order(("first", 60, -20), ("second", 40, -15), ("third", 40, -12))
        outcome = clear(selling(Format.UNIFORM, 100, 0, rationing=Rationing.SEQUENCE), bids)
        assert outcome.clearing_edge_bps == -15
        assert units_of(outcome) == {"first": 60, "second": 40}

    def test_without_participation_nothing_is_sold(self) -> None:
        outcome = clear(selling(Format.UNIFORM, 100, 0, rationing=Rationing.SEQUENCE), [])
        assert outcome.result is Result.UNFILLED
        assert outcome.unfilled_units == 100
