"""Recorded liquidations go through the market again, with robots that bid for them."""

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from rich.console import Console
from rich.table import Table

from accounts.rules.terms import StandingTerms, Window
from auctions.simulation.arrivals import Arrival
from auctions.simulation.closing import Closing
from auctions.simulation.contest.bidders import Crowd, bidder_names
from auctions.simulation.feed import Feed, waves
from auctions.simulation.measuring import Locked
from auctions.simulation.place import Place, market_place
from auctions.simulation.play import Play, RunFailed
from auctions.simulation.report import Report, carried_of, lines_of, make_report
from auctions.simulation.robots import Floor, Robot
from auctions.simulation.screen import Screen, a_console
from auctions.simulation.seeding import InstrumentPlan, Market, ProviderPlan, VenuePlan, seed_market
from backstop.client import ApiRefused, Client
from backstop.errors import DomainError
from backstop.models import InstrumentKind
from backstop.stack import supervisor
from backstop.transactions import perform
from backstop.values.amounts import total

UNDER_WAY = 100
LINEAR_MARGIN = Decimal("0.1")
PLAYBOOK = {
    "assign": "FIRST",
    "sealed_seconds": 3,
    "max_reopenings": 1,
    "reopening_seconds": 2,
    "dutch_rise_bps": None,
    "dutch_curve": {"kind": "PIECEWISE", "ramp_seconds": 4},
    "dutch_seconds": 5,
    "retry_seconds": 2,
    "cover_percent": 50,
    "mark_max_age_seconds": 60,
    "dutch_mark_max_age_seconds": None,
    # Hours pass in seconds here, so marks move between opening and close as they never do.
    "max_drift_bps": Decimal(3000),
    "drift_buffer_bps": Decimal(3000),
    "max_jump_bps": None,
    "fund_draw_limit": Decimal(1000),
    "max_halt_seconds": 30,
    "max_waterfall_seconds": 30,
}
COMPRESSED = (
    "Arrivals are compressed: books come as fast as the market keeps up. Windows are short (sealed 3 s, reopened 2 s, "
    "Dutch 5 s), and marks may drift by 30 % from opening to close, because hours of falling prices pass in minutes."
)


def run(arrivals: Sequence[Arrival], *, robots: int, crowd: Crowd, json_path: Path | None = None) -> None:
    """Play these arrivals with so many robots, report, and write the figures to a file. Raises `RunFailed`."""
    if json_path and not json_path.absolute().parent.is_dir():
        raise RunFailed(f"{json_path}: there is no such folder")
    report = None
    with supervisor.until_signalled():
        report = _play(arrivals, robots, crowd)
    if report is None:
        raise RunFailed("interrupted: the replay was not finished", 130)
    if json_path:
        carried = carried_of(arrivals)
        document = {**report.as_json(), **({"carried": carried} if carried else {})}
        json_path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    if not report.holds:
        raise RunFailed("the replay does not hold: see the report")


def _play(arrivals: Sequence[Arrival], robots: int, crowd: Crowd) -> Report:
    console = a_console()
    try:
        with market_place() as place:
            market = perform(seed_market, actor="command:replay", plan=_plan(arrivals, robots, crowd))
            locked = Locked(market.venue_id)
            _send_all(console, place, market, arrivals, crowd, locked)
            report = make_report(market.venue_id, crowd.fair_edge, arrivals, locked.average)
    except (ApiRefused, DomainError) as problem:
        raise RunFailed(str(problem)) from None
    _show(console, market, report, arrivals)
    return report


def _send_all(
    console: Console, place: Place, market: Market, arrivals: Sequence[Arrival], crowd: Crowd, locked: Locked
) -> None:
    console.print(f"venue {market.code} at {place.url}: {len(arrivals)} books. {COMPRESSED}", highlight=False)
    there = crowd.present([seat.name for seat in market.seats])
    robots = [Robot(seat, Client(place.url, seat.key), crowd) for seat in market.seats if seat.name in there]
    venue = Client(place.url, market.key)
    feed = Feed(venue)
    closing = Closing(venue, market.venue_id, crowd.recycle_seconds)
    with Screen(console, market.venue_id, len(arrivals)) as screen, Floor(robots) as floor:
        play = Play(place, market, feed, floor, screen, locked, closing)
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


def _plan(arrivals: Sequence[Arrival], robots: int, crowd: Crowd) -> VenuePlan:
    """A venue for this file: its instruments, and money in proportion to what is going to be liquidated."""
    notional = max(total(row.value for arrival in arrivals for row in arrival.rows), Decimal(1))
    playbook = {**PLAYBOOK, "fund_inventory_limit": _money(notional / 4)}
    return VenuePlan(
        prefix="replay",
        name="Replay",
        fund=_money(notional / 2),
        playbook=playbook,
        instruments=_instruments(arrivals),
        providers=_providers(bidder_names(robots), crowd, notional),
    )


def _providers(names: Sequence[str], crowd: Crowd, notional: Decimal) -> list[ProviderPlan]:
    """Together they have the crowd's capital, each its share of it; every third has a standing bid besides, if it is
    there."""
    there = crowd.present(names)
    plans = []
    for number, name in enumerate(names):
        edge = crowd.standing_edge(number) if name in there else None
        standing = StandingTerms(min_edge_bps=edge, window=Window(_money(notional / 100), 10))
        collateral = _money(crowd.wealth(name, len(names), notional))
        plans.append(ProviderPlan(name, name, collateral, {} if edge is None else {None: standing}))
    return plans


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
