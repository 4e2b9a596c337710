"""What providers, and the venue's fund, hold: as the venue reports it, with later settlements and awards on top.

An award counts once: from when it is made until a report includes its settlement, or until it fails. Rows are locked by
ascending id.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, Q, Subquery

from accounts.models import Holding, HoldingEntry, Provider, SettlementCounter
from accounts.rules.refusals import AccountRefusal
from backstop.locks import Lock, lock_rows
from backstop.models.base import save_changes
from backstop.transactions import requires_transaction
from backstop.values.amounts import difference, total


@dataclass(frozen=True, slots=True)
class HoldingAddition:
    """What the award `subject_id` adds: long above zero, short below, at a mark and with so much margin. No provider:
    the venue's fund."""

    venue_id: UUID
    provider_id: UUID | None
    instrument_id: UUID
    quantity: Decimal
    subject_id: UUID
    price: Decimal | None = None
    margin: Decimal | None = None


Holder = tuple[UUID, UUID | None]  # a venue, and its provider; None: the venue's fund


@requires_transaction
def add_holdings(*, additions: Sequence[HoldingAddition]) -> None:
    """Count awards as held from now on, though they are not settled yet. Five statements for any number."""
    added: dict[tuple[_Key, UUID], list[HoldingAddition]] = defaultdict(list)
    for addition in additions:
        key = (addition.venue_id, addition.provider_id, addition.instrument_id)
        added[key, addition.subject_id].append(addition)
    keys = {key for key, _ in added}
    open_holdings(keys)
    instruments = {instrument_id for _, _, instrument_id in keys}
    found = {_key(row): row.id for row in Holding.objects.filter(instrument_id__in=instruments)}
    holdings = {_key(row): row for row in lock_holdings({found[key] for key in keys})}
    entries = [_entry(holdings[key], parts) for (key, _), parts in added.items()]
    for entry in entries:
        entry.holding.quantity = total([entry.holding.quantity, entry.quantity])
    save_changes(holdings.values())
    HoldingEntry.objects.bulk_create(entries)


def _entry(holding: Holding, parts: Sequence[HoldingAddition]) -> HoldingEntry:
    """What one award adds to it."""
    return HoldingEntry(
        holding=holding,
        subject_id=parts[0].subject_id,
        quantity=total(part.quantity for part in parts),
        price=parts[0].price,
        margin=total(part.margin for part in parts if part.margin is not None),
    )


@requires_transaction
def settle_holdings(*, holders: Mapping[UUID, Holder]) -> dict[UUID, int]:
    """Number the settlements of these awards, in this order, each as the next of its holder, and note it: a report that
    includes a number replaces its award. The numbers, by award. The counters are locked last of all."""
    entries = _locked_entries(holders)
    numbers = _next_numbers(holders)
    for entry in entries:
        entry.settlement_sequence = numbers[entry.subject_id]
    save_changes(entries)
    return numbers


@requires_transaction
def drop_holdings(*, subject_ids: Collection[UUID]) -> None:
    """These awards failed: they are held no longer. Dropping twice drops once."""
    entries = _locked_entries(subject_ids)
    holdings = {entry.holding_id: entry.holding for entry in entries}
    for entry in entries:
        holding = holdings[entry.holding_id]
        holding.quantity = difference(holding.quantity, entry.quantity)
    save_changes(holdings.values())
    HoldingEntry.objects.filter(id__in=[entry.id for entry in entries]).delete()


_Key = tuple[UUID, UUID | None, UUID]


def _key(holding: Holding) -> _Key:
    return (holding.venue_id, holding.provider_id, holding.instrument_id)


@requires_transaction
def open_holdings(keys: Collection[_Key]) -> None:
    """Insert what is not there yet, in one order for all: whoever inserts the same row waits for the other."""
    rows = [
        Holding(venue_id=venue_id, provider_id=provider_id, instrument_id=instrument_id)
        for venue_id, provider_id, instrument_id in sorted(keys, key=str)
    ]
    Holding.objects.bulk_create(rows, ignore_conflicts=True)


def get_newest_number(provider_id: UUID) -> int:
    """The number of the provider's last settlement, or of the last that a report of its holdings included; 0: none."""
    holders = Provider.objects.filter(id=provider_id).values_list("venue_id", "id")
    return max(_newest_numbers(list(holders)).values(), default=0)


def require_settled(provider_id: UUID, sequence: int) -> None:
    """Raises `exposure_report_refused` where the provider has no settlement of that number yet."""
    newest = get_newest_number(provider_id)
    if sequence > newest:
        problem = f"the last settlement of this provider is {newest}"
        raise AccountRefusal.EXPOSURE_REPORT_REFUSED.error(problem, pointer="/included_sequence")


@requires_transaction
def lock_holdings(ids: Collection[UUID]) -> list[Holding]:
    """These holdings with their instruments, locked."""
    return lock_rows(Lock.HOLDING_ROW, Holding.objects.filter(id__in=ids).select_related("instrument"))


def _locked_entries(subject_ids: Collection[UUID]) -> list[HoldingEntry]:
    """The entries of these awards that are not settled, with their holdings locked."""
    entries = HoldingEntry.objects.filter(subject_id__in=subject_ids, settlement_sequence=None)
    holdings = {row.id: row for row in lock_holdings(set(entries.values_list("holding_id", flat=True)))}
    result = list(entries)
    for entry in result:
        entry.holding = holdings[entry.holding_id]
    return result


def _next_numbers(holders: Mapping[UUID, Holder]) -> dict[UUID, int]:
    keys = sorted(set(holders.values()), key=str)
    rows = [SettlementCounter(venue_id=venue_id, provider_id=provider_id) for venue_id, provider_id in keys]
    SettlementCounter.objects.bulk_create(rows, ignore_conflicts=True)
    of_holders = SettlementCounter.objects.filter(_of(keys))
    found = {(row.venue_id, row.provider_id): row.id for row in of_holders}
    locked = lock_rows(Lock.COUNTER_ROW, SettlementCounter.objects.filter(id__in=[found[key] for key in keys]))
    counters = {(row.venue_id, row.provider_id): row for row in locked}
    for key, newest in _newest_numbers(keys).items():
        counters[key].count_from(newest)
    numbers = {subject_id: counters[key].next() for subject_id, key in holders.items()}
    save_changes(locked)
    _keep_ahead(len(numbers))
    return numbers


def _newest_numbers(keys: Collection[Holder]) -> dict[Holder, int]:
    """The highest number that each of these holders has seen: programs of 0.2.0, and whoever settled before, gave
    numbers out of one sequence for all."""
    of_holding = HoldingEntry.objects.filter(holding=OuterRef("id"), settlement_sequence__isnull=False)
    newest = of_holding.order_by("-settlement_sequence").values("settlement_sequence")[:1]
    held = Holding.objects.filter(_of(keys)).annotate(newest=Subquery(newest))
    seen = dict.fromkeys(keys, 0)
    for row in held.values_list("venue_id", "provider_id", "included_sequence", "newest"):
        key = (row[0], row[1])
        if key in seen:
            seen[key] = max(seen[key], row[2], row[3] or 0)
    return seen


def _of(holders: Collection[Holder]) -> Q:
    """Of these holders, and maybe of the funds of their venues."""
    providers = {provider_id for _, provider_id in holders if provider_id}
    return Q(venue__in={venue_id for venue_id, _ in holders}) & (Q(provider__in=providers) | Q(provider=None))


def _keep_ahead(count: int) -> None:
    """Let the one sequence be ahead of every holder's numbers, for programs of 0.2.0 that still number by it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('settlement_sequence') FROM generate_series(1, %s)", [count])
