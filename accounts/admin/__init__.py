"""The admin's pages of who stands behind a venue: people and keys, commitments, what is held, the ledger."""

from accounts.admin import commitments, keys, ledger, people

__all__ = ["commitments", "keys", "ledger", "people"]
