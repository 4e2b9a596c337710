"""Pictures of auctions, drawn by the server: where the clock is, and along which curve the edge rises."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from auctions.models import Auction
from auctions.rules.curves import POINTS, trace
from backstop.admin.cells import Panel, plain
from backstop.models import Instrument
from backstop.values.bps import floor_edge

WIDTH, HEIGHT, MARGIN = 640, 160, 24


def draw_clock(auction: Auction, now: datetime) -> SafeString:
    """From its opening to its close, with where it is; of a Dutch auction the curve of its edge (basis points), up to
    the cap, as it would go on without halts."""
    seconds = max((auction.closes_at - auction.opens_at).total_seconds(), 1.0)
    under_way = auction.opens_at <= now < auction.closes_at
    label = f"From {auction.opens_at:%H:%M:%S} to {auction.closes_at:%H:%M:%S} UTC"
    return format_html(
        '<figure class="house-picture"><svg viewBox="0 0 {} {}" role="img" aria-label="{}" fill="none">{}{}{}</svg>'
        "<figcaption>{}</figcaption></figure>",
        WIDTH,
        HEIGHT,
        label,
        _axis(auction),
        _curve(auction, seconds) if auction.curve else "",
        _hand((now - auction.opens_at).total_seconds() / seconds) if under_way else "",
        f"{label}, {seconds:g} seconds." + (" The red line is now." if under_way else ""),
    )


def marks_panel(title: str, marks: Mapping[UUID, Decimal]) -> Panel:
    """Marks by instrument, as a table."""
    found = Instrument.objects.select_related("settlement_asset").in_bulk(list(marks))
    rows = [(found[key], plain(price), found[key].settlement_asset) for key, price in marks.items()]
    return Panel(title, ("Instrument", "Price", "In"), rows)


def _axis(auction: Auction) -> SafeString:
    ends = ((MARGIN, "start", auction.opens_at), (WIDTH - MARGIN, "end", auction.closes_at))
    texts = format_html_join(
        "",
        '<text x="{}" y="{}" text-anchor="{}" font-size="12" fill="currentColor">{}</text>',
        ((x, HEIGHT - 6, anchor, f"{at:%H:%M:%S}") for x, anchor, at in ends),
    )
    line = '<line x1="{}" x2="{}" y1="{}" y2="{}" stroke="currentColor"/>{}'
    return format_html(line, MARGIN, WIDTH - MARGIN, HEIGHT - MARGIN, HEIGHT - MARGIN, texts)


def _hand(share: float) -> SafeString:
    line = '<line x1="{}" x2="{}" y1="{}" y2="{}" stroke="#d93a3a" stroke-width="2"/>'
    return format_html(line, _x(share), _x(share), MARGIN, HEIGHT - MARGIN)


def _curve(auction: Auction, seconds: float) -> SafeString:
    edges = trace(auction.price_clock.curve, max(int(seconds) - auction.priority_seconds, 0), auction.cap_bps)
    most, first = max(*map(float, edges), 1.0), min(auction.priority_seconds / seconds, 1.0)
    shares = [first + (1 - first) * place / POINTS for place in range(POINTS + 1)]
    drawn = [(0.0, edges[0]), *zip(shares, edges, strict=True)]
    points = " ".join(f"{_x(share)},{_y(float(edge) / most)}" for share, edge in drawn)
    return format_html(
        '<polyline points="{}" stroke="#417690" stroke-width="2"/>'
        '<text x="{}" y="14" font-size="12" fill="currentColor">{} bps at the opening, {} bps at the close</text>',
        points,
        MARGIN,
        plain(floor_edge(edges[0])),
        plain(floor_edge(edges[-1])),
    )


def _x(share: float) -> str:
    return f"{MARGIN + share * (WIDTH - 2 * MARGIN):.1f}"


def _y(share: float) -> str:
    return f"{HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN):.1f}"
