"""Standing bids: their life, what of them is used, and what their providers hold.

The flow through the market writes takings and holdings by these operations; it never touches the rows itself.
"""

from accounts.operations.commitments.capacity import Taking, return_capacity, take_capacity
from accounts.operations.commitments.holdings import (
    HoldingAddition,
    ReportedQuantity,
    add_holdings,
    drop_holdings,
    report_holdings,
    settle_holdings,
)
from accounts.operations.commitments.offering import (
    approve_commitment,
    change_commitment,
    propose_commitment,
    resume_commitment,
    suspend_commitment,
    withdraw_commitment,
)

__all__ = [
    "HoldingAddition",
    "ReportedQuantity",
    "Taking",
    "add_holdings",
    "approve_commitment",
    "change_commitment",
    "drop_holdings",
    "propose_commitment",
    "report_holdings",
    "resume_commitment",
    "return_capacity",
    "settle_holdings",
    "suspend_commitment",
    "take_capacity",
    "withdraw_commitment",
]
