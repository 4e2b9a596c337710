"""Every kind of event of those who stand behind a venue: their money, keys, commitments and holdings.

Amounts are in units of the asset that is named beside them.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from backstop.events import ProviderEvent, PublicEvent, VenueEvent, catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyMoved(ProviderEvent):
    """Money came in through the venue (`amount` above zero) or went out: a provider's collateral, or the venue's own
    money in the `account` of that kind, its fund where that is empty. The subject is the movement, once for each
    `reference` of the venue."""

    asset: str
    amount: Decimal
    reference: str
    reason: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginDelivered(ProviderEvent):
    """Margin that release 0.2.0 kept here went where the positions are: into the provider's own account at the venue.
    The subject is the account that it stood in."""

    asset: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class FeesCollected(VenueEvent):
    """Fees or penalties (`account` says which) were moved into the insurance fund, or `into` the first tranche. The
    subject is the movement, once for each `reference` of the venue."""

    account: str
    asset: str
    amount: Decimal
    reference: str
    reason: str
    into: str = "FUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class _ApprovalEvent(VenueEvent):
    """`operation` needs two persons: of it so much is known, and who asked for it and why. The amount is in units of
    the asset, and both are null where no amount measures the risk."""

    operation: str
    asset: str | None
    amount: Decimal | None
    asked_by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAsked(_ApprovalEvent):
    """Something was asked for that another person has to confirm before `lapses_at`, or nothing becomes of it."""

    lapses_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalConfirmed(_ApprovalEvent):
    """Another person confirmed what was asked for, and it happened: what it says of itself comes after this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalWithdrawn(_ApprovalEvent):
    """Who asked for something took it back, and `why`."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalLimitSet(VenueEvent):
    """More than `amount` of the asset at once needs a second person from now on; null: one is enough for all."""

    asset: str
    amount: Decimal | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentTermsSet(PublicEvent):
    """An instrument has these terms from `effective_at` on, for books that are received then; what was announced for
    later is void. No book is received with one that is not listed."""

    instrument: str
    quantity_step: Decimal
    margin_rate: Decimal
    is_listed: bool
    effective_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkSetByHand(VenueEvent):
    """Somebody marked an instrument by hand: under `source`, which is theirs alone."""

    instrument: str
    price: Decimal
    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueTermsSet(PublicEvent):
    """From `effective_at` on a worse commitment has to be announced so long before, what the venue reports of exposure
    counts for so long, and a default is confirmed and its book sent within so long; what was announced for later is
    void. Events of before say the notice alone."""

    notice_seconds: int
    effective_at: datetime
    reason: str
    exposure_max_age_seconds: int | None = None
    default_confirm_seconds: int | None = None
    default_book_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentProposed(ProviderEvent):
    """A provider proposed a commitment, or its venue did so for it and why; it waits for approval."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentApproved(ProviderEvent):
    """A commitment was approved; it stands from `active_at` on."""

    active_at: datetime | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentChanged(ProviderEvent):
    """A provider changed the terms of its commitment; what gets worse for the venue does so after the notice."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentWithdrawn(ProviderEvent):
    """A provider withdrew its commitment, which ends at `ends_at`."""

    ends_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentSuspended(ProviderEvent):
    """A commitment was suspended: nothing more is taken from it."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentResumed(ProviderEvent):
    """A suspended commitment stands again."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityMoved(ProviderEvent):
    """Of a commitment's window, so much notional is `used` by now: awards took of it, or failed and gave it back."""

    window_starts_at: datetime
    used: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyIssued(ProviderEvent):
    """An API key was issued, to a provider or to the venue itself. `prefix` is the part of it that may be shown."""

    prefix: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCollected(ProviderEvent):
    """A member of its provider got the secret of an API key that was granted to it: nobody else has seen it."""

    prefix: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRegistered(ProviderEvent):
    """An API key has no secret: its requests are signed by the holder of this public key, in base64."""

    prefix: str
    scopes: tuple[str, ...]
    public_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRotated(ProviderEvent):
    """An API key has a successor for the same, whose public key this is, and itself ends at `expires_at`."""

    prefix: str
    scopes: tuple[str, ...]
    successor: str
    public_key: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRestricted(ProviderEvent):
    """An API key opens anything from these networks alone (none: from everywhere), and until `expires_at`."""

    prefix: str
    scopes: tuple[str, ...]
    networks: tuple[str, ...]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRevoked(ProviderEvent):
    """An API key was revoked and opens nothing any more."""

    prefix: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyNarrowed(ProviderEvent):
    """An API key is for less than before: for these scopes alone."""

    prefix: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAdded(ProviderEvent):
    """A venue, or a provider, wants to be told of these `kinds` of events at an address of its own; empty: of all."""

    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChanged(ProviderEvent):
    """A webhook goes to another address, is told of other `kinds`, or was enabled or disabled by its owner."""

    kinds: tuple[str, ...]
    is_enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSecretRotated(ProviderEvent):
    """What is sent to a webhook is signed with a new secret, and until `former_expires_at` with the former one too."""

    former_expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDisabled(ProviderEvent):
    """A webhook took nothing for two days, or said that it wants no more: nothing is sent to it until its owner enables
    it again. What happens meanwhile waits for that."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRemoved(ProviderEvent):
    """A webhook is no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberJoined(ProviderEvent):
    """A user belongs to the provider from now on, in this `role`: ADMIN looks after its keys and commitments, BIDDER
    after commitments, and both may collect the keys that are granted to it; READER looks on."""

    user: str
    reason: str
    role: str = "ADMIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberLeft(ProviderEvent):
    """A user does not belong to the provider any more."""

    user: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCreated(ProviderEvent):
    """Somebody provides liquidity from now on."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderApplied(ProviderEvent):
    """Somebody applied to provide, and may take part once the venue has approved it."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsAccepted(ProviderEvent):
    """A provider accepted this version of the venue's terms, or its venue says that it did."""

    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderApproved(ProviderEvent):
    """A provider that applied takes part from now on."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderEnded(ProviderEvent):
    """A provider takes part no more, for ever; its keys open nothing."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSuspended(ProviderEvent):
    """A provider was suspended: it may look and cancel, but offer nothing, and what it has bid does not count at the
    close, unless its `bids_stand`."""

    reason: str
    bids_stand: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderResumed(ProviderEvent):
    """A suspended provider takes part again."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderMoved(ProviderEvent):
    """A provider belongs to another group of firms from now on."""

    group: UUID
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCreated(VenueEvent):
    """A group of firms was named, for providers to belong to."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupsRelated(VenueEvent):
    """Two groups of firms are related: they count as one, and each takes no part where the other may not."""

    other: UUID
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupsParted(VenueEvent):
    """Two groups of firms are related no more."""

    other: UUID
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingsReported(ProviderEvent):
    """The venue reported all that a provider holds, up to and with the settlement `included_sequence`."""

    included_sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureReported(ProviderEvent):
    """The venue reported a provider's equity and margin requirement there, with the settlement `included_sequence`."""

    asset: str
    equity: Decimal
    requirement: Decimal
    included_sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureLimitSet(VenueEvent):
    """What the cluster of a group, the subject, may hold in the asset was limited, gross and net; null: it is not."""

    asset: str
    gross_limit: Decimal | None
    net_limit: Decimal | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultDeclared(ProviderEvent):
    """A provider was declared in default on a `ground`: nothing of its money leaves, and unless another person confirms
    it before `confirm_by` it lapses. The subject of this and what follows is the default."""

    ground: str
    reason: str
    confirm_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultLapsed(ProviderEvent):
    """Nobody confirmed a default in time: it is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultConfirmed(ProviderEvent):
    """A provider is in default: it takes part in nothing, and its venue sends its book by `book_by`. What that costs is
    the loss event."""

    book_by: datetime
    loss_event: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultHandled(ProviderEvent):
    """The `book` of a provider in default came; or none in time, and its `holdings` were last reported so:
    each as symbol and quantity."""

    book: UUID | None
    holdings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultClosed(ProviderEvent):
    """What a provider's default cost is final."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossEventOpened(VenueEvent):
    """A failure began: `loss` says whose, ACCOUNT or PROVIDER; books of that cluster, which these `groups` are whatever
    is related later, or of that account, join it until `takes_until`. It is final at `final_by` at the latest."""

    loss: str
    cluster: UUID | None
    account: str
    takes_until: datetime
    final_by: datetime
    groups: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LossPlanSet(PublicEvent):
    """The next version of the venue's loss plan, for loss events that open from now on: `layers` are its kinds, in
    order of rank, the first tranche first. `/v1/venues/{id}/waterfall` says the limits of each."""

    version: int
    layers: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LossCounted(VenueEvent):
    """A loss event, the subject, cost so much more: what the estate of a `book` did not repay of the fund's `advances`,
    and of its debt; or, where no book is named, what the fund lost by all that it took over."""

    book: UUID | None
    asset: str
    amount: Decimal
    advances: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LossPaid(ProviderEvent):
    """A layer of its plan paid so much of what a loss event, the subject, cost: `to_fund`, `to_debt`, the debt of the
    `book`, and, once the event is final, `to_losses`, where what was left of that debt stood meanwhile. What the layer
    FUND bears of its own advances is in no transfer, and what it covers of the debt `book_closed` says; so does it of
    UNALLOCATED, which nobody pays."""

    book: UUID | None
    layer: str
    asset: str
    amount: Decimal
    to_fund: Decimal
    to_debt: Decimal
    to_losses: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LossOwed(VenueEvent):
    """What the layers that pay at once left of a `book`'s costs stands as the debt of its loss event, the subject,
    until that is final: in the venue's losses; `of_advances` of it the fund had back, as covers may have to pay it."""

    book: UUID
    asset: str
    amount: Decimal
    of_advances: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LossUnallocated(VenueEvent):
    """A loss event, the subject, is final, and no layer of its plan pays so much of what it cost: it stays in the
    venue's losses."""

    asset: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LossAllocated(VenueEvent):
    """What nobody took (POSITION, a quantity of an instrument) or paid (CASH, an amount of the asset) of a loss event
    was shared out over so many accounts of the venue, of which it confirms each before `confirm_by`. The subject is the
    allocation."""

    loss_event: UUID
    form: str
    method: str
    asset: str
    instrument: str | None
    side: str
    price: Decimal | None
    quantity: Decimal
    accounts: int
    reference: str
    reason: str
    confirm_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _FillEvent(VenueEvent):
    """What of a loss event an account of the venue was to give. The subject is its part of the `allocation`."""

    loss_event: UUID
    allocation: UUID
    form: str
    account: str
    asset: str
    allocated: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationConfirmed(_FillEvent):
    """An account of the venue gives `taken` of what was allocated to it of a loss event; of CASH it came in through the
    venue. The subject is its part of the `allocation`."""

    taken: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationRefused(_FillEvent):
    """An account of the venue gives nothing of what was allocated to it of a loss event, which may be allocated anew.
    The subject is its part of the `allocation`."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationLapsed(_FillEvent):
    """The venue did not say in time whether an account gives what was allocated to it of a loss event, which may be
    allocated anew. The subject is its part of the `allocation`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationJudged(ProviderEvent):
    """A loss event, the subject, is final and owes something in this asset: what a provider had contributed as it
    opened, and how well it bid. What is left to pay, who bid NONE pays first, then POOR, then all others."""

    asset: str
    contribution: Decimal
    quality: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefillCalled(VenueEvent):
    """A tranche, the `account` of that kind, has `missing` less than its `target`, and is to be filled before
    `refill_by`. The subject of this and what follows is the refill."""

    account: str
    asset: str
    target: Decimal
    missing: Decimal
    refill_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefillFilled(VenueEvent):
    """As much stands in a tranche again as its plan says, or its plan says nothing any more."""

    account: str
    asset: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefillMissed(VenueEvent):
    """A tranche was not filled in time; while it has too little it is called for anew."""

    account: str
    asset: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentCalled(ProviderEvent):
    """A provider is called for so much of what its loss event cost, to be paid before `due_by`, and what was free of it
    is `held` on its collateral. The subject of this and what follows is the assessment."""

    loss_event: UUID
    asset: str
    amount: Decimal
    held: Decimal
    due_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentPaid(ProviderEvent):
    """A provider paid so much of what it was called for out of its collateral, and owes `owed` of it yet. What was paid
    in time pays as `loss_paid` says, of it `released` was held; what was paid late makes whole who had borne it
    instead, as `loss_returned` says of that `recovery`; at the last, `of_contribution`, out of what it contributed."""

    loss_event: UUID
    asset: str
    amount: Decimal
    released: Decimal
    owed: Decimal = Decimal(0)
    recovery: UUID | None = None
    of_contribution: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentOverdue(ProviderEvent):
    """A provider did not pay in time what it was called for, and owes `owed` of it, which is ground for its default."""

    loss_event: UUID
    asset: str
    amount: Decimal
    owed: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentWrittenOff(ProviderEvent):
    """Of what a provider was called for `written_off` was never paid, long after that was due, and nothing is left to
    take it of: who bears it instead, as `loss_unallocated` said, goes on bearing it. It is suspended."""

    loss_event: UUID
    asset: str
    amount: Decimal
    written_off: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentLowered(ProviderEvent):
    """So much less is to be paid of what a provider was called for, since that came back by a `recovery`: it owes
    `owed` of it yet, and `released` was held for it."""

    loss_event: UUID
    asset: str
    amount: Decimal
    owed: Decimal
    released: Decimal
    recovery: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteeLeft(ProviderEvent):
    """A provider gave notice: it owes nothing for loss events that open from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuaranteeRejoined(ProviderEvent):
    """A provider took its notice back: it is obliged again for loss events that open from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossRecovered(VenueEvent):
    """So much came back of what a loss event, the subject, had cost, once for each `reference` of the venue."""

    recovery: UUID
    asset: str
    amount: Decimal
    reference: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LossReturned(ProviderEvent):
    """A layer of its plan has so much of a recovery back of what it had paid of a loss event, the subject. What went to
    UNALLOCATED makes up for the venue's losses; what went to LOSS_ALLOCATION the venue has for one of its own accounts,
    by its part of an allocation, the `fill`."""

    recovery: UUID
    layer: str
    asset: str
    amount: Decimal
    fill: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverPledged(ProviderEvent):
    """An insurer has so much held for a cover, the subject, of what it may have to pay, and had `before`; it lacks so
    much of that."""

    asset: str
    held: Decimal
    before: Decimal
    lacking: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimHeld(ProviderEvent):
    """A loss event costs more than a cover's attachment: its insurers may have to pay `insured` of it by now, and have
    that held. An insurer answers by `answer_by`, else the contract's default does. The subject of this and what follows
    is the claim."""

    cover: UUID
    asset: str
    loss_event: UUID
    insured: Decimal
    answer_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimDisputed(ProviderEvent):
    """An insurer says that so much of a claim is not owed; an arbiter decides until `decide_by`, or it is."""

    cover: UUID
    asset: str
    disputed_amount: Decimal
    reason: str
    decide_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimDue(ProviderEvent):
    """Nothing of a claim is disputed any more: `refused` is not owed, `amount` is to be paid by `due_by`. An arbiter
    gave a `reason`."""

    cover: UUID
    asset: str
    refused: Decimal
    amount: Decimal
    due_by: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimPaid(ProviderEvent):
    """A cover's insurers paid so much of a claim, as `loss_paid` says, and the protected party `copaid` beside them."""

    cover: UUID
    asset: str
    amount: Decimal
    copaid: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimOverdue(ProviderEvent):
    """An insurer lacked so much of what a cover had to pay in time, which is ground for its default."""

    cover: UUID
    asset: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimClosed(ProviderEvent):
    """A claim ends with its loss event, which is final: `paid` in all; `unpaid` its insurers lacked, and owe."""

    cover: UUID
    asset: str
    paid: Decimal
    unpaid: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfMarginCall(ProviderEvent):
    """An account at the venue lacks so much, which a cover's insurers may pay for it. The subject is the margin
    call."""

    cover: UUID
    account: str
    asset: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginCalled(_OfMarginCall):
    """An account that a cover protects lacks so much: an insurer may pay it by `answer_by`, else the venue goes on
    without. The subject of this and what follows is the margin call."""

    answer_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginCallLapsed(_OfMarginCall):
    """No insurer paid it in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginCallCured(_OfMarginCall):
    """The provider paid it out of its collateral, through the venue, into the account, and is owed it with interest: of
    what the account's books leave to its owner, by `repay_by`. All `books` by which that was liquidated went back to
    the venue with it."""

    books: tuple[UUID, ...]
    repay_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CureRepaid(ProviderEvent):
    """Of what a provider paid for a margin call so much came back, and so much interest: out of a `book` as it closed,
    or through the venue under its `reference`. `left` it is still owed, and the interest that comes."""

    asset: str
    principal: Decimal
    interest: Decimal
    left: Decimal
    book: UUID | None
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CureExpired(ProviderEvent):
    """What a provider paid for a margin call did not all come back in time: no book repays what is `left` any more, nor
    its `interest`. They are a matter between it and the account's owner."""

    asset: str
    left: Decimal
    interest: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfRepo(ProviderEvent):
    """Of a cover, in an asset. The subject is the repo."""

    cover: UUID
    asset: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepoDrawn(_OfRepo):
    """The provider lent so much, its part, to the venue's fund, which pledged a `quantity` of an instrument for all
    that the cover's insurers lent at once. It is owed that with interest at `due_at`. The subject of this and what
    follows is the repo."""

    amount: Decimal
    instrument: str
    quantity: Decimal
    price: Decimal
    due_at: datetime
    reference: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepoRepaid(_OfRepo):
    """Of what the provider lent to the fund so much came back, and so much interest: out of a `book` by which the fund
    sold its inventory, of the fund, or of the first tranche, as `paid_by` says. `left` it is still owed, and the
    interest that comes."""

    principal: Decimal
    interest: Decimal
    left: Decimal
    paid_by: str
    book: UUID | None
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepoOverdue(_OfRepo):
    """Of what the provider lent to the fund so much is `left`, and so much `interest`, that neither the fund nor the
    first tranche could repay in time: it is owed on, and repaid as soon as either has something."""

    left: Decimal
    interest: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RepoWrittenOff(_OfRepo):
    """Of what the provider lent to the fund `written_off` never came back, nor so much `interest`, long after it was
    due: nothing is pledged for it any more, and neither the fund nor the first tranche has anything. It is owed no
    more, and the provider does not have to lend it again."""

    written_off: Decimal
    interest: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LossEventFinal(VenueEvent):
    """No book is under way any more that joined this event, or its time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverDrafted(VenueEvent):
    """A venue drafted a cover, the subject, which is offered to nobody yet. It lapses unless it is active by
    `lapses_at`."""

    content_hash: str
    lapses_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverOffered(ProviderEvent):
    """A venue signed a cover, of which the provider would insure so many `parts` of 10,000, and offers it. It lapses
    unless it is active by `lapses_at`."""

    content_hash: str
    parts: int
    lapses_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverSigned(ProviderEvent):
    """A party signed the contract of a cover by this public key: the provider, or with none the venue."""

    content_hash: str
    public_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverActivated(ProviderEvent):
    """A cover stands for loss events that open from `covers_from` on and before `ends_at`; so much of the provider's
    collateral is held for it."""

    asset: str
    held: Decimal
    covers_from: datetime
    ends_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverNoticed(ProviderEvent):
    """A party gave notice: the cover stands for no loss event that opens at `ends_at` or later."""

    ends_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverSuspended(ProviderEvent):
    """A cover stands for no loss event that opens from now on, for this reason, until it is resumed; `until` then it
    runs off."""

    reason: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverResumed(ProviderEvent):
    """A cover that was suspended stands again for loss events that open from `stands_from` on."""

    stands_from: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverExhausted(ProviderEvent):
    """Claims have used up a cover's `aggregate`: it stands for no loss event that opens from now on, costs nothing
    more, and runs off as its term ends. What comes back of a loss makes its insurers whole and renews nothing."""

    asset: str
    aggregate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverInRunoff(ProviderEvent):
    """A cover stands for loss events that opened before now, and for no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverEnded(ProviderEvent):
    """A cover lapsed unsigned, or no loss event of it is open any more: what was `released` is the provider's own
    again. The venue alone is told (without a provider) of one that was offered to nobody."""

    asset: str
    released: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverLimitFalling(ProviderEvent):
    """A cover's limit falls to this at `falls_at`, for loss events that open then or later, unless more is asked for
    again before: this regime of the venue's markets and this rating of an insurer, the worst of them, ask for that."""

    asset: str
    limit: Decimal
    falls_at: datetime
    regime: str
    bucket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverLimitMoved(ProviderEvent):
    """A cover has this `limit` from `starts_at` on, for loss events that open now or later, and had `before`: that
    `level` of its contract's, by this regime and this rating."""

    asset: str
    limit: Decimal
    before: Decimal
    level: Decimal
    regime: str
    bucket: str
    starts_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageConcentrated(VenueEvent):
    """A cluster of insurers, of which the subject is the first group, has more of 10,000 `parts` of all covers in an
    asset than the venue lets one have (`max_parts`), as groups were related, a provider moved, or another cover stands
    no more: no cover changes by that. It is told once, until `coverage_spread` is."""

    asset: str
    parts: int
    max_parts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageSpread(VenueEvent):
    """A cluster that `coverage_concentrated` was told of has no more than `max_parts` again. With 0 `parts` it insures
    nothing, or another group is the first of its cluster now."""

    asset: str
    parts: int
    max_parts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultOpened(PublicEvent):
    """A provider is a vault from now on: its collateral of this asset is a pool of deposits, and its commitments of a
    product group ask for the edge that is published for the group's regime. The subject of this and what follows is
    the vault."""

    provider: UUID
    asset: str
    calm_edge_bps: Decimal
    stressed_edge_bps: Decimal
    halted_edge_bps: Decimal
    max_loss_bps: int
    notice_seconds: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _VaultDepositEvent(ProviderEvent):
    """An amount that a depositor puts in, by the venue's `reference`."""

    depositor: str
    asset: str
    amount: Decimal
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultDepositWaits(_VaultDepositEvent):
    """A deposit waits outside until it is known what the vault is worth, at most until `take_by`."""

    take_by: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultDepositTaken(_VaultDepositEvent):
    """A deposit came in, for so many `shares`."""

    shares: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultDepositLapsed(_VaultDepositEvent):
    """A deposit stays outside: nobody said in time what the vault is worth, or it buys no share of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _VaultWithdrawalEvent(ProviderEvent):
    """Shares that a depositor wants to be paid for, by the venue's `reference`."""

    depositor: str
    shares: Decimal
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultWithdrawalQueued(_VaultWithdrawalEvent):
    """A depositor wants to be paid for so many of its shares, once they are due."""

    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultWithdrawalPaid(_VaultWithdrawalEvent):
    """So many shares of a withdrawal were paid; `shares_left` of it stand first in the queue."""

    asset: str
    amount: Decimal
    shares_left: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultWithdrawalReturned(_VaultWithdrawalEvent):
    """So many shares of a withdrawal stay their depositor's: nobody could pay them, long after they were due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultSharesCancelled(ProviderEvent):
    """Nothing was left of a vault, so that all its shares are cancelled, those that were leaving too."""

    asset: str
    assets: Decimal
    shares: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultSuspended(ProviderEvent):
    """A vault's commitments are suspended: its shares lost as much as they may (LOSS), until somebody lets it go on, or
    it owes withdrawals that are due (UNPAID), until these are paid, or returned."""

    suspended_for: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultResumed(ProviderEvent):
    """A vault's commitments stand again: it owes no withdrawals that are due, or somebody let it go on, for a
    reason."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRated(ProviderEvent):
    """A `source` rates a provider so, from 1, the best, to 5, as of `rated_at`; from `expires_at` on nobody does. The
    subject is the rating."""

    bucket: str
    source: str
    rated_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiumPrepaid(VenueEvent):
    """So much was paid in advance for a cover, the subject, or taken back (below zero): once for each `reference`."""

    asset: str
    amount: Decimal
    reference: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiumRated(ProviderEvent):
    """A cover, the subject, costs so many basis points of its `limit` a year from `starts_at` on. Claims have `used` so
    much of its aggregate."""

    starts_at: datetime
    rate_bps: Decimal
    limit: Decimal
    used: Decimal
    regime: str
    bucket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiumCharged(ProviderEvent):
    """An insurer of a cover, the subject, earned so much of its premium."""

    asset: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiumLow(ProviderEvent):
    """What is paid in advance for a cover, the subject, lasts for less than seven days; where it `is_empty`, the cover
    is suspended at `ends_at` unless more is paid."""

    asset: str
    left: Decimal
    is_empty: bool
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultEnded(PublicEvent):
    """A vault had no shares any more and has ended: its provider is one as any other."""

    provider: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PremiumOwed(ProviderEvent):
    """So much of the premium of a cover, the subject, that has ended was not paid in advance and is owed yet: it is
    charged as soon as it is paid. Zero: nothing is owed any more."""

    asset: str
    amount: Decimal


CATALOGUE = catalogue(globals())
