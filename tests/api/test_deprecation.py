"""What is to go says so half a year before, in every answer and in the document."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIRequestFactory

from backstop.api.deprecation import NOTICE, Deprecation
from backstop.api.time import Time
from tests.layout.bans import HOUSE
from tests.layout.test_lists import addresses

SINCE = datetime(2026, 1, 1, tzinfo=UTC)


class OldTime(Time):
    deprecated = Deprecation(SINCE, datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), "`/v1/time` says the same.")


HEADERS = {"Deprecation": "@1767225600", "Sunset": "Thu, 31 Dec 2026 23:59:59 GMT"}


def headers_of(view: Any, query: str = "") -> tuple[int, dict[str, str]]:
    answer = view.as_view()(APIRequestFactory().get(f"/v1/old{query}"))
    return answer.status_code, {name: answer[name] for name in HEADERS if name in answer}


@pytest.mark.django_db
def test_what_is_deprecated_says_so_in_every_answer_and_nothing_else_does() -> None:
    assert headers_of(OldTime) == (200, HEADERS)
    assert headers_of(OldTime, "?word=unknown") == (422, HEADERS)
    assert headers_of(Time) == (200, {})


def test_what_is_deprecated_is_described_so() -> None:
    described = SchemaGenerator(patterns=[path("v1/old", OldTime.as_view()), path("v1/time", Time.as_view())])
    operations = described.get_schema(request=None, public=True)["paths"]
    old, new = operations["/v1/old"]["get"], operations["/v1/time"]["get"]
    assert old["deprecated"] is True
    assert old["description"].endswith("it may be gone from 2026-12-31 on. `/v1/time` says the same.")
    assert HEADERS.keys() <= old["responses"]["200"]["headers"].keys()
    assert "deprecated" not in new
    assert "headers" not in new["responses"]["200"]


def test_it_is_told_half_a_year_before_at_the_latest() -> None:
    Deprecation(SINCE, SINCE + NOTICE, "")
    with pytest.raises(ValueError, match="183 days"):
        Deprecation(SINCE, SINCE + NOTICE - timedelta(seconds=1), "")


def test_whatever_is_deprecated_stands_among_the_changes_of_the_api() -> None:
    told = (HOUSE / "docs" / "api_changes.md").read_text()
    ending = [address for address, view in addresses() if view is not None and getattr(view, "deprecated", None)]
    assert [address for address in ending if address not in told] == []
