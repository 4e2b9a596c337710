"""`manage.py report`: one loss event, or a quarter, for a regulator, an auditor and the venue's board. Only reads."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from accounts.models import LossEvent
from auctions.management.venues import one_venue
from auctions.offline.inputs import InputRefused
from auctions.offline.reports import RiskReport
from auctions.offline.scenario import read_scenario
from auctions.queries.demand import demand_of
from auctions.queries.reports import Quarter, report_loss_event, report_quarter
from backstop import clock
from backstop.management.policy import NeedsTables


class Command(NeedsTables):
    help = (
        "default EVENT: one loss event, by its id: its books, what it cost, who paid what, who decided what. "
        "quarterly: resources by layer, coverage of the largest accounts of a scenario (see `coverage`), loss events "
        "and who paid, drills, breaches, who decided what. As Markdown, or as JSON. "
        "Example: manage.py report quarterly --venue example --quarter 2026-Q3"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
        default = kinds.add_parser("default", help="one loss event")
        default.add_argument("event", metavar="EVENT", help="the id of the loss event, as report quarterly lists it")
        quarterly = kinds.add_parser("quarterly", help="three months of a venue")
        quarterly.add_argument("--venue", metavar="CODE", help="the venue (needed where there are several)")
        quarterly.add_argument("--quarter", metavar="YYYY-QN", help="such as 2026-Q3 (default: the one under way)")
        quarterly.add_argument("--scenario", metavar="FILE", help="the positions of accounts that might fail")
        for each in (default, quarterly):
            each.add_argument("--format", choices=["markdown", "json"], default="markdown", help="how to write it")

    def handle(self, *args: Any, **options: Any) -> None:
        report = _default(options["event"]) if options["what"] == "default" else _quarterly(options)
        as_json = options["format"] == "json"
        self.stdout.write(json.dumps(report.as_json(), indent=2) if as_json else report.as_markdown())


def _default(name: str) -> RiskReport:
    try:
        event = LossEvent.objects.filter(id=name).select_related("venue", "cluster", "plan").first()
    except ValidationError:
        event = None
    if event is None:
        raise CommandError(f"there is no loss event {name!r}: name it by its id, as report quarterly lists it")
    return report_loss_event(event)


def _quarterly(options: dict[str, Any]) -> RiskReport:
    venue, now = one_venue(options["venue"]), clock.now()
    quarter = Quarter.around(now) if options["quarter"] is None else _quarter(options["quarter"])
    try:
        demand = demand_of(venue.id, read_scenario(options["scenario"])) if options["scenario"] else None
    except InputRefused as refused:
        raise CommandError(str(refused), returncode=2) from None
    return report_quarter(venue, quarter, demand, now)


def _quarter(text: str) -> Quarter:
    named = Quarter.named(text)
    if named is None:
        raise CommandError(f"--quarter: must be such as 2026-Q3, not {text!r}")
    return named
