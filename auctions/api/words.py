"""What the words of auctions mean in the API: see backstop.api.words. The examples tell of one book: 10 BTC-PERP long,
600,000 of notional in 100 units, of which Alice takes 40."""

import base64
from typing import Any

from auctions.models import Playbook
from auctions.queries.bindings import BindingKind
from auctions.rules.provider_sealing import SEALED_OFFER_BYTES
from auctions.rules.quality import GOOD_BPS, OVERSIZE
from backstop.api.words import A_DIGEST, A_TIME, Word
from backstop.values.documents import plain

AN_AUCTION = "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c01"
A_BID = "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c02"
A_BOOK = "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c03"
AN_AWARD = "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c04"
A_SETTLEMENT = "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c05"
A_SEALED_OFFER = base64.b64encode(bytes(SEALED_OFFER_BYTES)).decode()
A_TAKE = "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c06"

TAGS = {
    "books": ("Books", "A venue hands in the accounts that it liquidates, and sees what becomes of them."),
    "drills": ("Drills", "Books that go through the market for practice, and how everybody did."),
    "auctions": ("Auctions", "What is on offer: sealed auctions take bids, Dutch ones takes and readiness."),
    "bids": ("Bids", "Sealed offers for up to so many units at an edge; nobody sees one before the close."),
    "cancel-all": ("Bids", ""),
    "cancel-all-after": ("Bids", ""),
    "takes": ("Takes", "Units of a Dutch auction, taken at the edge of the instant."),
    "readiness": ("Readiness", "Firm words to take units before a Dutch auction ends."),
    "awards": ("Awards", "What a provider was given, at which edge, and how its settlement goes."),
    "settlements": ("Settlements", "Positions and money change hands: all of an award, or nothing."),
    "markouts": ("Markouts", "What is kept of an edge some minutes later."),
    "faults": ("Faults", "Awards that failed by their provider's fault, and what that costs."),
    "providers": ("Providers", "Who may take part, and what the venue reports of it."),
    "groups": ("Groups", "Firms that belong together, and count once."),
    "loss-events": ("Loss events", "Failures whose losses are counted together."),
    "allocations": ("Loss events", ""),
    "allocation-fills": ("Loss events", ""),
    "fee-schedules": ("Service", "What is paid for standing ready and taking, and what it came to."),
    "inventory": ("Inventory", "What the insurance fund took over, until it is sold."),
    "conditions": ("Conditions", "How a venue's markets are, and the regime that this makes."),
    "lots": ("Lots", "What of a book is offered together; insurers may take it over."),
    "breakers": ("Breakers", "What a venue stops, and lets go on."),
    "caps": ("Caps", "How much may be in auctions at once."),
    "playbooks": ("Playbooks", "A venue's parameters, by version. A book keeps the one that it came in under."),
}

WORDS = {
    "BindingKind": Word(" ".join(f"{each}: {each.label}." for each in BindingKind)),
    "BindingOutput.kind": Word("What it is that binds.", "AWARD"),
    "reference_id": Word("The id of what binds; null: several bids, or words to be ready, in one sum.", A_SETTLEMENT),
    "address": Word("Where that is read; null for a sum.", f"/v1/settlements/{A_SETTLEMENT}"),
    "BindingAccount": Word(
        "COLLATERAL: what stands behind its offers. CONTRIBUTION: what it contributes to the guarantee."
    ),
    "BindingOutput.account": Word("The account that it binds; null: it was lent, and stands in none here."),
    "BindingOutput.asset": Word("The asset by its code; null: any.", "USD"),
    "BindingOutput.amount": Word("How much it binds, in the asset; null: whatever else is in the account.", "25000"),
    "BindingOutput.until": Word(
        "When time alone frees it, as it stands now, in UTC; null: of a sum, or not known yet, or somebody decides.",
        A_TIME,
    ),
    "why": Word("Why it binds, in words.", BindingKind.AWARD.label),
    "drill": Word(
        "Whether nothing of it is real: it belongs to a drill, and is counted in the drill's own asset.", False
    ),
    "DrillOutput.asset": Word("What it is counted in: worth nothing outside of it.", "drill-0197f2c45a107d319c612f6f"),
    "DrillOutput.state": Word("How far it is."),
    "DrillOutputStateEnum": Word("UNDER_WAY, then HELD, or BROKEN_OFF before its book was placed."),
    "drill_id": Word("The id of the drill.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c0e"),
    "DrillOutput.book_id": Word("Its book, as venues see it; null for a provider.", A_BOOK),
    "DrillOutput.reason": Word("Why it was broken off, as its venue sees it; empty where it was not.", ""),
    "DrillOutput.opened_at": Word("When it was opened, in UTC.", "2026-03-02T09:30:00Z"),
    "DrillOutput.ended_at": Word("When it was over, in UTC; null until then.", "2026-03-02T09:35:00Z"),
    "records": Word("How those that were invited did."),
    "balance": Word("What it had there in the beginning: as much as was free of its own.", "250000"),
    "answered_at": Word(
        "When it first offered something by itself, in UTC; null: never. What its commitments offer is no answer.",
        "2026-03-02T09:30:04Z",
    ),
    "answer_seconds": Word("How long after the opening that was, in seconds; null: never.", "4.25"),
    "quality": Word("How well it did; null until the drill is over."),
    "QualityEnum": Word(
        f"GOOD offered {plain(OVERSIZE)} times its share of each lot, within the reserve and at most {plain(GOOD_BPS)} "
        "basis points above what the lot went for; POOR offered something; NONE did not; EXEMPT was asked for nothing."
    ),
    "FeeScheduleInput": Word("What is paid for service in a product group from a month on, and why."),
    "FeeScheduleOutput": Word("What is paid for service in a product group from a month on."),
    "FeeScheduleInput.product_group": Word("The code of the product group.", "CRYPTO"),
    "FeeScheduleInput.asset": Word("The code of the asset that is paid in, and whose collateral counts.", "USD"),
    "FeeScheduleInput.budget": Word(
        "The most that is paid for standing ready in one month; all have their share.", "5000"
    ),
    "FeeScheduleOutput.budget": Word(
        "The most that is paid for standing ready in one month; all have their share.", "5000"
    ),
    "standby_rate_bps": Word(
        "What is paid for notional that stands ready, in basis points a year of 31,536,000 seconds.", "20"
    ),
    "standby_edge_bps": Word(
        "The most that a commitment may ask for, so that it counts, in basis points; equal does.", "50"
    ),
    "rebate_bps": Word("What is paid back for notional taken, in basis points; of a book at most its fee.", "0.5"),
    "min_presence": Word("The smallest share of the month in which one has to stand ready; equal is enough.", "0.95"),
    "min_answers": Word("The smallest share of the lots asked for that have to be answered; equal is enough.", "0.8"),
    "schedule_id": Word("The id of the fee schedule that it counts by.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c21"),
    "statement_id": Word("The id of the month's statement.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c22"),
    "rebate_id": Word("The id of the rebate.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c23"),
    "answer_id": Word("The id of the answer.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c24"),
    "score_id": Word("The id of the day in the product group.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c25"),
    "month": Word("The month, in UTC.", "2026-03"),
    "MonthsOutput": Word("The months that there is a statement of."),
    "months": Word("By name, newest first; the first of them is under way.", "2026-03"),
    "MonthStatementOutput": Word("A month of a provider's money."),
    "under_way": Word("Whether the month is not over: what it says may still change.", False),
    "in_short": Word("What the month came to in each asset."),
    "InShortOutput": Word("A month in one asset: awards, and what came in, less what went out, by what it was for."),
    "InShortOutput.awards": Word("How many awards were made in the month, whenever they are settled.", 12),
    "InShortOutput.notional": Word("What of notional these had, in the asset.", "600000"),
    "InShortOutput.edges": Word("What edges brought, in the asset; below zero: cost.", "1500"),
    "InShortOutput.service": Word("What was paid for service, and back of fees, in the asset.", "849.31"),
    "InShortOutput.premiums": Word("What covers brought, less what they cost, in the asset.", "120"),
    "losses_and_claims": Word(
        "What losses, claims, penalties and cures cost, less what of it came back, in the asset; below zero: cost.",
        "-40",
    ),
    "accounts": Word("One's accounts, by asset and kind."),
    "MonthOfAccountOutput": Word("An account in a month."),
    "MonthOfAccountOutput.kind": Word("The kind of the account, as balances say it.", "COLLATERAL"),
    "opening": Word("What stood in the account as the month began, in the asset.", "250000"),
    "closing": Word("What stands in it as the month ends, or now, in the asset.", "251500"),
    "MonthOfAccountOutput.movements": Word("What moved, for each purpose."),
    "MovedForOutput": Word("What moved into an account and out of it for one purpose."),
    "came": Word("What came in for it, in the asset.", "1500"),
    "went": Word("What went out for it, in the asset.", "0"),
    "ServiceStatementOutput.seconds": Word("How long the month was, in seconds.", 2678400),
    "ServiceStatementOutput.present_seconds": Word(
        "For how much of that one stood ready with anything, in seconds, to the microsecond.", "2678400"
    ),
    "asked": Word("How many lots one was asked for: that went to auction while one stood ready for all of them.", 4),
    "ServiceStatementOutput.answered": Word("How many of these one answered for.", 4),
    "active": Word("Whether anything of the product group was for sale in the month.", True),
    "ServiceStatementOutput.grade": Word("What that makes the month; GOOD is paid, and EXEMPT where it was `active`."),
    "GradeEnum": Word(
        "GOOD stood and answered as much as was asked, EXEMPT stood so and was asked for nothing; POOR did less; NONE "
        "answered for nothing that it was asked for."
    ),
    "standby_due": Word(
        "What the days earn, in units of the asset: capacity x rate / 10,000 / 365 over all of them, rounded down.",
        "849.315068",
    ),
    "standby_paid": Word(
        "What of that was paid, within the budget and the venue's fees, in units of the asset.", "849.315068"
    ),
    "rebates_due": Word("What the rebates of the month come to, in units of the asset.", "12"),
    "rebates_paid": Word("What of that was paid, as far as the venue had fees, in units of the asset.", "12"),
    "day": Word("The day, in UTC.", "2026-03-02"),
    "ServiceDayOutput.present_seconds": Word(
        "For how much of the day one stood ready with anything, in seconds, to the microsecond.", "86400"
    ),
    "ServiceDayOutput.capacity": Word(
        "The notional that stood ready, as its mean over the whole day, in units of the asset. Collateral that stands "
        "in several places counts once.",
        "5000000",
    ),
    "asked_at": Word("When the auction opened that asked, in UTC.", "2026-03-02T09:30:00Z"),
    "ServiceAnswerOutput.answered": Word(
        "Whether one did: by a bid within the reserve that counted to the end, a take, readiness, or a commitment.",
        True,
    ),
    "ServiceRebateOutput.notional": Word("What one took of the book, in units of the asset.", "240000"),
    "ServiceRebateOutput.amount": Word("What that earns, in units of the asset.", "12"),
    "CancelledOutput": Word("What a call took back, and what stands all the same."),
    "CancelledBidOutput": Word("A bid that was taken back."),
    "SwitchInput": Word("How long a provider may be silent."),
    "SwitchOutput": Word("When the bids of a provider are taken back unless it calls again."),
    "cancelled": Word("The bids that were taken back, in the order in which they were received."),
    "bids_standing": Word("Live bids that are firm, or whose window is over.", 0),
    "readiness_standing": Word("Words of readiness, which cannot be taken back.", 0),
    "cut_bids_standing": Word("What was cut back of bids and stays firm.", 0),
    "SwitchInput.seconds": Word(
        "How long you may be silent from now on, in seconds; 0 ends it. Ask again well before that.", 30
    ),
    "heard_at": Word("When this call was heard, in UTC by the venue's clock.", "2026-03-02T09:30:00Z"),
    "cancels_at": Word(
        "When your bids are taken back unless you call again before, in UTC; null: not at all. Time in which the "
        "market stood still comes on top.",
        "2026-03-02T09:30:30Z",
    ),
    # whole answers and bodies
    "BooksInput": Word("Several books."),
    "BooksOutput": Word("The books, in the order in which they were sent."),
    "OneBookOrMany": Word("One book, or several in `books`."),
    "OneBookOrManyShown": Word("What was sent, as it came in: one book, or several in `books`."),
    "KeptPositionOutput": Word("A part of a position that stays with the account."),
    "LotOutput": Word("A part of a book that is placed as one."),
    "BidsInput": Word("Several bids in one auction."),
    "BidsAnywhereInput": Word("Several bids, each of which names its auction."),
    "OneBidOrMany": Word("One bid, in plain or sealed by its provider, or several in `bids`."),
    "EitherBid": Word("A bid, in plain or sealed by its provider."),
    "EitherBidAnywhere": Word("A bid that names its auction, in plain or sealed by its provider."),
    "PlacedBidsOutput": Word("What became of each bid, and a receipt for those that were placed."),
    "RefusalOutput": Word("Why an item was refused."),
    "RefusalOutput.errors": Word("What is wrong with an item that could not be read: at most 50 in all."),
    "PlacedOutput.index": Word("The place of the item in the list that was sent.", 0),
    "PlacedOutput.client_bid_id": Word("Your own name for it; null: what was sent says none.", "mine-1"),
    "atomic": Word("Whether all are placed or none.", False),
    "InstantOutput": Word("The edge at an instant."),
    "TakeOutput": Word("Units that were taken, and at which edge."),
    "StandsReadyOutput": Word("How many units stand now."),
    "RestartedOutput": Word("The auction as it begins anew."),
    "MarketConditionsInput": Word("How the market of a product group is."),
    "MarketConditionsOutput": Word("How the market of a product group is, and its regime."),
    "BreakerOutput": Word("What is stopped in one place."),
    "CapOnAuctionsOutput": Word("How much may be in auctions at once."),
    "ContestInput": Word("Why the fault was none."),
    "DecisionInput": Word("Whether a fault stands, and why."),
    "DefaultInput": Word("Why a provider is declared in default."),
    "GroupInput": Word("A group of firms."),
    "RelationInput": Word("Whether two groups are related, and why."),
    "MoveInput": Word("Into which group, and why."),
    "ProviderInput": Word("Who is to provide, and why."),
    "ProviderOutput": Word("Somebody who may take part, and how it stands."),
    "SuspensionInput": Word("Why, and whether its bids stand."),
    "PlaybookInput": Word("What the next version changes, and why."),
    "PlaybookOutput": Word("One version of a venue's parameters."),
    "SaleInput": Word("What the fund sells, as which book, and why."),
    "SoldLegOutput": Word("A part of a position that was sold."),
    "StatementLotOutput": Word("What became of one lot."),
    "StatementStepOutput": Word("What became of a lot in one step."),
    # books
    "book_id": Word("The id of the book; null where the caller may not know it.", A_BOOK),
    "books": Word("Up to 1,000 books: all are taken in, or none."),
    "BookOutput.account": Word("The venue's name of the account; may be empty.", "account-7"),
    "BookDetailOutput.account": Word("The venue's name of the account; may be empty.", "account-7"),
    "BookInput.account": Word("Your name of the account; may be empty.", "account-7"),
    "AmendmentInput.account": Word("Your name of the account; may be empty.", "account-7"),
    "StatementOutput.account": Word("The venue's name of the account; may be empty.", "account-7"),
    "owner_group": Word(
        "The group of providers that owns the account and takes no part; empty: none.", "Carol Trading"
    ),
    "cash": Word("The account's money that goes with the book, in its asset; below zero it is borrowed.", "45000"),
    "target_margin_ratio": Word(
        "Only what brings equity to this multiple of the margin requirement is sold; null: the whole book.", "1.2"
    ),
    "positions": Word("The positions, one for each instrument and side."),
    "earlier_positions": Word("Those of versions that were amended since."),
    "entry_price": Word("The price that the account came in at, per contract; null for SPOT.", "61000"),
    "accrued": Word("Funding that the account is still owed, in the asset; below zero it owes.", "-12.5"),
    "mark_price": Word("The reference mark, per contract in the asset.", "60000"),
    "side": Word("Which way the position points."),
    # coverage
    "lines": Word("Each product group, asset and side, by their codes."),
    "CoverageLineOutput.asset": Word("The settlement asset.", "USD"),
    "CoverageLineOutput.side": Word("Which positions would be taken."),
    "CoverageLineOutput.capacity": Word("The notional that commitments would be given, in the asset.", "2500000"),
    "without_two_largest": Word("The same without the two clusters of providers that give most.", "900000"),
    "BookOutput.state": Word("How far the book is."),
    "BookState": Word(
        "RECEIVED: it came in. AMENDED: another version took its place. ROUTED: it is in lots. CLOSED: all of it is "
        "settled. WITHDRAWN: its venue took it back."
    ),
    "state": Word("How far it is."),
    "version": Word("Which version it is, from 1.", 1),
    "book_version": Word("Which version of the book it is of, from 1; an amendment makes the next.", 1),
    "playbook_version": Word("Which version of the venue's playbook it goes by.", 3),
    "expected_version": Word("The version that this takes the place of.", 1),
    "received_at": Word("When it came in, in UTC.", A_TIME),
    "amended_at": Word("When this version came in, in UTC; null for the first.", A_TIME),
    "cure_ends_at": Word("Nothing of it is assigned before, in UTC.", A_TIME),
    "routed_at": Word("When it was cut into lots, in UTC; null: not yet.", A_TIME),
    "closed_at": Word("When all of it was settled and shared out, in UTC; null: not yet.", A_TIME),
    "notional": Word("Quantity x mark, summed over positions, in the asset: what basis points are of.", "600000"),
    "fee": Word("The liquidation fee, in the asset; 0 until the book is closed.", "3000"),
    "residual": Word("What is left to the account's owner, in the asset; below zero it has to make good.", "30500"),
    "kept": Word("What stays with the account where only a part is sold; null: nothing does."),
    "lots": Word("The parts that are placed each as one."),
    "ordinal": Word("Which lot of the book it is, from 1.", 1),
    "lot": Word("The ordinal of the lot that it went into; null until the book is routed.", 1),
    "units": Word("How many units: equal parts of a lot, each a share of every position. Whole, at least 1.", 40),
    "must_reconfirm": Word("Whether it is void at the close unless you reconfirm it.", False),
    "LegOutput.kind": Word("Which kind of contract it is: SPOT or LINEAR.", "LINEAR"),
    "LotOutput.units": Word("Into how many equal parts the lot is cut.", 100),
    "StatementLotOutput.units": Word("Into how many equal parts the lot is cut.", 100),
    "AuctionOutput.units": Word("How many units are offered; with SIZE_BAND, 100 percents.", 100),
    "budget": Word("What is left to spend on edges for the lot."),
    "BudgetOutput.equity": Word("Of the account's own money, in the asset.", "35000"),
    "BudgetOutput.fund": Word("Of the insurance fund's, in the asset: a wish, until it is awarded.", "0"),
    "steps": Word("The stages that the lot went through, in order."),
    "StepOutput.kind": Word("Which stage of the waterfall it is."),
    "kind": Word("What kind it is."),
    "AwardOutput.kind": Word("In which step it was given: ASSIGN, SEALED, DUTCH or FUND.", "SEALED"),
    "StepKind": Word(
        "ASSIGN: commitments take their share. SEALED: bids until a close. DUTCH: a rising edge. FUND: the insurance "
        "fund. RETURN: what is left goes back to the venue."
    ),
    "StepState": Word("READY waits; OPEN runs; SETTLING: its settlements are under way; ENDED: all are final."),
    "round": Word("Which round it is, from 1; what nobody took is offered again in the next.", 1),
    "due_at": Word("When it goes on by itself at the latest, in UTC.", A_TIME),
    "queued_at": Word("Since when it waits for room under a cap, in UTC; null: it does not.", A_TIME),
    "waits_for": Word("The cap that it waits under; null: none."),
    "outstanding": Word("Notional in auctions under the cap, in the asset.", "600000"),
    "limit": Word("The most notional in auctions at once, in the asset.", "50000000"),
    "began_at": Word("When it began, in UTC.", A_TIME),
    "ended_at": Word("When it ended, in UTC; null: not yet.", A_TIME),
    "units_in": Word("How many units came into it.", 100),
    "units_placed": Word("How many units of these were placed.", 60),
    "worst_edge_bps": Word("The highest edge that was paid in it, in basis points; null: none was.", "25"),
    "awards": Word("Who was given what."),
    "beneficiary": Word("Who got the units."),
    "BeneficiaryEnum": Word("PROVIDER, the insurance FUND, or the VENUE, to which it goes back."),
    "first_unit": Word("The first of its units, counted from 0.", 0),
    "equity_part": Word("What of the edge the account's own money pays, in the asset.", "600"),
    "fund_part": Word("What of the edge the fund pays, in the asset.", "0"),
    "settlement": Word("How its settlement goes."),
    # auctions
    "auction_id": Word("The id of the auction; null: it is of none.", AN_AUCTION),
    "AuctionOutput.kind": Word("Whether it takes bids until its close, or takes at once."),
    "AuctionOutputKindEnum": Word("SEALED takes bids until its close; DUTCH takes at once, at an edge that rises."),
    "format": Word("What those who are accepted are paid; empty in a Dutch auction."),
    "Format": Word("PAY_AS_BID: what each asked for. UNIFORM: all the same. VICKREY: what one's absence would cost."),
    "price_rule": Word("Which edge UNIFORM pays; empty in a Dutch auction."),
    "PriceRuleEnum": Word("The LAST_ACCEPTED or the FIRST_REJECTED edge."),
    "first_rejected_cap_bps": Word("The most that FIRST_REJECTED pays above the last accepted edge.", "50"),
    "rationing": Word("Who is served where one edge offers more than it sells; empty in a Dutch auction."),
    "RationingEnum": Word("PRO_RATA: groups in proportion. SEQUENCE: the earliest first."),
    "sealed_by": Word("Who encrypts bids; empty in a Dutch auction."),
    "VenueOrProvider": Word("The VENUE, or the PROVIDER."),
    "offer_public_key": Word(
        "The X25519 key, in hexadecimal, that providers seal bids to; null: the venue seals.", A_DIGEST
    ),
    "AuctionOutput.state": Word("Whether it takes bids, or what became of it."),
    "AuctionState": Word(
        "OPEN takes bids or takes; HALTED: its clock stands still; AWARDED: somebody got something; UNFILLED: nobody; "
        "WITHDRAWN: its book was taken back."
    ),
    "opens_at": Word("When it opens, in UTC: included.", A_TIME),
    "closes_at": Word("When it closes, in UTC: what comes at this instant is late.", "2026-03-02T09:31:00Z"),
    "halted_at": Word("When it was halted, in UTC; null: it is not.", A_TIME),
    "halt_reason": Word("Why it is halted; empty: it is not.", "marks are stale"),
    "halt_ends_at": Word("When the halt ends at the latest, in UTC; null: there is none.", A_TIME),
    "breaker_level": Word(
        "What the circuit breaker stops: 0 nothing, 1 openings, 2 reopenings and restarts, 3 bids and takes.", 0
    ),
    "restarts": Word("How often it was started anew: bids of before are void.", 0),
    "max_drift_bps": Word(
        "Void where marks move further from the opening to the close, in basis points of notional; null: of before.",
        "300",
    ),
    "BidInput.expires_at": Word("Until when the bid stands, in UTC.", A_TIME),
    "SealedBidInput.expires_at": Word("Until when the bid stands, in UTC.", A_TIME),
    "BidOutput.expires_at": Word("Until when it stands, in UTC, unless carried over; null: to the end.", A_TIME),
    "wait_drift_bps": Word("How far marks may move, in basis points, where readiness names no limit.", "300"),
    "drift_buffer_bps": Word("The buffer for drift in what is held, in basis points of notional.", "300"),
    "reconfirm_since": Word("Bids that stood before have to be reconfirmed, or are void; null: none has.", A_TIME),
    "units_left": Word("How many units are left.", 60),
    "ReadinessOutput.units_left": Word("What your own takes have left of `units`.", 10),
    "min_take_units": Word("A take is of at least so many units and leaves as many, or takes all.", 1),
    "max_bids": Word("The most bids that you ever place in it: those taken back or improved count too.", 200),
    "min_improvement_bps": Word("An improvement that lowers an edge lowers it by at least so much.", "1"),
    "disclosure": Word("What is shown of the lot before it is decided."),
    "DisclosureEnum": Word("FULL: all. SIZE_BAND: product groups, a band of its notional and a risk figure."),
    "product_groups": Word("The codes of the product groups of its positions."),
    "band": Word("Between which bounds its notional is; null with FULL."),
    "above": Word("Its notional is above this, in the asset.", "500000"),
    "up_to": Word("Its notional is at most this, in the asset.", "1000000"),
    "risk_percent": Word("How much of its notional taking the lot binds, in percent; null with FULL.", 12),
    "lot_units": Word("Into how many units the whole lot is cut; null while it is hidden.", 100),
    "marks": Word("Reference marks by instrument, per contract; null while the lot is hidden."),
    "reserve_edge_bps": Word(
        "The most that is paid, in basis points of notional; null while the lot is hidden.", "350"
    ),
    "contested": Word("Whether enough unrelated groups compete; null until that is judged.", True),
    "uncontested_cap_bps": Word("The most that is paid without competition, in basis points.", "150"),
    "ready_seconds": Word("When a Dutch auction is judged, in seconds of its price clock. Null where sealed.", "300"),
    "base_hold": Word("What a bid holds whatever its size, in the asset.", "0"),
    "unit_hold": Word("What a bid holds for each unit, in the asset.", "618"),
    "unit_exposure": Word("The notional of a unit with the buffer for drift, in the asset.", "6180"),
    "curve": Word("How the edge of a Dutch auction rises; null where sealed."),
    "CurveOutput.kind": Word("Which shape it has."),
    "CurveOutputKindEnum": Word(
        "STEADY: by `rise_bps` a second. PIECEWISE: by knots, linear between them. EXPONENTIAL: the price falls by "
        "`cut` each second. STAIRSTEP: each `step_seconds`."
    ),
    "rise_bps": Word("By how much the edge rises a second.", "0.5"),
    "start_edge_bps": Word("The edge that it begins with, in basis points.", "0"),
    "knots": Word("Pairs of seconds on the price clock and edge in basis points."),
    "CurveOutput.cut": Word("What of the price (1 - edge) is left after each second, or each step.", "0.999"),
    "step_seconds": Word("How long a step lasts, in seconds.", "10"),
    "price_starts_at": Word("When the price clock starts, in UTC. Null where sealed.", A_TIME),
    "access_from": Word("From when on you may take, in UTC: better tiers come first. Null where sealed.", A_TIME),
    "access": Word("Whether you may take now.", True),
    "edge_now_bps": Word(
        "The edge of the price clock at this instant, in basis points; null where it has none.", "12.5"
    ),
    "excluded": Word("Whether you may take no part.", False),
    # bids
    "bid_id": Word("The id of the bid; null: none stands behind it.", A_BID),
    "client_bid_id": Word(
        "Your own name for it, once in an auction: the same again with the same content changes nothing.", "mine-1"
    ),
    "edge_bps": Word(
        "The edge, in basis points of notional at the reference mark, at most four decimals; below zero the provider "
        "pays. On 240,000 of notional 25 are 600.",
        "25",
    ),
    "inverse_edge_bps": Word(
        "The edge where the lot is net short, in an auction that does not show it; else null.", "30"
    ),
    "all_or_none": Word("Whether it takes all of its units or none.", False),
    "min_units": Word("Fewer units than this it does not take.", 1),
    "max_units": Word("The most units that it may be for: decides what is held.", 40),
    "max_pay_bps": Word("The most that it may pay, in basis points of notional: decides what is held.", "0"),
    "sealed_offer": Word(
        "What you sealed to the auction's `offer_public_key`, in base64.",
        A_SEALED_OFFER,
    ),
    "improves_id": Word("The bid whose place it took; null: none.", A_BID),
    "improves": Word("The `client_bid_id` of your bid whose place this one takes.", "mine-0"),
    "digest": Word("SHA-256 that commits to what it offers, in hexadecimal; empty for bids of before.", A_DIGEST),
    "BidOutput.state": Word("What became of it."),
    "BidState": Word("LIVE counts at the close; CANCELLED and VOID do not; WON got units; LOST none."),
    "firm": Word("Whether it can no longer be taken back: its auction reopened.", False),
    "cancelled_at": Word("When it was taken back, in UTC; null: it was not.", A_TIME),
    "reconfirmed_at": Word("When it was last reconfirmed, in UTC; null: never.", A_TIME),
    "voided_at": Word("When it became void, in UTC; null: it did not.", A_TIME),
    "void_reason": Word("Why it is void; empty: it is not.", "drift"),
    "end_reason": Word(
        "Why its auction's end gave it no more; empty: that is not over, or gave it all.",
        "nothing more was left for it",
    ),
    "BidConflict.bid": Word("The bid that is void, as it is now."),
    "BidConflict.bids": Word("Those of them that were placed before, as they are now."),
    "TakeConflict.access_from": Word("From when on you may take, in UTC.", A_TIME),
    "BidOutput.cut": Word("What the auction cut back of it; null: nothing."),
    "PlacedBidOutput.cut": Word("What the auction cut back of it; null: nothing."),
    "CutBidState": Word("LIVE waits for its edge; TAKEN: it took; LAPSED: its auction ended; VOID: it counts no more."),
    "least_units": Word("Fewer units than this it does not take.", 1),
    "bids": Word("Up to 100 bids."),
    "ReconfirmedOutput.bids": Word("How many of your live bids in the auction stand now.", 2),
    "ReceiptOutput.bids": Word("Each bid that the call placed."),
    "bid": Word("The bid, where there is one."),
    "error": Word("Why it was refused."),
    "warning": Word("What keeps it from being given anything, or all, as it stands; null: nothing."),
    "WarningOutput.units": Word("How many units of the auction the provider may be given at most.", 40),
    "receipt": Word("A signed promise for the bids that the call placed; null: it placed none."),
    "size": Word("How many bids the receipt is for.", 1),
    "root": Word("The root of the Merkle tree of these bids, in hexadecimal.", A_DIGEST),
    "signature": Word("The Ed25519 signature of the receipt, in hexadecimal.", "ab" * 64),
    "index": Word("Which leaf of the tree it is, from 0.", 0),
    "path": Word("The hashes from the leaf to the root (RFC 6962), in hexadecimal."),
    # takes and readiness
    "take_id": Word("The id of the take; null: none.", A_TAKE),
    "edge_floor_bps": Word("For no lower edge, in basis points; null: for any.", "10"),
    "TakeOverInput": Word("How much of a lot an insurer takes over."),
    "TakenOverOutput.awards": Word("What it was given, each settled by itself."),
    "TakeInput.edge_floor_bps": Word("It is refused where the edge is lower, in basis points.", "10"),
    "TakeInput.min_units": Word("It is refused where fewer can be taken.", 10),
    "TakeInput.book_version": Word("It is refused where the book is of another version.", 1),
    "TakeOutput.max_units": Word("How many units were asked for.", 40),
    "at": Word("At which instant, in UTC.", A_TIME),
    "valid_sizes": Word("How many units may be taken at once, as ranges."),
    "first": Word("The least of the range, included.", 1),
    "last": Word("The most of the range, included.", 60),
    "margin_needed": Word("What the take would hold, in the asset.", "24720"),
    "margin_free": Word("What you have free, in the asset.", "225400"),
    "schedule": Word("The edges ahead, up to the cap or the close."),
    "readiness_id": Word("The id of the readiness.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c0d"),
    "ReadinessOutput.state": Word("Whether it stands."),
    "ReadinessOutputStateEnum": Word("LIVE stands; ENDED: its auction is over; VOID: it counts no more."),
    # awards and settlements
    "lot_id": Word("The id of the lot, as `take_over_offered` says it.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0b51"),
    "award_id": Word("The id of the award.", AN_AWARD),
    "collateral_held": Word("What of your collateral is held for it, in the asset.", "24000"),
    "settlement_id": Word("The id of the settlement.", A_SETTLEMENT),
    "settlement_state": Word("How far its settlement is."),
    "SettlementState": Word(
        "AWAITING its venue's word; CONFIRMED: it is carried out; SETTLED: all changed hands; REJECTED and EXPIRED: "
        "nothing did."
    ),
    # allocations
    "CashAllocationInput": Word("What nobody paid, and the accounts that gained."),
    "PositionAllocationInput": Word("What went back to the venue, and the accounts that hold the other side."),
    "CashAllocationInput.quantity": Word("How much is to be given together, in the asset.", "150"),
    "PositionAllocationInput.quantity": Word("How much is to be closed together, in contracts.", "1.5"),
    "CashAllocationInput.asset": Word("The code of the asset that is lacking.", "USD"),
    "CashAllocationInput.accounts": Word("The accounts that gained, at most 1000."),
    "PositionAllocationInput.accounts": Word("The accounts that hold the other side, at most 1000."),
    "CashAllocationInput.reference": Word("The venue's own reference: a loss is allocated once for each.", "vgh-7"),
    "PositionAllocationInput.reference": Word("The venue's own reference: a loss is allocated once for each.", "adl-7"),
    "CashAllocationInput.reason": Word("Why it is allocated.", "the plan's last rank"),
    "PositionAllocationInput.reason": Word("Why it is allocated.", "the plan's last rank"),
    "PositionAllocationInput.side": Word("Which way the positions point that nobody took."),
    "PositionAllocationInput.price": Word("The price at which they are closed, in the settlement asset.", "60000"),
    "SuppliedAccountInput.account": Word("The venue's own name of the account.", "acct-4711"),
    "SuppliedAccountInput.quantity": Word(
        "What it had before it gave any of it: contracts on the other side, or what it gained.", "2"
    ),
    "SuppliedAccountInput.profit": Word(
        "Its profit, by which RANK orders; of CASH at least its `quantity`. 0 where left out.", "1200"
    ),
    "SuppliedAccountInput.leverage": Word("Its effective leverage, by which RANK orders; 0 where left out.", "4.5"),
    "AllocationFillState": Word(
        "ALLOCATED: the venue has not said yet. CONFIRMED: it gives it. REFUSED or LAPSED: it gives nothing."
    ),
    "AllocationKind": Word("CASH: an amount that nobody paid. POSITION: a quantity that nobody took."),
    "MethodEnum": Word("RANK: by profit x leverage, each whole. PRO_RATA: by what each has, or gained."),
    "LossAllocationOutput.kind": Word("What is allocated."),
    "LossAllocationOutput.method": Word("By which rule of its event's plan it is shared out."),
    "LossAllocationOutput.asset": Word("The code of the asset that it is counted in.", "USD"),
    "LossAllocationOutput.instrument": Word("The symbol of the instrument; null: it is of CASH.", "BTC-PERP"),
    "LossAllocationOutput.side": Word("Which way the positions point that nobody took; null: it is of CASH.", "LONG"),
    "LossAllocationOutput.price": Word("At which they are closed, in the asset; null: it is of CASH.", "60000"),
    "LossAllocationOutput.quantity": Word("What was to be shared out, in contracts or in the asset.", "150"),
    "LossAllocationOutput.reference": Word("The venue's own reference.", "vgh-7"),
    "LossAllocationOutput.reason": Word("Why it was allocated.", "the plan's last rank"),
    "LossAllocationOutput.confirm_by": Word("What the venue does not confirm before lapses, in UTC.", A_TIME),
    "fill_id": Word("The id of the part of an allocation.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c32"),
    "allocation_id": Word("The id of the allocation.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c31"),
    "AllocationFillOutput.account": Word("The venue's own name of the account.", "acct-4711"),
    "AllocationFillOutput.state": Word("How it stands."),
    "AllocationFillOutput.had": Word("What the account had to give.", "200"),
    "AllocationFillOutput.profit": Word("The profit of the account.", "1200"),
    "AllocationFillOutput.leverage": Word("The effective leverage of the account.", "4.5"),
    "AllocationFillOutput.allocated": Word("What was allocated to it, in contracts or in the asset.", "75"),
    "AllocationFillOutput.taken": Word(
        "What of that is taken, as it was confirmed: something may have come back by then.", "75"
    ),
    "AllocationFillOutput.price": Word("At which positions are closed, in the asset; null: it is of CASH.", "60000"),
    "AllocationFillOutput.state_reason": Word("Why it was refused; may be empty.", "the account is closed"),
    "AllocationFillOutput.confirmed_at": Word("When it was confirmed, in UTC; null: it was not.", A_TIME),
    "AllocationFillOutput.refused_at": Word("When it was refused, in UTC; null: it was not.", A_TIME),
    "AllocationFillOutput.lapsed_at": Word("When it lapsed, in UTC; null: it has not.", A_TIME),
    "confirm_by": Word("Until when its venue may confirm it, in UTC; null: it need not.", A_TIME),
    "sequence": Word(
        "Which settlement of its provider it is, from 1, or of its drill, if it is one's; null until it is settled.", 17
    ),
    "settled_at": Word("When it was settled, in UTC; null: it is not.", A_TIME),
    "rejected_at": Word("When it was rejected, in UTC; null: it was not.", A_TIME),
    "expired_at": Word("When its time was over, in UTC; null: it was not.", A_TIME),
    "fault": Word("By whose fault it failed: PROVIDER or VENUE; empty: it did not.", "PROVIDER"),
    "minutes": Word("How many minutes after the award.", 5),
    "MinutesEnum": Word("1, 5 or 60 minutes."),
    "markout_id": Word("The id of the markout.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c0e"),
    "instant": Word("Whose marks count, in UTC.", A_TIME),
    "judged_at": Word("When it was judged, in UTC; null: not yet.", A_TIME),
    "marks_at": Word("When the marks that count were in force, in UTC; null: there were none.", A_TIME),
    "adverse_bps": Word(
        "How far the marks moved against the provider, in basis points; below zero in its favour.", "8"
    ),
    "kept_bps": Word("The edge less that, in basis points.", "17"),
    "winners_curse": Word("Whether less than nothing was kept.", False),
    # faults
    "fault_id": Word("The id of the fault.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c0f"),
    "FaultOutput.state": Word("How far it is."),
    "FaultOutputStateEnum": Word(
        "COUNTING: what it costs is not known yet. CONTESTABLE: its provider may contest it. CONTESTED: an arbiter "
        "decides. UPHELD: it stands. DISMISSED: there was none."
    ),
    "FaultOutput.amount": Word("What it costs where it stands, in the asset; null until it is counted.", "1200"),
    "to_estate": Word(
        "What of it is the estate's, in the asset; the rest is the fund's. Null until it is counted.", "900"
    ),
    "drift_until": Word("Until when drift is the provider's, in UTC.", A_TIME),
    "contestable_at": Word("When its cost was known, in UTC; null: not yet.", A_TIME),
    "contest_until": Word("Until when it may be contested, in UTC; null: its cost is not known.", A_TIME),
    "contested_at": Word("When it was contested, in UTC; null: it was not.", A_TIME),
    "contest_reason": Word("Why it was contested; empty: it was not.", "the venue did not answer"),
    "decide_until": Word("Until when an arbiter may decide, in UTC; null: it is not contested.", A_TIME),
    "decision_reason": Word("Why it was decided so; empty: it was not.", "its gateway was up"),
    "upheld_at": Word("Since when it stands, in UTC; null: it does not.", A_TIME),
    "dismissed_at": Word("Since when there was none, in UTC; null: it was not dismissed.", A_TIME),
    "stands": Word("Whether it was the provider's fault.", True),
    # statements
    "provisional": Word("Whether the book is not closed yet: then all is as of now.", False),
    "drift": Word("What the marks gained for the account while its book waited."),
    "sold": Word("Of what was sold, in the asset; below zero lost.", "-1500"),
    "waiting": Word("Of what nobody has yet, in the asset; null where a mark is missing.", "0"),
    "edges": Word("All that was paid for sales, in the asset.", "1500"),
    "edge": Word("What was paid for it, in the asset; null until it is settled.", "600"),
    "SoldUnitsOutput.drift": Word("What the marks gained from intake until it was sold, in the asset.", "-600"),
    "legs": Word("Its positions, with both marks."),
    "intake_mark": Word("The reference mark when the book came in, or was last amended, per contract.", "60000"),
    "SoldLegOutput.mark": Word("The reference mark that it was sold at, per contract.", "59850"),
    "sales": Word("What was sold, in order."),
    "sale_id": Word("The id of the sale that it was for; null: none.", AN_AWARD),
    "fund": Word("What the venue's insurance fund did for the book."),
    "units_taken": Word("How many units it took over.", 0),
    "edge_earned": Word("What it was paid for these, in the asset.", "0"),
    "advanced": Word("What it paid of providers' edges, in the asset.", "0"),
    "advances_repaid": Word("What of that it got back, in the asset.", "0"),
    "debt_covered": Word("What it paid of the account's debt, in the asset.", "0"),
    "debts": Word("What the estate lacked, and who bore it."),
    "lacked": Word("All that the estate ever lacked, in the asset.", "0"),
    "repaid": Word("What of it the estate repaid, in the asset.", "0"),
    "paid_by_layers": Word("What of it was paid, in the asset.", "0"),
    "covered_by_fund": Word("What of it the fund paid, in the asset.", "0"),
    "lost": Word("What of it nobody paid, in the asset: the venue's loss.", "0"),
    "owed": Word("What of it still stands, in the asset.", "0"),
    "movements": Word("Every transfer of its estate and of its debt, in order."),
    "sums": Word("The same, summed by purpose."),
    "meaning": Word("The purpose in words.", "the edge of a provider"),
    "estate": Word("What it brought into the estate, in the asset; below zero took out.", "-600"),
    "debt": Word("What it brought into the debt, in the asset; below zero took out.", "0"),
    "in_estate": Word("What stands in the estate, in the asset.", "0"),
    # providers and groups
    "other_id": Word("The id of the other group.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c11"),
    "related": Word("The groups that are declared related to it."),
    "RelationInput.related": Word("Whether they are related; false: no more.", True),
    "cluster": Word("All that count as one with it, itself included."),
    "bids_stand": Word("Whether what it has bid counts at the close.", False),
    # inventory, breakers, caps, playbooks
    "inventory_id": Word("The id of what the fund holds of an instrument.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c12"),
    "take_overs": Word("What the fund took over and still has something of, the oldest first."),
    "quantity_left": Word("How many contracts are left of it.", "3"),
    "cost": Word("What it was taken over at, in the asset.", "180000"),
    "mark": Word("What it was last valued at, per contract in the asset; null: nothing is left.", "60000"),
    "result": Word("What was gained or lost since, in the asset.", "-450"),
    "unpaid": Word("A loss that the fund cannot bear yet, in the asset.", "0"),
    "MarketConditionsInput.at": Word(
        "As of when it is so, in UTC: now, where it is left out; at most 5 seconds ago, and newer than what was "
        "reported before.",
        A_TIME,
    ),
    "foreseen": Word("What would become of it, as far as a dry run tells."),
    "ForeseenOutput.markets": Word("By product group, what the book has of it and its market takes."),
    "ForeseenOutput.lots": Word("The lots that it would be cut into, in their order."),
    "ForeseenMarketOutput.notional": Word("Of all its positions there, whatever their side.", "120000"),
    "ForeseenMarketOutput.takes": Word("Whether the depth is at least the notional; null: it is not known.", True),
    "ForeseenLotOutput.units": Word("In how many units it would be offered.", 100),
    "ForeseenLotOutput.notional": Word("At the marks of the intake.", "120000"),
    "first_step": Word("Where the lot would begin."),
    "committed_units": Word("How many of them commitments would take, if they took at once.", 40),
    "ForeseenLotOutput.edge_bps": Word("What they would all be paid; null: they take none.", "20"),
    "depth": Word("The notional that its book takes before it gives way, in the settlement asset.", "2500000"),
    "spread_bps": Word("Its spread, in basis points.", "4.5"),
    "volatility_bps": Word("Its volatility, in basis points, as the venue measures it.", "80"),
    "stale_share": Word("Which fraction of its marks is stale.", "0.05"),
    "regime": Word("CALM, STRESSED or HALTED: by what was reported, by silence, or by a circuit breaker.", "CALM"),
    "RegimeEnum": Word("CALM; STRESSED: a threshold of the playbook is reached; HALTED: a circuit breaker stops bids."),
    "breaker_id": Word("The id of the breaker.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c13"),
    "level": Word("0 all goes on, 1 no new auctions, 2 also no reopening or restart, 3 no bids, takes or closes.", 1),
    "tripped_at": Word("When it was last set, in UTC.", A_TIME),
    "who": Word("Who set it last.", "key:0123456789"),
    "cap_id": Word("The id of the cap.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c14"),
    "cap": Word("The cap; null: there is none any more."),
    "playbook_id": Word("The id of the playbook.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c15"),
    "parameters": Word("Every parameter by name: numbers with decimals as text."),
    "preset": Word("Parameters that go together."),
    "PresetEnum": Word("PATIENT waits for capital to come back; FAST is done within half an hour."),
    "RestartedOutput.marks": Word("The new marks by the instrument's id, per contract."),
    "MarkoutOutput.marks": Word("The marks that count, by the instrument's id, per contract; null: there were none."),
    "AssignEnum": Word("FIRST: at once. AS_BIDS: in the sealed auction. BY_REGIME: AS_BIDS while the market is calm."),
    "LotScopeEnum": Word("What is placed as one: the whole BOOK, a product GROUP, or a POSITION."),
    "SettlementModeEnum": Word("AUTO: settlements are carried out at once. CONFIRM: they wait for the venue."),
}

# Parameters of playbooks that say nothing of themselves.
PLAIN_PARAMETERS = {
    "lot_scope": "What is placed as one: the whole BOOK, a product GROUP, or a POSITION.",
    "units_per_lot": "Into how many units a lot is cut, at most the smallest leg in steps.",
    "mark_max_age_seconds": "Older marks price nothing, in seconds.",
    "assign_cap_bps": "The most that commitments are paid, in basis points of notional.",
    "sealed_reserve_bps": "The most that a sealed auction pays, in basis points; at least assign_cap_bps.",
    "dutch_cap_bps": "The most that a Dutch auction pays, in basis points; at least sealed_reserve_bps.",
    "min_groups": "How many unrelated groups make a contest.",
    "sealed_format": "What those who are accepted in a sealed auction are paid.",
    "sealed_seconds": "How long a sealed auction is open, in seconds.",
    "max_reopenings": "How often a sealed auction without competition reopens.",
    "reopening_seconds": "How long it is open again, in seconds.",
    "dutch_start_bps": "The edge that a Dutch auction begins with, in basis points.",
    "dutch_seconds": "How long a Dutch auction lasts at the most, in seconds.",
    "settlement_mode": "Whether settlements are carried out at once (AUTO) or wait for the venue (CONFIRM).",
    "confirm_seconds": "How long the venue has to confirm a settlement, in seconds.",
    "liquidation_fee_bps": "The venue's fee, in basis points of notional.",
    "max_halt_seconds": "How long a halt lasts at the most, in seconds.",
}

# What is empty unless a venue says something, with what it might say.
NO_DEFAULT = {
    "max_lot_notional": "1000000",
    "ready_seconds": 300,
    "fund_event_limit": "500000",
    "fund_group_limit": "500000",
    "fund_day_limit": "1000000",
    "max_unplaced_risk": "2000000",
    "max_cluster_parts": 4000,
    "stressed_depth": "250000",
}


def _of_parameter(name: str, default: Any) -> Word:
    field: Any = Playbook._meta.get_field(name)
    return Word(str(field.help_text) or PLAIN_PARAMETERS[name], NO_DEFAULT[name] if default is None else plain(default))


WORDS |= {
    f"{holder}.{name}": _of_parameter(name, default)
    for holder in ("ParametersInput", "ParametersOutput")
    for name, default in Playbook().parameters.items()
}
