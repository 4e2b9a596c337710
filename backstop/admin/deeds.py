"""What operators do to rows: chosen in a list or on a row's page, confirmed on a page that asks for the reason.

Each row for itself, in a transaction of its own, so that nobody waits for all of them: what the rules refuse is said,
and the others are done.
"""

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

from backstop.admin.base import Panel, Shown, actor_of, may_change, reason_field
from backstop.errors import DomainError
from backstop.transactions import perform

AT_ONCE = 100


@dataclass(frozen=True)
class Deed:
    """`carry_out` does it to one row, with the reason; `offered` says whether a row's page offers it.

    With `fields` it is done to one row alone, of which they are asked for and given to `carry_out` by name. Who may:
    `permission`, as Django names it; else who may change what the page shows.
    """

    name: str
    label: str
    carry_out: Callable[..., object]
    offered: Callable[[Any], bool]
    reason: bool | None = None  # True: needed, False: possible, None: not asked for
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
        if deed.reason is None:
            del self.fields["reason"]
        else:
            self.fields["reason"].required = deed.reason


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
        """Ask, then do it to all of them."""
        if not self._may(request, deed):
            raise PermissionDenied
        rows = list(self.get_queryset(request).filter(pk__in=_ids(request)).order_by("pk")[:AT_ONCE])
        if deed.fields and len(rows) != 1:
            raise Http404
        form = WhatFor(deed, rows, request.POST if request.method == "POST" else None)
        return self.form_page(
            request,
            form,
            f"{deed.label}: {len(rows)} {self.opts.verbose_name if len(rows) == 1 else self.opts.verbose_name_plural}",
            deed.label,
            partial(self._done, request, deed, rows, form),
            rows=rows,
            panels=self.before(request, rows[0]) if len(rows) == 1 else [],
        )

    def before(self, request: HttpRequest, obj: Any) -> list[Panel]:
        """The tables over the question, where something is to be done to one row alone."""
        return []

    def _deeds(self) -> list[Deed]:
        return [*self.deeds, *_added.get(self.model, ())]

    def _may(self, request: HttpRequest, deed: Deed) -> bool:
        return request.user.has_perm(deed.permission) if deed.permission else may_change(self, request)

    def _done(self, request: HttpRequest, deed: Deed, rows: Sequence[Any], form: WhatFor) -> HttpResponse:
        said = {"reason": "", **form.cleaned_data}
        done = []
        for row in rows:
            try:
                outcome = perform(_do, actor=actor_of(request), deed=deed, row=row, said=said)
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


def _do(deed: Deed, row: Any, said: Mapping[str, Any]) -> object:
    return deed.carry_out(row, **said)


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
