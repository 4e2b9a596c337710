"""Reading one's own writes: a write is answered with a token, and a list that is asked for with it shows that write.

A token is a horizon (see backstop/replica.py), encrypted, since it comes from a counter that others move. Only for whom
it was made can it be read.
"""

import base64
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from django.utils.crypto import salted_hmac

from backstop.refusals import GroundRefusal

HEADER = "Backstop-Read-Token"


def token_of(horizon: int, party: UUID) -> str:
    """The token of a write by one of the party's keys: a venue's, or a provider's."""
    return _cipher(party).encrypt(str(horizon).encode()).decode()


def horizon_of(tokens: str, party: UUID) -> int:
    """The latest horizon of these tokens, separated by commas. Raises `read_token_refused` where one is not its own."""
    cipher = _cipher(party)
    try:
        return max(int(cipher.decrypt(token.strip())) for token in tokens.split(","))
    except (InvalidToken, ValueError):  # what is not even base64 is a ValueError
        raise GroundRefusal.READ_TOKEN_REFUSED.error() from None


def _cipher(party: UUID) -> Fernet:
    key = salted_hmac("backstop.read_token", party.bytes, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))
