"""What providers, and the venue's fund, hold: as the venue reports it, with later settlements and awards on top.

Called by awarding and settlement, and by PUT /v1/providers/{id}/holdings. Guarantees that an award counts once: from
when it is made until a report includes its settlement, or until it fails. Rows are locked by ascending id.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Max

from accounts.models import Holding, HoldingEntry, Provider
from backstop.errors import Conflict, Fault, NotFound, Refused
from backstop.models import Instrument
from backstop.operations.events import NewEvent, record_events
from backstop.transactions import operation
from backstop.values.amounts import ZERO


class ProviderUnknown(NotFound):
    """This venue has no such provider."""


class HoldingsReportOutdated(Conflict):
    """A later report was taken already."""


class HoldingsReportRefused(Refused):
    """The report names something that cannot be, so none of it was taken."""


@dataclass(frozen=True, slots=True)
class HoldingAddition:
    """What the award `subject_id` adds: long above zero, short below. No provider: the venue's fund."""

    venue_id: UUID
    provider_id: UUID | None
    instrument_id: UUID
    quantity: Decimal
    subject_id: UUID


@dataclass(frozen=True, slots=True)
class ReportedQuantity:
    """What a provider holds of one instrument: long above zero, short below."""

    symbol: str
    quantity: Decimal


@operation
def add_holdings(*, additions: Sequence[HoldingAddition]) -> None:
    """Count awards as held from now on, though they are not settled yet. Five statements for any number."""
    quantities: dict[tuple[_Key, UUID], Decimal] = defaultdict(Decimal)
    for addition in additions:
        key = (addition.venue_id, addition.provider_id, addition.instrument_id)
        quantities[key, addition.subject_id] += addition.quantity
    keys = {key for key, _ in quantities}
    _open(keys)
    instruments = {instrument_id for _, _, instrument_id in keys}
    found = {_key(row): row.id for row in Holding.objects.filter(instrument_id__in=instruments)}
    holdings = {_key(row): row for row in _lock({found[key] for key in keys})}
    for (key, _), quantity in quantities.items():
        holdings[key].quantity += quantity
    Holding.objects.bulk_update(holdings.values(), ["quantity"])
    HoldingEntry.objects.bulk_create(
        HoldingEntry(holding=holdings[key], subject_id=subject_id, quantity=quantity)
        for (key, subject_id), quantity in quantities.items()
    )


@operation
def settle_holdings(*, sequences: Mapping[UUID, int]) -> None:
    """Note at which settlement sequence each of these awards was settled: a report that includes it replaces it."""
    entries = _locked_entries(sequences)
    for entry in entries:
        entry.settlement_sequence = sequences[entry.subject_id]
    HoldingEntry.objects.bulk_update(entries, ["settlement_sequence"])


@operation
def drop_holdings(*, subject_ids: Collection[UUID]) -> None:
    """These awards failed: they are held no longer. Dropping twice drops once."""
    entries = _locked_entries(subject_ids)
    holdings = {entry.holding_id: entry.holding for entry in entries}
    for entry in entries:
        holdings[entry.holding_id].quantity -= entry.quantity
    Holding.objects.bulk_update(holdings.values(), ["quantity"])
    HoldingEntry.objects.filter(id__in=[entry.id for entry in entries]).delete()


@operation
def report_holdings(
    *, venue_id: UUID, provider_id: UUID, included_sequence: int, quantities: Sequence[ReportedQuantity]
) -> list[Holding]:
    """Take the venue's word for all that a provider holds, up to and with settlement `included_sequence`.

    What it does not name is nothing. Raises `ProviderUnknown`, `HoldingsReportOutdated` (the same sequence again is
    accepted) and `HoldingsReportRefused`.
    """
    if not Provider.objects.filter(id=provider_id, venue_id=venue_id).exists():
        raise ProviderUnknown(f"this venue has no provider {provider_id}")
    instruments = _instruments(venue_id, quantities)
    reported = {instruments[one.symbol].id: one.quantity for one in quantities}
    _open({(venue_id, provider_id, instrument_id) for instrument_id in reported})
    ids = set(Holding.objects.filter(provider_id=provider_id).values_list("id", flat=True))
    holdings = _lock(ids)
    _check_sequence(venue_id, holdings, included_sequence)
    later: dict[UUID, Decimal] = defaultdict(Decimal)
    for entry in HoldingEntry.objects.filter(holding_id__in=ids).exclude(settlement_sequence__lte=included_sequence):
        later[entry.holding_id] += entry.quantity
    for holding in holdings:
        holding.reported_quantity = reported.get(holding.instrument_id, ZERO)
        holding.included_sequence = included_sequence
        holding.quantity = holding.reported_quantity + later[holding.id]
    Holding.objects.bulk_update(holdings, ["reported_quantity", "included_sequence", "quantity"])
    record_events(
        [NewEvent(venue_id, "holdings_reported", provider_id, provider_id, {"included_sequence": included_sequence})]
    )
    return holdings


_Key = tuple[UUID, UUID | None, UUID]


def _key(holding: Holding) -> _Key:
    return (holding.venue_id, holding.provider_id, holding.instrument_id)


def _open(keys: Collection[_Key]) -> None:
    """Insert what is not there yet, in one order for all: whoever inserts the same row waits for the other."""
    rows = [
        Holding(venue_id=venue_id, provider_id=provider_id, instrument_id=instrument_id)
        for venue_id, provider_id, instrument_id in sorted(keys, key=str)
    ]
    Holding.objects.bulk_create(rows, ignore_conflicts=True)


def _lock(ids: Collection[UUID]) -> list[Holding]:
    return list(
        Holding.objects.select_for_update(no_key=True, of=("self",))
        .filter(id__in=ids)
        .select_related("instrument")
        .order_by("id")
    )


def _locked_entries(subject_ids: Collection[UUID]) -> list[HoldingEntry]:
    """The entries of these awards that are not settled, with their holdings locked."""
    entries = HoldingEntry.objects.filter(subject_id__in=subject_ids, settlement_sequence=None)
    holdings = {row.id: row for row in _lock(set(entries.values_list("holding_id", flat=True)))}
    result = list(entries.order_by("id"))
    for entry in result:
        entry.holding = holdings[entry.holding_id]
    return result


def _instruments(venue_id: UUID, quantities: Sequence[ReportedQuantity]) -> dict[str, Instrument]:
    symbols = [one.symbol for one in quantities]
    found = {row.symbol: row for row in Instrument.objects.filter(venue_id=venue_id, symbol__in=symbols)}
    faults = []
    for index, symbol in enumerate(symbols):
        place = f"/holdings/{index}/instrument"
        if symbol not in found:
            faults.append(Fault(place, "instrument_unknown", f"this venue has no instrument {symbol}"))
        if symbol in symbols[:index]:
            faults.append(Fault(place, "instrument_repeated", f"{symbol} is in this report twice"))
    if faults:
        raise HoldingsReportRefused(faults[0].message, faults=faults)
    return found


def _check_sequence(venue_id: UUID, holdings: Collection[Holding], included_sequence: int) -> None:
    last = max((holding.included_sequence for holding in holdings), default=0)
    if included_sequence < last:
        raise HoldingsReportOutdated(
            f"a report that includes settlement {last} was taken", pointer="/included_sequence"
        )
    entries = HoldingEntry.objects.filter(holding__venue_id=venue_id)
    newest = entries.aggregate(newest=Max("settlement_sequence"))["newest"] or 0
    if included_sequence > max(newest, last):
        problem = f"the last settlement of this venue is {newest}"
        raise HoldingsReportRefused(problem, faults=[Fault("/included_sequence", "settlement_unknown", problem)])
