"""Shares of a vault: who comes, goes or gives takes nothing from those who stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.sharing.vaults import Pool

amounts = st.integers(0, 10**20)
pools = st.builds(Pool, assets=st.integers(1, 10**20), supply=st.integers(0, 10**30))


class TestVault:
    def test_a_gift_does_not_make_the_next_depositor_pay(self) -> None:
        """The worked case: a first deposit of 1, a gift of 1,000,000, a second deposit of 1,000."""
        pool = Pool().with_deposit(1).with_result(1_000_000)
        shares = pool.shares_for(1000)
        assert shares == 1999
        assert pool.with_deposit(1000).worth_of(shares) == 999

    def test_who_deposits_alone_gets_all_of_it_back(self) -> None:
        pool = Pool().with_deposit(777)
        assert pool.worth_of(pool.supply) == 777
        assert pool.without(pool.supply) == Pool()

    @pytest.mark.parametrize(("lost", "supply"), [(9, 10_000_000), (10, 0), (11, 0)])
    def test_where_nothing_is_left_the_shares_are_cancelled(self, lost: int, supply: int) -> None:
        assert Pool().with_deposit(10).with_result(-lost) == Pool(10 - lost, supply)

    def test_a_pool_that_owes_gives_no_shares(self) -> None:
        assert Pool(assets=-1).shares_for(10**6) == 0

    @given(pools, amounts)
    def test_in_and_out_again_earns_nothing(self, pool: Pool, amount: int) -> None:
        shares = pool.shares_for(amount)
        assert pool.with_deposit(amount).worth_of(shares) <= amount

    @given(pools, amounts, st.integers(0, 100))
    def test_who_stays_never_loses_by_who_comes_and_goes(self, pool: Pool, amount: int, percent: int) -> None:
        mine = pool.supply // 2
        leaves = (pool.supply - mine) * percent // 100
        assert pool.with_deposit(amount).worth_of(mine) >= pool.worth_of(mine)
        assert pool.without(leaves).worth_of(mine) >= pool.worth_of(mine) or not pool.without(leaves).supply

    @given(pools, st.data())
    def test_what_is_paid_is_there(self, pool: Pool, data: st.DataObject) -> None:
        assert pool.worth_of(data.draw(st.integers(0, pool.supply))) <= pool.assets
