"""What auctions refuse: books, bids, takes, settlements, and what operators ask for."""

from accounts.rules.refusals import AccountRefusal
from auctions.rules.alerts import MOST_RULES
from backstop.errors import Kind, Meaning, Refusal


class AuctionRefusal(Refusal):
    BOOKS_REFUSED = Meaning("books_refused", Kind.REFUSED, "a book cannot be taken in; nothing of the batch was")
    BOOKS_TOO_MANY = Meaning(
        "books_too_many", Kind.CONFLICT, "the venue would have more books under way than it may have at once"
    )
    BOOK_UNKNOWN = Meaning("book_unknown", Kind.NOT_FOUND, "there is no such book")
    BOOK_AWARDED = Meaning(
        "book_awarded",
        Kind.CONFLICT,
        "the book has its first award: it can be neither amended nor withdrawn any more",
    )
    BOOK_NOT_OVER = Meaning(
        "book_not_over", Kind.CONFLICT, "providers see what decided the book once it is closed or withdrawn"
    )
    BOOK_WITHDRAWN = Meaning("book_withdrawn", Kind.CONFLICT, "the book was withdrawn")
    BOOK_OWNED_BY_FUND = Meaning(
        "book_owned_by_fund",
        Kind.CONFLICT,
        "the book sells the fund's own inventory, which no venue amends or withdraws",
    )
    BOOK_VERSION_CHANGED = Meaning(
        "book_version_changed", Kind.CONFLICT, "the book is not of the version that was seen"
    )
    PLAYBOOK_MISSING = Meaning(
        "playbook_missing", Kind.CONFLICT, "the venue has no playbook: an admin has to add one first"
    )
    DUTCH_CURVE_REFUSED = Meaning("dutch_curve_refused", Kind.REFUSED, "a playbook's curve makes no sense")
    INSTRUMENT_DELISTED = Meaning("instrument_delisted", Kind.REFUSED, "the instrument is not listed any more")
    PARAMETER_UNKNOWN = Meaning("parameter_unknown", Kind.REFUSED, "a playbook has no such parameter")
    REFERENCE_DIFFERS = Meaning("reference_differs", Kind.REFUSED, "the book's reference is another")
    OWNER_DIFFERS = Meaning("owner_differs", Kind.REFUSED, "the book is of another's loss event")
    SETTLEMENT_ASSET_DIFFERS = Meaning("settlement_asset_differs", Kind.REFUSED, "the book settles in another asset")
    SETTLEMENT_ASSETS_MIXED = Meaning("settlement_assets_mixed", Kind.REFUSED, "a book settles in one asset")
    POSITIONS_MISSING = Meaning("positions_missing", Kind.REFUSED, "a book needs at least one position")
    RATIO_NOT_POSITIVE = Meaning("ratio_not_positive", Kind.REFUSED, "a margin ratio must be above zero")
    QUANTITY_NOT_POSITIVE = Meaning(
        "quantity_not_positive", Kind.REFUSED, "a quantity must be above zero; the side gives its sign"
    )
    QUANTITY_OFF_STEP = Meaning(
        "quantity_off_step", Kind.REFUSED, "a quantity must be a multiple of its instrument's step"
    )
    SPOT_NOT_LONG = Meaning("spot_not_long", Kind.REFUSED, "spot is long only: what is borrowed is negative cash")
    ENTRY_PRICE_MISMATCH = Meaning(
        "entry_price_mismatch", Kind.REFUSED, "spot has no entry price, and everything else needs one"
    )
    AMOUNT_REFUSED = Meaning("amount_refused", Kind.REFUSED, "an amount of the book cannot be stored")
    NOTIONAL_TOO_SMALL = Meaning("notional_too_small", Kind.REFUSED, "a position is worth nothing in its asset")
    ACCOUNT_HEALTHY = Meaning(
        "account_healthy",
        Kind.REFUSED,
        "the account is as healthy as its target: nothing of it has to be sold",
    )

    FEE_SCHEDULE_REFUSED = Meaning("fee_schedule_refused", Kind.REFUSED, "a fee schedule makes no sense")

    DRILL_UNKNOWN = Meaning("drill_unknown", Kind.NOT_FOUND, "there is no such drill")
    DRILL_NOT_NOW = Meaning(
        "drill_not_now",
        Kind.CONFLICT,
        "a book of one of the product groups is under way: a drill would have to give way to it, or is one itself",
    )

    LOT_UNKNOWN = Meaning(
        "lot_unknown", Kind.NOT_FOUND, "there is no such lot, or no cover of yours protects its owner"
    )
    LOT_NOT_OFFERED = Meaning(
        "lot_not_offered",
        Kind.CONFLICT,
        "insurers take a lot over between its assignment and its first auction, while a unit is left",
    )

    AUCTION_UNKNOWN = Meaning("auction_unknown", Kind.NOT_FOUND, "there is no such auction")
    AUCTION_NOT_OPEN = Meaning(
        "auction_not_open",
        Kind.CONFLICT,
        "the auction takes no bids: it is not sealed, not open, or its window is over",
    )
    AUCTION_NOT_DECIDED = Meaning("auction_not_decided", Kind.CONFLICT, "the auction is not decided yet")
    TRANSCRIPT_UNKNOWN = Meaning(
        "transcript_unknown",
        Kind.NOT_FOUND,
        "there is no transcript: nothing was sealed and opened in this auction, or it ended before there were any",
    )
    PROVIDER_EXCLUDED = Meaning(
        "provider_excluded", Kind.NOT_ALLOWED, "you may not take part in the auction of this account"
    )

    BID_UNKNOWN = Meaning(
        "bid_unknown", Kind.NOT_FOUND, "improves names no bid of yours in this auction", pointer="/improves"
    )
    BID_DUPLICATE = Meaning("bid_duplicate", Kind.CONFLICT, "the client_bid_id stands in this batch twice")
    BID_REUSED = Meaning("bid_reused", Kind.CONFLICT, "the client_bid_id was used before, with other content")
    BID_VOID = Meaning(
        "bid_void", Kind.CONFLICT, "this bid was placed before and is void by now: it takes no part, and holds nothing"
    )
    BID_EXPIRED = Meaning(
        "bid_expired", Kind.CONFLICT, "the bid was to stand until a time that is over", pointer="/expires_at"
    )
    BIDS_REFUSED = Meaning(
        "bids_refused",
        Kind.CONFLICT,
        "all of these bids were to be placed or none, and one was refused, so none was placed now",
    )
    BID_WORSE = Meaning(
        "bid_worse",
        Kind.REFUSED,
        "an improvement asks no higher edge, offers no fewer units, and does not insist on more at once",
    )
    IMPROVEMENT_TOO_SMALL = Meaning(
        "improvement_too_small",
        Kind.REFUSED,
        "an improvement lowers an edge by at least the auction's min_improvement_bps, or offers more units, or takes "
        "fewer at once",
    )
    BIDS_TOO_MANY = Meaning(
        "bids_too_many",
        Kind.CONFLICT,
        "you placed as many bids in this auction as it takes of one provider: those taken back or improved count too",
    )
    BID_NOT_LIVE = Meaning(
        "bid_not_live",
        Kind.CONFLICT,
        "the bid to be improved was decided, cancelled or improved before, or is a commitment's",
        pointer="/improves",
    )
    BID_FIRM = Meaning("bid_firm", Kind.CONFLICT, "the bid is firm: it stands until the auction is decided")
    UNITS_NOT_POSITIVE = Meaning("units_not_positive", Kind.REFUSED, "units must be at least 1", pointer="/units")
    UNITS_TOO_MANY = Meaning(
        "units_too_many",
        Kind.REFUSED,
        "units must be at most max_units, and max_units at most the units of the auction",
        pointer="/units",
    )
    MIN_UNITS_OUT_OF_RANGE = Meaning(
        "min_units_out_of_range", Kind.REFUSED, "min_units must be between 1 and units", pointer="/min_units"
    )
    PAYMENT_ABOVE_MAXIMUM = Meaning(
        "payment_above_maximum",
        Kind.REFUSED,
        "a negative edge is a payment: declare at least as much as max_pay_bps",
        pointer="/max_pay_bps",
    )
    PACKAGES_NOT_TAKEN = Meaning(
        "packages_not_taken", Kind.REFUSED, "this auction takes no bids that are all or none or have min_units"
    )
    PACKAGES_TOO_MANY = Meaning(
        "packages_too_many",
        Kind.CONFLICT,
        "you have as many live bids that are all or none or have min_units as this auction takes of one provider",
    )
    INVERSE_EDGE_MISSING = Meaning(
        "inverse_edge_missing",
        Kind.REFUSED,
        "this auction does not show which way its lot points: state inverse_edge_bps too",
        pointer="/inverse_edge_bps",
    )
    INVERSE_EDGE_NOT_TAKEN = Meaning(
        "inverse_edge_not_taken",
        Kind.REFUSED,
        "this auction shows its lot: it takes no inverse_edge_bps",
        pointer="/inverse_edge_bps",
    )
    SEALED_OFFER_MISSING = Meaning(
        "sealed_offer_missing",
        Kind.REFUSED,
        "this auction takes bids that their providers sealed: send sealed_offer and both maxima",
        pointer="/sealed_offer",
    )
    SEALED_OFFER_NOT_TAKEN = Meaning(
        "sealed_offer_not_taken",
        Kind.REFUSED,
        "this auction seals bids itself: send units and edge_bps",
        pointer="/sealed_offer",
    )
    NOT_BASE64 = Meaning("not_base64", Kind.REFUSED, "must be written in base64")
    SEALED_OFFER_LENGTH = Meaning(
        "sealed_offer_length", Kind.REFUSED, "must be exactly as long as a sealed offer is: docs/sealed_bids.md"
    )
    EXPOSURE_TOO_LARGE = Meaning(
        "exposure_too_large", Kind.CONFLICT, "you and firms related to you would hold more than your venue lets you"
    )
    MARGIN_INSUFFICIENT = Meaning(
        "margin_insufficient", Kind.CONFLICT, "your free collateral does not cover the hold for this bid"
    )

    MIN_UNITS_ABOVE_UNITS = Meaning(
        "min_units_above_units", Kind.REFUSED, "must be at most units", pointer="/min_units"
    )
    UNITS_BELOW_MINIMUM = Meaning(
        "units_below_minimum",
        Kind.CONFLICT,
        "must be at least the auction's min_take_units, or all that is left",
        pointer="/units",
    )
    MIN_UNITS_NOT_MET = Meaning(
        "min_units_not_met", Kind.CONFLICT, "fewer units could be taken than min_units", pointer="/min_units"
    )
    EDGE_BELOW_FLOOR = Meaning(
        "edge_below_floor", Kind.CONFLICT, "the edge of this instant is below what was asked for"
    )
    TAKE_TOO_EARLY = Meaning("take_too_early", Kind.CONFLICT, "better tiers take alone for a while")

    SETTLEMENT_DECIDED = Meaning("settlement_decided", Kind.CONFLICT, "the settlement is decided already")
    SETTLEMENT_EXPIRED = Meaning("settlement_expired", Kind.CONFLICT, "the time for confirming this settlement is over")

    FAULT_UNKNOWN = Meaning("fault_unknown", Kind.NOT_FOUND, "there is no such fault")
    FAULT_NOT_CONTESTABLE = Meaning(
        "fault_not_contestable", Kind.CONFLICT, "the fault can be contested once it is counted, and not for ever"
    )
    FAULT_NOT_CONTESTED = Meaning(
        "fault_not_contested", Kind.CONFLICT, "only a fault that is contested is decided, and only in time"
    )

    LEVEL_REFUSED = Meaning("level_refused", Kind.REFUSED, "must be 0, 1, 2 or 3", pointer="/level")
    BREAKER_SCOPE_REFUSED = Meaning(
        "breaker_scope_refused",
        Kind.REFUSED,
        "name a product group or an auction, or neither",
        pointer="/auction_id",
    )
    PRODUCT_GROUP_UNKNOWN = Meaning(
        "product_group_unknown", Kind.NOT_FOUND, "this venue has no such product group", pointer="/product_group"
    )
    CONDITIONS_REFUSED = Meaning(
        "conditions_refused",
        Kind.REFUSED,
        "must be of now, at most 5 seconds old, newer than those before, and a share at most 1",
    )
    CAP_SCOPE_UNKNOWN = Meaning(
        "cap_scope_unknown", Kind.REFUSED, "the product group and the asset have to be of the venue"
    )
    CAP_REFUSED = Meaning("cap_refused", Kind.REFUSED, "must not be below zero", pointer="/limit")
    NOTHING_TO_SELL = Meaning("nothing_to_sell", Kind.CONFLICT, "the fund holds nothing of this instrument")
    RESTART_STOPPED = Meaning("restart_stopped", Kind.CONFLICT, "the breaker stops restarts")
    ALERT_UNKNOWN = Meaning("alert_unknown", Kind.NOT_FOUND, "there is no such alert")
    ALERT_NOT_RAISED = Meaning(
        "alert_not_raised", Kind.CONFLICT, "the alert was acknowledged already, or has ended: nobody has to any more"
    )
    ALERT_RULE_UNKNOWN = Meaning("alert_rule_unknown", Kind.NOT_FOUND, "the venue has no such rule in use")
    ALERT_RULE_REFUSED = Meaning("alert_rule_refused", Kind.REFUSED, "a rule of alerts makes no sense")
    ALERT_RULES_TOO_MANY = Meaning(
        "alert_rules_too_many", Kind.CONFLICT, f"a venue has at most {MOST_RULES} rules of alerts: retire one first"
    )
    RESTARTS_USED_UP = Meaning(
        "restarts_used_up", Kind.CONFLICT, "the auction was restarted as often as its playbook allows"
    )


# What the database answers with a code: bids are the accounts' matter too.
BY_CODE: dict[str, Refusal] = {refusal.code: refusal for refusal in (*AccountRefusal, *AuctionRefusal)}
