"""`manage.py simulate`: what it reads, writes and refuses; it needs no database."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, load_command_class

from auctions.offline.simulate import SIMULATIONS

WATERFALL: dict[str, Any] = {
    "loss": "150.50",
    "scale": 2,
    "layers": [
        {"id": "tranche", "available": "100", "per_event": "50", "used": "10", "per_24h": None, "used_24h": "10"},
        {
            "id": "contributions",
            "available": None,
            "members": [
                {"id": "Bob", "weight": "1", "available": "20.5"},
                {"id": "Alice", "weight": "1", "available": "50"},
            ],
        },
    ],
}


def with_layer(**fields: Any) -> dict[str, Any]:
    return WATERFALL | {"layers": [WATERFALL["layers"][0], WATERFALL["layers"][1] | fields]}


class TestWaterfall:
    def test_the_answer_has_the_shape_that_was_agreed(self, run: Any) -> None:
        assert json.loads(run("simulate waterfall", WATERFALL)) == {
            "paid": [
                {"layer": "tranche", "amount": "40", "members": {}},
                {"layer": "contributions", "amount": "70.5", "members": {"Alice": "50", "Bob": "20.5"}},
            ],
            "unallocated": "40",
        }

    def test_the_table_says_the_same(self, run: Any) -> None:
        assert run("simulate waterfall", WATERFALL, "--format", "table").splitlines()[1:4] == [
            "tranche                    40",
            "contributions            70.5",
            "                Alice      50",
        ]


COVER: dict[str, Any] = {
    "attachment": "1000",
    "limit": "5000",
    "aggregate": None,
    "quota_share": "0.8",
    "copay": "0.1",
    "scale": 2,
    "parts": {"Bob": 7000, "Alice": 3000},
    "unl": ["600", "1400", "6000"],
}
SHARES: dict[str, Any] = {
    "scale": 0,
    "steps": [
        {"op": "deposit", "who": "Alice", "amount": "1"},
        {"op": "give", "amount": "1000000"},
        {"op": "deposit", "who": "Bob", "amount": "1000"},
        {"op": "withdraw", "who": "Bob", "shares": "1999"},
    ],
}
ALLOCATION: dict[str, Any] = {
    "method": "RANK",
    "quantity": "1.5",
    "step": "0.1",
    "price": "100",
    "accounts": [
        {"id": "Alice", "quantity": "1", "profit": "10", "leverage": "2"},
        {"id": "Bob", "quantity": "1", "profit": "10", "leverage": "5"},
        {"id": "Zoe", "quantity": "1", "profit": "-10", "leverage": "5"},
    ],
}


def with_step(**fields: Any) -> dict[str, Any]:
    return SHARES | {"steps": [*SHARES["steps"][:3], fields]}


def with_account(**fields: Any) -> dict[str, Any]:
    return ALLOCATION | {"accounts": [ALLOCATION["accounts"][0] | fields]}


class TestCover:
    def test_the_answer_has_the_shape_that_was_agreed(self, run: Any) -> None:
        assert json.loads(run("simulate cover", COVER)) == {
            "layer": ["0", "400", "5000"],
            "paid": ["0", "288", "3600"],
            "copaid": ["0", "32", "400"],
            "insurers": {"Bob": ["0", "201.6", "2520"], "Alice": ["0", "86.4", "1080"]},
        }

    def test_an_aggregate_bounds_it(self, run: Any) -> None:
        assert json.loads(run("simulate cover", COVER | {"aggregate": "100"}))["paid"] == ["0", "72", "72"]

    def test_the_table_says_the_same(self, run: Any) -> None:
        lines = run("simulate cover", COVER, "--format", "table").splitlines()
        assert [lines[0].split(), lines[2].split()] == [
            ["unl", "layer", "paid", "copaid", "Bob", "Alice"],
            ["1400", "400", "288", "32", "201.6", "86.4"],
        ]

    def test_what_edges_added_their_insurer_pays_alone(self, run: Any) -> None:
        """Of 1,000 were 200 an edge to A: 900 are paid instead of 720, and A pays these 180."""
        worked = {"attachment": "0", "limit": "10000", "quota_share": "1", "parts": {"A": 5000, "B": 5000}}
        document = COVER | worked | {"unl": ["500", "1000", "2000"], "edges": [{}, {"A": "200"}, {"B": "100"}]}
        assert json.loads(run("simulate cover", document)) == {
            "layer": ["500", "1000", "2000"],
            "paid": ["450", "900", "1800"],
            "copaid": ["50", "100", "200"],
            "added": ["0", "180", "270"],
            "insurers": {"A": ["225", "540", "945"], "B": ["225", "360", "855"]},
        }

    def test_without_edges_of_anybody_it_is_shared_as_ever(self, run: Any) -> None:
        given = json.loads(run("simulate cover", COVER | {"edges": [{}, {}, {}]}))
        assert given.pop("added") == ["0", "0", "0"]
        assert given == json.loads(run("simulate cover", COVER))


class TestShares:
    def test_the_answer_has_the_shape_that_was_agreed(self, run: Any) -> None:
        assert json.loads(run("simulate shares", SHARES)) == {
            "steps": [
                {"shares": "1000000", "amount": "1", "assets": "1", "supply": "1000000"},
                {"shares": "0", "amount": "1000000", "assets": "1000001", "supply": "1000000"},
                {"shares": "1999", "amount": "1000", "assets": "1001001", "supply": "1001999"},
                {"shares": "1999", "amount": "999", "assets": "1000002", "supply": "1000000"},
            ]
        }

    def test_who_had_shares_of_nothing_has_none(self, run: Any) -> None:
        lost = with_step(op="lose", amount="1001001")
        assert json.loads(run("simulate shares", lost))["steps"][-1]["supply"] == "0"
        with pytest.raises(CommandError, match="at most the 0 that Bob has"):
            run("simulate shares", lost | {"steps": [*lost["steps"], {"op": "withdraw", "who": "Bob", "shares": 1}]})


class TestAllocation:
    def test_the_answer_has_the_shape_that_was_agreed(self, run: Any) -> None:
        answer = {"fills": [{"id": "Bob", "quantity": "1"}, {"id": "Alice", "quantity": "0.5"}]}
        assert json.loads(run("simulate allocation", ALLOCATION)) == answer

    def test_only_a_rank_needs_profit_and_leverage(self, run: Any) -> None:
        accounts = [{"id": who, "quantity": "1"} for who in ("Alice", "Bob")]
        document = ALLOCATION | {"method": "PRO_RATA", "accounts": accounts}
        assert run("simulate allocation", document, "--format", "table").split()[2:] == ["Alice", "0.8", "Bob", "0.7"]


BAD = [
    ("cover", COVER | {"limit": 5000.5}, "/limit"),
    ("cover", COVER | {"copay": 0.1}, "/copay"),
    ("cover", COVER | {"unl": ["600", 1400]}, "/unl/1"),
    ("cover", COVER | {"parts": {"A": 5000.0, "B": 5000}}, "/parts/A"),
    ("shares", with_step(op="give", amount=0.5), "/steps/3/amount"),
    ("allocation", ALLOCATION | {"quantity": 1.5}, "/quantity"),
    ("allocation", ALLOCATION | {"step": 0.1}, "/step"),
    ("allocation", with_account(leverage=2.5), "/accounts/0/leverage"),
    ("allocation", with_account(profit=10.5), "/accounts/0/profit"),
    ("waterfall", WATERFALL | {"loss": 150.5}, "/loss"),
    ("waterfall", with_layer(members=[{"id": "A", "weight": 0.5, "available": "1"}]), "/layers/1/members/0/weight"),
    ("cover", COVER | {"copay": "1.1"}, "/copay"),
    ("cover", COVER | {"quota_share": "80"}, "/quota_share"),
    ("cover", COVER | {"parts": {"A": 5000, "B": 4999}}, "/parts"),
    ("cover", COVER | {"parts": {"A": 10_001, "B": -1}}, "/parts/B"),
    ("cover", COVER | {"unl": ["2", "1"]}, "/unl/1"),
    ("cover", COVER | {"limit": None}, "/limit"),
    ("cover", COVER | {"edges": [{}, {}]}, "/edges"),
    ("cover", COVER | {"edges": [{}, {}, {"Carl": "1"}]}, "/edges/2/Carl"),
    ("cover", COVER | {"edges": [{}, {"Bob": "2"}, {"Bob": "1"}]}, "/edges/2/Bob"),
    ("cover", COVER | {"edges": [{"Bob": "300", "Alice": "300.01"}, {}, {}]}, "/edges/0"),
    ("shares", with_step(op="burn", amount="1"), "/steps/3/op"),
    ("shares", with_step(op="deposit", amount="1"), "/steps/3/who"),
    ("shares", with_step(op="deposit", who="Bob", amount="0"), "/steps/3/amount"),
    ("shares", with_step(op="deposit", who="Bob", amount="0.1"), "/steps/3/amount"),
    ("shares", with_step(op="withdraw", who="Bob", amount="1"), "/steps/3/amount"),
    ("shares", with_step(op="withdraw", who="Bob", shares="2000"), "/steps/3/shares"),
    ("shares", with_step(op="withdraw", who="Bob", shares="1.5"), "/steps/3/shares"),
    ("shares", with_step(op="withdraw", who="Bob", shares=-1), "/steps/3/shares"),
    ("allocation", ALLOCATION | {"step": "0"}, "/step"),
    ("allocation", ALLOCATION | {"price": "-1"}, "/price"),
    ("allocation", ALLOCATION | {"method": "LOTTERY"}, "/method"),
    ("allocation", with_account(leverage="-1"), "/accounts/0/leverage"),
    ("allocation", with_account(profit=None), "/accounts/0/profit"),
    ("allocation", with_account(quantity="0"), "/accounts/0/quantity"),
    ("waterfall", "[]", "input"),
    ("waterfall", WATERFALL | {"loss": "-1"}, "/loss"),
    ("waterfall", WATERFALL | {"loss": "1.001"}, "/loss"),
    ("waterfall", WATERFALL | {"loss": "1" + "0" * 20}, "/loss"),
    ("waterfall", WATERFALL | {"loss": None}, "/loss"),
    ("waterfall", WATERFALL | {"scale": 19}, "/scale"),
    ("waterfall", WATERFALL | {"scale": "2"}, "/scale"),
    ("waterfall", WATERFALL | {"layers": {}}, "/layers"),
    ("waterfall", WATERFALL | {"colour": 1}, "/colour"),
    ("waterfall", with_layer(id="tranche"), "/layers/1/id"),
    ("waterfall", with_layer(members=[]), "/layers/1/available"),
    ("waterfall", with_layer(per_event="x"), "/layers/1/per_event"),
    ("waterfall", with_layer(members=[{"id": "A", "weight": "-1", "available": "1"}]), "/layers/1/members/0/weight"),
    ("waterfall", with_layer(members=[{"id": "A", "weight": "1"}]), "/layers/1/members/0/available"),
]


@pytest.mark.parametrize(("what", "document", "pointer"), BAD)
def test_bad_input_is_refused_with_its_pointer_in_one_line(run: Any, what: str, document: Any, pointer: str) -> None:
    with pytest.raises(CommandError) as refused:
        run(f"simulate {what}", document)
    assert str(refused.value).startswith(f"{pointer}: ")
    assert "\n" not in str(refused.value)
    assert refused.value.returncode == 2


def test_an_amount_as_a_number_is_refused_with_what_to_write_instead(run: Any) -> None:
    with pytest.raises(CommandError) as refused:
        run("simulate waterfall", with_layer(per_event=50.5))
    assert str(refused.value) == '/layers/1/per_event: must be a decimal string, such as "12.5", not a JSON number'


@pytest.mark.parametrize("what", SIMULATIONS)
def test_the_example_of_each_in_the_help_is_answered(run: Any, what: str) -> None:
    said = load_command_class("auctions", "simulate").create_parser("manage.py", "simulate").format_help()
    example = f"Example: echo '{SIMULATIONS[what].example}' | manage.py simulate {what}\n"
    assert example in said
    assert json.loads(run(f"simulate {what}", SIMULATIONS[what].example))
