"""The loss plan that a venue goes by now, what each layer has borne of loss events, and what nobody has paid yet."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from accounts.lifecycle import ASSESSMENT, AllocationFillState, AssessmentState, LossEventState
from accounts.models import (
    Account,
    AllocationFill,
    Assessment,
    LossAddend,
    LossEvent,
    LossLayer,
    LossPayment,
    LossPlan,
    LossRecovery,
    LossReturn,
)
from accounts.rules.sharing.plans import BY_CONTRACT, LayerKind
from accounts.rules.sharing.positions import AllocationKind
from backstop.values.amounts import ZERO, difference, total

Borne = defaultdict[tuple[UUID, UUID, str], Decimal]  # by event, asset and layer


def get_loss_plan(venue_id: UUID) -> LossPlan | None:
    """The newest version, with its layers; None where none was set."""
    versions = LossPlan.objects.filter(venue=venue_id).prefetch_related("layers")
    return versions.order_by("-version").first()


def with_targets(accounts: QuerySet[Account]) -> QuerySet[Any]:
    """These accounts of venues, each with the `target` that their loss plan has for it now, or None."""
    plans = LossPlan.objects.filter(venue=OuterRef(OuterRef("venue"))).order_by("-version").values("id")[:1]
    layers = LossLayer.objects.filter(plan=Subquery(plans), kind=OuterRef("kind"))
    return accounts.annotate(target=Subquery(layers.values("target")[:1]))


def sum_borne(event_ids: Collection[UUID]) -> Borne:
    """What layers paid of these events, less what came back to them; of an event that is not final yet, what came back
    of its debt is below zero, as nobody's."""
    borne: Borne = defaultdict(Decimal)
    for (event_id, asset_id, layer, _), amount in _sum_borne(event_ids).items():
        borne[event_id, asset_id, layer] = total([borne[event_id, asset_id, layer], amount])
    return borne


def sum_unpaid(event_id: UUID, asset_id: UUID) -> Decimal:
    """What nobody paid of an event, or gave since; nothing before it is final."""
    return max(sum_borne([event_id])[event_id, asset_id, LayerKind.UNALLOCATED.value], ZERO)


def sum_allocatable(event_id: UUID, asset_id: UUID) -> Decimal:
    """What nobody paid of an event, and is not allocated already to somebody who may yet give it."""
    left = sum_unpaid(event_id, asset_id)
    cash = _list_waiting([event_id]).filter(allocation__asset=asset_id)
    return max(difference(left, *cash.values_list("allocated", flat=True)), ZERO)


def sum_returnable(event_id: UUID, asset_id: UUID) -> dict[str, dict[UUID | None, Decimal]]:
    """What of an event may come back, by layer and, where it is their money, by provider, or by an account's part of an
    allocation. What stands as its debt is nobody's, but for what somebody is called for."""
    returnable: defaultdict[str, dict[UUID | None, Decimal]] = defaultdict(dict)
    for (_, asset, layer, provider_id), amount in _sum_borne([event_id]).items():
        if asset == asset_id:
            returnable[layer][provider_id] = amount
    owed = total(amount for addend, amount in list_owed([event_id]) if addend.asset_id == asset_id)
    due = Assessment.objects.filter(obligation__loss_event=event_id, asset=asset_id, state=AssessmentState.DUE)
    owed = difference(owed, *(each.owed for each in due))
    nobodys = returnable[LayerKind.UNALLOCATED.value]
    nobodys[None] = total([nobodys.get(None, ZERO), owed])
    return returnable


def list_paid_by_covers(event_id: UUID, asset_id: UUID) -> list[tuple[str, dict[UUID | None, Decimal]]]:
    """What each cover paid of an event, and then its co-payment, in the order in which they pay: by layer, and by
    whose money it is."""
    paid = LossPayment.objects.filter(addend__loss_event=event_id, addend__asset=asset_id, layer__in=BY_CONTRACT)
    rows = paid.values_list("claim__cover__attachment", "claim__cover__created_at", "claim", "layer", "provider")
    by_cover: defaultdict[tuple[Any, ...], dict[UUID | None, Decimal]] = defaultdict(dict)
    for (*cover, layer, provider_id), amount in _summed(rows).items():
        by_cover[*cover, BY_CONTRACT.index(layer)][provider_id] = amount
    return [(BY_CONTRACT[key[-1]].value, by_cover[key]) for key in sorted(by_cover)]


def sum_unpaid_losses(venue_id: UUID) -> dict[tuple[UUID, UUID], Decimal]:
    """What nobody has paid yet of a venue's loss events, by event and asset, where there is any: what stands as their
    debt, and what came to nobody, less what came back of it or is allocated to somebody who may yet give it. Not less
    than what those who are called still owe, which others may have given in their place meanwhile."""
    called = Assessment.objects.filter(venue=venue_id, state__in=ASSESSMENT.under_way)
    event_ids = _list_unpaid_events(venue_id, called)
    unpaid: defaultdict[tuple[UUID, UUID], Decimal] = defaultdict(Decimal)
    for addend, amount in list_owed(event_ids):
        its = addend.loss_event_id, addend.asset_id
        unpaid[its] = total([unpaid[its], amount])
    for (event_id, asset_id, layer), amount in sum_borne(event_ids).items():
        if layer == LayerKind.UNALLOCATED:
            unpaid[event_id, asset_id] = total([unpaid[event_id, asset_id], amount])
    waiting = _list_waiting(event_ids).values_list("allocation__loss_event", "allocation__asset")
    for its, amount in _summed(waiting, "allocated").items():
        unpaid[its] = difference(unpaid[its], amount)
    owed = F("amount") - F("paid") - F("recovered")
    for its, amount in _summed(called.values_list("obligation__loss_event", "asset"), owed).items():
        unpaid[its] = max(unpaid[its], amount)
    return {its: amount for its, amount in unpaid.items() if amount > 0}


def _list_unpaid_events(venue_id: UUID, called: QuerySet[Assessment]) -> list[UUID]:
    """Those of a venue of which something may be unpaid."""
    nobodys = LossPayment.objects.filter(addend__loss_event__venue=venue_id, layer=LayerKind.UNALLOCATED)
    may_be = ~Q(state=LossEventState.FINAL) | Q(id__in=nobodys.values("addend__loss_event"))
    events = LossEvent.objects.filter(may_be | Q(id__in=called.values("obligation__loss_event")), venue=venue_id)
    return list(events.values_list("id", flat=True))


def list_owed(event_ids: Collection[UUID]) -> list[tuple[LossAddend, Decimal]]:
    """The addends of these events that nobody has paid whole, as they arose, each with what is left of it; what came
    back of that is not taken off."""
    paid = Coalesce(Sum("payments__amount"), ZERO, output_field=LossAddend._meta.get_field("amount"))
    rows = LossAddend.objects.filter(loss_event__in=event_ids).annotate(paid=paid).filter(paid__lt=F("amount"))
    addends = rows.select_related("asset", "loss_event").order_by("created_at", "subject_id")
    return [(addend, difference(addend.amount, addend.paid)) for addend in addends]


def _sum_borne(event_ids: Collection[UUID]) -> dict[tuple[UUID, UUID, str, UUID | None], Decimal]:
    paid = LossPayment.objects.filter(addend__loss_event__in=event_ids)
    borne = _summed(paid.values_list("addend__loss_event", "addend__asset", "layer", "provider"))
    returned = LossReturn.objects.filter(recovery__loss_event__in=event_ids)
    for event_id, asset_id, provider_id, amount in _list_paid_late(event_ids):
        its = event_id, asset_id, LayerKind.ASSESSMENTS.value, provider_id
        borne[its] = total([borne.get(its, ZERO), amount])
    whose = Coalesce("fill", "provider")
    back = _summed(returned.values_list("recovery__loss_event", "recovery__asset", "layer", whose))
    for event_id, asset_id, fill_id, taken in _list_taken(event_ids):
        nobodys = event_id, asset_id, LayerKind.UNALLOCATED.value, None
        borne[event_id, asset_id, LayerKind.LOSS_ALLOCATION.value, fill_id] = taken
        borne[nobodys] = difference(borne.get(nobodys, ZERO), taken)
    return {key: difference(borne.get(key, ZERO), back.get(key, ZERO)) for key in {**borne, **back}}


def _list_taken(event_ids: Collection[UUID]) -> Iterable[tuple[UUID, UUID, UUID, Decimal]]:
    """What accounts of the venue gave of their gains: by event, asset and part of an allocation."""
    cash = AllocationFill.objects.filter(allocation__loss_event__in=event_ids, allocation__kind=AllocationKind.CASH)
    return cash.filter(taken__gt=0).values_list("allocation__loss_event", "allocation__asset", "id", "taken")


def _list_waiting(event_ids: Collection[UUID]) -> QuerySet[AllocationFill]:
    """What is allocated in cash to somebody who may yet give it."""
    fills = AllocationFill.objects.filter(allocation__loss_event__in=event_ids, state=AllocationFillState.ALLOCATED)
    return fills.filter(allocation__kind=AllocationKind.CASH)


def _list_paid_late(event_ids: Collection[UUID]) -> Iterable[tuple[UUID, UUID, UUID, Decimal]]:
    """What providers paid of what they were called for once it was overdue: by event, asset and provider."""
    late = LossRecovery.objects.filter(loss_event__in=event_ids, assessment__isnull=False)
    return late.values_list("loss_event", "asset", "assessment__provider", "amount")


def _summed(rows: Any, amount: str | Combinable = "amount") -> dict[Any, Decimal]:
    return {tuple(key): added for *key, added in rows.annotate(added=Sum(amount)).order_by()}
