"""The chain of a book as it is published: see auctions.rules.chain."""

from typing import Any

from django.db.models import QuerySet

from auctions.models import Book, ChainLink, Transcript


def get_chain(
    book: Book, links: QuerySet[ChainLink] | None = None, transcripts: QuerySet[Transcript] | None = None
) -> dict[str, Any]:
    """The links of the book's version, its intake first, then those of each lot, the close last; and the transcripts of
    its sealed auctions; of all that there are, or of these."""
    mine = (ChainLink.objects.all() if links is None else links).filter(book=book, book_version=book.version)
    by_lot = mine.filter(lot__isnull=False).order_by("lot__ordinal", "place")
    whole = list(mine.filter(lot__isnull=True).order_by("place"))
    ordered = [*(link for link in whole if not link.place), *by_lot, *(link for link in whole if link.place)]
    lots = {"auction__step__lot__book": book, "auction__step__lot__book_version": book.version}
    sealed = (
        (Transcript.objects.all() if transcripts is None else transcripts).filter(**lots).order_by("created_at", "id")
    )
    return {"links": [link.document for link in ordered], "sealed": [transcript.document for transcript in sealed]}
