"""`manage.py clear` and `manage.py curve`: what they read, write and refuse; neither needs a database."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

TERMS: dict[str, Any] = {
    "format": "UNIFORM",
    "units": 100,
    "reserve_edge_bps": "30",
    "bids": [
        {"id": "a", "provider": "Alice", "units": 60, "edge_bps": 10},
        {"id": "b", "provider": "Bob", "units": 60, "edge_bps": 20.5},
        {"id": "c", "provider": "Charlie", "units": 30, "edge_bps": "20.5"},
        {"id": "d", "provider": "Dora", "units": 40, "edge_bps": 30},
    ],
}
CURVE: dict[str, Any] = {"curve": {"kind": "PIECEWISE", "knots": [[0, 0], [3, 100]]}, "at": [0, 1.5, 1e1]}


def changed(document: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {name: value for name, value in (document | fields).items() if value != "absent"}


def with_bid(**fields: Any) -> dict[str, Any]:
    bids = [TERMS["bids"][0], changed(TERMS["bids"][1], **fields)]
    return changed(TERMS, bids=bids)


CASE_7 = TERMS | {
    "reserve_edge_bps": "350",
    "bids": [
        {"id": "a", "provider": "Alice", "units": 50, "edge_bps": 30},
        {"id": "b", "provider": "Bob", "units": 49, "edge_bps": 30},
        {"id": "c", "provider": "Charlie", "units": 1, "edge_bps": 350},
    ],
}


class TestClear:
    @pytest.mark.parametrize(
        ("continuation", "paid", "cut", "filling"), [("350", 2970, {"c": 1}, "350"), (None, 35000, {}, None)]
    )
    def test_with_what_the_next_step_costs_it_says_what_is_cut(
        self, run: Any, continuation: str | None, paid: int, cut: dict[str, int], filling: str | None
    ) -> None:
        said = json.loads(run("clear", CASE_7 | {"continuation_edge_bps": continuation}))
        assert sum(int(amount) for amount in said["payments"].values()) == paid
        assert (said.get("cut", {}), said.get("filling_edge_bps")) == (cut, filling)

    def test_the_answer_has_the_shape_that_was_agreed(self, run: Any) -> None:
        assert json.loads(run("clear", TERMS)) == {
            "result": "AWARDED",
            "clearing_edge_bps": "20.5",
            "unfilled_units": 0,
            "optimal": True,
            "gap": "0",
            "awards": [
                {"bid": "a", "provider": "Alice", "units": 60, "edge_bps": "20.5"},
                {"bid": "b", "provider": "Bob", "units": 27, "edge_bps": "20.5"},
                {"bid": "c", "provider": "Charlie", "units": 13, "edge_bps": "20.5"},
            ],
            "payments": {"Alice": "1230", "Bob": "553.5", "Charlie": "266.5"},
        }

    def test_an_unfilled_auction_has_no_awards_and_nulls(self, run: Any) -> None:
        assert json.loads(run("clear", changed(TERMS, min_bidders=5))) == {
            "result": "UNFILLED",
            "clearing_edge_bps": None,
            "unfilled_units": 100,
            "optimal": None,
            "gap": None,
            "awards": [],
            "payments": {},
        }

    def test_vickrey_shows_the_bids_own_edges_and_pays_externalities(self, run: Any) -> None:
        answer = json.loads(run("clear", changed(TERMS, format="VICKREY")))
        assert answer["clearing_edge_bps"] is None
        assert [award["edge_bps"] for award in answer["awards"]] == ["10", "20.5", "20.5"]
        assert answer["payments"] == {"Alice": "1325", "Bob": "648.5", "Charlie": "266.5"}

    def test_only_four_fields_of_a_bid_are_required(self, run: Any) -> None:
        full = {"group": "Alice", "tier": 1, "sequence": 1, "all_or_none": False, "min_units": 1}
        bids = [TERMS["bids"][0] | full, *TERMS["bids"][1:]]
        assert run("clear", changed(TERMS, bids=bids)) == run("clear", TERMS)

    def test_null_means_the_default(self, run: Any) -> None:
        nulls = {"price_rule": None, "min_bidders": None, "rationing": None, "first_rejected_cap_bps": None}
        assert run("clear", changed(TERMS, **nulls)) == run("clear", TERMS)

    def test_without_a_reserve_all_edges_are_accepted(self, run: Any) -> None:
        for terms in (changed(TERMS, reserve_edge_bps=None), changed(TERMS, reserve_edge_bps="absent")):
            assert json.loads(run("clear", changed(terms, units=1000)))["unfilled_units"] == 810

    def test_numbers_are_read_exactly(self, run: Any) -> None:
        """As floats, 0.1 three times is not 0.3, and the second edge is not the first."""
        bids = [
            {"id": "a", "provider": "Alice", "units": 3, "edge_bps": 0.1},
            {"id": "b", "provider": "Bob", "units": 1, "edge_bps": "0.10000000000000000000001"},
        ]
        answer = json.loads(run("clear", {"format": "PAY_AS_BID", "units": 4, "bids": bids}))
        assert answer["payments"] == {"Alice": "0.3", "Bob": "0.10000000000000000000001"}
        assert answer["clearing_edge_bps"] == "0.10000000000000000000001"

    def test_groups_that_are_related_through_a_third_count_as_one(self, run: Any) -> None:
        """At the margin Bob and Dora share as one, with Charlie; without, each of the three has a share."""
        bids = [{"id": who, "provider": who, "units": 40, "edge_bps": 20} for who in ("Bob", "Charlie", "Dora")]
        related = [["Bob", "Third"], ["Third", "Dora"]]
        answer = json.loads(run("clear", changed(TERMS, units=80, bids=bids, related=related, min_bidders=2)))
        assert {award["bid"]: award["units"] for award in answer["awards"]} == {"Bob": 40, "Charlie": 27, "Dora": 13}
        assert (
            json.loads(run("clear", changed(TERMS, bids=bids, related=related, min_bidders=3)))["result"] == "UNFILLED"
        )

    def test_the_table_says_the_same(self, run: Any) -> None:
        assert run("clear", TERMS, "--format", "table").splitlines()[6:11] == [
            "bid  provider  units  edge_bps",
            "a       Alice     60      20.5",
            "b         Bob     27      20.5",
            "c     Charlie     13      20.5",
            "",
        ]

    def test_compare_shows_every_format_for_the_same_bids(self, run: Any) -> None:
        outcomes = json.loads(run("clear", TERMS, "--compare"))["outcomes"]
        assert [(outcome["format"], outcome["price_rule"]) for outcome in outcomes] == [
            ("PAY_AS_BID", None),
            ("UNIFORM", "LAST_ACCEPTED"),
            ("UNIFORM", "FIRST_REJECTED"),
            ("VICKREY", None),
        ]
        assert [outcome["payments"]["Alice"] for outcome in outcomes] == ["600", "1230", "1230", "1325"]
        table = run("clear", TERMS, "--compare", "--format", "table").splitlines()
        assert table[0].split() == ["PAY_AS_BID", "UNIFORM", "LAST_ACCEPTED", "UNIFORM", "FIRST_REJECTED", "VICKREY"]
        assert "payment Alice             600                   1230                    1230       1325" in table

    def test_compare_says_which_format_refuses_and_why(self, run: Any) -> None:
        terms = changed(with_bid(all_or_none=True), reserve_edge_bps=None)
        outcomes = json.loads(run("clear", terms, "--compare"))["outcomes"]
        assert [outcome.get("refused", "")[:17] for outcome in outcomes] == [
            "",
            "",
            "/price_rule: cann",
            "/reserve_edge_bps",
        ]
        assert "REFUSED" in run("clear", terms, "--compare", "--format", "table")


class TestCurve:
    def test_the_answer_has_the_shape_that_was_agreed(self, run: Any) -> None:
        assert json.loads(run("curve", CURVE)) == {"edges": ["0", "50", "100"]}

    def test_decay_is_accurate_to_many_digits(self, run: Any) -> None:
        curve = {"kind": "EXPONENTIAL", "start_edge_bps": "0", "cut": "0.99"}
        edges = json.loads(run("curve", {"curve": curve, "cap_edge_bps": 60, "at": ["0.5", 1]}))["edges"]
        assert edges == ["50.12562893380045265520178998793994821873", "60"]

    def test_a_stairstep_needs_its_step(self, run: Any) -> None:
        stairs = {"kind": "STAIRSTEP", "start_edge_bps": 0, "cut": 0.9, "step_seconds": 90}
        assert json.loads(run("curve", {"curve": stairs, "at": [90]})) == {"edges": ["1000"]}

    def test_the_table_says_the_same(self, run: Any) -> None:
        assert run("curve", CURVE, "--format", "table").split() == [
            "seconds",
            "edge_bps",
            "0",
            "0",
            "1.5",
            "50",
            "10",
            "100",
        ]


BAD_TERMS = [
    ("[]", "input"),
    ("{", "input"),
    ('{"units": 1, "units": 2}', "/units"),
    (json.dumps(TERMS).replace('"30"', "NaN"), "input"),
    (json.dumps(TERMS).replace('"30"', "-Infinity"), "input"),
    (json.dumps(TERMS).replace('"id": "a"', '"id": "a", "id": "z"'), "/bids/0/id"),
    (changed(TERMS, colour="blue"), "/colour"),
    (changed(TERMS, **{"a/b~c\n": 1}), "/a~1b~0c\\n"),
    (changed(TERMS, format="absent"), "/format"),
    (changed(TERMS, format="ENGLISH"), "/format"),
    (changed(TERMS, price_rule="SECOND"), "/price_rule"),
    (changed(TERMS, rationing=[]), "/rationing"),
    (changed(TERMS, units="100"), "/units"),
    (changed(TERMS, units=100.0), "/units"),
    (changed(TERMS, units=True), "/units"),
    (changed(TERMS, units=0), "/units"),
    (changed(TERMS, min_bidders=-1), "/min_bidders"),
    (changed(TERMS, reserve_edge_bps=True), "/reserve_edge_bps"),
    (changed(TERMS, reserve_edge_bps="1e3"), "/reserve_edge_bps"),
    (changed(TERMS, reserve_edge_bps="NaN"), "/reserve_edge_bps"),
    (changed(TERMS, reserve_edge_bps={}), "/reserve_edge_bps"),
    (changed(TERMS, reserve_edge_bps=1e40), "/reserve_edge_bps"),
    (changed(TERMS, bids={}), "/bids"),
    (changed(TERMS, bids=[7]), "/bids/0"),
    (with_bid(edge_bps="absent"), "/bids/1/edge_bps"),
    (with_bid(provider=None), "/bids/1/provider"),
    (with_bid(provider=""), "/bids/1/provider"),
    (with_bid(id=1), "/bids/1/id"),
    (with_bid(id="a"), "/bids/1/id"),
    (with_bid(sequence=1), "/bids/1/sequence"),
    (with_bid(units=-5), "/bids/1/units"),
    (with_bid(edge_bps="20.5 "), "/bids/1/edge_bps"),
    (with_bid(tier=0), "/bids/1/tier"),
    (with_bid(all_or_none=1), "/bids/1/all_or_none"),
    (with_bid(min_units=61), "/bids/1/min_units"),
    (with_bid(speed=1), "/bids/1/speed"),
    (changed(with_bid(min_units=2), price_rule="FIRST_REJECTED"), "/price_rule"),
    (changed(TERMS, format="VICKREY", reserve_edge_bps=None, units=200), "/reserve_edge_bps"),
]
BAD_CURVES = [
    (changed(CURVE, at="absent"), "/at"),
    (changed(CURVE, at=[-1]), "/at/0"),
    (changed(CURVE, at=[True]), "/at/0"),
    (changed(CURVE, cap_edge_bps="high"), "/cap_edge_bps"),
    (changed(CURVE, curve={"kind": "SPLINE"}), "/curve/kind"),
    (changed(CURVE, curve={"kind": "PIECEWISE"}), "/curve/knots"),
    (changed(CURVE, curve={"kind": "PIECEWISE", "knots": []}), "/curve/knots"),
    (changed(CURVE, curve={"kind": "PIECEWISE", "knots": [[0, 1], [0, 2]]}), "/curve/knots/1/0"),
    (changed(CURVE, curve={"kind": "PIECEWISE", "knots": [[0, 1, 2]]}), "/curve/knots/0"),
    (changed(CURVE, curve={"kind": "PIECEWISE", "knots": [[0, 1]], "cut": 1}), "/curve/cut"),
    (changed(CURVE, curve={"kind": "EXPONENTIAL", "start_edge_bps": 0}), "/curve/cut"),
    (changed(CURVE, curve={"kind": "EXPONENTIAL", "start_edge_bps": 0, "cut": 1.5}), "/curve/cut"),
    (changed(CURVE, curve={"kind": "STAIRSTEP", "start_edge_bps": 0, "cut": 1}), "/curve/step_seconds"),
    (changed(CURVE, curve={"kind": "STAIRSTEP", "start_edge_bps": 0, "cut": 1, "steps": 1}), "/curve/steps"),
]


@pytest.mark.parametrize(
    ("command", "document", "pointer"),
    [("clear", *case) for case in BAD_TERMS] + [("curve", *case) for case in BAD_CURVES],
)
def test_bad_input_is_refused_with_its_pointer_in_one_line(run: Any, command: str, document: Any, pointer: str) -> None:
    with pytest.raises(CommandError) as refused:
        run(command, document)
    assert str(refused.value).startswith(f"{pointer}: ")
    assert "\n" not in str(refused.value)
    assert refused.value.returncode == 2


@pytest.mark.parametrize("command", ["clear", "curve"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, command: str) -> None:
    with pytest.raises(CommandError, match="cannot be read") as refused:
        call_command(command, str(tmp_path / "nowhere.json"))
    assert refused.value.returncode == 2


def test_as_processes_they_read_standard_input_and_need_no_server() -> None:
    no_servers = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "BROKER_URL": "redis://127.0.0.1:1"}
    nowhere = os.environ | no_servers | {"SECRET_KEY": "x" * 50}

    def process(document: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, input=document, env=nowhere, capture_output=True, text=True, check=False)

    cleared = process(json.dumps(TERMS), "clear", "-")
    assert (cleared.returncode, json.loads(cleared.stdout)["result"]) == (0, "AWARDED")
    refused = process('{"curve": {}, "at": []}', "curve")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.splitlines() == ["CommandError: /curve/kind: is missing"]
