"""What every row of the house has: an opaque id, the instant it was written, and states that move by the table."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.db import models

from backstop.clock import DatabaseNow
from backstop.values.amounts import STORED_DIGITS, STORED_SCALE
from backstop.values.bps import EDGE_SCALE
from backstop.values.lifecycles import Lifecycle


class Row(models.Model):
    """A row with an opaque id, so that nobody can count or guess, stamped by the database's clock."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(db_default=DatabaseNow(), editable=False)

    class Meta:
        abstract = True


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


class Parkable(models.Model):
    """A row that a sweep works on. One that failed unexpectedly stands aside, with the reason, until `retry_at`."""

    retry_at = models.DateTimeField(null=True, blank=True, editable=False)
    parked_reason = models.TextField(blank=True, default="", editable=False)

    class Meta:
        abstract = True


class AmountField(models.DecimalField):
    """An amount, quantity or price: NUMERIC(38, 18)."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **_decimal({**options, "max_digits": STORED_DIGITS, "decimal_places": STORED_SCALE}))


class EdgeField(models.DecimalField):
    """An edge in basis points of notional, with at most four decimals."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **_decimal({**options, "max_digits": 12, "decimal_places": EDGE_SCALE}))


def _decimal(options: dict[str, Any]) -> dict[str, Any]:
    if "default" in options:
        options["default"] = Decimal(options["default"])
    return options
