"""What stands behind a venue now: for the stages that assign, and for those who look."""

from accounts.queries.groups import list_related_groups
from accounts.queries.showing import AssetCapacity, get_capacity, get_free_collateral, list_commitments, list_transfers
from accounts.queries.standing import (
    Draw,
    LegDemand,
    StandingOffer,
    load_timelines,
    scope_of,
)

__all__ = [
    "AssetCapacity",
    "Draw",
    "LegDemand",
    "StandingOffer",
    "get_capacity",
    "get_free_collateral",
    "list_commitments",
    "list_related_groups",
    "list_transfers",
    "load_timelines",
    "scope_of",
]
