"""`compare`'s ours beside the real stack: the same books and bidders, and outcomes within a band.

A replay plays hours in minutes and a model does not, so that neither drift nor time is the same: what is held is
how much is placed, and for which edge. As a command, on so many rows: `python -m tests.band FILE [ROWS]`.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from auctions.rules.outcome import HORIZON_SECONDS
from auctions.simulation.arrivals import read_arrivals
from auctions.simulation.contest.bidders import Crowd, bidder_names
from auctions.simulation.contest.ours import Course, Ours
from auctions.simulation.contest.world import World
from auctions.simulation.replay import PLAYBOOK

PLACED_PERCENT = 15.0
EDGE_BPS = 25.0

# The waterfall, as replays shorten it.
SHORT = Course.of(PLAYBOOK)


def modelled(path: Path, rows: int, crowd: Crowd, robots: int) -> dict[str, Any]:
    """What `compare` makes of the first rows of a file, under the terms of a replay."""
    world = World(read_arrivals(path, rows, Decimal("0.75")), crowd, bidder_names(robots), "given", HORIZON_SECONDS)
    world.run(Ours(world, SHORT).arrive)
    return world.outcome().as_json()


def edge_bps(outcome: Mapping[str, Any]) -> float:
    """The mean edge of what was placed."""
    placed = float(outcome["notional"]) * float(outcome["placed_percent"]) / 100
    return float(outcome["edges"]) / placed * 1e4 if placed else 0.0


def hold(real: Mapping[str, Any], model: Mapping[str, Any]) -> None:
    """Both are within the band."""
    placed = [float(each["placed_percent"]) for each in (real, model)]
    edges = [edge_bps(each) for each in (real, model)]
    assert abs(placed[0] - placed[1]) <= PLACED_PERCENT, (
        f"placed {placed[0]} % in the stack, {placed[1]} % in the model"
    )
    assert abs(edges[0] - edges[1]) <= EDGE_BPS, f"edges of {edges[0]} bps in the stack, {edges[1]} in the model"


def replayed_beside(path: Path, rows: int, robots: int = 6) -> None:
    """Replay so many rows, say what came of them, and hold both within the band."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "report.json"
        words = ["replay", str(path), "--rows", str(rows), "--robots", str(robots), "--json", str(out)]
        subprocess.run([sys.executable, "manage.py", *words], check=True)
        real = json.loads(out.read_text())["outcome"]
    model = modelled(path, rows, Crowd(), robots)
    for name, outcome in (("stack", real), ("model", model)):
        sys.stdout.write(f"{name}: {outcome['placed_percent']} % placed at {edge_bps(outcome):.2f} bps\n")
    hold(real, model)
