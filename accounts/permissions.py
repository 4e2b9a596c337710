"""What a key may do: a view names the scope that it needs.

The scopes of venues and of providers are disjoint, so that a venue's key never acts as a provider, nor a provider's as
the venue.
"""

from typing import TYPE_CHECKING, cast

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.authentication import Principal
from accounts.rules.refusals import AccountRefusal

if TYPE_CHECKING:  # REST framework reads this module while its own views are not there yet
    from rest_framework.views import APIView

    from backstop.api.views import View


ANY_KEY = ""

CANCELLING = "DELETE"


class HasScope(BasePermission):
    """Raises what stands against it, so that the problem says which: `key_missing`, `scope_missing`, …"""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        principal = request.user
        if not isinstance(principal, Principal):
            raise AccountRefusal.KEY_MISSING.error()
        endpoint = cast("View", view)
        writes = request.method not in SAFE_METHODS
        scope = (endpoint.write_scope if writes else None) or endpoint.scope
        if scope != ANY_KEY and scope not in principal.scopes:
            raise AccountRefusal.SCOPE_MISSING.error(f"this key does not have the scope {scope}")
        suspended = principal.provider is not None and principal.provider.is_suspended
        if suspended and writes and request.method != CANCELLING:
            raise AccountRefusal.PROVIDER_SUSPENDED.error(
                "this provider is suspended: it may look and cancel, but offer nothing"
            )
        return True
