"""/v1/commitments/{id}/capacity: what is left of a standing bid, within its own caps and its venue's limits."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.commitments import get_own
from accounts.api.serializers.commitments import CapacityOutput
from accounts.queries import AssetCapacity, get_capacity
from auctions.queries import ExposureRoom, get_exposures
from backstop import clock
from backstop.api.views import View


class CommitmentCapacity(View):
    scope = "read"

    @extend_schema(responses=CapacityOutput)
    def get(self, request: Request, commitment_id: UUID) -> Response:
        """What is left of a standing bid now, with every cap that counts and those that bind, and what its venue lets
        the provider's cluster hold."""
        commitment = get_own(self, commitment_id)
        now, exposures = clock.now(), get_exposures(commitment.provider)
        assets = [_shown(one, exposures.room_of(commitment, one.asset)) for one in get_capacity(commitment, now)]
        return Response(CapacityOutput({"commitment_id": commitment.id, "as_of": now, "assets": assets}).data)


def _shown(one: AssetCapacity, room: ExposureRoom | None) -> dict[str, Any]:
    left = [each for each in (one.remaining, None if room is None else room.remaining) if each is not None]
    binding = one.capacity.binding(one.asset.scale, None if room is None else room.remaining)
    return {
        "asset": one.asset.code,
        "remaining": min(left, default=None),
        "min_edge_bps": one.capacity.min_edge_bps,
        "reasons": one.capacity.reasons,
        "caps": [_cap(cap, binding) for cap in one.capacity.caps],
        "exposure": None if room is None else _exposure(one, room),
    }


def _cap(cap: Any, binding: Any) -> dict[str, Any]:
    names = ("name", "commitment_id", "limit", "used", "remaining", "window")
    return {**{name: getattr(cap, name) for name in names}, "binds": cap in binding}


def _exposure(one: AssetCapacity, room: ExposureRoom) -> dict[str, Any]:
    caps = [cap.room(one.asset.scale) for cap in one.capacity.caps]
    binding = room.binding if room.remaining <= min(caps, default=room.remaining) else frozenset()
    return {
        **{name: getattr(room, name) for name in ("exposure", "limits", "offered", "remaining")},
        "gross_binds": "gross" in binding,
        "net_binds": "net" in binding,
    }
