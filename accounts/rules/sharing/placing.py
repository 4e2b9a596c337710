"""Where a cover may stand: above what is ranked before it, and beside no other that one event can hit with it. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.rules.refusals import AccountRefusal
from backstop.values.amounts import ZERO, to_text, total

Gap = tuple[datetime, datetime | None]  # from when until when; None: it lasts


@dataclass(frozen=True, slots=True)
class CoverSpan:
    """What of UNL a cover stands for, [attachment, attachment + limit), of whose, and of events that open in
    [covers_from, ends_at) but in none of its `gaps`: while it is suspended, or waits after that."""

    attachment: Decimal
    limit: Decimal
    cluster: Any  # any name of the protected cluster; None: not of one
    account: str
    covers_from: datetime
    ends_at: datetime
    gaps: Collection[Gap] = ()

    def overlaps(self, other: "CoverSpan") -> bool:
        """Whether both stand for the same smallest amount of an event that both protect from; end to end they do
        not."""
        apart = total([self.attachment, self.limit]) <= other.attachment
        apart = apart or total([other.attachment, other.limit]) <= self.attachment
        return not apart and self.meets(other)

    def meets(self, other: "CoverSpan") -> bool:
        """Whether one event may be of both: one of a cluster is never of an account, and none opens as one ends."""
        if max(self.covers_from, other.covers_from) >= min(self.ends_at, other.ends_at):
            return False
        return self.is_of_venue or other.is_of_venue or self.party == other.party

    def stands_for(self, party: tuple[Any, str], at: datetime) -> bool:
        """Whether it protects from an event of that party that opens then."""
        return self.may_stand_for(party, at) and not is_in_gap(self.gaps, at)

    def may_stand_for(self, party: tuple[Any, str], at: datetime) -> bool:
        """Whether it would, unless it is suspended then."""
        return self.covers_from <= at < self.ends_at and (self.is_of_venue or self.party == party)

    @property
    def party(self) -> tuple[Any, str]:
        """Whom it protects, the cluster and the account; neither: the venue."""
        return self.cluster, self.account

    @property
    def is_of_venue(self) -> bool:
        """Whether it protects from every event of the venue."""
        return self.cluster is None and not self.account


def is_in_gap(gaps: Iterable[Gap], at: datetime) -> bool:
    """Whether an instant is in one of them: as one begins it is, as it ends it is not."""
    return any(starts_at <= at and (ends_at is None or at < ends_at) for starts_at, ends_at in gaps)


def most_before(span: CoverSpan, others: Collection[CoverSpan]) -> Decimal:
    """The most that covers of lower attachment can pay of one event that the cover is hit by too: of all parties and
    all instants at which one begins to stand."""
    lower = [other for other in others if other.attachment < span.attachment and other.meets(span)]
    instants = {max(span.covers_from, other.covers_from) for other in lower}
    at_once = ((party, at) for party in {other.party for other in lower} for at in instants)
    sums = (total(other.limit for other in lower if other.may_stand_for(party, at)) for party, at in at_once)
    return max(sums, default=ZERO)


def require_attachment(attachment: Decimal, before: Iterable[Decimal | None]) -> None:
    """Raises `attachment_low` where what is ranked before, each with its limit for one event (None: it has none), may
    not be used up at the attachment. Equal fits."""
    limits = list(before)
    if any(limit is None for limit in limits):
        raise AccountRefusal.ATTACHMENT_LOW.error("a layer before it has no limit for one event: set `per_event` first")
    least = total(limit for limit in limits if limit is not None)
    if attachment < least:
        raise AccountRefusal.ATTACHMENT_LOW.error(f"layers before it pay up to {to_text(least)} of one event")


def require_own_span(span: CoverSpan, others: Iterable[CoverSpan]) -> None:
    """Raises `cover_overlaps` where another stands for some of the same."""
    if any(span.overlaps(other) for other in others):
        raise AccountRefusal.COVER_OVERLAPS.error()
