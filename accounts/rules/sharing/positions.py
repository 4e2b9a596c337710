"""The last of a loss plan: what nobody took is closed against accounts on the other side, and what nobody paid is
shared out over accounts that gained, by a published rule."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

from accounts.rules.refusals import AccountRefusal
from backstop.values.amounts import ZERO, multiply, whole_times
from backstop.values.splitting import split_within

Name = TypeVar("Name", bound=Any)  # of an account: anything that has an order


class Method(StrEnum):
    """By rank, the first to its whole quantity; or all, in proportion to what they hold, or gained."""

    RANK = "RANK"
    PRO_RATA = "PRO_RATA"


class AllocationKind(StrEnum):
    """Of POSITION accounts give up quantity, at a stated price; of CASH a part of what they gained."""

    POSITION = "POSITION"
    CASH = "CASH"


@dataclass(frozen=True, slots=True)
class Opposite(Generic[Name]):
    """An account on the other side: what it holds (> 0), its profit and its effective leverage (>= 0)."""

    id: Name
    quantity: Decimal
    profit: Decimal = ZERO
    leverage: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class SuppliedAccount:
    """An account that the venue names for a loss: what it had before it gave any of it (a quantity on the other side,
    or what it gained), its profit and its effective leverage."""

    account: str
    quantity: Decimal
    profit: Decimal = ZERO
    leverage: Decimal = ZERO

    def as_opposite(self) -> Opposite[str]:
        """It as one to close against."""
        return Opposite(self.account, self.quantity, self.profit, self.leverage)


MOST_ACCOUNTS = 1000  # at once


def require_supplied(accounts: Sequence[SuppliedAccount], kind: AllocationKind, method: Method) -> None:
    """Raises `allocation_refused` unless they are from 1 to `MOST_ACCOUNTS`, each once, each with something to give and
    what its method orders by: RANK asks for a leverage (> 0). Of CASH everybody has a profit, and gives no more
    than that."""
    if not 0 < len(accounts) <= MOST_ACCOUNTS:
        raise AccountRefusal.ALLOCATION_REFUSED.error(f"name from 1 to {MOST_ACCOUNTS} accounts", pointer="/accounts")
    seen: set[str] = set()
    for place, each in enumerate(accounts):
        if each.account in seen:
            raise AccountRefusal.ALLOCATION_REFUSED.error(
                "the account is named twice", pointer=f"/accounts/{place}/account"
            )
        seen.add(each.account)
        if each.quantity <= 0:
            raise AccountRefusal.ALLOCATION_REFUSED.error(
                "an account gives of what it has: more than 0", pointer=f"/accounts/{place}/quantity"
            )
        if each.leverage < 0 or (method is Method.RANK and each.leverage == 0):
            raise AccountRefusal.ALLOCATION_REFUSED.error(
                "RANK goes by profit x leverage, and leverage is above zero", pointer=f"/accounts/{place}/leverage"
            )
        if kind is AllocationKind.CASH and each.profit < each.quantity:
            raise AccountRefusal.ALLOCATION_REFUSED.error(
                "an account gives of what it gained: its profit is at least its quantity",
                pointer=f"/accounts/{place}/profit",
            )


def close_against(
    quantity: Decimal, step: Decimal, accounts: Sequence[Opposite[Name]], method: Method
) -> dict[Name, Decimal]:
    """How much of `quantity` is closed against whom, in whole steps, never more than it or than what an account holds.

    RANK: in descending order of profit x leverage, as exchanges publish; PRO_RATA: by largest remainder. Ties by id.
    Who is not reached is not named.
    """
    ranked = sorted(accounts, key=lambda account: account.id)
    if method is Method.RANK:
        ranked.sort(key=lambda account: multiply(account.profit, account.leverage), reverse=True)
    steps = _STEPS[method](whole_times(quantity, step), ranked, step)
    return {account.id: multiply(step, count) for account, count in zip(ranked, steps, strict=True) if count}


def _by_rank(steps: int, ranked: Sequence[Opposite[Any]], step: Decimal) -> list[int]:
    parts = []
    for account in ranked:
        parts.append(min(steps, whole_times(account.quantity, step)))
        steps -= parts[-1]
    return parts


def _pro_rata(steps: int, ranked: Sequence[Opposite[Any]], step: Decimal) -> list[int]:
    limits = [whole_times(account.quantity, step) for account in ranked]
    return split_within(steps, [account.quantity for account in ranked], limits)


_STEPS: Final[Mapping[Method, Callable[[int, Sequence[Opposite[Any]], Decimal], list[int]]]] = {
    Method.RANK: _by_rank,
    Method.PRO_RATA: _pro_rata,
}
