"""Sections that more than one report has."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from accounts.models import ApiKey, LossAddend, LossEvent, LossRecovery
from accounts.queries import list_owed, sum_borne
from accounts.rules.sharing.plans import LayerKind
from auctions.offline.reports import Section
from backstop.models import Asset, Event
from backstop.values.amounts import ZERO, to_text, total

MOST_DECISIONS = 5000
BY_KEY = "key:"
EXPLAINED = Q(payload__has_key="reason") & ~Q(payload__reason="")  # by a person, or for one
OWED = "owed"


def at(instant: datetime | None) -> str:
    """An instant in words; a dash for none."""
    return "" if instant is None else instant.strftime("%Y-%m-%d %H:%M:%S UTC")


def who_paid(events: Collection[LossEvent]) -> Section:
    """What each layer bore of these events, net of what came back, and what stands as their debt."""
    ids = [event.id for event in events]
    codes = dict(Asset.objects.filter(venue__in={event.venue_id for event in events}).values_list("id", "code"))
    borne = dict(sum_borne(ids))
    for addend, amount in list_owed(ids):
        key = (addend.loss_event_id, addend.asset_id, OWED)
        borne[key] = total([borne.get(key, ZERO), amount])
    rows = [
        (str(event_id), codes[asset_id], layer, to_text(amount))
        for (event_id, asset_id, layer), amount in sorted(borne.items(), key=_rank)
        if amount
    ]
    note = (
        "By the layers of the plan that each event opened with, net of what came back. UNALLOCATED is nobody's; what "
        f"is {OWED} is paid by the layers after the fund once the event is final."
    )
    return Section("Who paid", ("loss event", "asset", "layer", "amount"), rows, note)


def _rank(borne: tuple[tuple[UUID, UUID, str], Decimal]) -> tuple[str, str, int]:
    """Events and assets apart, layers as they pay, and last what nobody has paid yet."""
    event_id, asset_id, layer = borne[0]
    return str(event_id), str(asset_id), [*LayerKind, OWED].index(layer)


def costs(events: Collection[LossEvent]) -> Section:
    """What each of these events cost, and what came back of it."""
    addends = LossAddend.objects.filter(loss_event__in=events).select_related("asset").order_by("created_at", "id")
    recovered = LossRecovery.objects.filter(loss_event__in=events)
    back: dict[tuple[UUID, UUID], Decimal] = {}
    for row in recovered:
        key = (row.loss_event_id, row.asset_id)
        back[key] = total([back.get(key, ZERO), row.amount])
    sums: dict[tuple[UUID, UUID], list[LossAddend]] = {}
    for addend in addends:
        sums.setdefault((addend.loss_event_id, addend.asset_id), []).append(addend)
    rows = [
        (
            str(event_id),
            of[0].asset.code,
            to_text(total(each.amount for each in of)),
            to_text(total(each.advances for each in of)),
            to_text(back.get((event_id, asset_id), ZERO)),
        )
        for (event_id, asset_id), of in sums.items()
    ]
    columns = ("loss event", "asset", "cost", "of it advances of the fund", "came back")
    return Section("What it cost", columns, rows)


def decisions(which: Q) -> Section:
    """Who decided what: events of these by users and keys, the oldest first, and not what sweeps do by rule."""
    told = Event.of_people().filter(which).order_by("id")
    shown = list(told[:MOST_DECISIONS])
    names = _names_of({event.actor for event in shown})
    rows = [
        (at(each.created_at), names.get(each.actor, each.actor), each.kind, _reason(each.payload)) for each in shown
    ]
    left = told.count() - len(rows)
    rows = list(dict.fromkeys(rows))  # what each insurer of a cover was told is one
    note = "By users of the admin (`user:`) and keys (`key:`, by their public part, and whose); sweeps go by rule."
    return Section("Who decided what", ("at", "who", "what", "why"), rows, note + (f" {left} more." if left else ""))


def everyday(which: Q) -> Section:
    """How often users and keys did what of these events, of which nobody has to say why."""
    told = Event.of_people().filter(which).values_list("kind").annotate(times=Count("*")).order_by("kind")
    return Section("What else they did", ("what", "how often"), [(kind, str(count)) for kind, count in told])


def _reason(payload: Any) -> str:
    return str(payload.get("reason", ""))


def _names_of(actors: Collection[str]) -> dict[str, str]:
    """Keys as they are shown beside whose they are."""
    prefixes = [actor.removeprefix(BY_KEY) for actor in actors if actor.startswith(BY_KEY)]
    keys = ApiKey.objects.filter(prefix__in=prefixes).select_related("provider", "venue")
    return {
        f"{BY_KEY}{key.prefix}": f"{BY_KEY}{key.prefix} ({key.person or key.provider or key.venue})" for key in keys
    }
