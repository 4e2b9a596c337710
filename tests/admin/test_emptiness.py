"""What is empty says why, on every page of the admin."""

import re

import pytest
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist

from accounts.models import ApiKey, Provider
from auctions.models import Auction, Book
from backstop.admin.emptiness import _BY_NAME, why_empty
from tests import builders as build
from tests.admin.test_pages import READ_ONLY, address, everything

pytestmark = pytest.mark.django_db
__all__ = ["everything"]
DASH = re.compile(r'<t[dh][^>]*class="field-[^>]*>\s*-?\s*</t[dh]>|<div class="readonly">\s*-?\s*</div>')


def may_be_empty() -> set[str]:
    """The names of all fields that a page shows and a row may lack."""
    found = set()
    for model in READ_ONLY:
        page = admin.site.get_model_admin(model)
        for name in (*page.list_display, *page.names()):
            try:
                field = model._meta.get_field(name)
            except FieldDoesNotExist:
                continue
            empties = field.concrete and not field.primary_key and (field.null or field.blank)
            if empties and not hasattr(page, name):
                found.add(name)
    return found


def test_whatever_may_be_empty_has_words_and_words_are_of_what_may_be():
    named = may_be_empty()
    assert len(named) > 100
    assert [name for name in named if not why_empty(name)] == []
    assert sorted(_BY_NAME.keys() - named) == []


def test_no_list_and_no_page_shows_a_bare_dash(client, everything):
    bare = {}
    for model in READ_ONLY:
        html = client.get(address(model, "changelist")).content.decode()
        html += client.get(address(model, "change", model._default_manager.first().pk)).content.decode()
        bare[model._meta.label] = DASH.findall(html)
    assert {label: found for label, found in bare.items() if found} == {}


def test_an_auction_under_way_says_what_is_still_to_come(client, sealed):
    html = client.get(address(Auction, "change", sealed.pk)).content.decode()
    for words in ("not awarded yet", "not unfilled", "not stuck"):
        assert f'<span class="house-empty">{words}</span>' in html


def test_a_number_says_of_which_asset_it_is_and_stands_under_others(client, sealed):
    for page in (address(Auction, "changelist"), address(Auction, "change", sealed.pk)):
        assert '<span class="house-number">30,000 USD</span>' in client.get(page).content.decode()
    book = client.get(address(Book, "change", sealed.step.lot.book_id)).content.decode()
    assert '<td class="house-number">40,000</td>' in book


def test_a_row_that_may_be_missing_is_linked_where_it_is_there(client, people, sealed):
    build.a_provider_key(people["Alice"])
    key = people["Alice"].api_keys.first()
    html = client.get(address(ApiKey, "change", key.pk)).content.decode()
    assert f'<a href="{address(Provider, "change", people["Alice"].pk)}">Alice</a>' in html
