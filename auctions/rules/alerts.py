"""Alerts: what of the board somebody wants to be told of, from how much on, and when it is one. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

LOOKS_EVERY = 10  # seconds; they divide a minute
MOST_RULES = 50  # of a venue, in use
MOST_ADDRESSES = 10  # of a rule
MOST_MINUTES = 24 * 60
MOST_LETTERS = 254  # of an address: RFC 5321 allows a path of 256 with its brackets
# What HTML calls a valid e-mail address: https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*", re.ASCII)


class AlertCondition(StrEnum):
    """What an alert goes by: a number of a venue that the board shows, the worse the greater. `CONDITIONS` has what
    there is to know of each."""

    STUCK_ROWS = "STUCK_ROWS"
    HALTED_AUCTIONS = "HALTED_AUCTIONS"
    BREAKERS = "BREAKERS"
    UNPRICED_INSTRUMENTS = "UNPRICED_INSTRUMENTS"
    BOOKS_UNDER_WAY = "BOOKS_UNDER_WAY"
    OLDEST_BOOK_SECONDS = "OLDEST_BOOK_SECONDS"
    UNPLACED_RISK = "UNPLACED_RISK"
    SHORT_MARKETS = "SHORT_MARKETS"
    LACKING_IN_FUND = "LACKING_IN_FUND"
    LOSSES_OWED = "LOSSES_OWED"
    LATE_SECONDS = "LATE_SECONDS"


@dataclass(frozen=True, slots=True)
class WhatItCounts:
    """A condition in words, and whether it is an amount: of one asset, which the rule names."""

    label: str
    is_amount: bool = False


CONDITIONS: Mapping[AlertCondition, WhatItCounts] = MappingProxyType(
    {
        AlertCondition.STUCK_ROWS: WhatItCounts("rows that stand aside after an error"),
        AlertCondition.HALTED_AUCTIONS: WhatItCounts("auctions that are halted"),
        AlertCondition.BREAKERS: WhatItCounts("breakers in force"),
        AlertCondition.UNPRICED_INSTRUMENTS: WhatItCounts("instruments of books under way without a usable mark"),
        AlertCondition.BOOKS_UNDER_WAY: WhatItCounts("books under way"),
        AlertCondition.OLDEST_BOOK_SECONDS: WhatItCounts("seconds that the oldest book under way has been so"),
        AlertCondition.UNPLACED_RISK: WhatItCounts("unplaced risk", is_amount=True),
        AlertCondition.SHORT_MARKETS: WhatItCounts("markets and sides with less capacity than is outstanding"),
        AlertCondition.LACKING_IN_FUND: WhatItCounts("free in the tranches below their targets", is_amount=True),
        AlertCondition.LOSSES_OWED: WhatItCounts("losses that nobody has paid yet", is_amount=True),
        AlertCondition.LATE_SECONDS: WhatItCounts("seconds since a stage of the clock was looked at"),
    }
)


def next_look(now: datetime) -> datetime:
    """When all rules are looked at again, together: at the next full ten seconds after now."""
    return now.replace(microsecond=0) + timedelta(seconds=LOOKS_EVERY - now.second % LOOKS_EVERY)


def holds(value: Decimal, threshold: Decimal) -> bool:
    """Whether the condition holds: as much as the threshold does."""
    return value >= threshold


def has_held(holds_since: datetime, minutes: int, now: datetime) -> bool:
    """Whether a condition that holds since then has done so for that long: so long exactly is long enough."""
    return now - holds_since >= timedelta(minutes=minutes)


def is_address(text: str) -> bool:
    """Whether mail can be sent there: one plain address, without a name, a quoted part, a blank or a line's end."""
    return len(text) <= MOST_LETTERS and _ADDRESS.fullmatch(text) is not None
