"""What binds a provider's money, on its page."""

from accounts.models import Provider
from auctions.queries.bindings import hide_offers, list_bindings
from backstop.admin.base import MOST, add_to_pages
from backstop.admin.cells import LinkedCell, Panel, plain


def _of_provider(provider: Provider) -> Panel:
    rows = [
        (
            LinkedCell(each.row, each.kind) if each.row else each.kind,
            each.account,
            plain(each.amount),
            each.asset,
            each.until,
            each.kind.label,
        )
        for each in hide_offers(list_bindings(provider))[:MOST]
    ]
    columns = ("What", "Of account", "Amount", "Asset", "Until", "Why")
    return Panel("What binds its money", columns, rows, "Without an amount all else that is there stays.")


add_to_pages(Provider, lambda provider: [_of_provider(provider)], lambda request, provider: [])
