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

    @given(pools, amounts, st.data())
    def test_what_is_free_pays_for_as_many_shares_as_it_can_and_none_for_nothing(
        self, pool: Pool, free: int, data: st.DataObject
    ) -> None:
        shares = data.draw(st.integers(0, pool.supply))
        paid = pool.shares_paid(free, shares)
        assert 0 <= paid <= shares
        assert pool.worth_of(paid) <= free
        if paid < shares:
            assert not paid or pool.worth_of(paid - 1) < pool.worth_of(paid)
            least = -(-(pool.worth_of(paid) + 1) * (pool.supply + 10**6) // (pool.assets + 1))
            assert pool.worth_of(least) > free  # the next smallest amount that shares are worth is not there

    @pytest.mark.parametrize(("lost", "has"), [(19, False), (20, True), (21, True), (100, True)])
    def test_a_share_has_lost_at_the_threshold(self, lost: int, has: bool) -> None:
        high = Pool().with_deposit(100)
        assert Pool(100 - lost, high.supply).has_lost(high, 2000) is has

    def test_where_there_are_no_shares_none_has_lost(self) -> None:
        assert not Pool().has_lost(Pool().with_deposit(100), 1)

    def test_a_share_that_is_paid_nothing_has_lost_nothing(self) -> None:
        """Somebody deposits a smallest amount and leaves, but for one share: the vault goes on."""
        one = Pool().with_deposit(1).without(999_999)
        assert one.supply == 1
        assert not one.has_lost(one, 1)

    def test_who_comes_at_what_a_share_is_worth_raises_no_mark(self) -> None:
        pool = Pool().with_deposit(100)
        assert not pool.with_deposit(50).is_dearer_than(pool)
        assert pool.with_result(1).is_dearer_than(pool)
