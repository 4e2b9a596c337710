"""Readiness of the ground floor: named in `READINESS_CHECKS`, asked by /readyz."""

from backstop import clock
from backstop.api.health import NotReady
from backstop.queries import get_oldest_unpublished_at

LATE_AFTER_SECONDS = 30


def oldest_unpublished_event() -> str:
    """How long the oldest committed event has been waiting for the relay."""
    oldest = get_oldest_unpublished_at()
    if oldest is None:
        return "none waits"
    age = max((clock.now() - oldest).total_seconds(), 0)
    if age > LATE_AFTER_SECONDS:
        raise NotReady(f"the oldest has been waiting for {age:.0f} s: is the relay running?")
    return f"the oldest has been waiting for {age:.1f} s"
