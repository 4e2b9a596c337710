"""Which problems each operation may answer: what any of its kind may be refused with, and what its own code may.

The latter stands in `refusals.json` beside the views of its app, which is made from the code.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from http import HTTPStatus
from importlib import import_module, resources
from typing import Any

from django.conf import settings

from backstop.api.codes import refusals
from backstop.errors import Refusal
from backstop.refusals import GroundRefusal

WRITING = ("POST", "PUT", "PATCH", "DELETE")

# By what an operation is.
AT_ALL = (
    *(GroundRefusal.BAD_REQUEST, GroundRefusal.NOT_ACCEPTABLE, GroundRefusal.INVALID, GroundRefusal.NUMBER_TOO_LARGE),
    GroundRefusal.TOO_MANY_AT_ONCE,
)
OF_A_PATH = (GroundRefusal.NOT_FOUND,)
OF_A_BODY = (
    *(GroundRefusal.BODY_BROKEN_OFF, GroundRefusal.BODY_TOO_SLOW, GroundRefusal.BODY_TOO_LARGE),
    *(GroundRefusal.JSON_MALFORMED, GroundRefusal.JSON_EXCESSIVE, GroundRefusal.TEXT_NOT_STORABLE),
    GroundRefusal.MEDIA_TYPE_UNSUPPORTED,
)
OF_A_WRITE = (
    GroundRefusal.IDEMPOTENCY_KEY_REFUSED,
    GroundRefusal.IDEMPOTENCY_KEY_REUSED,
    GroundRefusal.REQUEST_IN_FLIGHT,
)
OF_A_READING = (GroundRefusal.READ_TOKEN_REFUSED,)
OURS = (GroundRefusal.SERVER_ERROR, GroundRefusal.SERVER_BUSY, GroundRefusal.DATABASE_UNAVAILABLE)


@cache
def own_codes() -> Mapping[str, list[str]]:
    """Of each operation (`POST /v1/bids`), the codes of what it itself may be refused with."""
    found: dict[str, list[str]] = {}
    for package in settings.API_PACKAGES:
        found |= json.loads(resources.files(import_module(package)).joinpath("refusals.json").read_text())
    return found


def problem_responses(view: Any, method: str, path: str, schema: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The responses that are problems, by status: each names the codes that its problem, or a fault in it, may have."""
    by_status: dict[int, set[Refusal]] = defaultdict(set)
    for refusal in refusals_of(view, method, path):
        by_status[refusal.kind.value].add(refusal)
    for status, those in sorted(by_status.items()):
        yield str(status), _response(HTTPStatus(status).phrase, those, schema)
    yield "default", _response("Nothing that you did", OURS, schema)


def refusals_of(view: Any, method: str, path: str) -> Iterator[Refusal]:
    """All that an operation may be refused with, but for what is not the caller's fault."""
    yield from AT_ALL
    yield from OF_A_PATH if "{" in path else ()
    yield from (*OF_A_BODY, *OF_A_WRITE) if method in WRITING else ()
    yield from OF_A_READING if hasattr(view, "read") and method not in WRITING else ()
    yield from [view.unknown] if hasattr(view, "unknown") else []
    yield from (refusals()[code] for code in own_codes().get(f"{method} {path}", ()))


def _response(name: str, those: Iterable[Refusal], schema: Any) -> dict[str, Any]:
    """Names the codes in words, and for programs (`x-codes`)."""
    codes = sorted(one.code for one in those)
    return {
        "description": f"{name}: {', '.join(f'`{code}`' for code in codes)}.",
        "content": {"application/problem+json": {"schema": schema}},
        "x-codes": codes,
    }
