"""Roles that a venue's people have ready to give, and those of a provider's own people: what each may do in the admin,
as Django names it.

Whoever has a role of a venue sees everything of it, and who has one of a provider that provider, its keys and its
commitments. What needs two persons needs them whatever their roles are, and who
arbitrates is neither party: no role does.
"""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody is for a venue."""

    AUDITOR = "AUDITOR"
    OPERATOR = "OPERATOR"
    RISK_OFFICER = "RISK_OFFICER"
    APPROVER = "APPROVER"
    ADMINISTRATOR = "ADMINISTRATOR"


_ASKS: Final = frozenset({"accounts.add_approval"})  # and takes back what it asked for
_OPERATES: Final = _ASKS | {
    "accounts.change_account",
    "accounts.change_allocationfill",
    "accounts.add_webhook",
    "accounts.change_webhook",
    "accounts.change_webhookdelivery",
    "auctions.change_alert",
    "auctions.change_auction",
    "auctions.change_book",
    "auctions.change_breaker",
    "auctions.change_fundinventory",
    "auctions.change_providerfault",
    "auctions.change_settlement",
    "backstop.change_mark",
}
_LIMITS_RISK: Final = _ASKS | {
    "accounts.add_commitment",
    "accounts.change_commitment",
    "accounts.change_cover",
    "accounts.change_provider",
    "accounts.change_vault",
    "auctions.add_alertrule",
    "auctions.add_playbook",
    "auctions.change_alert",
    "auctions.change_alertrule",
    "auctions.change_breaker",
    "auctions.change_cap",
    "backstop.change_instrument",
    "backstop.change_mark",
    "backstop.change_productgroup",
    "backstop.change_venue",
}
_ADMINISTERS: Final = (
    _ASKS
    | _OPERATES
    | _LIMITS_RISK
    | {
        "accounts.add_apikey",
        "accounts.add_provider",
        "accounts.change_apikey",
        "accounts.change_approvallimit",
        "accounts.change_group",
        "backstop.add_asset",
        "backstop.add_instrument",
        "backstop.add_productgroup",
    }
)
PERMISSIONS: Final[dict[Role, frozenset[str]]] = {
    Role.AUDITOR: frozenset(),
    Role.OPERATOR: _OPERATES,
    Role.RISK_OFFICER: _LIMITS_RISK,
    Role.APPROVER: frozenset({"accounts.change_approval"}),
    Role.ADMINISTRATOR: _ADMINISTERS,
}
SEEN: Final = ("backstop", "accounts", "auctions")
UNSEEN: Final = frozenset({"accounts.view_user"})  # users are of no venue


class ProviderRole(StrEnum):
    """What somebody is for a provider: who looks after its keys and commitments, who bids for it, who looks on."""

    ADMIN = "ADMIN"
    BIDDER = "BIDDER"
    READER = "READER"


_OF_PROVIDER: Final = frozenset({"accounts.view_apikey", "accounts.view_commitment", "accounts.view_provider"})
_BIDS: Final = _OF_PROVIDER | {"accounts.add_commitment"}  # proposes, changes and withdraws; approval is the venue's
PROVIDER_PERMISSIONS: Final[dict[ProviderRole, frozenset[str]]] = {
    ProviderRole.ADMIN: _BIDS | {"accounts.change_apikey"},
    ProviderRole.BIDDER: _BIDS,
    ProviderRole.READER: _OF_PROVIDER,
}
COLLECT: Final = frozenset({ProviderRole.ADMIN, ProviderRole.BIDDER})  # keys that were granted to the provider


def may(role: Role, permission: str) -> bool:
    """Whether who has this role may do, in its venue, what Django calls so: `app.verb_model`."""
    app, _, deed = permission.partition(".")
    if deed.startswith("view_"):
        return app in SEEN and permission not in UNSEEN
    return permission in PERMISSIONS[role]
