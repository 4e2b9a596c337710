"""What a page shows is drawn, named and linked: no JSON, no ids to type, and nothing that does not apply."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from auctions.admin.pictures import draw_clock
from auctions.models import Auction, Award, Book
from tests.people import shown_in

pytestmark = pytest.mark.django_db


def page_of(client, row):
    return client.get(reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk]))


def headings(answer) -> set[str]:
    return set(re.findall(r'class="fieldset-heading">\s*([^<]+?)\s*<', answer.content.decode()))


def test_a_dutch_auction_shows_its_curve_and_what_applies_to_it(client, decided):
    dutch = Auction.objects.filter(kind="DUTCH").first()
    answer = page_of(client, dutch)
    html = answer.content.decode()
    assert "<polyline" in html
    assert "bps at the opening" in html
    assert {"How it is taken"} == headings(answer) & {"How it is taken", "How it is bid in", "What a bid holds"}
    assert "&#x27;" not in html.split("How it is taken")[1].split("</fieldset>")[0], "no JSON"
    assert next(panel.title for panel in answer.context["panels"]) == "Takes"


def test_the_curve_stays_where_it_is_while_some_may_take_first(decided):
    dutch = Auction.objects.filter(kind="DUTCH").first()
    dutch.priority_seconds = int((dutch.closes_at - dutch.opens_at).total_seconds()) // 2
    points = re.search(r'points="([^"]+)"', draw_clock(dutch, dutch.closes_at)).group(1).split()
    (start, first), (turn, second), (end, _) = (points[place].split(",") for place in (0, 1, -1))
    assert first == second
    assert 2 * (float(turn) - float(start)) == pytest.approx(float(end) - float(start), abs=1)


def test_a_sealed_auction_shows_its_clock_and_its_marks_by_name(client, sealed):
    answer = page_of(client, sealed)
    html = answer.content.decode()
    assert "<polyline" not in html
    assert "The red line is now." in html
    assert {"How it is bid in", "What a bid holds"} <= headings(answer)
    assert "How it is taken" not in headings(answer)
    (row,) = shown_in(answer, "Marks of the opening")
    assert ("BTC-PERP" in row[0], row[1], "USD" in row[2]) == (True, "20,000", True)
    assert f"{sealed.step.lot.book_id}/change/" in html


def test_the_clock_stands_from_the_opening_until_before_the_close(sealed):
    assert "red line" in draw_clock(sealed, sealed.opens_at)
    assert "red line" not in draw_clock(sealed, sealed.closes_at)
    assert "red line" not in draw_clock(sealed, sealed.opens_at - timedelta(microseconds=1))


def test_a_book_leads_to_its_auctions_settlements_and_providers(client, decided):
    html = page_of(client, Book.objects.filter(owned_by_fund=False).get()).content.decode()
    award = Award.objects.filter(provider__isnull=False).first()
    for row in (*Auction.objects.all(), award.settlement, award.provider, *decided.venue.instruments.all()):
        assert reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk]) in html, row


def test_the_list_of_auctions_shows_first_when_each_closes(client, sealed):
    html = client.get(reverse("admin:auctions_auction_changelist")).content.decode()
    columns = re.findall(r'class="[^"]*column-(\w+)', html)
    assert columns.index("closes_at") < columns.index("units")
