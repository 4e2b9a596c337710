"""How lists are filtered: what a filter does not take is refused in the words of the house, with its choices."""

from typing import Any

from django import forms
from django_filters.rest_framework import DjangoFilterBackend

from backstop.api.parsing import IdField, one_of


class Filtering(DjangoFilterBackend):
    """Filters by the query string, as the view's filter set says."""

    def get_filterset(self, request: Any, queryset: Any, view: Any) -> Any:
        filterset = super().get_filterset(request, queryset, view)
        for field in filterset.form.fields.values() if filterset else ():
            if isinstance(field, forms.UUIDField):
                field.error_messages["invalid"] = IdField.default_error_messages["invalid"]
            elif hasattr(field, "choices"):
                field.error_messages["invalid_choice"] = one_of(value for value, _ in field.choices)
        return filterset
