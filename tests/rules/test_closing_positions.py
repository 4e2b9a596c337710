"""The last of a loss plan: whose positions are closed against what nobody took."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.sharing.positions import Method, Opposite, close_against
from backstop.values.amounts import total

accounts = st.lists(
    st.tuples(st.decimals("0.01", 20, places=2), st.decimals(-50, 50, places=1), st.integers(0, 20)), max_size=6
).map(lambda drawn: [Opposite(f"a{at}", has, won, Decimal(times)) for at, (has, won, times) in enumerate(drawn)])


def opposite(who: str, has: str, profit: int = 0, leverage: int = 0) -> Opposite[str]:
    return Opposite(who, Decimal(has), Decimal(profit), Decimal(leverage))


class TestRank:
    def test_the_most_profit_times_leverage_goes_first_and_whole(self) -> None:
        those = [opposite("calm", "5", 100, 1), opposite("bold", "2", 30, 10), opposite("loser", "9", -10, 50)]
        closed = close_against(Decimal(6), Decimal(1), those, Method.RANK)
        assert list(closed.items()) == [("bold", 2), ("calm", 4)]

    def test_ties_go_by_id(self) -> None:
        those = [opposite("b", "1", 2, 3), opposite("a", "1", 3, 2)]
        assert close_against(Decimal(1), Decimal(1), those, Method.RANK) == {"a": 1}


class TestProRata:
    def test_all_give_in_proportion_by_largest_remainder(self) -> None:
        those = [opposite("b", "3"), opposite("a", "3"), opposite("c", "1")]
        assert close_against(Decimal("0.8"), Decimal("0.1"), those, Method.PRO_RATA) == {
            "a": Decimal("0.4"),
            "b": Decimal("0.3"),
            "c": Decimal("0.1"),
        }

    def test_who_holds_less_than_a_step_is_not_reached(self) -> None:
        those = [opposite("a", "0.5"), opposite("b", "5.5")]
        assert close_against(Decimal(10), Decimal(1), those, Method.PRO_RATA) == {"b": 5}


@pytest.mark.parametrize("method", Method)
@given(accounts, st.decimals(0, 80, places=2), st.sampled_from(["0.01", "0.3", "1"]).map(Decimal))
def test_never_more_is_closed_than_was_left_or_than_anybody_holds(
    method: Method, those: list[Opposite[str]], quantity: Decimal, step: Decimal
) -> None:
    closed = close_against(quantity, step, those, method)
    assert total(closed.values()) == min(quantity // step, sum(one.quantity // step for one in those)) * step
    holds = {one.id: one.quantity for one in those}
    assert all(0 < part <= holds[who] and part % step == 0 for who, part in closed.items())
