"""What the API answers. Made from its document by `make documents`: change nothing here."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, NotRequired, TypedDict


class AllocationFillRow(TypedDict):
    """What one account gives of a loss."""

    id: str
    created_at: datetime
    allocation_id: str
    account: str
    state: str
    had: Decimal
    profit: Decimal
    leverage: Decimal
    allocated: Decimal
    taken: Decimal
    price: Decimal | None
    state_reason: str
    confirmed_at: datetime | None
    refused_at: datetime | None
    lapsed_at: datetime | None


class ApprovalRow(TypedDict):
    """`arguments` is what the operation is given once another person has confirmed it."""

    id: str
    created_at: datetime
    operation: str
    arguments: dict[str, Any]
    asset: str | None
    amount: Decimal | None
    reason: str
    state: str
    asked_by: str
    lapses_at: datetime
    confirmed_by: str
    confirmed_at: datetime | None
    withdrawn_at: datetime | None
    withdrawal_reason: str


class AssessmentRow(TypedDict):
    """What a provider is called for."""

    id: str
    created_at: datetime
    provider_id: str
    loss_event_id: str
    asset: str
    amount: Decimal
    held: Decimal
    paid: Decimal
    recovered: Decimal
    owed: Decimal
    written_off: Decimal
    state: str
    called_at: datetime
    due_by: datetime
    paid_at: datetime | None
    overdue_at: datetime | None
    lifted_at: datetime | None
    written_off_at: datetime | None


class AssetCapacityRow(TypedDict):
    """Null remains where no cap and no limit of its venue limits it, nothing where there is a reason against it.
    `exposure` is null where the venue sets no limits.
    """

    asset: str
    remaining: Decimal | None
    min_edge_bps: Decimal | None
    reasons: list[str]
    caps: list[CapRow]
    exposure: ExposureRoomRow | None


class AuctionRow(TypedDict):
    """A bid holds `base_hold` + `max_units` x (`unit_hold` + `unit_exposure` x `max_pay_bps` / 10000), and where
    its `max_drift_bps` is more than `drift_buffer_bps`, so much more as it would be with that buffer.

    `edge_now_bps` is the price clock's; a take gets at most what the lot affords at the marks of its instant.
    `price_rule` counts for UNIFORM; a sealed auction's terms are empty in a Dutch one.

    With the `disclosure` SIZE_BAND `units` are percents of what is offered, and a bid needs an `inverse_edge_bps`.
    The notional's `band` is shown, and `risk_percent`: how much of its notional taking the lot binds. Until the
    auction is decided the lot is not: `positions` are empty, `lot_units`, `notional`, `marks` and
    `reserve_edge_bps` null.
    """

    id: str
    created_at: datetime
    kind: str
    format: str
    price_rule: str
    first_rejected_cap_bps: Decimal
    rationing: str
    sealed_by: str
    offer_public_key: str | None
    state: str
    drill: bool
    round: int
    opens_at: datetime
    closes_at: datetime
    halted_at: datetime | None
    halt_reason: str
    halt_ends_at: datetime | None
    breaker_level: int
    restarts: int
    max_drift_bps: Decimal
    drift_buffer_bps: Decimal
    wait_drift_bps: Decimal
    reconfirm_since: datetime | None
    book_version: int
    asset: str
    units: int
    units_left: int
    min_take_units: int
    max_bids: int
    min_improvement_bps: Decimal
    disclosure: str
    product_groups: list[str]
    band: BandRow | None
    risk_percent: int | None
    lot_units: int | None
    notional: Decimal | None
    positions: list[LegRow]
    marks: dict[str, Decimal] | None
    reserve_edge_bps: Decimal | None
    contested: bool | None
    uncontested_cap_bps: Decimal | None
    ready_seconds: Decimal | None
    base_hold: Decimal
    unit_hold: Decimal
    unit_exposure: Decimal
    curve: CurveRow | None
    price_starts_at: datetime | None
    access_from: datetime | None
    edge_now_bps: Decimal | None
    excluded: bool


class AwardRow(TypedDict):
    """What moved for it stands at `/v1/transfers?subject_id=` its id; until then so much collateral is held."""

    id: str
    created_at: datetime
    kind: str
    auction_id: str | None
    bid_id: str | None
    take_id: str | None
    commitment_id: str | None
    units: int
    edge_bps: Decimal
    drill: bool
    asset: str
    notional: Decimal
    collateral_held: Decimal
    positions: list[AwardedPositionRow]
    settlement_id: str
    settlement_state: str


class AwardSettlementRow(TypedDict):
    """How far the settlement of an award is."""

    id: str
    state: str
    confirm_by: datetime | None
    sequence: int | None
    reason: str
    fault: str
    settled_at: datetime | None


class AwardedPositionRow(TypedDict):
    """A part of a position that changes hands, at the mark of the award."""

    instrument: str
    side: str
    quantity: Decimal
    mark_price: Decimal


class BalanceRow(TypedDict):
    """One account: what it holds, what of that is promised, and what is free."""

    asset: str
    kind: str
    posted: Decimal
    held: Decimal
    free: Decimal


class BandRow(TypedDict):
    """Above `above`, up to `up_to` exactly."""

    above: Decimal
    up_to: Decimal


class BidRow(TypedDict):
    """What it offers is null until the auction is decided, and for ever where it was taken back or void by then;
    `digest` commits to it. A commitment's bid names it. `cut` is what the auction cut back of it, if anything.
    """

    id: str
    created_at: datetime
    auction_id: str
    drill: bool
    client_bid_id: str
    commitment_id: str | None
    state: str
    round: int
    improves_id: str | None
    firm: bool
    digest: str
    units: int | None
    edge_bps: Decimal | None
    inverse_edge_bps: Decimal | None
    all_or_none: bool | None
    min_units: int | None
    max_units: int
    max_pay_bps: Decimal
    max_drift_bps: Decimal | None
    held: Decimal
    expires_at: datetime | None
    cancelled_at: datetime | None
    must_reconfirm: bool
    reconfirmed_at: datetime | None
    voided_at: datetime | None
    void_reason: str
    cut: CutBidRow | None


class BindingRow(TypedDict):
    """One hold of a provider's money, or one thing else that keeps it here: the row of that id, at that address."""

    kind: str
    reference_id: str | None
    address: str | None
    account: str | None
    asset: str | None
    amount: Decimal | None
    until: datetime | None
    why: str


class BookAwardRow(TypedDict):
    """The edge is paid out of the account's own money (`equity_part`) and by the fund (`fund_part`)."""

    id: str
    created_at: datetime
    beneficiary: str
    provider_id: str | None
    provider: str | None
    first_unit: int
    units: int
    edge_bps: Decimal
    notional: Decimal
    equity_part: Decimal
    fund_part: Decimal
    settlement: AwardSettlementRow


class BookDetailRow(TypedDict):
    """A book with all that became of it. `earlier_positions` are those of versions that were amended since."""

    id: str
    reference: str
    account: str
    owner_group: str | None
    state: str
    drill: bool
    asset: str
    playbook_version: int
    loss_event_id: str | None
    version: int
    received_at: datetime
    cure_ends_at: datetime
    amended_at: datetime | None
    routed_at: datetime | None
    closed_at: datetime | None
    withdrawn_at: datetime | None
    withdrawal_reason: str
    target_margin_ratio: Decimal | None
    kept: KeptRow | None
    cash: Decimal
    equity: Decimal
    notional: Decimal
    fee: Decimal
    residual: Decimal
    positions: list[PositionRow]
    earlier_positions: list[PositionRow]
    lots: list[LotRow]


class BookRow(TypedDict):
    """`equity` and `notional` are at the marks of the intake, or of the last amendment; `fee` and `residual` are
    known once it is closed. Until `cure_ends_at` nothing of it is assigned.

    Where only a part is sold, `kept` is the rest, and all else is about the part: `cash` is what goes along with
    it, and a residual below zero is what the account has to make good of a loss that the part's money did not bear.
    """

    id: str
    reference: str
    account: str
    owner_group: str | None
    state: str
    drill: bool
    asset: str
    playbook_version: int
    loss_event_id: str | None
    version: int
    received_at: datetime
    cure_ends_at: datetime
    amended_at: datetime | None
    routed_at: datetime | None
    closed_at: datetime | None
    withdrawn_at: datetime | None
    withdrawal_reason: str
    target_margin_ratio: Decimal | None
    kept: KeptRow | None
    cash: Decimal
    equity: Decimal
    notional: Decimal
    fee: Decimal
    residual: Decimal


class BooksRow(TypedDict):
    """The books, in the order in which they were sent."""

    books: list[ReceivedBookRow]


class BucketRow(TypedDict):
    """A bucket of tokens of the key's own."""

    bucket: str
    most: int
    per_second: float
    left: int


class BudgetRow(TypedDict):
    """What is left to spend on edges: the account's own money, and what the fund may pay of what is free in it."""

    equity: Decimal
    fund: Decimal


class CancelledBidRow(TypedDict):
    """A bid that was taken back."""

    id: str
    auction_id: str
    drill: bool
    client_bid_id: str


class CancelledRow(TypedDict):
    """What a call took back, and what stands all the same."""

    cancelled: list[CancelledBidRow]
    bids_standing: int
    readiness_standing: int
    cut_bids_standing: int


class CapRow(TypedDict):
    """A cap of the commitment `commitment_id`, or with null the provider's free collateral."""

    cap: str
    commitment_id: str | None
    limit: Decimal
    used: Decimal
    remaining: Decimal
    binds: bool
    window_starts_at: datetime | None
    window_ends_at: datetime | None


class CapacityRow(TypedDict):
    """What is left of a commitment for a book that is received at `as_of`."""

    commitment_id: str
    as_of: datetime
    assets: list[AssetCapacityRow]


class ClaimRow(TypedDict):
    """What a cover owes of a loss event."""

    id: str
    created_at: datetime
    cover_id: str
    loss_event_id: str
    trigger: str
    state: str
    asset: str
    counted: Decimal
    insured: Decimal
    added: Decimal
    copay: Decimal
    paid: Decimal
    copaid: Decimal
    disputed_amount: Decimal
    refused: Decimal
    reason: str
    decision: str
    answer_by: datetime
    decide_by: datetime | None
    due_by: datetime | None
    disputed_at: datetime | None
    paid_at: datetime | None
    overdue_at: datetime | None
    closed_at: datetime | None


class CollateralRow(TypedDict):
    """`id` is the transfer's."""

    id: str
    created_at: datetime
    provider_id: str
    asset: str
    amount: Decimal
    reference: str
    reason: str


class CommitmentRow(TypedDict):
    """`terms` are in force; `announced` ones will be, each from its `effective_at`. `version` is another whenever
    one of these is.
    """

    id: str
    created_at: datetime
    product_group: str | None
    instrument: str | None
    state: str
    state_reason: str
    active_at: datetime | None
    version: str
    terms: TermsRow
    announced: list[TermsRow]


class ContractRow(TypedDict):
    """The terms, byte by byte as they are signed: in canonical JSON they are part of `content_hash`. A contract by
    which insurers may not take over, cover margin calls, or lend, lacks what is said of that, and one whose limit
    does not move lacks `levels`.
    """

    cover_id: str
    venue_id: str
    group_id: str | None
    account: str
    asset: str
    triggers: list[str]
    attachment: Decimal
    limit: Decimal
    aggregate: Decimal
    quota_share: Decimal
    copay: Decimal
    funding_rate: Decimal
    hours_clause_seconds: int
    waiting_seconds: int
    term_seconds: int
    notice_seconds: int
    answer_seconds: int
    default_answer: str
    insurers: list[InsurerRow]
    premium: PremiumTermsRow
    take_edge_bps: NotRequired[Decimal]
    take_seconds: NotRequired[int]
    levels: NotRequired[dict[str, dict[str, Decimal]]]
    cure_interest_bps: NotRequired[Decimal]
    repay_seconds: NotRequired[int]
    repo_limit: NotRequired[Decimal]
    repo_haircut_bps: NotRequired[Decimal]
    repo_seconds: NotRequired[int]
    repo_interest_bps: NotRequired[Decimal]
    repo_fee_bps: NotRequired[Decimal]


class CostRow(TypedDict):
    """A request takes `cost` tokens of `bucket`. With an Idempotency-Key it takes one more, of `answers` or, where
    it takes something back, of `answers_of_cancels`. Bids by one call take `cost` for each auction.
    """

    method: str
    path: str
    bucket: str
    cost: int


class CoverRateRow(TypedDict):
    """The rate in force from `starts_at` on, and what made it."""

    starts_at: datetime
    rate_bps: Decimal
    limit: Decimal
    regime: str
    regime_factor: Decimal
    bucket: str
    rating_factor: Decimal
    used: Decimal


class CoverRow(TypedDict):
    """`content_hash` is sha256 of the sha256 of the text and the canonical JSON of `terms`, one after the other;
    `manage.py verify` computes it again. The cover stands for loss events that open from `covers_from` on and
    before `ends_at`, but for those that open while it is suspended, at most until `suspended_until`, and after that
    before `stands_from`; it lapses unless it is active by `lapses_at`.
    """

    id: str
    created_at: datetime
    state: str
    text: str
    terms: ContractRow
    content_hash: str
    signatures: list[CoverSignatureRow]
    pledges: list[PledgeRow]
    covered_limits: list[CoveredLimitRow]
    drawn: Decimal
    lapses_at: datetime
    offered_at: datetime | None
    signed_at: datetime | None
    active_at: datetime | None
    covers_from: datetime | None
    stands_from: datetime | None
    ends_at: datetime | None
    suspended_at: datetime | None
    suspended_until: datetime | None
    exhausted_at: datetime | None
    runoff_at: datetime | None
    ended_at: datetime | None
    warnings: list[CoverWarningRow] | None


class CoverSignatureRow(TypedDict):
    """A party's signature over `backstop-cover-v1` and the 32 bytes of `content_hash`: a provider's, or with null
    the venue's.
    """

    provider_id: str | None
    public_key: str
    signature: str


class CoverWarningRow(TypedDict):
    """What would refuse the activation of a cover."""

    code: str
    message: str


class CoveredLimitRow(TypedDict):
    """The limit for loss events that open from `starts_at` on, once it was known, and what made it."""

    starts_at: datetime
    known_at: datetime
    limit: Decimal
    level: Decimal
    regime: str
    bucket: str


class CureRepaymentRow(TypedDict):
    """What came back of it at once."""

    repaid_at: datetime
    principal: Decimal
    interest: Decimal
    reference: str


class CurveRow(TypedDict):
    """The edge over the seconds of the price clock, before the cap: by knots of [seconds, edge], linear between
    them; or with a price (1 - edge) of which `cut` is left after each second, or each `step_seconds`.
    """

    kind: str
    knots: NotRequired[list[list[Decimal]]]
    start_edge_bps: NotRequired[Decimal]
    cut: NotRequired[Decimal]
    step_seconds: NotRequired[Decimal]
    rise_bps: NotRequired[Decimal]


class CutBidRow(TypedDict):
    """Units of a bid that were not bought, as too dear for the whole bill. They stay firm, past the bid's
    `expires_at` too, for the lot's next Dutch auction (`auction_id`, once it is open), where they take by
    themselves at their edge (TAKEN), or else lapse.
    """

    id: str
    auction_id: str | None
    units: int
    least_units: int
    edge_bps: Decimal
    state: str
    held: Decimal
    take_id: str | None
    void_reason: str


class DebtsRow(TypedDict):
    """What the estate lacked, and who bore it."""

    lacked: Decimal
    repaid: Decimal
    paid_by_layers: Decimal
    covered_by_fund: Decimal
    lost: Decimal
    owed: Decimal


class DefaultRow(TypedDict):
    """`confirm_by`: it lapses then; `book_by`: the provider's book comes before, once it is confirmed."""

    id: str
    created_at: datetime
    provider_id: str
    state: str
    ground: str
    reason: str
    declared_at: datetime
    confirm_by: datetime
    confirmed_at: datetime | None
    book_by: datetime | None
    loss_event_id: str | None
    lapsed_at: datetime | None
    handled_at: datetime | None
    closed_at: datetime | None


class DeliveryRow(TypedDict):
    """A message that was queued for a webhook, and what became of it. Its `id` is the `webhook-id` that it is sent
    under, each time.
    """

    id: str
    created_at: datetime
    kind: str
    attempts: int
    attempted_at: datetime | None
    status: int | None
    problem: str
    due_at: datetime | None
    delivered_at: datetime | None
    given_up_at: datetime | None


class DriftRow(TypedDict):
    """What the marks gained for the account while its book waited, below zero lost; rounded down, and in no sum:
    the movements have it.
    """

    sold: Decimal
    waiting: Decimal | None


class DrillRecordRow(TypedDict):
    """How a provider that was invited did. The `quality` is null until the drill is over."""

    provider_id: str
    provider: str
    balance: Decimal
    answered_at: datetime | None
    answer_seconds: Decimal | None
    quality: str | None


class DrillRow(TypedDict):
    """A drill; `book_id` and `reference` are for the venue: a provider gets null, in `records` its own alone, and
    as `reason` the same whatever it was broken off for.
    """

    id: str
    created_at: datetime
    state: str
    asset: str
    book_id: str | None
    reference: str | None
    product_groups: list[str]
    opened_at: datetime
    ended_at: datetime | None
    reason: str
    records: list[DrillRecordRow]


class EarnedRow(TypedDict):
    """What an insurer has earned of the premium."""

    provider_id: str
    earned: Decimal


class ExposureRoomRow(TypedDict):
    """What the provider's cluster holds, awards that are not settled included, and has `offered` at the most by its
    live bids and readiness, within the limits that its venue sets. `remaining` is how much more of one instrument
    it may be given, whichever way that points; what lowers both sums may be more. Without `gross` and `net`, and
    with nothing remaining, where something that it holds was never marked.
    """

    gross: Decimal | None
    net: Decimal | None
    offered: Decimal
    gross_limit: Decimal | None
    gross_binds: bool
    net_limit: Decimal | None
    net_binds: bool
    remaining: Decimal


class ExposureRow(TypedDict):
    """`reported_at` null: the venue does not say, or not any more, and `equity` is the margin that was delivered
    and the profit of what is held since the marks of its awards, against no requirement.
    """

    asset: str
    equity: Decimal
    requirement: Decimal
    reported_at: datetime | None
    included_sequence: int | None
    holdings: list[GroupExposureRow]


class FaultOfProblem(TypedDict):
    """One thing that is wrong with what was sent."""

    pointer: str
    code: str
    message: str


class FaultRow(TypedDict):
    """`held` is what is held for it now. `amount` is what it costs where it stands, of which `to_estate` is the
    estate's and the rest the fund's; null until it is counted. `book_id` is for the venue: a provider gets null.
    """

    id: str
    created_at: datetime
    state: str
    award_id: str
    provider_id: str
    book_id: str | None
    asset: str
    held: Decimal
    drift_until: datetime
    amount: Decimal | None
    to_estate: Decimal | None
    contestable_at: datetime | None
    contest_until: datetime | None
    contested_at: datetime | None
    contest_reason: str
    decide_until: datetime | None
    decision_reason: str
    upheld_at: datetime | None
    dismissed_at: datetime | None


class FeeScheduleRow(TypedDict):
    """What is paid for service in a product group from a month on."""

    id: str
    created_at: datetime
    product_group: str
    asset: str
    version: int
    effective_at: datetime
    standby_rate_bps: Decimal
    budget: Decimal
    standby_edge_bps: Decimal
    rebate_bps: Decimal
    min_presence: Decimal
    min_answers: Decimal
    reason: str


class ForeseenLotRow(TypedDict):
    """A lot, and what commitments would take of it if they took now."""

    units: int
    notional: Decimal
    first_step: str
    committed_units: int
    edge_bps: Decimal | None


class ForeseenMarketRow(TypedDict):
    """What the book has of a product group, and whether its market would take that."""

    product_group: str
    notional: Decimal
    depth: Decimal | None
    takes: bool | None


class ForeseenRow(TypedDict):
    """What would become of a book if it came now, as far as it is known before anybody bids."""

    markets: list[ForeseenMarketRow]
    lots: list[ForeseenLotRow]


class FundPartRow(TypedDict):
    """What the venue's insurance fund did for the book."""

    units_taken: int
    edge_earned: Decimal
    advanced: Decimal
    advances_repaid: Decimal
    debt_covered: Decimal


class GroupExposureRow(TypedDict):
    """`product_group` by code; notionals at marks, of what was ever marked."""

    product_group: str
    gross: Decimal
    net: Decimal


class HoldingRow(TypedDict):
    """`quantity` is what was reported, with later settlements and awards under way on top."""

    instrument: str
    reported_quantity: Decimal
    quantity: Decimal


class HoldingsRow(TypedDict):
    """All that a provider holds."""

    provider_id: str
    included_sequence: int
    holdings: list[HoldingRow]


class InShortRow(TypedDict):
    """A month in one asset: awards, and what came in, less what went out, by what it was for."""

    asset: str
    awards: int
    notional: Decimal
    edges: Decimal
    service: Decimal
    premiums: Decimal
    losses_and_claims: Decimal


class InstantRow(TypedDict):
    """The edge at an instant."""

    at: datetime
    edge_bps: Decimal


class InstrumentRow(TypedDict):
    """Quantities are multiples of `quantity_step`; `margin_rate` is a fraction of notional, in `settlement_asset`.
    No book is received with one that is not listed.
    """

    id: str
    created_at: datetime
    symbol: str
    kind: str
    product_group: str
    settlement_asset: str
    quantity_step: Decimal
    margin_rate: Decimal
    is_listed: bool


class InsurerRow(TypedDict):
    """What of all that the insurers pay one of them pays."""

    provider_id: str
    parts: int


class InventoryRow(TypedDict):
    """`quantity` is long above zero, short below; awards under way are in it. `mark` is what it was last valued at,
    `age_seconds` that of the oldest take-over of which something is left, `result` that of all of these.
    """

    id: str
    created_at: datetime
    instrument: str
    quantity: Decimal
    mark: str | None
    age_seconds: int | None
    result: str
    take_overs: list[TakeOverRow]


class KeptPositionRow(TypedDict):
    """A part of a position that stays with the account."""

    instrument: str
    side: str
    quantity: Decimal
    entry_price: Decimal | None
    accrued: Decimal
    mark_price: Decimal
    notional: Decimal


class KeptRow(TypedDict):
    """What stays with the account, at the marks of the intake; cash below zero is what it still owes."""

    cash: Decimal
    equity: Decimal
    positions: list[KeptPositionRow]


class KinkRow(TypedDict):
    """The factor of the use: straight from `unused` to `at_kink`, which is reached at `kink`, and on to `used_up`."""

    kink: Decimal
    unused: Decimal
    at_kink: Decimal
    used_up: Decimal


class LayerRow(TypedDict):
    """One layer: whose money, and what of it at most for one event and for the events of 24 hours."""

    rank: int
    kind: str
    per_event: Decimal | None
    per_24h: Decimal | None
    target: Decimal | None
    method: str | None


class LegRow(TypedDict):
    """A position of the lot: `quantity` is that of all `lot_units`; units differ by at most a `quantity_step`."""

    instrument: str
    kind: str
    product_group: str
    side: str
    quantity: Decimal
    quantity_step: Decimal
    margin_rate: Decimal


class LimitsOfKeyRow(TypedDict):
    """How often a key may ask, and what each address costs."""

    buckets: list[BucketRow]
    costs: list[CostRow]


class LossAddendRow(TypedDict):
    """What the event cost more: by a book, as it closed, or by what the fund took over of all of them."""

    id: str
    created_at: datetime
    kind: str
    subject_id: str
    asset: str
    amount: Decimal
    advances: Decimal
    owed: Decimal


class LossCostRow(TypedDict):
    """What a loss event cost in an asset."""

    asset: str
    amount: Decimal
    owed: Decimal


class LossEventRow(TypedDict):
    """`groups` are its cluster as it opened, `cluster` the first of them; null where the `account` (or nothing)
    says whose failure it is. Books join until `takes_until`; it is final at `final_by` at the latest. What it costs
    is paid by its `layers`, in order.
    """

    id: str
    created_at: datetime
    kind: str
    state: str
    cluster: str | None
    groups: list[str]
    account: str
    opened_at: datetime
    hours_clause_seconds: int
    takes_until: datetime
    final_by: datetime
    counting_at: datetime | None
    final_at: datetime | None
    book_count: int
    plan_version: int
    layers: list[LayerRow]
    costs: list[LossCostRow]
    paid: list[LossSumRow]
    returned: list[LossSumRow]


class LossPaymentRow(TypedDict):
    """Who paid how much of an addend; `provider_id` where it is a provider's money."""

    id: str
    created_at: datetime
    addend_id: str
    layer: str
    provider_id: str | None
    claim_id: str | None
    asset: str
    amount: Decimal


class LossPlanRow(TypedDict):
    """Version 0 is that of every venue that set none. What comes before the first tranche is used before a loss is
    counted.
    """

    version: int
    set_at: datetime | None
    layers: list[LayerRow]


class LossRecoveryRow(TypedDict):
    """What came back: who paid last is made whole first."""

    id: str
    created_at: datetime
    assessment_id: str | None
    asset: str
    amount: Decimal
    reference: str
    reason: str


class LossReturnRow(TypedDict):
    """Who has back how much of a recovery: `provider_id` where it is a provider, `fill_id` where it is an account
    of the venue that gave so much.
    """

    id: str
    created_at: datetime
    recovery_id: str
    layer: str
    provider_id: str | None
    fill_id: str | None
    asset: str
    amount: Decimal


class LossSumRow(TypedDict):
    """What a layer paid in an asset, or has back, in all."""

    asset: str
    layer: str
    amount: Decimal


class LotRow(TypedDict):
    """A part of a book that is placed as one."""

    id: str
    book_version: int
    ordinal: int
    product_group: str | None
    units: int
    notional: Decimal
    budget: BudgetRow
    ended_at: datetime | None
    steps: list[StepRow]


class MarginCallRow(TypedDict):
    """An account that lacked an amount, which a cover's insurers might pay."""

    id: str
    created_at: datetime
    cover_id: str
    account: str
    group_id: str | None
    asset: str
    amount: Decimal
    reference: str
    state: str
    answer_by: datetime
    cured_by: str | None
    cured_at: datetime | None
    repay_by: datetime | None
    left: Decimal
    interest: Decimal
    repayments: list[CureRepaymentRow]
    lapsed_at: datetime | None
    repaid_at: datetime | None
    expired_at: datetime | None


class MarketConditionsRow(TypedDict):
    """How the market of a product group is, and its regime."""

    product_group: str
    regime: str
    began_at: datetime
    reported_at: datetime
    depth: Decimal
    spread_bps: Decimal
    volatility_bps: Decimal
    stale_share: Decimal


class MarkoutRow(TypedDict):
    """An award some minutes later. Without marks in force at the `instant`, the first within a minute after it
    count; where there were none, `judged_at` is known, and `marks_at` and what follows from them null.
    """

    id: str
    created_at: datetime
    provider_id: str
    award_id: str
    settlement_state: str
    minutes: int
    instant: datetime
    due_at: datetime
    judged_at: datetime | None
    marks_at: datetime | None
    marks: dict[str, str] | None
    notional: Decimal
    edge_bps: Decimal
    adverse_bps: Decimal | None
    kept_bps: Decimal | None
    winners_curse: bool | None


class MarksTaken(TypedDict):
    """How many marks were set."""

    taken: int


class MeRow(TypedDict):
    """Whose key this is."""

    key: str
    label: str
    scopes: list[str]
    networks: list[str]
    expires_at: datetime | None
    venue: str
    venue_id: str
    provider_id: str | None
    provider: str | None
    state: str | None


class MonthOfAccountRow(TypedDict):
    """An account in a month."""

    asset: str
    kind: str
    opening: Decimal
    closing: Decimal
    movements: list[MovedForRow]


class MonthStatementRow(TypedDict):
    """A month of a provider's money."""

    month: str
    starts_at: datetime
    ends_at: datetime
    under_way: bool
    in_short: list[InShortRow]
    accounts: list[MonthOfAccountRow]


class MonthsRow(TypedDict):
    """The months that there is a statement of."""

    months: list[str]


class MovedForRow(TypedDict):
    """What moved into an account and out of it for one purpose."""

    purpose: str
    meaning: str
    came: Decimal
    went: Decimal


class MovementRow(TypedDict):
    """One transfer: what it brought into the estate and into the debt, below zero took out."""

    at: datetime
    purpose: str
    meaning: str
    sale_id: str | None
    estate: Decimal
    debt: Decimal


class NoticeRow(TypedDict):
    """Since when a provider is obliged for nothing new."""

    guarantee_left_at: datetime | None


class NotionalCapRow(TypedDict):
    """A cap of the venue, or of one of its product groups, on the notional in auctions at once."""

    product_group: str | None
    limit: Decimal
    outstanding: Decimal


class ObligationRow(TypedDict):
    """A provider that had contributed as the event opened: by so much it pays what is left at its end, the earlier
    the worse it bid.
    """

    id: str
    created_at: datetime
    provider_id: str
    loss_event_id: str
    asset: str
    contribution: Decimal
    quality: str


class PendingRow(TypedDict):
    """Nothing happened yet: another person has to confirm it."""

    approval: ApprovalRow


class PlacedBidRow(TypedDict):
    """What it offers is null until the auction is decided, and for ever where it was taken back or void by then;
    `digest` commits to it. A commitment's bid names it. `cut` is what the auction cut back of it, if anything.
    """

    id: str
    created_at: datetime
    auction_id: str
    drill: bool
    client_bid_id: str
    commitment_id: str | None
    state: str
    round: int
    improves_id: str | None
    firm: bool
    digest: str
    units: int | None
    edge_bps: Decimal | None
    inverse_edge_bps: Decimal | None
    all_or_none: bool | None
    min_units: int | None
    max_units: int
    max_pay_bps: Decimal
    max_drift_bps: Decimal | None
    held: Decimal
    expires_at: datetime | None
    cancelled_at: datetime | None
    must_reconfirm: bool
    reconfirmed_at: datetime | None
    voided_at: datetime | None
    void_reason: str
    cut: CutBidRow | None
    receipt: ReceiptRow | None
    warning: WarningRow | None


class PlacedBidsRow(TypedDict):
    """What became of each bid, and a receipt for those that were placed."""

    data: list[PlacedRow]
    receipt: ReceiptRow | None


class PlacedRow(TypedDict):
    """What became of one item, by its place in the list: `bid`, maybe with a `warning`, or `error`; both where it
    was placed before and is void.
    """

    index: int
    client_bid_id: str | None
    bid: NotRequired[BidRow]
    warning: NotRequired[WarningRow]
    error: NotRequired[RefusalRow]


class PledgeRow(TypedDict):
    """What an insurer has held of its collateral for the cover, what it lacks of what that asks for, and how much
    more is to be free before the cover's limit rises.
    """

    provider_id: str
    held: Decimal
    lacking: Decimal
    wanted: Decimal


class PoolRow(TypedDict):
    """What a vault is worth, and whose it is. `is_known` false: the venue has not said what its equity is with all
    its settlements, deposits wait, and this stands in for it.
    """

    assets: Decimal
    collateral: Decimal
    supply: Decimal
    leaving: Decimal
    is_known: bool


class PositionRow(TypedDict):
    """`lot` is the ordinal of the lot that it went into, null until the book is routed.

    A position whose lot is cut for its size stands here once for each of the lots, with what of it is in there.
    """

    book_version: int
    instrument: str
    side: str
    lot: int | None
    quantity: Decimal
    entry_price: Decimal | None
    accrued: Decimal
    mark_price: Decimal
    notional: Decimal


class PremiumRow(TypedDict):
    """What a cover costs: `charged` so far, to whom, by which rates, and what is `left` of what was paid in
    advance. It is charged again at `due_at`; since `empty_at` less is left than was due. What was lacking at the
    cover's end is `owed`.
    """

    cover_id: str
    asset: str
    left: Decimal
    charged: Decimal
    owed: Decimal
    due_at: datetime | None
    empty_at: datetime | None
    insurers: list[EarnedRow]
    rates: list[CoverRateRow]


class PremiumTermsRow(TypedDict):
    """What the cover costs: its tariff, and a factor for each regime and rating."""

    tariff: TariffRow
    by_regime: dict[str, Decimal]
    by_rating: dict[str, Decimal]
    grace_seconds: int


class ProblemRow(TypedDict):
    """What a code means, wherever it stands."""

    type: str
    code: str
    status: int
    title: str
    detail: str


class PromisedRow(TypedDict):
    """A bid that will stand in its auction's transcript, and its inclusion path (RFC 6962) under the receipt's
    root.
    """

    auction_id: str
    received_at: datetime
    digest: str
    index: int
    path: list[str]


class ProviderRow(TypedDict):
    """Somebody who may take part, and how it stands."""

    id: str
    created_at: datetime
    name: str
    group_id: str
    group: str
    state: str
    state_reason: str
    faults: int
    terms_version: str | None
    terms_accepted_at: datetime | None


class QuoteRow(TypedDict):
    """At the marks of `at`. `units` is what a take of as many as you asked for would get; it needs `margin_needed`.

    `access_from` is when your own time begins. `schedule` has the knots ahead of a PIECEWISE curve, of other curves
    the next steps or seconds, up to the cap or the close.
    """

    at: datetime
    book_version: int
    units: int
    units_left: int
    valid_sizes: list[SizesRow]
    edge_bps: Decimal
    margin_needed: Decimal
    margin_free: Decimal
    access: bool
    access_from: datetime
    closes_at: datetime
    schedule: list[InstantRow]


class ReadinessRow(TypedDict):
    """`units_left` is what your own takes, and then the auction's end, have left of `units`; `take_id` what that
    end gave you, and `end_reason` why it was no more.
    """

    id: str
    created_at: datetime
    auction_id: str
    drill: bool
    client_bid_id: str
    units: int
    units_left: int
    state: str
    held: Decimal
    max_drift_bps: Decimal | None
    marks: dict[str, Decimal] | None
    take_id: str | None
    reconfirmed_at: datetime | None
    void_reason: str
    end_reason: str


class ReceiptRow(TypedDict):
    """A signed promise (Ed25519) for all bids that one call placed. Keep it for `manage.py verify`."""

    bids: list[PromisedRow]
    size: int
    root: str
    public_key: str
    signature: str


class ReceivedBookRow(TypedDict):
    """A book that was handed in. `foreseen` is what a dry run tells besides: null otherwise, where more books are
    sent than it tells of, of one that is routed already, and in an outage.
    """

    id: str
    reference: str
    account: str
    owner_group: str | None
    state: str
    drill: bool
    asset: str
    playbook_version: int
    loss_event_id: str | None
    version: int
    received_at: datetime
    cure_ends_at: datetime
    amended_at: datetime | None
    routed_at: datetime | None
    closed_at: datetime | None
    withdrawn_at: datetime | None
    withdrawal_reason: str
    target_margin_ratio: Decimal | None
    kept: KeptRow | None
    cash: Decimal
    equity: Decimal
    notional: Decimal
    fee: Decimal
    residual: Decimal
    foreseen: ForeseenRow | None


class ReconfirmedRow(TypedDict):
    """`bids`: how many of your live bids in the auction stand now."""

    bids: int


class ReferenceRow(TypedDict):
    """What the sources of an instrument say together."""

    instrument: str
    price: Decimal | None
    jumped_to: Decimal | None
    marked_at: datetime | None
    min_sources: int
    sources: list[SourceRow]


class RefusalRow(TypedDict):
    """Why an item was refused."""

    code: str
    message: str
    errors: NotRequired[list[FaultOfProblem]]


class RepoRepaymentRow(TypedDict):
    """What came back of it at once."""

    repaid_at: datetime
    principal: Decimal
    interest: Decimal
    paid_by: str
    reference: str


class RepoRow(TypedDict):
    """What a cover's insurers lent to the fund, against its inventory."""

    id: str
    created_at: datetime
    cover_id: str
    asset: str
    amount: Decimal
    instrument: str
    quantity: Decimal
    price: Decimal
    reference: str
    state: str
    drawn_at: datetime
    due_at: datetime
    pledged: Decimal
    left: Decimal
    interest: Decimal
    written_off: Decimal
    repayments: list[RepoRepaymentRow]
    overdue_at: datetime | None
    repaid_at: datetime | None
    written_off_at: datetime | None


class ServiceAnswerRow(TypedDict):
    """A lot that a provider was asked for, on the day on which it ended."""

    id: str
    created_at: datetime
    product_group: str
    schedule_id: str
    day: str
    auction_id: str
    asked_at: datetime
    answered: bool


class ServiceDayRow(TypedDict):
    """A day: for how long a provider stood ready, and with how much."""

    id: str
    created_at: datetime
    product_group: str
    schedule_id: str
    day: str
    present_seconds: Decimal
    capacity: Decimal


class ServiceRebateRow(TypedDict):
    """What was taken of one book, and what that earns."""

    id: str
    created_at: datetime
    notional: Decimal
    amount: Decimal


class ServiceStatementRow(TypedDict):
    """A month: what its days and answers come to, and what was paid for it."""

    id: str
    created_at: datetime
    product_group: str
    schedule_id: str
    asset: str
    month: str
    seconds: int
    present_seconds: Decimal
    asked: int
    answered: int
    active: bool
    grade: str
    standby_due: Decimal
    standby_paid: Decimal
    rebates_due: Decimal
    rebates_paid: Decimal


class SettlementRow(TypedDict):
    """`book_id` and `reference` are for the venue: a provider gets null."""

    id: str
    created_at: datetime
    state: str
    award_id: str
    provider_id: str | None
    book_id: str | None
    reference: str | None
    drill: bool
    asset: str
    units: int
    edge_bps: Decimal
    notional: Decimal
    confirm_by: datetime | None
    sequence: int | None
    reason: str
    fault: str
    confirmed_at: datetime | None
    settled_at: datetime | None
    rejected_at: datetime | None
    expired_at: datetime | None


class SigningKeyRow(TypedDict):
    """What receipts and transcripts are verified with."""

    algorithm: str
    public_key: str


class SizesRow(TypedDict):
    """From `first` to `last` units, both included."""

    first: int
    last: int


class SoldLegRow(TypedDict):
    """A part of a position that was sold."""

    instrument: str
    side: str
    quantity: Decimal
    intake_mark: Decimal
    mark: Decimal


class SoldUnitsRow(TypedDict):
    """Units of the lot that went to a provider, to the venue's insurance fund, or back to the venue."""

    id: str
    at: datetime
    beneficiary: str
    state: str
    settled_at: datetime | None
    units: int
    notional: Decimal
    edge_bps: Decimal
    edge: Decimal | None
    drift: Decimal
    legs: list[SoldLegRow]


class SourceRow(TypedDict):
    """What one source said last."""

    source: str
    price: Decimal
    marked_at: datetime
    age_seconds: int
    standing: str
    deviation_bps: Decimal | None


class StandsReadyRow(TypedDict):
    """How many units stand now."""

    units: int


class StatementLotRow(TypedDict):
    """What became of one lot."""

    ordinal: int
    product_group: str | None
    units: int
    steps: list[StatementStepRow]


class StatementRow(TypedDict):
    """A book from its intake to what was left of it. All amounts but drift are exact.

    The movements are all transfers of its estate and of its debt: their sums are `in_estate` and `owed`. Without
    those of the purposes KEPT_ADVANCED and RESIDUAL they sum to `residual`, what is left to the owner; below zero
    the owner made it good. While it is `provisional`, all of it is as of now.
    """

    book_id: str
    reference: str
    account: str
    drill: bool
    asset: str
    state: str
    version: int
    provisional: bool
    as_of: datetime
    received_at: datetime
    closed_at: datetime | None
    cash: Decimal
    equity: Decimal
    notional: Decimal
    positions: list[PositionRow]
    kept: KeptRow | None
    lots: list[StatementLotRow]
    drift: DriftRow
    edges: Decimal
    fund: FundPartRow
    debts: DebtsRow
    fee: Decimal
    movements: list[MovementRow]
    sums: list[SumRow]
    in_estate: Decimal
    residual: Decimal


class StatementStepRow(TypedDict):
    """What became of a lot in one step."""

    round: int
    kind: str
    state: str
    began_at: datetime
    ended_at: datetime | None
    units_in: int
    units_placed: int
    sales: list[SoldUnitsRow]


class StepRow(TypedDict):
    """One stage, in one of the lot's rounds: what came in, what was placed, at what worst edge, and by which
    awards.

    A step that is READY since `queued_at` waits until `waits_for` has room for it, at the latest until `due_at`:
    then its units go on to the next stage.
    """

    id: str
    round: int
    kind: str
    state: str
    due_at: datetime
    queued_at: datetime | None
    waits_for: NotionalCapRow | None
    ended_at: datetime | None
    units_in: int
    units_placed: int
    worst_edge_bps: Decimal | None
    auction_id: str | None
    awards: list[BookAwardRow]


class SuccessorRow(TypedDict):
    """The key that comes next."""

    key_id: str
    public_key: str
    replaces: str
    both_until: datetime
    expires_at: datetime | None


class SumRow(TypedDict):
    """All movements of one purpose."""

    purpose: str
    meaning: str
    estate: Decimal
    debt: Decimal


class SwitchRow(TypedDict):
    """When the bids of a provider are taken back unless it calls again."""

    heard_at: datetime
    cancels_at: datetime | None


class TakeOverRow(TypedDict):
    """What the fund took over of a book, at `cost`, and what is left of it: sold oldest first. `result` is what it
    gained until its `mark`, less what its sales cost; `unpaid` a loss that the fund cannot bear yet.
    """

    id: str
    created_at: datetime
    book_id: str
    side: str
    quantity: Decimal
    quantity_left: Decimal
    cost: Decimal
    mark: Decimal
    result: Decimal
    unpaid: Decimal


class TakeRow(TypedDict):
    """Units that were taken, and at which edge."""

    id: str
    created_at: datetime
    auction_id: str
    drill: bool
    client_bid_id: str
    max_units: int
    min_units: int
    edge_floor_bps: Decimal | None
    book_version: int | None
    units: int
    edge_bps: Decimal


class TakenOverRow(TypedDict):
    """What an insurer took over: an award for each part of the lot."""

    awards: list[AwardRow]


class TariffRow(TypedDict):
    """What a rate is made of, in basis points a year."""

    base_bps: Decimal
    floor_bps: Decimal
    cap_bps: Decimal
    max_step_bps: Decimal
    use: KinkRow


class TermsRow(TypedDict):
    """Null is left to the provider's wider commitment."""

    effective_at: datetime
    sides: str | None
    min_edge_bps: Decimal | None
    cap_per_assignment: Decimal | None
    cap_held: Decimal | None
    window_capacity: Decimal | None
    window_seconds: int | None
    calendar: str | None
    starts_at: datetime | None
    ends_at: datetime | None


class TimeRow(TypedDict):
    """What time it is for whoever waits for a deadline."""

    now: datetime


class TransferRow(TypedDict):
    """An amount that moved from the debit account to the credit account, each named by its kind."""

    id: str
    created_at: datetime
    asset: str
    debit: str
    credit: str
    amount: Decimal
    purpose: str
    subject_id: str


class VaultDepositRow(TypedDict):
    """A deposit; while it waits, and once it lapsed, its money is outside, and it has no shares."""

    id: str
    created_at: datetime
    vault_id: str
    depositor: str
    amount: Decimal
    reference: str
    state: str
    shares: Decimal
    take_by: datetime
    taken_at: datetime | None
    lapsed_at: datetime | None


class VaultRow(TypedDict):
    """A vault; `pool` null: it is another provider's."""

    id: str
    created_at: datetime
    provider_id: str
    provider: str
    asset: str
    calm_edge_bps: Decimal
    stressed_edge_bps: Decimal
    halted_edge_bps: Decimal
    max_loss_bps: int
    notice_seconds: int
    suspended_for: str | None
    ended_at: datetime | None
    pool: PoolRow | None


class VaultWithdrawalRow(TypedDict):
    """Shares that leave. `shares_left` of them stand in the queue, and bear losses; none of them is paid before the
    loss event that they wait for is final. Once it is RETURNED they leave no more.
    """

    id: str
    created_at: datetime
    vault_id: str
    depositor: str
    shares: Decimal
    shares_left: Decimal
    amount_paid: Decimal
    reference: str
    state: str
    due_at: datetime
    waits_for: str | None
    paid_at: datetime | None
    cancelled_at: datetime | None
    returned_at: datetime | None


class WarningRow(TypedDict):
    """What keeps a bid that is placed from being given anything, `edge_above_reserve`, or all that it asks for,
    `units_above_limit`: then `units` are how many fit within the venue's limits of exposure, the provider's other
    live bids in the auction counted with it. That is looked at when the answer is given, also again, and in no dry
    run.
    """

    code: str
    message: str
    units: NotRequired[int]


class WebhookRow(TypedDict):
    """An endpoint of yours, and how it is."""

    id: str
    created_at: datetime
    url: str
    kinds: list[str]
    description: str
    is_enabled: bool
    disabled_at: datetime | None
    disabled_reason: str
    failures: int
    failing_since: datetime | None


class WebhookWithSecretRow(TypedDict):
    """The webhook, and what its messages are signed with."""

    id: str
    created_at: datetime
    url: str
    kinds: list[str]
    description: str
    is_enabled: bool
    disabled_at: datetime | None
    disabled_reason: str
    failures: int
    failing_since: datetime | None
    secret: str | None
