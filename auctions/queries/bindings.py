"""What binds a provider's money: one row for each hold of its collateral, and for whatever else keeps it from leaving.

What a commitment offers binds nothing until it is awarded or bid. What its equity at the venue lacks, which bars all of
it too, is told by its exposure.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import Q, TextChoices

from accounts.lifecycle import (
    ASSESSMENT,
    CLAIM,
    DEFAULT,
    REPO,
    AssessmentState,
    ClaimState,
    WithdrawalState,
)
from accounts.models import (
    Account,
    AccountKind,
    Assessment,
    CoverShare,
    LossEvent,
    Provider,
    ProviderDefault,
    Vault,
    VaultWithdrawal,
)
from accounts.queries import list_overdue_claims, obliging
from accounts.rules.sharing.covers import by_insurer, pledge_of
from auctions.lifecycle import FAULT, SETTLEMENT, BidState, CutBidState, FaultState, ReadinessState
from auctions.models import Award, Bid, CutBid, ProviderFault, Readiness
from backstop.models import Asset
from backstop.models.base import Row
from backstop.values.amounts import difference, total

_NEVER = datetime.max.replace(tzinfo=UTC)


class BindingKind(TextChoices):
    """What it is that binds, and why."""

    BID = "BID", "a live bid holds what it may have to pay until its auction closes, unless it is awarded something"
    CUT_BID = "CUT_BID", "units that a sealed auction cut back stay firm until the lot's next Dutch auction has ended"
    READINESS = "READINESS", "a firm word to take units stands until its Dutch auction has ended"
    AWARD = "AWARD", "an award holds what it needs until it is settled or has failed"
    FAULT = "FAULT", "an award failed by the provider's fault, which what it held answers for until that is decided"
    COVER = "COVER", "a cover's pledge stands for its term, and until the loss events are final that it stands for"
    CLAIM = (
        "CLAIM",
        "a claim may ask the provider's part yet, until its loss event is final; while it is overdue nothing leaves",
    )
    LINE = "LINE", "a cover may lend the provider's part of it to the venue's fund"
    LOAN = "LOAN", "a cover lent it to the venue's fund: it stands in no account here until it comes back"
    ASSESSMENT = "ASSESSMENT", "the provider is called for what a loss event cost: nothing leaves until that is paid"
    CONTRIBUTION = "CONTRIBUTION", "the provider is obliged for loss events that are not final"
    DEFAULT = "DEFAULT", "the provider is in default, or declared so: nothing leaves"
    VAULT = "VAULT", "the collateral is a pool of deposits: it leaves for its depositors' shares alone"
    WITHDRAWAL = "WITHDRAWAL", "shares of a depositor are paid for first, once they are due"


OFFERS = frozenset({BindingKind.BID, BindingKind.CUT_BID, BindingKind.READINESS})


@dataclass(frozen=True, slots=True)
class Binding:
    """So much of an account is bound by this row. Time alone frees it at `until`, as it stands now, or later; None:
    not known yet, or not told, or somebody decides. No `amount`: whatever else is there does not leave; no `asset`: of
    any; no `account`: it is away."""

    kind: BindingKind
    row: Row | None
    until: datetime | None
    amount: Decimal | None = None
    asset: Asset | None = None
    account: AccountKind | None = AccountKind.COLLATERAL


def list_bindings(provider: Provider) -> list[Binding]:
    """All that binds a provider's money now, what ends first in front. Drills, which are of no money, bind none.

    Amounts of an account of collateral sum to what is held of it; of a contribution all is bound, or nothing.
    """
    parts = (_offers, _awards, _covers, _contributions, _assessments, _defaults, _pools)
    found = [binding for part in parts for binding in part(provider)]
    return sorted(found, key=lambda each: (each.until or _NEVER, each.kind, each.row and each.row.id))


def hide_offers(bindings: Iterable[Binding]) -> list[Binding]:
    """The same for others than the provider: what it offers in open auctions stands in one sum a kind and asset, which
    names no auction: neither its row nor its close."""
    sums: defaultdict[tuple[BindingKind, Asset | None], list[Binding]] = defaultdict(list)
    shown = []
    for each in bindings:
        if each.kind in OFFERS:
            sums[each.kind, each.asset].append(each)
        else:
            shown.append(each)
    for (kind, asset), offers in sums.items():
        shown.append(Binding(kind, None, None, total(each.amount for each in offers if each.amount), asset))
    return shown


def _offers(provider: Provider) -> Iterator[Binding]:
    own, asset_of = {"provider": provider, "held__gt": 0}, "auction__step__lot__book__asset"
    real = {f"{asset_of}__shadow_of": None}
    for bid in Bid.objects.filter(**own, **real, state=BidState.LIVE).select_related(asset_of):
        auction = bid.auction
        expires = [bid.expires_at] if bid.expires_at and not bid.is_carried_over else []
        yield Binding(BindingKind.BID, bid, min([auction.closes_at, *expires]), bid.held, auction.step.lot.book.asset)
    for ready in Readiness.objects.filter(**own, **real, state=ReadinessState.LIVE).select_related(asset_of):
        asset = ready.auction.step.lot.book.asset
        yield Binding(BindingKind.READINESS, ready, ready.auction.closes_at, ready.held, asset)
    cuts = CutBid.objects.filter(**own, state=CutBidState.LIVE, lot__book__asset__shadow_of=None)
    for cut in cuts.select_related("bid", "waits_in", "lot__book__asset"):
        until = cut.waits_in.closes_at if cut.waits_in else None
        yield Binding(BindingKind.CUT_BID, cut.bid, until, cut.held, cut.lot.book.asset)


def _awards(provider: Provider) -> Iterator[Binding]:
    unsettled = {"settlement__state__in": SETTLEMENT.under_way, "collateral_held__gt": 0}
    awards = Award.objects.filter(provider=provider, **unsettled, step__lot__book__asset__shadow_of=None)
    for award in awards.select_related("settlement", "step__lot__book__asset"):
        until, asset = award.settlement.confirm_by, award.step.lot.book.asset
        yield Binding(BindingKind.AWARD, award.settlement, until, award.collateral_held, asset)
    faults = ProviderFault.objects.filter(provider=provider, state__in=FAULT.under_way, held__gt=0)
    for fault in faults.select_related("book__asset"):
        contested = fault.state == FaultState.CONTESTED
        until = fault.decide_until if contested else fault.contest_until
        yield Binding(BindingKind.FAULT, fault, until, fault.held, fault.book.asset)


def _covers(provider: Provider) -> Iterator[Binding]:
    binding = Q(held__gt=0) | Q(cover__drawn__gt=0) | Q(cover__in=list_overdue_claims(provider).values("cover"))
    shares = list(
        CoverShare.objects.filter(binding, provider=provider)
        .select_related("cover__asset")
        .prefetch_related("cover__shares", "cover__suspensions", "cover__repos", "cover__claims__loss_event")
    )
    events = LossEvent.under_way().filter(venue=provider.venue_id)
    for share in shares:
        yield from _pledged(share, events)
        yield from _lent(share)
        yield from _owed_late(share)


def _pledged(share: CoverShare, events: Iterable[LossEvent]) -> Iterator[Binding]:
    """What is held for a cover stands for what it may lend first, then for its claims, and the rest for losses."""
    cover, left = share.cover, share.held
    claims = [claim for claim in cover.claims.all() if claim.state in CLAIM.under_way]
    asked: list[tuple[BindingKind, Row, Decimal, datetime | None]] = [
        (BindingKind.LINE, cover, cover.undrawn, cover.ends_at),
        *((BindingKind.CLAIM, claim, claim.open, claim.loss_event.final_by) for claim in claims),
    ]
    for kind, row, amount, until in asked:
        part = min(pledge_of(amount, share.parts, cover.funding_rate, cover.asset.scale), left)
        left = difference(left, part)
        if part:
            yield Binding(kind, row, until, part, cover.asset)
    if left:
        assert cover.ends_at is not None  # nothing is held before it stands
        stands_until = max([cover.ends_at, *(event.final_by for event in events if cover.stands_for(event))])
        yield Binding(BindingKind.COVER, cover, stands_until, left, cover.asset)


def _lent(share: CoverShare) -> Iterator[Binding]:
    """Its part of what was drawn and is owed: until all of that is due."""
    cover = share.cover
    owed = [repo for repo in cover.repos.all() if repo.state in REPO.under_way]
    if not owed:
        return
    parts = {each.provider_id: each.parts for each in cover.shares.all()}
    part = by_insurer(total(repo.left for repo in owed), parts, cover.asset.scale)[share.provider_id]
    until = max(repo.due_at for repo in owed)
    yield Binding(BindingKind.LOAN, cover, until, part, cover.asset, account=None)


def _owed_late(share: CoverShare) -> Iterator[Binding]:
    """What it lacks of claims that are overdue: until their events are final nothing leaves."""
    for claim in share.cover.claims.all():
        if claim.state == ClaimState.OVERDUE and share.provider_id in claim.lacked_by:
            yield Binding(BindingKind.CLAIM, claim, claim.loss_event.final_by)


def _contributions(provider: Provider) -> Iterator[Binding]:
    last = obliging(provider).order_by("-final_by").first()
    if last is None:
        return
    kind = AccountKind.CONTRIBUTION
    for account in Account.objects.filter(provider=provider, kind=kind, posted__gt=0).select_related("asset"):
        yield Binding(BindingKind.CONTRIBUTION, last, last.final_by, account.posted, account.asset, kind)


def _assessments(provider: Provider) -> Iterator[Binding]:
    called = Assessment.objects.filter(provider=provider, state__in=ASSESSMENT.under_way)
    for row in called.select_related("asset"):
        until = row.due_by if row.state == AssessmentState.DUE else None
        yield Binding(BindingKind.ASSESSMENT, row, until, row.held, row.asset)


def _defaults(provider: Provider) -> Iterator[Binding]:
    rows = ProviderDefault.objects.filter(provider=provider, state__in=DEFAULT.under_way)
    for row in rows.select_related("loss_event"):
        until = row.loss_event.final_by if row.loss_event else row.confirm_by
        yield Binding(BindingKind.DEFAULT, row, until)


def _pools(provider: Provider) -> Iterator[Binding]:
    for vault in Vault.objects.filter(provider=provider, ended_at=None).select_related("asset"):
        yield Binding(BindingKind.VAULT, vault, None, asset=vault.asset)
    queued = VaultWithdrawal.objects.filter(vault__provider=provider, state=WithdrawalState.QUEUED)
    for row in queued.select_related("vault__asset"):
        yield Binding(BindingKind.WITHDRAWAL, row, row.due_at, asset=row.vault.asset)
