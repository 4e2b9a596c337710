"""/v1/caps, /v1/playbooks, /v1/inventory/sales: what a venue's desk sets, and sells for its fund."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.approvals import PENDING, DeedView
from accounts.desks.collateral import find_asset
from auctions.api.serializers.desk import (
    CapInput,
    CapOnAuctionsOutput,
    CapSetOutput,
    PlaybookInput,
    PlaybookOutput,
    SaleInput,
    SaleOutput,
)
from auctions.desks.product_groups import find_product_group
from auctions.models import Book, Cap, Playbook
from auctions.operations.operator.add_playbook import add_playbook
from auctions.operations.operator.sell_inventory import sell_inventory
from auctions.operations.operator.set_cap import set_cap
from auctions.tasks import wake
from backstop.api.parsing import about_fields
from backstop.api.views import ListView, RowView
from backstop.models import Instrument
from backstop.refusals import GroundRefusal


class CapsOnAuctions(DeedView, ListView):
    """How much of the venue, or of its product groups, may be in auctions at once, and is."""

    scope = "risk"
    model = Cap
    serializer_class = CapOnAuctionsOutput

    def listed(self) -> QuerySet[Cap]:
        return Cap.objects.filter(venue=self.principal.venue).select_related("product_group", "asset")

    @extend_schema(operation_id="setCap", request=CapInput, responses={200: CapSetOutput, **PENDING})
    def put(self, request: Request) -> Response:
        """Set, change or take away a cap. Nothing that is open is touched."""
        sent, venue = self.body(CapInput), self.principal.venue
        code = sent.pop("product_group")
        group = find_product_group(venue.id, code) if code else None
        said = {**sent, "asset": find_asset(venue.id, sent["asset"]), "product_group": group}
        return self.carry_out_on_rows(_cap, set_cap, venue=venue, **said)


class OneCap(RowView):
    """How much of one scope may be in auctions at once, and is."""

    of = CapsOnAuctions


class Playbooks(DeedView, ListView):
    """Every version of the venue's parameters, newest first."""

    scope = "risk"
    model = Playbook
    serializer_class = PlaybookOutput

    def listed(self) -> QuerySet[Playbook]:
        return Playbook.objects.filter(venue=self.principal.venue)

    @extend_schema(operation_id="addPlaybook", request=PlaybookInput, responses={201: PlaybookOutput, **PENDING})
    def post(self, request: Request) -> Response:
        """Add the next version, for books that are received from now on."""
        sent = self.body(PlaybookInput)
        try:
            return self.carry_out_on_rows(_playbook, add_playbook, 201, venue=self.principal.venue, **sent)
        except ValidationError as refused:
            raise about_fields(refused, within="parameters") from None


class OnePlaybook(RowView):
    """One version of the venue's parameters."""

    of = Playbooks


class InventorySales(DeedView):
    scope = "fund"

    @extend_schema(operation_id="sellInventory", request=SaleInput, responses={201: SaleOutput, **PENDING})
    def post(self, request: Request) -> Response:
        """Sell all that the fund holds of an instrument through the market, as a book of its own."""
        sent = self.body(SaleInput)
        instrument = Instrument.objects.filter(venue=self.principal.venue, symbol=sent.pop("instrument")).first()
        if instrument is None:
            raise GroundRefusal.INSTRUMENT_UNKNOWN.error(pointer="/instrument")
        answer = self.carry_out_on_rows(_sale, sell_inventory, 201, instrument=instrument, **sent)
        wake("route_books")
        return answer


def _cap(cap: Cap | None) -> Any:
    return {"cap": None if cap is None else dict(CapOnAuctionsOutput(cap).data)}


def _playbook(playbook: Playbook) -> Any:
    return dict(PlaybookOutput(playbook).data)


def _sale(book: Book) -> Any:
    return dict(SaleOutput(book).data)
