"""`manage.py verify`: whether a transcript holds, and whether receipts are kept by it. Needs no database."""

import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from auctions.offline.documents import read_document
from auctions.offline.inputs import InputRefused, read
from auctions.rules.receipts import Receipt
from auctions.rules.transcript import Transcript
from auctions.rules.verification import differences

PUBLIC_KEY = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Command(BaseCommand):
    help = (
        "Computes digests, root, signatures and the outcome of a transcript again (GET /v1/auctions/{id}/transcript) "
        "and says in one line what differs. Exit code 0 where all holds, 1 where something differs, 2 for a file that "
        "cannot be read."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("transcript", metavar="TRANSCRIPT", help="the transcript; -: standard input")
        parser.add_argument(
            "--receipt",
            action="append",
            default=[],
            metavar="R",
            help="a receipt whose bids must be in the transcript, or the answer that holds it; may be repeated",
        )
        parser.add_argument(
            "--key",
            action="append",
            default=[],
            metavar="PUBLIC_KEY",
            help="who must have signed (GET /v1/signing_key); without it, the key that the transcript names; may be "
            "repeated",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            transcript = read_document(Transcript, read(options["transcript"]))
            receipts = [read_document(Receipt, read(path).unwrapped("receipt")) for path in options["receipt"]]
            keys = {_public_key(text) for text in options["key"]} or {transcript.public_key}
        except InputRefused as refused:
            raise CommandError(str(refused), returncode=2) from None
        for difference in differences(transcript, receipts, keys):
            raise CommandError(difference, returncode=1)
        self.stdout.write(_summary(transcript, len(receipts)))


def _public_key(text: str) -> bytes:
    if not PUBLIC_KEY.fullmatch(text):
        raise InputRefused("--key", "must be 64 hexadecimal digits")
    return bytes.fromhex(text)


def _summary(transcript: Transcript, receipts: int) -> str:
    units = transcript.terms.units
    return (
        f"holds: {units - transcript.outcome.unfilled_units} of {units} units awarded by {len(transcript.bids)} bids, "
        f"receipts kept: {receipts}, signed by {transcript.public_key.hex()}"
    )
