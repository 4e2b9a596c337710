"""Lists as files: the columns and rows that a list shows, as CSV or as a JSON object a line, written as they are read.

Rows come a thousand at a time, by what never changes of them, so that a list of any length takes no more memory and
holds no transaction; what changes meanwhile is told as it is when its turn comes. Numbers are plain, times ISO 8601 in
UTC, nothing an empty cell.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q, QuerySet
from django.http import StreamingHttpResponse

from backstop.values.amounts import to_text
from backstop.values.tables import neutral

AT_ONCE: Final = 1000
TYPES: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}


def export(
    page: Any, columns: Sequence[str], rows: QuerySet[Any], form: str, by: str | None = None
) -> StreamingHttpResponse:
    """These columns of a page's rows, as a file of this form: `csv` or `jsonl`. They come by `by`, a field that every
    row has and keeps, and then by their ids."""
    names = ["id", *(name for name in columns if name not in ("id", "__str__"))]
    labels = ["id", *(str(label_for_field(name, page.model, page)) for name in names[1:])]
    cells = _cells(page, names, rows, by)
    lines = _csv(labels, cells) if form == "csv" else _jsonl(labels, cells)
    answer = StreamingHttpResponse(lines, content_type=TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="{page.opts.model_name}.{form}"'
    return answer


class _Number(str):
    """A decimal in plain digits: text that begins no formula, whatever its sign."""


def _cells(page: Any, names: Sequence[str], rows: QuerySet[Any], by: str | None) -> Iterator[list[Any]]:
    left = rows.order_by(*([by] if by else []), "pk")
    while True:
        found = list(left[:AT_ONCE])
        for row in found:
            yield [_plain(value_of(page, name, row)) for name in names]
        if len(found) < AT_ONCE:
            return
        left = left.filter(_after(found[-1], by))


def _after(last: Any, by: str | None) -> Q:
    later = Q(pk__gt=last.pk)
    if by is None:
        return later
    value = getattr(last, by)
    return Q(**{f"{by}__gt": value}) | Q(**{by: value}) & later


def value_of(page: Any, name: str, row: Any) -> Any:
    """What a list or page shows of a row under this name."""
    if hasattr(page, name):
        return lookup_field(name, row, page)[2]
    try:
        field = row._meta.get_field(name)
    except FieldDoesNotExist:
        value = getattr(row, name)
        return value() if callable(value) else value
    return getattr(row, field.name)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Decimal):
        return _Number(to_text(value))
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _csv(labels: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    write: Callable[[Iterable[str]], str] = csv.writer(_Echo()).writerow
    yield write(labels)
    for row in rows:
        yield write(cell if isinstance(cell, _Number) else neutral(cell) for cell in row)


def _jsonl(labels: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(dict(zip(labels, row, strict=True)), ensure_ascii=False) + "\n"


class _Echo:
    """A file whose writer is answered what it writes."""

    def write(self, text: str) -> str:
        return text
