"""The README's worked table, held against the rule that it explains."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from auctions.rules.clearing import ClearingBid, ClearingTerms, Format, Outcome, clear

README = Path(__file__).parents[2] / "README.md"
ROW = re.compile(r"^\| (\w+)([^|]*)\| (\d+) at (\d+) \| (\d+) \| *(\d*) *\| *(\d*) *\| *(\d*) *\|$", re.MULTILINE)
ROWS = ROW.findall(README.read_text())
BIDS = [
    ClearingBid(f"{place}", name, name, int(units), Decimal(edge), place)
    for place, (name, _, units, edge, *_) in enumerate(ROWS, 1)
]


def outcome(format: Format) -> Outcome:
    return clear(ClearingTerms(format, units=100, reserve_edge_bps=Decimal(200)), BIDS)


def test_the_table_has_the_five_bids_of_the_text() -> None:
    assert [bid.provider for bid in BIDS] == ["Alice", "Bob", "Carol", "Dora", "Bob"]


@pytest.mark.parametrize(("format", "column"), [(Format.PAY_AS_BID, 5), (Format.UNIFORM, 6), (Format.VICKREY, 7)])
def test_accepted_units_and_payments_are_what_the_rule_says(format: Format, column: int) -> None:
    decided = outcome(format)
    accepted = {award.bid: award.units for award in decided.awards}
    assert [accepted.get(bid.id, 0) for bid in BIDS] == [int(row[4]) for row in ROWS]
    said = {bid.provider: Decimal(row[column]) for bid, row in zip(BIDS, ROWS, strict=True) if row[column]}
    assert decided.payments == said


def test_without_alice_the_others_cost_what_the_text_says() -> None:
    others = sum(payment for name, payment in outcome(Format.PAY_AS_BID).payments.items() if name != "Alice")
    assert (others, others + outcome(Format.VICKREY).payments["Alice"]) == (3150, 5750)
