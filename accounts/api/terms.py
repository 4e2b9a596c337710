"""/v1/instruments/{id}/terms, /v1/venue/terms: what holds from an instant on, for what comes then."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.api.serializers.terms import (
    InstrumentTermsInput,
    InstrumentTermsOutput,
    MarkByHandInput,
    MarkByHandOutput,
    VenueTermsInput,
    VenueTermsOutput,
)
from accounts.operations.terms.set_instrument_terms import set_instrument_terms
from accounts.operations.terms.set_mark_by_hand import hand_of, set_mark_by_hand
from accounts.operations.terms.set_venue_terms import set_venue_terms
from backstop import clock
from backstop.api.views import ListView, RowView
from backstop.models import InstrumentTerms, Mark, VenueTerms


class TermsOfInstrument(DeedView, ListView):
    """What was set; before that, the instrument's first terms hold."""

    scope = "risk"
    model = InstrumentTerms
    serializer_class = InstrumentTermsOutput

    def listed(self) -> QuerySet[InstrumentTerms]:
        instrument = {"instrument": self.kwargs["instrument_id"], "instrument__venue": self.principal.venue}
        return InstrumentTerms.objects.filter(**instrument).select_related("instrument")

    @extend_schema(
        operation_id="setInstrumentTerms",
        request=InstrumentTermsInput,
        responses={201: InstrumentTermsOutput, **PENDING},
    )
    def post(self, request: Request, instrument_id: UUID) -> Response:
        """Set margin rate, quantity step, or whether it is listed. A book keeps the terms it was received under."""
        sent = self.body(InstrumentTermsInput)
        return self.carry_out(_of_instrument, set_instrument_terms, 201, instrument_id=instrument_id, **sent)


class TermsOfVenue(DeedView, ListView):
    """What was set; before that, the venue's first terms hold."""

    scope = "risk"
    model = VenueTerms
    serializer_class = VenueTermsOutput

    def listed(self) -> QuerySet[VenueTerms]:
        return VenueTerms.objects.filter(venue=self.principal.venue)

    @extend_schema(operation_id="setVenueTerms", request=VenueTermsInput, responses={201: VenueTermsOutput, **PENDING})
    def post(self, request: Request) -> Response:
        """Set the notice of worse commitments, for those that are announced from then on."""
        return self.carry_out(_of_venue, set_venue_terms, 201, **self.body(VenueTermsInput))


class MarkByHand(DeedView):
    scope = "risk"

    @extend_schema(operation_id="markByHand", request=MarkByHandInput, responses={201: MarkByHandOutput, **PENDING})
    def post(self, request: Request, instrument_id: UUID) -> Response:
        """Mark an instrument by hand, where sources fail: as one source more, that of who sets it."""
        said = {**self.body(MarkByHandInput), "source": hand_of(self.actor), "marked_at": clock.now()}
        return self.carry_out(_mark, set_mark_by_hand, 201, instrument_id=instrument_id, **said)


class OneTermsOfInstrument(RowView):
    """What was set of an instrument at one time."""

    of = TermsOfInstrument


class OneTermsOfVenue(RowView):
    """What was set of the venue at one time."""

    of = TermsOfVenue


def _mark(mark: Mark) -> Any:
    return dict(MarkByHandOutput(mark).data)


def _of_instrument(terms: InstrumentTerms) -> Any:
    return dict(InstrumentTermsOutput(terms).data)


def _of_venue(terms: VenueTerms) -> Any:
    return dict(VenueTermsOutput(terms).data)
