"""The links of Dutch auctions: what each take was priced by is kept with it, and all of it is signed at the end."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from accounts.rules.clusters import Clusters
from auctions.desks.chain import Chain, Names, given_by, means_of, texts_of
from auctions.desks.work import Remainder
from auctions.models import Auction, Award, Readiness, Take
from auctions.offline.documents import read_document
from auctions.offline.inputs import parse
from auctions.rules.chain.links import Act, DutchTerms, Judging, LinkKind, Pricing, Ready, Taken

T = TypeVar("T")


def pricing_of(
    work: Remainder, auction: Auction, marks: Mapping[UUID, Decimal], at: datetime, kept_units: int = 0
) -> Pricing:
    """By what a take at this instant is priced, at these marks, where so many units are not to be had."""
    shown_at = auction.last_beat.shown_at(at, auction.opens_at)
    return Pricing(_terms(auction), shown_at, means_of(work, marks), kept_units)


@dataclass(frozen=True, slots=True)
class EndedAuction:
    """A Dutch auction that ended; `undecided` is why what was left could not be given, or empty."""

    work: Remainder
    auction: Auction
    clusters: Clusters[UUID]
    undecided: str = ""


def add_dutch_links(chain: Chain, ended: Sequence[EndedAuction]) -> None:
    """Say what these were decided by; all that was taken in them is written."""
    ids = [each.auction.id for each in ended]
    if not ids:
        return
    takes: dict[UUID, list[Take]] = defaultdict(list)
    for take in (
        Take.objects.filter(auction__in=ids)
        .select_related("provider", "readiness", "cut_bid__bid")
        .order_by("created_at")
    ):
        takes[take.auction_id].append(take)
    ready: dict[UUID, list[Readiness]] = defaultdict(list)
    for stands in Readiness.objects.filter(auction__in=ids).select_related("provider", "take").order_by("place"):
        ready[stands.auction_id].append(stands)
    awards: dict[UUID, list[Award]] = defaultdict(list)
    lots = {each.work.lot.id for each in ended}
    for award in Award.objects.filter(step__lot__in=lots).select_related("step", "settlement"):
        awards[award.step.lot_id].append(award)
    for each in ended:
        _add(chain, each, takes[each.auction.id], ready[each.auction.id], awards[each.work.lot.id])


def _add(
    chain: Chain, each: EndedAuction, takes: Sequence[Take], ready: Sequence[Readiness], awards: Sequence[Award]
) -> None:
    auction, clusters, names = each.auction, each.clusters, Names()
    by_take: dict[UUID | None, list[Award]] = defaultdict(list)
    for award in awards:
        by_take[award.take_id].append(award)
    chain.add_step(
        LinkKind.DUTCH,
        each.work,
        awards,
        auction_id=auction.id,
        units=auction.units,
        min_take_units=auction.min_take_units,
        closes_at=auction.closes_at,
        terms=_terms(auction),
        judged=_judging(auction, names),
        ready=tuple(_ready(stands, clusters, names) for stands in ready),
        takes=tuple(_taken(take, by_take[take.id], each, names) for take in _in_order(takes, by_take)),
        undecided=each.undecided,
        marks=texts_of(auction.marks),
    )


def _in_order(takes: Sequence[Take], awards: Mapping[UUID | None, Sequence[Award]]) -> list[Take]:
    """As they were given their units: what the end gave to the ready by their places."""
    first_units = {take.id: min((award.first_unit for award in awards[take.id]), default=0) for take in takes}
    return sorted(takes, key=lambda take: (_place_of(take) or 0, take.created_at, first_units[take.id]))


def _place_of(take: Take) -> int | None:
    return take.readiness.place if hasattr(take, "readiness") else None


def _terms(auction: Auction) -> DutchTerms:
    assert auction.curve is not None
    return DutchTerms(
        opens_at=auction.opens_at,
        priority_seconds=auction.priority_seconds,
        halted_seconds=auction.halted_seconds,
        curve=auction.curve,
        reserve_edge_bps=auction.reserve_edge_bps,
        uncontested_cap_bps=auction.uncontested_cap_bps,
        ready_seconds=auction.ready_seconds,
        contested=auction.contested,
    )


def _judging(auction: Auction, names: Names) -> Judging | None:
    if auction.judged_by is None:
        return None
    judged = _kept(Judging, auction.judged_by)
    return replace(judged, acts=tuple(_act(act, names) for act in judged.acts))


def _act(act: Act, names: Names) -> Act:
    provider = None if act.provider is None else names.of(UUID(act.provider))
    return replace(act, group=names.of(UUID(act.group)), provider=provider)


def _ready(stands: Readiness, clusters: Clusters[UUID], names: Names) -> Ready:
    return Ready(
        place=stands.place,
        provider=names.of(stands.provider_id),
        group=names.of(clusters.of(stands.provider.group_id)),
        declared_at=stands.created_at,
        units=stands.units,
        units_left=stands.units_left + (stands.take.units if stands.take else 0),
        void=stands.void_reason,
        max_drift_bps=stands.max_drift_bps,
        marks=None if stands.marks is None else texts_of(stands.marks),
    )


def _taken(take: Take, awards: Sequence[Award], ended: EndedAuction, names: Names) -> Taken:
    cut = take.cut_bid if hasattr(take, "cut_bid") else None
    return Taken(
        provider=names.of(take.provider_id),
        group=names.of(ended.clusters.of(take.provider.group_id)),
        taken_at=take.created_at,
        ready=_place_of(take),
        max_units=take.max_units,
        min_units=take.min_units,
        edge_floor_bps=take.edge_floor_bps,
        units=take.units,
        edge_bps=take.edge_bps,
        pricing=None if take.priced_by is None else _kept(Pricing, take.priced_by),
        given=given_by(awards),
        cut=None if cut is None else cut.place,
        max_drift_bps=None if cut is None else cut.bid.drift_limit_bps(ended.work.playbook.max_drift_bps),
    )


def _kept(kind: type[T], document: Any) -> T:
    """What was kept as JSON when it was decided."""
    return read_document(kind, parse(json.dumps(document)))
