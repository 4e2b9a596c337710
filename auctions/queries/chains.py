"""The chain of a book as it is published: see auctions.rules.chain."""

from typing import Any

from auctions.models import Book, ChainLink, Transcript


def get_chain(book: Book, database: str = "default") -> dict[str, Any]:
    """The links of the book's version, its intake first, then those of each lot, the close last; and the transcripts of
    its sealed auctions."""
    mine = ChainLink.objects.using(database).filter(book=book, book_version=book.version)
    by_lot = mine.filter(lot__isnull=False).order_by("lot__ordinal", "place")
    whole = list(mine.filter(lot__isnull=True).order_by("place"))
    links = [*(link for link in whole if not link.place), *by_lot, *(link for link in whole if link.place)]
    lots = {"auction__step__lot__book": book, "auction__step__lot__book_version": book.version}
    sealed = Transcript.objects.using(database).filter(**lots).order_by("created_at", "id")
    return {"links": [link.document for link in links], "sealed": [transcript.document for transcript in sealed]}
