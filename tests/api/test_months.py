"""/v1/me/statements: a provider's program reads the numbers that its people see, for its own money alone."""

import csv
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Account, AccountKind, Provider, Purpose
from auctions.models import Auction
from auctions.queries.statements import EARNINGS
from backstop import clock
from backstop.admin.cells import plain
from backstop.values.amounts import from_text
from backstop.values.periods import Month
from tests import builders as build
from tests.admin.conftest import client, decided, people, proposed, sealed, superuser, venue
from tests.admin.test_statements import charlie, last_month
from tests.people import shown_in

pytestmark = pytest.mark.django_db
__all__ = ["charlie", "client", "decided", "last_month", "people", "proposed", "sealed", "superuser", "venue"]


def program_of(provider: Provider):
    return build.api_client(build.a_provider_key(provider))


def collateral_in(answer) -> dict:
    (found,) = [each for each in answer.json()["accounts"] if each["kind"] == AccountKind.COLLATERAL]
    return found


def test_months_go_from_the_first_to_the_one_under_way(charlie: Provider, last_month: Month) -> None:
    now = last_month.following
    assert program_of(charlie).get("/v1/me/statements").json() == {"months": [str(now)]}
    Provider.objects.filter(id=charlie.id).update(created_at=last_month.previous.ends_at - timedelta(microseconds=1))
    months = [str(now), str(last_month), str(last_month.previous)]
    assert program_of(charlie).get("/v1/me/statements").json() == {"months": months}


def test_a_month_says_where_each_account_stood_what_moved_and_where_it_stands(
    charlie: Provider, last_month: Month
) -> None:
    program = program_of(charlie)
    answer = program.get(f"/v1/me/statements/{last_month}")
    assert {name: answer.json()[name] for name in ("month", "under_way")} == {
        "month": str(last_month),
        "under_way": False,
    }
    found = collateral_in(answer)
    assert (found["opening"], found["closing"]) == ("1000", "1110")
    assert [(each["purpose"], each["came"], each["went"]) for each in found["movements"]] == [
        (Purpose.DEPOSIT, "100", "0"),
        (Purpose.EDGE, "10", "0"),
    ]
    under_way = program.get(f"/v1/me/statements/{last_month.following}")
    assert under_way.json()["under_way"]
    assert collateral_in(under_way)["closing"] == program.get("/v1/balances").json()["data"][0]["posted"] == "1001111"


def test_its_numbers_are_those_of_the_page(client, decided: Auction) -> None:
    month = Month.around(clock.now())
    for provider in Provider.objects.all():
        page = client.get(f"{reverse('admin:accounts_provider_statement', args=[provider.pk])}?month={month}")
        program = program_of(provider)
        said = program.get(f"/v1/me/statements/{month}").json()["in_short"]
        names = ("notional", *EARNINGS)
        assert [tuple(plain(from_text(each[name], name)) for name in names) for each in said] == [
            row[2:] for row in shown_in(page, "In short")
        ]
    assert Account.objects.filter(provider__name="Alice", posted__gt=0).exists()
    alice = program_of(Provider.objects.get(name="Alice")).get(f"/v1/me/statements/{month}").json()["in_short"]
    assert [(each["awards"] > 0, each["edges"] != "0") for each in alice] == [(True, True)]


def test_who_takes_a_table_gets_its_accounts_line_by_line(charlie: Provider, last_month: Month) -> None:
    answer = program_of(charlie).get(f"/v1/me/statements/{last_month}", headers={"Accept": "text/csv"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    lines = list(csv.reader(answer.content.decode().splitlines()))
    assert lines[0] == ["asset", "kind", "line", "came", "went", "balance"]
    assert [line for line in lines if line[1] == AccountKind.COLLATERAL] == [
        ["USD", "COLLATERAL", "OPENING", "", "", "1000"],
        ["USD", "COLLATERAL", "DEPOSIT", "100", "0", ""],
        ["USD", "COLLATERAL", "EDGE", "10", "0", ""],
        ["USD", "COLLATERAL", "CLOSING", "", "", "1110"],
    ]


@pytest.mark.parametrize("month", ["2026-13", "november", "2026-1", "9999-12"])
@pytest.mark.parametrize("taken", ["application/json", "text/csv"])
def test_no_other_month_has_a_statement(charlie: Provider, month: str, taken: str) -> None:
    answer = program_of(charlie).get(f"/v1/me/statements/{month}", headers={"Accept": taken})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_month_after_the_one_under_way_has_none(charlie: Provider, last_month: Month) -> None:
    assert program_of(charlie).get(f"/v1/me/statements/{last_month.following.following}").status_code == 404


def test_nobody_reads_anothers(charlie: Provider, people: dict[str, Provider], last_month: Month) -> None:
    said = program_of(people["Alice"]).get(f"/v1/me/statements/{last_month}")
    assert [each["closing"] for each in said.json()["accounts"]] == ["0"]
