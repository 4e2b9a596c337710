"""States of what providers bring, and the moves that are allowed."""

from django.db.models import TextChoices

from backstop.values.lifecycles import Lifecycle


class ProviderState(TextChoices):
    """Who APPLIED takes part once the venue has approved it; a suspended provider keeps what it has and takes nothing
    new; whose time here has ENDED does not come back."""

    APPLIED = "APPLIED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    ENDED = "ENDED"


class CommitmentState(TextChoices):
    """A commitment stands once an admin has approved it; suspension is immediate."""

    PROPOSED = "PROPOSED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"


class ApprovalState(TextChoices):
    """What is ASKED lapses at an instant that it names: from then on nothing becomes of it."""

    ASKED = "ASKED"
    CONFIRMED = "CONFIRMED"
    WITHDRAWN = "WITHDRAWN"


class LossEventState(TextChoices):
    """An OPEN event takes books; a COUNTING one waits until they have all ended; what it cost is FINAL."""

    OPEN = "OPEN"
    COUNTING = "COUNTING"
    FINAL = "FINAL"


class DefaultState(TextChoices):
    """What is DECLARED lapses unless another person confirms it in time. CONFIRMED waits for the provider's book,
    HANDLED has it or goes by what was reported last, CLOSED is its loss counted."""

    DECLARED = "DECLARED"
    LAPSED = "LAPSED"
    CONFIRMED = "CONFIRMED"
    HANDLED = "HANDLED"
    CLOSED = "CLOSED"


class CoverState(TextChoices):
    """A DRAFT is OFFERED once its venue signed it, SIGNED once everybody has; all three lapse. ACTIVE stands for events
    that open; SUSPENDED it does not, and may be ACTIVE again; EXHAUSTED nothing of its aggregate is left. In RUNOFF it
    stands for those that opened before, and is ENDED once these are final."""

    DRAFT = "DRAFT"
    OFFERED = "OFFERED"
    SIGNED = "SIGNED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    EXHAUSTED = "EXHAUSTED"
    RUNOFF = "RUNOFF"
    ENDED = "ENDED"


UNSIGNED = (CoverState.DRAFT, CoverState.OFFERED, CoverState.SIGNED)  # they lapse
UNENDED = (CoverState.ACTIVE, CoverState.SUSPENDED, CoverState.EXHAUSTED)  # until their term or a notice is over
STANDING = (CoverState.ACTIVE, CoverState.SUSPENDED)  # for events to come, and to lend, or they may again
IN_FORCE = (*UNENDED, CoverState.RUNOFF)  # they may have something to pay


class RefillState(TextChoices):
    """OPEN until it is FILLED, or MISSED once its time is over."""

    OPEN = "OPEN"
    FILLED = "FILLED"
    MISSED = "MISSED"


class AssessmentState(TextChoices):
    """What is DUE is PAID, once its time is over by itself; OVERDUE where there is too little, and paid late, or
    WRITTEN_OFF where its provider has nothing left for long. It is LIFTED where all that is still owed of it came back
    meanwhile."""

    DUE = "DUE"
    PAID = "PAID"
    OVERDUE = "OVERDUE"
    WRITTEN_OFF = "WRITTEN_OFF"
    LIFTED = "LIFTED"


class AllocationFillState(TextChoices):
    """What is ALLOCATED to an account of the venue is CONFIRMED or REFUSED by it in time, or has LAPSED."""

    ALLOCATED = "ALLOCATED"
    CONFIRMED = "CONFIRMED"
    REFUSED = "REFUSED"
    LAPSED = "LAPSED"


class ClaimState(TextChoices):
    """HELD waits for an insurer's answer, DISPUTED for an arbiter's; DUE is what insurers owe and have not paid, PAID
    that nothing of it is owed now, OVERDUE what they lacked once its time was over, and lack yet. It is CLOSED with its
    event."""

    HELD = "HELD"
    DISPUTED = "DISPUTED"
    DUE = "DUE"
    PAID = "PAID"
    OVERDUE = "OVERDUE"
    CLOSED = "CLOSED"


class MarginCallState(TextChoices):
    """CALLED waits for an insurer, and has LAPSED once its time is over. What was CURED is owed to who paid it, until
    it is REPAID, or EXPIRED: no book repays it any more."""

    CALLED = "CALLED"
    LAPSED = "LAPSED"
    CURED = "CURED"
    REPAID = "REPAID"
    EXPIRED = "EXPIRED"


class RepoState(TextChoices):
    """What is OPEN is owed until it falls due; OVERDUE is what could not be repaid whole then, until it is REPAID, or
    WRITTEN_OFF where nothing is left for long to repay it by."""

    OPEN = "OPEN"
    OVERDUE = "OVERDUE"
    REPAID = "REPAID"
    WRITTEN_OFF = "WRITTEN_OFF"


class DepositState(TextChoices):
    """WAITING until it is known what the vault is worth; then TAKEN. It LAPSED where it is not known in time."""

    WAITING = "WAITING"
    TAKEN = "TAKEN"
    LAPSED = "LAPSED"


class WithdrawalState(TextChoices):
    """QUEUED until all of its shares are PAID, or they are CANCELLED because nothing is left of the vault. What could
    not be paid for long is RETURNED: these shares stay."""

    QUEUED = "QUEUED"
    PAID = "PAID"
    CANCELLED = "CANCELLED"
    RETURNED = "RETURNED"


PROVIDER = Lifecycle(
    "provider",
    {
        ProviderState.APPLIED: frozenset({ProviderState.ACTIVE, ProviderState.ENDED}),
        ProviderState.ACTIVE: frozenset({ProviderState.SUSPENDED, ProviderState.ENDED}),
        ProviderState.SUSPENDED: frozenset({ProviderState.ACTIVE, ProviderState.ENDED}),
        ProviderState.ENDED: frozenset(),
    },
)
COMMITMENT = Lifecycle(
    "commitment",
    {
        CommitmentState.PROPOSED: frozenset({CommitmentState.ACTIVE, CommitmentState.SUSPENDED}),
        CommitmentState.ACTIVE: frozenset({CommitmentState.SUSPENDED}),
        CommitmentState.SUSPENDED: frozenset({CommitmentState.ACTIVE}),
    },
)
APPROVAL = Lifecycle(
    "approval",
    {
        ApprovalState.ASKED: frozenset({ApprovalState.CONFIRMED, ApprovalState.WITHDRAWN}),
        ApprovalState.CONFIRMED: frozenset(),
        ApprovalState.WITHDRAWN: frozenset(),
    },
)
LOSS_EVENT = Lifecycle(
    "loss event",
    {
        LossEventState.OPEN: frozenset({LossEventState.COUNTING, LossEventState.FINAL}),
        LossEventState.COUNTING: frozenset({LossEventState.FINAL}),
        LossEventState.FINAL: frozenset(),
    },
)
DEFAULT = Lifecycle(
    "default",
    {
        DefaultState.DECLARED: frozenset({DefaultState.LAPSED, DefaultState.CONFIRMED}),
        DefaultState.LAPSED: frozenset(),
        DefaultState.CONFIRMED: frozenset({DefaultState.HANDLED}),
        DefaultState.HANDLED: frozenset({DefaultState.CLOSED}),
        DefaultState.CLOSED: frozenset(),
    },
)
COVER = Lifecycle(
    "cover",
    {
        CoverState.DRAFT: frozenset({CoverState.OFFERED, CoverState.ENDED}),
        CoverState.OFFERED: frozenset({CoverState.SIGNED, CoverState.ENDED}),
        CoverState.SIGNED: frozenset({CoverState.ACTIVE, CoverState.ENDED}),
        CoverState.ACTIVE: frozenset({CoverState.SUSPENDED, CoverState.EXHAUSTED, CoverState.RUNOFF}),
        CoverState.SUSPENDED: frozenset({CoverState.ACTIVE, CoverState.RUNOFF}),
        CoverState.EXHAUSTED: frozenset({CoverState.RUNOFF}),
        CoverState.RUNOFF: frozenset({CoverState.ENDED}),
        CoverState.ENDED: frozenset(),
    },
)
ASSESSMENT = Lifecycle(
    "assessment",
    {
        AssessmentState.DUE: frozenset({AssessmentState.PAID, AssessmentState.OVERDUE, AssessmentState.LIFTED}),
        AssessmentState.PAID: frozenset(),
        AssessmentState.OVERDUE: frozenset({AssessmentState.PAID, AssessmentState.WRITTEN_OFF, AssessmentState.LIFTED}),
        AssessmentState.WRITTEN_OFF: frozenset(),
        AssessmentState.LIFTED: frozenset(),
    },
)
ALLOCATION_FILL = Lifecycle(
    "allocation fill",
    {
        AllocationFillState.ALLOCATED: frozenset(
            {AllocationFillState.CONFIRMED, AllocationFillState.REFUSED, AllocationFillState.LAPSED}
        ),
        AllocationFillState.CONFIRMED: frozenset(),
        AllocationFillState.REFUSED: frozenset(),
        AllocationFillState.LAPSED: frozenset(),
    },
)
CLAIM = Lifecycle(
    "claim",
    {
        ClaimState.HELD: frozenset({ClaimState.DUE, ClaimState.DISPUTED, ClaimState.CLOSED}),
        ClaimState.DISPUTED: frozenset({ClaimState.DUE, ClaimState.CLOSED}),
        ClaimState.DUE: frozenset({ClaimState.PAID, ClaimState.OVERDUE, ClaimState.CLOSED}),
        ClaimState.PAID: frozenset({ClaimState.DUE, ClaimState.CLOSED}),
        ClaimState.OVERDUE: frozenset({ClaimState.PAID, ClaimState.DUE, ClaimState.CLOSED}),
        ClaimState.CLOSED: frozenset(),
    },
)
MARGIN_CALL = Lifecycle(
    "margin call",
    {
        MarginCallState.CALLED: frozenset({MarginCallState.CURED, MarginCallState.LAPSED}),
        MarginCallState.LAPSED: frozenset(),
        MarginCallState.CURED: frozenset({MarginCallState.REPAID, MarginCallState.EXPIRED}),
        MarginCallState.REPAID: frozenset(),
        MarginCallState.EXPIRED: frozenset(),
    },
)
REPO = Lifecycle(
    "repo",
    {
        RepoState.OPEN: frozenset({RepoState.OVERDUE, RepoState.REPAID}),
        RepoState.OVERDUE: frozenset({RepoState.REPAID, RepoState.WRITTEN_OFF}),
        RepoState.REPAID: frozenset(),
        RepoState.WRITTEN_OFF: frozenset(),
    },
)
VAULT_DEPOSIT = Lifecycle(
    "vault deposit",
    {
        DepositState.WAITING: frozenset({DepositState.TAKEN, DepositState.LAPSED}),
        DepositState.TAKEN: frozenset(),
        DepositState.LAPSED: frozenset(),
    },
)
VAULT_WITHDRAWAL = Lifecycle(
    "vault withdrawal",
    {
        WithdrawalState.QUEUED: frozenset({WithdrawalState.PAID, WithdrawalState.CANCELLED, WithdrawalState.RETURNED}),
        WithdrawalState.PAID: frozenset(),
        WithdrawalState.CANCELLED: frozenset(),
        WithdrawalState.RETURNED: frozenset(),
    },
)
REFILL = Lifecycle(
    "refill",
    {
        RefillState.OPEN: frozenset({RefillState.FILLED, RefillState.MISSED}),
        RefillState.FILLED: frozenset(),
        RefillState.MISSED: frozenset(),
    },
)
