"""Lists of what happened are filtered by kinds of the catalogue: their tables, of millions of rows, are not asked."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import WebhookDelivery
from backstop.delivery.catalogue import kinds
from backstop.models import Event, Publication
from tests import builders as build

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [Event, Publication, WebhookDelivery])
def test_every_kind_of_the_catalogue_is_offered_and_no_table_is_read_for_it(client, model) -> None:
    with CaptureQueriesContext(connection) as asked:
        page = client.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
    (offered,) = [each for each in page.context["cl"].filter_specs if each.title == "kind"]
    assert [kind for kind, _ in offered.lookup_choices] == sorted(kinds())
    assert [each["sql"] for each in asked if "DISTINCT" in each["sql"]] == []


def test_a_kind_shows_its_own_alone_and_one_that_nobody_knows_nothing(client) -> None:
    build.a_provider(build.a_venue())
    address = reverse("admin:backstop_event_changelist")

    def shown(kind: str) -> set[str]:
        return {each.kind for each in client.get(address, {"kind": kind}).context["cl"].result_list}

    assert shown("provider_created") == {"provider_created"}
    assert shown("no_such_kind") == set()
