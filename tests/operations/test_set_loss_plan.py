"""A loss plan is set version by version, and the database keeps the first tranche first too."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.models import LossLayer, LossPlan
from accounts.operations.terms.set_loss_plan import set_loss_plan
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.plans import DEFAULT_PLAN, LayerKind, PlannedLayer
from tests import builders as build
from tests.builders import perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db

LAYERS = (PlannedLayer(LayerKind.FIRST_TRANCHE, Decimal(50), Decimal(70)), PlannedLayer(LayerKind.FUND))


def put(venue, layers=LAYERS, reason="a test") -> LossPlan:
    return perform(set_loss_plan, venue_id=venue.id, layers=layers, reason=reason)


def test_each_version_follows_the_one_before_and_says_what_it_was_set_to() -> None:
    venue = build.a_venue()
    first, second = put(venue), put(venue, DEFAULT_PLAN)
    assert (first.version, second.version) == (1, 2)
    assert (first.planned.layers, second.planned.layers) == (LAYERS, DEFAULT_PLAN)
    assert put(build.a_venue()).version == 1


def test_without_a_reason_and_out_of_order_nothing_is_set() -> None:
    venue = build.a_venue()
    with refused(AccountRefusal.REASON_MISSING):
        put(venue, reason=" ")
    with refused(AccountRefusal.LOSS_PLAN_REFUSED):
        put(venue, LAYERS[::-1])
    assert not LossPlan.objects.exists()


@pytest.mark.parametrize(("rank", "kind"), [(3, "FUND"), (4, "FIRST_TRANCHE"), (2, "FUND")])
def test_the_database_lets_nothing_rank_before_the_first_tranche(rank, kind) -> None:
    plan = LossPlan.objects.create(venue=build.a_venue(), version=1, reason="a test")
    with pytest.raises(IntegrityError, match="loss_layer_first_tranche_first"), transaction.atomic():
        LossLayer.objects.create(plan=plan, rank=rank, kind=kind)
