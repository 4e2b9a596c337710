"""The venue's word on what a provider holds, up to a settlement that it names; an older word is refused."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from accounts.desks.holdings import get_newest_number, lock_holdings, open_holdings
from accounts.events import HoldingsReported
from accounts.models import Holding, HoldingEntry, Provider
from accounts.rules.refusals import AccountRefusal
from backstop.models import Instrument
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.refusals import GroundRefusal
from backstop.transactions import operation
from backstop.values.amounts import ZERO, total


@dataclass(frozen=True, slots=True)
class ReportedQuantity:
    """What a provider holds of one instrument: long above zero, short below."""

    symbol: str
    quantity: Decimal


@operation
def report_holdings(
    *, venue_id: UUID, provider_id: UUID, included_sequence: int, quantities: Sequence[ReportedQuantity]
) -> list[Holding]:
    """Take the venue's word for all that a provider holds, up to and with settlement `included_sequence`.

    What it does not name is nothing. Raises `provider_unknown`, `holdings_report_outdated` (the same sequence again is
    accepted) and `holdings_report_refused`.
    """
    if not Provider.objects.filter(id=provider_id, venue_id=venue_id).exists():
        raise AccountRefusal.PROVIDER_UNKNOWN.error(f"this venue has no provider {provider_id}")
    instruments = _instruments(venue_id, quantities)
    reported = {instruments[one.symbol].id: one.quantity for one in quantities}
    open_holdings({(venue_id, provider_id, instrument_id) for instrument_id in reported})
    ids = set(Holding.objects.filter(provider_id=provider_id).values_list("id", flat=True))
    holdings = lock_holdings(ids)
    _check_sequence(provider_id, holdings, included_sequence)
    later: dict[UUID, Decimal] = defaultdict(Decimal)
    not_included = Q(settlement_sequence__gt=included_sequence) | Q(settlement_sequence=None)
    for entry in HoldingEntry.objects.filter(not_included, holding_id__in=ids):
        later[entry.holding_id] = total([later[entry.holding_id], entry.quantity])
    for holding in holdings:
        holding.report(reported.get(holding.instrument_id, ZERO), included_sequence, later[holding.id])
    save_changes(holdings)
    whose = {"venue_id": venue_id, "subject_id": provider_id, "provider_id": provider_id}
    record_events([HoldingsReported(**whose, included_sequence=included_sequence)])
    return holdings


def _instruments(venue_id: UUID, quantities: Sequence[ReportedQuantity]) -> dict[str, Instrument]:
    symbols = [one.symbol for one in quantities]
    found = {row.symbol: row for row in Instrument.objects.filter(venue_id=venue_id, symbol__in=symbols)}
    faults = []
    for index, symbol in enumerate(symbols):
        place = f"/holdings/{index}/instrument"
        if symbol not in found:
            faults.append(GroundRefusal.INSTRUMENT_UNKNOWN.at(place, f"this venue has no instrument {symbol}"))
        if symbol in symbols[:index]:
            faults.append(AccountRefusal.INSTRUMENT_REPEATED.at(place, f"{symbol} is in this report twice"))
    if faults:
        raise AccountRefusal.HOLDINGS_REPORT_REFUSED.error(faults[0].message, faults=faults)
    return found


def _check_sequence(provider_id: UUID, holdings: Collection[Holding], included_sequence: int) -> None:
    last = max((holding.included_sequence for holding in holdings), default=0)
    if included_sequence < last:
        raise AccountRefusal.HOLDINGS_REPORT_OUTDATED.error(f"a report that includes settlement {last} was taken")
    newest = get_newest_number(provider_id)
    if included_sequence > newest:
        problem = f"the last settlement of this provider is {newest}"
        fault = AccountRefusal.SETTLEMENT_UNKNOWN.at("/included_sequence", problem)
        raise AccountRefusal.HOLDINGS_REPORT_REFUSED.error(problem, faults=[fault])
