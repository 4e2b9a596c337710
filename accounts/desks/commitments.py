"""One commitment, locked: what its terms are, what they are to become, and by when.

Nothing gets worse for the venue before its notice is over, and every change is an event.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from accounts.desks.keys import is_providers_own
from accounts.lifecycle import CommitmentState
from accounts.models import Commitment, CommitmentTerms, Provider
from accounts.queries import list_commitments, load_timelines, scope_of, version_of
from accounts.rules.approvals import Stake
from accounts.rules.notice import revise
from accounts.rules.refusals import AccountRefusal
from accounts.rules.terms import StandingTerms, merge, terms_at
from backstop import clock
from backstop.events import ProviderEvent
from backstop.locks import Lock, lock_row, lock_rows
from backstop.models import Instrument, ProductGroup
from backstop.models.base import save_changes
from backstop.queries import get_notice_seconds
from backstop.record import record_events
from backstop.refusals import GroundRefusal
from backstop.transactions import current_actor, requires_transaction


def find_scope(provider: Provider, product_group: str | None, instrument: str | None) -> dict[str, Any]:
    """The fields of a commitment's row that say what it is for: a product group (code), an instrument (symbol) or all.

    Raises `terms_refused` for both, `scope_unknown`.
    """
    if product_group is not None and instrument is not None:
        raise AccountRefusal.TERMS_REFUSED.error(
            "name a product group or an instrument, not both", pointer="/product_group"
        )
    if product_group is not None:
        group = ProductGroup.objects.filter(venue_id=provider.venue_id, code=product_group).first()
        if group is None:
            raise AccountRefusal.SCOPE_UNKNOWN.error(
                f"this venue has no product group {product_group}", pointer="/product_group"
            )
        return {"product_group": group, "instrument": None}
    if instrument is not None:
        found = Instrument.objects.filter(venue_id=provider.venue_id, symbol=instrument).first()
        if found is None:
            raise AccountRefusal.SCOPE_UNKNOWN.error(
                f"this venue has no instrument {instrument}", pointer="/instrument"
            )
        return {"product_group": None, "instrument": found}
    return {"product_group": None, "instrument": None}


def wider_terms(commitment: Commitment, now: datetime) -> StandingTerms:
    """What the provider's wider commitments offer now for the scope of this one, merged."""
    scopes: list[UUID] = []
    if commitment.product_group_id or commitment.instrument_id:
        scopes.append(commitment.venue_id)
    if commitment.instrument is not None:
        scopes.append(commitment.instrument.product_group_id)
    others = Commitment.objects.filter(
        provider_id=commitment.provider_id, instrument=None, state=CommitmentState.ACTIVE, active_at__lte=now
    )
    by_scope = {scope_of(other): other for other in others}
    timelines = load_timelines([other.id for other in others], now, now)
    chain = []
    for scope_id in scopes:
        other = by_scope.get(scope_id)
        terms = terms_at(timelines[other.id], now) if other else None
        if other and terms and terms.life.contains(now):
            chain.append((other.id, terms))
    return merge(chain)[0]


def stake_of_terms(**said: Any) -> Stake | None:
    """To offer for a provider what it did not say itself is a risk without an amount; by its own key it is none."""
    return None if is_providers_own(current_actor()) else Stake()


def venue_of_commitment(*, commitment_id: UUID, **_: Any) -> UUID:
    """Of an operation on a commitment: whose it is. Raises `commitment_unknown`."""
    venue_id = Commitment.objects.filter(id=commitment_id).values_list("venue_id", flat=True).first()
    if venue_id is None:
        raise AccountRefusal.COMMITMENT_UNKNOWN.error(f"there is no commitment {commitment_id}")
    return venue_id


@requires_transaction
def revise_terms(commitment: Commitment, changes: Mapping[str, Any], now: datetime) -> None:
    """Let some fields of the terms be others: what gets better for the venue now, the rest after its notice.

    Raises `terms_refused`.
    """
    desired = replace(latest_terms(commitment), **changes)
    wider = wider_terms(commitment, now)
    require_terms(desired, wider)
    announce_terms(commitment, desired, wider, now)


@requires_transaction
def announce_terms(commitment: Commitment, desired: StandingTerms, wider: StandingTerms, now: datetime) -> None:
    """Let its terms be these: what gets better for the venue, with the `wider` ones, now, the rest after its notice."""
    notice = notice_of(commitment, now)
    timeline = load_timelines([commitment.id], now, now + notice)[commitment.id]
    revised = revise(timeline, desired, wider=wider, now=now, notice=notice)
    commitment.terms.filter(effective_at__gt=now).delete()
    commitment.terms.filter(effective_at__in=[at for at, _ in revised]).delete()
    CommitmentTerms.objects.bulk_create(CommitmentTerms.of(commitment, at, terms) for at, terms in revised)


@requires_transaction
def put_off_notices(since: Mapping[UUID, datetime], now: datetime) -> None:
    """Let whatever was announced at these venues and not yet in force at an instant take effect as much later as has
    passed since then, or since it was announced."""
    ahead = [_ahead(venue_id, at) for venue_id, at in since.items()]
    if not ahead:
        return
    commitments = lock_rows(Lock.COMMITMENT_ROW, Commitment.objects.filter(reduce(or_, ahead)))
    announced = []
    for commitment in commitments:
        at = since[commitment.venue_id]
        commitment.put_off(at, now)
        for terms in commitment.terms.filter(effective_at__gt=at):
            terms.put_off(at, now)
            announced.append(terms)
    save_changes(commitments)
    # Written one after the other, one could stand for a moment where another still does.
    CommitmentTerms.objects.filter(id__in=[terms.id for terms in announced]).delete()
    CommitmentTerms.objects.bulk_create(announced)


def _ahead(venue_id: UUID, at: datetime) -> Q:
    announced = CommitmentTerms.objects.filter(effective_at__gt=at)
    return Q(venue=venue_id) & (Q(active_at__gt=at) | Q(id__in=announced.values("commitment")))


def require_room(commitment: Commitment, now: datetime) -> None:
    """Raises `changes_too_many` where more changes are announced than may be at once, or more of the provider's took
    effect within a day: what stood ready is counted from each to the next."""
    most, most_in_a_day = settings.QUOTAS["announced_changes"], settings.QUOTAS["changes_in_a_day"]
    if commitment.terms.filter(effective_at__gt=now).count() > most:
        raise AccountRefusal.CHANGES_TOO_MANY.error(f"at most {most} changes of a commitment are announced at once")
    lately = CommitmentTerms.objects.filter(effective_at__gt=now - timedelta(days=1), effective_at__lte=now)
    if lately.filter(commitment__provider=commitment.provider_id).count() > most_in_a_day:
        raise AccountRefusal.CHANGES_TOO_MANY.error(f"at most {most_in_a_day} changes of yours take effect in a day")


def require_terms(terms: StandingTerms, wider: StandingTerms) -> None:
    """Raises `terms_refused` where neither these nor the wider terms say an edge, or the end is before the start."""
    if terms.min_edge_bps is None and wider.min_edge_bps is None:
        raise AccountRefusal.TERMS_REFUSED.error(
            "no wider commitment of yours says a minimum edge", pointer="/min_edge_bps"
        )
    if terms.starts_at and terms.ends_at and terms.ends_at < terms.starts_at:
        raise AccountRefusal.TERMS_REFUSED.error("it cannot end before it starts", pointer="/ends_at")


def notice_of(commitment: Commitment, now: datetime) -> timedelta:
    """How long before it may get worse: nothing where it was never approved, since nobody relies on it."""
    promised = commitment.active_at is not None
    return timedelta(seconds=get_notice_seconds(commitment.venue, now) if promised else 0)


def latest_terms(commitment: Commitment) -> StandingTerms:
    """What it is to offer in the end, be it announced or in force."""
    return commitment.terms.latest("effective_at").terms


@requires_transaction
def lock_commitment(
    commitment_id: UUID, provider: Provider | None = None, versions: Collection[str] | None = None
) -> Commitment:
    """The commitment, locked. Raises `commitment_unknown`, also where it is not of this provider, and
    `version_outdated` where it is of none of these versions (None: any will do)."""
    commitments = Commitment.objects.filter(id=commitment_id, **({"provider": provider} if provider else {}))
    commitment = lock_row(Lock.COMMITMENT_ROW, commitments.select_related("venue", "instrument"))
    if commitment is None:
        raise AccountRefusal.COMMITMENT_UNKNOWN.error(f"there is no commitment {commitment_id}")
    if versions is not None:
        current = list_commitments(commitment.provider_id, clock.now()).get(id=commitment.id)
        if version_of(current) not in versions:
            raise GroundRefusal.VERSION_OUTDATED.error()
    return commitment


def require_state(commitment: Commitment, *states: CommitmentState) -> None:
    """Raises `commitment_not_in_state` unless it is in one of these."""
    if commitment.state not in states:
        raise AccountRefusal.COMMITMENT_NOT_IN_STATE.error(f"the commitment is {commitment.state}")


@requires_transaction
def record_commitment(commitment: Commitment, kind: Callable[..., ProviderEvent], **payload: Any) -> None:
    """Record what became of a commitment; `payload` is what this kind of event says beyond whose it is."""
    whose = {"venue_id": commitment.venue_id, "subject_id": commitment.id, "provider_id": commitment.provider_id}
    record_events([kind(**whose, **payload)])
