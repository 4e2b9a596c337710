"""Whoever works for one venue sees and changes what is of that venue alone: rows, choices of forms, filters."""

from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from django.contrib.admin import RelatedFieldListFilter
from django.db.models import Model, QuerySet
from django.forms import Form, ModelChoiceField
from django.http import HttpRequest

from backstop.models import Venue

M = TypeVar("M", bound=Model)


def venue_of(request: HttpRequest) -> UUID | None:
    """The only venue that the user works for; None: it works for all of them."""
    only: UUID | None = getattr(request.user, "venue_id", None)
    return only


@cache
def path_to_venue(model: type[Model]) -> str | None:
    """How a row's venue is looked up, by the fewest steps that every row has; None: it is of no venue.

    A model that knows better says so by `venue_path`.
    """
    if said := getattr(model, "venue_path", None):
        return str(said)
    if model is Venue:
        return "pk"
    seen: set[Any] = {model}
    queue: list[tuple[Any, str]] = [(model, "")]
    for each, path in queue:
        for field in each._meta.fields:
            target = field.remote_field and field.remote_field.model
            if target is None or field.null or target in seen:
                continue
            if target is Venue:
                return f"{path}{field.name}"
            seen.add(target)
            queue.append((target, f"{path}{field.name}__"))
    return None


def within(request: HttpRequest, rows: "QuerySet[M]") -> "QuerySet[M]":
    """Of these rows those that the user may see: of its venue, or all."""
    only = venue_of(request)
    if only is None:
        return rows
    path = path_to_venue(rows.model)
    return rows.filter(**{path: only}) if path else rows.none()


def narrow(request: HttpRequest, form: Form) -> None:
    """Offer, in this form, what is of the user's venue alone."""
    for field in form.fields.values():
        if isinstance(field, ModelChoiceField) and field.queryset is not None:
            field.queryset = within(request, field.queryset)


class Related(RelatedFieldListFilter):
    """A filter that offers what the user may see."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        ordering = self.field_admin_ordering(field, request, model_admin)
        rows = within(request, field.remote_field.model._default_manager.all())
        chosen = {"pk__in": rows.values("pk")} if venue_of(request) else {}
        return field.get_choices(False, ordering=ordering, limit_choices_to=chosen)
