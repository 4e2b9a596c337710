"""What can go wrong by the rules of the house: refusals, each with a stable code that clients may rely on.

A refusal is a member of an enum that derives from `Refusal`: the ground's, accounts' and auctions' stand in the module
`refusals` of each. Operations and rules raise the error that a member makes, which rolls the operation back;
backstop.api.problems turns any of them into a problem document.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

FAULTS_NAMED = 50  # the most that an answer names; of more it says that there are more


class Kind(Enum):
    """What a refusal means for whoever is refused; the value is the HTTP status of it."""

    MALFORMED = 400  # cannot be read at all
    UNAUTHENTICATED = 401  # nobody is known by what was sent as a key
    NOT_ALLOWED = 403  # the caller is known and may not do this
    NOT_FOUND = 404  # no such thing, or none that this caller may know of
    NOT_OFFERED = 405  # no such method at this address
    NOT_ACCEPTABLE = 406  # nothing that is answered is what the caller takes
    TOO_SLOW = 408  # it did not come in time
    CONFLICT = 409  # acceptable in itself, but not in the state that things are in now
    GONE = 410  # it was there, and is not kept any more
    CHANGED = 412  # not any more what the caller says that it saw
    TOO_LARGE = 413  # more than is read
    NOT_READ = 415  # of a type that is not read
    REFUSED = 422  # understood, and not acceptable: the caller has to send something else
    TOO_MANY = 429  # more at once than one caller may ask
    FAILED = 500  # no fault of the caller's
    UNAVAILABLE = 503  # nobody's fault: the same may succeed shortly


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with what was sent: where (a JSON pointer), what kind, and what instead."""

    pointer: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a refusal says to clients. `message` and `pointer` are what holds where nothing more specific is said."""

    code: str
    kind: Kind
    message: str
    pointer: str = ""


class Refusal(Enum):
    """Something that the rules do not allow: each member is a `Meaning`, and its code is never another member's."""

    _value_: Meaning

    @property
    def code(self) -> str:
        return self.value.code

    @property
    def kind(self) -> Kind:
        return self.value.kind

    @property
    def message(self) -> str:
        return self.value.message

    @property
    def pointer(self) -> str:
        return self.value.pointer

    def error(
        self,
        message: str | None = None,
        *,
        pointer: str | None = None,
        faults: Sequence[Fault] = (),
        members: Mapping[str, Any] | None = None,
    ) -> "DomainError":
        """The exception to raise. `pointer` names the place in what was sent; the empty one is the whole.

        `faults` lists several things at once; without it the error itself is its only fault. `members` are what else a
        client may want to read without parsing the message.
        """
        said = self.message if message is None else message
        alone = self.at(self.pointer if pointer is None else pointer, said)
        return DomainError(self, said, tuple(faults) or (alone,), dict(members or {}))

    def at(self, pointer: str, message: str | None = None) -> Fault:
        """One of several faults that are told at once."""
        return Fault(pointer, self.code, self.message if message is None else message)


class DomainError(Exception):
    """A refusal that was raised; made by `Refusal.error`. Nothing derives from it: `refusal` says what it is."""

    def __init__(self, refusal: Refusal, message: str, faults: tuple[Fault, ...], members: dict[str, Any]) -> None:
        super().__init__(message)
        self.refusal = refusal
        self.message = message
        self.faults = faults
        self.members = members
