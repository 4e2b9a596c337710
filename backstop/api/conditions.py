"""What may be asked of every write beside what it is: that it happens in time or not at all, or only as if.

A view that writes takes these in its query string, where a signature covers them as it does the rest.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict
from rest_framework import serializers

from backstop import clock
from backstop.api.parsing import read
from backstop.api.query_strings import FlagText, MomentText
from backstop.refusals import GroundRefusal


@dataclass(frozen=True, slots=True)
class Conditions:
    """It is carried out before `process_before` (None: whenever), and taken back where it is a dry run."""

    process_before: datetime | None = None
    dry_run: bool = False

    def require_in_time(self) -> None:
        """Raises `process_before_over` where that is over, by the database's clock; at that time exactly it is."""
        if self.process_before is not None and clock.now() >= self.process_before:
            raise GroundRefusal.PROCESS_BEFORE_OVER.error()


class ConditionsInput(serializers.Serializer[Any]):
    process_before = MomentText(required=False)
    dry_run = FlagText(required=False)


UNCONDITIONAL = Conditions()
CONDITIONS = tuple(ConditionsInput().fields)


def conditions_of(asked: QueryDict) -> Conditions:
    """What a query string says of them; raises a ValidationError."""
    if not asked:
        return UNCONDITIONAL
    return Conditions(**read(ConditionsInput, asked))
