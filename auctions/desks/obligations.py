"""How well those bid who are obliged for loss events: by what the auctions of the events' books asked of them.

Guarantees that the same rows are judged the same whenever that is done: at an event's end, and by the audit.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.events import ObligationJudged
from accounts.lifecycle import LossEventState
from accounts.models import LossEvent, Obligation
from accounts.rules.sharing.quality import Quality
from auctions.desks.answers import Answers
from auctions.lifecycle import DrillState
from auctions.models import Award, Bid, Book, DrillRecord, Lot
from auctions.queries.draws import load_product_groups
from auctions.rules.quality import EXEMPT_AFTER, Asked, is_exempt, quality_of
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.values.amounts import total

Use = tuple[UUID, UUID]  # provider, product group


def judge_obligations(obligations: Sequence[Obligation], events: Mapping[UUID, LossEvent]) -> None:
    """Say of each, of these events that are final now, how well its provider bid; all of an event's are here."""
    for obligation, quality in zip(obligations, find_qualities(obligations, events), strict=True):
        obligation.judge(quality)
    save_changes(obligations)
    record_events(
        [
            ObligationJudged(
                venue_id=events[each.loss_event_id].venue_id,
                subject_id=each.loss_event_id,
                provider_id=each.provider_id,
                asset=each.asset.code,
                contribution=each.contribution,
                quality=each.quality,
            )
            for each in obligations
        ]
    )


def find_qualities(obligations: Sequence[Obligation], events: Mapping[UUID, LossEvent]) -> list[Quality]:
    """How well the provider of each bid, of which all of each event are here."""
    if not obligations:
        return []
    books = list(Book.objects.filter(loss_event__in=events))
    answers = Answers(books)
    lots = list(Lot.objects.filter(book__in=books).values_list("id", "book__loss_event", "book__asset"))
    whose = {lot_id: (event_id, asset_id) for lot_id, event_id, asset_id in lots}
    groups = load_product_groups(list(whose))
    exemptions = _Exemptions({each.provider_id for each in obligations}, [each.opened_at for each in events.values()])
    contributed: defaultdict[tuple[UUID, UUID], list[Decimal]] = defaultdict(list)
    for each in obligations:
        contributed[each.loss_event_id, each.asset_id].append(each.contribution)
    found = []
    for each in obligations:
        event = events[each.loss_event_id]
        asked: list[list[Asked]] = [
            auctions
            for lot_id, auctions in answers.asked_of(each.provider_id).items()
            if whose[lot_id] == (event.id, each.asset_id)
            and not exemptions.are_of(each.provider_id, groups[lot_id], event.opened_at)
        ]
        found.append(quality_of(asked, each.contribution, total(contributed[event.id, each.asset_id])))
    return found


class _Exemptions:
    """What providers need not bid for: what they did not trade of late, but have shown in a drill that they could."""

    def __init__(self, provider_ids: Collection[UUID], opened: Collection[datetime]) -> None:
        self._active: defaultdict[Use, list[datetime]] = defaultdict(list)
        self._drills: defaultdict[Use, list[tuple[datetime, Quality]]] = defaultdict(list)
        before: dict[str, Any] = {"provider__in": provider_ids, "created_at__lt": max(opened)}
        lately = {**before, "created_at__gte": min(opened) - EXEMPT_AFTER}
        awards = Award.objects.filter(**lately, step__lot__book__asset__shadow_of=None)
        self._note(awards.values_list("provider", "step__lot__positions__instrument__product_group", "created_at"))
        bids = Bid.objects.filter(**lately, commitment=None, auction__step__lot__book__asset__shadow_of=None)
        of_lot = "auction__step__lot__positions__instrument__product_group"
        self._note(bids.values_list("provider", of_lot, "created_at"))
        drills = DrillRecord.objects.filter(**before, drill__state=DrillState.HELD)
        of_drill = "drill__book__positions__instrument__product_group"
        for provider, group, at, quality in drills.values_list("provider", of_drill, "drill__held_at", "quality"):
            self._drills[provider, group].append((at, Quality(quality)))

    def are_of(self, provider_id: UUID, groups: Iterable[UUID], opened_at: datetime) -> bool:
        """Whether it need not bid for what is of these product groups in an event that opened then."""
        return all(self._is_of((provider_id, group), opened_at) for group in groups)

    def _is_of(self, use: Use, opened_at: datetime) -> bool:
        active_at = max((at for at in self._active[use] if at < opened_at), default=None)
        _, drill = max(((at, quality) for at, quality in self._drills[use] if at < opened_at), default=(None, None))
        return is_exempt(active_at, drill, opened_at)

    def _note(self, rows: Iterable[tuple[UUID, UUID, datetime]]) -> None:
        for provider_id, group_id, at in rows:
            self._active[provider_id, group_id].append(at)


def list_misjudged(venue_id: UUID | None) -> list[tuple[Obligation, Quality]]:
    """Obligations of a venue, or of all, that were judged otherwise than their rows say now, and how that is."""
    final = LossEvent.objects.filter(state=LossEventState.FINAL)
    of_venue = final.filter(venue=venue_id) if venue_id else final
    found = []
    for event in of_venue.filter(obligations__isnull=False).distinct().order_by("opened_at"):
        obligations = list(event.obligations.select_related("provider").order_by("asset", "provider"))
        judged = zip(obligations, find_qualities(obligations, {event.id: event}), strict=True)
        found += [(each, quality) for each, quality in judged if each.quality != quality]
    return found
