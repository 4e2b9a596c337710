"""GET /v1/limits: how often a key may ask, what is left of that, and what each address costs."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.conf import settings
from django.urls import URLResolver, get_resolver
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backstop.api.refusing import WRITING
from backstop.api.serializers.limits import LimitsOfKeyOutput
from backstop.api.views import View
from backstop.metering import Rate, look_at

_IN_PATH = re.compile(r"<\w+:(\w+)>")


class LimitsOfKey(View):
    scope = ""

    @extend_schema(responses=LimitsOfKeyOutput)
    def get(self, request: Request) -> Response:
        """The buckets of tokens that your key has, with what is left of each by now, and what each address takes of
        which. Programs count together, and so do a key and what it was rotated into."""
        rates = [Rate.of(name) for name in settings.RATES_OF_KEYS]
        left = look_at(str(self.principal.counts_as), rates)
        return Response(LimitsOfKeyOutput({"buckets": left, "costs": list_costs()}).data)


@cache
def list_costs() -> tuple[dict[str, Any], ...]:
    """What each method of each address that needs a key costs, by address."""
    found = (
        {"method": method, "path": path, "bucket": cost.rate, "cost": cost.tokens}
        for path, view in _addresses(get_resolver(), "/")
        for method in ("GET", *WRITING)
        if hasattr(view, method.lower())
        for cost in [view.cost_of(method)]
    )
    return tuple(sorted(found, key=lambda one: (one["path"], one["method"])))


def _addresses(place: URLResolver, prefix: str) -> Iterator[tuple[str, type[View]]]:
    for each in place.url_patterns:
        path = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _addresses(each, path)
            continue
        view: Any = getattr(each.callback, "cls", object)
        if issubclass(view, View):
            yield _IN_PATH.sub(r"{\1}", path), view
