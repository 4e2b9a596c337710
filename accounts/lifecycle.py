"""States of what providers bring, and the moves that are allowed."""

from django.db.models import TextChoices

from backstop.values.lifecycles import Lifecycle


class ProviderState(TextChoices):
    """A suspended provider keeps what it has and takes nothing new."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"


class CommitmentState(TextChoices):
    """A commitment stands once an admin has approved it; suspension is immediate."""

    PROPOSED = "PROPOSED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"


PROVIDER = Lifecycle(
    "provider",
    {
        ProviderState.ACTIVE: frozenset({ProviderState.SUSPENDED}),
        ProviderState.SUSPENDED: frozenset({ProviderState.ACTIVE}),
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
