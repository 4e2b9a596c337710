"""Claims, as they are shown and as they wait."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Func, Q, QuerySet, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from accounts.lifecycle import CLAIM, ClaimState
from accounts.models import Claim, CoverShare, Provider
from accounts.rules.sharing.covers import by_insurer
from backstop.models.base import AmountField
from backstop.values.amounts import ZERO, total


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
    """How much of a cover's aggregate a claim uses, as `CoverTerms.used` says, by these paths to both."""
    insured_share = F(f"{cover}quota_share") * (1 - F(f"{cover}copay"))
    refused = Func(
        F(f"{claim}refused") / insured_share, F(f"{cover}asset__scale"), function="trunc", output_field=AmountField()
    )
    return F(f"{claim}counted") - refused


def list_claims(venue_id: UUID) -> QuerySet[Claim]:
    """A venue's claims with all that is shown of them."""
    return Claim.objects.filter(venue=venue_id).select_related("cover__asset")


def has_claim_overdue(provider: Provider) -> bool:
    """Whether a claim of a cover that it insures is overdue, or ended so with its event, for want of its own part."""
    shares = CoverShare.objects.filter(provider=provider).select_related("cover__asset")
    return any(_lacks(share) for share in shares.prefetch_related("cover__shares", "cover__claims"))


def _lacks(share: CoverShare) -> bool:
    """Whether its insurer has paid less than its part of all that was paid and is overdue."""
    shares = share.cover.shares.all()
    arrears = [claim.due for claim in share.cover.claims.all() if claim.is_in_arrears]
    parts = {each.provider_id: each.parts for each in shares}
    owed = by_insurer(total([*(each.paid for each in shares), *arrears]), parts, share.cover.asset.scale)
    return bool(arrears) and share.paid < owed[share.provider_id]


def claims_due(now: datetime) -> QuerySet[Claim]:
    """Those whose answer, decision or payment should have come by now."""
    unanswered = Q(state=ClaimState.HELD, answer_by__lte=now)
    undecided = Q(state=ClaimState.DISPUTED, decide_by__lte=now)
    return Claim.objects.filter(unanswered | undecided | Q(state=ClaimState.DUE, due_by__lte=now))
