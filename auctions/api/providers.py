"""/v1/providers: what a venue does about who may take part."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.api.serializers.reasons import ReasonInput
from accounts.models import Group, Provider
from accounts.operations.people.accept_terms import accept_terms
from accounts.rules.refusals import AccountRefusal
from auctions.api.serializers.providers import (
    AcceptanceInput,
    ApplicationInput,
    MoveInput,
    ProviderInput,
    ProviderOutput,
    SuspensionInput,
)
from auctions.operations.operator.apply_as_provider import apply_as_provider
from auctions.operations.operator.approve_provider import approve_provider
from auctions.operations.operator.create_provider import create_provider
from auctions.operations.operator.end_provider import end_provider
from auctions.operations.operator.move_provider import move_provider
from auctions.operations.operator.resume_provider import resume_provider
from auctions.operations.operator.suspend_provider import suspend_provider
from backstop.api.views import ListView, RowView, View, by_party


class ProvidersOfVenue(DeedView, ListView):
    """All of the venue's, which asks with the scope `providers`. A provider asks with `read`, and sees itself alone."""

    write_scope = "providers"
    model = Provider
    serializer_class = ProviderOutput
    filterset_fields = ["state", "name"]

    scope = by_party("providers")

    def listed(self) -> QuerySet[Provider]:
        providers = Provider.objects.filter(venue=self.principal.venue).select_related("group")
        return providers if self.principal.provider is None else providers.filter(id=self.principal.provider.id)

    @extend_schema(operation_id="createProvider", request=ProviderInput, responses={201: ProviderOutput, **PENDING})
    def post(self, request: Request) -> Response:
        """Let a firm, or a vault that bids by itself, provide liquidity: it may take part at once."""
        sent = self.body(ProviderInput)
        said = {"name": sent["name"], "reason": sent["reason"], "group": _group(self, sent["group_id"])}
        return self.carry_out_on_rows(_shown, create_provider, 201, venue=self.principal.venue, **said)


class OneProvider(RowView):
    """One provider of the venue; another is not there for a provider."""

    of = ProvidersOfVenue
    unknown = AccountRefusal.PROVIDER_UNKNOWN


class Applications(View):
    scope = "providers"

    @extend_schema(operation_id="applyForProvider", request=ApplicationInput, responses={201: ProviderOutput})
    def post(self, request: Request) -> Response:
        """Take in the application of a firm: it may look and accept terms, and takes part once it is approved."""
        sent = self.body(ApplicationInput)
        said = {"name": sent["name"], "reason": sent["reason"], "group": _group(self, sent["group_id"])}
        return Response(self.write(_shown, apply_as_provider, venue=self.principal.venue, **said), 201)


class AcceptedTerms(View):
    scope = "providers"

    @extend_schema(operation_id="acceptTermsForProvider", request=AcceptanceInput, responses=ProviderOutput)
    def post(self, request: Request, provider_id: UUID) -> Response:
        """Say that a provider has accepted a version of the venue's terms, as the venue has it on paper."""
        version = self.body(AcceptanceInput)["version"]
        return Response(self.write(_shown, accept_terms, provider=_provider(self, provider_id), version=version))


class OwnTerms(View):
    scope = "read"
    offers = False

    @extend_schema(operation_id="acceptTerms", request=AcceptanceInput, responses=ProviderOutput)
    def post(self, request: Request) -> Response:
        """Accept a version of the venue's terms."""
        version = self.body(AcceptanceInput)["version"]
        return Response(self.write(_shown, accept_terms, provider=self.principal.provider, version=version))


class ApproveProvider(DeedView):
    scope = "providers"

    @extend_schema(operation_id="approveProvider", request=ReasonInput, responses={200: ProviderOutput, **PENDING})
    def post(self, request: Request, provider_id: UUID) -> Response:
        """Approve a provider that applied and accepted the terms: it takes part from now on."""
        reason = self.body(ReasonInput)["reason"]
        return self.carry_out_on_rows(_shown, approve_provider, provider=_provider(self, provider_id), reason=reason)


class EndProvider(DeedView):
    scope = "providers"

    @extend_schema(operation_id="endProvider", request=ReasonInput, responses={200: ProviderOutput, **PENDING})
    def post(self, request: Request, provider_id: UUID) -> Response:
        """End a provider's time here, for ever, once it has no money, live bids or settlements left; its keys end."""
        reason = self.body(ReasonInput)["reason"]
        return self.carry_out_on_rows(_shown, end_provider, provider=_provider(self, provider_id), reason=reason)


class MoveProvider(DeedView):
    scope = "providers"

    @extend_schema(operation_id="moveProvider", request=MoveInput, responses={200: ProviderOutput, **PENDING})
    def post(self, request: Request, provider_id: UUID) -> Response:
        """Put a provider into another group: it takes no part in auctions of that group's accounts any more."""
        sent = self.body(MoveInput)
        provider, group = _provider(self, provider_id), _group(self, sent["group_id"])
        return self.carry_out_on_rows(_shown, move_provider, provider=provider, group=group, reason=sent["reason"])


class SuspendProvider(DeedView):
    scope = "providers"

    @extend_schema(operation_id="suspendProvider", request=SuspensionInput, responses={200: ProviderOutput, **PENDING})
    def post(self, request: Request, provider_id: UUID) -> Response:
        """Suspend a provider, at once: it may look and cancel, but offer nothing."""
        sent = self.body(SuspensionInput)
        return self.carry_out_on_rows(_shown, suspend_provider, provider=_provider(self, provider_id), **sent)


class ResumeProvider(DeedView):
    scope = "providers"

    @extend_schema(operation_id="resumeProvider", request=ReasonInput, responses={200: ProviderOutput, **PENDING})
    def post(self, request: Request, provider_id: UUID) -> Response:
        """Let a suspended provider take part again."""
        reason = self.body(ReasonInput)["reason"]
        return self.carry_out_on_rows(_shown, resume_provider, provider=_provider(self, provider_id), reason=reason)


def _provider(view: View, provider_id: UUID) -> Provider:
    """The venue's own; another's does not exist for it."""
    found = Provider.objects.filter(id=provider_id, venue=view.principal.venue).select_related("venue", "group").first()
    if found is None:
        raise AccountRefusal.PROVIDER_UNKNOWN.error(f"this venue has no provider {provider_id}")
    return found


def _group(view: View, group_id: UUID) -> Group:
    found = Group.objects.filter(id=group_id, venue=view.principal.venue).first()
    if found is None:
        raise AccountRefusal.GROUP_UNKNOWN.error(pointer="/group_id")
    return found


def _shown(provider: Provider) -> Any:
    return dict(ProviderOutput(Provider.objects.select_related("group").get(id=provider.id)).data)
