"""Operations that a venue wants two persons for, above its limits: asked for by one, carried out as another confirms.

Guarantees that no edge can have such an operation carried out by one person alone: the operation itself asks.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from decimal import Decimal
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist

from accounts import events
from accounts.lifecycle import ApprovalState
from accounts.models import ApiKey, Approval, ApprovalLimit, MovedAlone, User
from accounts.rules.approvals import ADDS_UP_FOR, LAPSES_AFTER, Stake, names_of, needs_another
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from backstop.events import VenueEvent
from backstop.locks import Lock, lock_row
from backstop.record import record_events
from backstop.transactions import current_actor, rehearse, requires_transaction
from backstop.values.amounts import ZERO, total
from backstop.values.arguments import read_for, written_for

P = ParamSpec("P")
R = TypeVar("R")

BY_TWO: Final[dict[str, Callable[..., Any]]] = {}

_carried_out: ContextVar[Approval | None] = ContextVar("carried_out", default=None)


def _named(*, venue_id: UUID, **_: object) -> UUID:
    return venue_id


def by_two(
    at_stake: Callable[..., Stake | None], venue_of: Callable[..., UUID] = _named
) -> Callable[[Callable[P, R]], Callable[P, R | Approval]]:
    """Marks an operation that may need two persons: called by one, it answers the `Approval` that it waits for.

    `at_stake` is given the operation's arguments, plain values and rows: with None nothing is; so is `venue_of`, which
    says whose limits count. What would be refused now is not asked for. Raises `person_unknown` where two are needed
    and nobody is known behind who asks, and what the operation raises.
    """

    def mark(function: Callable[P, R]) -> Callable[P, R | Approval]:
        BY_TWO[function.__name__] = function

        @wraps(function)
        def asked(*args: P.args, **arguments: P.kwargs) -> R | Approval:
            stake = at_stake(**arguments)
            if stake is None:
                return function(*args, **arguments)
            venue_id = venue_of(**arguments)
            limits = limits_of(venue_id)
            if needs_another(stake, limits, _moved_alone(function.__name__, stake, limits)):
                return _ask(function, stake, venue_id, arguments)
            outcome = function(*args, **arguments)
            _note(function.__name__, stake, venue_id)
            return outcome

        return asked

    return mark


def limits_of(venue_id: UUID) -> dict[UUID, Decimal]:
    """The amounts above which a venue wants two persons, by asset."""
    rows = ApprovalLimit.objects.filter(venue=venue_id, amount__isnull=False)
    return {asset_id: amount for asset_id, amount in rows.values_list("asset_id", "amount") if amount is not None}


def carry_out(approval: Approval) -> None:
    """Do now what was asked for: whatever it depends on is checked as it is now.

    Raises `approval_outdated` where a release came since that cannot read it, and what the operation raises.
    """
    function, arguments = read_approval(approval)
    token = _carried_out.set(approval)
    try:
        function(**arguments)
    finally:
        _carried_out.reset(token)


def names_of_deciders() -> frozenset[str]:
    """By what everybody is known who decided what happens now: who acts, and who asked for it if somebody did."""
    approval = _carried_out.get()
    return names_behind(current_actor()).union(approval.asked_names if approval else ())


def people_behind(actor: str) -> list[str]:
    """The names of the users who act so: the user; of a key whose it is, and who issued it.

    Of nobody: commands and sweeps, and keys that a command issued for nobody, as a venue's engine has one.
    """
    kind, _, name = actor.partition(":")
    if kind == "user":
        return [name]
    key = ApiKey.objects.filter(prefix=name).first() if kind == "key" else None
    return key.people if key else []


def names_behind(actor: str) -> frozenset[str]:
    """By what the people are known who act so.

    A user's row is one of its names, and the only one that nobody can change. Nothing where nobody is behind it, or
    somebody who is no user any more under the name of then.
    """
    people = people_behind(actor)
    users = User.objects.filter(username__in=people)
    known = frozenset[str]().union(
        *(names_of([f"user {user.pk}", user.username, user.get_full_name(), user.email]) for user in users)
    )
    return known if len(users) == len(set(people)) else frozenset()


def by_people(at_stake: Callable[..., Stake | None]) -> Callable[..., Stake | None]:
    """What a person puts at stake, while an engine acts by itself: it is bound to deadlines, and told what it says by
    what it saw, so it needs nobody else."""

    def asked(**arguments: Any) -> Stake | None:
        return at_stake(**arguments) if people_behind(current_actor()) else None

    return asked


def require_names(actor: str) -> frozenset[str]:
    """`names_behind`, and there are some. Raises `person_unknown`."""
    names = names_behind(actor)
    if not names:
        raise AccountRefusal.PERSON_UNKNOWN.error()
    return names


def read_approval(approval: Approval) -> tuple[Callable[..., Any], dict[str, Any]]:
    """The operation that was asked for, and what it is to be given: values and rows, as they are now.

    Raises `approval_outdated` where a release came since that cannot read it.
    """
    function = BY_TWO.get(approval.operation)
    if function is None:
        raise AccountRefusal.APPROVAL_OUTDATED.error(f"{approval.operation} is not done any more: ask anew")
    try:
        return function, read_for(function, approval.arguments)
    except (TypeError, ValueError, ArithmeticError, ObjectDoesNotExist) as fault:
        raise AccountRefusal.APPROVAL_OUTDATED.error() from fault


def _moved_alone(operation: str, stake: Stake, limits: Mapping[UUID, Decimal]) -> Decimal:
    """What adds up with it. Raises `person_unknown` where nobody knows any more who acts."""
    if not stake.adds_up or not stake.amount or stake.asset_id not in limits:
        return ZERO
    actor = current_actor()
    names = require_names(actor) if people_behind(actor) else frozenset[str]()
    same_way = {"amount__lt": 0} if stake.amount < 0 else {"amount__gt": 0}
    of_late = MovedAlone.objects.filter(
        asset=stake.asset_id, operation=operation, created_at__gt=clock.now() - ADDS_UP_FOR, **same_way
    )
    mine = of_late.filter(names__overlap=sorted(names)) if names else of_late.filter(names=[])
    return total(mine.values_list("amount", flat=True))


def _note(operation: str, stake: Stake, venue_id: UUID) -> None:
    if stake.adds_up and stake.asset_id and stake.amount:
        names = sorted(names_behind(current_actor()))
        MovedAlone.objects.create(
            venue_id=venue_id, asset_id=stake.asset_id, operation=operation, amount=stake.amount, names=names
        )


@requires_transaction
def lock_approval(venue_id: UUID, approval_id: UUID) -> Approval:
    """The venue's approval, locked. Raises `approval_unknown`."""
    approval = lock_row(Lock.APPROVAL_ROW, Approval.objects.filter(id=approval_id, venue=venue_id))
    if approval is None:
        raise AccountRefusal.APPROVAL_UNKNOWN.error(f"there is no approval {approval_id}")
    return approval


def _ask(function: Callable[..., object], stake: Stake, venue_id: UUID, arguments: Mapping[str, Any]) -> Approval:
    """What waits for another person; what this one asked for already and is undecided is not asked for twice."""
    operation, actor, now = function.__name__, current_actor(), clock.now()
    names, said = require_names(actor), written_for(function, arguments)
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
