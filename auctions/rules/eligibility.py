"""Who may take part in the auction of a lot.

Called by bids, takes, assignment and the count of competitors. The liquidated account's owner group, and groups
related to it, take no part; neither does a provider by whose fault a settlement of the same lot was rejected.
"""

from collections.abc import Collection
from enum import StrEnum
from uuid import UUID


class Exclusion(StrEnum):
    """Why somebody may not take part."""

    SUSPENDED = "SUSPENDED"
    OWNER = "OWNER"
    FAULT = "FAULT"


def exclusion(
    provider_id: UUID,
    group_id: UUID,
    suspended: bool,
    owner_groups: Collection[UUID],
    faulty_providers: Collection[UUID],
) -> Exclusion | None:
    """The reason against this provider, or None. `owner_groups` holds the owner's group and those related to it."""
    if suspended:
        return Exclusion.SUSPENDED
    if group_id in owner_groups:
        return Exclusion.OWNER
    if provider_id in faulty_providers:
        return Exclusion.FAULT
    return None
