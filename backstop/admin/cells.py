"""What stands in the pages of the admin: tables, and cells that are numbers, links, or say why they are empty."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import display_for_field
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from backstop.admin.emptiness import empty, empty_under
from backstop.values.amounts import STORED_DIGITS, to_text

NOTHING = ""  # a panel says why a cell is empty
BLANK = "\N{NO-BREAK SPACE}"  # of a cell that has nothing to say


@dataclass(frozen=True)
class Panel:
    """Rows that belong to the one shown, as a table under it. `note` says what there is to know about them; `versions`
    that they are one thing as it was from time to time, newest first."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    note: str = ""
    versions: bool = False

    @property
    def headings(self) -> list[tuple[str, bool]]:
        """The titles of its columns, each with whether it stands over numbers."""
        over = {n for row in self.rows for n, cell in enumerate(row) if hasattr(cell, "is_number")}
        return [(title, n in over) for n, title in enumerate(self.columns)]

    @property
    def lines(self) -> list[list[Any]]:
        """Its rows as they are shown: what is empty says why."""
        return [
            [
                empty_under(title) if cell in (None, NOTHING) else cell
                for title, cell in zip(self.columns, row, strict=True)
            ]
            for row in self.rows
        ]


@dataclass(frozen=True)
class LinkedCell:
    """A cell of a panel that leads to the page of a row, by a text of its own."""

    row: models.Model
    text: str

    def __str__(self) -> str:
        return self.text


class Number(str):
    """A number in plain digits: in tables such stand under each other."""

    is_number = True


def as_number(text: str) -> str:
    """A number of a list, which stands with others under each other."""
    return format_html('<span class="house-number">{}</span>', text)


def plain(value: Decimal | None) -> str:
    """A number without trailing zeros, its thousands apart; nothing for none. What nothing stores stays as it is."""
    if value is None:
        return NOTHING
    if not value.is_finite() or abs(value.adjusted()) > STORED_DIGITS:
        return str(value)
    whole, point, decimals = to_text(value).partition(".")
    return Number(("-0" if whole == "-0" else f"{int(whole):,}") + point + decimals)


@cache  # Django compares what it is given, so that the same field has to be the same function
def shown(model: type[models.Model], name: str, *, linked: bool = False, asset: str = "") -> Any:
    """What Django is to show for a field: its name, or for numbers and for what may be empty a function that writes it
    plainly, `linked` where it is another row's. `asset` is where the row has what the number is an amount of."""
    try:
        field: Any = model._meta.get_field(name)
    except FieldDoesNotExist:
        return name
    is_number = isinstance(field, models.DecimalField | models.IntegerField) and not field.choices
    if not field.concrete or field.primary_key or not (is_number or field.null or field.blank):
        return name

    @admin.display(description=str(field.verbose_name), ordering=name)
    def written(row: models.Model) -> Any:
        value = getattr(row, name)
        if value in field.empty_values:
            return empty(name)
        if is_number:
            number = plain(value) if isinstance(value, Decimal) else value
            return as_number(f"{number} {attrgetter(asset)(row)}" if asset else str(number))
        if field.remote_field:
            return link_to(value, str(value)) if linked else value
        return display_for_field(value, field, "")

    written.__name__ = name
    return written


def link_to(row: models.Model, text: str) -> str:
    """A link to the page of a row; only the text, where it has none."""
    if not admin.site.is_registered(type(row)):
        return text
    page = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return format_html('<a href="{}">{}</a>', reverse(page, args=[row.pk]), text)


def dressed(request: HttpRequest, rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Cells that are rows of others lead to their pages, where the user may see them."""
    return [[_led(request, cell) for cell in row] for row in rows]


def _led(request: HttpRequest, cell: Any) -> Any:
    row = cell.row if isinstance(cell, LinkedCell) else cell
    if not isinstance(row, models.Model):
        return Number(cell) if type(cell) is int else cell
    may_see = request.user.has_perm(f"{row._meta.app_label}.view_{row._meta.model_name}")
    return link_to(row, str(cell)) if may_see else str(cell)
