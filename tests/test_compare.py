"""Mechanisms in one world: what each does to a lot, that nothing is made or lost, and what the command refuses."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from auctions.simulation.arrivals import read_arrivals
from auctions.simulation.contest.bidders import Crowd, Manner
from auctions.simulation.contest.ours import Ours
from auctions.simulation.contest.paths import PATHS, path_as
from auctions.simulation.contest.peers import Blocks, Discount, Stairs
from auctions.simulation.contest.run import MECHANISMS, Contest
from auctions.simulation.contest.world import UNITS, World
from auctions.simulation.measuring import path_of
from backstop.values.amounts import total
from tests.elsewhere import HOUSE

CASCADE = HOUSE / "tests" / "data" / "cascade.csv"
ROW = "reference,received_at,instrument,kind,side,quantity,mark_price\na,2020-03-12T03:00:00Z,ETH,SPOT,LONG,10,100\n"
HARD = Crowd(absent=Decimal("0.33"), capital=Decimal("0.5"), recycle_seconds=1800, late_seconds=30, premium=Decimal(2))


@pytest.fixture
def one_row(tmp_path: Path) -> Path:
    path = tmp_path / "one.csv"
    path.write_text(ROW)
    return path


def world_of(path: Path, crowd: Crowd, *names: str) -> World:
    return World(read_arrivals(path, None, Decimal("0.75")), crowd, names, "given", 21600)


@pytest.mark.parametrize("name", MECHANISMS)
def test_units_and_capital_are_neither_made_nor_lost(name: str) -> None:
    world = world_of(CASCADE, HARD, "Ann", "Bob", "Cy", "Di", "Ed", "Flo")
    had = {bidder.name: bidder.free for bidder in world.bidders}
    world.run(MECHANISMS[name](world).arrive)
    assert len(had) == 4
    for lot in world.lots:
        taken = total(placement.quantity for placement in lot.placed)
        assert 0 <= lot.left <= UNITS
        assert taken <= lot.row.quantity
    assert {bidder.name: bidder.free for bidder in world.bidders} == pytest.approx(had)


def test_the_same_seed_says_the_same_and_another_says_otherwise() -> None:
    arrivals = read_arrivals(CASCADE, 20, Decimal("0.75"))
    contest = Contest(arrivals=arrivals, crowd=HARD, seeds=2)
    rows = list(contest.rows())
    assert rows == list(contest.rows())
    assert [row["mechanism"] for row in rows] == 2 * list(MECHANISMS)
    assert rows[0]["edges"] != rows[len(MECHANISMS)]["edges"]


def test_the_winner_of_an_english_auction_pays_the_second_price(one_row: Path) -> None:
    world = world_of(one_row, Crowd(capital=Decimal(10)), "Ann", "Bob", "Cy")
    fair = sorted(bidder.fair(world.lots[0]) for bidder in world.bidders)
    world.run(MECHANISMS["flip"](world).arrive)
    (placement,) = world.lots[0].placed
    assert float(placement.fair_bps) == pytest.approx(fair[0])
    assert float(placement.edge_bps) == pytest.approx(fair[1])


def test_who_is_alone_in_an_english_auction_pays_nothing(one_row: Path) -> None:
    world = world_of(one_row, Crowd(), "Ann")
    world.run(MECHANISMS["flip"](world).arrive)
    assert [placement.edge_bps for placement in world.lots[0].placed] == [10000]


def test_one_alone_gets_no_more_of_ours_than_the_uncontested_cap(one_row: Path) -> None:
    world = world_of(one_row, Crowd(manner=Manner.WAITING, premium=Decimal(3)), "Ann")
    world.run(MECHANISMS["ours"](world).arrive)
    assert max([float(placement.edge_bps) for placement in world.lots[0].placed], default=0) <= 250


@pytest.fixture
def two_fifths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Crowd, "appetite", lambda self, name: Decimal("0.4"))


def sold_at(one_row: Path, *fair: int) -> list[tuple[Decimal, Decimal]]:
    """How much is sold at which edges to bidders who need these and can buy two fifths of it, where a unit left is
    reckoned to cost 40 bps later."""
    world = world_of(one_row, Crowd(), *(f"Bidder {edge}" for edge in fair))
    for bidder, edge in zip(world.bidders, fair, strict=True):
        bidder.free, bidder._fair = 412.0, {"a": float(edge)}
    world.run(Ours(world, continuation={"ETH": Decimal(40)}).arrive)
    return [(placement.quantity, placement.edge_bps) for placement in world.lots[0].placed]


@pytest.mark.usefixtures("two_fifths")
def test_what_is_cut_back_is_sold_by_the_clock_at_its_own_edge(one_row: Path) -> None:
    """Filling at one edge would pay the cheap units what the dearest of them asks."""
    sold = sold_at(one_row, 10, 11, 140)
    assert sold[:2] == [(4, 11), (4, 11)]
    assert sold[-1][1] == 140
    assert total(quantity for quantity, _ in sold) == 10


@pytest.mark.usefixtures("two_fifths")
def test_nothing_is_cut_back_where_it_would_cost_more(one_row: Path) -> None:
    assert sold_at(one_row, 10, 11, 12) == [(4, 12), (4, 12), (2, 12)]


def test_the_clocks_of_the_peers_say_what_their_documents_say(one_row: Path) -> None:
    world = world_of(one_row, Crowd(), "Ann")
    lot = world.lots[0]
    stairs = Stairs(world, lot, 130.0, 0.0)
    assert [stairs.price(at) for at in (0, 89, 90)] == pytest.approx([130, 130, 128.7])
    blocks = Blocks(world, lot, 100.0, 0.0)
    assert [blocks.price(at) for at in (500, 1000, 1500, 2000, 2500)] == pytest.approx([200, 100, 50, 0, 0])
    discount = Discount(world, lot, 0.0)  # the equity is a quarter of the notional
    assert [discount.edge(at) for at in (0, 600, 4200)] == pytest.approx([0, 500, 1500])


def test_paths_keep_their_times_and_end_where_they_should() -> None:
    path = path_of(read_arrivals(CASCADE, None, Decimal("0.75")), "ETH-USD")
    made = {name: path_as(name, path, 1) for name in PATHS}
    assert {each.times for each in made.values()} == {path.times}
    assert made["given"].marks == path.marks
    assert set(made["flat"].marks) == {path.marks[0]}
    assert made["reversed"].marks == made["filtered"].marks[::-1]
    assert float(made["shuffled"].marks[-1]) == pytest.approx(float(made["filtered"].marks[-1]))
    assert made["crash"].marks[-1] < made["filtered"].marks[-1]


def test_the_command_writes_a_row_for_each_seed_and_mechanism(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    out = tmp_path / "out.json"
    words = ["--rows", "10", "--mechanisms", "clip,ours", "--path", "crash", "--bidders", "shading", "--seeds", "2"]
    call_command("compare", str(CASCADE), *words, "--json", str(out))
    rows = json.loads(out.read_text())["rows"]
    said = {(row["mechanism"], row["seed"], row["path"], row["bidders"]) for row in rows}
    assert said == {(name, seed, "crash", "shading") for name in ("clip", "ours") for seed in (1, 2)}
    assert rows[0]["cost"].keys() == {"horizon", "worst"}
    assert capsys.readouterr().out.splitlines()[1].split()[0] == "clip"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--mechanisms", "ours,theirs"], "'theirs' is none of"),
        (["--absent", "1.5"], "--absent must be between 0 and 1"),
        (["--capital", "much"], "--capital must be a plain decimal number"),
        (["--late", "-1"], "--late must be between 0"),
        (["--seeds", "0"], "--seeds must be at least 1"),
        (["--json", "/no/such/folder/x.json"], "there is no such folder"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(words: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said) as refused:
        call_command("compare", str(CASCADE), *words)
    assert refused.value.returncode == 2


def test_a_file_that_is_not_there_is_refused() -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("compare", "nothing.csv")
