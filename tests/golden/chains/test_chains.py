"""A chain that was signed once verifies for ever, and a liar that signs anew is found by the rules."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auctions.offline.inputs import InputRefused, parse
from auctions.offline.verify import Differs, read_chain, verify
from auctions.rules.chain.whole import chain_differences
from auctions.rules.chain.writing import LINK_EDITIONS
from tests.golden.chains.written import signed_anew, written
from tests.rules.sealed import KEY
from tests.tampering import changed, leaves, other, without

HERE = Path(__file__).parent
CHAINS = sorted(HERE.glob("*/*.chain.json"))
NEWEST = max(path.parent for path in CHAINS)

each_chain = pytest.mark.parametrize("path", CHAINS, ids=lambda path: f"{path.parent.name}-{path.name}")

# What stays the venue's word where it signs all of it anew: it is said once, or a hair of it changes nothing.
ITS_WORD = re.compile(
    r".*\.(written_at|round|auction_id|group|provider|tier|undecided|closes_at)"
    r"|.*\.means\.(fund|unspent|own|equity|share)|INTAKE\.lots\.legs\.(margin_rate|entry_price|side)"
    r"|INTAKE\.owned_by_fund|CLOSE\.terms\.fund_free|(ASSIGN|SEALED)\.awards\.given\.fund_part"
    r"|ASSIGN\.offers\.min_edge_bps|FUND\.draw\.units|DUTCH\.ready\.(declared_at|units)"
    r"|DUTCH\.judged\.(acts\.units|judged_at|units_left)"
    r"|DUTCH\.takes\.(edge_floor_bps|max_units|min_units|taken_at|pricing\.shown_at|pricing\.kept_units)"
    r"|DUTCH\.takes\.pricing\.terms\.(halted_seconds|opens_at)|DUTCH\.terms\..*"
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
