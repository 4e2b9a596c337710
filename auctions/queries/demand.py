"""What accounts of a scenario hold in a venue's markets, at marks."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from auctions.offline.inputs import InputRefused
from auctions.offline.scenario import ScenarioPosition
from backstop.models import Instrument
from backstop.queries import list_known_prices
from backstop.values.amounts import multiply, total
from backstop.values.marks import estimate_of

# By product group, asset and side: the notional of each account.
Demand = Mapping[tuple[UUID, UUID, str], Mapping[str, Decimal]]


def demand_of(venue_id: UUID, positions: Sequence[ScenarioPosition]) -> Demand:
    """Positions at the marks that are known, however old. Raises `InputRefused` for an instrument that the venue does
    not have, or that was never marked."""
    instruments = {each.symbol: each for each in Instrument.objects.filter(venue=venue_id)}
    prices = list_known_prices({each.id for each in instruments.values()})
    demand: dict[tuple[UUID, UUID, str], dict[str, Decimal]] = defaultdict(dict)
    for position in positions:
        instrument = instruments.get(position.instrument)
        if instrument is None:
            raise InputRefused(position.place, f"the venue has no instrument {position.instrument}")
        if instrument.id not in prices:
            raise InputRefused(position.place, f"{position.instrument} has no mark")
        notional = multiply(position.quantity, estimate_of(prices[instrument.id].sources))
        accounts = demand[instrument.product_group_id, instrument.settlement_asset_id, position.side]
        accounts[position.account] = total([accounts.get(position.account, Decimal(0)), notional])
    return demand
