"""What is due of one kind: rows that a sweep works on next, a venue at a time, oldest first. The row is the queue.

Rows that failed stand aside until their `retry_at`.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import accumulate
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, DateTimeField, Min, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Greatest

from auctions.models import ARRIVAL, VENUE_OF

BATCH_WEIGHT = 100
BIDS_PER_WEIGHT = 30
_ONE = Value(1)
_ANY_INSTANT = datetime.max.replace(tzinfo=UTC)  # stands for whatever instant is asked about


@dataclass(frozen=True, slots=True)
class Due:
    """Rows of one model that are due at `now`, whoever waits longest (`waiting_since`) first, and of those that wait as
    long in the order of arrival; due since `since`, or since their `retry_at` where they stood aside. A batch takes
    rows up to a weight, of which each has one unless said otherwise, and beside them those that are `stopped` and
    came before any of them: so that nobody is passed who could be served by now. Some rows are due `by_marks` too.
    """

    rows: QuerySet[Any]
    now: datetime
    waiting_since: str
    since: str | Combinable
    weight: Combinable = _ONE
    stopped: QuerySet[Any] | None = None
    by_marks: "ByMarks | None" = None

    def list_venues(self, codes: Collection[str] = (), but: Collection[str] = ()) -> list[UUID]:
        """The venues that have something due, whoever waits longest first: of those with these codes or of all, but
        some."""
        venue = VENUE_OF[self.rows.model]
        able = self._able.exclude(**{f"{venue}__code__in": but})
        if codes:
            able = able.filter(**{f"{venue}__code__in": codes})
        by_venue = able.order_by().values(venue).annotate(oldest=Min(self.waiting_since))
        return list(by_venue.order_by("oldest", venue).values_list(venue, flat=True))

    def list_batch(self, venue_id: UUID) -> list[UUID]:
        """The venue's next rows: one at least, and no more than one transaction should take."""
        of_venue, arrived_at = {VENUE_OF[self.rows.model]: venue_id}, self._arrival[0]
        able = self._able.filter(**of_venue).annotate(weighs=self.weight).order_by(self.waiting_since, *self._arrival)
        heads = list(able.values_list("id", "weighs", arrived_at)[:BATCH_WEIGHT])
        fitting = sum(so_far <= BATCH_WEIGHT for so_far in accumulate(weight for _, weight, _ in heads))
        batch = heads[: max(fitting, 1)]
        chosen = [row for row, _, _ in batch]
        if self.stopped is None or not batch:
            return chosen
        before = {f"{arrived_at}__lt": max(arrived for _, _, arrived in batch)}
        passed = self._not_aside(self.stopped).filter(**of_venue, **before).exclude(id__in=chosen)
        return [*chosen, *passed.order_by(*self._arrival).values_list("id", flat=True)[:BATCH_WEIGHT]]

    def list_ids(self) -> list[UUID]:
        """All of them, of every venue."""
        return list(self._able.order_by(self.waiting_since, *self._arrival).values_list("id", flat=True))

    def get_oldest(self) -> datetime | None:
        """Since when the one has been due that has been so for longest; None where nothing is."""
        due_since = Greatest(self.since, "retry_at", output_field=DateTimeField())
        able = self._able.annotate(due_since=due_since)
        oldest: datetime | None = able.aggregate(oldest=Min("due_since"))["oldest"]
        return oldest

    @property
    def _arrival(self) -> tuple[str, ...]:
        return ARRIVAL[self.rows.model]

    @property
    def perhaps(self) -> QuerySet[Any]:
        """Rows of which some may be due: without these, none is."""
        return self._not_aside(self.rows | self.by_marks.perhaps if self.by_marks else self.rows)

    @property
    def _able(self) -> QuerySet[Any]:
        if self.by_marks is None:
            return self._not_aside(self.rows)
        return self._not_aside(self.rows | self.by_marks.perhaps.filter(id__in=self.by_marks.list_moved(self.now)))

    def _not_aside(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(Q(retry_at__isnull=True) | Q(retry_at__lte=self.now))


@dataclass(frozen=True, slots=True)
class ByMarks:
    """Rows that marks, or edges that follow them, make due, as rules read them: some of those that are `perhaps`."""

    perhaps: QuerySet[Any]
    list_moved: Callable[[datetime], list[UUID]]


def may_be_due(due: Callable[[datetime], Due], now: datetime) -> bool:
    """Whether it is worth asking what is due: one statement, compiled once, for all the rounds that find nothing."""
    statement, parameters = _compiled(due)
    with connection.cursor() as cursor:
        cursor.execute(statement, [now if each == _ANY_INSTANT else each for each in parameters])
        return cursor.fetchone() is not None


@cache
def _compiled(due: Callable[[datetime], Due]) -> tuple[str, tuple[Any, ...]]:
    return due(_ANY_INSTANT).perhaps.order_by().values_list("id")[:1].query.sql_with_params()


def weight_of(bids: Combinable) -> Combinable:
    """Of a row with which so many bids are written."""
    return 1 + bids / BIDS_PER_WEIGHT


def count_of(rows: QuerySet[Any], by: str) -> Combinable:
    """How many of these rows, which name an outer one by this field, are that one's."""
    counted = rows.order_by().values(by).annotate(rows=Count("*")).values("rows")
    return Coalesce(Subquery(counted), 0)
