"""How every page of the admin behaves: it shows and does not edit; amounts are plain; related rows stand in tables.

What changes state is a `Deed` or a page of its own: each makes one `perform` call, and what the rules refuse becomes a
message. Django's own change forms could not do that, since they open a transaction themselves.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.validators import DecimalValidator
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import URLPattern, path, reverse

from backstop.admin.cells import LinkedCell, Panel, dressed, shown
from backstop.admin.choosing import is_looking_up, look_up, offer
from backstop.admin.emptiness import EMPTY
from backstop.admin.exports import TYPES, export
from backstop.admin.filters import Related, form_of, relation_of
from backstop.admin.reading import read
from backstop.admin.scoping import narrow, within
from backstop.errors import DomainError
from backstop.models import Event
from backstop.models.base import MAX_REASON
from backstop.values.amounts import STORED_DIGITS, STORED_SCALE

MOST = 500  # rows of a table
UNSAID = frozenset({"csrfmiddlewaretoken", "foreseen"})


def reason_field(help_text: str = "", *, required: bool = True) -> forms.CharField:
    """Why something is done."""
    area = forms.Textarea(attrs={"rows": 3, "cols": 60})
    return forms.CharField(max_length=MAX_REASON, widget=area, help_text=help_text, required=required)


class Why(forms.Form):
    """Why it is done."""

    reason = reason_field("It stands in the history.")


Panels = Callable[[Any], list[Panel]]
Tools = Callable[[HttpRequest, Any], list[tuple[str, str]]]


def actor_of(request: HttpRequest) -> str:
    """Who acts by this request, as events name it."""
    return f"user:{request.user.get_username()}"


_added: dict[type[models.Model], list[tuple[Panels, Tools]]] = {}


def add_to_pages(model: type[models.Model], panels: Panels, tools: Tools) -> None:
    """Show panels and buttons of an upper floor on the pages of a model of a lower one, which knows nothing of it."""
    _added.setdefault(model, []).append((panels, tools))


class Shown(admin.ModelAdmin):
    """A page that only shows. `related` is fetched with each row, for lists and pages alike."""

    related: tuple[str, ...] = ()
    money: ClassVar[Sequence[str]] = ()
    money_in = ""  # where a row has the asset of its money, such as `book.asset`
    actions = ()
    list_per_page = 50
    show_full_result_count = False
    view_on_site = False
    empty_value_display = EMPTY
    ordering: ClassVar[Any] = ("-created_at",)
    change_form_template = "house/change_form.html"
    change_list_template = "house/change_list.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related(*self.related)
        return within(request, rows.using(getattr(request, "database", None)))

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [(name, Related) if relation_of(self, name) else name for name in super().get_list_filter(request)]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **options)
        if field is not None and field.queryset is not None:
            field.queryset = within(request, field.queryset)
            offer(field, db_field.name, request.get_full_path())
        return field

    def get_list_display(self, request: HttpRequest) -> Any:
        return [self._shown(name) for name in super().get_list_display(request)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ()
        return self._on_page(self.names())

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return super().get_fieldsets(request, obj)
        everything: Any = [(None, {"fields": self.names()})]
        sets: Any = self.fieldsets or everything
        plainly: Any = [(title, {**rest, "fields": self._on_page(rest["fields"])}) for title, rest in sets]
        return plainly

    def panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        """The tables under the row."""
        return []

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """All that was told of the row, newest first: when, what, by whom and why."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return super().history_view(request, object_id, extra_context)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        found = within(request, Event.objects.filter(subject_id=row.pk)) if isinstance(row.pk, UUID) else []
        return self.page(
            request, "house/history.html", f"History: {row}", panels=[_history(request, found)], object=row
        )

    def tools(self, request: HttpRequest, obj: Any = None) -> list[tuple[str, str]]:
        """Buttons over the list, or with `obj` over its page: label and address."""
        return []

    def all_panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        """The tables under the row, with those of upper floors."""
        added = [panel for panels, _ in _added.get(self.model, ()) for panel in panels(obj)]
        return [*self.panels(request, obj), *added]

    def picture(self, obj: Any) -> str:
        """What stands above the row's fields, as HTML."""
        return ""

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **options: Any) -> HttpResponse:
        obj = options.get("obj")
        if obj is not None:
            tools = [tool for _, tools in _added.get(self.model, ()) for tool in tools(request, obj)]
            context.update(
                panels=[replace(each, rows=dressed(request, each.rows)) for each in self.all_panels(request, obj)],
                picture=self.picture(obj),
                tools=[*self.tools(request, obj), *tools],
                show_close=False,
            )
        return super().render_change_form(request, context, *args, **options)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if is_looking_up(request):
            if not self.has_view_permission(request):
                raise PermissionDenied
            return look_up(request, form_of(self, request))
        context = {**(extra_context or {}), "tools": [*self.tools(request), *self._files(request)]}
        if request.method != "GET":
            return super().changelist_view(request, context)
        return read(request, partial(self._listed, request, context))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        return [path("export/<str:form>/", view, name=self._export_address), *super().get_urls()]

    def export_view(self, request: HttpRequest, form: str) -> HttpResponseBase:
        """The list as a file, by the same search and filters."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if form not in TYPES:
            raise Http404
        found = self.get_changelist_instance(request).get_queryset(request)
        columns: Any = super().get_list_display(request)
        return export(self, columns, found, form)

    @property
    def _export_address(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_export"

    def _files(self, request: HttpRequest) -> list[tuple[str, str]]:
        asked = f"?{request.GET.urlencode()}" if request.GET else ""
        address = f"admin:{self._export_address}"
        return [(form.upper(), f"{reverse(address, args=[form])}{asked}") for form in TYPES]

    def _listed(self, request: HttpRequest, context: dict[str, Any], database: str) -> HttpResponse:
        request.database = database  # type: ignore[attr-defined]
        page = super().changelist_view(request, context)
        if isinstance(page, TemplateResponse) and page.context_data and "cl" in page.context_data:
            found = (each.media for each in page.context_data["cl"].filter_specs if isinstance(each, Related))
            page.context_data["media"] = sum(found, page.context_data["media"])
        return page.render() if isinstance(page, SimpleTemplateResponse) else page

    def page(self, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
        """A page of its own, in the dress of the admin; never kept by a browser."""
        site = self.admin_site.each_context(request)
        answer = TemplateResponse(request, template, {**site, "opts": self.opts, "title": title, **context})
        answer["Cache-Control"] = "no-store"
        return answer

    def form_page(
        self,
        request: HttpRequest,
        form: Any,
        title: str,
        button: str,
        done: Callable[[], HttpResponse],
        ahead: Callable[[], list[Panel]] | None = None,
        panels: Sequence[Panel] = (),
        **context: Any,
    ) -> HttpResponse:
        """Show the form until it is valid and `done` carried it out; what the rules refuse stands above the form.

        With `ahead`, which says what is about to change, that was shown before, and what is sent is what it was of.
        """
        narrow(request, form)
        _bound(form)
        if is_looking_up(request):
            return look_up(request, form)
        for name, field in form.fields.items():
            offer(field, name, request.get_full_path())
        if request.method == "POST" and form.is_valid():
            digest = _digest_of(request)
            try:
                if ahead is None or request.POST.get("foreseen") == digest:
                    return done()
                panels = [*panels, *ahead()]
                context = {**context, "foreseen": digest}
            except DomainError as refusal:
                form.add_error(None, refusal.message)
        return self.page(request, "house/form.html", title, form=form, button=button, panels=panels, **context)

    def tell(self, request: HttpRequest, outcome: Any, done: Callable[[Any], str]) -> None:
        """Say what was done, or that it waits for somebody else."""
        if note := getattr(outcome, "pending_note", ""):
            self.message_user(request, note, messages.WARNING)
        else:
            self.message_user(request, done(outcome), messages.SUCCESS)

    def _shown(self, name: Any, *, linked: bool = False) -> Any:
        own = not isinstance(name, str) or hasattr(self, name)
        if own:
            return name
        return shown(self.model, name, linked=linked, asset=self.money_in if name in self.money else "")  # type: ignore[arg-type]

    def _on_page(self, names: Sequence[Any]) -> list[Any]:
        return [self._shown(name, linked=True) for name in names]

    def names(self) -> list[str]:
        """The fields that the page of a row shows."""
        if self.fieldsets:
            return [name for _, rest in self.fieldsets for name in rest["fields"]]  # type: ignore[misc]
        if self.fields:
            return list(self.fields)  # type: ignore[arg-type]
        return [field.name for field in self.opts.fields if not field.primary_key or field.editable]


def _bound(form: forms.BaseForm) -> None:
    """Refuse, beside its field, a number of more digits than any column stores: nothing computes with it."""
    for field in form.fields.values():
        if isinstance(field, forms.DecimalField):
            field.validators.append(DecimalValidator(STORED_DIGITS, STORED_SCALE))


def _digest_of(request: HttpRequest) -> str:
    sent = sorted((name, values) for name, values in request.POST.lists() if name not in UNSAID)
    return sha256(repr(sent).encode()).hexdigest()


def _history(request: HttpRequest, found: Any) -> Panel:
    """Events about one row."""
    rows = [
        (
            each.created_at,
            each.payload.get("deed") or each.kind.replace("_", " "),
            each.actor,
            each.payload.get("reason"),
            LinkedCell(each, str(each.pk)),
        )
        for each in (found.order_by("-id")[:MOST] if found else ())
    ]
    return Panel("What happened", ("At (UTC)", "What", "By whom", "Why", "Event"), dressed(request, rows))


class Addable(Shown):
    """A page of what may be added and is never changed afterwards."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.add_{self.opts.model_name}")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if is_looking_up(request) and self.has_add_permission(request):
            return look_up(request, self.get_form(request)())
        return super().add_view(request, form_url, extra_context)


def may_change(page: admin.ModelAdmin, request: HttpRequest) -> bool:
    """Whether this user may do something to what the page shows: Django's permission to change it."""
    return request.user.has_perm(f"{page.opts.app_label}.change_{page.opts.model_name}")
