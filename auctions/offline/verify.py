"""Whether a transcript holds, and whether receipts are kept by it."""

import re
from collections.abc import Sequence

from auctions.offline.documents import read_document
from auctions.offline.inputs import InputRefused, Node, read
from auctions.rules.editions import Edition, edition_of
from auctions.rules.receipts import Receipt, absent_from
from auctions.rules.transcript import TranscriptDocument
from auctions.rules.verification import differences

PUBLIC_KEY = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Differs(Exception):
    """The documents do not hold together; the message says what differs."""


def verify(transcript_path: str, receipt_paths: Sequence[str], key_texts: Sequence[str]) -> str:
    """What holds, in one line. The paths are of files, - of standard input; without keys the one that the transcript
    names must have signed. Raises `InputRefused` for what cannot be read, `Differs` with the first difference.
    """
    transcript, edition = read_transcript(read(transcript_path))
    receipts = [read_receipt(read(path).unwrapped("receipt")) for path in receipt_paths]
    keys = {_public_key(text) for text in key_texts} or {transcript.public_key}
    for difference in differences(transcript, receipts, keys, edition):
        raise Differs(difference)
    return _summary(transcript, len(receipts))


def read_transcript(node: Node) -> tuple[TranscriptDocument, Edition]:
    """The transcript, and the edition that it is of. Raises `InputRefused`, or `Differs` for one that is not known."""
    said = node.fields({"version", "terms"}, set(node.members()))
    version, terms = said["version"].whole(), said["terms"].members()
    edition = edition_of(version, terms.keys())
    if edition is None:
        raise Differs(f"the transcript is of version {version}, and none like it is known here")
    return read_document(TranscriptDocument, node, edition.absent), edition


def read_receipt(node: Node) -> Receipt:
    """The receipt that is written there, of either format. Raises `InputRefused`."""
    bids = node.fields({"bids"}, set(node.members()))["bids"].items()
    return read_document(Receipt, node, absent_from(bids[0].members() if bids else ()))


def _public_key(text: str) -> bytes:
    if not PUBLIC_KEY.fullmatch(text):
        raise InputRefused("--key", "must be 64 hexadecimal digits")
    return bytes.fromhex(text)


def _summary(transcript: TranscriptDocument, receipts: int) -> str:
    units = transcript.terms.units
    return (
        f"holds: {units - transcript.outcome.unfilled_units} of {units} units awarded by {len(transcript.bids)} bids, "
        f"receipts kept: {receipts}, signed by {transcript.public_key.hex()}"
    )
