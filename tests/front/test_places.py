"""Places are counted over processes, and a process that ends takes none along."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from backstop.errors import DomainError
from backstop.front.places import Places
from tests.elsewhere import HOUSE, said

ALICE, BOB = "198.51.100.1", "198.51.100.2"
# Takes so many places, says so, and keeps them until it is killed.
HOLDER = """
import sys
from contextlib import ExitStack
from pathlib import Path
from backstop.front.places import Places
places, held = Places(Path(sys.argv[1])), ExitStack()
for _ in range(int(sys.argv[3])):
    held.enter_context(places.held(sys.argv[2], 8))
print("holding", flush=True)
sys.stdin.read()
"""


def take(places: Places, holder: str, held: ExitStack) -> int:
    """How many more places there are for the holder, all of which are taken now."""
    for taken in range(9):
        try:
            held.enter_context(places.held(holder, 8))
        except DomainError:
            return taken
    raise AssertionError("there is no end of places")


def test_a_place_is_free_again_once_its_block_ends(tmp_path: Path) -> None:
    places = Places(tmp_path / "places")
    for _ in range(3):
        with ExitStack() as held:
            assert take(places, ALICE, held) == 8
            assert take(places, BOB, held) == 8


def test_a_place_is_free_again_when_its_block_fails(tmp_path: Path) -> None:
    places = Places(tmp_path / "places")
    for _ in range(9):
        with pytest.raises(RuntimeError), places.held(ALICE, 8):
            raise RuntimeError
    with ExitStack() as held:
        assert take(places, ALICE, held) == 8


def test_two_processes_share_the_places_and_one_that_is_killed_leaves_its_own(tmp_path: Path) -> None:
    places = Places(tmp_path / "places")
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "places"), ALICE, "5"]
    other = subprocess.Popen(
        command, cwd=HOUSE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert said(other) == "holding"
    with ExitStack() as held:
        assert take(places, ALICE, held) == 3
        assert take(places, BOB, held) == 8
        other.kill()
        other.communicate()
        assert take(places, ALICE, held) == 5


def test_nothing_is_written_to_the_file(tmp_path: Path) -> None:
    with Places(tmp_path / "places").held(ALICE, 8):
        assert (tmp_path / "places").stat().st_size == 0
