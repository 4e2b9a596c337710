"""Taking back all that one has bid: at once, or when nothing more is heard of one."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from auctions.api.serializers.cancelling import CancelledOutput, SwitchInput, SwitchOutput
from auctions.models import CancelSwitch
from auctions.operations.provider.cancel_bids import Cancelled, cancel_bids
from auctions.operations.provider.set_cancel_switch import set_cancel_switch
from auctions.operations.sweeps.trip_cancel_switches import trip_cancel_switches
from auctions.queries import get_due_switch, list_batch_ends
from backstop.api.views import View


class CancelAll(View):
    scope = "bids"
    taking_back = ("POST",)

    @extend_schema(operation_id="cancelAll", request=None, responses=CancelledOutput)
    def post(self, request: Request) -> Response:
        """Take back, in all auctions, every bid that you could take back now. What you gave your firm word for stands:
        bids that were carried over, readiness, and what was cut back; so do commitments, which need notice. However
        many there are, one call takes all of them back, thousands at a time."""
        whose = {"provider_id": self.principal.provider.id}
        begins = [0, *list_batch_ends(self.principal.provider.id)]
        batches = [{**whose, "past": past, "until": until} for past, until in pairwise(begins)]
        before = self.write_ahead(cancel_bids, batches)
        past = begins[-1] if before else 0
        return Response(self.write(lambda last: _shown([*before, last]), cancel_bids, **whose, past=past))


class CancelAllAfter(View):
    scope = "bids"
    taking_back = ("POST",)

    @extend_schema(operation_id="cancelAllAfter", request=SwitchInput, responses=SwitchOutput)
    def post(self, request: Request) -> Response:
        """A dead man's switch: unless you ask again in time, what `cancel-all` takes back is taken back then, once.
        Each call counts from its own instant; with 0 nothing is."""
        seconds = self.body(SwitchInput)["seconds"]
        provider_id = self.principal.provider.id
        past = self._trip_what_is_due(provider_id)
        return Response(self.write(_switch, set_cancel_switch, provider_id=provider_id, seconds=seconds, past=past))

    def _trip_what_is_due(self, provider_id: UUID) -> int:
        """Batch by batch, but for the last; up to which sequence."""
        switch = get_due_switch(provider_id)
        if switch is None:
            return 0
        ends = list_batch_ends(provider_id, switch.looked_past)
        tripped = self.write_ahead(trip_cancel_switches, [{"ids": [switch.id]} for _ in ends])
        return ends[-1] if tripped and all(tripped) else 0


def _shown(batches: Sequence[Cancelled]) -> Any:
    """Of all of them; what stands beside bids, as of the last."""
    bids = [bid for batch in batches for bid in batch.bids]
    standing = sum(batch.bids_standing for batch in batches)
    return dict(CancelledOutput(replace(batches[-1], bids=bids, bids_standing=standing)).data)


def _switch(switch: CancelSwitch) -> Any:
    return dict(SwitchOutput(switch).data)
