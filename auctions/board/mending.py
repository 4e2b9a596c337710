"""What is stuck, in words, with the page where it is mended one click away for whoever may."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from auctions.queries.stuck import Keeps, Stuck


@dataclass(frozen=True, slots=True)
class Mendable:
    """What is stuck, its page, why, until when by itself, and what mends it: empty where nothing but time does, or who
    asks may not."""

    what: str
    address: str
    why: str
    until: datetime | None
    remedy: str
    remedy_address: str


@dataclass(frozen=True, slots=True)
class Remedy:
    """A page of the admin, and the permission that it asks for."""

    label: str
    permission: str
    address: Callable[[Stuck], str]


def mendable(request: HttpRequest, rows: Iterable[tuple[Any, ...]]) -> list[Mendable]:
    """These rows of `list_stuck` for who asks. No query but that for them."""
    return [_mendable(request, Stuck(*row)) for row in rows]


def _mendable(request: HttpRequest, stuck: Stuck) -> Mendable:
    remedy = _remedy_of(stuck)
    offered = remedy if remedy and request.user.has_perm(remedy.permission) else None
    name = str(apps.get_model(stuck.model)._meta.verbose_name)
    return Mendable(
        what=f"{name} {stuck.called.replace('_', ' ') if stuck.keeps == Keeps.ASKED else stuck.called}".strip(),
        address=_page_of(stuck),
        why=WHY[Keeps(stuck.keeps)].format(stuck.why),
        until=stuck.until,
        remedy=offered.label if offered else "",
        remedy_address=offered.address(stuck) if offered else "",
    )


WHY = {
    Keeps.ASIDE: "a sweep failed: {}",
    Keeps.HALTED: "halted: {}",
    Keeps.CAPPED: "no room under the cap of {}",
    Keeps.STOPPED: "no usable mark, or a breaker",
    Keeps.ASKED: "waits for a second person: {}",
}


def _page_of(stuck: Stuck) -> str:
    """The row's own page; where it has none its book's, if it is of one."""
    if apps.get_model(stuck.model) in admin.site._registry:
        return reverse(f"admin:{stuck.model.replace('.', '_')}_change", args=[stuck.id])
    return reverse("admin:auctions_book_change", args=[stuck.book_id]) if stuck.book_id else ""


def _of(page: str, row_id: UUID | None) -> str:
    return f"{reverse(f'admin:{page}')}?{urlencode({'id': row_id})}"


_RETRIED = ("auctions.book", "auctions.step", "auctions.auction", "auctions.settlement")
_RETRY = Remedy("Try again", "auctions.change_book", lambda stuck: _of("auctions_book_retry", stuck.book_id))
_REMEDIES = {
    Keeps.HALTED: Remedy("Restart", "auctions.change_auction", lambda stuck: _of("auctions_auction_restart", stuck.id)),
    Keeps.CAPPED: Remedy(
        "Set cap", "auctions.change_cap", lambda stuck: reverse("admin:auctions_cap_set", args=[stuck.venue_id])
    ),
    Keeps.STOPPED: Remedy("Marks", "backstop.view_mark", lambda stuck: reverse("admin:backstop_mark_changelist")),
    Keeps.ASKED: Remedy(
        "Confirm", "accounts.change_approval", lambda stuck: _of("accounts_approval_confirm", stuck.id)
    ),
}


def _remedy_of(stuck: Stuck) -> Remedy | None:
    if stuck.keeps == Keeps.ASIDE:
        return _RETRY if stuck.model in _RETRIED else None
    return _REMEDIES[Keeps(stuck.keeps)]
