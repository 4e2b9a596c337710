"""`demo` and `replay` as somebody runs them: real servers, real processes, the real API, and nothing left running."""

import json
import subprocess
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.core.management import call_command

from auctions.simulation.contest.bidders import Crowd
from backstop.config import programs
from tests.band import held
from tests.elsewhere import HOUSE, Elsewhere

pytestmark = pytest.mark.xdist_group("processes")

PATIENCE_SECONDS = 280  # about 40 on an idle machine
CROWD = Crowd(absent=Decimal("0.25"), recycle_seconds=2, late_seconds=0.2, premium=Decimal("1.5"))
CASCADE = HOUSE / "tests" / "data" / "cascade.csv"


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    """Of all that is started here: tables are laid once, as in a checkout."""
    place = Elsewhere()
    yield place
    place.clear()


def start(place: Elsewhere, *words: str) -> subprocess.Popen[str]:
    return place.start(
        f"""
        import sys, runpy
        sys.argv = ["manage.py", *{list(words)!r}]
        runpy.run_path("manage.py", run_name="__main__")
        """
    )


def manage(place: Elsewhere, *words: str) -> str:
    """What the command printed; it has to succeed."""
    program = start(place, *words)
    said, errors = program.communicate(timeout=PATIENCE_SECONDS)
    assert program.returncode == 0, said + errors
    return said.strip()


def test_the_demo_plays_a_cascade_to_its_end_and_stops_even_after_one_that_was_killed(elsewhere: Elsewhere) -> None:
    killed = start(elsewhere, "demo")
    assert killed.stdout is not None
    assert any("books sent" in line for line in killed.stdout)
    killed.kill()
    killed.wait()
    said = manage(elsewhere, "demo", "--once")
    assert "12 of 12 ended" in said
    assert "clean" in said
    assert "Authorization: Bearer bs_" in said
    lines = said.splitlines()
    assert lines[0] == "Starting postgres ..."
    assert lines[-2:] == ["Stopping postgres ...", "Everything has stopped."]
    assert {f"Stopping {name} ..." for name in programs.NAMES} < set(lines)
    assert elsewhere.left() == []


def test_a_replay_places_every_book_and_says_what_became_of_them(elsewhere: Elsewhere) -> None:
    path = elsewhere.folder / "report.json"
    crowd = ["--absent", "0.25", "--capital", "2", "--recycle", "2", "--late", "0.2", "--premium", "1.5"]
    said = manage(elsewhere, "replay", str(CASCADE), "--rows", "12", "--robots", "4", *crowd, "--json", str(path))
    assert "Arrivals are compressed" in said
    report = json.loads(path.read_text())
    assert (report["books"], report["ended"], report["audit"], report["beyond_reserve"]) == (11, 11, "clean", 0)
    placed = sum(Decimal(amount) for amount in report["placed"].values())
    assert placed + Decimal(report["unplaced"]) == Decimal(report["notional"]) > 0
    assert report["placed"].keys() == {"ASSIGN", "SEALED", "DUTCH", "FUND"}
    assert report["intake_to_settled_seconds"]["p50"] > 0
    assert Decimal(report["given_away_then"]) > 0
    outcome = report["outcome"]
    assert float(outcome["notional"]) == pytest.approx(float(report["notional"]))
    by_providers = placed - Decimal(report["placed"]["FUND"])
    assert float(outcome["placed_percent"]) == pytest.approx(float(100 * by_providers / placed), abs=0.01)
    assert Decimal(outcome["edges"]) > 0
    for at in ("horizon", "worst"):
        cost = float(outcome["edges"]) + float(outcome["unplaced"][at])
        assert float(outcome["cost"][at]) == pytest.approx(cost)
        assert float(outcome["shortfall"][at]) == pytest.approx(cost + float(outcome["drift"]))
    assert Decimal(outcome["capital_locked"]) > 0
    held.hold(outcome, held.modelled(CASCADE, 12, CROWD, 4))
    assert len(report["carried"]) == 12
    assert elsewhere.left() == []


@pytest.mark.parametrize("command", ["demo", "replay"])
def test_help_says_what_it_does(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command(command, "--help")
    assert ended.value.code == 0
    assert "robot" in capsys.readouterr().out
