"""What a key may do: a view names the scope that it needs.

The scopes of venues and of providers are disjoint, so that a venue's key never acts as a provider, nor a provider's as
the venue; but for `webhooks`, which is for one's own. It also says how often a key may ask.
"""

from typing import TYPE_CHECKING, cast

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.authentication import Principal
from accounts.rules.refusals import AccountRefusal
from backstop.errors import DomainError
from backstop.metering import headers_of

if TYPE_CHECKING:  # REST framework reads this module while its own views are not there yet
    from rest_framework.views import APIView

    from backstop.api.views import View


ANY_KEY = ""


def scope_of(request: Request, view: "View") -> str:
    """The scope that this request needs; `ANY_KEY` where every key will do."""
    writes = request.method not in SAFE_METHODS
    return (view.write_scope if writes else None) or view.scope


def scope_missing(scope: str) -> DomainError:
    return AccountRefusal.SCOPE_MISSING.error(f"this key does not have the scope {scope}")


class HasScope(BasePermission):
    """Raises what stands against it, so that the problem says which: `key_missing`, `scope_missing`, …"""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        principal = request.user
        if not isinstance(principal, Principal):
            raise AccountRefusal.KEY_MISSING.error()
        scope = scope_of(request, cast("View", view))
        if scope != ANY_KEY and scope not in principal.scopes:
            raise scope_missing(scope)
        return True


class Metered(BaseThrottle):
    """Says in each answer what its key may still ask, and refuses what is more: `rate_exceeded`."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        principal = request.user
        if isinstance(principal, Principal):
            view.headers |= headers_of(principal.allowances)
            if any(one.is_spent for one in principal.allowances):
                raise AccountRefusal.RATE_EXCEEDED.error()
        return True
