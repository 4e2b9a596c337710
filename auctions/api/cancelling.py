"""Taking back all that one has bid: at once, or when nothing more is heard of one."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auctions.api.serializers.cancelling import CancelledOutput, SwitchInput, SwitchOutput
from auctions.models import CancelSwitch
from auctions.operations.provider.cancel_bids import Cancelled, cancel_bids
from auctions.operations.provider.set_cancel_switch import set_cancel_switch
from backstop.api.views import View


class CancelAll(View):
    scope = "bids"
    taking_back = ("POST",)

    @extend_schema(operation_id="cancelAll", request=None, responses=CancelledOutput)
    def post(self, request: Request) -> Response:
        """Take back, in all auctions, every bid that you could take back now. What you gave your firm word for stands:
        bids that were carried over, readiness, and what was cut back; so do commitments, which need notice."""
        return Response(self.write(_shown, cancel_bids, provider_id=self.principal.provider.id))


class CancelAllAfter(View):
    scope = "bids"
    taking_back = ("POST",)

    @extend_schema(operation_id="cancelAllAfter", request=SwitchInput, responses=SwitchOutput)
    def post(self, request: Request) -> Response:
        """A dead man's switch: unless you ask again in time, what `cancel-all` takes back is taken back then, once.
        Each call counts from its own instant; with 0 nothing is."""
        seconds = self.body(SwitchInput)["seconds"]
        provider_id = self.principal.provider.id
        return Response(self.write(_switch, set_cancel_switch, provider_id=provider_id, seconds=seconds))


def _shown(cancelled: Cancelled) -> Any:
    return dict(CancelledOutput(cancelled).data)


def _switch(switch: CancelSwitch) -> Any:
    return dict(SwitchOutput(switch).data)
