"""A long past: whatever stands in the tables of the market, copied many times over by the database itself."""

from collections import Counter
from typing import Any

from django.db import connection, models

from accounts.models import Account, AccountKind, CommitmentUsage, HoldingEntry, LossEvent, Transfer
from auctions.models import (
    Auction,
    Award,
    Bid,
    Book,
    Lot,
    Markout,
    Position,
    Readiness,
    Settlement,
    Step,
    Take,
    TakeOver,
    Transcript,
)
from backstop.models import PastMark, StoredAnswer
from backstop.models.events import Event

COPIED: tuple[type[models.Model], ...] = (
    *(Account, Book, Lot, Position, Step, Auction, Transcript, Bid, Take, Award, Settlement, Transfer),
    *(HoldingEntry, CommitmentUsage, Event, StoredAnswer, LossEvent, Readiness, TakeOver, Markout, PastMark),
)
OF_BOOKS = f"kind IN ('{AccountKind.ESTATE}', '{AccountKind.DEBT}')"  # the accounts that come and go with books
NAMES = ("reference", "client_bid_id", "key")
OVER = {"number": "number + 1000 * n", "quantity_left": "0", "unpaid": "0"}  # take-overs that were sold again


def repeat(times: int) -> None:
    """Copy every row of these tables so often, each copy a second older than the one before, and let the planner know.

    A copy refers to copies: its ids are made from those of what was copied.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger asks whether it may be
        for model in COPIED:
            table, which = model._meta.db_table, OF_BOOKS if model is Account else "true"
            fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
            columns, values = ", ".join(field.column for field in fields), ", ".join(map(_value, fields))
            copies = f"SELECT {values} FROM {table}, generate_series(1, %s) AS n WHERE {which}"
            cursor.execute(f"INSERT INTO {table} ({columns}) {copies}", [times])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    know()
    with connection.cursor() as cursor:
        # Tables of a thousand rows may seem small enough to be read whole; what has no index still is.
        cursor.execute(
            "SET LOCAL random_page_cost = 1.1; SET LOCAL enable_mergejoin = off; SET LOCAL enable_hashjoin = off"
        )


def know() -> None:
    """Let the planner know what there is: what rolled back tests have left makes indexes look dear, or alike."""
    with connection.cursor() as cursor:
        for model in COPIED:
            cursor.execute(f"REINDEX TABLE {model._meta.db_table}")
        cursor.execute("ANALYZE")


def read_by_indexes() -> None:
    """In this transaction: tables of a few rows are else read whole, and by joins again and again."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")


def rows_read() -> Counter[str]:
    """How many rows of each table were read in this transaction so far, by indexes or without."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables")
        return Counter(dict(cursor.fetchall()))


def _value(field: "models.Field[Any, Any]") -> str:
    """What a copy has in this field."""
    column, target = field.column, field.related_model
    copied = f"md5({column}::text || n)::uuid"
    if target is Account:
        is_copied = f"EXISTS (SELECT FROM accounts_account WHERE id = {column} AND {OF_BOOKS})"
        return f"CASE WHEN {is_copied} THEN {copied} ELSE {column} END"
    if field.primary_key or field.name == "subject_id" or target in COPIED:
        return copied
    if field.name == "sequence":
        sequence = "bid_sequence" if field.model is Bid else "settlement_sequence"
        return f"CASE WHEN {column} IS NOT NULL THEN nextval('{sequence}') END"
    if field.model is TakeOver and field.name in OVER:
        return OVER[field.name]
    if isinstance(field, models.DateTimeField):
        return f"{column} - n * interval '1 second'"
    return f"{column} || '-' || n" if field.name in NAMES else column
