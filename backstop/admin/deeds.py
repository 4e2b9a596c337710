"""What operators do to rows: chosen in a list or on a row's page, confirmed on a page that asks for the reason and
shows what is about to change.

Each row for itself, in a transaction of its own, so that nobody waits for all of them: what the rules refuse is said,
and the others are done.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from backstop.admin.base import Shown, actor_of, may_change, reason_field
from backstop.admin.by_hand import by_hand
from backstop.admin.cells import Panel
from backstop.admin.foresight import asked_for, foreseen
from backstop.admin.scoping import provider_of
from backstop.errors import DomainError
from backstop.transactions import perform

AT_ONCE = 100
FORESEEN = 10  # rows of which it is shown what is about to change
FORESEEN_SECONDS = 2.0  # after which no further one is rehearsed


@dataclass(frozen=True)
class Deed:
    """`carry_out` does it to one row, with the reason; `offered` says whether a row's page offers it. The reason is
    always asked for, and stands in the row's history.

    With `fields` it is done to one row alone, of which they are asked for and given to `carry_out` by name. Who may:
    `permission`, as Django names it; else who may change what the page shows.
    """

    name: str
    label: str
    carry_out: Callable[..., object]
    offered: Callable[[Any], bool]
    fields: Callable[[Any], Mapping[str, forms.Field]] | None = None
    permission: str | None = None


_added: dict[type[Model], list[Deed]] = {}


def add_deeds(model: type[Model], *deeds: Deed) -> None:
    """Offer deeds of an upper floor on the pages of a model of a lower one, which knows nothing of them."""
    _added.setdefault(model, []).extend(deeds)


class WhatFor(forms.Form):
    """What the deed asks for, and the reason."""

    reason = reason_field("Whom it concerns can read it.")

    def __init__(self, deed: Deed, rows: Sequence[Any], *args: Any) -> None:
        super().__init__(*args)
        asked = deed.fields(rows[0]) if deed.fields and rows else {}
        self.fields = {**asked, **self.fields}


class Doing(Shown):
    """A page of rows to which `deeds` can be done."""

    deeds: tuple[Deed, ...] = ()

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        for deed in self._deeds():
            if deed.fields is None and self._may(request, deed):
                actions[deed.name] = (partial(_ask, deed=deed), deed.name, deed.label)  # type: ignore[assignment]
        return actions

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"do/{deed.name}/",
                self.admin_site.admin_view(partial(self.deed_view, deed=deed)),
                name=_address(self, deed),
            )
            for deed in self._deeds()
        ]
        return [*own, *super().get_urls()]

    def tools(self, request: HttpRequest, obj: Any = None) -> list[tuple[str, str]]:
        if obj is None:
            return super().tools(request, obj)
        offered = [deed for deed in self._deeds() if self._may(request, deed) and deed.offered(obj)]
        return [*((deed.label, _link(self, deed, [obj.pk])) for deed in offered), *super().tools(request, obj)]

    def deed_view(self, request: HttpRequest, deed: Deed) -> HttpResponse:
        """Ask, show what is about to change, then do it to all of them."""
        if not self._may(request, deed):
            raise PermissionDenied
        rows = list(self.get_queryset(request).filter(pk__in=_ids(request)).order_by("pk")[:AT_ONCE])
        if deed.fields and len(rows) != 1:
            raise Http404
        form = WhatFor(deed, rows, request.POST if request.method == "POST" else None)
        noun = self.opts.verbose_name if len(rows) == 1 else self.opts.verbose_name_plural
        known = self._ahead(request, deed, rows) if deed.fields is None and request.method == "GET" else []
        return self.form_page(
            request,
            form,
            f"{deed.label}: {len(rows)} {noun}",
            deed.label,
            partial(self._done, request, deed, rows, form),
            ahead=partial(self._asked, request, deed, rows[0], form) if deed.fields else None,
            panels=[*(self.before(request, rows[0]) if len(rows) == 1 else []), *known],
            rows=rows,
        )

    def before(self, request: HttpRequest, obj: Any) -> list[Panel]:
        """The tables over the question, where something is to be done to one row alone."""
        return []

    def concerned(self, obj: Any) -> list[Any]:
        """The rows whose pages show what a deed changes."""
        return [obj]

    def _ahead(self, request: HttpRequest, deed: Deed, rows: Sequence[Any]) -> list[Panel]:
        """What is about to change, before anything was asked for; of many rows, of the first ones."""
        found, ends_at = [], time.monotonic() + FORESEEN_SECONDS
        for row in rows[:FORESEEN]:
            if time.monotonic() > ends_at:
                break
            try:
                found += self._foreseen(request, deed, row, {"reason": "…"})
            except DomainError as refusal:
                found.append(Panel(str(row), (), (), f"It would be refused as things are: {refusal.message}"))
        return found

    def _asked(self, request: HttpRequest, deed: Deed, row: Any, form: WhatFor) -> list[Panel]:
        return [asked_for(form), *self._foreseen(request, deed, row, form.cleaned_data)]

    def _foreseen(self, request: HttpRequest, deed: Deed, row: Any, said: Mapping[str, Any]) -> list[Panel]:
        return foreseen(request, self.concerned(row), partial(deed.carry_out, row, **said))

    def _deeds(self) -> list[Deed]:
        return [*self.deeds, *_added.get(self.model, ())]

    def _may(self, request: HttpRequest, deed: Deed) -> bool:
        return request.user.has_perm(deed.permission) if deed.permission else may_change(self, request)

    def _done(self, request: HttpRequest, deed: Deed, rows: Sequence[Any], form: WhatFor) -> HttpResponse:
        done, whose = [], provider_of(request)
        for row in rows:
            try:
                outcome = perform(_do, actor=actor_of(request), deed=deed, row=row, said=form.cleaned_data, whose=whose)
            except DomainError as refusal:
                if len(rows) == 1:
                    raise
                self.message_user(request, f"{deed.label}: {row}: {refusal.message}", messages.ERROR)
            else:
                if note := getattr(outcome, "pending_note", ""):
                    self.message_user(request, f"{deed.label}: {row}: {note}", messages.WARNING)
                else:
                    done.append(str(row))
        if done:
            self.message_user(request, f"{deed.label}: {', '.join(done)}", messages.SUCCESS)
        page = f"{self.opts.app_label}_{self.opts.model_name}"
        if len(rows) == 1:
            return HttpResponseRedirect(reverse(f"admin:{page}_change", args=[rows[0].pk]))
        return HttpResponseRedirect(reverse(f"admin:{page}_changelist"))


def _do(deed: Deed, row: Any, said: Mapping[str, Any], whose: UUID | None) -> object:
    return by_hand(deed.label, said["reason"], lambda _: row, partial(deed.carry_out, row, **said), whose)


def _ask(page: admin.ModelAdmin, request: HttpRequest, chosen: QuerySet[Any], deed: Deed) -> HttpResponse | None:
    ids = list(chosen.order_by("pk").values_list("pk", flat=True)[: AT_ONCE + 1])
    if len(ids) > AT_ONCE:
        page.message_user(request, f"Choose at most {AT_ONCE} at once.", messages.ERROR)
        return None
    return HttpResponseRedirect(_link(page, deed, ids))


def _ids(request: HttpRequest) -> list[UUID]:
    try:
        return [UUID(text) for text in request.GET.getlist("id")]
    except ValueError:
        return []


def _address(page: admin.ModelAdmin, deed: Deed) -> str:
    return f"{page.opts.app_label}_{page.opts.model_name}_{deed.name}"


def _link(page: admin.ModelAdmin, deed: Deed, ids: Sequence[Any]) -> str:
    return f"{reverse(f'admin:{_address(page, deed)}')}?{urlencode([('id', each) for each in ids])}"
