"""What is to go: an address that its view names deprecated says so in every answer, and in the document."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.utils.http import http_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

NOTICE = timedelta(days=183)

HEADERS = [
    OpenApiParameter(
        "Deprecation",
        {"type": "string", "pattern": "^@[0-9]+$"},
        OpenApiParameter.HEADER,
        response=True,
        description="Since when this is deprecated (RFC 9745): @ and seconds since 1970.",
    ),
    OpenApiParameter(
        "Sunset",
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        response=True,
        description="From when on this may be gone (RFC 8594), as dates are written in HTTP.",
    ),
]


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Deprecated since an instant, and gone from another on, half a year later at the earliest; what to use instead."""

    since: datetime
    until: datetime
    instead: str

    def __post_init__(self) -> None:
        if self.until - self.since < NOTICE:
            raise ValueError(f"what is to go is told {NOTICE.days} days before")

    @property
    def headers(self) -> dict[str, str]:
        return {"Deprecation": f"@{int(self.since.timestamp())}", "Sunset": http_date(self.until.timestamp())}

    @property
    def sentence(self) -> str:
        return f"Deprecated: it may be gone from {self.until:%Y-%m-%d} on. {self.instead}"


class Deprecable:
    """A view that may be `deprecated`."""

    deprecated: Deprecation | None = None

    @property
    def allowed_methods(self) -> list[str]:
        return _methods_of(type(self), hasattr(self, "head"))  # type: ignore[arg-type]

    @property
    def default_response_headers(self) -> dict[str, Any]:
        said: dict[str, Any] = super().default_response_headers  # type: ignore[misc]
        return {**said, **(self.deprecated.headers if self.deprecated else {})}


@cache
def _methods_of(view: type, has_head: bool) -> list[str]:
    """As REST framework finds them, whom it takes as long as all else that it does for an answer."""
    names: list[str] = view.http_method_names  # type: ignore[attr-defined]
    return [name.upper() for name in names if hasattr(view, name) or (name == "head" and has_head)]
