"""Who is obliged for what loss events owe at their end, and how well each bid: by what the auctions of their books
asked of it until then.

Guarantees that the same rows are judged the same whenever that is done: at an event's end, and by the audit.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.events import ObligationJudged
from accounts.lifecycle import LossEventState
from accounts.models import Contribution, LossEvent, Obligation
from accounts.queries import list_contributions
from accounts.rules.sharing.quality import Quality
from auctions.desks.answers import Answers
from auctions.lifecycle import DrillState
from auctions.models import Book, DrillRecord, Lot
from auctions.queries.activity import list_activity
from auctions.queries.draws import load_product_groups
from auctions.rules.quality import EXEMPT_AFTER, is_exempt, quality_of
from backstop.record import record_events
from backstop.values.amounts import total

Use = tuple[UUID, UUID]  # provider, product group
Owed = Collection[tuple[UUID, UUID]]  # by event and asset


def judge_obligations(events: Mapping[UUID, LossEvent], owed: Owed, now: datetime) -> None:
    """Write who is obliged for what these events owe, which are final now, and how well each bid."""
    obligations = _obliged(events, owed)
    for each, quality in zip(obligations, find_qualities(obligations, events, now), strict=True):
        each.quality = quality.value
    Obligation.objects.bulk_create(obligations)
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


def find_qualities(
    obligations: Sequence[Obligation], events: Mapping[UUID, LossEvent], until: datetime
) -> list[Quality]:
    """How well the provider of each bid until then, of which all of each event and asset are here."""
    if not obligations:
        return []
    of_events = {each.loss_event_id for each in obligations}
    books = list(Book.objects.filter(loss_event__in=of_events))
    answers = Answers(books, until)
    lots: defaultdict[tuple[UUID, UUID], list[UUID]] = defaultdict(list)
    for lot_id, event_id, asset_id in Lot.objects.filter(book__in=books).values_list(
        "id", "book__loss_event", "book__asset"
    ):
        lots[event_id, asset_id].append(lot_id)
    groups = load_product_groups([lot_id for of_event in lots.values() for lot_id in of_event])
    exemptions = _Exemptions(
        {each.provider_id for each in obligations}, {events[event_id].opened_at for event_id in of_events}
    )
    contributed: defaultdict[tuple[UUID, UUID], list[Decimal]] = defaultdict(list)
    for each in obligations:
        contributed[each.loss_event_id, each.asset_id].append(each.contribution)
    of_all = {key: total(amounts) for key, amounts in contributed.items()}
    found = []
    for each in obligations:
        key, opened_at = (each.loss_event_id, each.asset_id), events[each.loss_event_id].opened_at
        own = [lot for lot in lots[key] if not exemptions.are_of(each.provider_id, groups[lot], opened_at)]
        found.append(quality_of(answers.asked_of(each.provider_id, own), each.contribution, of_all[key]))
    return found


def _obliged(events: Mapping[UUID, LossEvent], owed: Owed) -> list[Obligation]:
    """All who stood behind these events as they opened, with what is owed in; but who is in default, for its own."""
    guarantees = {event.guarantee_id for event in events.values()}
    stood: defaultdict[tuple[UUID | None, UUID], list[Contribution]] = defaultdict(list)
    for each in list_contributions(guarantees, {asset_id for _, asset_id in owed}) if owed else ():
        stood[each.guarantee_id, each.asset_id].append(each)
    return [
        Obligation(
            loss_event_id=event_id, provider_id=each.provider_id, asset=each.asset, contribution=each.amount, quality=""
        )
        for event_id, asset_id in sorted(owed)
        for each in stood[events[event_id].guarantee_id, asset_id]
        if each.provider_id != _defaulter(events[event_id])
    ]


def _defaulter(event: LossEvent) -> UUID | None:
    default = getattr(event, "default", None)
    return default and default.provider_id


class _Exemptions:
    """What providers need not bid for: what they did not trade of late, but have shown in a drill that they could."""

    def __init__(self, provider_ids: Collection[UUID], opened: Collection[datetime]) -> None:
        self._active: defaultdict[tuple[Use, datetime], list[datetime]] = defaultdict(list)
        self._drills: defaultdict[Use, list[tuple[datetime, Quality]]] = defaultdict(list)
        instants = sorted(opened)
        for provider_id, group_id, newest in list_activity(provider_ids, instants, EXEMPT_AFTER):
            for opened_at, active_at in zip(instants, newest, strict=True):
                if active_at is not None:
                    self._active[(provider_id, group_id), opened_at].append(active_at)
        drills = DrillRecord.objects.filter(
            provider__in=provider_ids, created_at__lt=instants[-1], drill__state=DrillState.HELD
        )
        of_drill = "drill__book__positions__instrument__product_group"
        rows = drills.values_list("provider", of_drill, "drill__held_at", "quality").distinct()
        for provider, product_group, at, quality in rows:
            self._drills[provider, product_group].append((at, Quality(quality)))

    def are_of(self, provider_id: UUID, groups: Iterable[UUID], opened_at: datetime) -> bool:
        """Whether it need not bid for what is of these product groups in an event that opened then."""
        return all(self._is_of((provider_id, group), opened_at) for group in groups)

    def _is_of(self, use: Use, opened_at: datetime) -> bool:
        active_at = max(self._active[use, opened_at], default=None)
        _, drill = max(((at, quality) for at, quality in self._drills[use] if at < opened_at), default=(None, None))
        return is_exempt(active_at, drill, opened_at)


def list_misjudged(venue_id: UUID | None) -> list[tuple[Obligation, Quality]]:
    """Obligations of a venue, or of all, that were judged otherwise than their rows say now, and how that is."""
    final = LossEvent.objects.filter(state=LossEventState.FINAL)
    of_venue = final.filter(venue=venue_id) if venue_id else final
    found = []
    for event in of_venue.filter(obligations__isnull=False).distinct().order_by("opened_at"):
        assert event.final_at is not None
        obligations = list(event.obligations.select_related("provider").order_by("asset", "provider"))
        judged = zip(obligations, find_qualities(obligations, {event.id: event}, event.final_at), strict=True)
        found += [(each, quality) for each, quality in judged if each.quality != quality]
    return found
