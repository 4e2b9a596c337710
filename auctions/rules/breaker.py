"""The circuit breaker: what each level still allows, and what follows from a halt and from a drift.

The level in force for an auction is the highest of those for its venue, its product groups and itself.
"""

from enum import IntEnum


class Level(IntEnum):
    """What is stopped; each level also stops what those below it do. Cancelling a bid is always possible."""

    ALL = 0
    NO_OPENING = 1
    NO_RESTART = 2
    NO_BIDS = 3

    @property
    def label(self) -> str:
        """The level in words."""
        return _LABELS[self]

    @property
    def allows_opening(self) -> bool:
        """Whether new auctions open."""
        return self < Level.NO_OPENING

    @property
    def allows_restart(self) -> bool:
        """Whether an auction under way is reopened or restarted."""
        return self < Level.NO_RESTART

    @property
    def allows_bids(self) -> bool:
        """Whether bids, takes, assignments and closes happen."""
        return self < Level.NO_BIDS


_LABELS = {
    Level.ALL: "0: all goes on",
    Level.NO_OPENING: "1: no new auctions",
    Level.NO_RESTART: "2: no reopening or restart either",
    Level.NO_BIDS: "3: no bids, takes or closes either",
}


def restarts_after_drift(level: Level, restarts: int, max_restarts: int) -> bool:
    """Whether an auction that marks left without a bid starts anew; otherwise it ends, and its units pass on."""
    return level.allows_restart and restarts < max_restarts
