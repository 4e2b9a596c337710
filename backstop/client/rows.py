"""What the lists of the API hold, by name: rows as they are answered, amounts in strings, times by ISO 8601 in UTC."""

from typing import Any, TypedDict


class InstrumentRow(TypedDict):
    """A contract of the venue. `kind` is SPOT or LINEAR."""

    id: str
    created_at: str
    symbol: str
    kind: str
    product_group: str
    settlement_asset: str
    quantity_step: str
    margin_rate: str
    is_listed: bool


class ProviderRow(TypedDict):
    """Who provides liquidity; to a provider, itself alone."""

    id: str
    created_at: str
    name: str
    group_id: str
    group: str
    state: str
    state_reason: str
    faults: int
    terms_version: str | None
    terms_accepted_at: str | None


class TakeOverRow(TypedDict):
    """What the venue's fund took over of a book, and what is left of it."""

    id: str
    created_at: str
    book_id: str
    side: str
    quantity: str
    quantity_left: str
    cost: str
    mark: str
    result: str
    unpaid: str


class InventoryRow(TypedDict):
    """What the venue's fund holds of an instrument, long above zero, and what that gained."""

    id: str
    created_at: str
    instrument: str
    quantity: str
    mark: str | None
    age_seconds: int | None
    result: str
    take_overs: list[TakeOverRow]


class ReadinessRow(TypedDict):
    """A firm word to take units of a Dutch auction before it ends; `take_id` is what its end gave, and `end_reason` why
    that was no more."""

    id: str
    created_at: str
    auction_id: str
    client_bid_id: str
    units: int
    units_left: int
    state: str
    held: str
    max_drift_bps: str | None
    marks: dict[str, str] | None
    take_id: str | None
    reconfirmed_at: str | None
    void_reason: str
    end_reason: str


class TakeRow(TypedDict):
    """What was taken of a Dutch auction, at the edge of that instant."""

    id: str
    created_at: str
    auction_id: str
    client_bid_id: str
    max_units: int
    min_units: int
    edge_floor_bps: str | None
    book_version: int | None
    units: int
    edge_bps: str


class StreamedEvent(TypedDict):
    """Something that happened. From its `id` on the stream may be resumed; what `data` holds depends on the `type`."""

    id: str
    type: str
    timestamp: str
    data: dict[str, Any]
