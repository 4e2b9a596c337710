"""The options by which `replay` and `compare` say who bids."""

import argparse
from decimal import Decimal
from typing import Any

from django.core.management.base import CommandError, CommandParser

from auctions.simulation.contest.bidders import AMPLE, Crowd, Manner
from backstop.values.amounts import AmountRefused, from_text

MOST_SECONDS = 7 * 24 * 3600


def add_bidding(parser: CommandParser | argparse.ArgumentParser) -> None:
    """The options; without any of them everybody is there, at once, with capital for everything twice."""
    said = {
        "--absent": ("P", "0", "this share of the bidders is funded, but never there (default: 0)"),
        "--capital": ("X", str(AMPLE), "what all bidders have, as a share of the notional (default: 2)"),
        "--recycle": ("SECONDS", None, "a position is closed, and its capital back, after so long (default: never)"),
        "--late": ("SECONDS", "0", "each action is late by an exponential time of this mean (default: 0)"),
        "--premium": ("K", "1", "bidders need so many times their usual edge (default: 1)"),
    }
    for name, (metavar, default, text) in said.items():
        parser.add_argument(name, metavar=metavar, default=default, help=text)


def crowd_of(options: dict[str, Any], seed: int = 1) -> Crowd:
    """Who bids, by the options. Raises `CommandError`."""
    recycle = options["recycle"]
    return Crowd(
        seed=seed,
        absent=_within(options, "absent", Decimal(0), Decimal(1)),
        capital=_within(options, "capital", Decimal(0), Decimal(1000)),
        recycle_seconds=None if recycle is None else float(_within(options, "recycle", Decimal(0), MOST_SECONDS)),
        late_seconds=float(_within(options, "late", Decimal(0), MOST_SECONDS)),
        premium=_within(options, "premium", Decimal(0), Decimal(100)),
        manner=Manner(options.get("bidders") or Manner.TRUTHFUL),
    )


def _within(options: dict[str, Any], name: str, least: Decimal, most: Decimal | int) -> Decimal:
    try:
        number = from_text(str(options[name]), f"--{name}")
    except AmountRefused as refused:
        raise CommandError(str(refused), returncode=2) from None
    if not least <= number <= most:
        raise CommandError(f"--{name} must be between {least} and {most}", returncode=2)
    return number
