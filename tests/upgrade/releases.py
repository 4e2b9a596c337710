"""The newest release, as docs/releases.md names it and this checkout's history keeps it."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.elsewhere import HOUSE

ROW = re.compile(r"^\| (\S+) \| ([0-9a-f]{40}) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Release:
    """A version, and the commit that it is."""

    version: str
    commit: str

    def unpack(self, folder: Path) -> None:
        """Its checkout, without history, into this folder."""
        archive = folder.with_suffix(".tar")
        folder.mkdir()
        self._git("archive", "--output", str(archive), self.commit)
        subprocess.run(["tar", "-xf", str(archive), "-C", str(folder)], check=True)
        archive.unlink()

    def files(self, pattern: str) -> dict[str, str]:
        """The text of its files whose path this regular expression describes."""
        paths = self._git("ls-tree", "-r", "--name-only", self.commit).split()
        return {path: self.file(path) for path in paths if re.fullmatch(pattern, path)}

    def file(self, path: str) -> str:
        return self._git("show", f"{self.commit}:{path}")

    def _git(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=HOUSE, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


def newest_release() -> Release:
    """The first of the table; the test fails where its commit is missing."""
    found = ROW.search((HOUSE / "docs" / "releases.md").read_text())
    assert found, "docs/releases.md names no release"
    release = Release(*found.groups())
    look = ["git", "cat-file", "-e", f"{release.commit}^{{commit}}"]
    if subprocess.run(look, cwd=HOUSE, capture_output=True, check=False).returncode:
        pytest.fail(
            f"the history of this checkout lacks {release.version} ({release.commit}), which docs/releases.md names: "
            "git fetch --unshallow brings it",
            pytrace=False,
        )
    return release
