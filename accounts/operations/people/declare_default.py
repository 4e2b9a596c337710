"""A provider is declared in default: its withdrawals stop, and nothing more, until another person confirms it."""

from datetime import datetime, timedelta

from accounts.desks.approvals import names_behind, require_names
from accounts.desks.defaults import event_of_default, lock_default
from accounts.desks.people import lock_provider, require_provider_state
from accounts.events import DefaultDeclared
from accounts.lifecycle import AssessmentState, DefaultState, ProviderState
from accounts.models import Assessment, Ground, Provider, ProviderDefault
from accounts.queries import has_claim_overdue, list_exposures
from accounts.rules.exposure import may_withdraw
from accounts.rules.reasons import require_reason
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.queries import get_venue_terms
from backstop.record import record_events
from backstop.transactions import current_actor, operation

NOT_HEARD_FOR = timedelta(days=1)  # who said that a payment was missed, and was not confirmed


@operation
def declare_default(*, provider: Provider, ground: Ground, reason: str) -> ProviderDefault:
    """It stands until `confirm_by`, and lapses then.

    Raises `reason_missing`, `person_unknown`, `provider_not_in_state`, `provider_in_default`, `ground_missing` (its
    equity is not below its requirement, in no asset; no assessment of it is overdue; no claim is that it insures; that
    it missed a payment the same person said within a day before, and nobody confirmed it).
    """
    reason = require_reason(reason)
    require_names(current_actor())
    provider = lock_provider(provider)
    require_provider_state(provider, ProviderState.ACTIVE, ProviderState.SUSPENDED)
    if lock_default(provider) is not None:
        raise AccountRefusal.PROVIDER_IN_DEFAULT.error()
    now = clock.now()
    _require_ground(provider, ground, now)
    default = ProviderDefault.objects.create(
        venue_id=provider.venue_id,
        provider=provider,
        ground=ground,
        reason=reason,
        declared_by=current_actor(),
        declared_at=now,
        confirm_by=now + timedelta(seconds=get_venue_terms(provider.venue, now).default_confirm_seconds),
    )
    said = {"ground": ground, "reason": reason, "confirm_by": default.confirm_by}
    record_events([event_of_default(default, DefaultDeclared, **said)])
    return default


def _require_ground(provider: Provider, ground: Ground, now: datetime) -> None:
    if ground == Ground.EQUITY_BELOW_REQUIREMENT and all(
        may_withdraw(each.equity, each.requirement) for each in list_exposures(provider, now)
    ):
        raise AccountRefusal.GROUND_MISSING.error("its equity is not below its requirement")
    overdue = Assessment.objects.filter(provider=provider, state=AssessmentState.OVERDUE)
    if ground == Ground.ASSESSMENT_OVERDUE and not overdue.exists():
        raise AccountRefusal.GROUND_MISSING.error("no assessment of it is overdue")
    if ground == Ground.CLAIM_OVERDUE and not has_claim_overdue(provider):
        raise AccountRefusal.GROUND_MISSING.error(
            "no claim is overdue that it insures, and of which it lacked its part"
        )
    if ground == Ground.PAYMENT_MISSED:
        _require_heard(provider, now)


def _require_heard(provider: Provider, now: datetime) -> None:
    """Nothing here shows that a payment was missed: nobody bars withdrawals alone by saying so time and again."""
    unconfirmed = ProviderDefault.objects.filter(
        provider=provider, ground=Ground.PAYMENT_MISSED, state=DefaultState.LAPSED, lapsed_at__gt=now - NOT_HEARD_FOR
    )
    names = require_names(current_actor())
    for said in unconfirmed:
        if names & names_behind(said.declared_by):
            assert said.lapsed_at is not None
            again_at = said.lapsed_at + NOT_HEARD_FOR
            raise AccountRefusal.GROUND_MISSING.error(
                f"you said so before, and nobody confirmed it: until {again_at.isoformat()} somebody else declares it"
            )
