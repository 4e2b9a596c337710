"""Operations that a venue wants two persons for, above its limits: asked for by one, carried out as another confirms.

Guarantees that no edge can have such an operation carried out by one person alone: the operation itself asks.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar
from uuid import UUID

from accounts import events
from accounts.lifecycle import ApprovalState
from accounts.models import ApiKey, Approval, ApprovalLimit, User
from accounts.rules.approvals import LAPSES_AFTER, Stake, names_of, needs_another
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.events import VenueEvent
from backstop.locks import Lock, lock_row
from backstop.record import record_events
from backstop.transactions import current_actor, rehearse, requires_transaction
from backstop.values.arguments import read_for, written_for

P = ParamSpec("P")
R = TypeVar("R")

BY_TWO: Final[dict[str, Callable[..., Any]]] = {}


def by_two(at_stake: Callable[..., Stake | None]) -> Callable[[Callable[P, R]], Callable[P, R | Approval]]:
    """Marks an operation that may need two persons: called by one, it answers the `Approval` that it waits for.

    `at_stake` is given the operation's arguments, which are plain values and `venue_id` among them; with None nothing
    is. What would be refused now is not asked for. Raises `person_unknown` where two are needed and nobody is known
    behind who asks, and what the operation raises.
    """

    def mark(function: Callable[P, R]) -> Callable[P, R | Approval]:
        BY_TWO[function.__name__] = function

        @wraps(function)
        def asked(*args: P.args, **arguments: P.kwargs) -> R | Approval:
            stake = at_stake(**arguments)
            if stake is None or not needs_another(stake, limits_of(arguments["venue_id"])):  # type: ignore[arg-type]
                return function(*args, **arguments)
            return _ask(function, stake, arguments)

        return asked

    return mark


def limits_of(venue_id: UUID) -> dict[UUID, Decimal]:
    """The amounts above which a venue wants two persons, by asset."""
    rows = ApprovalLimit.objects.filter(venue=venue_id, amount__isnull=False)
    return {asset_id: amount for asset_id, amount in rows.values_list("asset_id", "amount") if amount is not None}


def carry_out(approval: Approval) -> None:
    """Do now what was asked for: whatever it depends on is checked as it is now. Raises what the operation raises."""
    function = BY_TWO[approval.operation]
    function(**read_for(function, approval.arguments))


def names_behind(actor: str) -> frozenset[str]:
    """By what the person is known who acts so: a user's names; of a key whose it is, and who issued it and saw it.

    A user's row is one of its names, and the only one that nobody can change. Nothing for a key that nobody is known
    behind, or somebody who is no user any more under the name of then; nor for commands and sweeps.
    """
    kind, _, name = actor.partition(":")
    if kind == "user":
        user = User.objects.filter(username=name).first()
        return names_of([f"user {user.pk}", name, user.get_full_name(), user.email]) if user else frozenset()
    key = ApiKey.objects.filter(prefix=name).first() if kind == "key" else None
    if key is None:
        return frozenset()
    users = [each for each in (key.issued_by, key.person and f"user:{key.person}") if each and each.startswith("user:")]
    behind = [names_behind(each) for each in users]
    return frozenset().union(*behind) if all(behind) else frozenset()


def require_names(actor: str) -> frozenset[str]:
    """`names_behind`, and there are some. Raises `person_unknown`."""
    names = names_behind(actor)
    if not names:
        raise AccountRefusal.PERSON_UNKNOWN.error()
    return names


@requires_transaction
def lock_approval(venue_id: UUID, approval_id: UUID) -> Approval:
    """The venue's approval, locked. Raises `approval_unknown`."""
    approval = lock_row(Lock.APPROVAL_ROW, Approval.objects.filter(id=approval_id, venue=venue_id))
    if approval is None:
        raise AccountRefusal.APPROVAL_UNKNOWN.error(f"there is no approval {approval_id}")
    return approval


def _ask(function: Callable[..., object], stake: Stake, arguments: Mapping[str, Any]) -> Approval:
    """What waits for another person; what this one asked for already and is undecided is not asked for twice."""
    operation, actor, now = function.__name__, current_actor(), clock.now()
    names, said = require_names(actor), written_for(function, arguments)
    venue_id: UUID = arguments["venue_id"]
    same = Approval.objects.filter(venue=venue_id, operation=operation, state=ApprovalState.ASKED, lapses_at__gt=now)
    known = same.filter(asked_by=actor, arguments=said).first()
    if known is not None:
        return known
    rehearse(function, **arguments)
    approval = Approval.objects.create(
        venue_id=venue_id,
        operation=operation,
        arguments=said,
        asset_id=stake.asset_id,
        amount=stake.amount,
        reason=arguments.get("reason", ""),
        asked_by=actor,
        asked_names=sorted(names),
        lapses_at=now + LAPSES_AFTER,
    )
    record_approval(approval, events.ApprovalAsked, lapses_at=approval.lapses_at)
    return approval


@requires_transaction
def record_approval(approval: Approval, kind: Callable[..., VenueEvent], **payload: Any) -> None:
    """Record what became of an approval; `payload` is what this kind of event says beyond what was asked for."""
    event = kind(
        venue_id=approval.venue_id,
        subject_id=approval.id,
        operation=approval.operation,
        asset=approval.asset.code if approval.asset else None,
        amount=approval.amount,
        asked_by=approval.asked_by,
        reason=approval.reason,
        **payload,
    )
    record_events([event])
