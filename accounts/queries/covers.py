"""Covers, as they are shown and as they wait."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Prefetch, Q, QuerySet, Sum, prefetch_related_objects

from accounts.lifecycle import ClaimState, CoverState
from accounts.models import Cover, CoveredLimit, CoverPremium, CoverRate, LossEvent
from accounts.queries.claims import used_by_claims
from accounts.rules.sharing.contracts import Trigger, hash_of_contract, is_signed_by, terms_in_words
from accounts.rules.sharing.plans import asks_covers
from backstop.values.amounts import ZERO, total


def find_waiting(covers: QuerySet[Cover]) -> set[UUID]:
    """Those that wait for a loss event that they stand for, because it opened while they stood, and is not final.

    One that opened while they were suspended, or once they were exhausted, is none of theirs.
    """
    stood = list(covers.exclude(covers_from=None).prefetch_related("suspensions"))
    events = LossEvent.under_way().filter(venue__in={cover.venue_id for cover in stood})
    by_venue: defaultdict[UUID, list[LossEvent]] = defaultdict(list)
    for event in events if stood else ():
        by_venue[event.venue_id].append(event)
    return {cover.id for cover in stood if any(cover.stands_for(event) for event in by_venue[cover.venue_id])}


def list_open_limits(covers: Collection[Cover], but_for: Collection[UUID] = ()) -> dict[UUID, Decimal]:
    """The highest limit for which each of these covers, if its limit moves, stands for a loss event that is not final
    and asks covers; none of them `but_for` these."""
    moving = [cover for cover in covers if cover.levels is not None]
    if not moving:
        return {}
    venues = {cover.venue_id for cover in moving}
    rows = LossEvent.under_way().filter(venue__in=venues).exclude(id__in=but_for)
    events = asking_covers(rows.select_related("plan").prefetch_related("plan__layers"))
    return {
        cover.id: max((cover.limit_at(event.opened_at) for event in events if cover.stands_for(event)), default=ZERO)
        for cover in moving
    }


def asking_covers(events: Iterable[LossEvent]) -> list[LossEvent]:
    """Those whose plan has covers pay."""
    return [event for event in events if asks_covers(event.planned.layers)]


def list_takers(events: Collection[LossEvent]) -> dict[UUID, list[Cover]]:
    """The covers that would pay for each of these events and by which insurers may take over, by event: none that has
    nothing left to pay of it."""
    standing = Cover.objects.filter(
        venue__in={event.venue_id for event in events},
        take_edge_bps__isnull=False,
        triggers__contains=[Trigger.SHORTFALL.value],
    )
    active = standing.exclude(covers_from=None).select_related("asset")
    active = active.prefetch_related("shares__provider", "suspensions", "covered_limits", "claims")
    covers = list(active) if events else []
    takers: dict[UUID, list[Cover]] = {event.id: [] for event in events}
    if not covers:
        return takers
    prefetch_related_objects(list(events), "plan__layers")
    for event in asking_covers(events):
        takers[event.id] = [cover for cover in covers if cover.stands_for(event) and _may_pay(cover, event)]
    return takers


def _may_pay(cover: Cover, event: LossEvent) -> bool:
    limit = cover.limit_at(event.opened_at)
    others = [claim for claim in cover.claims.all() if claim.loss_event_id != event.id]
    used = total(cover.terms_at(limit).used(claim.counted, claim.spared) for claim in others)
    return cover.terms_at(limit, used).most_paid() > 0


def find_used_up(covers: QuerySet[Cover]) -> QuerySet[Cover]:
    """Those that are active and of whose aggregate claims have left nothing by what is paid of them."""
    paid = Q(claims__state__in=[ClaimState.PAID, ClaimState.CLOSED])
    active = covers.filter(state=CoverState.ACTIVE)
    used = Sum(used_by_claims("claims__", ""), filter=paid)
    return active.annotate(used=used).filter(used__gte=F("aggregate"))


def list_contract_faults(venue_id: UUID | None) -> list[str]:
    """In words, where a cover of a venue, or of all, is not the contract of its hash, or its parties' signatures (all
    of them, once it is signed) are not of that."""
    covers = Cover.objects.select_related("asset", "premium")
    covers = covers.prefetch_related("shares", "premium__factors", "signatures__public_key")
    found = []
    for cover in covers.filter(venue=venue_id) if venue_id else covers:
        content_hash = hash_of_contract(cover.text, terms_in_words(cover.contract))
        if content_hash.hex() != cover.content_hash:
            found.append(f"{cover}: text and terms make {content_hash.hex()}")
        signatures = [(each, each.public_key.content, bytes.fromhex(each.signature)) for each in cover.signatures.all()]
        forged = [each for each, key, signature in signatures if not is_signed_by(key, content_hash, signature)]
        found += [f"{cover}: it is not what {each} signed" for each in forged]
        unsigned = {None, *(share.provider_id for share in cover.shares.all())}
        unsigned -= {each.provider_id for each in cover.signatures.all()}
        if cover.signed_at and unsigned:
            found.append(f"{cover}: not signed by {', '.join(sorted(str(each or 'the venue') for each in unsigned))}")
    return found


def list_covers(venue_id: UUID) -> QuerySet[Cover]:
    """A venue's covers with all that is shown of them."""
    covers = Cover.objects.filter(venue=venue_id).select_related("asset", "premium")
    return covers.prefetch_related(
        "shares",
        "suspensions",
        Prefetch("covered_limits", CoveredLimit.objects.order_by("starts_at")),
        "premium__factors",
        "signatures__public_key",
    )


def list_premiums(venue_id: UUID) -> QuerySet[CoverPremium]:
    """What a venue's covers cost, with the rates in their order."""
    premiums = CoverPremium.objects.filter(cover__venue=venue_id).select_related("cover__asset", "account")
    return premiums.prefetch_related("cover__shares", Prefetch("rates", CoverRate.objects.order_by("starts_at")))
