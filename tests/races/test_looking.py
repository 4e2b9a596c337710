"""Who looks at what a deed would change keeps nobody waiting, and waits for nobody."""

import threading
import time

import pytest
from django.db import connection, transaction
from django.urls import reverse

from accounts.models import Provider, User
from backstop.admin.foresight import foreseen
from tests import builders as build
from tests.people import send, signed_in
from tests.races.together import together

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


def test_the_market_waits_for_no_look(provider, rf):
    request = rf.get("/")
    request.user = User.objects.create_superuser("root")
    locked = threading.Event()

    def dawdle():
        list(Provider.objects.select_for_update(no_key=True))
        locked.set()
        for _ in range(200):
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.1)")

    def look():
        return foreseen(request, [provider], dawdle)

    def work():
        assert locked.wait(60)
        began_at = time.monotonic()
        with transaction.atomic():
            list(Provider.objects.select_for_update(no_key=True))
        return time.monotonic() - began_at

    (panel,), waited = together(look, work)
    assert CANNOT_BE_TOLD in panel.note
    assert waited < 4
