"""Versions of what is shown, as HTTP has them: `ETag` says which one it is, `If-Match` which one is to be changed."""

import re

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

_STRONG_TAG = re.compile(r'\s*"([0-9a-f]+)"\s*', re.ASCII)

ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=[200], description="The `version` of what is shown, in quotes."
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The `ETag` of what you saw, or several separated by commas: where it is another by now, nothing is "
    "written (412).",
)


def versions_to_match(request: Request) -> tuple[str, ...] | None:
    """The versions that the caller may have seen, of which one has to be current; None where any will do. A weak tag
    matches none."""
    said = request.headers.get("If-Match")
    if said is None or said.strip() == "*":
        return None
    return tuple(tag[1] for one in said.split(",") if (tag := _STRONG_TAG.fullmatch(one)))


def tagged(response: Response) -> Response:
    """With the version of the row that it shows, if it shows one."""
    if "version" in response.data:
        response["ETag"] = f'"{response.data["version"]}"'
    return response
