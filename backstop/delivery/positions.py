"""Positions of a venue as one of its readers is shown them: a plain one would count what happens to others.

Only for whom it was made can a position be read, and only by who has made it.
"""

import struct
from collections.abc import Sequence
from uuid import UUID

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.utils.crypto import salted_hmac

from backstop.refusals import GroundRefusal

_SAID = struct.Struct(">QII")  # the position, the salt, and zeros by which a block is known: one of AES
_DIGITS = 2 * _SAID.size


class Positions:
    """Those of one reader: a venue, or a provider. With the same salt a position is always shown alike."""

    def __init__(self, reader_id: UUID) -> None:
        key = salted_hmac("backstop.stream_position", reader_id.bytes, algorithm="sha256").digest()
        # Each block stands for itself, and none is ever the same as another.
        self._cipher = Cipher(algorithms.AES(key), modes.ECB())
        self._encryptor = self._cipher.encryptor()

    def shown(self, positions: Sequence[int], salt: int = 0) -> list[bytes]:
        """Each of these, in ASCII. Whoever shows one of which nothing is told gives it a salt of its own, so that
        nobody sees that it has moved."""
        blocks = self._encryptor.update(b"".join(_SAID.pack(each, salt, 0) for each in positions)).hex().encode()
        return [blocks[begin : begin + _DIGITS] for begin in range(0, len(blocks), _DIGITS)]

    def read(self, shown: str) -> int:
        """Raises `last_event_id_refused` for what was not made for this reader."""
        try:
            position, _, known = _SAID.unpack(self._cipher.decryptor().update(bytes.fromhex(shown)))
        except (ValueError, struct.error):
            known = True
        if known:
            raise GroundRefusal.LAST_EVENT_ID_REFUSED.error()
        return int(position)
