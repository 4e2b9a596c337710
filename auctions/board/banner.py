"""What everybody at work for a venue has to know at once, whatever page they look at."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from auctions.lifecycle import AuctionState
from auctions.queries import count_halted, list_unpriced
from auctions.queries.under_way import list_breakers_in_force
from backstop import clock
from backstop.admin.scoping import venue_of, within

MOST = 5  # of a kind are named: the rest are counted
SEEN = ("auctions.view_book", "auctions.view_auction", "auctions.view_breaker", "accounts.view_approval")


@dataclass(frozen=True, slots=True)
class Alarm:
    """A line of the banner, and where more is known of it."""

    text: str
    address: str


def add_banner(request: HttpRequest) -> dict[str, Any]:
    """A context processor: `alarms`, asked for by the pages that show them alone."""
    return {"alarms": partial(list_alarms, request)}


def list_alarms(request: HttpRequest) -> list[Alarm]:
    """Breakers in force, halted auctions, and instruments of books under way without a usable mark, at the venues that
    who asks may see. At most six queries, of which three only while books are under way."""
    if not request.user.has_perms(SEEN):
        return []
    return [*_breakers(request), *_halts(request), *_marks(request)]


def _breakers(request: HttpRequest) -> list[Alarm]:
    breakers = within(request, list_breakers_in_force())[: MOST + 1]
    named = [
        Alarm(
            f"Breaker: {each}: {each.reason} ({each.who}, {each.tripped_at:%Y-%m-%d %H:%M:%S} UTC)",
            reverse("admin:auctions_breaker_change", args=[each.pk]),
        )
        for each in breakers[:MOST]
    ]
    more = Alarm("More breakers are tripped.", f"{reverse('admin:auctions_breaker_changelist')}?level__gt=0")
    return [*named, more] if len(breakers) > MOST else named


def _halts(request: HttpRequest) -> list[Alarm]:
    reasons = count_halted(venue_of(request))
    if not reasons:
        return []
    why = ", ".join(f"{reason}: {count}" for reason, count in reasons.most_common(MOST))
    halted = f"{reverse('admin:auctions_auction_changelist')}?state__exact={AuctionState.HALTED.value}"
    return [Alarm(f"Halted auctions: {reasons.total():,} ({why})", halted)]


def _marks(request: HttpRequest) -> list[Alarm]:
    symbols = list_unpriced(clock.now(), venue_of(request))
    if not symbols:
        return []
    named = ", ".join(symbols[:MOST]) + (f" and {len(symbols) - MOST:,} more" if len(symbols) > MOST else "")
    return [Alarm(f"No usable mark of {named}", reverse("admin:backstop_mark_changelist"))]
