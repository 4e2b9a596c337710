"""What everybody at work for a venue has to know at once, whatever page they look at."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from auctions.lifecycle import AuctionState
from auctions.queries import list_unpriced
from auctions.queries.stirring import Stirring, Stirs, list_stirring
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
    """Alerts that nobody has acknowledged, breakers in force, halted auctions, and instruments of books under way
    without a usable mark, at the venues that who asks may see. One query where there is none of it and no book; at most
    six."""
    if not request.user.has_perms(SEEN):
        return []
    found = list_stirring(venue_of(request))
    return [
        *_alerts(request, found[Stirs.ALERT]),
        *(_breakers(request) if found[Stirs.BREAKER] else []),
        *_halts(found[Stirs.HALTED]),
        *(_marks(request) if found[Stirs.BOOK] else []),
    ]


def _alerts(request: HttpRequest, raised: list[Stirring]) -> list[Alarm]:
    may = request.user.has_perm("auctions.change_alert")
    named = [Alarm(f"Alert: {each.said}", _address_of(each, may_acknowledge=may)) for each in raised[:MOST]]
    more = Alarm("More alerts are raised.", f"{reverse('admin:auctions_alert_changelist')}?state__exact=RAISED")
    return [*named, more] if len(raised) > MOST else named


def _address_of(alert: Stirring, *, may_acknowledge: bool) -> str:
    if may_acknowledge:
        return f"{reverse('admin:auctions_alert_acknowledge')}?id={alert.id}"
    return reverse("admin:auctions_alert_change", args=[alert.id])


def _breakers(request: HttpRequest) -> list[Alarm]:
    breakers = list(within(request, list_breakers_in_force())[: MOST + 1])
    named = [
        Alarm(
            f"Breaker: {each}: {each.reason} ({each.who}, {each.tripped_at:%Y-%m-%d %H:%M:%S} UTC)",
            reverse("admin:auctions_breaker_change", args=[each.pk]),
        )
        for each in breakers[:MOST]
    ]
    more = Alarm("More breakers are tripped.", f"{reverse('admin:auctions_breaker_changelist')}?level__gt=0")
    return [*named, more] if len(breakers) > MOST else named


def _halts(reasons: list[Stirring]) -> list[Alarm]:
    if not reasons:
        return []
    why = ", ".join(f"{each.said}: {each.count}" for each in reasons[:MOST])
    halted = f"{reverse('admin:auctions_auction_changelist')}?state__exact={AuctionState.HALTED.value}"
    return [Alarm(f"Halted auctions: {sum(each.count for each in reasons):,} ({why})", halted)]


def _marks(request: HttpRequest) -> list[Alarm]:
    symbols = list_unpriced(clock.now(), venue_of(request))
    if not symbols:
        return []
    named = ", ".join(symbols[:MOST]) + (f" and {len(symbols) - MOST:,} more" if len(symbols) > MOST else "")
    return [Alarm(f"No usable mark of {named}", reverse("admin:backstop_mark_changelist"))]
