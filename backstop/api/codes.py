"""All refusals of the house by their codes, from the enums that `REFUSALS` in the settings names."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from django.conf import settings
from django.utils.module_loading import import_string

from backstop.errors import Refusal


@cache
def refusals() -> Mapping[str, Refusal]:
    """Every refusal by its code, in the order of the codes."""
    enums: list[type[Refusal]] = [import_string(name) for name in settings.REFUSALS]
    return MappingProxyType(dict(sorted((one.code, one) for enum in enums for one in enum)))
