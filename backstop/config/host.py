"""What all programs of a host share, in containers too: the requests in flight, and what is measured."""

from pathlib import Path

import structlog
from django.conf import settings

from backstop import measures
from backstop.stack import embedded

log = structlog.get_logger(__name__)


def places_file() -> Path:
    """Where front processes hold their requests in flight: see backstop/front/places.py."""
    return _folder() / "places"


def share_measures(program: str) -> None:
    """What this program measures is told by /metrics, if that can be: see backstop/measures.py."""
    try:
        measures.begin(program, _folder() / "measures")
    except OSError as problem:
        log.warning("measures_not_shared", program=program, problem=str(problem))


def _folder() -> Path:
    """The one that is named, which is there; else the run folder, which is made."""
    if settings.HOST_FOLDER:
        return Path(settings.HOST_FOLDER)
    own = embedded.servers().folder
    embedded.make_private(own)
    return own
