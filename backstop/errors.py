"""What can go wrong by the rules of the house: four kinds, each with a stable code that clients may rely on.

Raised by operations and rules, turned into problem documents by backstop.api.problems. A specific error is a subclass
that stands beside what raises it; its code is its name in snake case. Raising one rolls the operation back.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with what was sent: where (a JSON pointer), what kind, and what instead."""

    pointer: str
    code: str
    message: str


class DomainError(Exception):
    """Something that the rules do not allow. `pointer` names the place in what was sent, where there is one.

    `faults` lists several things at once; without it the error itself is its only fault. `members` are what else a
    client may want to read without parsing the message.
    """

    code = "domain_error"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.code = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(
        self, message: str, *, pointer: str = "", faults: Sequence[Fault] = (), members: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.members = dict(members or {})
        self.faults = tuple(faults) or (Fault(pointer, self.code, message),)


class Refused(DomainError):
    """Understood, and not acceptable: the caller has to send something else."""


class Conflict(DomainError):
    """Acceptable in itself, but not in the state that things are in now."""


class NotFound(DomainError):
    """No such thing, or none that this caller may know of."""


class NotAllowed(DomainError):
    """The caller is known and may not do this."""
