"""The ledger as it stands: accounts and transfers, which only the journal (accounts/desks/journal.py) writes; and the
deeds that move money, on the pages of venues and providers."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest

from accounts.desks.collateral import FUNDED
from accounts.models import Account, AccountKind, Provider, Transfer
from accounts.operations.collateral.collect_fees import EARNED, collect_fees
from accounts.operations.collateral.fund_venue import fund_venue
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.operations.collateral.move_contribution import move_contribution
from backstop.admin.base import Shown, add_to_pages
from backstop.admin.cells import Panel, as_number, plain
from backstop.admin.deeds import Deed, add_deeds
from backstop.models import Venue

_PARTIES = ("debit__provider", "debit__venue", "debit__asset", "credit__provider", "credit__venue", "credit__asset")


@admin.register(Account)
class AccountAdmin(Shown):
    """Running totals, with the newest transfers."""

    related = ("venue", "asset", "provider")
    list_display = ("kind", "owner", "venue", "asset", "posted", "held", "available", "created_at")
    list_filter = ("venue", "kind", "asset", "provider", "created_at")
    search_fields = ("provider__name", "=id")
    fields = ("kind", "owner", "venue", "asset", "posted", "held", "available", "floor", "id", "created_at")

    @admin.display(ordering="provider__name")
    def owner(self, account: Account) -> str:
        return account.provider.name if account.provider else account.venue.code

    @admin.display(description="free")
    def available(self, account: Account) -> str:
        return as_number(plain(account.free))

    def panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        newest = Transfer.objects.filter(Q(debit=obj) | Q(credit=obj)).select_related(*_PARTIES)
        rows = [
            (
                t.created_at,
                t.get_purpose_display(),
                plain(t.amount if t.credit_id == obj.id else t.amount.copy_negate()),
                _party(t.debit if t.credit_id == obj.id else t.credit),
                t.subject_id,
            )
            for t in newest.order_by("-created_at")[:100]
        ]
        return [Panel("Newest transfers", ("At", "Purpose", "Amount", "With", "Because of"), rows)]


@admin.register(Transfer)
class TransferAdmin(Shown):
    """Money that moved; the id of what caused it finds all of its transfers."""

    related = _PARTIES
    list_display = ("created_at", "purpose", "amount", "asset", "out_of", "into", "subject_id")
    list_filter = ("debit__venue", "debit__asset", "purpose", "created_at")
    search_fields = ("=subject_id", "=debit__id", "=credit__id", "debit__provider__name", "credit__provider__name")
    fields = ("purpose", "amount", "asset", "debit", "credit", "subject_id", "id", "created_at")

    @admin.display(ordering="debit__asset__code")
    def asset(self, transfer: Transfer) -> str:
        return transfer.debit.asset.code

    @admin.display(description="out of")
    def out_of(self, transfer: Transfer) -> str:
        return _party(transfer.debit)

    @admin.display(description="into")
    def into(self, transfer: Transfer) -> str:
        return _party(transfer.credit)


def _party(account: Account) -> str:
    return f"{account.provider or account.venue} {account.kind}"


def _money(venue: Venue, *, outward: bool = True) -> dict[str, forms.Field]:
    """What moves; the reference keeps what is sent twice from moving twice."""
    signed = forms.DecimalField(help_text="Below zero: out.") if outward else forms.DecimalField(min_value=0)
    asset = forms.ModelChoiceField(venue.assets.order_by("code"))
    return {"asset": asset, "amount": signed, "reference": forms.CharField(max_length=128)}


def _earned(venue: Venue) -> dict[str, forms.Field]:
    into = _one_of(FUNDED, required=False, empty_value=AccountKind.FUND, help_text="Empty: the fund.")
    return {"account": _one_of(EARNED), "into": into, **_money(venue, outward=False)}


def _funded(venue: Venue) -> dict[str, forms.Field]:
    account = _one_of(FUNDED, required=False, empty_value=AccountKind.FUND, help_text="Empty: the fund.")
    return {"account": account, **_money(venue)}


def _one_of(kinds: Iterable[AccountKind], **options: Any) -> forms.Field:
    choices = [(kind.value, kind.label) for kind in kinds]
    return forms.TypedChoiceField(choices=choices, coerce=AccountKind, **options)


def _plainly(said: Mapping[str, Any]) -> dict[str, Any]:
    """As operations take it."""
    return {**said, "asset": said["asset"].code}


def _own_money(venue: Venue) -> list[Panel]:
    own = venue.accounts.filter(provider=None, kind__in=[*FUNDED, *EARNED], asset__shadow_of=None)
    rows = [
        (account.get_kind_display(), account.asset, plain(account.posted), plain(account.held), plain(account.free))
        for account in own.select_related("asset").order_by("asset__code", "kind")
    ]
    return [Panel("Money of the venue", ("Account", "Asset", "Posted", "Held", "Free"), rows)]


add_to_pages(Venue, _own_money, lambda request, venue: [])
MOVES_MONEY = "accounts.change_account"
add_deeds(
    Venue,
    Deed(
        "fund",
        "Pay into or out of the fund or a tranche",
        lambda venue, **said: fund_venue(venue_id=venue.id, **_plainly(said)),
        lambda venue: True,
        fields=_funded,
        permission=MOVES_MONEY,
    ),
    Deed(
        "collect",
        "Move fees or penalties into the fund or a tranche",
        lambda venue, **said: collect_fees(venue_id=venue.id, **_plainly(said)),
        lambda venue: True,
        fields=_earned,
        permission=MOVES_MONEY,
    ),
)
add_deeds(
    Provider,
    Deed(
        "collateral",
        "Move collateral",
        lambda row, **said: move_collateral(venue_id=row.venue_id, provider_id=row.id, **_plainly(said)),
        lambda row: True,
        fields=lambda row: _money(row.venue),
        permission=MOVES_MONEY,
    ),
    Deed(
        "contribution",
        "Move what it contributes",
        lambda row, **said: move_contribution(venue_id=row.venue_id, provider_id=row.id, **_plainly(said)),
        lambda row: True,
        fields=lambda row: _money(row.venue),
        permission=MOVES_MONEY,
    ),
)
