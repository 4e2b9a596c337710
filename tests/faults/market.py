"""A market as it would be deployed: servers, hosts with all programs, two venues, and everybody who uses it."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path

from django.core.management import call_command
from django.db import connections

from accounts.rules.terms import StandingTerms
from auctions.simulation import seeding
from auctions.simulation.seeding import InstrumentPlan, ProviderPlan, VenuePlan, seed_market
from backstop.client import Client, ask_health
from backstop.client.inputs import Quote
from backstop.transactions import perform
from tests.elsewhere import eventually
from tests.faults.hosts import Host
from tests.faults.links import Links
from tests.faults.load import Load
from tests.faults.servers import Bouncer, Server, disk_of_its_own
from tests.rabbit import BINARY, Rabbit

HEALTHY_SECONDS = 90
PRICES = {"BTC-PERP": "20000", "ETH-USD": "200"}
PLAYBOOK = {
    "units_per_lot": 10,
    "mark_max_age_seconds": 86400,
    "sealed_seconds": 2,
    "max_reopenings": 0,
    "dutch_seconds": 2,
    "assign": "FIRST",
    "dutch_rise_bps": None,
    "dutch_mark_max_age_seconds": None,
    "dutch_curve": {"kind": "PIECEWISE", "ramp_seconds": 1},
    "cover_percent": 0,
    "confirm_seconds": 4,
    "fund_draw_limit": Decimal(1000),
    "fund_inventory_limit": Decimal(10**9),
    "max_waterfall_seconds": 10,
}


class Market:
    """All of it, started. What is `skipped` has a reason."""

    def __init__(self, folder: Path, hosts: int, small_disk: bool) -> None:
        self.folder = folder
        self.skipped: dict[str, str] = {}
        self.postgres = Server(folder / "postgres", "postgres")
        self.redis = Server(folder / "redis", "redis")
        self.rabbit: Rabbit | None = None
        self.bouncer: Bouncer | None = None
        self.disk = self._own_disk() if small_disk else None
        self.links = Links()
        self._hosts_wanted = hosts
        self.hosts: list[Host] = []

    @contextmanager
    def running(self) -> Iterator[None]:
        with ExitStack() as stack:
            stack.callback(connections.close_all)
            for server in (self.postgres, self.redis):
                server.start()
                stack.callback(server.stop)
            call_command("migrate", verbosity=0)
            if self._hosts_wanted > 1:
                self._start_others(stack)
            for number in range(self._hosts_wanted):
                self.hosts.append(self._new_host(number))
            for host in self.hosts:
                host.start()
                stack.callback(host.stop)
            markets = seed_venues()
            for host in self.hosts:
                assert eventually(lambda host=host: ask_health(host.url)[0], HEALTHY_SECONDS), host.folder
            set_marks(self.hosts[0].url, markets)
            self.load = Load(markets, [host.url for host in self.hosts])
            self.load.start()
            yield

    def _own_disk(self) -> Path | None:
        disk = self.postgres.here.postgres
        if why := disk_of_its_own(disk):
            self.skipped["PostgreSQL's disk is full"] = why
            return None
        return disk

    def _start_others(self, stack: ExitStack) -> None:
        """What not every machine has; root alone may lend them the account that they run as."""
        for name, binary in (("RabbitMQ", BINARY), ("PgBouncer", Bouncer.BINARY)):
            if not binary.exists() or os.geteuid() != 0:
                self.skipped[name] = "not installed, or not root"
        if "RabbitMQ" not in self.skipped:
            self.rabbit = Rabbit(self.folder)
            self.rabbit.start()
            stack.callback(self.rabbit.kill)
        if "PgBouncer" not in self.skipped:
            behind = self.folder / "behind"
            behind.mkdir(mode=0o711)
            self.links.between_sockets(behind / self._socket.name, self._socket)  # PostgreSQL sees us, not its account
            self.bouncer = Bouncer(self.folder / "bouncer", behind)
            self.bouncer.start()
            stack.callback(self.bouncer.kill)

    @property
    def _socket(self) -> Path:
        return self.postgres.here.postgres / ".s.PGSQL.5432"

    def _new_host(self, number: int) -> Host:
        """Every second one comes by PgBouncer, and wakes its workers by RabbitMQ, where these are."""
        other = number % 2
        database = self.bouncer.socket if self.bouncer and other else self._socket
        broker = self.rabbit.port if self.rabbit and other else self.redis.here.redis_socket
        return Host(str(number + 1), self.folder / f"host-{number + 1}", self.links, database, broker)


def seed_venues() -> list[seeding.Market]:
    """One whose settlements are final at once, and one that confirms them."""
    return [_seed("prompt", "AUTO"), _seed("confirming", "CONFIRM")]


def set_marks(url: str, venues: Sequence[seeding.Market]) -> None:
    """Of every instrument, by each venue itself."""
    quotes: list[Quote] = [{"instrument": name, "price": price} for name, price in PRICES.items()]
    for venue in venues:
        Client(url, venue.key).set_marks(quotes)


def _seed(prefix: str, settlement_mode: str) -> seeding.Market:
    names = ("Alder", "Birch", "Cedar")
    commitments = {None: StandingTerms(min_edge_bps=Decimal(40), cap_per_assignment=Decimal(4000))}
    plan = VenuePlan(
        prefix=prefix,
        name=prefix,
        fund=Decimal(10**10),
        playbook={**PLAYBOOK, "settlement_mode": settlement_mode},
        instruments=[
            InstrumentPlan("BTC-PERP", "LINEAR", "BTC", Decimal("0.001"), Decimal("0.1")),
            InstrumentPlan("ETH-USD", "SPOT", "ETH", Decimal("0.001"), Decimal(0)),
        ],
        providers=[ProviderPlan(name, name, Decimal(10**9), commitments if name == names[0] else {}) for name in names],
    )
    return perform(seed_market, actor="command:faults", plan=plan)
