"""`manage.py replay FILE`: recorded liquidations go through the market again, with robots that bid for them."""

import json
import random
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.table import Table

from accounts.rules.terms import Terms, Window
from auctions.simulation.arrivals import Arrival, FileRefused, read_arrivals
from auctions.simulation.feed import Feed, waves
from auctions.simulation.place import Place, market_place
from auctions.simulation.play import NeverEnded, Play
from auctions.simulation.report import Report, carried_of, lines_of, make_report
from auctions.simulation.robots import Floor, Robot, fair_edge
from auctions.simulation.screen import Screen, a_console
from auctions.simulation.seeding import InstrumentPlan, Market, ProviderPlan, VenuePlan, seed_market
from backstop.client.client import ApiRefused, Client
from backstop.models import InstrumentKind
from backstop.stack import supervisor
from backstop.transactions import perform
from backstop.values.amounts import from_text, total

UNDER_WAY = 100
LINEAR_MARGIN = Decimal("0.1")
STANDING_EDGE = Decimal(60)
PLAYBOOK = {
    "sealed_seconds": 3,
    "max_reopenings": 1,
    "reopening_seconds": 2,
    "dutch_ramp_seconds": 4,
    "dutch_seconds": 5,
    "retry_seconds": 2,
    "cover_percent": 50,
    "mark_max_age_seconds": 60,
    # Hours pass in seconds here, so marks move between opening and close as they never do.
    "max_drift_bps": Decimal(3000),
    "drift_buffer_bps": Decimal(3000),
    "fund_draw_limit": Decimal(1000),
    "max_halt_seconds": 30,
    "max_waterfall_seconds": 120,
}
COMPRESSED = (
    "Arrivals are compressed: books come as fast as the market keeps up. Windows are short (sealed 3 s, reopened 2 s, "
    "Dutch 5 s), and marks may drift by 30 % from opening to close, because hours of falling prices pass in minutes."
)


class Command(BaseCommand):
    help = (
        "Play recorded liquidations (a CSV file) through the market: a venue of its own, books over the HTTP API, "
        "robot providers that bid and take over it, then a report. Columns: reference, received_at, instrument, kind "
        "(SPOT or LINEAR), side, quantity, mark_price, and optionally account, cash, entry_price, sold_at_price; "
        "others are carried into the report. Uses the running stack, or starts one and stops it. Exits 0 only if "
        "every book ended and everything adds up."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the CSV file")
        parser.add_argument("--rows", type=int, metavar="N", help="only the first N rows (default: all)")
        parser.add_argument("--robots", type=int, default=6, metavar="K", help="how many providers bid (default: 6)")
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="of the robots' valuations (default: 1)")
        parser.add_argument(
            "--debt-ratio", default="0.75", metavar="R", help="what spot has borrowed without cash (default: 0.75)"
        )
        parser.add_argument("--json", type=Path, metavar="OUT", help="write the report's figures to this file")

    def handle(self, **options: Any) -> None:
        arrivals = self._read(options)
        if options["json"] and not options["json"].absolute().parent.is_dir():
            raise CommandError(f"{options['json']}: there is no such folder")
        report = None
        with supervisor.until_signalled():
            report = self._play(arrivals, options["robots"], options["seed"])
        if report is None:
            raise CommandError("interrupted: the replay was not finished", returncode=130)
        if options["json"]:
            carried = carried_of(arrivals)
            document = {**report.as_json(), **({"carried": carried} if carried else {})}
            options["json"].write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        if not report.holds:
            raise CommandError("the replay does not hold: see the report")

    def _read(self, options: dict[str, Any]) -> list[Arrival]:
        for name in ("rows", "robots"):
            if options[name] is not None and options[name] < 1:
                raise CommandError(f"--{name} must be at least 1")
        try:
            debt_ratio = from_text(options["debt_ratio"], "--debt-ratio")
            if not 0 <= debt_ratio <= 10:
                raise CommandError("--debt-ratio must be between 0 and 10")
            return read_arrivals(options["file"], options["rows"], debt_ratio)
        except ValueError as refused:
            raise CommandError(str(refused)) from None
        except FileRefused as refused:
            raise CommandError(f"{refused}; nothing was taken in") from None

    def _play(self, arrivals: Sequence[Arrival], robots: int, seed: int) -> Report:
        console = a_console()
        try:
            with market_place(attach=True) as place:
                market = perform(seed_market, actor="command:replay", plan=_plan(arrivals, robots, seed))
                _run(console, place, market, arrivals, seed)
                report = make_report(market.venue_id, lambda name, book: fair_edge(seed, name, book), arrivals)
        except (ApiRefused, NeverEnded) as problem:
            raise CommandError(str(problem)) from None
        _show(console, market, report, arrivals)
        return report


def _run(console: Console, place: Place, market: Market, arrivals: Sequence[Arrival], seed: int) -> None:
    console.print(f"venue {market.code} at {place.url}: {len(arrivals)} books. {COMPRESSED}", highlight=False)
    robots = [Robot(seat, Client(place.url, seat.key), seed) for seat in market.seats]
    feed = Feed(Client(place.url, market.key))
    with Screen(console, market.venue_id, len(arrivals)) as screen, Floor(robots) as floor:
        play = Play(place, market, feed, floor, screen)
        sent = ((marks, [arrival.content for arrival in wave]) for marks, wave in waves(arrivals))
        play.run(sent, under_way=UNDER_WAY)


def _show(console: Console, market: Market, report: Report, arrivals: Sequence[Arrival]) -> None:
    table = Table("", "", title=f"Replay on {market.code}", show_header=False, title_justify="left")
    for what, how_much in lines_of(report):
        table.add_row(what, how_much)
    console.print(table)
    names = sorted({name for arrival in arrivals for row in arrival.rows for name in row.carried})
    if names:
        console.print(f"Carried along from the file (row by row in --json): {', '.join(names)}.", highlight=False)
    console.print(COMPRESSED, highlight=False)


def _plan(arrivals: Sequence[Arrival], robots: int, seed: int) -> VenuePlan:
    """A venue for this file: its instruments, and money in proportion to what is going to be liquidated."""
    notional = max(total(row.value for arrival in arrivals for row in arrival.rows), Decimal(1))
    playbook = {**PLAYBOOK, "fund_inventory_limit": _money(notional / 4)}
    return VenuePlan(
        prefix="replay",
        name="Replay",
        fund=_money(notional / 2),
        playbook=playbook,
        instruments=_instruments(arrivals),
        providers=[_robot(number, seed, notional, robots) for number in range(robots)],
    )


def _robot(number: int, seed: int, notional: Decimal, robots: int) -> ProviderPlan:
    """Together they could pay for about twice what is liquidated, each for a share of its own; every third has a
    standing bid besides."""
    name = f"Robot {number + 1}"
    wealth = Decimal(random.Random(f"{seed}:{name}:wealth").randint(50, 150)) / 100
    standing = Terms(min_edge_bps=STANDING_EDGE + number, window=Window(_money(notional / 100), 10))
    return ProviderPlan(
        name=name,
        group=name,
        collateral=_money(2 * notional * wealth / robots),
        commitments={None: standing} if number % 3 == 0 else {},
    )


def _instruments(arrivals: Sequence[Arrival]) -> list[InstrumentPlan]:
    """Each instrument of the file, with a quantity step as fine as its quantities."""
    plans: dict[str, InstrumentPlan] = {}
    for row in (row for arrival in arrivals for row in arrival.rows):
        step = Decimal(1).scaleb(min(0, int(row.quantity.normalize().as_tuple().exponent)))
        known = plans.get(row.instrument)
        spot = row.kind == InstrumentKind.SPOT
        plans[row.instrument] = InstrumentPlan(
            symbol=row.instrument,
            kind=row.kind,
            product_group="SPOT" if spot else "PERPS",
            quantity_step=min(step, known.quantity_step) if known else step,
            margin_rate=Decimal(0) if spot else LINEAR_MARGIN,
        )
    return list(plans.values())


def _money(amount: Decimal) -> Decimal:
    return max(amount, Decimal(1)).quantize(Decimal("0.01"))
