"""Who bids: one model of bidders for `compare` and for `replay`'s robots.

Each has a level of its own and a view of each book; together they are its fair edge, the least that it accepts for the
risk. Everything is drawn from a seed, so that a run can be repeated.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Manner(StrEnum):
    """How a bidder asks: its fair edge, some more, or much more and only of a running clock or at the last moment."""

    TRUTHFUL = "truthful"
    SHADING = "shading"
    WAITING = "waiting"


ASKS = {Manner.TRUTHFUL: Decimal(1), Manner.SHADING: Decimal("1.3"), Manner.WAITING: Decimal(2)}

MOST_BPS = 1000

AMPLE = Decimal(2)

LOTS_AT_A_TIME = (30, 100)

STANDING_EDGE = Decimal(60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """What is said of all bidders together.

    `capital` is a share of what is liquidated, split over all of them; the `absent` ones keep theirs, and do nothing.
    What a position binds comes back `recycle_seconds` later (None: never). Each action is late by an exponential time,
    `late_seconds` on average; fair edges are `premium` times as high.
    """

    seed: int = 1
    absent: Decimal = Decimal(0)
    capital: Decimal = AMPLE
    recycle_seconds: float | None = None
    late_seconds: float = 0.0
    premium: Decimal = Decimal(1)
    manner: Manner = Manner.TRUTHFUL

    def fair_edge(self, name: str, reference: str) -> Decimal:
        """What this bidder needs for this book's risk, in basis points."""
        return min(fair_edge(self.seed, name, reference) * self.premium, Decimal(9000))

    def standing_edge(self, number: int) -> Decimal | None:
        """What the bidder of this number asks for whatever comes, without having seen it; two of three have no standing
        bid."""
        return (STANDING_EDGE + number) * self.premium if number % 3 == 0 else None

    def appetite(self, name: str) -> Decimal:
        """The share of a lot that it wants at a time."""
        return Decimal(random.Random(f"{self.seed}:{name}:appetite").randint(*LOTS_AT_A_TIME)) / 100

    def wealth(self, name: str, bidders: int, notional: Decimal) -> Decimal:
        """What it has, if so many bidders stand beside what is worth so much: more or less its share."""
        more_or_less = Decimal(random.Random(f"{self.seed}:{name}:wealth").randint(50, 150)) / 100
        return self.capital * notional * more_or_less / bidders

    def present(self, names: Sequence[str]) -> list[str]:
        """Those who are there, in their order; as many are absent as comes nearest to the share."""
        drawn = sorted(names, key=lambda name: random.Random(f"{self.seed}:{name}:absent").random())
        away = set(drawn[: round(self.absent * len(names))])
        return [name for name in names if name not in away]

    def delays(self) -> random.Random:
        """Where the lateness of actions is drawn from."""
        return random.Random(f"{self.seed}:late")

    def delay(self, drawn: random.Random) -> float:
        """How late the next action is."""
        return drawn.expovariate(1 / self.late_seconds) if self.late_seconds else 0.0


def bidder_names(count: int) -> list[str]:
    """What so many bidders are called."""
    return [f"Robot {number + 1}" for number in range(count)]


def fair_edge(seed: int, name: str, reference: str) -> Decimal:
    """What a bidder needs for this book's risk, in basis points: its own level, and its own view of the book."""
    level = random.Random(f"{seed}:{name}").uniform(20, 90)
    view = random.Random(f"{seed}:{name}:{reference}").lognormvariate(0, 0.5)
    return Decimal(min(level * view, MOST_BPS)).quantize(Decimal("0.01"))
