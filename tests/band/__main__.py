"""`python -m tests.band FILE [ROWS]`: so many rows (100) of a file, replayed and modelled; some minutes."""

import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backstop.config.settings")
django.setup()

from tests.band.held import replayed_beside  # noqa: E402

replayed_beside(Path(sys.argv[1]), int((sys.argv[2:] or ["100"])[0]))
