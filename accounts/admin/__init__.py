"""The admin's pages of who stands behind a venue: people and keys, commitments, what is held, the ledger."""

from accounts.admin import (
    approvals,
    commitments,
    covers,
    exposures,
    keys,
    ledger,
    lending,
    login,
    losses,
    people,
    second_factor,
    terms,
    vaults,
    webhooks,
)

__all__ = [
    "approvals",
    "commitments",
    "covers",
    "exposures",
    "keys",
    "ledger",
    "lending",
    "losses",
    "people",
    "terms",
    "vaults",
    "webhooks",
]

login.furnish()
second_factor.furnish()
