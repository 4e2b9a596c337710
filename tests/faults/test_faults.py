"""The short form of `make faults`: a handful of faults, the same each time."""

import os
import subprocess
import sys

import pytest

from tests.elsewhere import HOUSE

pytestmark = pytest.mark.xdist_group("processes")


def test_a_market_keeps_its_promises_through_a_handful_of_faults():
    command = [sys.executable, "-m", "tests.faults", "--short"]
    env = {**os.environ, "FAULTS": "6", "SEED": "290"}
    done = subprocess.run(command, cwd=HOUSE, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
