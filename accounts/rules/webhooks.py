"""When a message that did not arrive is sent again, how many wait, and when an endpoint is given up. Pure."""

from datetime import datetime, timedelta

# Two days in all. As many attempts and one a message has, however long nothing ran meanwhile.
PAUSES_SECONDS = (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 28_800, 43_200, 43_200)
MOST_ATTEMPTS = len(PAUSES_SECONDS) + 1
JITTER = 0.2  # of a pause, either way
ENDPOINT_PAUSE = timedelta(minutes=15)  # the longest: then the next message is tried, whatever waits
GIVEN_UP_AFTER = timedelta(days=2)
MOST_WAITING = 1000  # messages of a webhook: what comes after them waits in the publication
OLD_SECRET_LASTS = timedelta(days=1)

GONE = 410  # the endpoint's own word that it wants no more


def pause_after(attempts: int, chance: float) -> timedelta:
    """How long to wait after so many attempts in a row, one or more, that failed; `chance` is of 0 to 1."""
    seconds = PAUSES_SECONDS[min(attempts, len(PAUSES_SECONDS)) - 1]
    return timedelta(seconds=seconds * (1 + JITTER * (2 * chance - 1)))


def is_given_up(failures: int, failing_since: datetime, now: datetime) -> bool:
    """Whether an endpoint that took nothing of so many attempts, since then, gets no more."""
    return failures >= MOST_ATTEMPTS and now - failing_since >= GIVEN_UP_AFTER
