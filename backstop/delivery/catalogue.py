"""All kinds of events of the house, from the catalogues that `EVENT_CATALOGUES` in the settings names."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from django.conf import settings
from django.utils.module_loading import import_string

from backstop.events import DomainEvent


@cache
def kinds() -> Mapping[str, type[DomainEvent]]:
    """Every kind by its name. Raises ValueError where two catalogues have the same one."""
    found: dict[str, type[DomainEvent]] = {}
    for name in settings.EVENT_CATALOGUES:
        declared: Mapping[str, type[DomainEvent]] = import_string(name)
        if twice := found.keys() & declared.keys():
            raise ValueError(f"{name} declares again what another catalogue has: {', '.join(sorted(twice))}")
        found |= declared
    return MappingProxyType(found)
