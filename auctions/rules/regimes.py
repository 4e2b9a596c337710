"""The regime of a market when a lot is formed in it, and whether commitments take their share of the lot at once."""

from enum import StrEnum


class Regime(StrEnum):
    """CALM, unless a breaker that stops bids has HALTED the venue or a product group of the lot."""

    CALM = "CALM"
    HALTED = "HALTED"


def assigns_first(assign: str, regime: Regime) -> bool:
    """Whether a lot's first step is that of commitments, by a playbook's `assign`: FIRST, AS_BIDS (they bid in the
    sealed auction) or BY_REGIME, which is AS_BIDS in a market that is calm and FIRST in any other."""
    return assign == "FIRST" or (assign == "BY_REGIME" and regime != Regime.CALM)
