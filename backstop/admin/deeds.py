"""What operators do to rows: chosen in a list or on a row's page, confirmed on a page that asks for the reason.

Each row for itself, in a transaction of its own, so that nobody waits for all of them: what the rules refuse is said,
and the others are done.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from backstop.admin.base import Shown, actor_of, may_change
from backstop.errors import DomainError
from backstop.transactions import perform

AT_ONCE = 100


@dataclass(frozen=True)
class Deed:
    """`carry_out` does it to one row, with the reason; `offered` says whether a row's page offers it."""

    name: str
    label: str
    carry_out: Callable[[Any, str], object]
    offered: Callable[[Any], bool]
    reason: bool | None = None  # True: needed, False: possible, None: not asked for


class WhatFor(forms.Form):
    """The rows and the reason."""

    reason = forms.CharField(
        max_length=500, widget=forms.Textarea(attrs={"rows": 3, "cols": 60}), help_text="The provider can read it."
    )

    def __init__(self, needed: bool | None, *args: Any) -> None:
        super().__init__(*args)
        if needed is None:
            del self.fields["reason"]
        else:
            self.fields["reason"].required = needed


class Doing(Shown):
    """A page of rows to which `deeds` can be done."""

    deeds: tuple[Deed, ...] = ()

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        if may_change(self, request):
            actions.update({deed.name: (partial(_ask, deed=deed), deed.name, deed.label) for deed in self.deeds})  # type: ignore[misc]
        return actions

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"do/{deed.name}/",
                self.admin_site.admin_view(partial(self.deed_view, deed=deed)),
                name=_address(self, deed),
            )
            for deed in self.deeds
        ]
        return [*own, *super().get_urls()]

    def tools(self, request: HttpRequest, obj: Any = None) -> list[tuple[str, str]]:
        if obj is None or not may_change(self, request):
            return super().tools(request, obj)
        offered = [(deed.label, _link(self, deed, [obj.pk])) for deed in self.deeds if deed.offered(obj)]
        return [*offered, *super().tools(request, obj)]

    def deed_view(self, request: HttpRequest, deed: Deed) -> HttpResponse:
        """Ask, then do it to all of them."""
        if not may_change(self, request):
            raise PermissionDenied
        rows = list(self.get_queryset(request).filter(pk__in=_ids(request)).order_by("pk")[:AT_ONCE])
        form = WhatFor(deed.reason, request.POST if request.method == "POST" else None)
        return self.form_page(
            request,
            form,
            f"{deed.label}: {len(rows)} {self.opts.verbose_name if len(rows) == 1 else self.opts.verbose_name_plural}",
            deed.label,
            partial(self._done, request, deed, rows, form),
            rows=rows,
        )

    def _done(self, request: HttpRequest, deed: Deed, rows: Sequence[Any], form: WhatFor) -> HttpResponse:
        words = {"actor": actor_of(request), "deed": deed, "reason": form.cleaned_data.get("reason", "")}
        done = []
        for row in rows:
            try:
                perform(_do, row=row, **words)
            except DomainError as refusal:
                if len(rows) == 1:
                    raise
                self.message_user(request, f"{deed.label}: {row}: {refusal.message}", messages.ERROR)
            else:
                done.append(str(row))
        if done:
            self.message_user(request, f"{deed.label}: {', '.join(done)}", messages.SUCCESS)
        page = f"{self.opts.app_label}_{self.opts.model_name}"
        if len(rows) == 1:
            return HttpResponseRedirect(reverse(f"admin:{page}_change", args=[rows[0].pk]))
        return HttpResponseRedirect(reverse(f"admin:{page}_changelist"))


def _do(deed: Deed, row: Any, reason: str) -> None:
    deed.carry_out(row, reason)


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
