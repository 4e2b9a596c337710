"""API keys: issued once, shown once, revoked for ever.

Called by the admin, `create_key` and the demo. Only a hash is stored, so that nobody who reads the database can act.
"""

import hashlib

VENUE_SCOPES = frozenset({"marks", "books", "settlements", "collateral", "holdings", "breakers"})

PROVIDER_SCOPES = frozenset({"read", "commitments", "bids"})


def hash_of(secret: str) -> str:
    """What is stored of a key. The secret has 256 random bits, so that a slow hash would protect nothing more."""
    return hashlib.sha256(secret.encode()).hexdigest()
