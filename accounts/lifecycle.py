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
