"""docs/operating.md, "When something happens": each recipe shows what it says, and ends what it is for."""

import io
import re
import shlex
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from accounts.operations.keys.issue_key import issue_key
from accounts.rules.keys import VENUE_SCOPES
from auctions import tasks
from auctions.desks import seals
from auctions.lifecycle import AuctionState, BookState, SettlementState
from auctions.models import Settlement
from backstop.config.celery import app
from backstop.models import Venue
from tests import builders as build
from tests import market
from tests.builders import api_client, perform
from tests.elsewhere import HOUSE
from tests.guides import PARTS, hold_answer, pattern_of, send, with_names

pytestmark = pytest.mark.django_db

GUIDE = (HOUSE / "docs" / "operating.md").read_text()
RECIPES = dict(
    re.findall(r"^### (.+?)\n(.*?)(?=^##)", GUIDE.partition("## When something happens")[2], re.DOTALL | re.M)
)
Cues = dict[str, Callable[[], Any]]


@pytest.fixture
def venue(travel: Any) -> Venue:
    return market.a_market(travel)


def person(venue: Venue, name: str) -> Any:
    User.objects.create(username=name)
    return api_client(perform(issue_key, venue=venue, scopes=VENUE_SCOPES, person=name)[1])


def walk(recipe: str, client: Any, cues: Cues, names: dict[str, str] | None = None) -> dict[str, str]:
    """Take every step of the recipe; a cue that answers with a client has that one ask from then on."""
    names, answer, printed = names or {}, None, ""
    for language, text, cue in PARTS.findall(RECIPES[recipe]):
        if cue:
            client = cues[cue]() or client
        elif language == "http":
            answer = send(client, with_names(text, names))
            assert answer.status_code < 400, answer.content
        elif language == "json":
            hold_answer(text, answer, names)
        elif language == "sh":
            printed = manage(with_names(text, names))
        else:
            for line in text.splitlines():
                assert re.search(f"^{pattern_of(line)}$", printed, re.MULTILINE), f"{line}\n\nis not in\n\n{printed}"
    return names


def manage(text: str) -> str:
    """What the command prints, whether or not it finds something wrong."""
    command, *words = shlex.split(text)
    assert command == "manage"
    said = io.StringIO()
    try:
        call_command(*words, stdout=said)
    except CommandError:
        assert words == ["doctor"]
    return said.getvalue()


def test_stale_marks_are_sent_again_and_auctions_resume(venue: Venue, travel: Any) -> None:
    market.a_playbook(venue, mark_max_age_seconds=60)
    auction = market.an_auction(venue)
    travel(seconds=61)
    market.sweep()
    auction.refresh_from_db()
    assert auction.state == AuctionState.HALTED
    engine = api_client(build.a_venue_key(venue))
    walk("Marks are stale", engine, {"a moment passes": market.sweep})
    auction.refresh_from_db()
    assert auction.state == AuctionState.OPEN


def test_a_master_key_that_is_put_back_closes_what_had_halted(venue: Venue, travel: Any, settings: Any) -> None:
    def use(*keys: str) -> None:
        """As after a restart, which forgets what a process has unwrapped."""
        settings.SEALING_KEYS = market.keyring(*keys)
        seals._kept.clear()

    market.a_playbook(venue)
    use("old")
    auction = market.an_auction(venue)
    market.place(market.a_bidder(venue), market.order(auction, "a", 100, "20"))
    use("another")
    market.close(auction, travel)
    assert auction.state == AuctionState.HALTED

    def back() -> None:
        use("old")
        travel(seconds=1)
        market.sweep()

    cues: Cues = {
        "the key is put back, and a moment passes": back,
        "another key is put before it": lambda: use("new", "old"),
    }
    walk("A master key is lost", None, cues)


def test_a_silent_venue_is_spoken_for_or_stopped(venue: Venue) -> None:
    market.a_confirming_playbook(venue)
    _, settlement = market.awaited(venue)
    walk("A venue is silent", person(venue, "olivia"), {})
    market.sweep()
    assert Settlement.objects.get(id=settlement.id).state == SettlementState.SETTLED


def test_without_a_broker_the_clock_does_all(venue: Venue, monkeypatch: pytest.MonkeyPatch) -> None:
    market.a_playbook(venue)
    market.committed(venue, "50")
    there = app.conf.broker_write_url
    monkeypatch.setattr(app.conf, "broker_write_url", "redis+socket:///nowhere/redis.sock")
    monkeypatch.setattr(tasks._wakes, "quiet_until", 0.0)

    def sold_and_back() -> None:
        book = market.a_plain_book(venue)
        market.sweep()
        book.refresh_from_db()
        assert book.state == BookState.CLOSED
        monkeypatch.setattr(app.conf, "broker_write_url", there)

    walk("The broker is away", None, {"a book comes and is sold meanwhile, and the broker is back": sold_and_back})


def test_a_provider_in_default_is_declared_by_one_and_confirmed_by_another(venue: Venue) -> None:
    market.a_playbook(venue)
    alice, peter = build.a_provider(venue, "Alice"), person(venue, "peter")
    cues: Cues = {"another person asks": lambda: peter}
    walk("A provider defaults", person(venue, "olivia"), cues, {"$PROVIDER": str(alice.id)})
