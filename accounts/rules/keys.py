"""What API keys may be for, and what is stored of one."""

import hashlib

# `arbitrate` is an arbiter's, who is nobody's party.
VENUE_SCOPES = frozenset(
    {
        *("marks", "books", "settlements", "collateral", "holdings", "breakers", "money", "approvals", "terms"),
        *("providers", "arbitrate", "webhooks"),
    }
)

PROVIDER_SCOPES = frozenset({"read", "commitments", "bids", "webhooks"})

READING = frozenset({"read"})  # all that is left to a provider in default


def hash_of(secret: str) -> str:
    """What is stored of a key. The secret has 256 random bits, so that a slow hash would protect nothing more."""
    return hashlib.sha256(secret.encode()).hexdigest()
