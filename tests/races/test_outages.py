"""Programs that stand still, and a database that goes away and comes again, under work."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import timedelta

import pytest

from auctions.lifecycle import UNDER_WAY
from auctions.models import Auction
from auctions.tasks import run_stage
from tests import builders as build
from tests import market, roles
from tests.elsewhere import Elsewhere, eventually, said

pytestmark = pytest.mark.xdist_group("processes")

LIMIT_SECONDS = 2
# Closes what is due whenever it is told to; what it has to decide takes it so many seconds of Python.
CLOSER = textwrap.dedent("""
    import sys
    import time
    import django
    django.setup()
    from auctions.desks.closing import carrying_out
    from auctions.tasks import run_stage
    from backstop.database import is_passing
    decide = carrying_out.decide
    def decide_slowly(*words):
        print("deciding", flush=True)
        ends_at = time.monotonic() + 3.5
        while time.monotonic() < ends_at:
            pass
        return decide(*words)
    carrying_out.decide = decide_slowly
    for line in sys.stdin:
        try:
            print("closed", run_stage("close_auctions"), flush=True)
        except Exception as error:
            print("passing" if is_passing(error) else repr(error), flush=True)
""")


@pytest.fixture
def closer(db: None) -> Iterator["subprocess.Popen[str]"]:
    url = f"{roles.programs_url()} options='-c idle_in_transaction_session_timeout={LIMIT_SECONDS}s'"
    closer = subprocess.Popen(
        [sys.executable, "-c", CLOSER],
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "backstop.config.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield closer
    closer.kill()
    closer.communicate()


def tell(closer: "subprocess.Popen[str]") -> None:
    assert closer.stdin is not None
    closer.stdin.write("go\n")
    closer.stdin.flush()


@pytest.mark.django_db(transaction=True)
def test_who_computes_for_long_keeps_its_locks_and_who_stands_still_loses_them(travel, closer):
    venue = market.a_market(travel)
    market.a_playbook(venue, mark_max_age_seconds=3600, max_reopenings=0)
    build.a_cap(venue, "1000000")  # which every close of the venue locks
    alice = market.a_bidder(venue)
    first, second = (market.an_auction(venue, name) for name in ("book-1", "book-2"))
    market.place(alice, market.order(first), market.order(second, "b2"))
    later = timedelta(seconds=1)
    Auction.objects.filter(id=second.id).update(closes_at=second.closes_at + later)

    travel.to(first.closes_at)
    tell(closer)
    assert [said(closer), said(closer)] == ["deciding", "closed 1"]
    first.refresh_from_db()
    assert first.state not in UNDER_WAY

    travel(seconds=1)
    tell(closer)
    assert said(closer) == "deciding"
    closer.send_signal(signal.SIGSTOP)
    assert eventually(lambda: run_stage("close_auctions") == 1, 60), "others go on"
    second.refresh_from_db()
    assert second.state not in UNDER_WAY

    closer.send_signal(signal.SIGCONT)
    assert said(closer) in {"closed 0", "passing"}, "its transaction is gone, or its connection, as it finds"
    assert not Auction.objects.exclude(parked_reason="").exists()


# Works a market of its own on servers of its own; says what was answered and seen before, during and after an outage.
OUTAGE = """
    import collections, itertools, json, threading, time
    import django
    django.setup()
    from django.core.management import call_command
    from django.db import close_old_connections, connections
    from auctions.models import Auction, Book, Settlement, Step
    from auctions.tasks import STAGES, run_stage
    from backstop.database import is_passing
    from backstop.stack import embedded
    from tests import builders as build
    from tests import market

    answers, swept, stop = collections.Counter(), collections.Counter(), threading.Event()
    phase, numbers = "before", itertools.count(1)

    def ask(key, method, path, content):
        client = build.api_client(key)
        client.cookies["sessionid"] = "x" * 32  # whose it is has to be looked up, in the admin
        while not stop.is_set():
            close_old_connections()  # as a server does before each request
            asked_in = phase
            status = getattr(client, method)(path, content() if content else None).status_code
            answers[f"{asked_in} {status}"] += 1
            time.sleep(0.02)

    def a_book():
        position = {"instrument": "BTC-PERP", "side": "LONG", "quantity": "1", "entry_price": "20000"}
        return {"books": [{"reference": f"b{next(numbers)}", "cash": "3000", "positions": [position]}]}

    def a_mark():
        return {"marks": [{"instrument": "BTC-PERP", "price": "20000"}]}

    def sweep():
        while not stop.is_set():
            for stage in STAGES:
                close_old_connections()
                try:
                    swept[f"{phase} worked"] += run_stage(stage)
                except Exception as error:
                    swept["passing" if is_passing(error) else repr(error)] += 1
            time.sleep(0.02)

    def until_it_works():
        wanted = {f"{phase} {status}" for status in (200, 201)} if phase != "during" else set()
        ends_at = time.monotonic() + 30
        while not (swept[f"{phase} worked"] and wanted <= answers.keys()) and time.monotonic() < ends_at:
            time.sleep(0.05)

    with embedded.running(durable=False):
        call_command("migrate", verbosity=0)
        venue = market.a_market(fund="1000000")
        market.a_playbook(venue, mark_max_age_seconds=3600, sealed_seconds=1, dutch_seconds=1)
        build.a_commitment(build.a_provider(venue), cap_per_assignment="4000")
        key = build.a_venue_key(venue)
        work = [
            (key, "get", "/v1/time", None), (key, "get", "/v1/marks", None), (key, "post", "/v1/marks", a_mark),
            (key, "post", "/v1/books", a_book), (None, "get", "/admin/", None),
        ]
        threads = [threading.Thread(target=ask, args=words) for words in work] + [threading.Thread(target=sweep)]
        for thread in threads:
            thread.start()
        until_it_works()
        phase = "during"
        time.sleep(1)  # what was asked before is answered before
    time.sleep(0.5)
    with embedded.running(durable=False):
        time.sleep(0.5)
        phase = "after"
        until_it_works()
        stop.set()
        for thread in threads:
            thread.join()
        close_old_connections()
        parked = [row.parked_reason for model in (Book, Step, Auction, Settlement)
                  for row in model.objects.exclude(parked_reason="")]
        print(json.dumps([answers, swept, parked]))
        connections.close_all()
"""


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    place = Elsewhere()
    yield place
    place.clear()


def test_a_database_that_goes_away_and_comes_again_costs_503s_and_nothing_else(elsewhere):
    answers, swept, parked = json.loads(elsewhere.run(OUTAGE, ALLOWED_HOSTS="testserver").splitlines()[-1])
    assert parked == []
    statuses = {
        when: {one.split()[1] for one in answers if one.startswith(when)} for when in ("before", "during", "after")
    }
    assert "500" not in set().union(*statuses.values())
    assert "503" not in statuses["before"]
    assert "503" in statuses["during"]
    assert statuses["before"] <= statuses["after"]
    assert min(swept["before worked"], swept["after worked"], swept["passing"]) > 0
    assert swept.keys() <= {"before worked", "during worked", "after worked", "passing"}
