"""Partial liquidation by hand and by property: it suffices, a step less does not, and no cent is invented."""

from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auctions.rules.partial_liquidation import restoring_part
from auctions.rules.valuation import LINEAR, LONG, SPOT, Leg, value_book

BTC, ETH, SOL = (UUID(int=number) for number in (1, 2, 3))
MARKS = {BTC: Decimal(20000), ETH: Decimal(200), SOL: Decimal(50)}
D = Decimal


def bitcoin(quantity="2", entry="21000", side=LONG, rate="0.1", **fields):
    return Leg(BTC, LINEAR, side, D(quantity), D("0.001"), D(rate), D(entry), **fields)


def ether(quantity="100", rate="0.2"):
    return Leg(ETH, SPOT, LONG, D(quantity), D("0.001"), D(rate))


def part(cash, *legs, target="1", cost="550", scale=6):
    return restoring_part(D(cash), legs, MARKS, D(target), D(cost), scale)


def equity(cash, legs):
    """At the marks, exact."""
    value = Fraction(cash)
    for leg in legs:
        mark = Fraction(MARKS[leg.instrument_id])
        gain = mark if leg.kind == SPOT else (mark - Fraction(leg.entry_price)) * leg.sign
        value += Fraction(leg.accrued) + gain * Fraction(leg.quantity)
    return value


def requirement(legs):
    return sum(Fraction(leg.quantity) * Fraction(MARKS[leg.instrument_id]) * Fraction(leg.margin_rate) for leg in legs)


def test_a_linear_position_by_hand():
    # equity 5000 - 2000 = 3000, requirement 4000: short of 1000; all 40,000 free 40,000 x (10 % - 5.5 %) = 1800
    sold = part("5000", bitcoin())
    assert [leg.quantity for leg in sold.sold] == [D("1.112")]  # 2 x 1000 / 1800, rounded up to 0.001
    assert [leg.quantity for leg in sold.kept] == [D("0.888")]
    # its cost of 5.5 % on 22,240 is 1223.2, its loss 1112
    assert (sold.cash, sold.kept_cash, sold.kept_equity) == (D("2335.2"), D("2664.8"), D("1776.8"))
    assert sold.kept_equity >= D("0.888") * 20000 * D("0.1")
    # with a step less: 3000 - 1222.1 = 1777.9 against 1778
    assert 3000 - D("1.111") * 20000 * D("0.055") < D("0.889") * 20000 * D("0.1")


def test_spot_with_a_debt_by_hand():
    # equity 20,000 - 17,000 = 3000, requirement 4000; all 20,000 free 20,000 x (20 % - 5.5 %) = 2900
    sold = part("-17000", ether())
    assert sold.sold[0].quantity == D("34.483")  # 100 x 1000 / 2900, rounded up
    # it is worth 6896.6 and costs 379.313 at most: the rest of it repays debt
    assert (sold.cash, sold.kept_cash, sold.kept_equity) == (D("-6517.287"), D("-10482.713"), D("2620.687"))


def test_reaching_the_target_exactly_suffices():
    # equity 3200, requirement 4000, cost 6 %: half of it frees 800
    sold = part("5200", bitcoin(), cost="600")
    assert (sold.sold[0].quantity, sold.kept_equity) == (1, 2000)


def test_an_account_at_its_target_sells_nothing():
    assert part("6000", bitcoin()).is_empty
    assert not part("5999.999999", bitcoin()).is_empty


def test_where_all_of_it_is_just_enough_or_not_enough_it_is_the_whole_book():
    assert part("4200", bitcoin()) is None, "short of 1800, which all of it frees"
    assert part("4201", bitcoin()) is not None
    assert part("4100", bitcoin()) is None
    assert part("-9000", bitcoin()) is None


def test_a_leg_whose_sale_costs_as_much_as_it_frees_stays():
    assert part("4000", bitcoin(rate="0.055")) is None, "short of 200, and nothing frees anything"
    sold = part("-15000", ether(rate="0"), bitcoin(quantity="4"))
    # equity 20,000 - 15,000 - 4000 = 1000 against 8000: not even all of the contracts suffice (3600)
    assert sold is None
    sold = part("-10000", ether(rate="0"), bitcoin(quantity="4"))
    assert [leg.quantity for leg in sold.sold] == [0, D("2.223")]  # short of 2000 of 3600
    assert [leg.quantity for leg in sold.kept] == [100, D("1.777")]


def test_hedged_legs_are_sold_in_proportion():
    long, short = bitcoin(), Leg(SOL, LINEAR, "SHORT", D(800), D(1), D("0.1"), D(50))
    sold = part("9000", long, short)  # equity 7000 against 8000; all frees 3600
    assert [leg.quantity for leg in sold.sold] == [D("0.556"), 223]


def test_funding_is_split_by_quantity():
    sold = part("4999", bitcoin(accrued=D(1)))
    assert sold.sold[0].accrued + sold.kept[0].accrued == 1
    assert sold.sold[0].accrued == D("0.556")
    assert (sold.cash, sold.kept_equity) == (D("2335.2") - D("0.556"), D("1776.8"))


def test_the_published_vector_of_drift():
    # short of 10 at a margin ratio of 10 % and a price of 100, without a fee: one base unit
    # (drift-labs/protocol-v2, mod calculate_base_asset_amount_to_cover_margin_shortage, zero_percent_liquidation_fee)
    leg = Leg(BTC, LINEAR, LONG, D(3), D("0.001"), D("0.1"), D(100))
    sold = restoring_part(D(20), [leg], {BTC: D(100)}, D(1), D(0), 6)
    assert sold.sold[0].quantity == 1


legs = st.one_of(
    st.builds(
        Leg,
        st.sampled_from([BTC, SOL]),
        st.just(LINEAR),
        st.sampled_from([LONG, "SHORT"]),
        st.integers(1, 3000).map(lambda steps: D(steps) / 1000),
        st.just(D("0.001")),
        st.integers(0, 50).map(lambda percent: D(percent) / 100),
        st.integers(1, 40000).map(D),
        st.integers(-(10**7), 10**7).map(lambda amount: D(amount).scaleb(-7)),
    ),
    st.builds(ether, st.integers(1, 10**5).map(lambda steps: str(D(steps) / 1000)), st.sampled_from(["0", "0.2", "1"])),
)


def relief(sold, target, cost):
    """By how much selling so many steps of these legs lessens what the account lacks."""
    return sum(
        Fraction(steps) * Fraction(leg.quantity_step) * Fraction(MARKS[leg.instrument_id])
        * (Fraction(target) * Fraction(leg.margin_rate) - Fraction(cost) / 10000)
        for leg, steps in sold
    )  # fmt: skip


@given(
    st.lists(legs, min_size=1, max_size=5),
    st.integers(-30000, 60000).map(D),
    st.sampled_from(["0.5", "1", "1.1", "3"]).map(D),
    st.sampled_from(["0", "100", "550", "2000"]).map(D),
    st.sampled_from([0, 2, 6]),
)
def test_what_is_sold_suffices_a_step_less_of_each_does_not_and_all_adds_up(several, cash, target, cost, scale):
    found = restoring_part(cash, several, MARKS, target, cost, scale)
    shortage = Fraction(target) * requirement(several) - equity(cash, several)
    if found is None:
        helpful = [leg for leg in several if target * leg.margin_rate > cost / 10000]
        after = equity(cash, several) - sold_cost(helpful, cost)
        rest = [leg for leg in several if leg not in helpful]
        assert not rest or after <= Fraction(target) * requirement(rest), "not even all that helps is more than enough"
        fewer = [(leg, leg.steps - 1) for leg in helpful]
        assert relief(fewer, target, cost) < shortage, "a step less of each suffices"
        return
    for leg, one, other in zip(several, found.sold, found.kept, strict=True):
        assert one.quantity + other.quantity == leg.quantity
        assert one.accrued + other.accrued == leg.accrued
    assert found.cash + found.kept_cash == cash
    assert equity(found.cash, found.sold) + equity(found.kept_cash, found.kept) == equity(cash, several)
    left = equity(found.kept_cash, found.kept)
    assert left >= Fraction(target) * requirement(found.kept)
    assert 0 <= left - Fraction(found.kept_equity) < Fraction(1, 10**scale)
    if found.is_empty:
        return
    worth = equity(found.cash, found.sold)
    assert 0 <= sold_cost(found.sold, cost) - worth < Fraction(1, 10**scale), "it takes its worst-case cost along"
    fewer = [(leg, max(one.steps - 1, 0)) for leg, one in zip(several, found.sold, strict=True)]
    assert relief(fewer, target, cost) < shortage, "a step less of each suffices too"


def sold_cost(several, cost):
    return sum(Fraction(leg.quantity) * Fraction(MARKS[leg.instrument_id]) for leg in several) * Fraction(cost) / 10000


@pytest.mark.parametrize("scale", [2, 6])
def test_the_part_is_an_ordinary_book_with_its_cost_as_equity(scale):
    sold = part("5000", bitcoin(), ether(rate="0.01"), scale=scale, target="2")
    value = value_book(sold.cash, sold.sold, MARKS, scale)
    assert value.equity == D("0.055") * value.notional
