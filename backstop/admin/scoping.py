"""Whoever works for one venue sees and changes what is of that venue alone: rows, choices of forms, filters; whoever
belongs to a provider, what is of that provider."""

from collections.abc import Callable
from functools import cache
from typing import Any, Final, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.forms import Form, ModelChoiceField
from django.http import HttpRequest

from backstop.models import Asset, Instrument, ProductGroup, Venue

M = TypeVar("M", bound=Model)

PROVIDER: Final = "accounts.Provider"  # of an upper floor, by its label
KNOWN_TO_ALL: Final = frozenset({Venue, Asset, ProductGroup, Instrument})  # at a venue, by everybody who provides there


def venue_of(request: HttpRequest) -> UUID | None:
    """The only venue that the user works for; None: it works for all of them."""
    only: UUID | None = getattr(request.user, "venue_id", None)
    return only


def provider_of(request: HttpRequest) -> UUID | None:
    """The only provider that the user belongs to; None: it works for a venue, or for all of them."""
    only: UUID | None = getattr(request.user, "provider_id", None)
    return only


@cache
def path_to_venue(model: type[Model]) -> str | None:
    """How a row's venue is looked up, by the fewest steps that every row has; None: it is of no venue.

    A model that knows better says so by `venue_path`.
    """
    if said := getattr(model, "venue_path", None):
        return str(said)
    return _path(model, lambda target: target is Venue)


@cache
def path_to_provider(model: type[Model]) -> str | None:
    """How a row's provider is looked up, where it has one of its own; None: rows are of no single provider.

    A model that knows better says so by `provider_path`.
    """
    if said := getattr(model, "provider_path", None):
        return str(said)
    own = [field.name for field in model._meta.fields if field.name == "provider" and field.remote_field]
    return own[0] if own else _path(model, lambda target: target._meta.label == PROVIDER)


def within(request: HttpRequest, rows: "QuerySet[M]") -> "QuerySet[M]":
    """Of these rows those that the user may see: of its provider, of its venue, or all."""
    provider, venue = provider_of(request), venue_of(request)
    if provider is not None and rows.model not in KNOWN_TO_ALL:
        return _of(rows, path_to_provider(rows.model), provider)
    return rows if venue is None else _of(rows, path_to_venue(rows.model), venue)


def is_only_one(request: HttpRequest, model: type[Model]) -> bool:
    """Whether the user sees one row of this model alone: its venue, or its provider."""
    if provider_of(request) is not None and model._meta.label == PROVIDER:
        return True
    return venue_of(request) is not None and model is Venue


def narrow(request: HttpRequest, form: Form) -> None:
    """Offer, in this form, what is of the user's venue or provider alone."""
    for field in form.fields.values():
        if isinstance(field, ModelChoiceField) and field.queryset is not None:
            field.queryset = within(request, field.queryset)


def _of(rows: "QuerySet[M]", path: str | None, whose: UUID) -> "QuerySet[M]":
    return rows.filter(**{path: whose}) if path else rows.none()


def _path(model: type[Model], is_it: Callable[[Any], bool]) -> str | None:
    if is_it(model):
        return "pk"
    seen: set[Any] = {model}
    queue: list[tuple[Any, str]] = [(model, "")]
    for each, path in queue:
        for field in each._meta.fields:
            target = field.remote_field and field.remote_field.model
            if target is None or field.null or target in seen:
                continue
            if is_it(target):
                return f"{path}{field.name}"
            seen.add(target)
            queue.append((target, f"{path}{field.name}__"))
    return None
