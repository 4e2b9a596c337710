"""Auctions with their bids and takes. What a sealed bid offers is nobody's to see before the auction is decided."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from accounts.models import Provider
from auctions.admin.pictures import draw_clock, marks_panel
from auctions.lifecycle import UNDER_WAY, AuctionState, StepKind
from auctions.models import Auction, Bid, Transcript
from auctions.operations.operator.restart_auction import restart_auction
from auctions.operations.operator.set_breaker import set_breaker
from auctions.queries import list_awards
from auctions.rules.breaker import Level
from backstop import clock
from backstop.admin.cells import Panel, plain
from backstop.admin.deeds import Deed, Doing
from backstop.admin.reading import read
from backstop.admin.scoping import within

SEALED = "sealed"
TAKEN, BID_IN = ("How it is taken",), ("How it is bid in", "What a bid holds")  # fieldsets of one kind of auction alone
TRANSCRIPT = "auctions_auction_transcript"
MOST = 500  # rows of a table under an auction


@admin.register(Auction)
class AuctionAdmin(Doing):
    """One lot in one window."""

    related = ("venue", "step__lot__book__asset")
    money = ("notional", "base_hold", "unit_hold", "unit_exposure")
    money_in = "step.lot.book.asset"
    list_display = (
        "lot",
        "kind",
        "state",
        "closes_at",
        "units",
        "units_taken",
        "notional",
        "reserve_edge_bps",
        "opens_at",
        "round",
        "venue",
    )
    list_filter = ("venue", "kind", "state", ("parked_reason", admin.EmptyFieldListFilter), "opens_at")
    search_fields = ("step__lot__book__reference", "=id")
    fieldsets = (
        (None, {"fields": ("lot", "book", "venue", "kind", "state", "round", "id")}),
        ("How it decides", {"fields": ("format", "price_rule", "first_rejected_cap_bps", "rationing", "sealed_by")}),
        ("How it is bid in", {"fields": ("max_bids", "min_improvement_bps")}),
        (
            "How it was decided",
            {"fields": ("optimal", "gap", "continuation_edge_bps", "filling_edge_bps", "unfilled_reason")},
        ),
        (
            "What is offered",
            {"fields": ("units", "units_taken", "offered_units", "notional", "reserve_edge_bps")},
        ),
        ("What of it is shown", {"fields": ("disclosure", "band_above", "band_up_to", "risk_percent")}),
        ("How it is taken", {"fields": ("price_curve", "min_take_units", "priority_seconds")}),
        ("What a bid holds", {"fields": ("base_hold", "unit_hold", "unit_exposure")}),
        ("Window", {"fields": ("opens_at", "closes_at", "awarded_at", "unfilled_at")}),
        (
            "What went wrong",
            {
                "fields": (
                    "halted_at",
                    "halt_reason",
                    "halt_ends_at",
                    "halted_seconds",
                    "reconfirm_since",
                    "restarts",
                    "retry_at",
                    "parked_reason",
                )
            },
        ),
    )
    deeds = (
        Deed(
            "halt",
            "Halt",
            lambda row, reason: _set_level(row, Level.NO_BIDS, reason),
            lambda row: row.state == AuctionState.OPEN,
        ),
        Deed(
            "release",
            "Release",
            lambda row, reason: _set_level(row, Level.ALL, reason),
            lambda row: row.breakers.filter(level__gt=Level.ALL).exists(),
        ),
        Deed(
            "restart",
            "Restart",
            lambda row, reason: restart_auction(venue_id=row.venue_id, auction_id=row.id, reason=reason),
            lambda row: row.state in UNDER_WAY,
        ),
    )

    @admin.display(description="lot", ordering="step__lot__book__reference")
    def lot(self, auction: Auction) -> str:
        return str(auction.step.lot)

    @admin.display
    def book(self, auction: Auction) -> str:
        book = auction.step.lot.book
        return format_html('<a href="{}">{}</a>', reverse("admin:auctions_book_change", args=[book.pk]), book)

    @admin.display(description="curve")
    def price_curve(self, auction: Auction) -> str:
        return ", ".join(f"{name.replace('_', ' ')} {_plainly(value)}" for name, value in (auction.curve or {}).items())

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Those that its kind of auction has."""
        others = TAKEN if obj is not None and obj.kind == StepKind.SEALED else BID_IN
        return [each for each in super().get_fieldsets(request, obj) if each[0] not in others]

    def picture(self, obj: Any) -> str:
        return draw_clock(obj, clock.now())

    def panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        offered = [_bids(obj)] if obj.kind == StepKind.SEALED else [_takes(obj), _readiness(obj), _cut(obj)]
        return [*offered, _awards(obj), marks_panel("Marks of the opening", obj.marks), *_tiers(obj)]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.transcript_view)
        return [path("<uuid:auction_id>/transcript/", view, name=TRANSCRIPT), *super().get_urls()]

    def tools(self, request: HttpRequest, obj: Any = None) -> list[tuple[str, str]]:
        own = super().tools(request, obj)
        if obj is None or not Transcript.objects.filter(auction=obj).exists():
            return own
        return [("Transcript", reverse(f"admin:{TRANSCRIPT}", args=[obj.pk])), *own]

    def transcript_view(self, request: HttpRequest, auction_id: UUID) -> HttpResponse:
        """The signed document itself, for `manage.py verify`."""
        if not self.has_view_permission(request):
            raise PermissionDenied

        def found(database: str) -> Transcript:
            return get_object_or_404(within(request, Transcript.objects.using(database)), auction=auction_id)

        return JsonResponse(read(request, found).document, json_dumps_params={"indent": 2})


def _set_level(auction: Auction, level: Level, reason: str) -> None:
    set_breaker(venue_id=auction.venue_id, auction_id=auction.id, level=level, reason=reason)


def is_sealed(auction: Auction) -> bool:
    """Whether its bids still have to be hidden, from everybody."""
    return auction.kind == StepKind.SEALED and auction.state not in (AuctionState.AWARDED, AuctionState.UNFILLED)


def _bids(auction: Auction) -> Panel:
    rows = [
        (
            bid.provider,
            "standing" if bid.commitment_id else bid.client_bid_id,
            bid.state,
            bid.round,
            *([SEALED] * 3 if bid.units is None else [bid.units, _edges(bid), _insists_on(bid)]),
            bid.max_units,
            plain(bid.max_pay_bps),
            plain(bid.max_drift_bps),
            bytes(bid.digest or b"").hex()[:16],
            bid.created_at,
            bid.cancelled_at,
        )
        for bid in auction.bids.select_related("provider").order_by(*Bid.IN_ORDER)[:MOST]
    ]
    columns = (
        "Provider",
        "Bid",
        "State",
        "Round",
        "Units",
        "Edge (bps)",
        "At least",
        "Most units",
        "Pays at most",
        "Drifts at most",
        "Digest",
        "At",
        "Cancelled",
    )
    note = "Units and edges are hidden from everybody until the auction is decided." if is_sealed(auction) else ""
    return Panel("Bids", columns, rows, note)


def _edges(bid: Bid) -> Any:
    """The edge of the bid; with the one for the inverse lot where it states one."""
    if bid.inverse_edge_bps is None:
        return plain(bid.edge_bps)
    return f"{plain(bid.edge_bps)}, inverse {plain(bid.inverse_edge_bps)}"


def _insists_on(bid: Bid) -> Any:
    """The fewest units that it takes when it takes any; empty where that is one."""
    least = bid.units if bid.all_or_none else bid.min_units
    return least if least and least > 1 else ""


def _takes(auction: Auction) -> Panel:
    rows = [
        (
            take.provider,
            take.client_bid_id,
            take.units,
            take.min_units,
            take.max_units,
            plain(take.edge_bps),
            take.created_at,
        )
        for take in auction.takes.select_related("provider").order_by("created_at")[:MOST]
    ]
    return Panel("Takes", ("Provider", "Take", "Units", "At least", "At most", "Edge (bps)", "At"), rows)


def _readiness(auction: Auction) -> Panel:
    rows = [
        (
            stands.provider,
            stands.client_bid_id,
            stands.units,
            stands.units_left,
            stands.get_state_display(),
            stands.void_reason or stands.end_reason,
            plain(stands.held),
            plain(stands.max_drift_bps),
            stands.created_at,
        )
        for stands in auction.readiness.select_related("provider").order_by("place")[:MOST]
    ]
    return Panel(
        "Ready", ("Provider", "Readiness", "Units", "Left", "State", "Why", "Held", "Drifts at most", "At"), rows
    )


def _cut(auction: Auction) -> Panel:
    rows = [
        (
            cut.provider,
            cut.units,
            cut.least_units,
            plain(cut.edge_bps),
            cut.get_state_display(),
            cut.void_reason,
            plain(cut.held),
        )
        for cut in auction.cut_bids.select_related("provider").order_by("place")[:MOST]
    ]
    note = "What the sealed auction cut back takes by itself, once the clock reaches its edge."
    return Panel("Cut back", ("Provider", "Units", "At least", "Edge (bps)", "State", "Why void", "Held"), rows, note)


def _plainly(value: Any) -> str:
    """What a curve says of itself, in one line."""
    if isinstance(value, list | tuple):
        return "; ".join(map(_plainly, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plainly(each)}" for name, each in value.items())
    return str(value)


def _tiers(auction: Auction) -> list[Panel]:
    found = Provider.objects.in_bulk(list(auction.tiers))
    rows = [(provider, auction.tiers[str(key)]) for key, provider in found.items()]
    return [Panel("Who may take first", ("Provider", "Tier"), rows)] if rows else []


def _awards(auction: Auction) -> Panel:
    found = list_awards().filter(step=auction.step_id).order_by("first_unit")[:MOST]
    rows = [
        (award.provider or award.get_beneficiary_display(), award.units, plain(award.notional), plain(award.edge_bps))
        for award in found
    ]
    return Panel("Awards", ("To", "Units", "Notional", "Edge (bps)"), rows)
