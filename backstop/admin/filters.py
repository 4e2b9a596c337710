"""Filters of lists that ask no table before they are used: what rows belong to is looked up as somebody types, and
what the program knows by itself is offered."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.contrib.admin import RelatedFieldListFilter, SimpleListFilter, site
from django.contrib.admin.utils import get_fields_from_path
from django.db.models import QuerySet
from django.forms import Form, Media, ModelChoiceField
from django.http import HttpRequest
from django.utils.safestring import SafeString

from backstop.admin.choosing import look_it_up
from backstop.admin.emptiness import EMPTY
from backstop.admin.scoping import is_only_one
from backstop.delivery.catalogue import kinds


class Related(RelatedFieldListFilter):
    """A filter that finds what the user may see. Who sees one venue or provider alone is not asked which."""

    template = "house/filter.html"
    kept: Sequence[tuple[str, str]] = ()  # what else the list is filtered by

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        self.is_only_one = is_only_one(request, field.remote_field.model)
        choice = _choice_of(field, request)
        look_it_up(choice, self.lookup_kwarg, request.path)
        self.form = Form(request.GET)
        self.form.fields = {self.lookup_kwarg: choice}
        return []

    def choices(self, changelist: Any) -> Iterator[Any]:
        own = self.expected_parameters()
        self.kept = [(name, value) for name, value in changelist.params.items() if name not in own]
        self.empty_value_display = SafeString(EMPTY)
        return super().choices(changelist)

    def has_output(self) -> bool:
        return self.include_empty_choice or not self.is_only_one

    @property
    def media(self) -> Media:
        """The scripts that look up."""
        return self.form.media


class Known(SimpleListFilter):
    """A filter by values that the program knows: to ask a table of millions of rows which it has is dear."""

    parameter_name: str

    def values(self) -> Iterable[object]:
        """All that there may be, in order."""
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(value), str(value)) for value in self.values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        asked = self.value()
        if asked is None:
            return queryset
        is_known = any(asked == value for value, _ in self.lookup_choices)
        return queryset.filter(**{self.parameter_name: asked}) if is_known else queryset.none()


class KindOfEvent(Known):
    """Which of the catalogue's kinds it is."""

    title = parameter_name = "kind"

    def values(self) -> Iterable[object]:
        return sorted(kinds())


def relation_of(page: Any, name: Any) -> Any:
    """The field at the end of this path, where it leads to rows of another table; else None."""
    field = get_fields_from_path(page.model, name)[-1] if isinstance(name, str) else None
    return field if field is not None and field.remote_field else None


def form_of(page: Any, request: HttpRequest) -> Form:
    """All that the list of this page is filtered by, of what it belongs to, as one form."""
    form = Form()
    relations = {each: relation_of(page, each) for each in page.list_filter}
    form.fields = {
        f"{path}__{field.target_field.name}__exact": _choice_of(field, request)
        for path, field in relations.items()
        if field is not None
    }
    return form


def _choice_of(field: Any, request: HttpRequest) -> Any:
    page = site.get_model_admin(field.remote_field.model)
    rows = page.get_queryset(request).order_by(*page.get_ordering(request))
    return ModelChoiceField(rows, required=False, label=field.verbose_name)
