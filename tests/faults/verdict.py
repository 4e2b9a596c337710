"""What has to be true once the last fault is over and the last book has ended."""

import json
from collections.abc import Iterator

from django.conf import settings

from auctions.lifecycle import BookState, SettlementState
from auctions.models import Award, Bid, Book, Settlement, Take, Transcript
from auctions.offline.documents import read_document
from auctions.offline.inputs import parse
from auctions.offline.verify import read_receipt
from auctions.operations.operator.audit import audit
from auctions.rules.receipts import Receipt
from auctions.rules.transcript import TranscriptDocument
from auctions.rules.verification import differences
from backstop.models import Event
from backstop.models.events import Outbox
from backstop.transactions import perform
from tests import invariants
from tests.elsewhere import eventually
from tests.faults.load import Notes
from tests.stateful.published import tells_everything

ENDING_SECONDS = 90


def broken_promises(notes: Notes) -> Iterator[str]:
    """Each thing that is not as it has to be, in a line; nothing where all is well."""
    yield from notes.wrong
    if not eventually(lambda: not Book.objects.exclude(state=BookState.CLOSED).exists(), ENDING_SECONDS):
        for book in Book.objects.exclude(state=BookState.CLOSED):
            yield f"{book.reference} has not ended: {book.state} {book.parked_reason}"
        return
    if not eventually(lambda: not Outbox.objects.exists(), ENDING_SECONDS):
        yield "not every event was published"
    yield from _lost_or_doubled(notes)
    yield from _told_twice()
    for promise in (invariants.everything_ended, tells_everything):
        try:
            promise()
        except AssertionError as wrong:
            yield f"{promise.__name__}: {wrong}"
    yield from perform(audit, actor="command:faults")
    yield from _transcripts_that_differ(notes)
    for event in Event.objects.filter(kind="row_parked"):
        yield f"a row was parked: {event.payload}"


def _lost_or_doubled(notes: Notes) -> Iterator[str]:
    """Whatever was acknowledged is there under that id, once; and nothing is there that was refused."""
    found = {
        "book": (notes.books, Book.objects.values_list("reference", "id")),
        "bid": (
            {name: answer["id"] for name, answer in notes.bids.items()},
            Bid.objects.filter(commitment=None).values_list("client_bid_id", "id"),
        ),
        "take": (notes.takes, Take.objects.values_list("client_bid_id", "id")),
        "confirmation": (
            notes.confirmed,
            (
                (str(key), key)
                for key in Settlement.objects.filter(state=SettlementState.SETTLED).values_list("id", flat=True)
            ),
        ),
    }
    for what, (acknowledged, rows) in found.items():
        there: dict[str, list[str]] = {}
        for name, key in rows:
            there.setdefault(name, []).append(str(key))
        for name, key in acknowledged.items():
            if there.get(name) != [key]:
                yield f"{what} {name} was acknowledged as {key}, and there is {there.get(name, 'nothing')}"
        for name in (notes.refused & there.keys()) - acknowledged.keys():
            if what != "confirmation":
                yield f"{what} {name} was refused, and is there"


def _told_twice() -> Iterator[str]:
    books, awards = Book.objects.count(), Award.objects.filter(settlement__state=SettlementState.SETTLED).count()
    for kind, expected in (("book_routed", books), ("book_closed", books), ("award_settled", awards)):
        told = Event.objects.filter(kind=kind)
        if (told.count(), told.values("subject_id").distinct().count()) != (expected, expected):
            yield f"{kind} was told {told.count()} times of {expected}"


def _transcripts_that_differ(notes: Notes) -> Iterator[str]:
    receipts: dict[str, list[Receipt]] = {}
    for answer in notes.bids.values():
        receipt = read_receipt(parse(json.dumps(answer["receipt"])))
        receipts.setdefault(str(answer["auction_id"]), []).append(receipt)
    for row in Transcript.objects.all().iterator():
        transcript = read_document(TranscriptDocument, parse(json.dumps(row.document)))
        for difference in differences(
            transcript, receipts.get(str(row.auction_id), []), [settings.SIGNING_KEY.public_key]
        ):
            yield f"transcript of {row.auction_id}: {difference}"
