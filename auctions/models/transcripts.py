"""What is published about a sealed auction once it is decided."""

import pgtrigger
from django.db import models

from auctions.models.auctions import Auction
from backstop.models.base import FrozenJSONField, Row


class Transcript(Row):
    """One auction's transcript, as it was signed at the close: see auctions.rules.transcript. Never changed."""

    auction = models.OneToOneField(Auction, models.PROTECT, related_name="transcript")
    document = FrozenJSONField()

    class Meta:
        triggers = [pgtrigger.Protect(name="transcript_append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"transcript of {self.auction}"
