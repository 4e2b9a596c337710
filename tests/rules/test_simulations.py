"""`manage.py simulate`: what it reads, writes and refuses; it needs no database."""

import json
from typing import Any

import pytest
from django.core.management import CommandError

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


BAD = [
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
