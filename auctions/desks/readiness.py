"""Who stands ready in Dutch auctions: what its word holds, counts for, and when it counts no more.

The auctions' locks are held alone. A provider's own takes count against its word first, and every provider concerned is
told when it counts no more.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.desks.journal import Journal
from auctions.desks.offers import Accounts, release
from auctions.desks.work import Remainder
from auctions.events import ReadinessEnded, ReadinessUsed, ReadinessVoided
from auctions.lifecycle import ReadinessState
from auctions.models import Auction, Book, Readiness
from auctions.rules.holds import hold_for
from auctions.rules.valuation import Leg
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.values.amounts import ZERO, difference

NO_PAYMENT = Decimal(0)
NOTHING_LEFT = "nothing more was left for it"


def live_readiness(auction_ids: Collection[UUID], provider_ids: Collection[UUID] | None = None) -> list[Readiness]:
    """What stands in these auctions, of these providers alone where they are named: whoever came first."""
    live = Readiness.objects.filter(auction__in=auction_ids, state=ReadinessState.LIVE)
    if provider_ids is not None:
        live = live.filter(provider__in=provider_ids)
    return list(live.select_related("auction__step__lot__book__asset", "provider").order_by("auction", "place"))


def held_for(stands: Readiness, legs: Sequence[Leg], book: Book, units: int) -> Decimal:
    """What so many units of it hold, of a lot of these legs: at the marks of when it was given, as far as they may
    drift, and with the playbook's buffer at least."""
    marks, lot = stands.marks or stands.auction.marks, stands.auction.step.lot
    buffer_bps = max(book.playbook.drift_buffer_bps, stands.max_drift_bps or ZERO)
    return hold_for(legs, marks, lot.units, buffer_bps, book.asset.scale).of(units, NO_PAYMENT, book.asset.scale)


def count_take(
    auction: Auction, provider_id: UUID, units: int, journal: Journal, account_id: UUID, work: Remainder, now: datetime
) -> None:
    """Count a take of its provider's against what it stands ready for, which then holds less; all but the journal is
    written."""
    used = []
    for stands in live_readiness([auction.id], [provider_id]):
        part = min(units, stands.units_left)
        left = stands.units_left - part
        held = held_for(stands, work.legs, work.book, left) if left else ZERO
        if part:
            journal.release(account_id, difference(stands.held, held))
            stands.use(part, held, now)
            used.append(stands)
        units -= part
    save_changes(used)
    told = [
        ReadinessUsed(
            **work.book.whose,
            subject_id=stands.id,
            provider_id=provider_id,
            units_left=stands.units_left,
            held=stands.held,
        )
        for stands in used
    ]
    record_events(told)


def end_readiness(readiness: Sequence[Readiness], journal: Journal, accounts: Accounts, now: datetime) -> None:
    """Let all of it go, for nothing is left in its auction, and release in `journal` what it holds of these accounts;
    all but the journal is written."""
    for stands in readiness:
        release(stands, stands.asset_id, journal, accounts)
        stands.end(NOTHING_LEFT, now)
    save_changes(readiness)
    record_events(events_of_end(readiness))


def events_of_end(readiness: Iterable[Readiness]) -> list[ReadinessEnded]:
    """What became of it at its auction's end."""
    return [
        ReadinessEnded(
            **stands.auction.whose,
            subject_id=stands.id,
            provider_id=stands.provider_id,
            units_left=stands.units_left,
            take=stands.take_id,
            reason=stands.end_reason,
        )
        for stands in readiness
    ]


def write_void(readiness: Sequence[Readiness]) -> None:
    """Write what is void, and tell its providers; the journal has what it held."""
    save_changes(readiness)
    record_events(events_of_void(readiness))


def events_of_void(readiness: Iterable[Readiness]) -> list[ReadinessVoided]:
    """One event for each provider and auction: what is void of it, and why."""
    voided: dict[tuple[Auction, UUID, str], list[UUID]] = defaultdict(list)
    for stands in readiness:
        voided[stands.auction, stands.provider_id, stands.void_reason].append(stands.id)
    return [
        ReadinessVoided(
            **auction.whose, subject_id=auction.id, provider_id=provider_id, reason=reason, voided=tuple(ids)
        )
        for (auction, provider_id, reason), ids in voided.items()
    ]
