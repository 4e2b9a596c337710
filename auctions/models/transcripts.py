"""What is published about a sealed auction once it is decided, and about a book, step by step."""

import pgtrigger
from django.db import models

from auctions.models.auctions import Auction
from auctions.models.books import Book
from auctions.models.lots import Lot
from auctions.models.steps import Step
from backstop.models.base import FrozenJSONField, Row


class Transcript(Row):
    """One auction's transcript, as it was signed at the close: see auctions.rules.transcript. Never changed."""

    auction = models.OneToOneField(Auction, models.PROTECT, related_name="transcript")
    document = FrozenJSONField()

    class Meta:
        triggers = [pgtrigger.Protect(name="transcript_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"transcript of {self.auction}"


class ChainLink(Row):
    """One link of the chain of a book's version, as it was signed: see auctions.rules.chain. Never changed.

    Those of a `lot` stand by `place`, the ordinals of its steps; without one it is the intake, at 0, or the close, at
    1.
    """

    book = models.ForeignKey(Book, models.PROTECT, related_name="links")
    book_version = models.PositiveIntegerField()
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, related_name="links")
    step = models.OneToOneField(Step, models.PROTECT, null=True, related_name="link")
    place = models.PositiveIntegerField()
    kind = models.CharField(max_length=8)
    digest = models.BinaryField(max_length=32)
    document = FrozenJSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["book", "book_version", "lot", "place"], name="link_one_a_place", nulls_distinct=False
            )
        ]
        triggers = [pgtrigger.Protect(name="link_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.kind} of {self.book}"
