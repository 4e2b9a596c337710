"""The admin of a market of thousands: lists, filters, pages and forms stay as small and cheap as in a market of few."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Model
from django.urls import reverse

from accounts.models import Account, ApiKey, Commitment, CommitmentTerms, Group, Holding, LossPlan, Provider, User
from auctions.models import Book, Breaker
from auctions.rules.breaker import Level
from backstop.admin.deeds import Doing
from tests.admin.test_pages import OURS, READ_ONLY, address, everything
from tests.admin.test_roles import PAGES

pytestmark = pytest.mark.django_db

MANY = 5000
MOST_BYTES = 200_000
# Session, user, second factor, banner, how many rows there are, and rows. Layers of plans are rows of their
# own, and Django offers all groups of users.
OF_LIST, OF_PAGE = 6, 20
ABOVE = {LossPlan: 7, User: 7}
BINDING = 14  # kinds of rows that may bind a provider's money, each asked for by itself on its page
__all__ = ["everything"]


def more(row: Model, differs: Callable[[int], dict[str, Any]]) -> list[UUID]:
    """So many rows like this one, each with what differs by column, copied where it is; their keys."""
    meta = row._meta
    columns = [field.column for field in meta.concrete_fields if not field.generated and field.column != "created_at"]
    keys = [uuid4() for _ in range(MANY)]
    told = [json.dumps({meta.pk.column: key, **differs(each)}, default=str) for each, key in enumerate(keys)]
    into, of_made = (", ".join(f'{of}"{column}"' for column in columns) for of in ("", "made."))
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{meta.db_table}" ({into}) SELECT {of_made} FROM "{meta.db_table}" AS row, '
            f"unnest(%s::jsonb[]) AS differs, jsonb_populate_record(row, differs) AS made "
            f'WHERE row."{meta.pk.column}" = %s',
            [told, row.pk],
        )
    return keys


@pytest.fixture
def many(everything: Any, database_owner: None) -> None:
    venue = everything.venue
    groups = more(Group.objects.first(), lambda each: {"name": f"Firm {each}"})
    providers = more(Provider.objects.first(), lambda each: {"name": f"Firm {each}", "group_id": groups[each]})
    markets = more(venue.product_groups.first(), lambda each: {"code": f"market-{each}"})
    more(venue.instruments.first(), lambda each: {"symbol": f"X{each}", "product_group_id": markets[each]})
    collateral = Account.objects.filter(provider__name="Alice", kind="COLLATERAL").first()
    more(collateral, lambda each: {"provider_id": providers[each], "posted": 0, "held": 0})
    commitments = more(Commitment.objects.first(), lambda each: {"provider_id": providers[each]})
    more(CommitmentTerms.objects.first(), lambda each: {"commitment_id": commitments[each]})
    more(ApiKey.objects.first(), lambda each: {"prefix": f"p{each}", "secret_hash": f"\\x{uuid4().hex}"})
    more(Holding.objects.exclude(provider=None).first(), lambda each: {"provider_id": providers[each]})
    book = Book.objects.first()
    estates = more(book.estate, lambda each: {"posted": 0, "held": 0})
    debts = more(book.debt, lambda each: {"posted": 0, "held": 0})
    more(book, lambda each: {"reference": f"b{each}", "estate_id": estates[each], "debt_id": debts[each]})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def lists() -> dict[str, int]:
    """Every list, and how many queries it may ask."""
    return {address(model, "changelist"): ABOVE.get(model, OF_LIST) for model in OURS}


def pages() -> Iterator[str]:
    """A page of each kind, and every form that asks for more than the reason."""
    yield from (address(model, "change", model._default_manager.latest("pk").pk) for model in READ_ONLY)
    yield from (reverse(page) for page in PAGES)
    for model in OURS:
        page = admin.site.get_model_admin(model)
        for deed in page._deeds() if isinstance(page, Doing) else ():
            if deed.fields is not None:
                yield f"{address(model, deed.name)}?id={model._default_manager.latest('pk').pk}"


def test_every_page_of_thousands_is_small_and_cheap(client, many, django_assert_max_num_queries):
    Breaker.objects.update(level=Level.ALL)  # what stirs is told by queries of the banner's own
    ContentType.objects.get_for_models(*OURS)  # which a process asks for once
    found = {**lists(), **dict.fromkeys(pages(), OF_PAGE)}
    found[address(Provider, "change", Provider.objects.latest("pk").pk)] += BINDING
    assert len(found) > 150
    for page, queries in found.items():
        with django_assert_max_num_queries(queries, info=page):
            answer = client.get(page)
        assert answer.status_code == 200, page
        assert len(answer.content) < MOST_BYTES, page
