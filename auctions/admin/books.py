"""Books: what came in, its lots on their way through the waterfall, who took what, and the money."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from auctions.desks.drafts import BookOrder, PositionOrder
from auctions.desks.statements import statement_of
from auctions.lifecycle import BOOK, BookState
from auctions.models import Book, KeptPosition, Position
from auctions.operations.operator.retry_book import retry_book
from auctions.operations.venue.amend_book import amend_book
from auctions.operations.venue.withdraw_book import withdraw_book
from auctions.queries import (
    list_awards,
    list_books_in_full,
    list_kept_positions,
    list_lots,
    list_positions,
    list_steps,
)
from backstop import clock
from backstop.admin.cells import LinkedCell, Panel, plain
from backstop.admin.deeds import Deed, Doing
from backstop.values.amounts import total

MOST = 500  # rows of a table under a book
EARLIER = "What is of an earlier version than the book's, or of a book that is withdrawn, was withdrawn with it."


class ByDrill(admin.SimpleListFilter):
    title = "drill"
    parameter_name = "drill"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Drills"), ("no", "Real books")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() is None:
            return queryset
        return queryset.filter(asset__shadow_of__isnull=self.value() == "no")


@admin.register(Book)
class BookAdmin(Doing):
    """A book with everything that became of it; until its first award it is amended or withdrawn by hand too."""

    deeds = (
        Deed(
            "withdraw",
            "Withdraw",
            lambda row, reason: withdraw_book(venue_id=row.venue_id, book_id=row.id, reason=reason),
            lambda row: _may_change(row),
        ),
        Deed(
            "retry",
            "Try again what stands aside",
            lambda row, reason: retry_book(venue_id=row.venue_id, book_id=row.id, reason=reason),
            lambda row: row.state not in BOOK.final,
        ),
        Deed(
            "amend",
            "Amend",
            lambda row, **said: _amend(row, **said),
            lambda row: _may_change(row) and row.target_margin_ratio is None,
            fields=lambda row: _corrections(row),
        ),
    )

    related = ("venue", "asset", "playbook__venue", "owner_group", "estate__asset", "debt__asset")
    list_display = (
        "reference",
        "venue",
        "state",
        "drilled",
        "version",
        "notional",
        "asset",
        "equity",
        "residual",
        "received_at",
        "closed_at",
    )
    list_filter = (
        "venue",
        "state",
        ByDrill,
        ("parked_reason", admin.EmptyFieldListFilter),
        "owned_by_fund",
        "received_at",
    )
    search_fields = ("reference", "account", "=id")
    fieldsets = (
        (
            None,
            {"fields": ("reference", "venue", "account", "owner_group", "owned_by_fund", "playbook", "version", "id")},
        ),
        (
            "Where it stands",
            {
                "fields": (
                    "state",
                    "drilled",
                    "received_at",
                    "cure_ends_at",
                    "amended_at",
                    "routed_at",
                    "closed_at",
                    "withdrawn_at",
                    "withdrawal_reason",
                    "retry_at",
                    "parked_reason",
                )
            },
        ),
        (
            "Money",
            {
                "fields": (
                    "asset",
                    "notional",
                    "cash",
                    "equity",
                    "target_margin_ratio",
                    "kept_cash",
                    "kept_equity",
                    "estate",
                    "estate_posted",
                    "debt",
                    "debt_posted",
                    "fee",
                    "residual",
                )
            },
        ),
    )

    @admin.display(description="a drill", boolean=True)
    def drilled(self, book: Book) -> bool:
        return book.is_drill

    @admin.display(description="nothing assigned before")
    def cure_ends_at(self, book: Book) -> datetime:
        return book.cure_ends_at

    @admin.display(description="in the estate")
    def estate_posted(self, book: Book) -> str:
        return plain(book.estate.posted)

    @admin.display(description="owed")
    def debt_posted(self, book: Book) -> str:
        return plain(book.debt.posted.copy_negate())

    def panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        return [_positions(obj), *_kept(obj), _lots(obj), _steps(obj), _awards(obj), _statement(obj)]


def _lines(book: Book) -> list[PositionOrder]:
    """What is for sale as it would be sent: what was cut for several lots is one again."""
    found: dict[tuple[str, str, Any], list[Position]] = {}
    for line in list_positions().filter(book=book, book_version=book.version).order_by("ordinal"):
        found.setdefault((line.instrument.symbol, line.side, line.entry_price), []).append(line)
    return [
        PositionOrder(
            symbol, side, total(line.quantity for line in lines), entry, total(line.accrued for line in lines)
        )
        for (symbol, side, entry), lines in found.items()
    ]


def _corrections(book: Book) -> dict[str, forms.Field]:
    """Cash and quantities, as they are; `version` is the one that was seen."""
    quantities = {
        f"quantity_{place}": forms.DecimalField(
            min_value=0,
            initial=line.quantity,
            label=f"{line.side} {line.instrument}" + (f" at {plain(line.entry_price)}" if line.entry_price else ""),
            help_text="" if place else "Zero: it is gone.",
        )
        for place, line in enumerate(_lines(book))
    }
    version = forms.IntegerField(initial=book.version, widget=forms.HiddenInput)
    return {"cash": forms.DecimalField(initial=book.cash), **quantities, "version": version}


def _amend(book: Book, reason: str, cash: Decimal, version: int, **quantities: Decimal) -> object:
    lines = [replace(line, quantity=quantities[f"quantity_{place}"]) for place, line in enumerate(_lines(book))]
    order = BookOrder(
        reference=book.reference,
        positions=tuple(line for line in lines if line.quantity),
        cash=cash,
        account=book.account,
        owner_group=book.owner_group.name if book.owner_group else "",
    )
    return amend_book(venue_id=book.venue_id, book_id=book.id, order=order, expected_version=version, reason=reason)


def _may_change(book: Book) -> bool:
    return book.state in (BookState.RECEIVED, BookState.AMENDED, BookState.ROUTED) and not book.owned_by_fund


def _positions(book: Book) -> Panel:
    found = list_positions().filter(book=book).order_by("-book_version", "ordinal")[:MOST]
    rows = [(*_leg(p), _lot(p)) for p in found]
    columns = ("Version", "Instrument", "Side", "Quantity", "Entry", "Mark at intake", "Notional", "Lot")
    return Panel("Positions", columns, rows)


def _kept(book: Book) -> list[Panel]:
    found = list_kept_positions().filter(book=book).order_by("-book_version", "ordinal")[:MOST]
    rows = [_leg(p) for p in found]
    columns = ("Version", "Instrument", "Side", "Quantity", "Entry", "Mark at intake", "Notional")
    note = "Only a part of the account is sold. This stays with it, and is never settled here."
    return [Panel("Kept by the account", columns, rows, note)] if rows else []


def _leg(position: Position | KeptPosition) -> tuple[Any, ...]:
    return (
        position.book_version,
        position.instrument,
        position.side,
        plain(position.quantity),
        plain(position.entry_price),
        plain(position.mark_price),
        plain(position.notional),
    )


def _lot(position: Any) -> str:
    return str(position.lot.ordinal) if position.lot else ""


def _lots(book: Book) -> Panel:
    rows = [
        (
            lot.book_version,
            lot.ordinal,
            lot.product_group,
            lot.units,
            plain(lot.notional),
            plain(lot.equity_budget),
            plain(lot.estate_held),
            plain(lot.wished),
            lot.ended_at,
        )
        for lot in list_lots().filter(book=book).order_by("-book_version", "ordinal")[:MOST]
    ]
    columns = (
        "Version",
        "Lot",
        "Product group",
        "Units",
        "Notional",
        "Equity budget",
        "Of it in the estate",
        "Wished of the fund",
        "Ended",
    )
    return Panel("Lots", columns, rows, f"The budgets are what is left to pay edges with. {EARLIER}")


def _steps(book: Book) -> Panel:
    found = (
        list_steps()
        .filter(lot__book=book)
        .select_related("lot", "auction", "waits_for__venue", "waits_for__asset")
        .order_by("-lot__book_version", "lot__ordinal", "ordinal")[:MOST]
    )
    rows = [
        (
            step.lot.book_version,
            step.lot.ordinal,
            step.round,
            LinkedCell(step.auction, step.kind) if hasattr(step, "auction") else step.kind,
            step.state,
            step.units_in,
            step.units_placed,
            step.units_in - step.units_placed,
            plain(step.worst_edge_bps),
            step.due_at,
            step.waits_for,
            step.ended_at,
            step.parked_reason,
        )
        for step in found
    ]
    columns = (
        "Version",
        "Lot",
        "Round",
        "Step",
        "State",
        "Units in",
        "Placed",
        "Left",
        "Worst edge",
        "Due",
        "Waits for room under",
        "Ended",
        "Parked because",
    )
    return Panel("Steps", columns, rows)


def _awards(book: Book) -> Panel:
    found = (
        list_awards()
        .filter(step__lot__book=book)
        .select_related("step__lot")
        .order_by("step__lot__ordinal", "first_unit")[:MOST]
    )
    rows = [
        (
            award.step.lot.ordinal,
            award.step.kind,
            award.provider or award.get_beneficiary_display(),
            award.units,
            plain(award.notional),
            plain(award.edge_bps),
            plain(award.equity_part),
            plain(award.fund_part),
            LinkedCell(award.settlement, award.settlement.state) if hasattr(award, "settlement") else plain(None),
        )
        for award in found
    ]
    columns = (
        "Lot",
        "Step",
        "To",
        "Units",
        "Notional",
        "Edge (bps)",
        "Paid by the account",
        "By the fund",
        "Settlement",
    )
    return Panel("Awards", columns, rows)


def _statement(book: Book) -> Panel:
    said = statement_of(list_books_in_full().get(id=book.id), clock.now())
    rows = [(each.label, plain(estate), plain(debt)) for each, (estate, debt) in said.sums.items()]
    moved = "until now" if said.provisional else "in all"
    waits = "" if said.drift_waiting is None else f", of what nobody has yet {plain(said.drift_waiting)}"
    note = (
        f"What moved into its estate and its debt {moved}: {plain(said.residual)} are left to the owner. Since intake "
        f"the marks gained {plain(said.drift_sold)} for it until it was sold{waits}."
    )
    return Panel("Statement", ("What for", "Estate", "Debt"), rows, note)
