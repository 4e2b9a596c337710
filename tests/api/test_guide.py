"""docs/api.md, example by example: what it sends is answered as it says."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Provider
from auctions.models import Auction
from backstop.api.codes import refusals
from tests import market
from tests.builders import a_provider_key, api_client
from tests.guides import PARTS, hold_answer, send, with_names

pytestmark = pytest.mark.django_db

GUIDE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()


@pytest.fixture
def alice(travel) -> Provider:
    return market.a_bidder(market.a_market(travel), collateral="100000")


@pytest.fixture
def cues(alice, travel) -> dict[str, Callable[[], Auction | None]]:
    """What happens between the examples; it may open an auction that these call $DUTCH."""
    market.a_playbook(alice.venue)
    bob, carol = (market.a_bidder(alice.venue, name) for name in ("Bob", "Carol"))
    auction = market.an_auction(alice.venue)

    def close() -> None:
        market.place(bob, market.order(auction, "b", 60, "22"))
        market.place(carol, market.order(auction, "c", 100, "24"))
        market.close(auction, travel)
        market.sweep()

    def open_dutch() -> Auction:
        market.a_dutch_playbook(alice.venue)
        return market.a_dutch_auction(alice.venue, travel, "book-2")

    return {"others bid, and the auction closes": close, "a Dutch auction opens": open_dutch}


def test_every_example_is_answered_as_the_guide_says(alice, cues) -> None:
    client = api_client(a_provider_key(alice))
    names: dict[str, str] = {}
    answer: Any = None
    examples = 0
    for language, text, cue in PARTS.findall(GUIDE):
        if cue:
            opened = cues[cue]()
            names |= {"$DUTCH": str(opened.id)} if opened else {}
        elif language == "http":
            answer, examples = send(client, with_names(text, names)), examples + 1
            assert answer.status_code < 500, text
        elif language == "json":
            hold_answer(text, answer, names)
    assert examples > 10


def test_every_code_of_the_table_is_one_that_is_answered_with_that_status() -> None:
    rows = re.findall(r"^\| (\d{3}) (`.*?) \|", GUIDE, re.MULTILINE)
    told = {(int(status), code) for status, codes in rows for code in re.findall(r"`(\w+)`", codes)}
    assert len(told) > 10
    assert {(status, code) for status, code in told if refusals()[code].kind.value != status} == set()


def test_what_the_guide_leads_to_is_there() -> None:
    for target in ("signing.md", "stream.md", "webhooks.md"):
        assert f"]({target})" in GUIDE
    for target in re.findall(r"\]\(([a-z_]+\.(?:md|json))", GUIDE):
        assert (Path(__file__).parents[2] / "docs" / target).exists(), target
    headings = {"#" + re.sub(r"\W+", "-", each.lower()) for each in re.findall(r"^#+ (.*)$", GUIDE, re.MULTILINE)}
    assert set(re.findall(r"\]\((#[a-z-]+)\)", GUIDE)) <= headings
