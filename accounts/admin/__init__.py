"""The admin's pages of who stands behind a venue: people and keys, commitments, what is held, the ledger."""

from accounts.admin import approvals, commitments, keys, ledger, login, people, terms

__all__ = ["approvals", "commitments", "keys", "ledger", "people", "terms"]

login.furnish()
