"""Choices among rows: of few a plain list, of more a field that looks them up as one types.

It asks the page that it stands on, which answers out of the very rows that it would take: nobody finds by it what the
page would refuse, and whoever may open the page may use it.
"""

from typing import Any, Final

from django import forms
from django.contrib.admin import site
from django.contrib.admin.widgets import AutocompleteMixin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.forms import BaseForm, ModelChoiceField
from django.http import Http404, HttpRequest, JsonResponse

FEW: Final = 20  # that many are a list; and that many are found at once


class LookedUp(AutocompleteMixin, forms.Select):
    """Django's autocomplete, which asks `address` for what to choose; only what is chosen stands in the page."""

    def __init__(self, name: str, address: str) -> None:
        forms.Select.__init__(self)
        self.name, self.address = name, address
        self.i18n_name = None

    def build_attrs(self, base_attrs: Any, extra_attrs: Any = None) -> dict[str, Any]:
        return {
            **forms.Select.build_attrs(self, base_attrs, extra_attrs),
            "class": "admin-autocomplete",
            "data-theme": "admin-autocomplete",
            "data-ajax--url": self.address,
            "data-ajax--delay": 250,
            "data-field-name": self.name,
            "data-allow-clear": "false" if self.is_required else "true",
            "data-placeholder": "",  # without one nothing could be cleared
        }

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        options = [] if self.is_required else [self.create_option(name, "", "", False, 0)]
        if (row := self._chosen(value)) is not None:
            field = self.choices.field
            options.append(self.create_option(name, field.prepare_value(row), field.label_from_instance(row), True, 1))
        return [(None, options, 0)]

    def _chosen(self, value: Any) -> Any:
        try:
            return self.choices.field.to_python(value[0] if value else None)
        except forms.ValidationError:
            return None


def offer(field: forms.Field, name: str, address: str) -> None:
    """Let `address` look up what this field chooses from, where that is many rows of a page that can be searched."""
    if not isinstance(field, ModelChoiceField) or field.queryset is None or not _is_searched(field.queryset):
        return
    if isinstance(field.widget, forms.Select) and field.queryset[: FEW + 1].count() > FEW:
        look_it_up(field, name, address)


def look_it_up(field: ModelChoiceField, name: str, address: str) -> None:
    """Let `address` look up what this field chooses from."""
    field.widget = LookedUp(name, address)
    field.widget.is_required = field.required
    field.widget.choices = field.choices


def is_looking_up(request: HttpRequest) -> bool:
    """Whether a field of the page asks what there is to choose."""
    return request.method == "GET" and "field_name" in request.GET


def look_up(request: HttpRequest, form: BaseForm) -> JsonResponse:
    """What a field of this form may choose, by `field_name`, `term` and `page`, as Django's own script asks for it."""
    field = form.fields.get(request.GET.get("field_name", ""))
    if not isinstance(field, ModelChoiceField) or field.queryset is None or not _is_searched(field.queryset):
        raise Http404
    page = site.get_model_admin(field.queryset.model)
    term = request.GET.get("term", "").replace("\0", "")  # which no text of the database has
    found, is_repeated = page.get_search_results(request, field.queryset, term)
    shown = Paginator(found.distinct() if is_repeated else found, FEW).get_page(request.GET.get("page"))
    rows = [{"id": str(field.prepare_value(row)), "text": field.label_from_instance(row)} for row in shown]
    return JsonResponse({"results": rows, "pagination": {"more": shown.has_next()}})


def _is_searched(rows: QuerySet[Any]) -> bool:
    return site.is_registered(rows.model) and bool(site.get_model_admin(rows.model).search_fields)
