"""The only opener of transactions, and the owner of idempotency and of who acts.

Guarantees that an operation happens whole or not at all, that only successes are remembered, that the same request
answers the same for seven days, and that whatever happens has an actor: a text that names a user, an API key, a sweep
or a command, as `user:olivia` or `sweep:close_auctions`. What met others in its way is tried again, whole.

What it locks on its way, and in which order: backstop/locks.py.
"""

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial, wraps
from inspect import isgeneratorfunction
from typing import Any, ParamSpec, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils.crypto import salted_hmac
from psycopg.pq import TransactionStatus

from backstop.database import NOT_SUPPORTED, Following, Overtaken, is_contended, sqlstate_of
from backstop.locks import of_operation, of_rehearsal, of_transaction, try_lock
from backstop.models.idempotency import StoredAnswer
from backstop.refusals import GroundRefusal

P = ParamSpec("P")
R = TypeVar("R")

TRIES = 3
PAUSE_SECONDS = 0.05

_actor: ContextVar[str] = ContextVar("actor")
_overtaken: ContextVar[bool] = ContextVar("overtaken", default=False)


@dataclass(frozen=True, slots=True)
class Request:
    """What makes a request the same one again: who asked, for what, under which key, with which content."""

    principal: str
    method: str
    path: str
    key: str
    content: object

    @property
    def fingerprint(self) -> str:
        text = json.dumps(self.content, sort_keys=True, cls=DjangoJSONEncoder)
        # Keyed: what was sent may hold a sealed bid, which a plain hash would let anybody find by trying.
        return salted_hmac("backstop.stored_answer", text, algorithm="sha256").hexdigest()

    @property
    def scope(self) -> dict[str, str]:
        return {"principal": self.principal, "method": self.method, "path": self.path, "key": self.key}


@dataclass(frozen=True, slots=True)
class Answered:
    """What a request was answered; a `replayed` one was carried out before."""

    value: Any
    replayed: bool


def requires_transaction(function: Callable[P, R]) -> Callable[P, R]:
    """Marks a function that locks or writes as part of an operation: it refuses to run outside a transaction.

    Raises TypeError for a generator, which would run later: in another transaction, and on behalf of somebody else.
    """
    if isgeneratorfunction(function):
        raise TypeError(f"{function.__name__} is a generator: it would run after its transaction")

    @wraps(function)
    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        if not connection.in_atomic_block:
            raise RuntimeError(f"{function.__name__} needs a transaction: call it by transactions.perform")
        return function(*args, **kwargs)

    return inside


def one_statement(function: Callable[P, R]) -> Callable[P, R]:
    """Marks an operation of which one statement locks, decides and writes: that is a transaction by itself, so that
    `perform` opens none, and neither begins nor commits anything beside it."""
    function.is_one_statement = True  # type: ignore[attr-defined]
    return function


def operation(function: Callable[P, R]) -> Callable[P, R]:
    """Marks what happens whole or not at all: `perform` carries it out, on behalf of somebody or of the clock."""
    inside = function if _is_one_statement(function) else requires_transaction(function)

    @wraps(function)
    def held(*args: P.args, **kwargs: P.kwargs) -> R:
        with of_operation(function.__name__):
            return inside(*args, **kwargs)

    return held


@contextmanager
def acting(actor: str) -> Iterator[None]:
    """A block in which whatever happens is done by this actor."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


def current_actor() -> str:
    """Who does what is under way. Raises RuntimeError where nobody was named."""
    try:
        return _actor.get()
    except LookupError:
        raise RuntimeError("nobody acts: call the operation by transactions.perform") from None


def perform(function: Callable[..., R], *, actor: str, **arguments: Any) -> R:
    """Carry out one operation in one durable transaction.

    Where others are in its way (a deadlock, a lock that does not come), all of it is tried again, a few times.
    """
    with acting(actor):
        carry_out = partial(function, **arguments)
        in_one_statement = _is_one_statement(function) and not connection.in_atomic_block
        return _tried(carry_out) if in_one_statement else _in_transaction(carry_out)


def foresee(answer: Callable[[R], Any], function: Callable[..., R], *, actor: str, **arguments: Any) -> Any:
    """The `answer` that `perform` would have now: all is carried out and taken back, so that nothing is left of it.

    Raises whatever it would raise.
    """

    def carried_out() -> Any:
        value = answer(function(**arguments))
        connection.check_constraints()  # as a commit would
        transaction.set_rollback(True)
        return value

    with acting(actor):
        return _in_transaction(carried_out)


def perform_alone(name: str, function: Callable[..., R], *, actor: str, **arguments: Any) -> R | None:
    """`perform`, unless somebody is in the middle of something under this name: then nothing happens, and None."""
    with acting(actor):
        return _in_transaction(lambda: function(**arguments) if try_lock(name) else None)


class _TakenBack(Exception):
    """Undoes what was rehearsed."""


@requires_transaction
def rehearse(function: Callable[..., object], **arguments: Any) -> None:
    """Carry out and take back: raises whatever the function raises as things are now, and leaves nothing, no lock."""
    with suppress(_TakenBack), of_rehearsal(), transaction.atomic():
        function(**arguments)
        raise _TakenBack


def perform_once(
    request: Request, answer: Callable[[R], Any], function: Callable[..., R], *, actor: str, **arguments: Any
) -> Answered:
    """`perform`, and the first answer again where the same request has succeeded before.

    `answer` turns the result into what is stored and returned: plain JSON values.
    Raises `request_in_flight` while its twin is under way, `idempotency_key_reused` for other content under the same
    key.
    """

    def answered() -> Answered:
        if not try_lock(json.dumps(request.scope, sort_keys=True)):
            raise GroundRefusal.REQUEST_IN_FLIGHT.error()
        known = StoredAnswer.objects.filter(**request.scope).first()
        if known is None:
            value = json.loads(json.dumps(answer(function(**arguments)), cls=DjangoJSONEncoder))
            StoredAnswer.objects.create(**request.scope, fingerprint=request.fingerprint, answer=value)
            return Answered(value, replayed=False)
        if known.fingerprint != request.fingerprint:
            raise GroundRefusal.IDEMPOTENCY_KEY_REUSED.error(
                f"Idempotency-Key {request.key!r} was used before, for other content"
            )
        return Answered(known.answer, replayed=True)

    with acting(actor):
        return _in_transaction(answered)


def was_answered(request: Request) -> bool:
    """Whether `perform_once` would give the first answer again."""
    return StoredAnswer.objects.filter(**request.scope).exists()


def was_overtaken() -> bool:
    """Whether what is under way was tried before and overtaken: now it had better lock at once what it decides by."""
    return _overtaken.get()


def _is_one_statement(function: Callable[..., object]) -> bool:
    return getattr(function, "is_one_statement", False)


def _in_transaction(carry_out: Callable[[], R]) -> R:
    def in_transaction() -> R:
        with transaction.atomic(durable=True), of_transaction():
            return _carry_out_here(carry_out)

    return _tried(in_transaction)


def _tried(carry_out: Callable[[], R]) -> R:
    tries, overtaken = 1, False
    while True:
        token = _overtaken.set(overtaken)
        try:
            return carry_out()
        except Exception as error:
            if tries == TRIES or not is_contended(error):
                raise
            overtaken = overtaken or isinstance(error, Overtaken)
        finally:
            _overtaken.reset(token)
        # Of those that met, not all come again at once.
        time.sleep(random.uniform(0, PAUSE_SECONDS * tries))
        tries += 1


def _carry_out_here(carry_out: Callable[[], R]) -> R:
    """What it does, where the server says at the beginning of the transaction that it writes.

    One that led, was cut off and follows now may hold what no other server has, and nobody was told of: a request that
    is repeated there must not be answered by what it finds. Raises `Following` there.
    """
    raw = connection.connection
    if raw.info.transaction_status == TransactionStatus.IDLE:  # a test's transaction has begun already
        raw.read_only = False
    try:
        return carry_out()
    except Exception as error:
        if sqlstate_of(error) == NOT_SUPPORTED and raw.info.transaction_status == TransactionStatus.IDLE:
            raise Following("a transaction that writes does not begin here") from error
        raise
