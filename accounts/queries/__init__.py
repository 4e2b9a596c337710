"""What stands behind a venue now: for the stages that assign, and for those who look."""

from accounts.queries.claims import NO_CLAIMS, ClaimSums, claims_due, has_claim_overdue, list_claims, sum_claims
from accounts.queries.covers import (
    find_used_up,
    find_waiting,
    list_contract_faults,
    list_covers,
    list_open_limits,
    list_premiums,
    list_takers,
    sum_funded,
)
from accounts.queries.exposures import get_standing, list_exposures, load_limits, load_pieces
from accounts.queries.groups import load_clusters
from accounts.queries.guarantees import list_contributions, obliging, sum_contributed
from accounts.queries.keys import count_writing_secrets, list_acting, list_keys_in_force, list_open_keys
from accounts.queries.loss_plans import (
    Borne,
    get_loss_plan,
    list_owed,
    sum_allocatable,
    sum_borne,
    sum_returnable,
    sum_unpaid,
    sum_unpaid_losses,
    with_targets,
)
from accounts.queries.margin_calls import list_margin_calls, margin_calls_due
from accounts.queries.showing import (
    AssetCapacity,
    get_capacity,
    get_free_collateral,
    list_commitments,
    list_groups,
    list_transfers,
    load_named_clusters,
    version_of,
)
from accounts.queries.standing import (
    LegDemand,
    StandingOffer,
    WindowDraw,
    load_timelines,
    scope_of,
)
from accounts.queries.vaults import get_collateral, list_vaults, value_vault

__all__ = [
    "NO_CLAIMS",
    "AssetCapacity",
    "Borne",
    "ClaimSums",
    "LegDemand",
    "StandingOffer",
    "WindowDraw",
    "claims_due",
    "count_writing_secrets",
    "find_used_up",
    "find_waiting",
    "get_capacity",
    "get_collateral",
    "get_free_collateral",
    "get_loss_plan",
    "get_standing",
    "has_claim_overdue",
    "list_acting",
    "list_claims",
    "list_commitments",
    "list_contract_faults",
    "list_contributions",
    "list_covers",
    "list_exposures",
    "list_groups",
    "list_keys_in_force",
    "list_margin_calls",
    "list_open_keys",
    "list_open_limits",
    "list_owed",
    "list_premiums",
    "list_takers",
    "list_transfers",
    "list_vaults",
    "load_clusters",
    "load_limits",
    "load_named_clusters",
    "load_pieces",
    "load_timelines",
    "margin_calls_due",
    "obliging",
    "scope_of",
    "sum_allocatable",
    "sum_borne",
    "sum_claims",
    "sum_contributed",
    "sum_funded",
    "sum_returnable",
    "sum_unpaid",
    "sum_unpaid_losses",
    "value_vault",
    "version_of",
    "with_targets",
]
