"""What every row of the house has: an opaque id, the instant it was written, and states that move by the table.

Rows change in memory, `save_changes` writes what changed. Their JSON and arrays cannot be changed in place: they are
assigned anew.
"""

import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Self, TypeVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, F, Value, When
from django.db.models.functions import Cast
from django.db.models.query_utils import DeferredAttribute

from backstop.clock import DatabaseNow
from backstop.values.amounts import SHARES_DIGITS, STORED_DIGITS, STORED_SCALE, to_text
from backstop.values.bps import EDGE_SCALE
from backstop.values.frozen import FrozenDict, frozen
from backstop.values.lifecycles import Lifecycle

BATCH = 1000
MAX_REASON = 500  # letters
R = TypeVar("R", bound="Row")


class Rows(models.Manager[R]):
    """Rows that know what is stored of them once they are created."""

    def bulk_create(self, objs: Iterable[R], *args: Any, **options: Any) -> list[R]:
        rows = super().bulk_create(objs, *args, **options)
        if not options.get("ignore_conflicts"):  # else another's row may be stored instead
            for row in rows:
                row.remember()
        return rows


class Row(models.Model):
    """A row with an opaque id, so that nobody can count or guess, stamped by the database's clock.

    It remembers what this process last read or wrote of it: what differs from that is what `save_changes` writes.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    objects = Rows()
    _stored: dict[str, Any] | None = None

    class Meta:
        abstract = True

    @classmethod
    def by_id(cls, row_id: UUID) -> Self:
        """The row as it is now. Raises `DoesNotExist`."""
        return cls.objects.get(id=row_id)

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any) -> Self:
        row = super().from_db(db, field_names, values, **options)
        row._stored = row.__dict__.copy()
        return row

    def refresh_from_db(
        self, using: str | None = None, fields: Iterable[str] | None = None, *args: Any, **options: Any
    ) -> None:
        names = None if fields is None else list(fields)
        super().refresh_from_db(using, names, *args, **options)
        self.remember(names)

    def save_base(self, *args: Any, **options: Any) -> None:
        super().save_base(*args, **options)
        self.remember(options.get("update_fields"))

    def remember(self, names: Collection[str] | None = None) -> None:
        """Take these fields, or all that are not deferred, for stored as they are now."""
        held = self.__dict__
        self._stored = (self._stored or {}) | {
            field.attname: held[field.attname]
            for field in self._meta.concrete_fields
            if field.attname in held and (names is None or field.name in names or field.attname in names)
        }

    @property
    def changes(self) -> dict[str, Any]:
        """What differs from what is stored, by column. Raises `ValueError` where the row was never stored."""
        stored, held = self._stored, self.__dict__
        if stored is None:
            raise ValueError(f"{type(self).__name__} {self.pk} was neither loaded nor created: it cannot be changed")
        names = (field.attname for field in self._meta.concrete_fields)
        return {
            name: held[name] for name in names if name in held and (name not in stored or stored[name] != held[name])
        }


def save_changes(rows: Iterable[Row]) -> None:
    """Write what changed in these rows, and nothing else of them: one UPDATE for up to 1,000 rows of a model.

    Models are written in the order in which they first come. Raises `ValueError` for a row that was never stored, or is
    not stored any more. Where the transaction is undone, the rows are of no use: they take their changes for written.
    """
    changed: dict[type[Row], dict[UUID, dict[str, Any]]] = defaultdict(dict)
    rows = list(rows)
    for row in rows:
        if changes := row.changes:
            changed[type(row)].setdefault(row.pk, {}).update(changes)
    for model, of_rows in changed.items():
        known = list(of_rows.items())
        for start in range(0, len(known), BATCH):
            _update(model, dict(known[start : start + BATCH]))
    for row in rows:
        row.remember()


def _update(model: type[Row], changed: Mapping[UUID, Mapping[str, Any]]) -> None:
    """A row keeps what it did not change itself, whatever another process made of it meanwhile."""
    whens: dict[str, list[When]] = defaultdict(list)
    fields = {field.attname: field for field in model._meta.concrete_fields}
    for pk, changes in changed.items():
        for name, value in changes.items():
            whens[name].append(When(pk=pk, then=Value(value, output_field=fields[name])))
    written = model._base_manager.filter(pk__in=changed).update(
        **{
            name: Cast(Case(*cases, default=F(name), output_field=fields[name]), output_field=_cast_of(fields[name]))
            for name, cases in whens.items()
        }
    )
    if written != len(changed):
        raise ValueError(f"{len(changed) - written} of {len(changed)} rows of {model.__name__} are not stored any more")


def _cast_of(field: Any) -> Any:
    """To cast text to a column's own type would cut it to fit; assigned as it is, what is too long is refused."""
    return models.TextField() if isinstance(field, models.CharField) else field


class Stateful(models.Model):
    """A row with a `state` that only `move_to` assigns. Subclasses name their `lifecycle`."""

    lifecycle: ClassVar[Lifecycle]
    state: Any

    class Meta:
        abstract = True

    def move_to(self, state: str, at: datetime) -> None:
        """Assign a legal next state and stamp `<state>_at` where the model has such a field; does not save.

        Raises `IllegalMove`.
        """
        self.lifecycle.require(self.state, state)
        self.state = state
        stamp = f"{state.lower()}_at"
        if hasattr(self, stamp):
            setattr(self, stamp, at)


class Swept(models.Model):
    """A row that a sweep works on. One that failed unexpectedly stands aside, with the reason, until `retry_at`."""

    retry_at = models.DateTimeField(null=True, blank=True, editable=False)
    parked_reason = models.TextField(blank=True, default="", editable=False)

    class Meta:
        abstract = True

    def unpark(self) -> None:
        """Stand aside no more; does not save."""
        self.retry_at = None
        self.parked_reason = ""


class Parkable(Stateful, Swept):
    """A row with a state that sweeps work on. Once something becomes of it, it stands aside no more."""

    class Meta:
        abstract = True

    def move_to(self, state: str, at: datetime) -> None:
        super().move_to(state, at)
        self.unpark()


class DeadlineField(models.DateTimeField):
    """Until when somebody may act, or something waits: an outage of its venue puts it off by as long as it lasted."""

    def deconstruct(self) -> Any:
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.DateTimeField", args, options


class AmountField(models.DecimalField):
    """An amount, quantity or price: NUMERIC(38, 18)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **_decimal({**options, "max_digits": STORED_DIGITS, "decimal_places": STORED_SCALE}))


class EdgeField(models.DecimalField):
    """An edge in basis points of notional, with at most four decimals."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **_decimal({**options, "max_digits": 12, "decimal_places": EDGE_SCALE}))


class SharesField(models.DecimalField):
    """A whole number of shares: NUMERIC(78, 0)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **_decimal({**options, "max_digits": SHARES_DIGITS, "decimal_places": 0}))


class FrozenAttribute(DeferredAttribute):
    """Whatever is assigned is held as the field's `frozen` makes it."""

    field: Any

    def __set__(self, row: models.Model, value: Any) -> None:
        as_it_is = value is None or hasattr(value, "resolve_expression")
        row.__dict__[self.field.attname] = value if as_it_is else self.field.frozen(value)


class FrozenJSONField(models.JSONField):
    """JSON of tuples and read-only mappings."""

    descriptor_class = FrozenAttribute

    def frozen(self, value: Any) -> Any:
        return frozen(value)

    def deconstruct(self) -> Any:
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.JSONField", args, options


class MarksField(FrozenJSONField):
    """Marks by instrument id: a read-only mapping of `UUID` to `Decimal`."""

    _pyi_private_set_type: Mapping[UUID, Decimal]
    _pyi_private_get_type: Mapping[UUID, Decimal]

    def frozen(self, value: Mapping[UUID | str, Decimal | str]) -> FrozenDict[UUID, Decimal]:
        return FrozenDict({key if isinstance(key, UUID) else UUID(key): Decimal(price) for key, price in value.items()})

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(self.get_prep_value(value), model_instance)

    def value_to_string(self, obj: models.Model) -> Any:
        return self.get_prep_value(self.value_from_object(obj))

    def get_prep_value(self, value: Any) -> Any:
        return {str(key): to_text(price) for key, price in value.items()} if isinstance(value, Mapping) else value


class FrozenArrayField(ArrayField):
    """An array that is a tuple. Like any field it reads texts, here for each of its values."""

    _pyi_private_set_type: Sequence[Any]
    _pyi_private_get_type: tuple[Any, ...]  # type: ignore[assignment]

    descriptor_class = FrozenAttribute

    def frozen(self, value: Any) -> Any:
        return frozen(value)

    def to_python(self, value: Any) -> Any:
        if value is None:
            return None
        try:
            values = json.loads(value) if isinstance(value, str) else value
        except ValueError:
            raise ValidationError("This is no list.", code="invalid") from None
        if not isinstance(values, list | tuple):
            raise ValidationError("This is no list.", code="invalid")
        return [self.base_field.to_python(each) for each in values]

    def deconstruct(self) -> Any:
        name, _, args, options = super().deconstruct()
        return name, "django.contrib.postgres.fields.ArrayField", args, options


def _decimal(options: dict[str, Any]) -> dict[str, Any]:
    if "default" in options:
        options["default"] = Decimal(options["default"])
    return options
