"""How the market is: rows that stand aside, drills' too, and who looks for work; and of what is no drill's, halts, rows
under way and marks that price nothing."""

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q

from auctions.lifecycle import BOOK, AuctionState
from auctions.models import VENUE_OF, Auction, Book, Playbook, Position, Program, Round, Settlement
from backstop.models.base import Swept
from backstop.queries import list_known_prices
from backstop.values.marks import NOTHING_KNOWN, reference_of

# How what is counted under way leads to its asset.
ASSET_OF: dict[Any, str] = {Book: "asset", Auction: "step__lot__book__asset", Settlement: "book__asset"}


def count_parked(now: datetime) -> dict[str, Counter[str]]:
    """Rows that stand aside until later than `now`, by model and then by reason."""
    return {
        model.__name__: _counted(model.objects.filter(retry_at__gt=now), "parked_reason")  # type: ignore[attr-defined]
        for model in VENUE_OF
        if issubclass(model, Swept)
    }


def count_halted(venue_id: UUID | None = None) -> Counter[str]:
    """Halted auctions by reason, at a venue or at all of them."""
    halted = Auction.objects.filter(state=AuctionState.HALTED, step__lot__book__asset__shadow_of=None)
    if venue_id is not None:
        halted = halted.filter(venue=venue_id)
    return _counted(halted, "halt_reason")


def count_under_way() -> dict[str, Counter[str]]:
    """Books, auctions and settlements under way, by model and then by state."""
    return {
        model.__name__: _counted(
            model.objects.filter(**{f"{asset}__shadow_of": None}, state__in=model.lifecycle.under_way), "state"
        )
        for model, asset in ASSET_OF.items()
    }


def list_last_rounds(venue: str | None = None) -> dict[str, datetime]:
    """When anybody last ended a round of each stage, for the venue with this code or for any."""
    rounds = Round.objects.all() if venue is None else Round.objects.filter(Q(venues=[]) | Q(venues__contains=[venue]))
    return dict(rounds.order_by().values_list("stage").annotate(Max("ended_at")))


def count_processes(since: datetime) -> dict[Program, int]:
    """How many processes have ended a round since then, by program."""
    rounds = Round.objects.filter(ended_at__gte=since).order_by()
    counts = rounds.values_list("program").annotate(Count("process", distinct=True))
    return {Program(program): count for program, count in counts}


def list_unpriced(now: datetime, venue_id: UUID | None = None) -> list[str]:
    """The symbols of the instruments of books under way, at a venue or at all of them, that no fresh marks price, by
    their books' own terms."""
    under_way = Position.objects.filter(book__asset__shadow_of=None).exclude(book__state__in=BOOK.final).order_by()
    if venue_id is not None:
        under_way = under_way.filter(book__venue=venue_id)
    asked = set(under_way.values_list("instrument", "instrument__symbol", "book__playbook").distinct())
    prices = list_known_prices({instrument for instrument, _, _ in asked})
    terms = {row.id: row.mark_terms for row in Playbook.objects.filter(id__in={playbook for *_, playbook in asked})}
    unpriced = {
        (symbol, instrument)
        for instrument, symbol, playbook in asked
        if reference_of(prices.get(instrument, NOTHING_KNOWN), terms[playbook], now).price is None
    }
    return [symbol for symbol, _ in sorted(unpriced)]


def _counted(rows: Any, reason: str) -> Counter[str]:
    return Counter(dict(rows.order_by().values_list(reason).annotate(Count("id"))))
