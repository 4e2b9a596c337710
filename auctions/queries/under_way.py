"""What is under way: for whoever watches the market. Nothing is locked, and each list is in the order in which it
wants attention."""

from django.db.models import Prefetch, QuerySet

from auctions.lifecycle import AUCTION, BOOK, StepState
from auctions.models import Auction, Book, Breaker, Step
from auctions.rules.breaker import Level


def list_books_under_way() -> QuerySet[Book]:
    """Books that have not ended, the oldest first, each with its `steps_under_way`."""
    steps = Step.objects.exclude(state=StepState.ENDED).order_by("ordinal", "id")
    books = Book.objects.exclude(state__in=BOOK.final).select_related("asset", "venue").order_by("received_at", "id")
    return books.prefetch_related("lots", Prefetch("lots__steps", steps, to_attr="steps_under_way"))


def list_auctions_under_way() -> QuerySet[Auction]:
    """Auctions that have not ended, which ends next first."""
    auctions = Auction.objects.exclude(state__in=AUCTION.final).order_by("closes_at", "id")
    return auctions.select_related("step__lot__book__asset", "venue__heartbeat")


def list_breakers_in_force() -> QuerySet[Breaker]:
    """Breakers that stop anything, the latest first."""
    breakers = Breaker.objects.filter(level__gt=Level.ALL).order_by("-tripped_at", "id")
    return breakers.select_related("venue", "product_group", "auction__step__lot__book")
