"""Every list is a file too: what it shows, by the same filters, plainly, and no formula for a spreadsheet."""

import csv
import io
import json
from decimal import Decimal

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import Appointment, Provider, User
from accounts.rules.roles import Role
from auctions.models import Book
from backstop.admin import exports
from backstop.models import Mark
from backstop.values.tables import FORMULA, neutral
from tests import builders as build
from tests.people import signed_in

pytestmark = pytest.mark.django_db


def address(model, form: str = "csv") -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_export", args=[form])


def text(answer) -> str:
    return answer.getvalue().decode()


def rows(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text(answer))))


def test_every_list_is_a_file_of_both_forms_with_a_row_for_each(client, decided) -> None:
    for model, page in admin.site._registry.items():
        if not hasattr(page, "export_view"):
            continue
        count = model._default_manager.count()
        assert len(rows(client.get(address(model)))) == count, model
        lines = text(client.get(address(model, "jsonl"))).splitlines()
        assert [json.loads(line)["id"] for line in lines] == sorted(json.loads(line)["id"] for line in lines)
        assert len(lines) == count, model
    assert client.get(address(Book, "xlsx")).status_code == 404


def test_a_file_has_what_the_list_shows_in_plain_numbers_and_times(client, venue) -> None:
    instrument = build.an_instrument(venue, "XBT-PERP", price="20000.50")
    (row,) = rows(client.get(address(Mark), {"q": "XBT"}))
    mark = Mark.objects.get(instrument=instrument)
    assert (row["id"], row["price"], row["marked at"]) == (str(mark.pk), "20000.5", mark.marked_at.isoformat())
    answer = client.get(address(Mark))
    assert 'filename="mark.csv"' in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]


def test_the_list_links_its_files_by_its_own_filters(client, people) -> None:
    html = client.get(reverse("admin:accounts_provider_changelist"), {"q": "Alice"}).content.decode()
    assert f"{address(Provider)}?q=Alice" in html
    assert [row["name"] for row in rows(client.get(address(Provider), {"q": "Alice"}))] == ["Alice"]


@pytest.mark.parametrize("first", FORMULA)
def test_text_that_would_begin_a_formula_is_text(first: str) -> None:
    assert neutral(f"{first}1+1") == f"'{first}1+1"
    assert neutral(f"1{first}1") == f"1{first}1"


def test_a_name_is_no_formula_and_a_number_below_zero_stays_one(client, venue) -> None:
    build.a_provider(venue, "=HYPERLINK(1)")
    (row,) = rows(client.get(address(Provider)))
    assert row["name"] == "'=HYPERLINK(1)"
    (line,) = text(client.get(address(Provider, "jsonl"))).splitlines()
    assert json.loads(line)["name"] == "=HYPERLINK(1)"
    assert list(exports._csv(["a"], [[exports._plain(Decimal("-5.10"))], ["-5"]])) == ["a\r\n", "-5.1\r\n", "'-5\r\n"]


def test_a_long_file_is_read_a_part_at_a_time(client, venue, monkeypatch, django_assert_max_num_queries) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 2)
    for number in range(5):
        build.a_provider(venue, f"Provider {number}")
    with django_assert_max_num_queries(12):
        found = [row["name"] for row in rows(client.get(address(Provider)))]
    assert sorted(found) == [f"Provider {number}" for number in range(5)]


def test_a_file_tells_nobody_of_another_venue(people) -> None:
    mia = User.objects.create_user("mia", is_staff=True)
    Appointment.objects.create(user=mia, venue=build.a_venue("south"), role=Role.AUDITOR)
    assert rows(signed_in(mia).get(address(Provider))) == []
    assert signed_in(User.objects.create_user("nobody", is_staff=True)).get(address(Provider)).status_code == 403
