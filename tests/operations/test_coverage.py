"""`manage.py coverage` and its address: funded capacity, and whether it would take the largest accounts over."""

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.rules.commitments import remaining_capacity
from auctions.offline import scenario
from auctions.queries import coverage
from auctions.queries.coverage import list_coverage
from backstop import clock
from tests import builders as build
from tests import market
from tests.operations.test_set_exposure_limit import limit

pytestmark = pytest.mark.django_db

SCENARIO = """account,instrument,side,quantity
big,BTC-PERP,LONG,3
big,BTC-PERP,SHORT,1
small,BTC-PERP,LONG,0.5
third,BTC-PERP,LONG,0.5
"""


@pytest.fixture
def venue(travel):
    """Bitcoins at 20,000, at a margin of 10 %: Alice, Bob and Carol have collateral for 3, 2 and 1 of them."""
    venue = market.a_market(travel)
    for name, collateral in (("Alice", "6000"), ("Bob", "4000"), ("Carol", "2000")):
        build.a_commitment(build.a_provider(venue, name, collateral=collateral), min_edge_bps="20")
    return venue


def lines(venue) -> dict[str, tuple[Decimal, Decimal]]:
    return {
        each.side: (each.coverage.capacity, each.coverage.without_largest)
        for each in list_coverage(venue.id, clock.now())
    }


def covered(*arguments: str) -> dict:
    out = StringIO()
    call_command("coverage", "--format", "json", *arguments, stdout=out)
    return json.loads(out.getvalue())


def test_what_is_funded_counts_on_both_sides(venue) -> None:
    assert lines(venue) == {"LONG": (120_000, 20_000), "SHORT": (120_000, 20_000)}


def test_caps_sides_and_who_is_suspended_count(venue) -> None:
    alice, bob = venue.providers.get(name="Alice"), venue.providers.get(name="Bob")
    alice.commitments.get().terms.update(cap_per_assignment=Decimal(10_000), sides="LONG")
    assert lines(venue) == {"LONG": (70_000, 10_000), "SHORT": (60_000, 0)}
    bob.commitments.update(state="SUSPENDED")
    assert lines(venue)["LONG"] == (30_000, 0)


def test_instruments_that_no_bid_tells_apart_are_asked_about_once(venue, monkeypatch) -> None:
    for number in range(20):
        build.an_instrument(venue, f"COIN-{number}")
    alice = venue.providers.get(name="Alice")
    build.a_commitment(alice, instrument=venue.instruments.get(symbol="COIN-7"), cap_per_assignment=Decimal(10_000))
    build.a_provider(venue, "Dave", collateral="1000000")
    asked = []

    def ask(legs, **said):
        asked.append(legs)
        return remaining_capacity(legs, **said)

    monkeypatch.setattr(coverage, "remaining_capacity", ask)
    assert lines(venue) == {"LONG": (120_000, 20_000), "SHORT": (120_000, 20_000)}
    assert len(asked) == 2 * (2 + 1 + 1), "on each side: of Alice two, of Bob and Carol one, of Dave none"


def test_a_bid_for_one_instrument_is_all_that_there_is_of_who_has_no_other(venue) -> None:
    build.an_instrument(venue, "COIN")
    alice = venue.providers.get(name="Alice")
    alice.commitments.update(instrument=venue.instruments.get(symbol="COIN"))
    assert lines(venue)["LONG"] == (120_000, 20_000)
    alice.commitments.get().terms.update(cap_per_assignment=Decimal(10_000))
    assert lines(venue)["LONG"] == (70_000, 10_000)


def test_markets_that_nobody_asks_about_are_left_out(venue) -> None:
    _, short = list_coverage(venue.id, clock.now())
    assert list_coverage(venue.id, clock.now(), only={short.key}) == [short]
    assert list_coverage(venue.id, clock.now(), only=set()) == []


def test_no_cluster_gives_more_than_it_may_hold(venue) -> None:
    limit(venue.providers.get(name="Alice"), "25000")
    assert lines(venue)["LONG"] == (25_000 + 40_000 + 20_000, 20_000)


def test_it_is_held_against_the_largest_accounts_of_a_scenario(venue, tmp_path) -> None:
    path = tmp_path / "accounts.csv"
    path.write_text(SCENARIO)
    long, short = covered("--scenario", str(path))["lines"]
    assert (long["product_group"], long["asset"], long["side"], long["capacity"]) == ("PERPS", "USD", "LONG", "120000")
    told = [(one["notional"], one["lacking"], one["lacking_without_two_largest"]) for one in long["largest"]]
    assert told == [("60000", "0", "40000"), ("70000", "0", "50000"), ("80000", "0", "60000")]
    assert short["largest"][0]["notional"] == "20000"


def test_json_says_the_same_as_csv(venue, tmp_path) -> None:
    header, *rows = SCENARIO.split()
    names = header.split(",")
    positions = [dict(zip(names, row.split(","), strict=True)) for row in rows]
    (tmp_path / "a.json").write_text(json.dumps({"positions": positions}))
    (tmp_path / "a.csv").write_text(SCENARIO)
    one, other = (covered("--scenario", str(tmp_path / name))["lines"] for name in ("a.json", "a.csv"))
    assert one == other


def test_a_table_for_the_eye(venue, tmp_path) -> None:
    (tmp_path / "a.csv").write_text(SCENARIO)
    out = StringIO()
    call_command("coverage", "--scenario", str(tmp_path / "a.csv"), stdout=out)
    header, long, _ = out.getvalue().splitlines()
    assert header.split()[:4] == ["market", "capacity", "without", "two"]
    assert long.split()[:5] == ["PERPS", "USD", "LONG", "120000", "20000"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: must name the columns account, instrument, side, quantity, each once"),
        ("account,instrument,side\n", "line 1: must name the columns"),
        ("account,instrument,side,quantity\na,BTC-PERP,LONG\n", "line 2: must have 4 values"),
        ("account,instrument,side,quantity\na,BTC-PERP,LONG,1,2\n", "line 2: must have 4 values"),
        ("account,instrument,side,quantity\na,BTC-PERP,UP,1\n", "line 2: side must be one of LONG, SHORT"),
        ("account,instrument,side,quantity\na,BTC-PERP,LONG,0\n", "line 2: quantity must be above zero"),
        ("account,instrument,side,quantity\na,BTC-PERP,LONG,1e3\n", "line 2: quantity must be"),
        ("account,instrument,side,quantity\n,BTC-PERP,LONG,1\n", "line 2: account must not be empty"),
        ("account,instrument,side,quantity\na,BTC-PERP,LONG,1\na,X,LONG,1\n", "line 3: the venue has no instrument X"),
        ("account,instrument,side,quantity\na,DARK,LONG,1\n", "line 2: DARK has no mark"),
        ('{"positions": [{"account": "a"}]}', "/positions/0/instrument: is missing"),
        ('{"positions": 7}', "/positions: must be a list"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(venue, tmp_path, text, said) -> None:
    build.an_instrument(venue, "DARK")
    (tmp_path / "a").write_text(text)
    with pytest.raises(CommandError, match=said) as refused:
        covered("--scenario", str(tmp_path / "a"))
    assert refused.value.returncode == 2


def test_what_is_too_much_is_refused(venue, tmp_path, monkeypatch) -> None:
    (tmp_path / "a").write_text(SCENARIO)
    monkeypatch.setattr(scenario, "MOST_POSITIONS", 4)
    covered("--scenario", str(tmp_path / "a"))
    monkeypatch.setattr(scenario, "MOST_POSITIONS", 3)
    with pytest.raises(CommandError, match="line 5: must be at most 3 positions"):
        covered("--scenario", str(tmp_path / "a"))
    monkeypatch.setattr(scenario, "MOST_BYTES", len(SCENARIO) - 1)
    with pytest.raises(CommandError, match="bytes"):
        covered("--scenario", str(tmp_path / "a"))
    with pytest.raises(CommandError, match="cannot be read"):
        covered("--scenario", str(tmp_path / "nowhere"))


def test_of_several_venues_one_is_named(venue) -> None:
    other = build.a_venue("other")
    with pytest.raises(CommandError, match=r"name a venue by --venue: .*other"):
        covered()
    assert covered("--venue", other.code)["lines"] == []
    with pytest.raises(CommandError, match="there is no venue 'nowhere'"):
        covered("--venue", "nowhere")


def test_a_venue_asks_for_it_over_http(venue) -> None:
    desk = build.api_client(build.a_venue_key(venue))
    path = f"/v1/venues/{venue.id}/coverage"
    long, short = desk.get(path).json()["lines"]
    said = {"product_group": "PERPS", "asset": "USD", "capacity": "120000", "without_two_largest": "20000"}
    assert (long, short) == ({**said, "side": "LONG"}, {**said, "side": "SHORT"})
    assert desk.get(f"/v1/venues/{build.a_venue().id}/coverage").json()["code"] == "venue_unknown"
    assert build.api_client(build.a_provider_key(venue.providers.first())).get(path).status_code == 403
