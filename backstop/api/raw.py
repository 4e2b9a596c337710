"""What of a request WSGI has only decoded, as it was sent, and its headers one by one."""

from functools import cache
from typing import Any

RAW_PATH = "backstop.raw_path"  # in the environment; no header has such a name there


def header_of(request: Any, name: str) -> str | None:
    """What it says in this header; None where it has none. Django's `headers` reads all of them for the first."""
    said: str | None = request.META.get(_in_environment(name))
    return said


@cache
def _in_environment(name: str) -> str:
    return f"HTTP_{name.upper().replace('-', '_')}"
