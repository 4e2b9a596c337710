"""The README's tour, by its very commands, whenever it is begun."""

import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from auctions.lifecycle import BookState, StepKind
from auctions.models import Auction, Award, Bid, Book
from auctions.operations.operator.add_playbook import add_playbook
from auctions.simulation import cascade
from auctions.simulation.demo import credentials, invitation
from auctions.simulation.feed import Feed
from auctions.simulation.play import RunFailed
from auctions.simulation.seeding import Market, Seat, seed_market
from backstop.client import Client
from backstop.models import Venue
from backstop.stack import embedded
from backstop.stack.supervisor import Stack
from tests import market
from tests.builders import perform
from tests.elsewhere import HOUSE, Elsewhere

pytestmark = pytest.mark.xdist_group("processes")

TOUR = (HOUSE / "README.md").read_text().partition("## A short tour")[2].partition("The whole API")[0]
COMMANDS = "\n".join(re.findall(r"^```sh\n(.*?)^```$", TOUR, re.DOTALL | re.MULTILINE))
STEP_SECONDS = 20
PAUSE_SECONDS = 0.1
BRIEF = "#!/bin/sh\nexec /bin/sleep 0.1\n"


@pytest.fixture
def demo(travel: Any, live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Market]:
    """The demo's market as it stays up after the cascade; it has said how it is reached."""
    elsewhere = Elsewhere()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere.folder))
    seeded = perform(seed_market, plan=cascade.PLAN)
    perform(add_playbook, venue=Venue.objects.get(id=seeded.venue_id), parameters=cascade.AFTERWARDS, reason="a test")
    a_stack(live_server.url).tell(**credentials(seeded, "of no use", "ab" * 20))
    yield seeded
    elsewhere.clear()


def a_stack(url: str) -> Stack:
    folder = embedded.servers().folder
    embedded.make_private(folder)
    return Stack(url, "http://127.0.0.1:9", folder, {}, embedded.quietly)


def tour(travel: Any, sleeps: Path) -> Book:
    """The book of a tour that was taken to its end: nobody waits, the clock goes on once the bid is there."""
    (sleeps / "sleep").write_text(BRIEF)
    (sleeps / "sleep").chmod(0o755)
    env = {**os.environ, "TMPDIR": tempfile.gettempdir(), "PATH": f"{sleeps}:{os.environ['PATH']}"}
    words = ["bash", "-eu", "-c", COMMANDS]
    bids = Bid.objects.filter(client_bid_id__startswith="mine-")
    before = bids.count()
    with subprocess.Popen(
        words, cwd=HOUSE, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as shell:
        while shell.poll() is None:
            market.sweep()
            if bids.count() > before:
                travel(seconds=STEP_SECONDS)
            with contextlib.suppress(subprocess.TimeoutExpired):
                shell.wait(PAUSE_SECONDS)
        assert shell.stdout is not None
        assert shell.stderr is not None
        assert shell.returncode == 0, shell.stdout.read() + shell.stderr.read()
    return Book.objects.get(reference=max(Book.objects.values_list("reference", flat=True)))


@pytest.mark.django_db(transaction=True)
def test_the_tour_works_at_once_and_two_minutes_later(
    demo: Market, live_server: Any, travel: Any, tmp_path: Path
) -> None:
    client = Client(live_server.url, demo.key)
    feed = Feed(client)
    feed.mark({"BTC-PERP": cascade.OPENING["BTC-PERP"]})
    position = {"instrument": "BTC-PERP", "side": "LONG", "quantity": "5", "entry_price": "64000"}
    feed.send([{"reference": "account", "cash": "40000", "positions": [position]}])
    client.close()
    market.sweep()
    assert Book.objects.get().state == BookState.CLOSED, "the commitments took it, and have hardly room for more"

    at_once = tour(travel, tmp_path)
    travel(seconds=120)
    later = tour(travel, tmp_path)

    for book in (at_once, later):
        auction = Auction.objects.get(step__lot__book=book, kind=StepKind.SEALED)
        (own,) = Award.objects.filter(step__lot__book=book, provider=demo.seats[-1].provider_id)
        assert (own.step_id, own.units) == (auction.step_id, 40)
    assert at_once != later


def test_how_the_demo_is_reached_is_said_while_it_runs_and_to_its_owner_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = Elsewhere()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere.folder))
    with pytest.raises(RunFailed, match=r"^nothing runs here; `make run` starts the demo$"):
        invitation()
    stack = a_stack("http://127.0.0.1:7")
    stack.tell()
    with pytest.raises(RunFailed, match=r"^what runs here, at http://127.0.0.1:7, has no demo"):
        invitation()
    market = Market(uuid4(), "demo-1", "the-venues", (Seat(uuid4(), "Alder", "a"), Seat(uuid4(), "Fir", "the-firs")))
    stack.tell(**credentials(market, "the-password", "ab" * 20))
    said = "\n".join(invitation())
    assert "http://127.0.0.1:9/healthz/market" in said
    assert re.search(r"admin / the-password / \d{6}$", said, re.MULTILINE)
    assert "export URL=http://127.0.0.1:7 VENUE_KEY=the-venues PROVIDER_KEY=the-firs" in said
    assert (stack.folder / "stack.json").stat().st_mode & 0o777 == 0o600
    stack.stop()
    with pytest.raises(RunFailed, match="nothing runs here"):
        invitation()
    elsewhere.clear()
