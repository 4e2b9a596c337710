"""Reading recorded liquidations: which rows are one book, what it owes, and what is wrong with a file."""

from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from auctions.simulation.arrivals import FileRefused, read_arrivals
from auctions.simulation.feed import waves

HEADER = "reference,received_at,instrument,kind,side,quantity,mark_price"
GOOD = "a,2020-03-12T03:00:03Z,ETH-USD,SPOT,LONG,2,200"
RATIO = Decimal("0.75")


def file_of(folder: Path, *lines: str, header: str = HEADER) -> Path:
    path = folder / "arrivals.csv"
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def read(folder: Path, *lines: str, header: str = HEADER):
    return read_arrivals(file_of(folder, *lines, header=header), None, RATIO)


def test_spot_without_cash_has_borrowed_a_part_of_its_value(tmp_path):
    (arrival,) = read(tmp_path, GOOD)
    assert arrival.cash == -300
    assert arrival.content["positions"] == [{"instrument": "ETH-USD", "side": "LONG", "quantity": Decimal(2)}]


def test_rows_of_one_account_and_instant_are_one_book(tmp_path):
    arrivals = read(
        tmp_path,
        f"{GOOD},one,-10,",
        "b,2020-03-12T03:00:03Z,BTC-PERP,LINEAR,SHORT,1,6000,one,,5900",
        "c,2020-03-12T03:00:04Z,ETH-USD,SPOT,LONG,1,190,one,,",
        header=f"{HEADER},account,cash,entry_price",
    )
    assert [(each.reference, len(each.rows), each.cash) for each in arrivals] == [
        ("a", 2, -10),
        ("c", 1, Decimal("-142.5")),
    ]


def test_further_columns_are_carried(tmp_path):
    (arrival,) = read(tmp_path, f"{GOOD},150,7", header=f"{HEADER},sold_at_price,bid_count")
    assert arrival.rows[0].carried == {"sold_at_price": "150", "bid_count": "7"}
    assert arrival.rows[0].given_away_then == 100


def test_books_go_together_only_as_far_as_their_marks_agree(tmp_path):
    lines = [f"r{number},2020-03-12T03:00:0{number}Z,ETH-USD,SPOT,LONG,1,{mark}" for number, mark in enumerate("2233")]
    assert [(marks["ETH-USD"], len(wave)) for marks, wave in waves(read(tmp_path, *lines))] == [(2, 2), (3, 2)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("b,yesterday,ETH-USD,SPOT,LONG,2,200", "line 3, received_at: must be a time"),
        ("b,2020-03-12T03:00:03Z,ETH-USD,COIN,LONG,2,200", "line 3, kind: must be one of"),
        ("b,2020-03-12T03:00:03Z,ETH-USD,SPOT,UP,2,200", "line 3, side: must be one of"),
        ("b,2020-03-12T03:00:03Z,ETH-USD,SPOT,SHORT,2,200", "line 3, side: spot is long only"),
        ("b,2020-03-12T03:00:03Z,ETH-USD,SPOT,LONG,0,200", "line 3, quantity: must be above zero"),
        ("b,2020-03-12T03:00:03Z,ETH-USD,SPOT,LONG,2e3,200", "line 3, quantity: must be a plain decimal number"),
        ("b,2020-03-12T03:00:03Z,ETH-USD,SPOT,LONG,2,NaN", "line 3, mark_price: must be a plain decimal number"),
        ("b,2020-03-12T03:00:03Z,ETH-USD,LINEAR,LONG,2,200", "line 3, kind: ETH-USD was SPOT before"),
        ("a,2020-03-12T03:00:03Z,ETH-USD,SPOT,LONG,2,200", "line 3, reference: is that of line 2 already"),
        ("b,2020-03-12T03:00:03Z,ETH-USD,SPOT,LONG,2", "line 3, mark_price: the line has 6 values, not 7"),
    ],
)
def test_a_malformed_row_is_named_by_line_and_column(tmp_path, line, said):
    with pytest.raises(FileRefused, match=said):
        read(tmp_path, GOOD, line)


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(FileRefused, match="line 1, side: the column is missing"):
        read(tmp_path, header=HEADER.replace(",side", ""))


def test_the_command_refuses_a_malformed_file_before_anything_starts(tmp_path):
    path = file_of(tmp_path, GOOD, GOOD.replace("a,", "b,").replace("LONG", "UP"))
    with pytest.raises(CommandError, match=r"^line 3, side: .*; nothing was taken in$"):
        call_command("replay", str(path), stdout=StringIO())


@pytest.mark.parametrize("options", [["--rows", "0"], ["--robots", "0"], ["--debt-ratio", "much"]])
def test_the_command_refuses_senseless_options(tmp_path, options):
    with pytest.raises(CommandError):
        call_command("replay", str(file_of(tmp_path, GOOD)), *options)
