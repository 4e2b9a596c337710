"""The loss plan that a venue goes by now, and what each layer has borne of loss events."""

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Sum

from accounts.models import LossPayment, LossPlan, LossReturn
from backstop.values.amounts import difference

Borne = defaultdict[tuple[UUID, UUID, str], Decimal]  # by event, asset and layer


def get_loss_plan(venue_id: UUID) -> LossPlan | None:
    """The newest version, with its layers; None where none was set."""
    versions = LossPlan.objects.filter(venue=venue_id).prefetch_related("layers")
    return versions.order_by("-version").first()


def sum_borne(event_ids: Collection[UUID]) -> Borne:
    """What layers paid of these events, less what came back to them."""
    borne: Borne = defaultdict(Decimal)
    paid = LossPayment.objects.filter(addend__loss_event__in=event_ids)
    for *key, amount in _summed(paid.values_list("addend__loss_event", "addend__asset", "layer")):
        borne[key[0], key[1], key[2]] = amount
    returned = LossReturn.objects.filter(recovery__loss_event__in=event_ids)
    for *key, amount in _summed(returned.values_list("recovery__loss_event", "recovery__asset", "layer")):
        borne[key[0], key[1], key[2]] = difference(borne[key[0], key[1], key[2]], amount)
    return borne


def _summed(rows: Any) -> Any:
    return rows.annotate(Sum("amount")).order_by()
