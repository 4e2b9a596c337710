"""Filters of lists by what rows belong to: of few a link each, of more a field that looks them up."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.admin import RelatedFieldListFilter, SimpleListFilter, site
from django.contrib.admin.utils import get_fields_from_path
from django.db.models import QuerySet
from django.forms import Form, Media, ModelChoiceField
from django.http import HttpRequest
from django.utils.safestring import SafeString

from backstop.admin.choosing import FEW, look_it_up
from backstop.admin.emptiness import EMPTY
from backstop.delivery.catalogue import kinds


class Related(RelatedFieldListFilter):
    """A filter that offers what the user may see."""

    form: Form | None = None  # where a choice is looked up
    kept: Sequence[tuple[str, str]] = ()  # what else the list is filtered by then

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        choice = _choice_of(field, request)
        rows = list(choice.queryset[: FEW + 1])
        if len(rows) <= FEW:
            return [(row.pk, str(row)) for row in rows]
        look_it_up(choice, self.lookup_kwarg, request.path)
        self.form, self.template = Form(request.GET), "house/filter.html"
        self.form.fields = {self.lookup_kwarg: choice}
        return []

    def choices(self, changelist: Any) -> Iterator[Any]:
        own = self.expected_parameters()
        self.kept = [(name, value) for name, value in changelist.params.items() if name not in own]
        self.empty_value_display = SafeString(EMPTY)
        return super().choices(changelist)

    def has_output(self) -> bool:
        return self.form is not None or super().has_output()

    @property
    def media(self) -> Media:
        """The scripts that look up."""
        return self.form.media if self.form else Media()


class KindOfEvent(SimpleListFilter):
    """A filter by kind of event, which offers what the catalogue has: to ask a table of millions of rows is dear."""

    title = parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, kind) for kind in sorted(kinds())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        kind = self.value()
        return queryset if kind is None else queryset.filter(kind=kind)


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
