"""Who looks at what a deed would change keeps nobody waiting, and waits for nobody."""

import threading
import time

import pytest
from django.db import connection, transaction
from django.urls import reverse

from accounts.models import Provider, User
from tests import builders as build
from tests.people import send, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

CANNOT_BE_TOLD = "cannot be told now"


@pytest.fixture
def provider():
    return build.a_provider(build.a_venue(), "Alice")


def test_a_page_answers_at_once_while_the_market_works_at_its_row(provider):
    page = f"{reverse('admin:accounts_provider_suspend')}?id={provider.pk}"
    client = signed_in(User.objects.create_superuser("root"))
    assert CANNOT_BE_TOLD not in client.get(page).content.decode()
    locked, looked = threading.Event(), threading.Event()

    def work():
        try:
            with transaction.atomic():
                list(Provider.objects.select_for_update(no_key=True))
                locked.set()
                looked.wait(60)
        finally:
            connection.close()

    market = threading.Thread(target=work, daemon=True)
    market.start()
    assert locked.wait(60)
    began_at = time.monotonic()
    seen = client.get(page)
    took = time.monotonic() - began_at
    assert CANNOT_BE_TOLD in seen.content.decode()
    assert took < 4, "one wait for a lock alone is five seconds where nothing gives way"
    looked.set()
    market.join(60)
    assert send(client, page, {"reason": "a test"}).status_code == 302
    provider.refresh_from_db()
    assert provider.state == "SUSPENDED"
