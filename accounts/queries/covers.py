"""Covers, as they are shown and as they wait."""

from uuid import UUID

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Least

from accounts.lifecycle import CoverState, LossEventState
from accounts.models import Cover, CoverPremium, CoverRate, CoverSuspension, LossEvent
from accounts.queries.groups import load_clusters
from accounts.rules.sharing.contracts import hash_of_contract, is_signed_by, terms_in_words


def find_waiting(covers: QuerySet[Cover]) -> set[UUID]:
    """Those that wait for a loss event that they stand for, because it opened while they stood, and is not final.

    One that opened while they were suspended, or once they were exhausted, is none of theirs.
    """
    suspended = CoverSuspension.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=OuterRef("opened_at")),
        cover=OuterRef("venue__covers__id"),
        starts_at__lte=OuterRef("opened_at"),
    )
    stood = LossEvent.objects.exclude(state=LossEventState.FINAL).filter(
        venue__covers__in=covers,
        opened_at__gte=F("venue__covers__covers_from"),
        opened_at__lt=Least("venue__covers__ends_at", "venue__covers__exhausted_at"),  # of one that is null: the other
    )
    stood = stood.annotate(is_suspended=Exists(suspended)).filter(is_suspended=False)
    of_cover = ("venue__covers__id", "venue__covers__group_id", "venue__covers__account")
    rows = list(stood.values_list(*of_cover, "venue_id", "cluster_id", "account"))
    clusters = load_clusters({venue_id for _, group_id, _, venue_id, _, _ in rows if group_id})
    return {
        cover_id
        for cover_id, group_id, own, _, cluster_id, account in rows
        if (cluster_id in clusters.members(group_id) if group_id else own in ("", account))
    }


def find_used_up(covers: QuerySet[Cover]) -> QuerySet[Cover]:
    """Those that are active and of whose aggregate claims have left nothing."""
    active = covers.filter(state=CoverState.ACTIVE)
    return active.annotate(used=Sum("claims__counted")).filter(used__gte=F("aggregate"))


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
    return covers.prefetch_related("shares", "premium__factors", "signatures__public_key")


def list_premiums(venue_id: UUID) -> QuerySet[CoverPremium]:
    """What a venue's covers cost, with the rates in their order."""
    premiums = CoverPremium.objects.filter(cover__venue=venue_id).select_related("cover__asset", "account")
    return premiums.prefetch_related("cover__shares", Prefetch("rates", CoverRate.objects.order_by("starts_at")))
