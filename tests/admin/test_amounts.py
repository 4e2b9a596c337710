"""Numbers that nothing stores, sent to each deed that asks for one: a word beside the field, and nothing is done."""

from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.contrib import admin

from backstop.admin.deeds import Doing
from backstop.models import Event
from tests.admin.test_pages import OURS, address, everything
from tests.people import send

__all__ = ["everything"]

pytestmark = pytest.mark.django_db

TOO_MANY, TOO_LARGE = "no more than 38 digits in total", "no more than 20 digits before the decimal point"
TOO_FINE, NO_NUMBER = "no more than 18 decimal places", "Enter a number."
EVERYWHERE = {"1e1000000": TOO_MANY, "NaN": NO_NUMBER}
HOSTILE = {
    "-1e1000000": TOO_MANY,
    "9" * 40: TOO_MANY,
    "1E+30": TOO_LARGE,
    "1" + "0" * 20: TOO_LARGE,
    "1e-19": TOO_FINE,
    "0e-1000000": TOO_MANY,
    "sNaN": NO_NUMBER,
    "-Infinity": NO_NUMBER,
    "1\0": NO_NUMBER,
}
AT_THE_BOUNDS = ["-0", "0e1000000", "9" * 20 + "." + "9" * 18]


def deeds_with_amounts() -> Iterator[tuple[str, dict[str, forms.Field], list[str]]]:
    """The address of each deed that asks for decimals, all that it asks for, and the names of the decimals."""
    for model in OURS:
        page, row = admin.site._registry[model], model._default_manager.first()
        for deed in page._deeds() if isinstance(page, Doing) else ():
            asked = dict(deed.fields(row)) if deed.fields else {}
            amounts = [name for name, field in asked.items() if isinstance(field, forms.DecimalField)]
            if amounts:
                yield f"{address(model, deed.name)}?id={row.pk}", asked, amounts


def plausible(field: forms.Field) -> Any:
    """What is understood as a value of this field."""
    if isinstance(field, forms.ModelChoiceField):
        return field.queryset.first().pk
    if isinstance(field, forms.ChoiceField):
        return next(value for value, _ in field.choices if value)
    return field.initial or "1"


@pytest.mark.parametrize("text", EVERYWHERE)
def test_a_number_that_nothing_stores_is_refused_by_every_deed_beside_its_field(client, everything, text):
    told, seen = Event.objects.count(), 0
    for page, asked, amounts in deeds_with_amounts():
        sent = {name: plausible(field) for name, field in asked.items()}
        answer = send(client, page, {**sent, **dict.fromkeys(amounts, text), "reason": "a test"})
        for name in amounts:
            assert EVERYWHERE[text] in " ".join(answer.context["form"].errors[name]), (page, name)
            seen += 1
    assert Event.objects.count() == told
    assert seen > 20


def test_whatever_it_is_written_like(client, everything):
    page, asked, amounts = next(deeds_with_amounts())
    sent = {name: plausible(field) for name, field in asked.items()}
    for text, word in HOSTILE.items():
        answer = send(client, page, {**sent, **dict.fromkeys(amounts, text), "reason": "a test"})
        assert word in " ".join(answer.context["form"].errors[amounts[0]]), text
    for text in AT_THE_BOUNDS:
        assert send(client, page, {**sent, **dict.fromkeys(amounts, text), "reason": "a test"}).status_code in (
            200,
            302,
        )
