"""What is left of a book's money when all of it is settled, and whose it is: at last the account's owner's.

Pure arithmetic on amounts of the book's asset.
"""

from dataclasses import dataclass
from decimal import Decimal

from backstop.values.amounts import ZERO, difference, total


@dataclass(frozen=True, slots=True)
class Close:
    """How a book's money ends, in this order: an account that lives on makes good what the estate lacks (below zero: it
    gets back what clearing advanced for it and the estate does not need); the estate repays advances, then its debt;
    of both the layers of the loss plan in front of the fund pay what is left; the fund, then the venue's losses, cover
    what remains of the debt; the fee, at most what is left; the rest belongs to the account's owner."""

    made_good: Decimal
    advances_repaid: Decimal
    debt_repaid: Decimal
    debt_covered: Decimal
    debt_lost: Decimal
    fee: Decimal
    residual: Decimal
    advances_shared: Decimal = ZERO
    debt_shared: Decimal = ZERO

    @property
    def shared(self) -> Decimal:
        """What the layers in front of the fund pay."""
        return total([self.advances_shared, self.debt_shared])


def close_book(
    *,
    estate: Decimal,
    debt: Decimal,
    advanced: Decimal,
    fund_limit: Decimal,
    fund_free: Decimal,
    fee: Decimal,
    liable: Decimal = ZERO,
    kept_advanced: Decimal = ZERO,
    in_front: Decimal = ZERO,
) -> Close:
    """`estate`, `debt` and `advanced` (the fund's money in edges) are what stands, none negative; `fund_limit` is the
    most that the fund spends on one book, of which advances that are not repaid are spent already. An account that was
    sold only in part is `liable` for what its estate cannot repay, up to the equity that it kept: before the fund is.
    Of that clearing has advanced `kept_advanced`, which is in the estate or was paid out of it. The layers of the loss
    plan `in_front` of the fund have so much: it repays the fund first.
    """
    lacking = difference(total([advanced, debt, kept_advanced]), estate)
    made_good = difference(max(min(lacking, liable), ZERO), kept_advanced)
    estate = total([estate, made_good])
    advances_repaid = min(estate, advanced)
    left = difference(estate, advances_repaid)
    debt_repaid = min(left, debt)
    left = difference(left, debt_repaid)
    advances_shared = min(in_front, difference(advanced, advances_repaid))
    debt_shared = min(difference(in_front, advances_shared), difference(debt, debt_repaid))
    owed = difference(debt, debt_repaid, debt_shared)
    repaid = total([advances_repaid, advances_shared])
    allowed = total([difference(fund_limit, advanced), repaid])
    debt_covered = max(min(owed, allowed, total([fund_free, repaid])), ZERO)
    charged = min(fee, left)
    return Close(
        made_good=made_good,
        advances_repaid=advances_repaid,
        debt_repaid=debt_repaid,
        debt_covered=debt_covered,
        debt_lost=difference(owed, debt_covered),
        fee=charged,
        residual=difference(left, charged),
        advances_shared=advances_shared,
        debt_shared=debt_shared,
    )
