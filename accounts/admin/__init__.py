"""The admin's pages of who stands behind a venue: people and keys, commitments, what is held, the ledger."""

from accounts.admin import approvals, commitments, exposures, keys, ledger, login, people, terms, webhooks

__all__ = ["approvals", "commitments", "exposures", "keys", "ledger", "people", "terms", "webhooks"]

login.furnish()
