"""What programs of a host measure is added up, while they run."""

import resource
import subprocess
import sys
from pathlib import Path

from tests.elsewhere import HOUSE, said

# Begins, measures one sweep of each stage that it reads, says what all have measured, and ends with its input.
PROGRAM = """
import contextlib, os, sys
from pathlib import Path
from backstop import measures
with contextlib.suppress(OSError):
    measures.begin(sys.argv[1], Path(sys.argv[2]))
for line in sys.stdin:
    if os.fork() == 0:
        with measures.sweeping(line.strip()):
            pass
        os._exit(0)
    os.wait()
    samples = [sample for metric in measures.collect() for sample in metric.samples]
    counted = {one.labels["stage"]: int(one.value) for one in samples if one.name == "backstop_sweep_seconds_count"}
    print(dict(sorted(counted.items())), flush=True)
"""


class Program:
    def __init__(self, name: str, folder: Path, limit: int = resource.RLIM_INFINITY) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, name, str(folder)],
            cwd=HOUSE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        )

    def measure(self, stage: str) -> str:
        assert self.process.stdin is not None
        print(stage, file=self.process.stdin, flush=True)
        return said(self.process)

    def end(self) -> None:
        self.process.communicate()
        assert self.process.returncode == 0


def test_processes_and_programs_are_added_up_and_those_that_ended_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / "measures"
    clock, worker = Program("clock", folder), Program("worker", folder)
    assert clock.measure("route_books") == "{'route_books': 1}"
    assert clock.measure("route_books") == "{'route_books': 2}"
    assert worker.measure("route_books") == "{'route_books': 3}"
    assert worker.measure("close_books") == "{'close_books': 1, 'route_books': 3}"
    clock.end()
    assert worker.measure("close_books") == "{'close_books': 2, 'route_books': 3}", "until another begins"
    again = Program("clock", folder)
    assert again.measure("route_books") == "{'close_books': 2, 'route_books': 2}"
    again.end()
    worker.end()


def test_to_find_no_room_costs_measures_and_nothing_else(tmp_path: Path) -> None:
    crowded = Program("clock", tmp_path / "measures", limit=2**20)
    assert crowded.measure("route_books") == "{}"
    crowded.end()


def test_a_file_has_its_room_before_it_is_mapped(tmp_path: Path) -> None:
    clock = Program("clock", tmp_path / "measures")
    clock.measure("route_books")
    files = list(tmp_path.glob("measures/clock-*/*.db"))
    assert files
    assert all(file.stat().st_blocks * 512 >= file.stat().st_size for file in files)
    clock.end()
