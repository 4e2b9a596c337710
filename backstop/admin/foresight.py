"""What a deed is about to change: it is carried out, the page of its row is compared with what it was, and all is taken
back.

So nothing has to say in advance what it would do, and nothing can forget to.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.db.models import Model
from django.forms import BaseForm, BoundField
from django.http import HttpRequest

from backstop.admin.base import actor_of
from backstop.admin.cells import NOTHING, Panel, plain
from backstop.admin.emptiness import EMPTY, words_of
from backstop.admin.exports import value_of
from backstop.database import giving_way, is_passing
from backstop.transactions import foresee

Page = Mapping[str, Panel]
CHANGES = ("What", "Now", "Then")


def foreseen(request: HttpRequest, rows: Sequence[Model], deed: Callable[[], Any]) -> list[Panel]:
    """How the pages of these rows would change by the deed, as panels, and what stands in its way until somebody else
    confirmed it. Raises what the deed would raise. Where the market is at work on them, that it cannot be told now: to
    look keeps nobody waiting."""

    pages = [(admin.site._registry[type(row)], row) for row in rows]

    def carried_out() -> list[Panel]:
        with giving_way():
            before = [_page_of(request, page, row) for page, row in pages]
            note = getattr(deed(), "pending_note", "")
            found = [
                panel
                for (page, row), was in zip(pages, before, strict=True)
                for panel in _changes(str(row), was, _page_of(request, page, row))
            ]
        if note or not found:
            found.append(Panel("What changes", (), (), note or "Nothing that these pages show."))
        return found

    try:
        panels: list[Panel] = foresee(lambda found: found, carried_out, actor=actor_of(request))
    except Exception as error:
        if not is_passing(error):
            raise
        return [Panel("What changes", (), (), "It cannot be told now: the market is at work on it.")]
    return panels


def asked_for(form: BaseForm) -> Panel:
    """What a form that is valid would change of what it was filled with."""
    rows = [
        (
            field.label,
            *(text_of(each) or words_of(field.name) for each in (_before(field), field.form.cleaned_data[field.name])),
        )
        for field in form
        if field.name != "reason" and not field.is_hidden
    ]
    return Panel("What is asked for", CHANGES, [row for row in rows if row[1] != row[2]])


def text_of(value: Any) -> str:
    """A value as tables show it: plain numbers, times in UTC with seconds, nothing for nothing."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {text_of(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(text_of, value)) or NOTHING
    return str(value)


def _before(field: BoundField) -> Any:
    """What the field was filled with, as it would be understood."""
    return field.field.clean(field.initial) if isinstance(field.initial, str) and field.initial else field.initial


def _page_of(request: HttpRequest, page: Any, row: Model) -> Page:
    """What the page of the row shows: its fields as one table, under no title, then its panels."""
    found = page.get_queryset(request).filter(pk=row.pk).first()
    if found is None:
        return {}
    fields: list[tuple[str, ...]] = [
        (str(label_for_field(name, page.model, page)), text_of(value_of(page, name, found)) or words_of(name))
        for name in page.names()
    ]
    shown = [Panel("", (), fields), *page.all_panels(request, found)]
    return {each.title: replace(each, rows=[tuple(map(text_of, row)) for row in each.rows]) for each in shown}


def _changes(title: str, before: Page, after: Page) -> Iterator[Panel]:
    for name, panel in after.items():
        old = before[name].rows if name in before else []
        come, gone = [row for row in panel.rows if row not in old], [row for row in old if row not in panel.rows]
        if not name:
            was = {row[0]: row[1] for row in gone}
            if come:
                yield Panel(title, CHANGES, [(label, was.get(label, EMPTY), value) for label, value in come])
            continue
        if come and panel.versions:
            gone = list(old[:1])
        if gone or come:
            told = [*(("now", *row) for row in gone), *(("then", *row) for row in come)]
            yield Panel(f"{title}: {name}", ("", *panel.columns), told)
