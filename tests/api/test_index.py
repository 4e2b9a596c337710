"""/ leads people on."""

import re

import pytest

from tests.builders import api_client

pytestmark = pytest.mark.django_db


def test_whatever_the_first_page_leads_to_is_there() -> None:
    page = api_client(None).get("/")
    assert page.status_code == 200
    targets = re.findall(r'href="([^"]+)"', page.content.decode())
    assert targets == ["/v1/docs", "/v1/openapi.json", "/admin/"]
    assert {api_client(None).get(target, follow=True).status_code for target in targets} == {200}


def test_the_first_page_is_only_read() -> None:
    assert api_client(None).post("/").status_code == 405
