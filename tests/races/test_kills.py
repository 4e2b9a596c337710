"""Workers that are killed at any moment leave nothing half done: whoever sweeps next carries on where they were."""

import itertools
import os
import signal
import subprocess
import sys
import textwrap
import time
from decimal import Decimal
from random import Random

import pytest
from django.db import connection

from auctions.lifecycle import AuctionState, BookState
from auctions.models import Auction, Award, Bid, Book, Settlement, Step, Take
from auctions.operations.operator.audit import audit
from auctions.operations.provider.place_bids import BidOrder, place_bids
from backstop.errors import DomainError
from tests import builders as build
from tests import invariants, market, roles
from tests.builders import perform

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("processes"),
    pytest.mark.usefixtures("database_owner"),  # who alone sees what another role is in the middle of
]

KILLS = int(os.environ.get("KILLS", "8"))  # `make test-faults` has 200
BOOKS = 2
NURSERY = textwrap.dedent("""
    import os
    import sys
    import django
    django.setup()
    from django.db import connection
    from auctions.tasks import STAGES, run_stage
    for line in sys.stdin:
        if child := os.fork():
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
            continue
        connection.ensure_connection()
        print(os.getpid(), connection.connection.info.backend_pid, flush=True)
        while True:
            for stage in STAGES:
                run_stage(stage)
""")


class Sweepers:
    """Processes that sweep this test's database, one after the other, each until it is killed."""

    def __init__(self) -> None:
        env = {"DATABASE_URL": roles.programs_url(), "DJANGO_SETTINGS_MODULE": "backstop.config.settings"}
        self.nursery = subprocess.Popen(
            [sys.executable, "-c", NURSERY],
            env={**os.environ, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.running = None

    def start(self) -> None:
        self.nursery.stdin.write("go\n")
        self.nursery.stdin.flush()
        self.running, self.backend = map(int, self.nursery.stdout.readline().split())

    def kill(self) -> bool:
        """Kill it where it is; whether that was in the middle of writing."""
        os.kill(self.running, signal.SIGSTOP)
        with connection.cursor() as cursor:
            cursor.execute("SELECT backend_xid IS NOT NULL FROM pg_stat_activity WHERE pid = %s", [self.backend])
            writing = cursor.fetchone()
        os.kill(self.running, signal.SIGKILL)
        self.running = None
        assert int(self.nursery.stdout.readline()) == -signal.SIGKILL, "it ended before it was killed"
        return writing == (True,)

    def clear(self) -> None:
        self.nursery.kill()
        if self.running:
            os.kill(self.running, signal.SIGKILL)
        self.nursery.communicate()


class Market:
    """A venue with standing commitments, and people who bid and take whatever is on offer."""

    def __init__(self) -> None:
        self.venue = build.a_venue(fund="10000000")
        build.an_instrument(self.venue, "BTC-PERP", price="20000")
        build.an_instrument(self.venue, "ETH-USD", build.SPOT, product_group="COINS", price="200", margin_rate="0")
        build.a_playbook(
            self.venue,
            units_per_lot=10,
            mark_max_age_seconds=86400,
            sealed_seconds=2,
            reopening_seconds=1,
            dutch_seconds=3,
            dutch_curve={"kind": "PIECEWISE", "ramp_seconds": 2},
            cover_percent=0,
            fund_draw_limit="5000",
            fund_inventory_limit="100000",
        )
        self.people = []
        for name in ("Alice", "Bob", "Charlie"):
            provider = build.a_provider(self.venue, name, collateral="20000000")
            build.a_provider_key(provider)
            self.people.append((provider, provider.api_keys.get().id))
        for (provider, _), edge, cap in zip(self.people, ("40", "60"), ("4000", "2000"), strict=False):
            build.a_commitment(provider, min_edge_bps=edge, cap_per_assignment=cap)
        self.numbers = itertools.count(1)

    def receive_books(self) -> None:
        for _ in range(BOOKS):
            positions = (market.position("BTC-PERP", "LONG", "1", "20100"), market.position("ETH-USD", "LONG", "100"))
            market.a_book(self.venue, *positions, reference=f"book-{next(self.numbers)}", cash="-10000")

    def trade(self) -> None:
        """Everybody bids for the first lot of a book, so that the second one is left for takes."""
        for provider, key in self.people:
            sealed = Auction.objects.filter(kind="SEALED", state=AuctionState.OPEN, step__lot__ordinal=0)
            newest = sealed.order_by("-closes_at")[:4]
            orders = [BidOrder(one.id, f"b{next(self.numbers)}", 2, Decimal(30), 2) for one in newest]
            if orders:
                perform(place_bids, key_id=key, provider_id=provider.id, orders=orders)
            for one in Auction.objects.filter(kind="DUTCH", state=AuctionState.OPEN)[:3]:
                try:
                    market.take(provider, one, f"t{next(self.numbers)}", 2)
                except DomainError:
                    continue


def test_sweeps_that_are_killed_at_random_moments_leave_nothing_half_done(travel):
    here, random, writing = Market(), Random(), 0
    sweepers = Sweepers()
    try:
        for _ in range(KILLS):
            here.receive_books()
            sweepers.start()
            time.sleep(random.uniform(0.02, 0.4))
            here.trade()
            travel(seconds=1)
            time.sleep(random.uniform(0.0, 0.2))
            writing += sweepers.kill()
            assert perform(audit) == []
    finally:
        sweepers.clear()
    assert writing, "nobody was killed in the middle of writing: there was too little to do"
    assert Book.objects.exclude(state=BookState.RECEIVED).exists()
    for _ in range(40):
        if not Book.objects.exclude(state=BookState.CLOSED).exists():
            break
        market.sweep()
        here.trade()
        travel(seconds=1)
    assert Book.objects.count() == KILLS * BOOKS
    invariants.everything_ended()
    assert perform(audit) == []
    for model in (Book, Step, Auction, Settlement):
        assert not model.objects.exclude(parked_reason="").exists()
    assert Take.objects.exists()
    assert Bid.objects.filter(commitment=None).exists()
    assert Award.objects.filter(step__kind="ASSIGN").exists()
