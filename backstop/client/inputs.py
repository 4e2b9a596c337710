"""What the API takes. Made from its document by `make documents`: change nothing here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NotRequired, TypedDict


class AcceptanceInput(TypedDict):
    """A version of the terms."""

    version: str


class AmendmentInput(TypedDict):
    """The whole book as it is now: what is not said again is gone. Its reference stays."""

    reference: str
    account: NotRequired[str]
    owner_group: NotRequired[str]
    cash: NotRequired[Decimal | str]
    target_margin_ratio: NotRequired[Decimal | str | None]
    positions: Sequence[PositionInput]
    expected_version: int


class BidAnywhereInput(TypedDict):
    """A bid that names its auction."""

    client_bid_id: str
    units: int
    edge_bps: Decimal | str
    inverse_edge_bps: NotRequired[Decimal | str]
    all_or_none: NotRequired[bool]
    min_units: NotRequired[int]
    max_units: NotRequired[int]
    max_pay_bps: NotRequired[Decimal | str]
    max_drift_bps: NotRequired[Decimal | str]
    expires_at: NotRequired[datetime | str]
    improves: NotRequired[str]
    auction_id: str


class BidInput(TypedDict):
    """Up to `units` at `edge_bps` (below zero: you pay). The maxima decide what is held, and are not sealed.

    With `all_or_none`, or `min_units` above one, it takes that many units or none.
    """

    client_bid_id: str
    units: int
    edge_bps: Decimal | str
    inverse_edge_bps: NotRequired[Decimal | str]
    all_or_none: NotRequired[bool]
    min_units: NotRequired[int]
    max_units: NotRequired[int]
    max_pay_bps: NotRequired[Decimal | str]
    max_drift_bps: NotRequired[Decimal | str]
    expires_at: NotRequired[datetime | str]
    improves: NotRequired[str]


class BidsAnywhereInput(TypedDict):
    """Several bids, each of which names its auction."""

    bids: Sequence[BidAnywhereInput | SealedBidAnywhereInput]
    atomic: NotRequired[bool]


class BidsInput(TypedDict):
    """Several bids in one auction."""

    bids: Sequence[BidInput | SealedBidInput]
    atomic: NotRequired[bool]


class BookInput(TypedDict):
    """One liquidated account. `reference` is the venue's own: it is taken in once."""

    reference: str
    account: NotRequired[str]
    owner_group: NotRequired[str]
    cash: NotRequired[Decimal | str]
    target_margin_ratio: NotRequired[Decimal | str | None]
    positions: Sequence[PositionInput]


class BooksInput(TypedDict):
    """Several books."""

    books: Sequence[BookInput]


class CollateralInput(TypedDict):
    """Collateral in, or with an amount below zero out."""

    asset: str
    amount: Decimal | str
    reference: str
    provider_id: str
    reason: NotRequired[str]


class CommitmentInput(TypedDict):
    """A standing bid for a product group, an instrument, or without either for the whole venue."""

    sides: NotRequired[str | None]
    min_edge_bps: NotRequired[Decimal | str | None]
    cap_per_assignment: NotRequired[Decimal | str | None]
    cap_held: NotRequired[Decimal | str | None]
    window_capacity: NotRequired[Decimal | str | None]
    window_seconds: NotRequired[int | None]
    calendar: NotRequired[str | None]
    starts_at: NotRequired[datetime | str | None]
    ends_at: NotRequired[datetime | str | None]
    product_group: NotRequired[str | None]
    instrument: NotRequired[str | None]


class ContestInput(TypedDict):
    """Why the fault was none."""

    reason: str


class ContributionInput(TypedDict):
    """What a provider contributes to the guarantee."""

    asset: str
    amount: Decimal | str
    reference: str
    provider_id: str
    reason: str


class CoverSignatureInput(TypedDict):
    """A party's signature of a contract."""

    public_key: str
    signature: str


class DisputeInput(TypedDict):
    """What is not owed, and why."""

    disputed_amount: Decimal | str
    reason: str


class DrillInput(TypedDict):
    """A book as it would be sent for real. `reference` is the venue's own, and no other book's: it is taken in
    once.
    """

    reference: str
    account: NotRequired[str]
    owner_group: NotRequired[str]
    cash: NotRequired[Decimal | str]
    target_margin_ratio: NotRequired[Decimal | str | None]
    positions: Sequence[PositionInput]


class ExposureInput(TypedDict):
    """Where a provider stands at the venue, in one asset."""

    asset: str
    equity: Decimal | str
    requirement: Decimal | str
    included_sequence: int


class HoldingInput(TypedDict):
    """What a provider holds of one instrument."""

    instrument: str
    quantity: Decimal | str


class HoldingsInput(TypedDict):
    """All that a provider holds."""

    included_sequence: int
    holdings: Sequence[HoldingInput]


class ListAssessments(TypedDict, total=False):
    """What `listAssessments` may be asked for."""

    limit: int
    since: datetime | str
    state: str
    until: datetime | str


class ListAuctions(TypedDict, total=False):
    """What `listAuctions` may be asked for."""

    instrument: str
    kind: str
    limit: int
    product_group: str
    since: datetime | str
    state: str
    until: datetime | str


class ListAwards(TypedDict, total=False):
    """What `listAwards` may be asked for."""

    auction_id: str
    kind: str
    limit: int
    settlement_state: str
    since: datetime | str
    until: datetime | str


class ListBalances(TypedDict, total=False):
    """What `listBalances` may be asked for."""

    limit: int


class ListBids(TypedDict, total=False):
    """What `listBids` may be asked for."""

    auction_id: str
    client_bid_id: str
    limit: int
    since: datetime | str
    state: str
    until: datetime | str


class ListBooks(TypedDict, total=False):
    """What `listBooks` may be asked for."""

    account: str
    limit: int
    loss_event_id: str
    reference: str
    since: datetime | str
    state: str
    until: datetime | str


class ListClaims(TypedDict, total=False):
    """What `listClaims` may be asked for."""

    limit: int
    since: datetime | str
    state: str
    until: datetime | str


class ListCommitments(TypedDict, total=False):
    """What `listCommitments` may be asked for."""

    limit: int
    since: datetime | str
    state: str
    until: datetime | str


class ListConditions(TypedDict, total=False):
    """What `listConditions` may be asked for."""

    limit: int


class ListCovers(TypedDict, total=False):
    """What `listCovers` may be asked for."""

    limit: int
    since: datetime | str
    state: str
    until: datetime | str


class ListDrills(TypedDict, total=False):
    """What `listDrills` may be asked for."""

    limit: int
    since: datetime | str
    state: str
    until: datetime | str


class ListFaults(TypedDict, total=False):
    """What `listFaults` may be asked for."""

    award_id: str
    limit: int
    since: datetime | str
    state: str
    until: datetime | str


class ListFeeSchedules(TypedDict, total=False):
    """What `listFeeSchedules` may be asked for."""

    limit: int
    since: datetime | str
    until: datetime | str


class ListInstruments(TypedDict, total=False):
    """What `listInstruments` may be asked for."""

    kind: str
    limit: int
    product_group: str
    since: datetime | str
    symbol: str
    until: datetime | str


class ListInventory(TypedDict, total=False):
    """What `listInventory` may be asked for."""

    instrument: str
    limit: int
    since: datetime | str
    until: datetime | str


class ListLossEventAddends(TypedDict, total=False):
    """What `listLossEventAddends` may be asked for."""

    limit: int
    since: datetime | str
    until: datetime | str


class ListLossEventPayments(TypedDict, total=False):
    """What `listLossEventPayments` may be asked for."""

    addend_id: str
    limit: int
    since: datetime | str
    until: datetime | str


class ListLossEventRecoveries(TypedDict, total=False):
    """What `listLossEventRecoveries` may be asked for."""

    limit: int
    since: datetime | str
    until: datetime | str


class ListLossEventReturns(TypedDict, total=False):
    """What `listLossEventReturns` may be asked for."""

    limit: int
    recovery_id: str
    since: datetime | str
    until: datetime | str


class ListLossEvents(TypedDict, total=False):
    """What `listLossEvents` may be asked for."""

    kind: str
    limit: int
    since: datetime | str
    state: str
    until: datetime | str


class ListMarginCalls(TypedDict, total=False):
    """What `listMarginCalls` may be asked for."""

    limit: int
    since: datetime | str
    state: str
    until: datetime | str


class ListMarkouts(TypedDict, total=False):
    """What `listMarkouts` may be asked for."""

    award_id: str
    limit: int
    minutes: int
    provider_id: str
    since: datetime | str
    until: datetime | str


class ListMarks(TypedDict, total=False):
    """What `listMarks` may be asked for."""

    instrument: str
    limit: int


class ListMeService(TypedDict, total=False):
    """What `listMeService` may be asked for."""

    limit: int
    since: datetime | str
    until: datetime | str


class ListMeServiceAnswers(TypedDict, total=False):
    """What `listMeServiceAnswers` may be asked for."""

    limit: int
    since: datetime | str
    until: datetime | str


class ListMeServiceDays(TypedDict, total=False):
    """What `listMeServiceDays` may be asked for."""

    limit: int
    since: datetime | str
    until: datetime | str


class ListMeServiceRebates(TypedDict, total=False):
    """What `listMeServiceRebates` may be asked for."""

    limit: int
    since: datetime | str
    statement_id: str
    until: datetime | str


class ListObligations(TypedDict, total=False):
    """What `listObligations` may be asked for."""

    limit: int
    loss_event_id: str
    quality: str
    since: datetime | str
    until: datetime | str


class ListProviders(TypedDict, total=False):
    """What `listProviders` may be asked for."""

    limit: int
    name: str
    since: datetime | str
    state: str
    until: datetime | str


class ListReadiness(TypedDict, total=False):
    """What `listReadiness` may be asked for."""

    auction_id: str
    client_bid_id: str
    limit: int
    since: datetime | str
    state: str
    until: datetime | str


class ListRepos(TypedDict, total=False):
    """What `listRepos` may be asked for."""

    limit: int
    since: datetime | str
    state: str
    until: datetime | str


class ListSettlements(TypedDict, total=False):
    """What `listSettlements` may be asked for."""

    award_id: str
    limit: int
    since: datetime | str
    state: str
    until: datetime | str


class ListTakes(TypedDict, total=False):
    """What `listTakes` may be asked for."""

    auction_id: str
    client_bid_id: str
    limit: int
    since: datetime | str
    until: datetime | str


class ListTransfers(TypedDict, total=False):
    """What `listTransfers` may be asked for."""

    limit: int
    purpose: str
    since: datetime | str
    subject_id: str
    until: datetime | str


class ListVaultDeposits(TypedDict, total=False):
    """What `listVaultDeposits` may be asked for."""

    depositor: str
    limit: int
    since: datetime | str
    state: str
    until: datetime | str


class ListVaultWithdrawals(TypedDict, total=False):
    """What `listVaultWithdrawals` may be asked for."""

    depositor: str
    limit: int
    since: datetime | str
    state: str
    until: datetime | str


class ListVaults(TypedDict, total=False):
    """What `listVaults` may be asked for."""

    limit: int
    since: datetime | str
    until: datetime | str


class ListWebhookDeliveries(TypedDict, total=False):
    """What `listWebhookDeliveries` may be asked for."""

    kind: str
    limit: int
    since: datetime | str
    until: datetime | str


class ListWebhooks(TypedDict, total=False):
    """What `listWebhooks` may be asked for."""

    limit: int
    since: datetime | str
    until: datetime | str


class MarketConditionsInput(TypedDict):
    """How the market of a product group is."""

    product_group: str
    at: NotRequired[datetime | str]
    depth: Decimal | str
    spread_bps: Decimal | str
    volatility_bps: Decimal | str
    stale_share: Decimal | str


class PatchedTermsInput(TypedDict):
    """What is left out is left as it is, or to the wider commitment; null leaves it to the wider one again."""

    sides: NotRequired[str | None]
    min_edge_bps: NotRequired[Decimal | str | None]
    cap_per_assignment: NotRequired[Decimal | str | None]
    cap_held: NotRequired[Decimal | str | None]
    window_capacity: NotRequired[Decimal | str | None]
    window_seconds: NotRequired[int | None]
    calendar: NotRequired[str | None]
    starts_at: NotRequired[datetime | str | None]
    ends_at: NotRequired[datetime | str | None]


class PatchedWebhookChangeInput(TypedDict):
    """What is left out stays as it is."""

    url: NotRequired[str]
    kinds: NotRequired[Sequence[str]]
    description: NotRequired[str]
    is_enabled: NotRequired[bool]


class PositionInput(TypedDict):
    """Spot is long and has no entry price."""

    instrument: str
    side: str
    quantity: Decimal | str
    entry_price: NotRequired[Decimal | str | None]
    accrued: NotRequired[Decimal | str]


class Quote(TypedDict):
    """What one source says of one instrument."""

    instrument: str
    price: Decimal | str
    marked_at: NotRequired[datetime | str]
    source: NotRequired[str]


class Quotes(TypedDict):
    """Prices of instruments, by source: all are taken, or none."""

    marks: Sequence[Quote]


class ReadinessInput(TypedDict):
    """You stand ready to take so many units before the auction ends, at its last edge: firm, and without a price."""

    client_bid_id: str
    units: int
    max_drift_bps: NotRequired[Decimal | str]


class ReasonInput(TypedDict):
    """Why."""

    reason: str


class RejectionInput(TypedDict):
    """Only a fault of the provider costs it."""

    reason: str
    fault: str


class RotationInput(TypedDict):
    """Which key comes next, and when this one ends."""

    public_key: str
    overlap_seconds: int


class SealedBidAnywhereInput(TypedDict):
    """A bid sealed by its provider that names its auction."""

    client_bid_id: str
    sealed_offer: str
    max_units: int
    max_pay_bps: Decimal | str
    max_drift_bps: NotRequired[Decimal | str]
    expires_at: NotRequired[datetime | str]
    auction_id: str


class SealedBidInput(TypedDict):
    """For an auction with `sealed_by` PROVIDER: the offer sealed to its `offer_public_key` (docs/sealed_bids.md).

    What is in it shows at the close alone, and is void beyond the two maxima, which decide what is held.
    """

    client_bid_id: str
    sealed_offer: str
    max_units: int
    max_pay_bps: Decimal | str
    max_drift_bps: NotRequired[Decimal | str]
    expires_at: NotRequired[datetime | str]


class SwitchInput(TypedDict):
    """How long a provider may be silent."""

    seconds: int


class TakeInput(TypedDict):
    """Up to `units`, at the edge of this instant. What else is sent guards you: it is refused where the edge is
    below `edge_floor_bps`, fewer than `min_units` can be taken, or the book is no longer of `book_version`.

    You get the largest valid size within `units`: from the auction's `min_take_units` to what leaves as many, or
    all.
    """

    client_bid_id: str
    units: int
    min_units: NotRequired[int]
    edge_floor_bps: NotRequired[Decimal | str]
    book_version: NotRequired[int]


class TakeOverInput(TypedDict):
    """How much of a lot an insurer takes over."""

    units: int


class VaultDepositInput(TypedDict):
    """What a depositor puts in."""

    depositor: str
    amount: Decimal | str
    reference: str


class VaultWithdrawalInput(TypedDict):
    """What a depositor wants to be paid for."""

    depositor: str
    shares: Decimal | str
    reference: str


class WebhookInput(TypedDict):
    """Where to be told of what."""

    url: str
    kinds: NotRequired[Sequence[str]]
    description: NotRequired[str]
