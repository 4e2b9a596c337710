"""Claims, as they are shown and as they wait."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Case, Exists, ExpressionWrapper, F, Func, OuterRef, Q, QuerySet, Sum, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from accounts.lifecycle import CLAIM, ClaimState
from accounts.models import Account, AccountKind, Claim, ClusterEdge, Cover, CoverShare, Provider
from accounts.rules.sharing.own_edges import Edges, OwnEdges, edges_of_insurers, owed_by_insurers
from backstop.models.base import AmountField
from backstop.values.amounts import ZERO, total

EdgesOfEvents = defaultdict[tuple[UUID, UUID], dict[frozenset[UUID], Decimal]]  # by event and asset


@dataclass(frozen=True, slots=True)
class ClaimSums:
    """How much claims have used of an aggregate, and what of them insurers may have to pay yet."""

    used: Decimal
    open: Decimal


NO_CLAIMS = ClaimSums(ZERO, ZERO)


def sum_claims(cover_ids: Collection[UUID], but_of: Collection[UUID]) -> dict[UUID, ClaimSums]:
    """Of claims of these covers, by cover, but for those of these loss events."""
    rows = Claim.objects.filter(cover__in=cover_ids).exclude(loss_event__in=but_of)
    under_way = Q(state__in=CLAIM.under_way)
    unpaid = Coalesce(Sum(F("insured") - F("refused") - F("paid"), filter=under_way), ZERO)
    sums = rows.values("cover").annotate(used=Sum(used_by_claims()), unpaid=unpaid).order_by()
    return {cover_id: ClaimSums(used, left) for cover_id, used, left in sums.values_list("cover", "used", "unpaid")}


def used_by_claims(claim: str = "", cover: str = "cover__") -> Combinable:
    """How much of a cover's aggregate a claim uses, as `CoverTerms.used` says of what is `spared` of it: by these paths
    to both."""
    insured_share = F(f"{cover}quota_share") * (1 - F(f"{cover}copay"))
    spared = Case(
        When(**{f"{claim}state": ClaimState.CLOSED}, then=F(f"{claim}insured") - F(f"{claim}paid")),
        default=F(f"{claim}refused"),
        output_field=AmountField(),
    )
    of_layer = Func(spared / insured_share, F(f"{cover}asset__scale"), function="trunc", output_field=AmountField())
    return F(f"{claim}counted") - of_layer


def load_edges(event_ids: Collection[UUID]) -> EdgesOfEvents:
    """What these loss events count of edges paid to clusters of insurers."""
    edges: EdgesOfEvents = defaultdict(dict)
    rows = ClusterEdge.objects.filter(addend__loss_event__in=event_ids)
    for event_id, asset_id, providers, amount in rows.values_list(
        "addend__loss_event", "addend__asset", "providers", "amount"
    ):
        note_edges(edges[event_id, asset_id], {frozenset(providers): amount})
    return edges


def note_edges(edges: dict[frozenset[UUID], Decimal], more: Edges[UUID]) -> None:
    """Count these in too."""
    for cluster, amount in more.items():
        edges[cluster] = total([edges.get(cluster, ZERO), amount])


def owed_of(
    cover: Cover, paid: Decimal, claims: Iterable[tuple[Claim, Decimal]], edges: EdgesOfEvents
) -> dict[UUID, Decimal]:
    """What each insurer of the cover has paid of `paid`, all that it paid, of which so much of each of these claims."""
    parts, scale = {share.provider_id: share.parts for share in cover.shares.all()}, cover.asset.scale
    shifted = [
        (
            amount,
            OwnEdges(
                claim.insured,
                claim.added,
                claim.most,
                edges_of_insurers(edges[claim.loss_event_id, cover.asset_id], parts, scale),
            ),
        )
        for claim, amount in claims
        if claim.added
    ]
    return owed_by_insurers(paid, parts, scale, shifted)


def list_claims(venue_id: UUID) -> QuerySet[Claim]:
    """A venue's claims with all that is shown of them."""
    return Claim.objects.filter(venue=venue_id).select_related("cover__asset")


def has_claim_overdue(provider: Provider) -> bool:
    """Whether a claim of a cover that it insures is overdue, or ended so with its event, for want of its own part."""
    shares = CoverShare.objects.filter(provider=provider).select_related("cover__asset")
    return any(_lacks(share) for share in shares.prefetch_related("cover__shares", "cover__claims"))


def _lacks(share: CoverShare) -> bool:
    """Whether its insurer has paid less than its part of all that was paid and is overdue."""
    claims = share.cover.claims.all()
    arrears = {claim.id: claim.due for claim in claims if claim.is_in_arrears}
    paid = total([*(each.paid for each in share.cover.shares.all()), *arrears.values()])
    of_claims = [(claim, total([claim.paid, arrears.get(claim.id, ZERO)])) for claim in claims]
    edges = load_edges({claim.loss_event_id for claim in claims if claim.added})
    return bool(arrears) and share.paid < owed_of(share.cover, paid, of_claims, edges)[share.provider_id]


def list_overdue_claims(provider: Provider) -> QuerySet[Claim]:
    """Claims that are overdue, of which the provider lacks its part: the oldest first."""
    return Claim.objects.filter(state=ClaimState.OVERDUE, lacked_by__contains=[provider.id]).order_by(
        "due_by", "created_at"
    )


def claims_due(now: datetime) -> QuerySet[Claim]:
    """Those whose answer, decision or payment should have come by now; once they are overdue, where who lacked it has
    something to pay by, or nobody has noted yet who that is."""
    unanswered = Q(state=ClaimState.HELD, answer_by__lte=now)
    undecided = Q(state=ClaimState.DISPUTED, decide_by__lte=now)
    unpaid = Q(state=ClaimState.DUE, due_by__lte=now)
    overdue = Q(Exists(_able_to_pay()) | Q(lacked_by=[]), state=ClaimState.OVERDUE)
    return Claim.objects.filter(unanswered | undecided | unpaid | overdue)


def _able_to_pay() -> QuerySet[CoverShare]:
    """Of an outer claim, shares of those who lacked it and have something now: free, or held for a cover that does not
    lend."""
    lacked_by = ExpressionWrapper(OuterRef("lacked_by"), output_field=Claim._meta.get_field("lacked_by"))
    free = Account.objects.filter(
        kind=AccountKind.COLLATERAL,
        provider=OuterRef("provider"),
        asset=OuterRef("cover__asset"),
        posted__gt=F("held"),
    )
    lacking = CoverShare.objects.alias(lacked_by=lacked_by).filter(
        lacked_by__contains=[F("provider")]  # type: ignore[misc]
    )
    return lacking.filter(Exists(free) | Q(held__gt=0, cover__repo_limit=None), cover=OuterRef("cover"))
