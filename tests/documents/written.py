"""Writes the documents that are made from the code: `python -m tests.documents.written`.

`docs/openapi.json` is what /v1/openapi.json answers, `docs/errors.md` lists the codes, `refusals.json` in each app's
`api` says what the operations of its addresses may be refused with, and the client's `rows.py` and `inputs.py` are its
types.
"""

import json
import os
import re
from collections.abc import Iterator
from functools import cache
from http import HTTPStatus
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import Any

import django

HOUSE = Path(__file__).parents[2]
APPS = ("backstop", "accounts", "auctions")
# Told of every operation that is of a kind; see backstop.api.openapi.
OF_KEYS = [
    ("accounts.authentication", "KeyAuthentication", "authenticate"),
    ("accounts.permissions", "HasScope", "has_permission"),
    ("accounts.permissions", "Metered", "allow_request"),
]
OFFERING = ("accounts.authentication", "Principal", "require_offering")
METHODS = ("get", "post", "put", "patch", "delete")


@cache
def refusals_of(app: str) -> dict[str, list[str]]:
    """Of each operation at an address of the app, the codes of what it may be refused with."""
    from backstop.api.codes import refusals
    from tests.documents.reach import codes_from, house

    by_name = {str(refusal): code for code, refusal in refusals().items()}
    found = {}
    for operation, method, view in operations_of(app):
        names = codes_from(house(), starts_of(method, view))
        found[operation] = sorted({by_name.get(name, name) for name in names})
    return found


def operations_of(app: str) -> Iterator[tuple[str, str, Any]]:
    """Every operation of an app: `POST /v1/bids`, its method, and its view."""
    for address in import_module(f"{app}.api.urls").urlpatterns:
        view = getattr(address.callback, "cls", None)
        path = re.sub(r"<\w+:(\w+)>", r"{\1}", f"/v1/{address.pattern}")
        for method in METHODS:
            if view is not None and view.schema is not None and hasattr(view, method):
                yield f"{method.upper()} {path}", method, view


def starts_of(method: str, view: Any) -> Iterator[tuple[str, ...]]:
    """Where the code of an operation begins: in the view's own, what it lists, its pages, and what lets keys in."""
    from accounts.rules.keys import PROVIDER_SCOPES

    lists = method == "get" and hasattr(view, "listed")
    of_lists = ("list", "_page", "filter_queryset", "listed") if lists else ()
    for kind in view.__mro__:
        own = [name for name in vars(kind) if kind.__module__ == view.__module__ and name not in METHODS]
        yield from ((kind.__module__, kind.__name__, name) for name in (method, "initial", *of_lists, *own))
    if hasattr(view, "of"):
        yield (view.of.__module__, view.of.__name__, "listed")
    if lists:
        yield (view.pagination_class.__module__, view.pagination_class.__name__, "decode_cursor")
    if view.authentication_classes:
        yield from OF_KEYS
        writes = method in ("post", "put", "patch") and PROVIDER_SCOPES & set(view.scopes_needed(method.upper()))
        if writes and view.offers and method.upper() not in view.taking_back:
            yield OFFERING


def errors() -> str:
    """docs/errors.md."""
    from backstop.api.codes import refusals

    by_status = sorted(refusals().values(), key=lambda one: (one.kind.value, one.code))
    parts = [ERRORS]
    for status, those in groupby(by_status, key=lambda one: one.kind.value):
        rows = [f"| `{one.code}` | {one.message} | {f'`{one.pointer}`' if one.pointer else ''} |" for one in those]
        parts.append("\n".join([f"## {status} {HTTPStatus(status).phrase}", "", *HEAD, *rows]))
    return "\n\n".join(parts) + "\n"


HEAD = ("| code | message | points to |", "|---|---|---|")
ERRORS = """# Errors

Made from the code by `make documents`: change it there.

Whatever is not a success is answered with a problem document (RFC 9457, `application/problem+json`). Its `code` is
stable, its `type` the address that explains it (`/v1/problems/{code}`), its `detail` a sentence for people, which may
change. `errors` names at most 50 faults in what was sent, each by a `pointer`, a `code` of this list and a `message`.
`request_id` is what to tell when you ask about it.

What is refused has changed nothing. The same request may be sent again after a 429 or 503, when `Retry-After` says, and
after `request_in_flight`; after any other refusal something has to change first. Which codes an operation may answer
says [openapi.json](openapi.json)."""


def document() -> str:
    """docs/openapi.json."""
    from backstop.api.document import content

    return json.dumps(json.loads(content()), indent=1, ensure_ascii=False) + "\n"


def table(app: str) -> str:
    """An app's refusals.json."""
    rows = [f"  {json.dumps(operation)}: {json.dumps(codes)}" for operation, codes in refusals_of(app).items()]
    return "\n".join(["{", ",\n".join(rows), "}", ""])


def refusals_path(app: str) -> Path:
    return HOUSE / app / "api" / "refusals.json"


def of_client() -> dict[Path, str]:
    """The modules of the client that are made from the document."""
    from tests.documents import client_types

    folder = HOUSE / "backstop" / "client"
    return {folder / "rows.py": client_types.rows(), folder / "inputs.py": client_types.inputs()}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backstop.config.settings")
    django.setup()
    for app in APPS:
        refusals_path(app).write_text(table(app))
    (HOUSE / "docs" / "errors.md").write_text(errors())
    (HOUSE / "docs" / "openapi.json").write_text(document())
    for path, text in of_client().items():
        path.write_text(text)


if __name__ == "__main__":
    main()
