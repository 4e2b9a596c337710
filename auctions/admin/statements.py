"""A provider's month on a page, and as a file of all that moved its money."""

from django.contrib import admin
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from accounts.admin.ledger import TransferAdmin
from accounts.models import Account, Provider, Transfer
from accounts.queries.statements import AccountStatement, get_statement, list_movements
from auctions.queries.statements import EARNINGS, sum_up
from backstop import clock
from backstop.admin.base import Shown
from backstop.admin.cells import BLANK, Number, Panel, plain
from backstop.admin.exports import TYPES, export
from backstop.values.amounts import total
from backstop.values.periods import Month


class Movements(TransferAdmin):
    """The lines of one provider's file, which names no other."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(Transfer, admin.site)
        self.provider = provider

    @admin.display(description="out of")
    def out_of(self, transfer: Transfer) -> str:
        return self._named(transfer.debit)

    @admin.display(description="into")
    def into(self, transfer: Transfer) -> str:
        return self._named(transfer.credit)

    def _named(self, account: Account) -> str:
        if account.provider_id == self.provider.id:
            return f"{self.provider} {account.kind}"
        return f"{account.venue} {account.kind}" if account.provider_id is None else "another provider"


def show_statement(page: Shown, request: HttpRequest, provider: Provider) -> HttpResponseBase:
    """`month` names one, such as 2026-11 (default: the one under way), `format` a file: `csv` or `jsonl`."""
    under_way = Month.around(clock.now())
    asked, form = request.GET.get("month"), request.GET.get("format")
    month = Month.named(asked) if asked else under_way
    if month is None or month > under_way or form not in (None, *TYPES):
        raise Http404
    if form is not None:
        lines, moved = Movements(provider), list_movements(provider.id, month)
        return export(lines, Movements.list_display, moved.select_related(*TransferAdmin.related), form, "created_at")
    found = get_statement(provider.id, month)
    panels = [_in_short(provider, month, found), *(_panel(each) for each in found)]
    later = [month.following] if month < under_way else []
    tools = [(str(each), address_of(provider, each)) for each in (month.previous, *later)]
    tools += [(each.upper(), address_of(provider, month, each)) for each in TYPES]
    title = f"{provider}: {month} (UTC{', under way' if month == under_way else ''})"
    return page.page(request, "house/report.html", title, panels=panels, tools=tools, object=provider)


def address_of(provider: Provider, month: Month | None = None, form: str | None = None) -> str:
    """Where the statement of this month is, or its file of this form."""
    asked = [f"{name}={value}" for name, value in (("month", month), ("format", form)) if value]
    return f"{reverse('admin:accounts_provider_statement', args=[provider.pk])}{'?' if asked else ''}{'&'.join(asked)}"


def _in_short(provider: Provider, month: Month, found: list[AccountStatement]) -> Panel:
    rows = [
        (each.asset, Number(each.awards), plain(each.notional), *map(plain, each.earned.values()))
        for each in sum_up(provider.id, month, found)
    ]
    note = "What came in, less what went out. Awards are those of the month, whenever they are settled."
    titles = [name.replace("_", " ").capitalize() for name in EARNINGS]
    return Panel("In short", ("Asset", "Awards", "Notional awarded", *titles), rows, note)


def _panel(said: AccountStatement) -> Panel:
    moved = [(each.purpose.label.capitalize(), each.came, each.went) for each in said.movements]
    in_all = [total(each.came for each in said.movements), total(each.went for each in said.movements)]
    rows = [
        ("Opening balance", BLANK, BLANK, plain(said.opening)),
        *((label, plain(came), plain(went), BLANK) for label, came, went in moved),
        ("Closing balance", *map(plain, in_all), plain(said.closing)),
    ]
    note = "Taken back from the account's running total, which the audit holds to be all that ever moved."
    title = f"{said.account.get_kind_display().capitalize()}, {said.account.asset}"
    return Panel(title, ("What for", "Came in", "Went out", "Balance"), rows, note)
