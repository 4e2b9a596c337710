"""A book's page shows its version, what was withdrawn with an earlier one, and what its account kept."""

from decimal import Decimal

import pytest
from django.urls import reverse

from auctions.desks.drafts import BookOrder
from auctions.models import Auction
from auctions.operations.venue.amend_book import amend_book
from tests import market
from tests.admin.conftest import bid
from tests.builders import perform

pytestmark = pytest.mark.django_db


def test_versions_withdrawn_lots_and_the_kept_part_are_shown(client, venue, people, travel):
    travel.freeze()
    positions = (market.position("BTC-PERP", "LONG", "2", "21000"),)
    book = market.a_book(venue, *positions, cash="3000")
    market.sweep()
    sealed = Auction.objects.get()
    bid(people["Alice"], sealed, units=7, edge="123.4567")
    order = BookOrder(book.reference, positions, Decimal(5000), target_margin_ratio=Decimal(1))
    perform(amend_book, venue_id=book.venue_id, book_id=book.id, order=order, expected_version=1)
    market.sweep()
    html = client.get(reverse("admin:auctions_book_change", args=[book.id])).content.decode()
    for shown in ("Kept by the account", "0.556", "1.444", "2,888.8", "11,120", "40,000", "was withdrawn with it"):
        assert shown in html, shown
    page = client.get(reverse("admin:auctions_auction_change", args=[sealed.id])).content.decode()
    assert Auction.objects.get(id=sealed.id).state == "WITHDRAWN"
    assert "123.4567" not in page, "what was bid in a withdrawn auction stays sealed"
