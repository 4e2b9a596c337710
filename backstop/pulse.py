"""The pulse of a program: a file in the run folder that it touches as long as all that it does moves on.

Whoever runs the program starts it again once the pulse is gone: `backstop alive clock` says so without a database.
"""

import contextlib
import os
import time
from pathlib import Path

GONE_SECONDS = 15.0


class Pulse:
    """The pulse of the program of this name, in a folder that exists where programs have to be alive."""

    def __init__(self, folder: Path, program: str) -> None:
        self._path = folder / f"{program}.pulse"

    def beat(self) -> None:
        """It is alive now. Never fails: a full disk or a folder that is gone ends no program."""
        with contextlib.suppress(OSError):
            draft = self._path.with_suffix(f".{os.getpid()}")
            draft.write_text(str(time.monotonic()))  # one for all processes of a host, and nobody sets it
            draft.replace(self._path)

    def is_there(self) -> bool:
        """Whether it has beaten within the last seconds."""
        try:
            return 0 <= time.monotonic() - float(self._path.read_text()) < GONE_SECONDS
        except FileNotFoundError:
            return False
