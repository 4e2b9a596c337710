"""What every kind of price curve is: its JSON, its edge after so many seconds, and how a playbook makes one.

A kind is a frozen dataclass, and what a playbook says of it another one: their fields are what their JSON holds beside
the kind. A field is a Decimal, an int, or a tuple of these; what makes no sense is refused with its place.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from decimal import Decimal
from functools import cache
from itertools import count
from typing import Any, ClassVar, TypeVar, get_args, get_type_hints

from backstop.values.amounts import ZERO, AmountRefused, from_json
from backstop.values.documents import pointer_to

MAX_WHOLE = 2**31 - 1


class CurveRefused(ValueError):
    """A curve that says nothing sensible; `pointer` is the JSON pointer to the fault inside the curve."""

    def __init__(self, pointer: str, problem: str) -> None:
        super().__init__(f"{pointer}: {problem}" if pointer else problem)
        self.pointer = pointer
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Parameters(ABC):
    """What a playbook says of the curves of one kind; every field has a default."""

    KIND: ClassVar[str]

    @abstractmethod
    def curve(self, start_edge_bps: Decimal, solvent_edge_bps: Decimal, cap_edge_bps: Decimal) -> "Curve":
        """The curve of an auction that starts at `start_edge_bps`, whose estate alone could pay `solvent_edge_bps`."""


@dataclass(frozen=True, slots=True)
class Curve(ABC):
    """How the edge of a Dutch auction rises."""

    PARAMETERS: ClassVar[type[Parameters]]

    @abstractmethod
    def edge_after(self, seconds: Decimal) -> Decimal:
        """The edge after `seconds` (>= 0), uncapped; Decimal arithmetic is precise to 80 digits here."""

    def instants(self, after_seconds: Decimal) -> Iterable[Decimal]:
        """Where to look at it next, in seconds, each beyond `after_seconds`: every whole second."""
        return multiples(Decimal(1), after_seconds)


Said = TypeVar("Said", Curve, Parameters)


def read(form: type[Said], said: Mapping[str, Any]) -> Said:
    """The `form` whose fields are `said` in JSON's words; null is as good as absent. Raises `CurveRefused`."""
    types = types_of(form)
    for name in said:
        if name not in types:
            raise CurveRefused(pointer_to(name), f"is no field of this kind, which has {', '.join(types)}")
    given = {name: value for name, value in said.items() if value is not None}
    for field in fields(form):
        if field.default is MISSING and field.name not in given:
            raise CurveRefused(pointer_to(field.name), "is missing")
    return form(**{name: _value(types[name], value, pointer_to(name)) for name, value in given.items()})


@cache
def types_of(form: type[Curve] | type[Parameters]) -> dict[str, Any]:
    """The fields of a form in order, with their types."""
    hints = get_type_hints(form)
    return {field.name: hints[field.name] for field in fields(form)}


def require(holds: bool, pointer: str, problem: str) -> None:
    """Raises `CurveRefused` unless it `holds`."""
    if not holds:
        raise CurveRefused(pointer, problem)


def multiples(step: Decimal, after: Decimal) -> Iterable[Decimal]:
    """0, `step`, twice `step`, ..., from the first beyond `after` on."""
    first = after // step + 1 if after >= 0 else ZERO
    return (step * number for number in count(int(first)))


def _value(form: Any, value: Any, pointer: str) -> Any:
    if form is Decimal:
        try:
            return from_json(value, pointer)
        except AmountRefused as refused:
            raise CurveRefused(pointer, refused.problem) from None
    if form is int:
        whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_WHOLE
        require(whole, pointer, f"must be a whole number of at most {MAX_WHOLE}")
        return value
    require(isinstance(value, list | tuple), pointer, "must be a list")
    forms = get_args(form)
    if forms[-1] is Ellipsis:
        forms = forms[:1] * len(value)
    require(len(value) == len(forms), pointer, f"must be a list of {len(forms)}")
    pairs = enumerate(zip(forms, value, strict=True))
    return tuple(_value(one, each, f"{pointer}/{place}") for place, (one, each) in pairs)
