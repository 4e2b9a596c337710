"""Two of everything: a host is lost, and others are cut off, under load; all that was acknowledged is there, once."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.elsewhere import HOUSE, Elsewhere

pytestmark = [pytest.mark.ha, pytest.mark.xdist_group("processes")]

# Namespaces of its own: whatever becomes of it, everything in them ends with it, and this machine sees nothing of it.
APART = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
SECONDS = 600


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    place = Elsewhere()
    yield place
    place.clear()


def test_a_market_of_two_hosts_loses_nothing_with_one_of_them(
    elsewhere: Elsewhere, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [*APART, sys.executable, "-m", "tests.ha", str(elsewhere.folder)]
    done = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, timeout=SECONDS, check=False)
    with capsys.disabled():
        print(f"\n{done.stdout}")
    assert done.returncode == 0, f"{done.stderr[-5000:]}\nlogs are in {elsewhere.keep_logs()}"
