"""What was signed once verifies for ever, and what is signed today is what will."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from auctions.offline.inputs import InputRefused
from auctions.offline.verify import Differs, verify
from auctions.rules.editions import EDITIONS, edition_of
from tests.golden.written import place_of, written
from tests.tampering import changed, leaves, other, without

HERE = Path(__file__).parent
TRANSCRIPTS = sorted(HERE.glob("*/*.transcript.json"))
NEWEST = max((path.parent for path in TRANSCRIPTS), key=place_of)

each_transcript = pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: f"{path.parent.name}-{path.name}")


def receipts_of(path: Path) -> list[str]:
    return sorted(map(str, path.parent.glob(path.name.replace("transcript", "receipt*"))))


def read(path: str | Path) -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def changes_of(document: Any) -> Iterator[tuple[Sequence[Any], Any]]:
    """The document with each value in turn another, or gone, and the way to it."""
    for way, value in leaves(document):
        yield way, changed(document, *way, to=other(way[-1], value))
        yield way, without(document, *way)


def is_found(transcript: Path, receipts: Sequence[str]) -> bool:
    try:
        verify(str(transcript), receipts, [])
    except (Differs, InputRefused):
        return True
    return False


@each_transcript
def test_it_verifies_with_its_receipts(path: Path) -> None:
    receipts = receipts_of(path)
    assert f"receipts kept: {len(receipts)}, " in verify(str(path), receipts, [read(path)["public_key"]])


@each_transcript
def test_no_value_of_it_or_of_its_receipts_can_be_changed_or_left_out(path: Path, tmp_path: Path) -> None:
    forged = tmp_path / "forged.json"
    for way, document in changes_of(read(path)):
        forged.write_text(json.dumps(document), encoding="utf-8")
        assert is_found(forged, []), way
    for receipt in receipts_of(path):
        for way, document in changes_of(read(receipt)):
            forged.write_text(json.dumps(document), encoding="utf-8")
            assert is_found(path, [str(forged)]), way


def test_what_is_written_today_is_the_newest_files_byte_for_byte() -> None:
    """Where this fails the format has changed: see the package's docstring for what is due."""
    assert written() == {path.name: path.read_text(encoding="utf-8") for path in NEWEST.iterdir()}


def test_every_edition_has_golden_files() -> None:
    kept = [edition_of(document["version"], document["terms"]) for document in map(read, TRANSCRIPTS)]
    assert all(edition in kept for edition in EDITIONS)


def test_every_new_edition_has_a_version_of_its_own() -> None:
    """Two share version 2, as they were published; no others may."""
    assert [edition.version for edition in EDITIONS] == [1, 2, *range(2, len(EDITIONS))]
