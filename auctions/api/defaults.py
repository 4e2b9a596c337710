"""/v1/providers/{id}/default: a provider is declared in default by one person and confirmed by another."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.desks.people import find_provider
from accounts.models import Ground, ProviderDefault
from accounts.operations.people.declare_default import declare_default
from accounts.rules.refusals import AccountRefusal
from auctions.api.serializers.defaults import DefaultInput, DefaultOutput
from auctions.operations.operator.confirm_default import confirm_default
from backstop.api.views import View, by_party


class DefaultOfProvider(View):
    """The default of one provider; a provider asks with `read`, for itself."""

    write_scope = "providers"

    scope = by_party("providers")

    @extend_schema(responses=DefaultOutput)
    def get(self, request: Request, provider_id: UUID) -> Response:
        """Its newest default, lapsed or closed as it may be."""
        provider = find_provider(self.principal.venue.id, provider_id, self.principal.provider)
        newest = ProviderDefault.objects.filter(provider=provider).order_by("-declared_at").first()
        if newest is None:
            raise AccountRefusal.DEFAULT_UNKNOWN.error()
        return Response(DefaultOutput(newest).data)

    @extend_schema(operation_id="declareDefault", request=DefaultInput, responses={201: DefaultOutput})
    def post(self, request: Request, provider_id: UUID) -> Response:
        """Declare it in default: nothing of its money leaves until that lapses."""
        sent = self.body(DefaultInput)
        provider = find_provider(self.principal.venue.id, provider_id)
        said = {"ground": Ground(sent["ground"]), "reason": sent["reason"]}
        return Response(self.write(_shown, declare_default, provider=provider, **said), 201)


class ConfirmDefault(View):
    scope = "providers"

    @extend_schema(operation_id="confirmDefault", request=None, responses=DefaultOutput)
    def post(self, request: Request, provider_id: UUID) -> Response:
        """Confirm what another person declared: the provider is out of everything at once."""
        provider = find_provider(self.principal.venue.id, provider_id)
        return Response(self.write(_shown, confirm_default, provider=provider))


def _shown(default: ProviderDefault) -> Any:
    return dict(DefaultOutput(ProviderDefault.objects.get(id=default.id)).data)
