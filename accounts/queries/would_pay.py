"""Whom a loss would cost, were its event to open now: by the newest plan, and by what everybody has now."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Prefetch, Sum

from accounts.lifecycle import CoverState
from accounts.models import Account, AccountKind, Assessment, Claim, Cover, CoverShare
from accounts.models.ledger import OWN_KINDS
from accounts.models.loss_plans import plan_of
from accounts.queries.claims import used_by_claims
from accounts.queries.loss_plans import get_loss_plan
from accounts.rules.sharing.assessments import PERIOD, most_assessable
from accounts.rules.sharing.covers import CoverTerms, by_insurer
from accounts.rules.sharing.losses import Allocation, Layer, LayerMember, allocate
from accounts.rules.sharing.placing import is_in_gap
from accounts.rules.sharing.plans import LayerKind, PlannedLayer
from backstop.models import Asset
from backstop.values.amounts import ZERO, difference, total


def list_standing_covers(assets: Collection[Asset], now: datetime) -> list[tuple[Cover, CoverTerms]]:
    """Covers that an event which opens now would be covered by, by attachment, each with its terms beside what others
    have used of its aggregate."""
    standing = Cover.objects.filter(
        asset__in=assets, state=CoverState.ACTIVE, covers_from__lte=now, ends_at__gt=now
    ).select_related("asset", "group", "venue")
    shares = Prefetch("shares", CoverShare.objects.select_related("provider"))
    rows = standing.prefetch_related(shares, "covered_limits", "suspensions").order_by("attachment", "created_at")
    covers = [cover for cover in rows if not is_in_gap(cover.uninsured, now)]
    claims = Claim.objects.filter(cover__in=covers).order_by().values("cover").annotate(used=Sum(used_by_claims()))
    used = dict(claims.values_list("cover", "used"))
    return [(cover, cover.terms_at(cover.limit_at(now), used.get(cover.id, ZERO))) for cover in covers]


def allocate_as_of_now(asset: Asset, loss: Decimal, now: datetime) -> Allocation[UUID]:
    """What each layer would pay of a loss (>= 0) of the asset's venue, and in it each provider.

    Covers of the whole venue alone count, as nobody said whose account failed; everybody who contributed is obliged,
    and counts as having bid well, and nobody as having had edges of its own, since nobody knows yet. Limits of 24 hours
    and of the fund's draws are not asked.
    """
    plan = plan_of(get_loss_plan(asset.venue_id))
    accounts = list(Account.objects.filter(asset=asset, kind__in=(*OWN_KINDS, AccountKind.CONTRIBUTION)))
    own = {account.kind: max(account.free, ZERO) for account in accounts if account.provider_id is None}
    given = {account.provider_id: account for account in accounts if account.provider_id and account.posted > 0}
    covers = [
        (cover, terms) for cover, terms in list_standing_covers([asset], now) if not (cover.group or cover.account)
    ]
    copaid = total(terms.copaid(loss) for _, terms in covers)

    weights = {each: account.posted for each, account in given.items()}

    def layers_of(planned: PlannedLayer) -> list[Layer[UUID]]:
        match planned.kind:
            case LayerKind.COVERS:
                return [layer for cover, terms in covers for layer in _of_cover(cover, terms, loss)]
            case LayerKind.FUND:
                return [_layer(planned, max(difference(own.get(AccountKind.FUND, ZERO), copaid), ZERO))]
            case LayerKind.CONTRIBUTIONS_GOOD:
                free = {each: max(account.free, ZERO) for each, account in given.items()}
                return [_shared(planned, weights, free)]
            case LayerKind.ASSESSMENTS:
                called = _called_lately(asset, now)
                return [
                    _shared(planned, weights, {each: most_assessable(weights[each], called[each]) for each in given})
                ]
            case LayerKind.CONTRIBUTIONS_NONE | LayerKind.CONTRIBUTIONS_POOR:
                return []
            case _:
                return [_layer(planned, own.get(planned.kind.value, ZERO))]

    return allocate(loss, [layer for planned in plan.layers for layer in layers_of(planned)], asset.scale)


def _layer(planned: PlannedLayer, available: Decimal) -> Layer[UUID]:
    return Layer(planned.kind.value, available, per_event=planned.per_event)


def _shared(planned: PlannedLayer, weights: Mapping[UUID, Decimal], available: Mapping[UUID, Decimal]) -> Layer[UUID]:
    members = tuple(LayerMember(each, weights[each], most) for each, most in available.items())
    return Layer(planned.kind.value, None if members else ZERO, per_event=planned.per_event, members=members)


def _of_cover(cover: Cover, terms: CoverTerms, loss: Decimal) -> list[Layer[UUID]]:
    parts = {share.provider_id: share.parts for share in cover.shares.all()}
    paid = by_insurer(terms.paid(loss), parts, cover.asset.scale)
    insurers = tuple(LayerMember(each, amount, amount) for each, amount in paid.items())
    return [
        Layer(LayerKind.COVERS.value, None, members=insurers),
        Layer(LayerKind.COPAYMENT.value, terms.copaid(loss)),
    ]


def _called_lately(asset: Asset, now: datetime) -> defaultdict[UUID, Decimal]:
    rows = Assessment.objects.filter(asset=asset, called_at__gt=now - PERIOD).order_by()
    return defaultdict(Decimal, rows.values_list("provider").annotate(called=Sum(F("amount") - F("recovered"))))
