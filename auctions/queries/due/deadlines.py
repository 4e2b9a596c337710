"""When something is due by time alone, and of whom workers look for it."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min, QuerySet

from accounts.lifecycle import UNENDED, UNSIGNED, ClaimState, CoverState, DefaultState
from accounts.models import Claim, Cover, CoverPremium, ProviderDefault, ProviderRating
from auctions.lifecycle import AuctionState, BidState, FaultState, SettlementState, StepState
from auctions.models import Auction, Bid, CancelSwitch, MarketRegime, Program, ProviderFault, Round, Settlement, Step
from auctions.queries.regimes import with_silence
from auctions.rules.regimes import Regime

ROUND_LASTS = timedelta(seconds=2)


def get_next_deadline(after: datetime) -> datetime | None:
    """When the next row becomes due by time alone, later than this; None where none will."""
    deadlines = (
        _earliest(Auction.objects.filter(state=AuctionState.OPEN), "closes_at", after),
        _earliest(Auction.objects.filter(state=AuctionState.HALTED), "halt_ends_at", after),
        _earliest(Step.objects.filter(state=StepState.READY), "due_at", after),
        _earliest(Settlement.objects.filter(state=SettlementState.AWAITING), "confirm_by", after),
        _earliest(ProviderDefault.objects.filter(state=DefaultState.DECLARED), "confirm_by", after),
        _earliest(Cover.objects.filter(state__in=UNSIGNED), "lapses_at", after),
        _earliest(Cover.objects.filter(state__in=UNENDED), "ends_at", after),
        _earliest(Cover.objects.filter(state=CoverState.SUSPENDED), "suspended_until", after),
        _earliest(CoverPremium.objects.all(), "due_at", after),
        _earliest(ProviderRating.objects.filter(provider__cover_shares__cover__state__in=UNENDED), "expires_at", after),
        _earliest(with_silence(MarketRegime.objects.filter(regime=Regime.CALM)), "silent_at", after),
        _earliest(Claim.objects.filter(state=ClaimState.HELD), "answer_by", after),
        _earliest(Claim.objects.filter(state=ClaimState.DISPUTED), "decide_by", after),
        _earliest(Claim.objects.filter(state=ClaimState.DUE), "due_by", after),
        _earliest(ProviderFault.objects.filter(state=FaultState.COUNTING, marks__isnull=True), "drift_until", after),
        _earliest(ProviderFault.objects.filter(state=FaultState.CONTESTABLE), "contest_until", after),
        _earliest(ProviderFault.objects.filter(state=FaultState.CONTESTED), "decide_until", after),
        _earliest(Bid.objects.filter(state=BidState.LIVE), "expires_at", after),
        _earliest(CancelSwitch.objects.all(), "cancels_at", after),
    )
    return min((deadline for deadline in deadlines if deadline), default=None)


def _earliest(rows: QuerySet[Any], field: str, after: datetime) -> datetime | None:
    earliest: datetime | None = rows.filter(**{f"{field}__gt": after}).aggregate(earliest=Min(field))["earliest"]
    return earliest


def list_looked_after(stage: str, now: datetime) -> set[str] | None:
    """The codes of the venues whose work at this stage workers have looked for within less than the last two seconds;
    None for all of them."""
    fresh = Round.objects.filter(stage=stage, program=Program.WORKER, ended_at__gt=now - ROUND_LASTS)
    groups = list(fresh.values_list("venues", flat=True))
    return None if [] in groups else {code for group in groups for code in group}
