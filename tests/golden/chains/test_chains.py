"""A chain that was signed once verifies for ever, and a liar that signs anew is found by the rules."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from auctions.offline.inputs import InputRefused, parse
from auctions.offline.verify import Differs, read_chain, verify
from auctions.rules.chain.whole import chain_differences
from auctions.rules.chain.writing import LINK_EDITIONS
from auctions.rules.closing import TOO_FAR
from tests.golden.chains.written import signed_anew, written
from tests.golden.written import place_of
from tests.rules.sealed import KEY
from tests.tampering import changed, leaves, other, without

HERE = Path(__file__).parent
CHAINS = sorted(HERE.glob("*/*.chain.json"))
NEWEST = max((path.parent for path in CHAINS), key=place_of)

each_chain = pytest.mark.parametrize("path", CHAINS, ids=lambda path: f"{path.parent.name}-{path.name}")

# What stays the venue's word where it signs all of it anew: it is said once, or a hair of it changes nothing.
ITS_WORD = re.compile(
    r".*\.(written_at|auction_id|group|provider|tier|undecided|closes_at)"
    r"|.*\.means\.(fund|unspent|equity|share)|INTAKE\.lots\.legs\.(margin_rate|entry_price|side)"
    r"|INTAKE\.owned_by_fund|CLOSE\.terms\.(fund_free|in_front)"
    r"|ASSIGN\.offers\.min_edge_bps|FUND\.draw\.units|DUTCH\.ready\.(declared_at|units)"
    r"|DUTCH\.judged\.(acts\.units|judged_at|units_left)"
    r"|DUTCH\.takes\.(edge_floor_bps|max_units|min_units|taken_at|pricing\.shown_at|pricing\.kept_units)"
    r"|DUTCH\.(ready\.)?(max_drift_bps|marks\..*)"
    r"|DUTCH\.takes\.pricing\.terms\.(halted_seconds|opens_at)|DUTCH\.terms\.(halted_seconds|opens_at|curve\..*)"
)


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def found(document: Any) -> list[str]:
    """What is found though the venue signs all of it anew; its transcripts are as they were."""
    try:
        chain = signed_anew(read_chain(parse(json.dumps(document))))
        sealed = {published.transcript.public_key for published in chain.sealed}
        return list(chain_differences(chain, {KEY.public_key, *sealed}))
    except (Differs, ValueError, ArithmeticError, LookupError) as refused:
        return [str(refused)]


def values(document: Any) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """What its links say, but for what signs them, and the parameters, which are the venue's word."""
    signs = {"public_key", "signature", "previous", "version", "playbook"}
    for way, value in leaves(document["links"]):
        if signs.isdisjoint(way):
            yield ("links", *way), value


@each_chain
def test_it_verifies(path: Path) -> None:
    assert "closed to the last cent" in verify(str(path), [], [read(path)["links"][0]["public_key"]])
    assert found(read(path)) == []


@pytest.mark.parametrize("path", sorted(NEWEST.glob("*.chain.json")), ids=lambda path: path.name)
def test_what_is_changed_is_found_though_all_of_it_is_signed_anew(path: Path) -> None:
    document = read(path)
    kept = {
        name_of(document, way)
        for way, value in [*values(document)][:: 1 if path.name == "whole.chain.json" else 5]
        if not found(changed(document, *way, to=other(way[-1], value)))
    }
    assert [name for name in sorted(kept) if not ITS_WORD.fullmatch(name)] == []


def name_of(document: Any, way: tuple[Any, ...]) -> str:
    return ".".join([document["links"][way[1]]["kind"], *(each for each in way[2:] if isinstance(each, str))])


@pytest.mark.parametrize("path", sorted(NEWEST.glob("*.chain.json")), ids=lambda path: path.name)
def test_whatever_is_changed_by_others_is_found_and_where(path: Path, tmp_path: Path) -> None:
    forged = tmp_path / "forged.json"
    document = read(path)
    for way, value in [*values(document)][::7]:
        forged.write_text(json.dumps(changed(document, *way, to=other(way[-1], value))), encoding="utf-8")
        with pytest.raises((Differs, InputRefused)):
            verify(str(forged), [], [])


@each_chain
def test_a_link_that_is_missing_or_stands_elsewhere_is_found(path: Path) -> None:
    document = read(path)
    keys = {bytes.fromhex(document["links"][0]["public_key"])}
    for place in range(len(document["links"]) - 1):
        chain = read_chain(parse(json.dumps(without(document, "links", place))))
        lines = list(chain_differences(chain, keys))
        assert any("follows" in line or "no intake" in line for line in lines), place
    for transcript in range(len(document["sealed"])):
        chain = read_chain(parse(json.dumps(without(document, "sealed", transcript))))
        assert any("is missing" in line for line in chain_differences(chain, keys))


def test_what_is_written_today_is_the_newest_chains_byte_for_byte() -> None:
    """Where this fails the format has changed: see the package's docstring for what is due."""
    assert written() == {path.name: path.read_text(encoding="utf-8") for path in NEWEST.iterdir()}


def test_every_edition_has_chains_and_a_version_of_its_own() -> None:
    kept = {link["version"] for path in CHAINS for link in read(path)["links"]}
    assert kept == {edition.version for edition in LINK_EDITIONS}
    assert [edition.version for edition in LINK_EDITIONS] == [*range(1, len(LINK_EDITIONS) + 1)]


def dutch_with(name: str) -> tuple[Any, tuple[Any, ...]]:
    """A newest chain with a Dutch link that says something under this name, and the way to that link."""
    for path in sorted(NEWEST.glob("*.chain.json")):
        for place, link in enumerate(read(path)["links"]):
            said = link.get(name)
            if said["acts"] if isinstance(said, dict) else said:
                return read(path), ("links", place, name)
    raise AssertionError(f"no chain says who {name}")


def test_who_neither_took_nor_stood_ready_judges_nothing() -> None:
    document, way = dutch_with("judged")
    forged = changed(document, *way, "acts", 0, "provider", to="0" * 16)
    assert any("neither took nor stood ready" in line for line in found(forged))
    act = document["links"][way[1]]["judged"]["acts"][0]
    twice = changed(document, *way, "acts", to=[act, {**act, "group": "0" * 16}])
    assert any("as of two groups" in line for line in found(twice))


@pytest.mark.parametrize(("member", "value"), [("max_drift_bps", "0"), ("marks", None)])
def test_readiness_gets_nothing_that_marks_had_left_behind(member: str, value: str | None) -> None:
    document, way = dutch_with("ready")
    forged = changed(document, *way, 0, member, to=value)
    if value is not None:
        (instrument,) = document["links"][way[1]]["ready"][0]["marks"]
        forged = changed(forged, *way, 0, "marks", instrument, to="1000")
    assert any("moved further" in line or "not both" in line for line in found(forged))


def test_readiness_is_not_void_for_marks_that_it_allows() -> None:
    document, way = dutch_with("ready")
    assert any(
        "is void, and marks had not moved" in line for line in found(changed(document, *way, 1, "void", to=TOO_FAR))
    )


def test_no_lot_has_more_of_its_own_left_than_its_book_had() -> None:
    document = read(NEWEST / "whole.chain.json")
    had = sum(Decimal(lot["own"]) for lot in document["links"][0]["lots"])
    place, link = next((place, link) for place, link in enumerate(document["links"]) if link.get("means"))
    assert Decimal(link["means"]["unspent"]) <= had
    forged = changed(document, "links", place, "means", "unspent", to=str(had + Decimal("0.000001")))
    assert any("of the lot's own money is unspent" in line for line in found(forged))


def parameters_of(document: Any) -> Any:
    return document["links"][0]["playbook"]


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("sealed_reserve_bps", "1", "it pays up to"),
        ("dutch_cap_bps", "1", "it pays up to"),
        ("uncontested_caps_bps", ["1"], "the cap without competition"),
        ("sealed_format", "PAY_AS_BID", "the format"),
        ("rationing", "SEQUENCE", "rationing"),
        ("min_groups", 9, "min_groups"),
        ("ready_seconds", 1, "ready_seconds"),
        ("dutch_rise_bps", "0.5", "the kind of its curve"),
        ("assign", "AS_BIDS", "commitments first"),
        ("assign", "BY_REGIME", "commitments first"),
    ],
)
def test_a_step_that_goes_by_another_parameter_is_found(name: str, value: Any, line: str) -> None:
    document = read(NEWEST / "rejected.chain.json")
    assert any(line in each for each in found(changed(document, "links", 0, "playbook", name, to=value)))


def test_a_dutch_auction_is_not_contested_where_its_rounds_sealed_one_was_not() -> None:
    document, way = dutch_with("ready")
    said = document["links"][way[1]]["terms"]["contested"]
    forged = changed(document, *way[:2], "terms", "contested", to=not said)
    assert any("it has contested as" in line for line in found(forged))


def test_its_parameters_are_the_published_ones(tmp_path: Path) -> None:
    path = NEWEST / "whole.chain.json"
    published = tmp_path / "playbook.json"
    said = {"id": "x", "parameters": {**parameters_of(read(path)), "fund_inventory_limit": "1"}}
    published.write_text(json.dumps(said), encoding="utf-8")
    assert "holds" in verify(str(path), [], [], str(published))
    published.write_text(json.dumps(changed(said, "parameters", "liquidation_fee_bps", to="1")), encoding="utf-8")
    with pytest.raises(Differs, match="the intake: it has liquidation_fee_bps as"):
        verify(str(path), [], [], str(published))
    with pytest.raises(InputRefused, match="--playbook"):
        verify(str(NEWEST.parents[1] / "9-29f4d9f" / "cut.transcript.json"), [], [], str(published))
