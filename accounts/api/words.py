"""What the words of accounts mean in the API: see backstop.api.words."""

from backstop.api.words import A_DIGEST, A_TIME, Word

A_PROVIDER = "0197f2c4-5a10-7d31-9c61-2f6f3c1e0b01"
A_COMMITMENT = "0197f2c4-5a10-7d31-9c61-2f6f3c1e0b02"

TAGS = {
    "me": ("Keys", "Whose key this is, and what it may do."),
    "commitments": ("Commitments", "Standing bids: a provider promises to take, up to its caps, before anybody bids."),
    "balances": ("Money", "Accounts and what moved between them. A transfer is one row, and is never changed."),
    "transfers": ("Money", ""),
    "collateral": ("Money", ""),
    "contributions": ("Money", ""),
    "assessments": ("Loss events", ""),
    "refills": ("Loss events", ""),
    "obligations": ("Loss events", ""),
    "claims": ("Covers", ""),
    "margin-calls": ("Covers", ""),
    "repos": ("Covers", ""),
    "fund": ("Money", ""),
    "fees": ("Money", ""),
    "approvals": ("Approvals", "What takes two persons: one asks, another confirms."),
    "approval_limits": ("Approvals", ""),
    "webhooks": ("Webhooks", "Where you are told of what happens: see docs/webhooks.md."),
    "covers": ("Covers", "Contracts by which providers insure a venue, or accounts at it, against losses."),
    "venue": ("Venue", "What a venue sets for all of its providers."),
    "venues": ("Loss events", ""),
    "vaults": ("Vaults", "Providers whose collateral is a pool of deposits, and what of it belongs to whom."),
}

_OWN_LAYERS = (
    "FIRST_TRANCHE: the venue's own money, before all others. COVERS: what insurers pay by contract, by attachment. "
    "FUND: the insurance fund."
)
_LAYERS_AT_THE_END = (
    "Once the event is final, CONTRIBUTIONS_NONE: of what providers contributed, that of those who bid nothing; "
    "CONTRIBUTIONS_POOR: who bid poorly; CONTRIBUTIONS_GOOD: of all others. SECOND_TRANCHE: the venue's own money. "
    "ASSESSMENTS: what those who are obliged are called for beyond that, once."
)

WORDS = {
    # whole answers and bodies
    "MeOutput": Word("Whose key this is."),
    "AcceptanceInput": Word("A version of the terms."),
    "ApprovalLimitInput": Word("From which amount on an asset needs two persons."),
    "ApprovalLimitOutput": Word("From which amount on an asset needs two persons."),
    "CollateralInput": Word("Collateral in, or with an amount below zero out."),
    "FundInput": Word("Money into the fund or a tranche, or with an amount below zero out."),
    "FeesInput": Word("Money from fees or penalties into the fund, or the first tranche."),
    "ExposureInput": Word("Where a provider stands at the venue, in one asset."),
    "LimitsInput": Word("How much the cluster of a group may hold in an asset."),
    "LimitsOutput": Word("How much the cluster of a group may hold in an asset."),
    "HoldingInput": Word("What a provider holds of one instrument."),
    "HoldingsInput": Word("All that a provider holds."),
    "HoldingsOutput": Word("All that a provider holds."),
    "ReasonInput": Word("Why."),
    # keys and people
    "MeOutput.key": Word("The public part of the key, by which it is known.", "0123456789"),
    "label": Word("What the key was called when it was issued; may be empty.", "robot"),
    "scopes": Word("What the key may do, by name."),
    "venue": Word("The name of the key's venue.", "demo"),
    "venue_id": Word("The id of the key's venue.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0b00"),
    "provider": Word("The name of the provider; null: a venue's key, or the award is the fund's.", "Alice"),
    "provider_id": Word("The id of the provider.", A_PROVIDER),
    "MeOutput.state": Word("How the provider stands; null for a venue's key.", "ACTIVE"),
    "ProviderState": Word(
        "APPLIED: it may look and accept terms. ACTIVE: it takes part. SUSPENDED: it may look and cancel. ENDED: it is "
        "gone for ever."
    ),
    "group": Word("The name of the group of firms that it belongs to.", "Alice Capital"),
    "group_id": Word("The id of the group of firms.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0b03"),
    "name": Word("How it is called at the venue, once.", "Alice"),
    "state_reason": Word("Why it stands so; may be empty.", "approved by the desk"),
    "terms_accepted_at": Word("When it accepted the venue's terms; null: not yet.", A_TIME),
    "terms_version": Word(
        "Which version of the venue's terms it accepted, as the venue names it; null: none.", "2026-1"
    ),
    "AcceptanceInput.version": Word("Which version of the venue's terms is accepted, as the venue names it.", "2026-1"),
    "ProviderOutput.faults": Word("How many of its faults stand.", 0),
    # commitments
    "commitment_id": Word("The id of the commitment; null: none stands behind it.", A_COMMITMENT),
    "CommitmentOutput.state": Word("Whether books are assigned to it."),
    "CommitmentState": Word("PROPOSED waits for the venue; ACTIVE stands; SUSPENDED: nothing is taken from it."),
    "active_at": Word("When it was approved, in UTC; null: not yet.", A_TIME),
    "terms": Word("The terms in force."),
    "announced": Word("Terms to come, each from its `effective_at` on."),
    "sides": Word("Which positions it takes over; null: as the wider commitment says."),
    "SidesEnum": Word("LONG or SHORT positions alone, or BOTH."),
    "SideEnum": Word("LONG gains when the price rises, SHORT when it falls."),
    "min_edge_bps": Word("The least edge that it takes for, in basis points of notional; null: nothing is said.", "20"),
    "cap_per_assignment": Word("The most notional of one lot, in the settlement asset.", "1000000"),
    "cap_held": Word("The most notional within its scope, long and short, in the settlement asset.", "5000000"),
    "window_capacity": Word("The most notional in each window, in the settlement asset.", "2000000"),
    "window_seconds": Word("How long a window lasts from its first use on, in seconds; null: there is none.", 60),
    "calendar": Word("On which days it stands, in UTC; null: as the wider commitment says."),
    "CalendarEnum": Word("ALL days, WEEKDAY: Monday to Friday, WEEKEND: the others; in UTC."),
    "starts_at": Word("From when on it stands, in UTC; null: at once.", A_TIME),
    "ends_at": Word("Until when it stands, in UTC; null: until it is withdrawn.", "2026-12-31T00:00:00Z"),
    "as_of": Word("The time that all of this is right at, in UTC.", A_TIME),
    "assets": Word("What is left in each settlement asset."),
    "remaining": Word("How much more notional it may be given, in the asset; null: no limit.", "750000"),
    "reasons": Word("Why nothing is taken from it now; empty where something may be."),
    "caps": Word("Every cap that counts."),
    "CapOutput.cap": Word("Which cap it is.", "window_capacity"),
    "CapOutput.limit": Word("The cap itself, in the asset; null: none.", "2000000"),
    "used": Word("How much of it is used, in the asset.", "1250000"),
    "binds": Word("Whether it is the one that leaves the least: no other cap, and no limit of the venue, less.", True),
    "window_starts_at": Word("When the window began, in UTC; null: none is under way.", A_TIME),
    "window_ends_at": Word("When the window ends and its capacity is whole again; null: none is under way.", A_TIME),
    # exposure and holdings
    "exposure": Word("What the venue's limits leave to the provider's cluster; null: it sets none."),
    "gross": Word(
        "Notional held, long and short added, in the asset at marks; null: something was never marked.", "900000"
    ),
    "net": Word("Notional held, long less short, in the asset at marks; null: something was never marked.", "-300000"),
    "gross_limit": Word("The most notional held, long and short added, in the asset; null: no limit.", "10000000"),
    "net_limit": Word("The same, net by provider and product group; null: no limit.", "5000000"),
    "gross_binds": Word("Whether `gross_limit` is the one that leaves the least: no cap less.", True),
    "net_binds": Word("The same of `net_limit`.", False),
    "offered": Word("The most notional that its live bids and readiness may bring, in the asset.", "240000"),
    "equity": Word("What is there when everything is valued at marks, in the asset.", "35000"),
    "requirement": Word("The margin that it needs at the venue, in the asset.", "90000"),
    "reported_at": Word("When the venue reported it; null: it does not say, or not any more.", A_TIME),
    "included_sequence": Word("The last settlement of the provider that the report includes.", 17),
    "holdings": Word("All that it holds, by instrument."),
    "ExposureOutput.holdings": Word("Its notionals, by product group."),
    "quantity": Word("How many contracts. Above zero; a side or sign says which way.", "10"),
    "HoldingOutput.quantity": Word(
        "With later settlements and awards under way: long above zero, short below.", "12.5"
    ),
    "InventoryOutput.quantity": Word("What the fund holds: long above zero, short below.", "-3"),
    "reported_quantity": Word("As the venue reported it: long above zero, short below.", "10"),
    # money
    "account": Word("Which account.", "FUND"),
    "BalanceOutput.kind": Word("Which account."),
    "BalanceOutputKindEnum": Word(
        "COLLATERAL: a provider's. MARGIN: what release 0.2.0 kept here. ESTATE: what is left of a liquidated account. "
        "DEBT: what it owes. CLEARING: the door to the outside. FUND: the insurance fund. FEES and PENALTIES: what the "
        "venue earned. FIRST_TRANCHE: what the venue itself put in, to be lost first. SECOND_TRANCHE: to be lost after "
        "contributions. CONTRIBUTION: what a provider put in. LOSSES: what nobody paid, or nobody yet."
    ),
    "FilledAccount": Word(
        "FUND: the insurance fund. FIRST_TRANCHE: what the venue puts in, to be lost first. SECOND_TRANCHE: to be lost "
        "after contributions."
    ),
    "ContributionInput": Word("What a provider contributes to the guarantee."),
    "ContributionInput.amount": Word("How much comes in, in the asset; below zero: goes out.", "100000"),
    "ContributionInput.reason": Word("Why.", "its share of the guarantee"),
    "FeesInput.into": Word("Where it goes.", "FUND"),
    "FeesInputAccountEnum": Word("FEES: liquidation fees. PENALTIES: those of providers."),
    "posted": Word("What stands in the account, in the asset.", "250000"),
    "held": Word("What of it is set aside for this, in the asset.", "24600"),
    "BalanceOutput.held": Word("What of it is promised, in the asset.", "24600"),
    "free": Word("What may be used: posted less held, in the asset.", "225400"),
    "debit": Word("The kind of the account that it left.", "CLEARING"),
    "credit": Word("The kind of the account that it went to.", "COLLATERAL"),
    "amount": Word("How much, in the asset.", "25000"),
    "purpose": Word("What it moved for."),
    "PurposeEnum": Word("What money moves for; a statement says each in words (`meaning`)."),
    "subject_id": Word(
        "The id of what it moved for: an award, a book, a fault.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0b05"
    ),
    "transfer_id": Word("The id of the transfer.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0b06"),
    "reference": Word(
        "Your own name for it, used once; the same again with the same content changes nothing.", "tour-1"
    ),
    # approvals
    "approval": Word("What waits for another person."),
    "approval_id": Word("The id of the approval.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0b07"),
    "limit_id": Word("The id of the limit.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0b08"),
    "operation": Word("What was asked for, by the name of the operation.", "move_collateral"),
    "arguments": Word("What the operation is given once another person has confirmed it."),
    "ApprovalOutput.asset": Word("The asset that the amount is in; null: no amount is moved.", "USD"),
    "ApprovalOutput.amount": Word("What is moved, in the asset; null: no amount is.", "500000"),
    "ApprovalOutput.state": Word(
        "From `lapses_at` on an approval that is still asked for is LAPSED: nothing becomes of it."
    ),
    "ApprovalOutputStateEnum": Word("ASKED waits; CONFIRMED happened; WITHDRAWN and LAPSED never will."),
    "ApprovalLimitOutput.amount": Word("More than this at once needs a second person, in the asset.", "100000"),
    "asked_by": Word("The person who asked.", "olivia"),
    "lapses_at": Word("Until when it can be confirmed, in UTC.", "2026-03-03T09:30:00Z"),
    "confirmed_by": Word("The person who confirmed; empty: nobody yet.", "oscar"),
    "confirmed_at": Word("When it was confirmed, in UTC; null: it was not.", A_TIME),
    "withdrawn_at": Word("When it was taken back, in UTC; null: it was not.", A_TIME),
    "withdrawal_reason": Word("Why it was taken back; empty: it was not.", "sent by mistake"),
    "expires_at": Word("From then on the key opens nothing; null: it does not end.", A_TIME),
    "overlap_seconds": Word("In how many seconds the key that signs this request ends.", 3600),
    "key_id": Word("By what requests that it signs name it, as `keyid`.", "bs_0123456789"),
    "replaces": Word("The key that it was rotated from.", "bs_9876543210"),
    "both_until": Word("When that one ends.", A_TIME),
    "RotationInput": Word("Which key comes next, and when this one ends."),
    "SuccessorOutput": Word("The key that comes next."),
    # webhooks
    "webhook_id": Word("The id of the webhook.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0b0a"),
    "delivery_id": Word("The id of the message.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0b0b"),
    "url": Word("Where messages go.", "https://robot.example/backstop"),
    "description": Word("What it is for, in your words.", "the robot of the desk"),
    "is_enabled": Word("Whether messages are sent to it.", True),
    "disabled_at": Word("Since when not; null while it is enabled.", A_TIME),
    "disabled_reason": Word("Why not; empty while it is enabled.", "it took nothing for two days"),
    "failures": Word("How many in a row it did not take.", 0),
    "failing_since": Word("When the first of these was sent; null: none failed.", A_TIME),
    "secret": Word("What messages are signed with.", f"whsec_{'A' * 43}="),
    "DeliveryOutput.kind": Word("The kind of event that it tells of; `webhook_test` tells of none.", "bid_placed"),
    "DeliveryOutput.status": Word("With which HTTP status it was answered; null: with none.", 204),
    "query.kind": Word("Those of this kind alone.", "bid_placed"),
    "attempts": Word("How often it was sent, since it was last asked for.", 1),
    "attempted_at": Word("When it was last sent; null: not yet.", A_TIME),
    "problem": Word("What was wrong then; empty: nothing.", "no answer in time"),
    "delivered_at": Word("When it arrived; null: not yet.", A_TIME),
    "given_up_at": Word("When it was given up; null: it was not.", A_TIME),
    "WebhookInput": Word("Where to be told of what."),
    # defaults and loss events
    "ground": Word("Why it is declared."),
    "GroundEnum": Word(
        "ASSESSMENT_OVERDUE, CLAIM_OVERDUE, PAYMENT_MISSED: it did not pay what was due. EQUITY_BELOW_REQUIREMENT: its "
        "equity at the venue is below its requirement."
    ),
    "DefaultOutput.state": Word("How far the default is."),
    "DefaultOutputStateEnum": Word(
        "DECLARED waits for a second person; LAPSED: none confirmed in time; CONFIRMED: it is out; HANDLED: its book "
        "came; CLOSED: all is settled."
    ),
    "declared_at": Word("When it was declared, in UTC.", A_TIME),
    "DefaultOutput.confirm_by": Word("It lapses then, in UTC, unless another person confirmed it.", A_TIME),
    "book_by": Word("The provider's book comes before, in UTC; null until it is confirmed.", A_TIME),
    "lapsed_at": Word("When it lapsed, in UTC; null: it did not.", A_TIME),
    "handled_at": Word("When the provider's book came, in UTC; null: not yet.", A_TIME),
    "loss_event_id": Word("The id of the loss event; null: none yet.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0b09"),
    "LossEventOutput.kind": Word("Whose failure it is."),
    "LossEventOutputKindEnum": Word("ACCOUNT: liquidated accounts. PROVIDER: a provider's default."),
    "LossEventOutput.state": Word("How far the loss event is."),
    "LossEventOutputStateEnum": Word("OPEN: books join. COUNTING: none joins any more. FINAL: its losses are known."),
    "LossEventOutput.cluster": Word(
        "The first group of the cluster; null where the account, or nothing, says whose it is.", A_PROVIDER
    ),
    "LossEventOutput.groups": Word("The groups that were its cluster as it opened, whatever was related later."),
    "LossEventOutput.account": Word("The venue's name of the account; may be empty.", "account-7"),
    "opened_at": Word("When its first book came in, in UTC.", A_TIME),
    "hours_clause_seconds": Word("How long books of one cluster join, in seconds.", 259200),
    "takes_until": Word("Until when books join, in UTC.", "2026-03-05T09:30:00Z"),
    "final_by": Word("When it is final in any case, in UTC.", "2026-03-09T09:30:00Z"),
    "counting_at": Word("When it took no more books, in UTC; null: not yet.", A_TIME),
    "final_at": Word("When its losses were known, in UTC; null: not yet.", A_TIME),
    "book_count": Word("How many books joined it; `/v1/books?loss_event_id=` lists them.", 3),
    "plan_version": Word("The version of the loss plan that it was opened with; 0: none had been set.", 1),
    "LossEventOutput.layers": Word("Who pays what it costs, in order of rank."),
    "LossEventOutput.costs": Word("What it cost so far, in each asset; `/addends` lists of what."),
    "LossEventOutput.paid": Word("Who paid of that, in each asset; `/payments` lists it."),
    "returned": Word("Who has back of that, in each asset; `/returns` lists it."),
    "LossCostOutput.amount": Word("What it cost, in the asset.", "1500"),
    "LossCostOutput.owed": Word(
        "What nobody has paid yet, in the asset: the event's debt until it is final. What came back is not taken off.",
        "0",
    ),
    "LossSumOutput.layer": Word("Whose money it is."),
    "LossSumOutput.amount": Word("So much of it in all, in the asset.", "500"),
    "LossAddendOutput.kind": Word("Where it comes from."),
    "LossAddendOutputKindEnum": Word(
        "BOOK: a book closed, and its estate did not repay all. INVENTORY: what the fund took over of its books lost."
    ),
    "LossAddendOutput.subject_id": Word(
        "The id of the book, or for INVENTORY of the event.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c03"
    ),
    "LossAddendOutput.amount": Word("What it cost, in the asset.", "1500"),
    "LossAddendOutput.advances": Word("The fund's advances in it, in the asset; the rest was debt.", "200"),
    "LossAddendOutput.owed": Word(
        "What nobody has paid yet, in the asset: the event's debt until it is final. What came back is not taken off.",
        "0",
    ),
    "claim_id": Word("The id of the claim.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c31"),
    "ClaimOutput": Word("What a cover owes of a loss event."),
    "ClaimOutput.state": Word("Where it stands."),
    "LayerInput.method": Word("By which rule losses are allocated.", "PRO_RATA"),
    "LayerOutput.method": Word("By which rule losses are allocated; null: it is another layer.", "PRO_RATA"),
    "ClaimState": Word(
        "HELD waits for an insurer's answer, DISPUTED for an arbiter's; DUE is what its insurers lack, PAID that "
        "nothing is owed now, OVERDUE that they lacked it at `due_by`, and do yet; it is CLOSED once its loss event is "
        "final."
    ),
    "ClaimOutput.trigger": Word("For what it is claimed."),
    "counted": Word("What of the event's costs counts: what is above the attachment, at most the limit.", "5000"),
    "ClaimOutput.insured": Word("What of that the insurers owe, in all, in the asset.", "3600"),
    "added": Word(
        "What of that edges to insurers' own clusters added, in the asset: these pay it alone, up to their limits.",
        "180",
    ),
    "ClaimOutput.copay": Word("What of that the protected party bears beside them, in all, in the asset.", "400"),
    "ClaimOutput.paid": Word("What the insurers paid, in the asset.", "288"),
    "copaid": Word("What the protected party paid beside them, in the asset.", "32"),
    "disputed_amount": Word("What of it is disputed, in the asset; the rest is due at once.", "200"),
    "refused": Word("What of it an arbiter says is not owed, in the asset.", "188"),
    "decision": Word("Why it was decided so, in words.", "The event opened before the cover did."),
    "ClaimOutput.reason": Word("Why it is disputed, in words.", "It was declared late."),
    "answer_by": Word("Until when an insurer answers; then the contract does, in UTC.", A_TIME),
    "decide_by": Word("Until when an arbiter decides; then it is owed, in UTC; null: nothing is disputed.", A_TIME),
    "ClaimOutput.due_by": Word("Before when its insurers pay what they lack, in UTC; null: nothing is due.", A_TIME),
    "disputed_at": Word("When it was disputed, in UTC; null: it was not.", A_TIME),
    "DisputeInput": Word("What is not owed, and why."),
    "ClaimDecisionInput": Word("How much of what is disputed is not owed, and why."),
    "margin_call_id": Word("The id of the margin call.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c41"),
    "MarginCallInput": Word("An account that lacks an amount, which a cover's insurers may pay."),
    "MarginCallInput.account": Word("Which account at the venue.", "anna"),
    "MarginCallInput.group_id": Word(
        "The group of firms that the account's owner is of; null: of none.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0b03"
    ),
    "MarginCallInput.amount": Word("What it lacks, in the asset of the cover: at most the cover's limit.", "1000"),
    "MarginCallInput.reference": Word("The venue's own name for it: the same again asks once.", "anna-2027-03-01"),
    "MarginCallOutput": Word("An account that lacked an amount, which a cover's insurers might pay."),
    "MarginCallOutput.account": Word("Which account at the venue.", "anna"),
    "MarginCallOutput.group_id": Word(
        "The group of firms that the account's owner is of; null: of none.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0b03"
    ),
    "MarginCallOutput.amount": Word("What it lacked, in the asset.", "1000"),
    "MarginCallOutput.reference": Word("The venue's own name for it.", "anna-2027-03-01"),
    "MarginCallOutput.state": Word("Where it stands."),
    "MarginCallState": Word(
        "CALLED until an insurer pays, or nobody did by `answer_by`: LAPSED. CURED is owed to who paid, until all came "
        "back: REPAID, or not by `repay_by`: EXPIRED."
    ),
    "cured_by": Word("The id of the provider that paid it; null: none did.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0b01"),
    "cured_at": Word("When it was paid, in UTC; null: it was not.", A_TIME),
    "repay_by": Word("Until when books of the account repay it, in UTC; null: nobody paid.", A_TIME),
    "left": Word("What of it did not come back yet, in the asset.", "900"),
    "MarginCallOutput.interest": Word("What is owed beside that now, in the asset.", "2.739726"),
    "repayments": Word("What came back, in the order of time."),
    "CureRepaymentInput": Word("What came back, and why that is said."),
    "CureRepaymentInput.amount": Word("What came back, in the asset: at most what is owed, interest first.", "102.74"),
    "CureRepaymentInput.reference": Word("The venue's own name for it: the same again repays once.", "anna-paid-1"),
    "CureRepaymentOutput": Word("What came back of it at once."),
    "CureRepaymentOutput.principal": Word("What of that was paid before, in the asset.", "100"),
    "CureRepaymentOutput.interest": Word("What of that is interest, in the asset.", "2.74"),
    "CureRepaymentOutput.reference": Word("The venue's own name for it; empty: a book repaid it.", "anna-paid-1"),
    "CureRepaymentOutput.repaid_at": Word("When it came back, in UTC.", A_TIME),
    "repaid_at": Word("When all of it had come back, in UTC; null: it has not.", A_TIME),
    "cure_interest_bps": Word(
        "The interest on what an insurer pays for a margin call, in basis points a year of 31,536,000 seconds; null, "
        "or not there: insurers cover none.",
        "1000",
    ),
    "repay_seconds": Word("For so long books of the account repay what an insurer paid for its margin call.", 2592000),
    "repo_limit": Word(
        "What insurers lend at most at once to the venue's fund, in the asset; null, or not there: nothing.", "10000"
    ),
    "repo_haircut_bps": Word(
        "By how many basis points of its mark less is lent against what is pledged; below 10,000.", "2000"
    ),
    "repo_seconds": Word("For so long at most they lend it.", 864000),
    "repo_interest_bps": Word("The interest on what is drawn, in basis points a year of 31,536,000 seconds.", "1000"),
    "repo_fee_bps": Word(
        "What is paid beside the premium for what is not drawn, in basis points a year of 31,536,000 seconds.", "100"
    ),
    "drawn": Word("What insurers lent of `repo_limit` and did not have back, yet or ever, in the asset.", "8000"),
    "repo_id": Word("The id of the repo.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c51"),
    "RepoInput": Word("What a cover's insurers are to lend, and against what."),
    "RepoInput.instrument": Word("The symbol of the spot that is pledged.", "ETH-USD"),
    "RepoInput.amount": Word(
        "What they lend, in the asset: at most what is not drawn of `repo_limit`, and what the inventory that is not "
        "pledged is worth after the haircut.",
        "8000",
    ),
    "RepoInput.reference": Word("The venue's own name for it: the same again draws once.", "eth-2027-03-01"),
    "RepoOutput": Word("What a cover's insurers lent to the fund, against its inventory."),
    "RepoOutput.amount": Word("What they lent, in the asset.", "8000"),
    "RepoOutput.instrument": Word("The symbol of what was pledged.", "ETH-USD"),
    "RepoOutput.quantity": Word("How much of it was pledged then.", "50"),
    "RepoOutput.price": Word("Its mark then, in the asset.", "200"),
    "RepoOutput.reference": Word("The venue's own name for it.", "eth-2027-03-01"),
    "RepoOutput.state": Word("Where it stands."),
    "RepoOutput.due_at": Word(
        "When all of it is owed, in UTC: sooner than agreed once nothing of what was pledged is left.", A_TIME
    ),
    "RepoOutput.interest": Word("What is owed beside that now, in the asset.", "21.917808"),
    "RepoOutput.written_off": Word(
        "What of it never came back, and is owed no more, as its interest is not, in the asset.", "0"
    ),
    "RepoState": Word(
        "OPEN until it is due. What cannot be repaid whole then is OVERDUE, and owed on with interest, until all came "
        "back: REPAID. WRITTEN_OFF: 90 days later nothing was pledged for it, and nothing left to repay it by."
    ),
    "drawn_at": Word("When it was lent, in UTC.", A_TIME),
    "pledged": Word("How much of that is pledged for it now, in contracts.", "50"),
    "RepoRepaymentInput": Word("What the fund repays, and why."),
    "RepoRepaymentInput.amount": Word("What it repays, in the asset: at most what is owed, interest first.", "102.74"),
    "RepoRepaymentInput.reference": Word("The venue's own name for it: the same again repays once.", "eth-back-1"),
    "RepoRepaymentOutput": Word("What came back of it at once."),
    "RepoRepaymentOutput.principal": Word("What of that was lent, in the asset.", "100"),
    "RepoRepaymentOutput.interest": Word("What of that is interest, in the asset.", "2.74"),
    "RepoRepaymentOutput.reference": Word("The venue's own name for it; empty: it came by itself.", "eth-back-1"),
    "RepoRepaymentOutput.repaid_at": Word("When it came back, in UTC.", A_TIME),
    "paid_by": Word("Whose money it was."),
    "PaidByEnum": Word(
        "ESTATE: what the sale of the inventory brought, before the fund had any of it; FUND: the fund's; "
        "FIRST_TRANCHE: what the fund lacked."
    ),
    "refill_id": Word("The id of the refill.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c31"),
    "assessment_id": Word("The id of the assessment.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c31"),
    "RefillOutput": Word("A tranche that is to be filled again."),
    "target": Word("What is to stand in it, in the asset; null: its plan says nothing.", "1000000"),
    "missing": Word("How much less there was, in the asset.", "250000"),
    "RefillOutput.state": Word("Where it stands."),
    "RefillState": Word("OPEN until as much is there again: FILLED; or until `refill_by`: MISSED, called for anew."),
    "refill_by": Word("Before when it is to be filled, in UTC.", A_TIME),
    "filled_at": Word("When it was filled, in UTC; null: it was not.", A_TIME),
    "missed_at": Word("When its time was over, in UTC; null: it was not.", A_TIME),
    "AssessmentOutput": Word("What a provider is called for."),
    "NoticeOutput": Word("Since when a provider is obliged for nothing new."),
    "guarantee_left_at": Word("When it gave notice, in UTC; null: it took it back.", A_TIME),
    "AssessmentOutput.amount": Word("What it was called for, in the asset.", "100000"),
    "AssessmentOutput.held": Word("What of it is held until it is paid, in the asset.", "100000"),
    "AssessmentOutput.paid": Word("What of it is paid, in time or late, in the asset.", "40000"),
    "AssessmentOutput.recovered": Word("What of it is not to be paid, since that came back, in the asset.", "0"),
    "AssessmentOutput.owed": Word("What of it is neither paid, nor came back, nor written off, in the asset.", "60000"),
    "written_off": Word("What of it was never paid, and is owed no more, in the asset.", "0"),
    "AssessmentOutput.state": Word("Where it stands."),
    "AssessmentState": Word(
        "DUE until it is PAID: at `due_by` out of its collateral, by itself; where that has too little it is OVERDUE, "
        "which is ground for a default, and may be paid late. WRITTEN_OFF: 90 days later its provider had nothing left "
        "here; it is suspended. LIFTED: all that was owed of it came back meanwhile."
    ),
    "AssessmentOutput.due_by": Word("Before when it is paid, in UTC.", A_TIME),
    "called_at": Word("When it was called for, in UTC.", A_TIME),
    "paid_at": Word("When it was paid, in UTC; null: it was not.", A_TIME),
    "overdue_at": Word("Since when it is overdue, in UTC; null: it is not.", A_TIME),
    "written_off_at": Word("Since when it is written off, in UTC; null: it is not.", A_TIME),
    "lifted_at": Word("Since when nothing of it is to be paid, in UTC; null: it was not lifted.", A_TIME),
    "contribution": Word("What it had contributed as the event opened, in the asset.", "100000"),
    "ObligationOutput.quality": Word("How well it bid for the event's books.", "GOOD"),
    "addend_id": Word("The id of the addend.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c41"),
    "payment_id": Word("The id of the payment.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c44"),
    "return_id": Word("The id of the return.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c45"),
    "obligation_id": Word("The id of the obligation.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c46"),
    "recovery_id": Word("The id of the recovery.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c42"),
    "LossPaymentOutput.layer": Word("Whose money it is."),
    "LossPaymentOutput.provider_id": Word("The provider whose money it is; null: nobody's of them.", A_PROVIDER),
    "LossPaymentOutput.claim_id": Word(
        "The claim of a cover by which it was paid; null: by none.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c31"
    ),
    "LossPaymentOutput.amount": Word("So much of it, in the asset.", "500"),
    "LossReturnOutput.layer": Word("Whose money it was."),
    "LossReturnOutput.provider_id": Word("The provider that has it back; null: none of them.", A_PROVIDER),
    "LossReturnOutput.fill_id": Word(
        "What an account of the venue gave that has it back; null: none does.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c43"
    ),
    "LossReturnOutput.amount": Word("So much of it, in the asset.", "500"),
    "LayerEnum": Word(
        "DEFAULTER: a provider in default, of its own collateral; DEFAULTER_CONTRIBUTION: of what it contributed. "
        "FIRST_TRANCHE: the venue's own money. FUND: the insurance fund, what it had advanced without a transfer. "
        "CONTRIBUTIONS_NONE: who is obliged and bid nothing; CONTRIBUTIONS_POOR: poorly; CONTRIBUTIONS_GOOD: well, or "
        "was asked for nothing. SECOND_TRANCHE: the venue's own money. ASSESSMENTS: who is obliged, of what it was "
        "called for beyond that. UNALLOCATED: nobody."
    ),
    "LossRecoveryOutput.assessment_id": Word(
        "The assessment of which it was paid late, out of its provider's collateral; null: it came in by the venue.",
        "0197f2c4-5a10-7d31-9c61-2f6f3c1e0c31",
    ),
    "LossRecoveryInput": Word("What came back of a loss."),
    "LossRecoveryInput.amount": Word("What came back, in the asset.", "40"),
    "LossRecoveryOutput.amount": Word("What came back, in the asset.", "40"),
    "LossRecoveryInput.reason": Word("Where it came from.", "the owner repaid"),
    "LossRecoveryOutput.reason": Word("Where it came from.", "the owner repaid"),
    # covers
    "CoverInput": Word("The contract of a cover."),
    "CoverSignatureInput": Word("A party's signature of a contract."),
    "CoverOutput.state": Word("How the cover stands."),
    "CoverState": Word(
        "DRAFT: the venue signs first. OFFERED: the insurers sign. SIGNED: it may be activated. ACTIVE: it stands for "
        "loss events that open. SUSPENDED: for none, and may be ACTIVE again. EXHAUSTED: nothing of its aggregate is "
        "left. RUNOFF: it stands for those that opened before. ENDED: for none."
    ),
    "text": Word("The contract in words, as it is signed.", "The insurers pay what the layer says."),
    "CoverOutput.terms": Word("The contract in numbers, as it is signed."),
    "warnings": Word(
        "What would refuse its activation as everything is now, told to its venue once it is drafted and when it is "
        "read alone; nothing of one that was activated, or ended; null: not told here."
    ),
    "CoverWarningOutput.code": Word("The code of the refusal.", "attachment_low"),
    "CoverWarningOutput.message": Word("The same in a sentence.", "layers before it pay up to 1000 of one event"),
    "content_hash": Word("The SHA-256 hash that every party signs, hexadecimal.", A_DIGEST),
    "signatures": Word("Who signed it, by which key."),
    "pledges": Word("What insurers have held for it."),
    "PledgeOutput.held": Word("So much, in units of the asset.", "2520"),
    "PledgeOutput.lacking": Word("So much of what the cover may have to pay is not held, in units of the asset.", "0"),
    "wanted": Word("So much more, in units of the asset; 0: the limit waits for nothing.", "0"),
    "insurers": Word("Who insures which part; the parts are 10,000 together."),
    "take_edge_bps": Word(
        "Insurers may take over what is to be auctioned for this edge at most, in basis points; null, or not there: "
        "they may not.",
        "50",
    ),
    "take_seconds": Word("For so long a lot waits for its insurers before its first auction.", 10),
    "levels": Word(
        "What of the limit is covered, a fraction for each regime, the worst of the markets, and in it for each "
        "rating, the worst of an insurer; null, or not there: all of it, always.",
    ),
    "covered_limits": Word("How the limit moved by its levels, in order; empty where it does not."),
    "CoveredLimitOutput.starts_at": Word("From when on it counts, in UTC.", A_TIME),
    "known_at": Word("For events that were open by then it counts never, in UTC.", A_TIME),
    "CoveredLimitOutput.limit": Word("The limit for one event, in units of the asset.", "2500"),
    "CoveredLimitOutput.level": Word("So much of the limit, a fraction.", "0.5"),
    "CoveredLimitOutput.regime": Word("The worst regime of the venue's markets."),
    "CoveredLimitOutput.bucket": Word("The worst rating of an insurer."),
    "parts": Word("How many parts of 10,000 of all that the insurers pay.", 7000),
    "cover_id": Word("The id of the cover.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0b11"),
    "CoverInput.group_id": Word(
        "The group whose cluster is protected; null: none.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0b03"
    ),
    "ContractOutput.group_id": Word(
        "The group whose cluster is protected; null: none.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0b03"
    ),
    "CoverInput.account": Word("The account that is protected, as its venue names it; empty: none.", ""),
    "ContractOutput.account": Word("The account that is protected, as its venue names it; empty: none.", ""),
    "triggers": Word("What the insurers perform for."),
    "TriggersEnum": Word("SHORTFALL: what loss events cost."),
    "attachment": Word("What of one event's loss is not insured, in units of the asset.", "1000"),
    "CoverInput.limit": Word("How much above the attachment counts of one event, in units of the asset.", "5000"),
    "ContractOutput.limit": Word("How much above the attachment counts of one event, in units of the asset.", "5000"),
    "aggregate": Word("How much counts of all events of the term, in units of the asset.", "10000"),
    "quota_share": Word("Which part of what counts is insured, a fraction.", "0.8"),
    "copay": Word("Which part of that the protected party pays itself, a fraction of at least 0.1.", "0.1"),
    "funding_rate": Word("Which part of the most that is paid the insurers have held, a fraction.", "1"),
    "waiting_seconds": Word("From its activation on, for how long events that open are not insured, in seconds.", 0),
    "term_seconds": Word("How long it stands from its activation on, in seconds.", 2592000),
    "CoverInput.notice_seconds": Word("How long after a party's notice it stands yet, in seconds.", 86400),
    "ContractOutput.notice_seconds": Word("How long after a party's notice it stands yet, in seconds.", 86400),
    "CoverInput.answer_seconds": Word("How long insurers have to answer a claim, in seconds.", 3600),
    "ContractOutput.answer_seconds": Word("How long insurers have to answer a claim, in seconds.", 3600),
    "default_answer": Word("What silence answers."),
    "DefaultAnswerEnum": Word("PAY: the claim is paid. DISPUTE: an arbiter decides."),
    "CoverSignatureInput.public_key": Word("The public half of the key that signed, in base64.", "A" * 43 + "="),
    "CoverSignatureOutput.public_key": Word("The public half of the key that signed, in base64.", "A" * 43 + "="),
    "CoverSignatureInput.signature": Word("The Ed25519 signature, 128 hexadecimal digits.", "00" * 64),
    "CoverSignatureOutput.signature": Word("The Ed25519 signature, 128 hexadecimal digits.", "00" * 64),
    "CoverSignatureOutput.provider_id": Word("The party; null: the venue.", A_PROVIDER),
    "CoverOutput.lapses_at": Word("When it lapses unless it is active, in UTC.", A_TIME),
    "offered_at": Word("When the venue signed it, in UTC; null: not yet.", A_TIME),
    "signed_at": Word("When the last insurer signed it, in UTC; null: not yet.", A_TIME),
    "CoverOutput.active_at": Word("When it was activated, in UTC; null: not yet.", A_TIME),
    "stands_from": Word(
        "From when on events that open are insured, after its last suspension too, in UTC; null: not active yet, or "
        "suspended.",
        A_TIME,
    ),
    "covers_from": Word("From when on events that open are insured, in UTC; null: not active yet.", A_TIME),
    "CoverOutput.ends_at": Word("From when on they are not any more, in UTC; null: not active yet.", A_TIME),
    "exhausted_at": Word("When claims had used up its aggregate, in UTC; null: they have not.", A_TIME),
    "runoff_at": Word("When it began to run off, in UTC; null: not yet.", A_TIME),
    # vaults
    "vault_id": Word("The id of the vault.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0b0c"),
    "deposit_id": Word("The id of the deposit.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0b0d"),
    "withdrawal_id": Word("The id of the withdrawal.", "0197f2c4-5a10-7d31-9c61-2f6f3c1e0b0e"),
    "VaultInput": Word("What a vault is to be."),
    "VaultDepositInput": Word("What a depositor puts in."),
    "VaultWithdrawalInput": Word("What a depositor wants to be paid for."),
    "VaultInput.asset": Word("The asset that its depositors put in.", "USD"),
    "VaultOutput.asset": Word("The asset that its depositors put in.", "USD"),
    "calm_edge_bps": Word("What its commitments ask for where a market is CALM, in basis points of notional.", "20"),
    "stressed_edge_bps": Word("What they ask for where it is STRESSED, after the venue's notice.", "60"),
    "halted_edge_bps": Word("What they ask for where it is HALTED, after the venue's notice.", "90"),
    "max_loss_bps": Word(
        "By how much of its worth at the high-water mark a share may lose, in basis points, until the vault's "
        "commitments are suspended.",
        2000,
    ),
    "VaultInput.notice_seconds": Word("After how many seconds a withdrawal is due.", 86400),
    "VaultOutput.notice_seconds": Word("After how many seconds a withdrawal is due.", 86400),
    "suspended_at": Word("When it was suspended last, in UTC; null: never.", A_TIME),
    "suspended_until": Word("Until when it is suspended at most, in UTC: then it runs off; null: it is not.", A_TIME),
    "suspended_for": Word("Why nothing is taken from its commitments; null: it is not suspended.", "UNPAID"),
    "SuspendedForEnum": Word(
        "LOSS: a share lost as much as it may, until somebody lets the vault go on. UNPAID: it owes withdrawals that "
        "are due, until they are paid, or returned."
    ),
    "pool": Word("What it is worth, and whose it is; null: it is another provider's."),
    "PoolOutput.assets": Word("Its collateral and its equity at the venue, in the asset.", "1250000"),
    "collateral": Word("Of that its collateral here, in the asset.", "900000"),
    "supply": Word("How many shares there are of it.", "1250000000000000000"),
    "leaving": Word("How many of these stand in its queue of withdrawals.", "1000000000000"),
    "is_known": Word("Whether the venue has said what its equity is, with all its settlements.", True),
    "depositor": Word("Whose money it is, by the venue's name.", "ann"),
    "query.depositor": Word("Those of this depositor alone.", "ann"),
    "VaultOutput.ended_at": Word("When it ended, in UTC; null: it has not.", A_TIME),
    "VaultDepositInput.amount": Word("What comes in, in the vault's asset.", "1000"),
    "VaultDepositOutput.amount": Word("What came in or waits to, in the vault's asset.", "1000"),
    "VaultDepositOutput.state": Word("Whether it came in."),
    "VaultDepositOutputStateEnum": Word(
        "WAITING outside until it is known what the vault is worth; TAKEN, for shares; LAPSED: it stays outside."
    ),
    "VaultDepositOutput.taken_at": Word("When it came in, in UTC; null: not yet, or it never will.", A_TIME),
    "VaultDepositOutput.shares": Word("What it was given; 0: nothing yet, or for ever.", "1000000000000000"),
    "take_by": Word("Until when it waits at most, in UTC.", "2026-03-03T09:30:00Z"),
    "VaultWithdrawalInput.shares": Word("How many of its shares leave.", "1999"),
    "VaultWithdrawalOutput.shares": Word("How many shares it was of.", "1999"),
    "shares_left": Word("How many of these are not paid; RETURNED: they stay the depositor's.", "0"),
    "amount_paid": Word("What was paid so far, in the vault's asset.", "0.000999"),
    "VaultWithdrawalOutput.state": Word("Whether it is paid."),
    "VaultWithdrawalOutputStateEnum": Word(
        "QUEUED: some of it is not paid. PAID: all of it is. CANCELLED: nothing was left of the vault. RETURNED: 90 "
        "days after it was due nobody could pay the rest, which stays the depositor's; it may leave again."
    ),
    "VaultWithdrawalOutput.due_at": Word("From when on it is paid, in UTC.", "2026-03-03T09:30:00Z"),
    "VaultWithdrawalOutput.waits_for": Word(
        "The loss event that it waits for, of several the one that is final last; null: none keeps it.",
        "0197f2c4-5a10-7d31-9c61-2f6f3c1e0b09",
    ),
    "VaultWithdrawalOutput.paid_at": Word("When all of it was paid, in UTC; null: it is not.", A_TIME),
    "VaultWithdrawalOutput.cancelled_at": Word("When its shares were cancelled, in UTC; null: they were not.", A_TIME),
    "VaultWithdrawalOutput.returned_at": Word("When the rest of it was returned, in UTC; null: it was not.", A_TIME),
    # premiums
    "premium": Word("What the cover costs."),
    "PrepaymentInput": Word("Money for a cover in advance, or with an amount below zero back."),
    "PrepaymentInput.amount": Word("So much, in units of the cover's asset.", "1000"),
    "PrepaymentInput.reference": Word("The venue's own reference: it moves money once.", "premium-2026-03"),
    "tariff": Word("What a rate is made of before its factors."),
    "by_regime": Word("The factor in each regime, the worst of the venue's markets: CALM, STRESSED, HALTED."),
    "by_rating": Word("The factor for each rating, the worst of an insurer: 1, the best, to 5."),
    "grace_seconds": Word("How long the cover stands when nothing more is paid in advance, in seconds.", 86400),
    "base_bps": Word("The rate before its factors, in basis points a year.", "300"),
    "floor_bps": Word("The least rate, in basis points a year.", "100"),
    "cap_bps": Word("The highest rate, in basis points a year.", "1000"),
    "max_step_bps": Word("By how much it differs at most from the rate of 24 hours before, in basis points.", "500"),
    "use": Word("The factor of how much of the aggregate is used."),
    "kink": Word("At which use the factor begins to rise faster, a fraction.", "0.5"),
    "unused": Word("The factor where nothing is used.", "1"),
    "at_kink": Word("The factor at the kink.", "1.5"),
    "used_up": Word("The factor where all is used.", "3"),
    "PremiumOutput.left": Word("What is left of what was paid in advance, in units of the asset.", "998.150685"),
    "charged": Word("What was charged so far, in units of the asset.", "1.849315"),
    "earned": Word("What an insurer earned so far, in units of the asset.", "1.294521"),
    "PremiumOutput.insurers": Word("Who earned how much."),
    "PremiumOutput.due_at": Word("When it is charged again, in UTC; null: not any more, or not yet.", A_TIME),
    "empty_at": Word("Since when less is left than was due, in UTC; null: it is not so.", A_TIME),
    "rates": Word("Every rate that was in force, in order."),
    "CoverRateOutput.starts_at": Word("From when on it is in force, in UTC.", A_TIME),
    "rate_bps": Word("The rate, in basis points of the limit a year.", "600"),
    "CoverRateOutput.limit": Word("The limit that it is paid for, in units of the asset.", "5000"),
    "CoverRateOutput.used": Word("What claims use of the aggregate, in units of the asset.", "400"),
    "CoverRateOutput.regime": Word("The worst regime of the venue's markets."),
    "regime_factor": Word("Its factor.", "2"),
    "rating_factor": Word("Its factor.", "1"),
    "CoverRateOutput.bucket": Word("The worst rating of an insurer."),
    "RatingInput": Word("How an agency rates a provider."),
    "RatingInput.bucket": Word("The rating."),
    "RatingOutput.bucket": Word("The rating."),
    "BucketEnum": Word("1 is the best, 5 the worst, and whoever has no rating."),
    "RatingInput.source": Word("Who rates it so.", "an agency"),
    "RatingOutput.source": Word("Who rates it so.", "an agency"),
    "rated_at": Word("As of when, in UTC.", A_TIME),
    "RatingInput.expires_at": Word("Until when the rating counts, in UTC.", "2027-03-02T09:30:00Z"),
    "RatingOutput.expires_at": Word("Until when the rating counts, in UTC.", "2027-03-02T09:30:00Z"),
    # loss plans
    "LossPlanInput": Word("Who pays what loss events cost, in order."),
    "LossPlanInput.layers": Word("Each kind at most once."),
    "LossPlanOutput.version": Word("Which version; 0: none was set.", 1),
    "set_at": Word("When it was set, in UTC; null: version 0.", A_TIME),
    "LossPlanOutput.layers": Word("The layers by rank."),
    "rank": Word("In this order they pay, from 1.", 3),
    "LayerInput.kind": Word("Whose money pays."),
    "LayerOutput.kind": Word("Whose money pays."),
    "LayerInputKindEnum": Word(f"{_OWN_LAYERS} {_LAYERS_AT_THE_END}"),
    "LayerOutputKindEnum": Word(
        f"ESTATE and PENALTIES are used before a loss is counted. {_OWN_LAYERS} {_LAYERS_AT_THE_END}"
    ),
    "per_event": Word("What it pays at most for one loss event, in units of each asset; null: no limit.", "1000000"),
    "per_24h": Word(
        "What it pays at most for the loss events that opened within 24 hours, in units of each asset; null: no limit.",
        "2000000",
    ),
}
