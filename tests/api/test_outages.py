"""While the database cannot, everybody is told to come again, by 503 and never by 500."""

import psycopg
import pytest
from django.db import OperationalError

from accounts.authentication import KeyAuthentication
from backstop import clock
from backstop.api import marks, problems
from tests.builders import a_venue, a_venue_key, an_instrument, api_client
from tests.people import signed_in

pytestmark = pytest.mark.django_db

PASSING = ("08006", "25006", "25P03", "40001", "40P01", "53200", "53300", "55P03", "57014", "57P01", "57P03")


def raiser(error: Exception, cause: Exception | None = None):
    def fails(*args, **words):
        raise error from cause

    return fails


@pytest.fixture
def client():
    venue = a_venue()
    an_instrument(venue)
    return api_client(a_venue_key(venue))


def is_told_to_come_again(response) -> None:
    assert response.status_code == 503
    assert response["Retry-After"] == str(problems.RETRY_AFTER_SECONDS)
    if response.request["PATH_INFO"].startswith("/v1/"):
        assert response["Content-Type"] == "application/problem+json"
        assert response.json()["code"] == "database_unavailable"
        assert response.json()["request_id"] == response["X-Request-ID"] != ""


@pytest.mark.parametrize("sqlstate", PASSING)
def test_a_fault_of_the_database_is_503_in_every_view(client, monkeypatch, sqlstate):
    fault = psycopg.errors.lookup(sqlstate)("inside")
    body = {"marks": [{"instrument": "BTC-PERP", "price": "1"}]}
    for error, cause in ((fault, None), (OperationalError("inside"), fault)):
        monkeypatch.setattr(marks, "list_known_prices", raiser(error, cause))
        is_told_to_come_again(client.get("/v1/marks"))
        monkeypatch.setattr(marks, "set_marks", raiser(error, cause))
        response = client.post("/v1/marks", body)
        is_told_to_come_again(response)
        assert "inside" not in response.content.decode()
        monkeypatch.setattr(clock, "now", raiser(error, cause))
        is_told_to_come_again(client.get("/v1/time"))
        monkeypatch.undo()


def test_it_is_503_before_anybody_is_known(client, monkeypatch):
    monkeypatch.setattr(KeyAuthentication, "authenticate", raiser(OperationalError("connection refused")))
    is_told_to_come_again(client.get("/v1/marks"))


def test_pages_of_operators_say_it_plainly(admin_user, monkeypatch):
    admin_client = signed_in(admin_user)
    admin_client.raise_request_exception = False
    monkeypatch.setattr("django.contrib.admin.sites.AdminSite.each_context", raiser(OperationalError("refused")))
    response = admin_client.get("/admin/")
    is_told_to_come_again(response)
    assert response["Content-Type"] == "text/plain"
    assert "try again" in response.content.decode()


@pytest.mark.parametrize("error", [RuntimeError("x"), psycopg.errors.UniqueViolation("x")])
def test_other_faults_are_500_as_before(client, monkeypatch, error):
    monkeypatch.setattr(marks, "list_known_prices", raiser(error))
    response = client.get("/v1/marks")
    assert (response.status_code, response.json()["code"]) == (500, "server_error")
    assert "Retry-After" not in response
