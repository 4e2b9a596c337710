"""The whole product on this machine, with a liquidation cascade to watch."""

import secrets

from rich.console import Console
from rich.table import Table

from accounts.models import User
from auctions.operations.operator.add_playbook import add_playbook
from auctions.simulation import cascade
from auctions.simulation.feed import Feed
from auctions.simulation.place import Place, market_place
from auctions.simulation.play import Play, RunFailed
from auctions.simulation.report import Report, lines_of, make_report
from auctions.simulation.robots import Floor, Robot, fair_edge
from auctions.simulation.screen import Screen, a_console, step_rows
from auctions.simulation.seeding import Market, seed_market
from backstop.client import ApiRefused, Client
from backstop.models import Venue
from backstop.stack import supervisor
from backstop.transactions import perform, requires_transaction

SEED = 7
ADMIN = "admin"
ACTOR = "command:demo"


def run(*, once: bool) -> None:
    """Start everything, play, report, and stay up until a signal; `once`: stop after the report. Raises `RunFailed`."""
    console = a_console()
    report = None
    with supervisor.until_signalled():
        console.print("Starting PostgreSQL, Redis, web, workers, clock and relay ...", highlight=False)
        try:
            with market_place(attach=False) as place:
                report = _play(console, place)
                if not once:
                    console.print("From now on sealed auctions take a minute. Ctrl-C stops everything.")
                while not once:
                    place.wait(1)
        except ApiRefused as problem:
            raise RunFailed(str(problem)) from None
    console.print("Everything has stopped.", highlight=False)
    if report is None and once:
        raise RunFailed("interrupted: the demo was not finished", 130)
    if report is not None and not report.holds:
        raise RunFailed("the demo does not hold: see the report")


@requires_transaction
def renew_admin(*, password: str) -> User:
    """The demo's admin user, with a password of this run."""
    user, _ = User.objects.get_or_create(username=ADMIN, defaults={"is_staff": True, "is_superuser": True})
    user.set_password(password)
    user.save()
    return user


def _play(console: Console, place: Place) -> Report:
    password = secrets.token_urlsafe(12)
    perform(renew_admin, actor=ACTOR, password=password)
    market = perform(seed_market, actor=ACTOR, plan=cascade.PLAN)
    console.print(f"Venue {market.code} is open at {place.url}: prices start to fall.", highlight=False)
    robots = [Robot(seat, Client(place.url, seat.key), SEED) for seat in market.seats]
    feed = Feed(Client(place.url, market.key))
    waves = list(cascade.waves())
    total = sum(len(books) for _, books in waves)
    with Screen(console, market.venue_id, total) as screen, Floor(robots) as floor:
        Play(place, market, feed, floor, screen).run(waves, under_way=total, every_seconds=cascade.FALL_SECONDS)
    report = make_report(market.venue_id, lambda name, book: fair_edge(SEED, name, book))
    _show(console, market, report)
    venue = Venue.objects.get(id=market.venue_id)
    perform(add_playbook, actor=ACTOR, venue=venue, parameters=cascade.AFTERWARDS)
    _invite(console, place, market, password)
    return report


def _show(console: Console, market: Market, report: Report) -> None:
    steps = Table("step", "lots", "units in", "units placed", title="Steps", title_justify="left")
    for kind, *_, ended, units_in, placed in step_rows(market.venue_id):
        steps.add_row(kind, str(ended), str(units_in or 0), str(placed or 0))
    console.print(steps)
    table = Table("", "", title=f"Report on {market.code}", show_header=False, title_justify="left")
    for what, how_much in lines_of(report):
        table.add_row(what, how_much)
    console.print(table)


def _invite(console: Console, place: Place, market: Market, password: str) -> None:
    seat = market.seats[0]
    lines = [
        f"API     {place.url}/v1/docs",
        f"Admin   {place.url}/admin/   {ADMIN} / {password}",
        f"To paste, for the venue and for {seat.name}:",
        f"export URL={place.url} VENUE_KEY={market.key} PROVIDER_KEY={seat.key}",
        f"curl -s '{place.url}/v1/awards?limit=3' -H 'Authorization: Bearer {seat.key}'",
    ]
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True, markup=False)
