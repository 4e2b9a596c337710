"""What the programs and a reader may do with each table: no more than they need, whatever becomes of them.

A model says which of its columns are secret (`secret_columns`) and whether its rows are deleted (`rows_go`); what its
triggers refuse, nobody may ask for.
"""

from dataclasses import dataclass, field

import pgtrigger
from django.apps import apps
from django.conf import settings
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model


@dataclass(frozen=True, slots=True)
class TableRights:
    """The privileges that the application has on a table, and the columns that a reader may see (None: all)."""

    table: str
    privileges: tuple[str, ...]
    readable: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Login:
    """A role that connects, and the password that it gets where it is created; none where it is empty."""

    name: str
    password: str = field(repr=False)


def list_rights() -> list[TableRights]:
    """The rights on every table that this release knows."""
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    migrations = TableRights(MigrationRecorder.Migration._meta.db_table, ("SELECT",), ())
    return [migrations, *map(rights_on, models)]


def rights_on(model: type[Model]) -> TableRights:
    """The rights on the table of this model. Django's own tables are no reader's business: sessions are among them."""
    ours = model._meta.app_label in settings.HOUSE
    goes = bool(model._meta.auto_created) or getattr(model, "rows_go", not ours)
    asked = ["SELECT", "INSERT", "UPDATE", *(["DELETE"] if goes else [])]
    refused = _refused_by_triggers(model)
    privileges = tuple(privilege for privilege in asked if privilege not in refused)
    return TableRights(model._meta.db_table, privileges, _readable(model) if ours else ())


def _readable(model: type[Model]) -> tuple[str, ...] | None:
    secret = getattr(model, "secret_columns", None)
    return secret and tuple(field.column for field in model._meta.concrete_fields if field.column not in secret)


def _refused_by_triggers(model: type[Model]) -> set[str]:
    triggers = getattr(model._meta, "triggers", ())
    protecting = [trigger for trigger in triggers if isinstance(trigger, pgtrigger.Protect) and not trigger.condition]
    return {word for trigger in protecting for word in str(trigger.operation).split(" OR ")}
