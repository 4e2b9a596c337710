"""When one person is not enough, and who counts as another. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from backstop.values.amounts import ZERO, total

LAPSES_AFTER = timedelta(days=1)
ADDS_UP_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stake:
    """What is moved or risked: so much of an asset, in or out; with None a risk that no amount measures.

    What `adds_up` counts together with what the same person moved alone, by the same operation and the same way (in or
    out), within `ADDS_UP_FOR`: what is exactly as old counts no more.
    """

    asset_id: UUID | None = None
    amount: Decimal | None = None
    adds_up: bool = False


def unmeasured(**_: object) -> Stake:
    """What an operation risks whatever it is given, where no amount measures it."""
    return Stake()


def needs_another(stake: Stake, limits: Mapping[UUID, Decimal], moved_alone: Decimal = ZERO) -> bool:
    """Whether a second person has to confirm it, by the limits of the assets that have one. The limit itself is free.

    `moved_alone` is what adds up with it, of the same sign.

    What no amount measures needs one wherever there is a limit at all.
    """
    if stake.amount is None or stake.asset_id is None:
        return bool(limits)
    limit = limits.get(stake.asset_id)
    return limit is not None and total([stake.amount, moved_alone]).copy_abs() > limit


def names_of(names: Iterable[str | None]) -> frozenset[str]:
    """By what a person is known, so that two accounts of one person have a name in common."""
    plain = (" ".join(name.split()).casefold() for name in names if name)
    return frozenset(name for name in plain if name)
