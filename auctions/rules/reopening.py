"""When a sealed auction reopens: its window is over, and competition is missing."""

from collections.abc import Sequence
from dataclasses import replace

from auctions.rules.breaker import Level
from auctions.rules.transcript import OpenedBid, SealedTerms, is_contested


def reopens(
    terms: SealedTerms, bids: Sequence[OpenedBid], *, level: Level, max_reopenings: int, shows_lot: bool
) -> bool:
    """Whether the window opens once more, for want of competition. After `max_reopenings` exactly it does no more.

    Of a lot that is not shown, its inverse needs competition too: else a reopening would tell who asks much on one side
    only which way the lot points.
    """
    if not level.allows_restart or terms.rounds > max_reopenings:
        return False
    ways = (terms.inverse,) if shows_lot else (False, True)
    return not all(is_contested(replace(terms, inverse=way), bids) for way in ways)
