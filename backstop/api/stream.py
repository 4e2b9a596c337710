"""GET /v1/stream: what happens, told as it happens.

Here it is asked for: who may, and from where on. What follows the answer is the front program's: it finds what is
wanted in the request's environment.
"""

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from backstop.api.serializers.stream import EventOutput
from backstop.api.views import View
from backstop.delivery.following import WANTED, Wanted, get_last_position, require_kept
from backstop.delivery.positions import Positions

MEDIA_TYPE = "text/event-stream"
HEADER = "Last-Event-ID"
RETRY = b"retry: 1000\n\n"  # milliseconds


class StreamRenderer(JSONRenderer):
    """For who asks for a stream alone: what is refused is a problem document all the same."""

    media_type = MEDIA_TYPE


class Stream(View):
    scope = "read"
    renderer_classes = [JSONRenderer, StreamRenderer]

    @extend_schema(
        parameters=[
            OpenApiParameter(
                HEADER,
                {"type": "string", "pattern": "^([0-9a-f]{32})?$"},
                OpenApiParameter.HEADER,
                description="The id of the last event that you have: the stream goes on after it, without loss and "
                "without repeating any. Without it, it begins now.",
            )
        ],
        responses={(200, MEDIA_TYPE): EventOutput},
    )
    def get(self, request: Request) -> HttpResponse:
        """What happens to the auctions of your venue and to what is yours, as server-sent events, for ever. Answers 410
        `position_expired` where what came after your last event is not kept any more."""
        if request.method == "GET":
            request.META[WANTED] = self._wanted(request)
        return HttpResponse(RETRY, content_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})

    def _wanted(self, request: Request) -> Wanted:
        last_event_id, address = request.headers.get(HEADER, ""), request.META.get("REMOTE_ADDR") or None
        asking, provider, venue_id = self.principal, self.principal.provider, self.principal.venue.id
        after = Positions(provider.id).read(last_event_id) if last_event_id else None
        last = get_last_position(venue_id)
        if after is None:
            after = last
        require_kept(venue_id, after, last)
        return Wanted((asking.id, address), asking.counts_as, venue_id, provider.id, after, last)
