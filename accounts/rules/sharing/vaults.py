"""What a deposit in a vault is given of it, and what shares of it are paid, in whole smallest amounts.

Both are rounded down, in favour of those who stay. A million shares and one smallest amount that nobody owns stand in
every pool: whoever gives money to it, to make the shares of the next deposit round to nothing, gives most of it away.
Source: virtual shares, as OpenZeppelin's ERC-4626 has them.
"""

from dataclasses import dataclass
from datetime import timedelta

from backstop.values.bps import BPS_PER_ONE

UNOWNED_SHARES = 10**6
UNOWNED_ASSETS = 1
RETURNED_AFTER = timedelta(days=90)  # since a withdrawal is due, where nobody could pay it
MOST_SHARES = 10**77  # room is left in what is stored for one more deposit, whatever it is given


@dataclass(frozen=True, slots=True)
class Pool:
    """What a vault has, in smallest amounts (below zero: it owes), and how many shares there are of it."""

    assets: int = 0
    supply: int = 0

    def shares_for(self, amount: int) -> int:
        """The shares that a deposit is given; none where the pool owes, and none is a refusal."""
        if self.assets < 0:
            return 0
        return amount * (self.supply + UNOWNED_SHARES) // (self.assets + UNOWNED_ASSETS)

    def worth_of(self, shares: int) -> int:
        """What is paid for shares."""
        return shares * (self.assets + UNOWNED_ASSETS) // (self.supply + UNOWNED_SHARES)

    def shares_paid(self, free: int, shares: int) -> int:
        """Of `shares` as many as `free` (>= 0) pays for; of these, where it is not all, no more than what is paid is
        worth: none where nothing is."""
        if self.assets <= 0:
            return 0
        if self.worth_of(shares) <= free:
            return shares
        most = ((free + 1) * (self.supply + UNOWNED_SHARES) - 1) // (self.assets + UNOWNED_ASSETS)
        return -(-self.worth_of(most) * (self.supply + UNOWNED_SHARES) // (self.assets + UNOWNED_ASSETS))

    def is_dearer_than(self, other: "Pool") -> bool:
        """Whether a share of it is worth more than one of the other."""
        return self._times(other) > other._times(self)

    def has_lost(self, high_water: "Pool", loss_bps: int) -> bool:
        """Whether all shares would be paid less than as many at the high-water mark, by so much of that; equal has.
        What is paid nothing for neither then nor now has lost nothing."""
        paid, paid_before = self.worth_of(self.supply), high_water.worth_of(self.supply)
        return paid < paid_before and paid * BPS_PER_ONE <= paid_before * (BPS_PER_ONE - loss_bps)

    def _times(self, other: "Pool") -> int:
        """What a share is worth, in parts that those of the other are in too."""
        return (self.assets + UNOWNED_ASSETS) * (other.supply + UNOWNED_SHARES)

    def with_deposit(self, amount: int) -> "Pool":
        """After a deposit."""
        return _pool(self.assets + amount, self.supply + self.shares_for(amount))

    def without(self, shares: int) -> "Pool":
        """After shares, at most the supply, are paid."""
        return _pool(self.assets - self.worth_of(shares), self.supply - shares)

    def with_result(self, amount: int) -> "Pool":
        """After what is given or won, or lost (< 0)."""
        return _pool(self.assets + amount, self.supply)


def _pool(assets: int, supply: int) -> Pool:
    """Shares of nothing are cancelled."""
    return Pool(assets, supply if assets > 0 else 0)
