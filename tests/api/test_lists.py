"""Lists are found by indexes of their owners and by what rows show themselves: what is in them stays the same."""

from typing import Any
from urllib.parse import quote

import pytest

from accounts.models import Provider, Transfer
from auctions.lifecycle import StepKind
from auctions.models import Auction, Award, Settlement
from tests import builders as build
from tests import market

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(travel) -> Provider:
    """She has something of each step: by a commitment, by a bid, by a take; what is left has the fund."""
    venue = market.a_market(travel, fund="1000000")
    alone = {"min_groups": 1, "cover_percent": 0, "max_reopenings": 0}
    market.a_playbook(venue, **alone)
    alice = build.a_provider(venue)
    build.a_commitment(alice, cap_per_assignment="8000")
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")
    market.sweep()
    market.issued_key(alice)
    auction = Auction.objects.get()
    market.place(alice, market.order(auction, "b1", units=30))
    market.close(auction, travel)
    market.sweep()
    auction = Auction.objects.get(kind=StepKind.DUTCH)
    market.take(alice, auction, "t1", units=5)
    market.take(alice, auction, "t2", units=5)
    market.close(auction, travel)
    market.sweep()
    assert set(Award.objects.values_list("step__kind", flat=True)) == set(StepKind) - {StepKind.RETURN}
    return alice


def pages(client: Any, path: str, limit: int = 2) -> list[str]:
    """The ids of everything that is listed, page by page."""
    address, ids, cursor = f"/v1/{path}{'&' if '?' in path else '?'}limit={limit}", [], ""
    while cursor is not None:
        answer = client.get(address + (f"&cursor={quote(cursor)}" if cursor else "")).json()
        ids += [row["id"] for row in answer["data"]]
        cursor = answer["next_cursor"]
    return ids


def ids_of(rows: Any) -> list[str]:
    return [str(row) for row in rows.values_list("id", flat=True)]


def test_the_pages_of_a_list_together_are_what_is_owned_newest_first(alice) -> None:
    client = build.api_client(build.a_provider_key(alice))
    awards = Award.objects.filter(provider=alice).order_by("-created_at", "-id")
    assert pages(client, "awards") == ids_of(awards)
    for kind in StepKind:
        assert pages(client, f"awards?kind={kind}") == ids_of(awards.filter(step__kind=kind)), kind

    both = Transfer.objects.filter(debit__provider=alice) | Transfer.objects.filter(credit__provider=alice)
    transfers = both.order_by("-created_at", "-id")
    assert pages(client, "transfers") == ids_of(transfers)
    assert pages(client, "transfers?purpose=EDGE") == ids_of(transfers.filter(purpose="EDGE"))

    settlements = Settlement.objects.order_by("-award__created_at", "-award_id")
    assert pages(client, "settlements") == ids_of(settlements.filter(award__provider=alice))
    assert pages(build.api_client(build.a_venue_key(alice.venue)), "settlements") == ids_of(settlements)
