"""The market that is being backstopped: venues and what they trade, marks, and the record of what happened."""

from backstop.models.buckets import Bucket
from backstop.models.events import Event, LastPosition, Outbox, Publication
from backstop.models.idempotency import StoredAnswer
from backstop.models.marks import Mark, PastMark, UsedMark
from backstop.models.venues import Asset, Instrument, InstrumentKind, InstrumentTerms, ProductGroup, Venue, VenueTerms

__all__ = [
    "Asset",
    "Bucket",
    "Event",
    "Instrument",
    "InstrumentKind",
    "InstrumentTerms",
    "LastPosition",
    "Mark",
    "Outbox",
    "PastMark",
    "ProductGroup",
    "Publication",
    "StoredAnswer",
    "UsedMark",
    "Venue",
    "VenueTerms",
]
