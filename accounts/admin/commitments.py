"""Commitments with their terms and what is left of them, what was used of their windows, and holdings."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from accounts.lifecycle import CommitmentState
from accounts.models import Commitment, CommitmentTerms, CommitmentUse, Holding, Provider
from accounts.operations.commitments.approve_commitment import approve_commitment
from accounts.operations.commitments.change_commitment import change_commitment
from accounts.operations.commitments.propose_commitment import propose_commitment
from accounts.operations.commitments.resume_commitment import resume_commitment
from accounts.operations.commitments.suspend_commitment import suspend_commitment
from accounts.operations.commitments.withdraw_commitment import withdraw_commitment
from accounts.queries import AssetCapacity, get_capacity
from accounts.rules.terms import COLUMNS, CapName, StandingTerms, Window, fields_of
from backstop import clock
from backstop.admin.base import Shown
from backstop.admin.cells import Panel, as_number, plain
from backstop.admin.deeds import Deed, Doing, add_deeds
from backstop.clock import DatabaseNow
from backstop.models import Instrument, Mark, ProductGroup
from backstop.values.amounts import multiply

OFFERS = "accounts.add_commitment"  # proposes, changes and withdraws: the provider's part, and the venue's approves
CAPS = {CapName.WINDOW: "in this window", CapName.COLLATERAL: "free collateral"}


def _changed_terms(commitment: Commitment) -> dict[str, forms.Field]:
    """The latest terms, to be changed: what is left as it is does not change, what is emptied is left to the wider."""
    latest = commitment.terms.latest("effective_at")
    return _asked_terms({name: getattr(latest, name) for name in CommitmentTerms.columns()})


def _asked_terms(initial: Mapping[str, Any]) -> dict[str, forms.Field]:
    found: dict[str, forms.Field] = {}
    for name, column in CommitmentTerms.columns().items():
        field = column.formfield(required=False)
        assert field is not None
        field.initial = initial.get(name)
        found[name] = field
    return found


def _said_of(terms: Mapping[str, Any]) -> dict[str, Any]:
    return {name: None if value == "" else value for name, value in terms.items()}


def _proposed_terms(provider: Provider) -> dict[str, forms.Field]:
    venue = provider.venue
    groups, instruments = venue.product_groups.order_by("code"), venue.instruments.order_by("symbol")
    return {
        "product_group": forms.ModelChoiceField(groups, required=False, empty_label="the whole venue"),
        "instrument": forms.ModelChoiceField(instruments, required=False, empty_label="all"),
        **_asked_terms({}),
    }


def _propose(
    provider: Provider, reason: str, product_group: ProductGroup | None, instrument: Instrument | None, **terms: Any
) -> object:
    return propose_commitment(
        provider=provider,
        product_group=product_group.code if product_group else None,
        instrument=instrument.symbol if instrument else None,
        terms=StandingTerms(**fields_of(_said_of(terms))),
        reason=reason,
    )


add_deeds(
    Provider,
    Deed(
        "propose",
        "Propose a commitment for it",
        _propose,
        lambda row: True,
        fields=_proposed_terms,
        permission=OFFERS,
    ),
)


@admin.register(Commitment)
class CommitmentAdmin(Doing):
    """Standing bids, to be approved and watched."""

    related = ("venue", "provider", "product_group", "instrument")
    list_display = ("provider", "scope", "venue", "state", "active_at", "state_reason", "created_at")
    list_filter = ("venue", "state", "provider", "product_group", "created_at")
    search_fields = ("provider__name", "product_group__code", "instrument__symbol", "=id")
    fields = (
        "provider",
        "venue",
        "scope",
        "state",
        "state_reason",
        "active_at",
        "window_anchor_at",
        "id",
        "created_at",
    )
    deeds = (
        Deed(
            "approve",
            "Approve",
            lambda row, reason: approve_commitment(commitment_id=row.id, reason=reason),
            lambda row: row.state == CommitmentState.PROPOSED,
        ),
        Deed(
            "suspend",
            "Suspend",
            lambda row, reason: suspend_commitment(commitment_id=row.id, reason=reason),
            lambda row: row.state != CommitmentState.SUSPENDED,
        ),
        Deed(
            "resume",
            "Resume",
            lambda row, reason: resume_commitment(commitment_id=row.id, reason=reason),
            lambda row: row.state == CommitmentState.SUSPENDED,
        ),
        Deed(
            "change",
            "Change for its provider",
            lambda row, reason, **terms: change_commitment(
                provider=row.provider, commitment_id=row.id, changes=fields_of(_said_of(terms)), reason=reason
            ),
            lambda row: True,
            fields=_changed_terms,
            permission=OFFERS,
        ),
        Deed(
            "withdraw",
            "Withdraw for its provider",
            lambda row, reason: withdraw_commitment(provider=row.provider, commitment_id=row.id, reason=reason),
            lambda row: True,
            permission=OFFERS,
        ),
    )

    @admin.display
    def scope(self, commitment: Commitment) -> str:
        return _scope(commitment)

    def panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        now = clock.now()
        capacities = get_capacity(obj, now)
        return [_left(capacities), _caps(capacities), _terms(obj, now)]


@admin.register(CommitmentUse)
class CommitmentUseAdmin(Shown):
    """What was taken in each window, and by what."""

    related = (
        "commitment__provider",
        "commitment__venue",
        "commitment__product_group",
        "commitment__instrument",
    )
    list_display = ("commitment", "window_starts_at", "used", "created_at")
    list_filter = ("commitment__venue", "commitment__provider", "window_starts_at")
    search_fields = ("commitment__provider__name", "=commitment__id")
    ordering = ("-window_starts_at",)

    def panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        usages = obj.usages.order_by("-created_at")[:500]
        rows = [(usage.subject_id, plain(usage.amount), usage.created_at, usage.returned_at) for usage in usages]
        return [Panel("Takings", ("Award", "Notional", "Taken", "Returned"), rows)]


@admin.register(Holding)
class HoldingAdmin(Shown):
    """What providers and the insurance fund hold, at the newest mark."""

    related = ("venue", "provider", "instrument__settlement_asset")
    list_display = ("holder", "venue", "instrument", "quantity", "mark", "value", "mark_age", "held_for")
    list_filter: ClassVar[Any] = ("venue", "provider", "instrument", "created_at")
    search_fields: ClassVar[Any] = ("provider__name", "instrument__symbol")
    fields = (
        "holder",
        "venue",
        "instrument",
        "quantity",
        "reported_quantity",
        "included_sequence",
        "mark",
        "value",
        "mark_age",
        "held_for",
        "created_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Holding]:
        newest = Mark.objects.filter(instrument=OuterRef("instrument")).order_by("-marked_at", "source")
        return (
            super()
            .get_queryset(request)
            .annotate(
                mark_price=Subquery(newest.values("price")[:1]),
                marked_since=DatabaseNow() - Subquery(newest.values("marked_at")[:1]),
                held_since=DatabaseNow() - F("created_at"),
            )
        )

    @admin.display(ordering="provider__name")
    def holder(self, holding: Holding) -> str:
        return holding.provider.name if holding.provider else "the insurance fund"

    @admin.display(description="mark", ordering="mark_price")
    def mark(self, holding: Any) -> str:
        return "no mark" if holding.mark_price is None else as_number(plain(holding.mark_price))

    @admin.display(description="value at mark")
    def value(self, holding: Any) -> str:
        if holding.mark_price is None:
            return "no mark"
        worth = multiply(holding.quantity, holding.mark_price)
        return as_number(f"{plain(worth)} {holding.instrument.settlement_asset}")

    @admin.display(description="mark's age")
    def mark_age(self, holding: Any) -> str:
        return _age(holding.marked_since)

    @admin.display(description="first held", ordering="created_at")
    def held_for(self, holding: Any) -> str:
        return _age(holding.held_since) + " ago"

    def panels(self, request: HttpRequest, obj: Any) -> list[Panel]:
        entries = obj.entries.order_by("-created_at")[:500]
        rows = [(e.subject_id, plain(e.quantity), e.settlement_sequence or "under way", e.created_at) for e in entries]
        return [Panel("Entries", ("Award", "Quantity", "Settlement", "Since"), rows)]


def _scope(commitment: Commitment) -> str:
    return str(commitment.instrument or commitment.product_group or "the whole venue")


def _left(capacities: list[AssetCapacity]) -> Panel:
    rows = [
        (
            each.asset,
            "not limited" if each.remaining is None else plain(each.remaining),
            plain(each.capacity.min_edge_bps),
            ", ".join(reason.replace("_", " ") for reason in each.capacity.reasons),
        )
        for each in capacities
    ]
    columns = ("Asset", "Notional that may be taken", "Minimum edge (bps)", "Why nothing is taken")
    return Panel("Remaining capacity", columns, rows, "For a book received now, with the wider commitments' terms.")


def _caps(capacities: list[AssetCapacity]) -> Panel:
    ids = {cap.commitment_id for each in capacities for cap in each.capacity.caps if cap.commitment_id}
    found = Commitment.objects.select_related("instrument", "product_group").in_bulk(ids)
    whose = {None: "the provider's account", **{key: _scope(row) for key, row in found.items()}}
    rows = [
        (
            each.asset,
            CAPS.get(cap.name) or _label(cap.name),
            whose[cap.commitment_id],
            plain(cap.limit),
            plain(cap.used),
            plain(cap.remaining),
            plain(cap.room(each.asset.scale)),
            "binds" if cap in each.capacity.binding(each.asset.scale) else "",
        )
        for each in capacities
        for cap in each.capacity.caps
    ]
    columns = ("Asset", "Cap", "Set by", "Limit", "Used", "Remaining", "Room for notional", "Binding")
    return Panel("Caps", columns, rows, "Those that bind leave the least room; raising all of them would allow more.")


def _terms(commitment: Commitment, now: datetime) -> Panel:
    rows = [
        (row.effective_at, *(_said(getattr(row.terms, name)) for name in COLUMNS))
        for row in commitment.terms.order_by("-effective_at")[:200]
    ]
    columns = ("Effective", *(_label(name).capitalize() for name in COLUMNS))
    return Panel("Terms, newest first", columns, rows, "What is empty is left to the wider commitment.", versions=True)


def _label(name: str) -> str:
    """What a field of the terms, or a cap, is called."""
    column = CommitmentTerms.columns().get(name)
    return str(column.verbose_name) if column else name


def _said(value: Any) -> Any:
    if isinstance(value, Window):
        return f"{plain(value.capacity)} in {timedelta(seconds=value.seconds)}"
    return plain(value) if value is None or isinstance(value, Decimal) else value


def _age(since: timedelta | None) -> str:
    return "no mark" if since is None else str(timedelta(seconds=int(since.total_seconds())))
