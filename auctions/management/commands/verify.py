"""`manage.py verify`: whether a transcript holds and receipts are kept by it, a book's chain does, or a
cover's contract is signed. Needs no database."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from auctions.offline.inputs import InputRefused
from auctions.offline.verify import Differs, verify
from backstop.management.policy import NeedsNone


class Command(NeedsNone):
    help = (
        "Computes digests, root, signatures and the outcome of a transcript again (GET /v1/auctions/{id}/transcript), "
        "or a book's whole chain with its money (GET /v1/books/{id}/transcripts), or hash and signatures of a cover's "
        "contract (GET /v1/covers/{id}), and says in one line what differs. "
        "Exit code 0 where all holds, 1 where something differs, 2 for a file that "
        "cannot be read. "
        "Example: manage.py verify transcript.json --receipt receipt.json"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "transcript", metavar="TRANSCRIPT", help="the transcript, chain, link or cover; -: standard input"
        )
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
            "repeated. For a cover PARTY=PUBLIC_KEY of each party, which is venue or a provider's id, as each gave it "
            "to you; without it only that the contract is whole",
        )
        parser.add_argument(
            "--playbook",
            metavar="P",
            help="the playbook that a book's chain must have gone by (GET /v1/playbooks/{id})",
        )

        parser.add_argument(
            "--contract",
            action="append",
            default=[],
            metavar="C",
            help="a cover by whose contract an insurer took over in a book's chain (GET /v1/covers/{id}), which must "
            "have gone by its terms; may be repeated",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            named = ("transcript", "receipt", "key", "playbook", "contract")
            self.stdout.write(verify(*(options[name] for name in named)))
        except InputRefused as refused:
            raise CommandError(str(refused), returncode=2) from None
        except Differs as difference:
            raise CommandError(str(difference), returncode=1) from None
