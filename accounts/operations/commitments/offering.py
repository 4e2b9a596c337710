"""The life of a standing bid: proposed and changed by its provider, approved and suspended by the venue's people.

Called by /v1/commitments and the admin. Guarantees that nothing gets worse for the venue before its notice is over,
and that every change is an event.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from accounts.lifecycle import CommitmentState
from accounts.models import Commitment, CommitmentTerms, Provider
from accounts.operations.providers import ReasonMissing
from accounts.queries import load_timelines, scope_of, terms_of
from accounts.rules.terms import Terms, is_no_worse, merge, revise, terms_at
from backstop import clock
from backstop.errors import Conflict, NotFound, Refused
from backstop.models import Instrument, ProductGroup
from backstop.operations.events import NewEvent, record_events
from backstop.transactions import operation


class CommitmentUnknown(NotFound):
    """There is no such commitment, or it is another's."""


class CommitmentExists(Conflict):
    """The provider has a commitment for that scope: it is changed, not proposed again."""


class ScopeUnknown(Refused):
    """The venue has no such instrument or product group."""


class TermsRefused(Refused):
    """These terms cannot be offered."""


class CommitmentNotInState(Conflict):
    """What is asked for cannot be done to the commitment as it stands."""


@operation
def propose_commitment(
    *, provider: Provider, product_group: str | None = None, instrument: str | None = None, terms: Terms
) -> Commitment:
    """A standing bid for the whole venue, a product group (code) or an instrument (symbol); stands once approved.

    Raises `ScopeUnknown`, `TermsRefused`, `CommitmentExists`.
    """
    scope = _scope(provider, product_group, instrument)
    now = clock.now()
    _check(terms, _wider_terms(Commitment(venue_id=provider.venue_id, provider=provider, **scope), now))
    commitment, created = Commitment.objects.get_or_create(
        provider=provider, **scope, defaults={"venue_id": provider.venue_id}
    )
    if not created:
        raise CommitmentExists(f"change commitment {commitment.id} instead")
    _row(commitment, now, terms).save(force_insert=True)
    _record(commitment, "commitment_proposed")
    return commitment


@operation
def change_commitment(*, provider: Provider, commitment_id: UUID, changes: Mapping[str, Any]) -> Commitment:
    """Set some fields of the terms (names and values as in `Terms`).

    What gets better for the venue does so at once, the rest after its notice. Raises `CommitmentUnknown`,
    `TermsRefused`.
    """
    commitment = _locked(commitment_id, provider)
    _revise(commitment, changes, clock.now())
    _record(commitment, "commitment_changed")
    return commitment


@operation
def withdraw_commitment(*, provider: Provider, commitment_id: UUID) -> Commitment:
    """End it as soon as the notice allows; one that was never approved ends now. Raises `CommitmentUnknown`."""
    commitment = _locked(commitment_id, provider)
    now = clock.now()
    ends_at = now + _notice(commitment)
    desired = _latest(commitment)
    if desired.ends_at is None or desired.ends_at > ends_at:
        starts_at = desired.starts_at and min(desired.starts_at, ends_at)
        _revise(commitment, {"starts_at": starts_at, "ends_at": ends_at}, now)
        _record(commitment, "commitment_withdrawn", ends_at=ends_at)
    return commitment


@operation
def approve_commitment(*, commitment_id: UUID) -> Commitment:
    """It stands from now on; after the notice where it offers less than the wider one that it overrides."""
    commitment = _locked(commitment_id)
    _require(commitment, CommitmentState.PROPOSED)
    now = clock.now()
    wider = _wider_terms(commitment, now)
    merged, _ = merge([(commitment.id, wider), (commitment.id, _latest(commitment))])
    commitment.move_to(CommitmentState.ACTIVE, now)
    if wider.min_edge_bps is not None and not is_no_worse(wider, merged):
        commitment.active_at = now + timedelta(seconds=commitment.venue.notice_seconds)
    commitment.save(update_fields=["state", "active_at"])
    _record(commitment, "commitment_approved", active_at=commitment.active_at)
    return commitment


@operation
def suspend_commitment(*, commitment_id: UUID, reason: str) -> Commitment:
    """Nothing more is taken from it from now on, not even for books that were received before."""
    if not reason.strip():
        raise ReasonMissing("say why", pointer="/reason")
    commitment = _locked(commitment_id)
    _require(commitment, CommitmentState.PROPOSED, CommitmentState.ACTIVE)
    return _move(commitment, CommitmentState.SUSPENDED, reason, "commitment_suspended")


@operation
def resume_commitment(*, commitment_id: UUID, reason: str = "") -> Commitment:
    """It stands again, for books that are received from now on."""
    commitment = _locked(commitment_id)
    _require(commitment, CommitmentState.SUSPENDED)
    return _move(commitment, CommitmentState.ACTIVE, reason, "commitment_resumed")


def _scope(provider: Provider, product_group: str | None, instrument: str | None) -> dict[str, Any]:
    if product_group is not None and instrument is not None:
        raise TermsRefused("name a product group or an instrument, not both", pointer="/product_group")
    if product_group is not None:
        group = ProductGroup.objects.filter(venue_id=provider.venue_id, code=product_group).first()
        if group is None:
            raise ScopeUnknown(f"this venue has no product group {product_group}", pointer="/product_group")
        return {"product_group": group, "instrument": None}
    if instrument is not None:
        found = Instrument.objects.filter(venue_id=provider.venue_id, symbol=instrument).first()
        if found is None:
            raise ScopeUnknown(f"this venue has no instrument {instrument}", pointer="/instrument")
        return {"product_group": None, "instrument": found}
    return {"product_group": None, "instrument": None}


def _wider_terms(commitment: Commitment, now: datetime) -> Terms:
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


def _revise(commitment: Commitment, changes: Mapping[str, Any], now: datetime) -> None:
    desired = replace(_latest(commitment), **changes)
    wider = _wider_terms(commitment, now)
    _check(desired, wider)
    rows = commitment.terms.order_by("effective_at")
    timeline = [(row.effective_at, terms_of(row)) for row in rows]
    revised = revise(timeline, desired, wider=wider, now=now, notice=_notice(commitment))
    commitment.terms.filter(effective_at__gt=now).delete()
    commitment.terms.filter(effective_at__in=[at for at, _ in revised]).delete()
    CommitmentTerms.objects.bulk_create(_row(commitment, at, terms) for at, terms in revised)


def _check(terms: Terms, wider: Terms) -> None:
    if terms.min_edge_bps is None and wider.min_edge_bps is None:
        raise TermsRefused("no wider commitment of yours says a minimum edge", pointer="/min_edge_bps")
    if terms.starts_at and terms.ends_at and terms.ends_at < terms.starts_at:
        raise TermsRefused("it cannot end before it starts", pointer="/ends_at")


def _notice(commitment: Commitment) -> timedelta:
    """Nobody relies on what was never approved."""
    promised = commitment.active_at is not None
    return timedelta(seconds=commitment.venue.notice_seconds if promised else 0)


def _latest(commitment: Commitment) -> Terms:
    return terms_of(commitment.terms.latest("effective_at"))


def _row(commitment: Commitment, at: datetime, terms: Terms) -> CommitmentTerms:
    return CommitmentTerms(
        commitment=commitment,
        effective_at=at,
        sides=terms.sides or "",
        min_edge_bps=terms.min_edge_bps,
        cap_per_assignment=terms.cap_per_assignment,
        cap_held=terms.cap_held,
        window_capacity=terms.window.capacity if terms.window else None,
        window_seconds=terms.window.seconds if terms.window else None,
        calendar=terms.calendar or "",
        starts_at=terms.starts_at,
        ends_at=terms.ends_at,
    )


def _locked(commitment_id: UUID, provider: Provider | None = None) -> Commitment:
    rows = Commitment.objects.select_for_update(no_key=True, of=("self",)).select_related("venue", "instrument")
    commitment = rows.filter(id=commitment_id, **({"provider": provider} if provider else {})).first()
    if commitment is None:
        raise CommitmentUnknown(f"there is no commitment {commitment_id}")
    return commitment


def _require(commitment: Commitment, *states: CommitmentState) -> None:
    if commitment.state not in states:
        raise CommitmentNotInState(f"the commitment is {commitment.state}")


def _move(commitment: Commitment, state: CommitmentState, reason: str, kind: str) -> Commitment:
    commitment.move_to(state, clock.now())
    commitment.state_reason = reason
    commitment.save(update_fields=["state", "state_reason", "active_at"])
    _record(commitment, kind, reason=reason)
    return commitment


def _record(commitment: Commitment, kind: str, **payload: Any) -> None:
    record_events([NewEvent(commitment.venue_id, kind, commitment.id, commitment.provider_id, payload)])
