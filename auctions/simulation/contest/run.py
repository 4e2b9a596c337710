"""Each mechanism through each seed's world, and what came of it, as rows and as a table."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import mean
from typing import Any, Protocol

from auctions.rules.outcome import HORIZON_SECONDS
from auctions.simulation.arrivals import Arrival
from auctions.simulation.contest.bidders import Crowd, bidder_names
from auctions.simulation.contest.ours import FAST, PATIENT, Ours
from auctions.simulation.contest.peers import Blend, Clip, Derive, Flip
from auctions.simulation.contest.world import Parcel, World

BIDDERS = 6


class Mechanism(Protocol):
    """What sells lots: it is told of each as it arrives, and does the rest by itself."""

    def arrive(self, lot: Parcel) -> None: ...


MECHANISMS: Mapping[str, Callable[[World], Mechanism]] = {
    "ours": partial(Ours, course=PATIENT),
    "fast": partial(Ours, course=FAST),
    "clip": Clip,
    "flip": Flip,
    "blend": Blend,
    "derive": Derive,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """What is compared, under which conditions."""

    arrivals: Sequence[Arrival]
    crowd: Crowd
    mechanisms: Sequence[str] = tuple(MECHANISMS)
    path: str = "given"
    seeds: int = 1
    horizon_seconds: int = HORIZON_SECONDS
    bidders: int = BIDDERS

    def rows(self) -> Iterator[dict[str, Any]]:
        """A row for each seed and mechanism, as soon as it is known."""
        for seed in range(1, self.seeds + 1):
            for name in self.mechanisms:
                yield {
                    "mechanism": name,
                    "seed": seed,
                    "path": self.path,
                    "bidders": self.crowd.manner.value,
                    **self._outcome(name, seed),
                }

    def _outcome(self, mechanism: str, seed: int) -> dict[str, Any]:
        crowd = replace(self.crowd, seed=seed)
        world = World(self.arrivals, crowd, bidder_names(self.bidders), self.path, self.horizon_seconds)
        world.run(MECHANISMS[mechanism](world).arrive)
        return world.outcome().as_json()


COLUMNS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "shortfall, worst": lambda row: row["shortfall"]["worst"],
    "cost, worst": lambda row: row["cost"]["worst"],
    "edges": lambda row: row["edges"],
    "drift": lambda row: row["drift"],
    "unplaced, worst": lambda row: row["unplaced"]["worst"],
    "above fair": lambda row: row["above_fair"],
}


def table(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """A line for each mechanism, means over its rows; money in thousands."""
    lines = [("mechanism", *COLUMNS, "placed", "p50", "p99")]
    for name in dict.fromkeys(row["mechanism"] for row in rows):
        mine = [row for row in rows if row["mechanism"] == name]
        thousands = (f"{mean(float(of(row)) for row in mine) / 1000:,.1f}" for of in COLUMNS.values())
        placed = f"{mean(float(row['placed_percent']) for row in mine):.1f} %"
        seconds = (f"{mean(row['seconds_to_place'][key] or 0 for row in mine):,.0f} s" for key in ("p50", "p99"))
        lines.append((name, *thousands, placed, *seconds))
    return lines
