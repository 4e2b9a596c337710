"""The client: what the document of the API calls `cancelAll` is its `cancel_all`."""

from typing import Unpack

from . import inputs, rows
from .asking import Asking
from .endpoints import Endpoints
from .providing import Providing
from .supplying import Supplying


class Client(Asking, Providing, Supplying, Endpoints):
    """Calls the API with one key, which is sent or, where it is a `Signer`, signs each request. May be shared by
    threads, and is closed at the end of a `with`.

    Amounts are `Decimal`s, times `datetime`s, ids text. What is new, and has no method yet, is reached by `get`, `rows`
    and `send`.
    """

    def rotate_key(self, **rotation: Unpack[inputs.RotationInput]) -> rows.SuccessorRow:
        """Go over to another key of your own: both sign until this one ends."""
        return self._write(rows.SuccessorRow, "POST", "me/key/rotate", rotation)
