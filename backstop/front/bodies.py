"""A request's body, taken whole before anybody works on it, in bounded time and room."""

import asyncio
from collections.abc import Mapping

from asgiref.typing import ASGIReceiveCallable

from backstop.api.bodies import too_large
from backstop.refusals import GroundRefusal

SECONDS = 5.0


async def take_whole(receive: ASGIReceiveCallable, headers: Mapping[str, str], most: int) -> bytes:
    """All that was sent, at most `most` bytes; raises the refusal of what is too large, too slow or broken off.

    Relies on the server for a length that is one whole number, and for no more bytes than it says where there are no
    chunks.
    """
    if "content-length" not in headers and "transfer-encoding" not in headers:
        return b""
    # A body in chunks is as long as they are, whatever a length beside them says (RFC 9112, 6.3).
    length = int(headers["content-length"]) if "transfer-encoding" not in headers else None
    if length is not None and length > most:
        raise too_large(most)
    body = bytearray()
    try:
        async with asyncio.timeout(SECONDS):
            while len(body) != length:
                message = await receive()
                if message["type"] != "http.request":
                    raise GroundRefusal.BODY_BROKEN_OFF.error()
                body += message["body"]
                if len(body) > most:
                    raise too_large(most)
                if not message["more_body"]:
                    break
    except TimeoutError:
        raise GroundRefusal.BODY_TOO_SLOW.error(f"all of it has to come within {SECONDS:g} seconds") from None
    return bytes(body)
