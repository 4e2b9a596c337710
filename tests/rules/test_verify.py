"""`manage.py verify`: what it reads, what it says, and how it leaves."""

import io
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from auctions.offline.documents import read_document
from auctions.offline.inputs import parse
from auctions.rules.editions import NEWEST
from auctions.rules.receipts import OF_TODAY, Receipt, receipt_for, written
from auctions.rules.transcript import NotCounted, TranscriptDocument
from backstop.values.documents import canonical, plain
from tests.rules.sealed import KEY, OTHER_KEY, entries, opened, signed
from tests.tampering import changed, leaves, other, without

BIDS = [
    opened(3, "Alice", 60, "10"),
    opened(5, "Charlie", 60, "5", state="CANCELLED"),
    opened(8, "Bob", 60, "20.5", min_units=2, inverse_edge_bps=Decimal(30)),
    opened(9, "Dora", 70, "-3", is_commitment=True, counted_units=7),
    opened(12, "Owner", 70, "1", counted_units=0, not_counted=NotCounted.EXCLUDED),
]
TRANSCRIPT: dict[str, Any] = plain(signed(BIDS))
RECEIPT: dict[str, Any] = written(receipt_for(entries(*BIDS[:2]), KEY))


@pytest.fixture
def verify(tmp_path: Path) -> Any:
    """Verifies documents, given as objects: the exit code, and the one line that is written."""

    def verify(transcript: Any, *receipts: Any, **options: Any) -> tuple[int, str]:
        paths = []
        for number, document in enumerate((transcript, *receipts)):
            path = tmp_path / f"{number}.json"
            path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
            paths.append(str(path))
        out = io.StringIO()
        try:
            call_command("verify", paths[0], receipt=paths[1:], stdout=out, **options)
        except CommandError as refused:
            return refused.returncode, str(refused)
        return 0, out.getvalue()

    return verify


def test_what_was_written_is_read_again() -> None:
    assert read_document(TranscriptDocument, parse(json.dumps(TRANSCRIPT))) == signed(BIDS)
    assert read_document(Receipt, parse(canonical(RECEIPT).decode()), OF_TODAY) == receipt_for(entries(*BIDS[:2]), KEY)


def test_an_honest_transcript_holds_in_one_line(verify: Any) -> None:
    line = (
        "holds: 100 of 100 units awarded by 5 bids, receipts kept: 1, "
        "signed by 3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29\n"
    )
    assert verify(TRANSCRIPT, RECEIPT) == (0, line)
    assert verify(TRANSCRIPT, RECEIPT, key=[KEY.public_key.hex()]) == (0, line)


def test_the_answer_to_bids_is_taken_for_the_receipt_in_it(verify: Any) -> None:
    assert verify(TRANSCRIPT, {"data": [{"client_bid_id": "a"}], "receipt": RECEIPT})[0] == 0


def test_how_the_file_is_laid_out_does_not_matter(verify: Any) -> None:
    turned = dict(reversed(TRANSCRIPT.items()))
    assert verify(json.dumps(turned, indent=4))[0] == 0


@pytest.mark.parametrize(("path", "value"), [*leaves(TRANSCRIPT)], ids=lambda part: str(part)[:60])
def test_no_value_of_a_transcript_can_be_changed(verify: Any, path: tuple[Any, ...], value: Any) -> None:
    code, line = verify(changed(TRANSCRIPT, *path, to=other(path[-1], value)))
    assert (code, "\n" in line) == (1, False), line


@pytest.mark.parametrize(("path", "value"), [*leaves(RECEIPT)], ids=lambda part: str(part)[:60])
def test_no_value_of_a_receipt_can_be_changed(verify: Any, path: tuple[Any, ...], value: Any) -> None:
    code, line = verify(TRANSCRIPT, changed(RECEIPT, *path, to=other(path[-1], value)))
    assert (code, "\n" in line) == (1, False), line


def test_only_the_first_difference_is_said(verify: Any) -> None:
    twice = changed(changed(TRANSCRIPT, "bids", 0, "offer", "units", to=61), "root", to="00" * 32)
    assert verify(twice) == (1, "bid 1 is not what its digest stands for")


def test_a_transcript_of_a_version_that_is_not_known_differs(verify: Any) -> None:
    version = NEWEST.version + 1
    said = f"the transcript is of version {version}, and none like it is known here"
    assert verify(changed(TRANSCRIPT, "version", to=version)) == (1, said)


def test_a_transcript_of_another_key_differs(verify: Any) -> None:
    code, line = verify(plain(signed(BIDS, key=OTHER_KEY)), key=[KEY.public_key.hex()])
    assert (code, line) == (1, f"the transcript is signed by another key: {OTHER_KEY.public_key.hex()}")


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ("", "input: is not JSON: "),
        ([], "input: must be an object"),
        ({}, "/terms: is missing"),
        (changed(TRANSCRIPT, "colour", to="red"), "/colour: is not a known field"),
        (changed(TRANSCRIPT, "auction_id", to="7"), "/auction_id: must be a UUID"),
        (changed(TRANSCRIPT, "root", to="0"), "/root: must be written in hexadecimal"),
        (changed(TRANSCRIPT, "root", to="AB"), "/root: must be written in hexadecimal"),
        (changed(TRANSCRIPT, "bids", 1, "tier", to="1"), "/bids/1/tier: must be a whole number"),
        (changed(TRANSCRIPT, "bids", 1, "state", to=None), "/bids/1/state: is missing"),
        (changed(TRANSCRIPT, "bids", 1, "not_counted", to="LATE"), "/bids/1/not_counted: must be one of CANCELLED, "),
        (changed(TRANSCRIPT, "bids", 1, "offer", "edge_bps", to="1e3"), "/bids/1/offer/edge_bps: must be a plain "),
        (without(TRANSCRIPT, "bids", 1, "sealed_offer"), "/bids/1/sealed_offer: is missing"),
        (changed(TRANSCRIPT, "version", to="2"), "/version: must be a whole number"),
        (changed(TRANSCRIPT, "terms", "units", to=100.5), "/terms/units: must be a whole number"),
        (changed(TRANSCRIPT, "outcome", "payments", to=[]), "/outcome/payments: must be an object"),
        (changed(TRANSCRIPT, "outcome", "payments", "x", to=True), "/outcome/payments/x: must be a decimal number"),
    ],
)
def test_a_file_that_is_no_transcript_is_refused_with_its_pointer(verify: Any, document: Any, line: str) -> None:
    code, said = verify(document)
    assert code == 2
    assert said.startswith(line)
    assert "\n" not in said


def test_a_file_that_is_no_receipt_a_key_that_is_none_and_a_missing_file_are_refused(verify: Any) -> None:
    assert verify(TRANSCRIPT, TRANSCRIPT)[0] == 2
    assert verify(TRANSCRIPT, {"receipt": None}) == (2, "/receipt: must be an object")
    assert verify(TRANSCRIPT, key=["abc"]) == (2, "--key: must be 64 hexadecimal digits, or base64 or PEM of the same")
    with pytest.raises(CommandError, match="cannot be read") as refused:
        call_command("verify", "/nowhere.json")
    assert refused.value.returncode == 2


def test_as_a_process_it_needs_no_server(tmp_path: Path) -> None:
    receipt = tmp_path / "receipt.json"
    receipt.write_text(json.dumps(RECEIPT))
    no_servers = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "BROKER_URL": "redis://127.0.0.1:1"}

    def process(document: Any) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", "verify", "-", "--receipt", str(receipt)]
        env = os.environ | no_servers
        return subprocess.run(command, input=json.dumps(document), env=env, capture_output=True, text=True, check=False)

    honest = process(TRANSCRIPT)
    assert (honest.returncode, honest.stdout[:7], honest.stderr) == (0, "holds: ", "")
    forged = process(changed(TRANSCRIPT, "bids", 0, "offer", "edge_bps", to="9"))
    assert (forged.returncode, forged.stdout) == (1, "")
    assert forged.stderr.splitlines() == ["CommandError: bid 1 is not what its digest stands for"]
    assert process({}).returncode == 2
