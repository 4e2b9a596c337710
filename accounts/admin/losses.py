"""What failures cost, and who pays it: loss events with their addends, defaults, and the plans that say the order."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.lifecycle import ASSESSMENT, AllocationFillState, ClaimState
from accounts.models import (
    AllocationFill,
    Assessment,
    Claim,
    ClusterEdge,
    Contribution,
    Guarantee,
    LossAddend,
    LossAllocation,
    LossEvent,
    LossPayment,
    LossPlan,
    LossRecovery,
    LossReturn,
    Obligation,
    ProviderDefault,
    Refill,
)
from accounts.models.loss_plans import plan_of
from accounts.operations.claims.decide_claim import decide_claim
from accounts.operations.collateral.confirm_fill import confirm_fill
from accounts.operations.collateral.pay_assessment import pay_assessment
from accounts.operations.collateral.record_recovery import record_recovery
from accounts.operations.collateral.refuse_fill import refuse_fill
from accounts.operations.terms.set_loss_plan import set_loss_plan
from accounts.queries import get_loss_plan
from accounts.rules.sharing.plans import AT_THE_END, PLANNED, TRANCHES, LayerKind, PlannedLayer
from backstop.admin.base import Shown, add_to_pages
from backstop.admin.cells import Panel, plain
from backstop.admin.deeds import Deed, Doing, add_deeds
from backstop.models import Venue


@admin.register(LossEvent)
class LossEventAdmin(Doing):
    """What each failure costs: its books join it until `takes_until`."""

    related = ("venue", "cluster", "plan")
    list_display = ("venue", "kind", "cluster", "account", "state", "opened_at", "takes_until", "final_by", "final_at")
    list_filter = ("venue", "kind", "state", ("parked_reason", admin.EmptyFieldListFilter), "opened_at")
    search_fields = ("cluster__name", "account", "=id")
    deeds = (
        Deed(
            "recovery",
            "Record a recovery",
            lambda event, **said: _recover(event, **said),
            lambda event: True,
            fields=lambda event: _recovery(event),
            permission="accounts.change_account",
        ),
    )


@admin.register(ProviderDefault)
class ProviderDefaultAdmin(Shown):
    """Every default that was ever declared; declared and confirmed on the page of a provider."""

    related = ("venue", "provider", "loss_event")
    list_display = (
        "provider",
        "venue",
        "state",
        "ground",
        "reason",
        "declared_by",
        "declared_at",
        "confirm_by",
        "book_by",
    )
    list_filter = ("venue", "provider", "state", "ground", ("parked_reason", admin.EmptyFieldListFilter), "declared_at")
    search_fields = ("provider__name", "=id")


@admin.register(LossPlan)
class LossPlanAdmin(Shown):
    """Every version of the order in which losses are paid; set on the page of a venue."""

    related = ("venue",)
    list_display = ("venue", "version", "in_order", "reason", "created_at")
    list_filter = ("venue", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LossPlan]:
        return super().get_queryset(request).prefetch_related("layers")

    @admin.display(description="layers, in order")
    def in_order(self, plan: LossPlan) -> str:
        """What pays, and how much of it."""
        return ", ".join(_told(layer) for layer in plan.planned.layers)


@admin.register(Guarantee)
class GuaranteeAdmin(Shown):
    """Each time that who stands behind a venue had changed as a loss event opened."""

    related = ("venue",)
    list_display = ("venue", "version", "created_at")
    list_filter = ("venue", "created_at")


@admin.register(Contribution)
class ContributionAdmin(Shown):
    """What each provider had contributed then."""

    related = ("guarantee__venue", "provider", "asset")
    list_display = ("guarantee", "provider", "asset", "amount", "created_at")
    list_filter = ("guarantee__venue", "provider", "created_at")
    search_fields = ("=guarantee__id", "provider__name")


@admin.register(Obligation)
class ObligationAdmin(Shown):
    """Who is obliged for what a loss event owes at its end, by what it had contributed, and how well it bid."""

    related = ("loss_event__cluster", "provider", "asset")
    list_display = ("loss_event", "provider", "asset", "contribution", "quality", "created_at")
    list_filter = ("loss_event__venue", "provider", "quality", "created_at")
    search_fields = ("=loss_event__id", "provider__name")


@admin.register(Refill)
class RefillAdmin(Shown):
    """Tranches that have less than the loss plan says; they are filled on the page of a venue."""

    related = ("venue", "account__asset")
    money = ("target", "missing")
    money_in = "account.asset"
    list_display = (
        "venue",
        "account",
        "target",
        "missing",
        "state",
        "called_at",
        "refill_by",
        "filled_at",
        "missed_at",
    )
    list_filter = ("venue", "state", "called_at")
    search_fields = ("=account__id", "=id")


@admin.register(Assessment)
class AssessmentAdmin(Doing):
    """What providers are called for beyond what they contributed."""

    related = ("venue", "provider", "asset", "obligation__loss_event__cluster")
    list_display = (
        "provider",
        "venue",
        "asset",
        "amount",
        "paid",
        "recovered",
        "owed",
        "written_off",
        "state",
        "called_at",
        "due_by",
        "paid_at",
        "overdue_at",
    )
    list_filter = ("venue", "provider", "state", ("parked_reason", admin.EmptyFieldListFilter), "called_at")
    search_fields = ("provider__name", "=obligation__loss_event__id", "=id")
    deeds = (
        Deed(
            "pay",
            "Take what is owed out of the collateral",
            lambda row, reason: pay_assessment(venue_id=row.venue_id, assessment_id=row.id),
            lambda row: row.state in ASSESSMENT.under_way,
            permission="accounts.change_account",
        ),
    )


@admin.register(Claim)
class ClaimAdmin(Doing):
    """What covers owe of loss events; answered by their insurers' programs, decided here by whoever may arbitrate."""

    related = ("venue", "cover__venue", "cover__group", "cover__asset", "loss_event__cluster")
    money = ("insured", "paid", "disputed_amount")
    money_in = "cover.asset"
    list_display = ("cover", "loss_event", "state", "insured", "paid", "disputed_amount", "answer_by", "decide_by")
    list_filter = ("venue", "state", ("parked_reason", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("=cover__id", "=loss_event__id", "=id")
    deeds = (
        Deed(
            "decide",
            "Decide what is not owed",
            lambda claim, reason, refused: decide_claim(
                venue_id=claim.venue_id, claim_id=claim.id, refused=refused, reason=reason
            ),
            lambda claim: claim.state == ClaimState.DISPUTED,
            fields=lambda claim: {"refused": forms.DecimalField(help_text="What is not refused is due at once.")},
            permission="auctions.arbitrate",
        ),
    )


@admin.register(LossAllocation)
class LossAllocationAdmin(Shown):
    """What nobody paid or took of loss events, shared out over accounts of the venue."""

    related = ("venue", "loss_event__cluster", "asset", "instrument")
    list_display = (
        "venue",
        "loss_event",
        "kind",
        "method",
        "asset",
        "instrument",
        "side",
        "price",
        "quantity",
        "reason",
        "confirm_by",
    )
    list_filter = ("venue", "kind", "created_at")
    search_fields = ("=loss_event__id", "reference", "=id")


@admin.register(AllocationFill)
class AllocationFillAdmin(Doing):
    """What accounts of the venue give of that; confirmed or refused one by one, and exported to carry it out."""

    related = ("venue", "allocation__asset", "allocation__instrument")
    list_display = ("account", "venue", "allocation", "price", "state", "had", "allocated", "taken", "state_reason")
    list_filter = ("venue", "state", ("parked_reason", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("account", "=allocation__id", "=id")
    deeds = (
        Deed(
            "confirm",
            "Confirm that it gives it",
            lambda fill, reason: confirm_fill(venue_id=fill.venue_id, fill_id=fill.id),
            lambda fill: fill.state == AllocationFillState.ALLOCATED,
        ),
        Deed(
            "refuse",
            "Say that it gives nothing",
            lambda fill, reason: refuse_fill(venue_id=fill.venue_id, fill_id=fill.id, reason=reason),
            lambda fill: fill.state == AllocationFillState.ALLOCATED,
        ),
    )

    @admin.display(description="price")
    def price(self, fill: AllocationFill) -> object:
        """The stated price of positions."""
        return fill.allocation.price


@admin.register(LossAddend)
class LossAddendAdmin(Shown):
    """What each loss event cost, book by book, and by what the fund took over."""

    related = ("loss_event__cluster", "asset")
    list_display = ("loss_event", "kind", "subject_id", "asset", "amount", "advances", "created_at")
    list_filter = ("loss_event__venue", "kind", "created_at")
    search_fields = ("=loss_event__id", "=subject_id")


@admin.register(ClusterEdge)
class ClusterEdgeAdmin(Shown):
    """What books, and sales of what funds took over, paid in edges to clusters of insurers, above what commitments were
    given: these pay alone what that adds to a payout."""

    related = ("addend__loss_event__cluster", "addend__asset")
    money = ("amount",)
    money_in = "addend.asset"
    list_display = ("addend", "providers", "amount", "created_at")
    list_filter = ("addend__loss_event__venue", "created_at")
    search_fields = ("=addend__loss_event__id", "=addend__subject_id")


@admin.register(LossPayment)
class LossPaymentAdmin(Shown):
    """Who paid that: a layer of the event's plan, a provider where it is its money, or nobody."""

    related = ("addend__loss_event__cluster", "addend__asset", "provider")
    money = ("amount",)
    money_in = "addend.asset"
    list_display = ("addend", "layer", "provider", "amount", "created_at")
    list_filter = ("addend__loss_event__venue", "layer", "created_at")
    search_fields = ("=addend__loss_event__id", "provider__name")


@admin.register(LossRecovery)
class LossRecoveryAdmin(Shown):
    """What came back of loss events, recorded on the page of each; and what was paid late of assessments."""

    related = ("loss_event__cluster", "asset", "assessment__provider")
    list_display = ("loss_event", "assessment", "asset", "amount", "reference", "reason", "created_at")
    list_filter = ("loss_event__venue", "created_at")
    search_fields = ("=loss_event__id", "reference")


@admin.register(LossReturn)
class LossReturnAdmin(Shown):
    """Who has that back."""

    related = ("recovery__loss_event", "recovery__asset", "provider")
    money = ("amount",)
    money_in = "recovery.asset"
    list_display = ("recovery", "layer", "provider", "amount", "created_at")
    list_filter = ("recovery__loss_event__venue", "layer", "created_at")
    search_fields = ("=recovery__loss_event__id", "provider__name")


_LIMITS = {"per_event": "one event", "per_24h": "the events of 24 hours"}
_TARGET = "What is to stand in it, in units of each asset: below that it is called for. Empty: nothing."


def _recovery(event: LossEvent) -> Mapping[str, forms.Field]:
    return {
        "asset": forms.ModelChoiceField(event.venue.assets.order_by("code")),
        "amount": forms.DecimalField(min_value=0, help_text="It goes to who paid last, then to who paid before."),
        "reference": forms.CharField(max_length=128),
    }


def _recover(event: LossEvent, **said: Any) -> object:
    said = {**said, "asset": said["asset"].code}
    return record_recovery(venue_id=event.venue_id, loss_event_id=event.id, **said)


def _told(layer: PlannedLayer) -> str:
    limits = {"an event": layer.per_event, "24 hours": layer.per_24h}
    said = [f"{limit} for {what}" for what, limit in limits.items() if limit is not None]
    return f"{layer.kind} ({', '.join(said)})" if said else layer.kind.value


def _layers(venue: Venue) -> Mapping[str, forms.Field]:
    """The limits of each layer but the fund, which has none, and whether it is there at all."""
    planned = {layer.kind: layer for layer in plan_of(get_loss_plan(venue.id)).layers}
    fields: dict[str, forms.Field] = {}
    for kind in (each for each in PLANNED if each != LayerKind.FUND):
        if kind in AT_THE_END:
            fields[kind.value] = forms.BooleanField(required=False, initial=kind in planned, label=f"{kind} pays")
        for name, what in _LIMITS.items():
            text = f"What {kind} pays at most for {what}, in units of each asset. Empty: all that is in it."
            initial = getattr(planned.get(kind), name, None)
            fields[f"{kind}_{name}"] = forms.DecimalField(
                min_value=0, required=False, initial=initial, label=f"{kind}, {what}", help_text=text
            )
        if kind in TRANCHES:
            fields[f"{kind}_target"] = forms.DecimalField(
                min_value=0,
                required=False,
                initial=getattr(planned.get(kind), "target", None),
                label=f"{kind}, target",
                help_text=_TARGET,
            )
    return fields


def _set_plan(venue: Venue, reason: str, **said: Any) -> object:
    """In the order that the venue's plan has now or, where something is new, in that of version 0."""
    ranked = [layer.kind for layer in plan_of(get_loss_plan(venue.id)).layers]
    kinds = [kind for kind in PLANNED if said.get(kind, True)]
    if set(kinds) <= set(ranked):
        kinds = [kind for kind in ranked if kind in kinds]
    layers = [
        PlannedLayer(kind, **{name: said.get(f"{kind}_{name}") for name in (*_LIMITS, "target")}) for kind in kinds
    ]
    return set_loss_plan(venue_id=venue.id, layers=layers, reason=reason)


def _plan_of(venue: Venue) -> list[Panel]:
    rows = [
        (rank, layer.kind, plain(layer.per_event), plain(layer.per_24h), plain(layer.target))
        for rank, layer in enumerate(plan_of(get_loss_plan(venue.id)).layers, 1)
    ]
    return [Panel("Loss plan", ("Place", "Who pays", "For one event", "For 24 hours", "Target"), rows)]


add_to_pages(Venue, _plan_of, lambda request, venue: [])
add_deeds(
    Venue,
    Deed("loss_plan", "Set the loss plan", _set_plan, lambda row: True, fields=_layers),
)
