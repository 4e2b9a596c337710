"""The wheel holds the three apps, whole, and nothing else; what it installs runs; its version is said once."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

import backstop
from backstop import client
from tests.layout.bans import APPS, HOUSE

pytestmark = pytest.mark.xdist_group("wheel")

OF_CLIENT = {f"backstop/client/{name}" for name in ("LICENSE", "README.md", "pyproject.toml")}  # of a wheel of its own
NOT_OURS = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "*.egg-info")
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Built from a copy, because setuptools leaves things beside what it builds."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(HOUSE, folder / "house", ignore=NOT_OURS)
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder))
    subprocess.run([*PIP, "wheel", *options, str(folder / "house")], check=True)
    (built,) = folder.glob("*.whl")
    yield built
    shutil.rmtree(folder)


def test_the_wheel_holds_every_file_of_the_apps_and_nothing_else(wheel: Path) -> None:
    files = [path.relative_to(HOUSE) for app in APPS for path in (HOUSE / app).rglob("*") if path.is_file()]
    expected = {path.as_posix() for path in files if "__pycache__" not in path.parts}
    assert {"auctions/sql/place_bids.sql", "backstop/templates/house/form.html"} <= expected
    assert {*(f"{app}/py.typed" for app in APPS), *OF_CLIENT} <= expected
    assert {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name} == expected - OF_CLIENT


def test_the_wheel_carries_its_licence_and_its_version(wheel: Path) -> None:
    assert wheel.name.startswith(f"backstop-{backstop.__version__}-")
    assert f"backstop-{backstop.__version__}.dist-info/licenses/LICENSE" in zipfile.ZipFile(wheel).namelist()


def test_what_the_wheel_installs_runs_from_anywhere(wheel: Path, tmp_path: Path) -> None:
    """A command that reads every model, every migration and the SQL files beside them."""
    site = tmp_path / "site"
    subprocess.run([*PIP, "install", "--no-deps", "--no-index", "--target", str(site), str(wheel)], check=True)
    command = [str(site / "bin" / "backstop"), "makemigrations", "--check", "--dry-run"]
    env = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "No changes detected\n"), done.stderr


def test_the_api_the_client_and_the_changelog_say_the_version_too() -> None:
    newest = re.search(r"^## (\d\S+)", (HOUSE / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest[1] == settings.SPECTACULAR_SETTINGS["VERSION"] == backstop.__version__ == client.__version__
