"""The whole product on this machine, with a liquidation cascade to watch."""

import secrets
import time
from collections.abc import Sequence
from functools import partial

from rich.console import Console
from rich.table import Table

from accounts.desks.second_factors import code_at, trust_authenticator
from accounts.models import User
from auctions.operations.operator.add_playbook import add_playbook
from auctions.simulation import afterwards, cascade
from auctions.simulation.closing import Closing
from auctions.simulation.contest.bidders import Crowd
from auctions.simulation.feed import Feed
from auctions.simulation.measuring import Locked
from auctions.simulation.place import Place
from auctions.simulation.play import Play, RunFailed
from auctions.simulation.report import Report, lines_of, make_report
from auctions.simulation.robots import Floor, Robot
from auctions.simulation.screen import Screen, a_console, step_rows
from auctions.simulation.seeding import Market, Seat, seed_market
from backstop.client import ApiRefused, Client
from backstop.errors import DomainError
from backstop.models import Venue
from backstop.stack import supervisor
from backstop.stack.whole import whole_stack
from backstop.transactions import perform, requires_transaction

CROWD = Crowd(seed=7)
ADMIN = "admin"
ACTOR = "command:demo"
CODE_MINUTES = 10
STAYS = (
    f"From now on sealed auctions take a minute, a book comes every {afterwards.BOOK_SECONDS / 60:.0f} minutes, and "
    f"{afterwards.ROBOTS} robots bid for it and for yours.\nCtrl-C stops everything, within half a minute."
)


def run(*, once: bool) -> None:
    """Start everything, play, report, and stay up until a signal; `once`: stop after the report. Raises `RunFailed`."""
    console = a_console()
    report = None
    with supervisor.until_signalled():
        try:
            with whole_stack(partial(console.print, highlight=False)) as stack:
                market, report = _play(console, stack)
                if not once:
                    console.print(STAYS, highlight=False)
                    _go_on(console, stack, market)
        except (ApiRefused, DomainError) as problem:
            raise RunFailed(str(problem)) from None
    console.print("Everything has stopped.", highlight=False)
    if report is None and once:
        raise RunFailed("interrupted: the demo was not finished", 130)
    if report is not None and not report.holds:
        raise RunFailed("the demo does not hold: see the report")


def invitation() -> list[str]:
    """What the demo that runs here is reached by: its addresses, its admin's login, and keys to paste. Raises
    `RunFailed` where none runs."""
    facts = supervisor.running_facts()
    if facts is None:
        raise RunFailed("nothing runs here; `make run` starts the demo")
    if "password" not in facts:
        raise RunFailed(f"what runs here, at {facts['url']}, has no demo; `make run` would start one")
    code = code_at(facts["second_factor"], time.time())
    return [
        f"API         {facts['url']}/v1/docs",
        f"Admin       {facts['url']}/admin/   {ADMIN} / {facts['password']} / {code}",
        "            (the last is good once, for ten minutes: `manage.py demo --show` says another)",
        f"Operators   {facts['operators_url']}/healthz/market and {facts['operators_url']}/metrics",
        f"To paste, for the venue and for {facts['provider']}:",
        f"export URL={facts['url']} VENUE_KEY={facts['venue_key']} PROVIDER_KEY={facts['provider_key']}",
        f"curl -s '{facts['url']}/v1/awards?limit=3' -H 'Authorization: Bearer {facts['provider_key']}'",
    ]


def credentials(market: Market, password: str, second_factor: str) -> dict[str, str]:
    """What the demo tells of itself: its own provider is the last, who bids by hand and has no commitment."""
    seat = market.seats[-1]
    return {
        "password": password,
        "second_factor": second_factor,
        "venue_key": market.key,
        "provider": seat.name,
        "provider_key": seat.key,
    }


@requires_transaction
def renew_admin(*, password: str, second_factor: str) -> User:
    """The demo's admin user, with a password and an authenticator of this run."""
    user, _ = User.objects.get_or_create(username=ADMIN, defaults={"is_staff": True, "is_superuser": True})
    user.set_password(password)
    user.save()
    trust_authenticator(user=user, key=second_factor, minutes=CODE_MINUTES)
    return user


def _play(console: Console, stack: supervisor.Stack) -> tuple[Market, Report]:
    password, second_factor = secrets.token_urlsafe(12), secrets.token_hex(20)
    perform(renew_admin, actor=ACTOR, password=password, second_factor=second_factor)
    market = perform(seed_market, actor=ACTOR, plan=cascade.PLAN)
    stack.tell(**credentials(market, password, second_factor))
    console.print(f"Venue {market.code} is open at {stack.url}: prices start to fall.", highlight=False)
    robots = _robots(stack, market.seats)
    feed = Feed(Client(stack.url, market.key))
    waves = list(cascade.waves())
    total = sum(len(books) for _, books in waves)
    with Screen(console, market.venue_id, total) as screen, Floor(robots) as floor:
        Play(Place(stack.url, stack.wait), market, feed, floor, screen, Locked(market.venue_id)).run(
            waves, under_way=total, every_seconds=cascade.FALL_SECONDS
        )
    report = make_report(market.venue_id, CROWD.fair_edge)
    _show(console, market, report)
    venue = Venue.objects.get(id=market.venue_id)
    perform(add_playbook, actor=ACTOR, venue=venue, parameters=cascade.AFTERWARDS, reason="the cascade is over")
    for line in invitation():
        console.print(line, highlight=False, soft_wrap=True, markup=False)
    return market, report


def _go_on(console: Console, stack: supervisor.Stack, market: Market) -> None:
    """Until a signal: books and bids of robots, of which none sits in the seat of who bids by hand."""
    say = partial(console.print, highlight=False, markup=False)
    client, seats = Client(stack.url, market.key), market.seats[: afterwards.ROBOTS]
    whose = [seat.provider_id for seat in seats]
    closing = Closing(client, market.venue_id, afterwards.CLOSED_AFTER_SECONDS, whose)
    passing = afterwards.Afterwards(client, closing, say)
    with Floor(_robots(stack, seats), afterwards.LOOK_SECONDS) as floor:
        while floor.failure is None:
            stack.wait(1)
            passing.look()
    say(f"No robot bids any more: {floor.failure}")
    while True:
        stack.wait(1)


def _robots(stack: supervisor.Stack, seats: Sequence[Seat]) -> list[Robot]:
    return [Robot(seat, Client(stack.url, seat.key), CROWD) for seat in seats]


def _show(console: Console, market: Market, report: Report) -> None:
    steps = Table("step", "lots", "units in", "units placed", title="Steps", title_justify="left")
    for kind, *_, ended, units_in, placed in step_rows(market.venue_id):
        steps.add_row(kind, str(ended), str(units_in or 0), str(placed or 0))
    console.print(steps)
    table = Table("", "", title=f"Report on {market.code}", show_header=False, title_justify="left")
    for what, how_much in lines_of(report):
        table.add_row(what, how_much)
    console.print(table)
