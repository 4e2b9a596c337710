"""Venues, what they trade, and the marks that they sent. A venue and what it trades may be added, never changed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from backstop import clock
from backstop.admin.base import Addable, Shown
from backstop.admin.cells import Panel, plain
from backstop.admin.deeds import Doing
from backstop.models import Asset, Instrument, Mark, ProductGroup, Venue
from backstop.queries import get_mark_terms, list_known_prices
from backstop.values.marks import NOTHING_KNOWN, MarkTerms, Reference, age_seconds, reference_of


@admin.register(Venue)
class VenueAdmin(Doing, Addable):
    """A venue with what it trades."""

    list_display = ("code", "name", "notice_seconds", "created_at")
    search_fields = ("code", "name")
    ordering = ("code",)

    def panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        instruments = obj.instruments.select_related("product_group", "settlement_asset").order_by("symbol")[:500]
        rows = [
            (i.symbol, i.kind, i.product_group, i.settlement_asset, plain(i.quantity_step), plain(i.margin_rate))
            for i in instruments
        ]
        traded = ("Instrument", "Kind", "Product group", "Settled in", "Quantity step", "Margin rate")
        names = ("notice_seconds", "exposure_max_age_seconds", "default_confirm_seconds", "default_book_seconds")
        terms = [
            (each.effective_at, *(getattr(each, name) for name in names))
            for each in obj.terms.order_by("-effective_at")[:100]
        ]
        note = "Before the first of these, those above."
        columns = ("Effective", *(name.replace("_", " ").capitalize() for name in names))
        later = Panel("Terms, newest first", columns, terms, note, versions=True)
        return [Panel("Instruments", traded, rows, "With their first terms."), later]


@admin.register(Asset)
class AssetAdmin(Doing, Addable):
    """What money is counted in."""

    related = ("venue",)
    list_display = ("code", "venue", "scale", "created_at")
    list_filter = ("venue",)
    search_fields = ("code",)
    ordering = ("venue__code", "code")


@admin.register(ProductGroup)
class ProductGroupAdmin(Doing, Addable):
    """Instruments that are hedged together."""

    related = ("venue",)
    list_display = ("code", "venue", "created_at")
    list_filter = ("venue",)
    search_fields = ("code",)
    ordering = ("venue__code", "code")


@admin.register(Instrument)
class InstrumentAdmin(Doing, Addable):
    """A contract, with the marks of all its sources and the reference that they make."""

    related = ("venue", "product_group", "settlement_asset")
    list_display = ("symbol", "venue", "kind", "product_group", "settlement_asset", "quantity_step", "margin_rate")
    list_filter = ("venue", "kind", "product_group")
    search_fields = ("symbol",)
    ordering = ("venue__code", "symbol")

    def panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        now, of_marks = clock.now(), get_mark_terms(obj.venue_id)
        reference = reference_of(list_known_prices([obj.id]).get(obj.id, NOTHING_KNOWN), of_marks, now)
        rows = [
            (
                one.last.source,
                plain(one.last.price),
                one.last.marked_at,
                f"{age_seconds(one.last, now)} s",
                one.standing,
                plain(one.deviation_bps),
            )
            for one in reference.judged
        ]
        terms = [
            (each.effective_at, plain(each.quantity_step), plain(each.margin_rate), "yes" if each.is_listed else "no")
            for each in obj.terms.order_by("-effective_at")[:100]
        ]
        first = ("from the beginning", plain(obj.quantity_step), plain(obj.margin_rate), "yes")
        named = ("Effective", "Quantity step", "Margin rate", "Listed")
        note = "A book keeps the terms that it was received under."
        columns = ("Source", "Price", "As of", "Age", "Standing", "Bps from the median")
        marks = Panel("Marks", columns, rows, _explained(reference, of_marks))
        return [Panel("Terms, newest first", named, [*terms, first], note, versions=True), marks]


@admin.register(Mark)
class MarkAdmin(Shown):
    """Reference prices, as the venue sent them."""

    related = ("instrument__venue",)
    list_display = ("instrument", "venue", "source", "price", "marked_at")
    list_filter = ("instrument__venue", "instrument", "marked_at")
    search_fields = ("instrument__symbol", "source")
    ordering = ("-marked_at",)

    @admin.display(ordering="instrument__venue__code")
    def venue(self, mark: Mark) -> str:
        return mark.instrument.venue.code


def _explained(reference: Reference, terms: MarkTerms) -> str:
    price = "There is no reference"
    if reference.jumped_to is not None:
        price = f"{plain(reference.jumped_to)} is a jump that waits to be confirmed"
    elif reference.price is not None:
        price = f"The reference is {plain(reference.price)}"
    return (
        f"{price}. By the newest playbook a source counts for {terms.max_age_seconds} s and up to "
        f"{plain(terms.band_bps)} bps from the median of all; sources needed: {terms.min_sources}."
    )
