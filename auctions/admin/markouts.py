"""Markouts: what providers kept of their edges a while after their awards, one by one and by provider."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Count, F, Q, Sum

from accounts.models import Provider
from auctions.lifecycle import FAILED
from auctions.models import Markout
from auctions.rules.markouts import AFTER_MINUTES
from backstop.admin.base import Shown, add_to_pages
from backstop.admin.cells import NOTHING, Panel, as_number, plain
from backstop.admin.emptiness import empty
from backstop.admin.filters import Known
from backstop.values.amounts import ZERO, difference, divide_down, divide_up, multiply


class Minutes(Known):
    """How long after the award."""

    title = parameter_name = "minutes"

    def values(self) -> Iterable[object]:
        return AFTER_MINUTES


@admin.register(Markout)
class MarkoutAdmin(Shown):
    """An award some minutes later."""

    related = ("venue", "provider", "award__step__lot__book")
    list_display = (
        "award",
        "venue",
        "provider",
        "minutes",
        "edge",
        "adverse_bps",
        "kept",
        "cursed",
        "marks_at",
        "judged_at",
        "due_at",
    )
    list_filter = ("venue", "provider", Minutes, ("parked_reason", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("provider__name", "award__step__lot__book__reference", "=award__id")
    fields = (*list_display, "marks", "id", "retry_at", "parked_reason")

    @admin.display(description="edge (bps)", ordering="award__edge_bps")
    def edge(self, markout: Markout) -> str:
        return as_number(plain(markout.award.edge_bps))

    @admin.display(description="kept (bps)")
    def kept(self, markout: Markout) -> str:
        return empty("adverse_bps") if markout.kept_bps is None else as_number(plain(markout.kept_bps))

    @admin.display(description="winner's curse", boolean=True)
    def cursed(self, markout: Markout) -> bool | None:
        return markout.winners_curse


def _of_provider(provider: Provider) -> Panel:
    """Means by notional; of awards that did not fail."""
    standing = Markout.objects.filter(provider=provider).exclude(award__settlement__state__in=FAILED).order_by()
    marked, notional = Q(adverse_bps__isnull=False), F("award__notional")
    cursed = Q(adverse_bps__gt=F("award__edge_bps"))
    rows = standing.values("minutes").annotate(
        awards=Count("id"),
        marked=Count("id", filter=marked),
        worth=Sum(notional, filter=marked),
        edges=Sum(notional * F("award__edge_bps"), filter=marked),
        adverse=Sum(notional * F("adverse_bps"), filter=marked),
        cursed=Sum(notional, filter=cursed),
    )
    note = "Of awards that did not fail; means are weighted by notional. Cursed: the marks moved by more than the edge."
    columns = ("Minutes later", "Awards", "With marks", "Edge (bps)", "Moved against it", "Kept", "Cursed (%)")
    return Panel("Markouts", columns, [_shown(row) for row in rows.order_by("minutes")], note)


def _shown(row: Mapping[str, Any]) -> tuple[Any, ...]:
    counted = (row["minutes"], row["awards"], row["marked"])
    if not row["worth"]:
        return (*counted, NOTHING, NOTHING, NOTHING, NOTHING)
    edge, adverse = divide_down(row["edges"], row["worth"], 4), divide_up(row["adverse"], row["worth"], 4)
    cursed = divide_up(multiply(row["cursed"] or ZERO, 100), row["worth"], 1)
    return (*counted, plain(edge), plain(adverse), plain(difference(edge, adverse)), plain(cursed))


add_to_pages(Provider, lambda provider: [_of_provider(provider)], lambda request, provider: [])
