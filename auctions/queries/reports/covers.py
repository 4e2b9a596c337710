"""Sections of reports about covers: what they stand for, who insures how much, what insurers paid, and what they lent
and never had back."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from accounts.models import Claim, Cover, CoveredLimit, LossEvent, LossPayment, Provider, Repo
from accounts.queries import EdgesOfEvents, load_edges, owed_of
from accounts.queries.concentration import rank_parts
from accounts.rules.sharing.plans import LayerKind
from auctions.offline.reports import Section
from auctions.queries.playbooks import get_max_cluster_parts
from auctions.queries.reports.sections import at
from backstop.values.amounts import difference, to_text


def concentration(venue_id: UUID) -> Section:
    """Each cluster's parts of all covers that stand now, the largest first."""
    most = get_max_cluster_parts(venue_id)
    rows = [
        (asset.code, name, str(parts), "no limit" if most is None else str(most))
        for asset, name, parts in rank_parts(venue_id)
    ]
    note = "Weighed by limits. A cover that would bring a cluster above the most is not activated."
    return Section("Clusters in all coverage", ("asset", "cluster", "parts of 10,000", "at most"), rows, note)


def moved_limits(venue_id: UUID, within: Mapping[str, datetime]) -> Section:
    """How limits of covers moved by their levels, the oldest first."""
    times = {f"starts_at__{name}": each for name, each in within.items()}
    moves = CoveredLimit.objects.filter(cover__venue=venue_id, **times)
    before: dict[UUID, Decimal] = {}
    earlier = CoveredLimit.objects.filter(cover__in=moves.values("cover"), starts_at__lt=within["gte"])
    for cover_id, limit in earlier.order_by("starts_at").values_list("cover", "limit"):
        before[cover_id] = limit
    rows = []
    for move in moves.select_related("cover__asset").order_by("starts_at", "cover__created_at"):
        was = before.get(move.cover_id)
        before[move.cover_id] = move.limit
        moved = "begins" if was is None else "falls" if move.limit < was else "rises"
        rows.append((*_level(move), moved, at(move.starts_at)))
    columns = ("cover", "asset", "of a limit of", "covers", "level", "regime", "worst rating", "moved", "from")
    note = "By the levels of their contracts. A fall comes after the cover's notice, and for no event that is open."
    return Section("Limits of covers that moved", columns, rows, note)


def never_repaid(venue_id: UUID, within: Mapping[str, datetime]) -> Section:
    """What of repos was written off then, the oldest first."""
    times = {f"written_off_at__{name}": each for name, each in within.items()}
    repos = Repo.objects.filter(venue=venue_id, **times).select_related("cover__asset")
    rows = [
        (
            _called(repo.cover),
            repo.cover.asset.code,
            *map(to_text, (repo.amount, difference(repo.amount, repo.written_off), repo.written_off)),
            at(repo.due_at),
            at(repo.written_off_at),
        )
        for repo in repos.order_by("written_off_at", "due_at")
    ]
    columns = ("cover", "asset", "lent", "came back", "never repaid", "due", "written off")
    note = "Lent to the fund by the insurers of these covers, each its part. Nothing was pledged for it any more."
    return Section("What the fund never repaid", columns, rows, note)


def covered(event: LossEvent) -> Section:
    """Of each cover that was asked, which limit the event has, and what of it was used."""
    claims = Claim.objects.filter(loss_event=event).select_related("cover__asset")
    rows = [
        (
            _called(claim.cover),
            claim.cover.asset.code,
            *map(to_text, (claim.cover.attachment, claim.cover.limit, claim.cover.limit_at(event.opened_at))),
            *map(to_text, (claim.counted, claim.insured, claim.refused, claim.paid)),
            claim.state,
        )
        for claim in claims.prefetch_related("cover__covered_limits").order_by("cover__attachment", "created_at")
    ]
    columns = (
        *("cover", "asset", "attachment", "limit", "covered as it opened"),
        *("counted", "insured", "refused", "paid", "claim"),
    )
    return Section("What covers stood for", columns, rows, "A later fall or rise of a limit changes nothing of these.")


def insurers(events: Collection[LossEvent]) -> Section:
    """What each insurer paid of these events, and what of that edges to its own cluster made more or less."""
    of_events = Claim.objects.filter(loss_event__in=events)
    in_order = of_events.order_by("loss_event__opened_at", "cover__attachment", "created_at")
    claims = in_order.select_related("cover__asset").prefetch_related("cover__shares")
    sums: defaultdict[UUID, dict[UUID, Decimal]] = defaultdict(dict)
    payments = LossPayment.objects.filter(claim__in=of_events, layer=LayerKind.COVERS.value).order_by()
    for claim_id, provider_id, amount in payments.values_list("claim", "provider").annotate(Sum("amount")):
        sums[claim_id][provider_id] = amount
    edges = load_edges({claim.loss_event_id for claim in claims if claim.added})
    paying = {provider_id for paid in sums.values() for provider_id in paid}
    names = dict(Provider.objects.filter(id__in=paying).values_list("id", "name"))
    rows = [
        (
            str(claim.loss_event_id),
            _called(claim.cover),
            claim.cover.asset.code,
            names[provider_id],
            *map(to_text, (amount, _by_edges(claim, edges)[provider_id])),
        )
        for claim in claims
        for provider_id, amount in sorted(sums[claim.id].items(), key=lambda each: names[each[0]])
    ]
    note = "Of what is due, edges to their own clusters ask more of some insurers, and less of the others."
    columns = ("loss event", "cover", "asset", "insurer", "paid", "asked of it more by edges")
    return Section("What insurers paid", columns, rows, note)


def own_edges(event: LossEvent) -> Section:
    """By cover: what edges to its insurers' own clusters added, and to whom these were paid."""
    claims = list(Claim.objects.filter(loss_event=event, added__gt=0).select_related("cover__asset"))
    edges = load_edges([event.id] if claims else [])
    names = dict(Provider.objects.filter(venue=event.venue_id).values_list("id", "name")) if claims else {}
    rows = [
        (
            _called(claim.cover),
            ", ".join(sorted(names[each] for each in cluster)),
            claim.cover.asset.code,
            *map(to_text, (amount, claim.insured, claim.added)),
        )
        for claim in claims
        for cluster, amount in edges[event.id, claim.cover.asset_id].items()
    ]
    note = "Above what commitments were given. The insurers among them pay alone what it adds, up to their limits."
    columns = ("cover", "cluster", "asset", "edges", "insured", "of it added")
    return Section("Edges to insurers' own clusters", columns, rows, note)


def _by_edges(claim: Claim, edges: EdgesOfEvents) -> dict[UUID, Decimal]:
    """How much more of what a claim paid than its part each insurer is asked for; below zero: less."""
    shared = owed_of(claim.cover, claim.paid, [], edges)
    shifted = owed_of(claim.cover, claim.paid, [(claim, claim.paid)], edges)
    return {name: difference(shifted[name], shared[name]) for name in shared}


def _level(move: CoveredLimit) -> tuple[str, ...]:
    cover = move.cover
    amounts = (cover.limit, move.limit, move.level)
    return (_called(cover), cover.asset.code, *map(to_text, amounts), move.regime, move.bucket)


def _called(cover: Cover) -> str:
    return cover.content_hash[:8]
