"""What a deposit in a vault is given of it, and what shares of it are paid, in whole smallest amounts.

Both are rounded down, in favour of those who stay. A million shares and one smallest amount that nobody owns stand in
every pool: whoever gives money to it, to make the shares of the next deposit round to nothing, gives most of it away.
Source: virtual shares, as OpenZeppelin's ERC-4626 has them.
"""

from dataclasses import dataclass

UNOWNED_SHARES = 10**6
UNOWNED_ASSETS = 1


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
