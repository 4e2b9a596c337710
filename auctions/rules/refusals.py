"""What a stage works on: books locked for it, with everything below them, in a bounded number of queries.

Called first by every sweep and by takes. The book is the root that all stages lock: whoever holds it is alone with its
lots, steps, auctions and settlements (bids excepted, which only share a lock on their auction).
"""

from backstop.errors import Conflict, NotAllowed, NotFound, Refused


class AuctionUnknown(NotFound):
    """The venue has no such auction."""


class PlaybookMissing(Conflict):
    """The venue has no playbook yet."""


class DutchCurveRefused(Refused):
    """A playbook with a curve that makes no sense."""


class BooksRefused(Refused):
    """Books that cannot be taken in; nothing of the batch was."""


class BookUnknown(NotFound):
    """The venue has no such book."""


class BookAwarded(Conflict):
    """The book has its first award: it can be neither amended nor withdrawn any more."""


class BookWithdrawn(Conflict):
    """The book was withdrawn before."""


class BookOwnedByFund(Conflict):
    """The book sells the fund's own inventory."""


REFUSALS = {
    "key_revoked": "the key was revoked",
    "bid_duplicate": "the client_bid_id stands in this batch twice",
    "bid_reused": "the client_bid_id was used before, with other content",
    "auction_unknown": "there is no such auction",
    "auction_not_open": "the auction takes no bids: it is not sealed, not open, or its window is over",
    "provider_suspended": "you are suspended and may offer nothing new",
    "provider_excluded": "you may not take part in the auction of this account",
    "units_not_positive": "units must be at least 1",
    "units_too_many": "units must be at most max_units, and max_units at most the units of the auction",
    "min_units_out_of_range": "min_units must be between 1 and units",
    "sealed_offer_missing": "this auction takes bids that their providers sealed: send sealed_offer and both maxima",
    "sealed_offer_not_taken": "this auction seals bids itself: send units and edge_bps",
    "packages_not_taken": "this auction takes no bids that are all or none or have min_units",
    "inverse_edge_missing": "this auction does not show which way its lot points: state inverse_edge_bps too",
    "inverse_edge_not_taken": "this auction shows its lot: it takes no inverse_edge_bps",
    "bid_unknown": "improves names no bid of yours in this auction",
    "bid_worse": "an improvement asks no higher edge, offers no fewer units, and does not insist on more at once",
    "bid_not_live": "the bid to be improved was decided, cancelled or improved before, or is a commitment's",
    "payment_above_maximum": "a negative edge is a payment: declare at least as much as max_pay_bps",
    "margin_insufficient": "your free collateral does not cover the hold for this bid",
}


class BidUnknown(NotFound):
    """The provider has no such bid."""


class BidFirm(Conflict):
    """The bid stands: it is a commitment's, or was carried over into a reopened window, or improves one that was."""


class BidNotLive(Conflict):
    """The bid was decided."""


class AuctionNotOpen(Conflict):
    """The auction is halted, over, or not of the kind that is asked for."""


class BreakerScopeRefused(Refused):
    """A breaker is for the whole venue, for one product group or for one auction."""


class LevelRefused(Refused):
    """There is no such level."""


class ProductGroupUnknown(NotFound):
    """The venue has no such product group."""


class CapScopeUnknown(Refused):
    """The product group or asset is not of this venue."""


class CapRefused(Refused):
    """A limit is an amount of its asset, zero or above."""


class SettlementUnknown(NotFound):
    """No such settlement at this venue."""


class SettlementDecided(Conflict):
    """The settlement is decided already, otherwise than asked for."""


class SettlementExpired(Conflict):
    """The time for confirming it is over."""


class NothingToSell(Conflict):
    """The fund holds nothing of this instrument."""


class RestartStopped(Conflict):
    """The breaker stops restarts."""


class RestartsUsedUp(Conflict):
    """The playbook allows no further restart of this auction."""


class BidReused(Conflict):
    """The client_bid_id was used before, with other content."""


class ProviderExcluded(NotAllowed):
    """The provider may not take part in the auction of this account."""


class EdgeBelowFloor(Conflict):
    """The edge of this instant is below what the taker asks for."""


class MarginInsufficient(Conflict):
    """The taker's free collateral does not cover what it would get."""


class UnitsNotPositive(Refused):
    """A take is of at least one unit."""


class MinUnitsAboveUnits(Refused):
    """Nothing can be at least `min_units` and at most `units`."""


class UnitsBelowMinimum(Conflict):
    """Fewer units than can be taken at once."""


class MinUnitsNotMet(Conflict):
    """The take would get fewer units than its taker wants at least."""


class TakeTooEarly(Conflict):
    """Better tiers take alone for a while."""


class BookVersionChanged(Conflict):
    """The book is not of the version that the taker has seen."""


class DriftTooLarge(Conflict):
    """Marks moved further since the opening than the playbook allows."""
