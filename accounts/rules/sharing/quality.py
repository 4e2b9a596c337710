"""How well a provider bid for what somebody failed with: who bids badly pays first of what it contributed."""

from enum import StrEnum


class Quality(StrEnum):
    """EXEMPT was asked for nothing; GOOD bid for enough, near enough to what it went for; POOR bid; NONE did not."""

    EXEMPT = "EXEMPT"
    GOOD = "GOOD"
    POOR = "POOR"
    NONE = "NONE"
