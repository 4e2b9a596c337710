"""The demo's market: a venue with six providers, and an hour of falling prices that liquidates a dozen accounts."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from accounts.rules.terms import StandingTerms, Window
from auctions.simulation.seeding import InstrumentPlan, ProviderPlan, VenuePlan
from backstop.client.inputs import BookInput, PositionInput

OPENING = {"BTC-PERP": Decimal(64000), "ETH-PERP": Decimal(3200), "ETH-USD": Decimal(3200)}

FALL = [Decimal(percent) / 100 for percent in ("0", "0.5", "1.2", "2.0", "2.9", "3.6", "4.2", "4.9", "5.3", "5.8")]

FALL_SECONDS = 1.0

WHALE = 11  # the last account holds more than all providers together can pay for

Wave = tuple[Mapping[str, Decimal], Sequence[BookInput]]

PLAN = VenuePlan(
    prefix="demo",
    name="Demo venue",
    fund=Decimal(2_000_000),
    playbook={
        "assign": "FIRST",
        "sealed_seconds": 4,
        "reopening_seconds": 3,
        "dutch_rise_bps": None,
        "dutch_curve": {"kind": "PIECEWISE", "ramp_seconds": 5},
        "dutch_seconds": 6,
        "retry_seconds": 3,
        "cover_percent": 40,
        "mark_max_age_seconds": 10,
        "dutch_mark_max_age_seconds": None,
        "max_drift_bps": Decimal(600),
        "drift_buffer_bps": Decimal(600),
        "dutch_cap_bps": Decimal(400),
        "fund_draw_limit": Decimal(20_000),
        "fund_inventory_limit": Decimal(1_000_000),
        "max_halt_seconds": 20,
        "max_waterfall_seconds": 30,
    },
    instruments=[
        InstrumentPlan("BTC-PERP", "LINEAR", "BTC", Decimal("0.001"), Decimal("0.1")),
        InstrumentPlan("ETH-PERP", "LINEAR", "ETH", Decimal("0.01"), Decimal("0.1")),
        InstrumentPlan("ETH-USD", "SPOT", "ETH", Decimal("0.0001"), Decimal(0)),
    ],
    providers=[
        ProviderPlan(
            "Alder",
            "Alder Trading",
            Decimal(900_000),
            {None: StandingTerms(min_edge_bps=Decimal(30), window=Window(Decimal(200_000), 60))},
        ),
        ProviderPlan(
            "Birch",
            "Birch Capital",
            Decimal(700_000),
            {"BTC": StandingTerms(min_edge_bps=Decimal(40), window=Window(Decimal(150_000), 60))},
        ),
        ProviderPlan(
            "Cedar",
            "Cedar Markets",
            Decimal(600_000),
            {"ETH": StandingTerms(min_edge_bps=Decimal(55), cap_per_assignment=Decimal(40_000))},
        ),
        ProviderPlan("Douglas", "Douglas Partners", Decimal(400_000)),
        ProviderPlan("Elm", "Elm Partners", Decimal(300_000)),
        ProviderPlan("Fir Vault", "Fir", Decimal(250_000)),
    ],
    related=[("Douglas Partners", "Elm Partners")],
)

# For who tries the market by hand afterwards: time to copy an id, and a mark that lasts as long as a walk around.
AFTERWARDS = {
    "mark_max_age_seconds": 3600,
    "sealed_seconds": 60,
    "reopening_seconds": 15,
    "dutch_rise_bps": None,
    "dutch_curve": {"kind": "PIECEWISE", "ramp_seconds": 30},
    "dutch_seconds": 30,
    "max_waterfall_seconds": 60,
}


def waves() -> Iterator[Wave]:
    """Prices fall second by second, and accounts fall with them."""
    books = {0: [0], 1: [1], 2: [2, 3], 3: [4], 4: [5, 6], 5: [7], 6: [8, 9], 7: [10], 8: [11]}
    for second, fall in enumerate(FALL):
        marks = {name: (price * (1 - fall)).quantize(Decimal("0.01")) for name, price in OPENING.items()}
        yield marks, [_book(number, marks) for number in books.get(second, [])]


def _book(number: int, marks: Mapping[str, Decimal]) -> BookInput:
    """Every third is spot that was bought on credit, the others are contracts; one of them in both coins."""
    reference = f"account-{number + 1:02}"
    if number % 3 == 2:
        quantity = Decimal(450 if number == WHALE else 25 + 5 * number)
        borrowed = (quantity * marks["ETH-USD"] * Decimal("0.85")).quantize(Decimal("0.01"))
        return _content(reference, -borrowed, [_position("ETH-USD", quantity, None)])
    bitcoin = _position("BTC-PERP", Decimal("1.5") + number, OPENING["BTC-PERP"])
    ether = _position("ETH-PERP", Decimal(30 + 10 * number), OPENING["ETH-PERP"])
    positions = [bitcoin, ether] if number % 4 == 0 else [bitcoin if number % 2 else ether]
    return _content(reference, Decimal(9_000 + 4_000 * number), positions)


def _content(reference: str, cash: Decimal, positions: Sequence[PositionInput]) -> BookInput:
    return {"reference": reference, "account": reference, "cash": cash, "positions": positions}


def _position(instrument: str, quantity: Decimal, entry_price: Decimal | None) -> PositionInput:
    return {"instrument": instrument, "side": "LONG", "quantity": quantity, "entry_price": entry_price}
