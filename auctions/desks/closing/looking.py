"""What the close of auctions goes by: each one under way, as it stands, with the bids that would count now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from auctions.desks.cutting import CutDesk
from auctions.desks.ready import ReadyDesk
from auctions.desks.taking_back import falls_at, has_expired
from auctions.desks.unsealing import SealedBids
from auctions.desks.work import Work
from auctions.lifecycle import AuctionState, StepKind
from auctions.models import Auction, Bid, CancelSwitch
from auctions.queries import list_breaker_levels
from auctions.rules.breaker import Level
from auctions.rules.closing import EXPIRED, NOT_RECONFIRMED, SILENT, SUSPENDED, Standing
from auctions.rules.valuation import drift_bps


@dataclass(frozen=True, slots=True)
class LookedAt:
    """An auction under way, with the `bids` that would count now. `marks` are those in force; None where nothing can be
    priced now. `silent_since` says when switches fell due that have not tripped yet, by provider."""

    work: Work
    auction: Auction
    marks: Mapping[UUID, Decimal] | None
    bids: Sequence[Bid]
    silent_since: Mapping[UUID, datetime | None]
    has_key: bool
    has_ready: bool
    has_reached: bool
    level: Level

    @property
    def fresh(self) -> Mapping[UUID, Decimal]:
        """The marks in force of one that can be priced: no other is decided, or starts anew."""
        assert self.marks is not None
        return self.marks

    def stands(self, bid: Bid) -> bool:
        """Whether the marks in force are within what the bid allows."""
        return self.drift_bps is not None and bid.stands_at(self.drift_bps, self.work.playbook.max_drift_bps)

    @property
    def drift_bps(self) -> Decimal | None:
        """How far marks have moved since it opened; None where nothing can be priced now."""
        return None if self.marks is None else drift_bps(self.auction.marks, self.marks)

    def standing(self, now: datetime) -> Standing:
        """What the rule goes by."""
        auction, playbook = self.auction, self.work.playbook
        return Standing(
            kind=StepKind(auction.kind),
            state=AuctionState(auction.state),
            now=now,
            closes_at=auction.closes_at,
            halt_ends_at=auction.halt_ends_at,
            is_priced=self.marks is not None,
            has_jumped=self.marks is None and self.work.has_jumped(now),
            is_deserted=self.marks is not None and bool(self.bids) and not any(map(self.stands, self.bids)),
            has_key=self.has_key,
            level=self.level,
            restarts=auction.restarts,
            max_restarts=playbook.max_restarts,
            has_ready=self.has_ready,
            has_reached=self.has_reached,
        )


def look_at(
    works: Sequence[Work],
    auctions: Mapping[UUID, Auction],
    sealed: SealedBids,
    ready: ReadyDesk,
    cut: CutDesk,
    now: datetime,
) -> list[LookedAt]:
    levels = list_breaker_levels([work.step.id for work in works])
    silent_since = dict(CancelSwitch.objects.filter(cancels_at__lte=now).values_list("provider", "cancels_at"))
    marks = {work.step.id: work.marks_if_fresh(now) for work in works}
    return [
        LookedAt(
            work=work,
            auction=auctions[work.step.id],
            marks=marks[work.step.id],
            bids=[
                bid
                for bid in sealed.live(auctions[work.step.id]).values()
                if reason_not_counted(bid, silent_since, now) is None
            ],
            silent_since=silent_since,
            has_key=sealed.has_key(auctions[work.step.id]),
            has_ready=bool(ready.live(auctions[work.step.id])),
            has_reached=cut.is_reached(work, auctions[work.step.id], marks[work.step.id]),
            level=levels[work.step.id],
        )
        for work in works
    ]


def reason_not_counted(bid: Bid, silent_since: Mapping[UUID, datetime | None], now: datetime) -> str | None:
    """Why it counts for nothing at a close now; None where it counts. What somebody only did not come to yet counts as
    done."""
    if not bid.provider.bids_count:
        return SUSPENDED
    since = silent_since.get(bid.provider_id)
    if since is not None and falls_at(bid, since):
        return SILENT
    if has_expired(bid, now):
        return EXPIRED
    return NOT_RECONFIRMED if bid.must_reconfirm else None
