"""What is taken in: strict JSON, and fields that refuse whatever they would have to guess at.

Guarantees that no amount passes through a float, that nothing unknown is ignored, and that no text gets in that the
database could not hold.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from functools import cache, cached_property
from itertools import chain, islice
from typing import Any, NoReturn
from uuid import UUID

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from drf_spectacular.utils import extend_schema_field
from rest_framework import exceptions, parsers, serializers

from backstop.api.bodies import most_bytes_to, too_large
from backstop.errors import FAULTS_NAMED, DomainError, Fault, Refusal
from backstop.refusals import GroundRefusal
from backstop.values import amounts
from backstop.values.bps import BPS_PER_ONE, EDGE_SCALE
from backstop.values.documents import pointer_to

MAX_WHOLE = 2**31 - 1
MAX_MEMBERS = 128  # of an object: more than anything here takes
MAX_NAME = 64
MAX_DEPTH = 8


def invalid(refusal: Refusal, *, message: str = "", field: str = "") -> exceptions.ValidationError:
    """What a serializer raises, so that all faults are told at once: `refusal` of the whole, or of one `field`."""
    said = message or refusal.message
    return exceptions.ValidationError({field: [said]} if field else said, refusal.code)


def about_fields(refused: ValidationError, *, within: str) -> exceptions.ValidationError:
    """The same of Django's, of the fields of the object that was sent as `within`."""
    by_field = refused.message_dict if hasattr(refused, "error_dict") else {NON_FIELD_ERRORS: refused.messages}
    whole = by_field.pop(NON_FIELD_ERRORS, None)
    return exceptions.ValidationError({within: by_field | ({"non_field_errors": whole} if whole else {})})


def one_of(choices: Iterable[Any]) -> str:
    """What a field that takes only these says; nothing is as good as left out."""
    return f"must be one of {', '.join(str(each) for each in choices if each not in ('', None))}"


def parse_strictly(raw: bytes) -> Any:
    """UTF-8, no name twice in an object, no NaN or infinities; numbers with a fraction or exponent stay exact.

    Raises `json_malformed`, and `json_excessive` for what is larger than anything that is taken: that costs no more
    than reading it.
    """
    try:
        text = raw.decode()
        data = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_members)
        _require_shallow(data)
        if "\\u" in text:  # what cannot be stored only gets in by an escape
            _require_storable(data)
    except RecursionError:
        raise _too_deep() from None
    except (ValueError, ArithmeticError) as problem:
        raise GroundRefusal.JSON_MALFORMED.error(f"this is not JSON: {problem}") from None
    return data


class StrictJSONParser(parsers.BaseParser):
    """A body of JSON, parsed strictly, and no larger than its address takes."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        most = most_bytes_to(parser_context["request"].path)
        raw = stream.read(most + 1)
        if len(raw) > most:
            raise too_large(most)
        return parse_strictly(raw)


def read(serializer_class: Callable[..., Any], data: Any, **options: Any) -> Any:
    """What was sent, as the serializer understands it; raises a ValidationError that names every fault."""
    with counted_alone():
        return reader_of(serializer_class, **options).run_validation(data)


@cache
def reader_of(serializer_class: Callable[..., Any], **options: Any) -> Any:
    """One serializer for all that is read by it, and nothing else: to make one takes longer than to read by it."""
    return serializer_class(**options)


@contextmanager
def counted_alone() -> Iterator[None]:
    """A block in which what is faulty is counted from none on, and counts nowhere else."""
    token = _faulty.set(_Count())
    try:
        yield
    finally:
        _faulty.reset(token)


class _Count:
    """How many objects are faulty of what is being read: of that one call, as others read at the same time."""

    def __init__(self) -> None:
        self.value = 0


_faulty: ContextVar[_Count] = ContextVar("faulty")


class StrictList(serializers.ListSerializer[Any]):
    """Several of what a strict serializer takes."""

    default_error_messages = {"max_length": "must have at most {max_length} items"}


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses members that it does not know, by name. What comes after more faults than are named is not looked at."""

    default_error_messages = {"invalid": "must be an object"}
    unknown: Refusal = GroundRefusal.FIELD_UNKNOWN

    class Meta:
        list_serializer_class = StrictList

    def run_validation(self, data: Any = serializers.empty) -> Any:
        faulty = _faulty.get()
        if faulty.value > FAULTS_NAMED:
            return {}
        try:
            return super().run_validation(data)
        except exceptions.ValidationError:
            faulty.value += 1  # this object and all that it is part of
            raise

    def to_internal_value(self, data: Any) -> Any:
        """As REST framework does it, but that no field is asked what it is where nothing was sent for it."""
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)  # which refuses it
        value: dict[str, Any] = {}
        faults: dict[str, Any] = {}
        for name, field, check in self._taken.values():
            sent = data.get(name, serializers.empty)
            try:
                if sent is serializers.empty and not field.required:
                    read = field.get_default()
                else:
                    read = field.run_validation(sent)
                value[name] = check(read) if check else read
            except exceptions.ValidationError as refused:
                faults[name] = refused.detail
            except serializers.SkipField:
                pass
        if data.keys() - self._taken.keys():
            problem = exceptions.ErrorDetail(self.unknown.message, self.unknown.code)
            faults |= {str(name): [problem] for name in data if name not in self._taken}
        if faults:
            raise exceptions.ValidationError(faults)
        return value

    @cached_property
    def _taken(self) -> dict[str, tuple[str, Any, Callable[[Any], Any] | None]]:
        """Its fields that may be sent, each with the check that the serializer has for it, if any."""
        taken = {name: field for name, field in self.fields.items() if not field.read_only}
        return {name: (name, field, getattr(self, f"validate_{name}", None)) for name, field in taken.items()}


class AmountText(serializers.Field[Decimal, Any, str, Any]):
    """A plain decimal in a string, with at most 15 digits before the point and `scale` after it; written without
    exponent or trailing zeros."""

    digits = r"[0-9]{{1,15}}(\.[0-9]{{1,{scale}}})?"

    def __init__(
        self, *, scale: int = amounts.STORED_SCALE, positive: bool = False, not_negative: bool = False, **options: Any
    ) -> None:
        self.scale = scale
        self.positive = positive
        self.not_negative = not_negative
        super().__init__(**options)

    @property
    def pattern(self) -> str:
        """What is taken looks like this, and whatever looks like this is taken."""
        above_zero = r"(?!0+(\.0+)?$)" if self.positive else ""
        sign = "" if self.positive or self.not_negative else "-?"
        return f"^{above_zero}{sign}({self.digits.format(scale=self.scale)})$"

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str):
            raise invalid(GroundRefusal.DECIMAL_NOT_TEXT)
        try:
            value = amounts.require_takeable(amounts.from_text(data, "amount"), self.scale, "amount")
        except amounts.AmountRefused as refused:
            raise invalid(GroundRefusal.DECIMAL_REFUSED, message=refused.problem) from None
        self.require_range(value)
        if not re.fullmatch(self.pattern, data, re.ASCII):
            raise invalid(GroundRefusal.DECIMAL_REFUSED)
        return value

    def require_range(self, value: Decimal) -> None:
        if self.positive and value <= 0:
            raise invalid(GroundRefusal.NOT_POSITIVE)
        if self.not_negative and value < 0:
            raise invalid(GroundRefusal.NEGATIVE)

    def to_representation(self, value: Decimal) -> str:
        return amounts.to_text(value)


class EdgeText(AmountText):
    """An edge in basis points of notional, at most four decimals, within a hundred percent either way."""

    digits = r"10000(\.0{{1,{scale}}})?|[0-9]{{1,4}}(\.[0-9]{{1,{scale}}})?"

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"scale": EDGE_SCALE, **options})

    def require_range(self, value: Decimal) -> None:
        super().require_range(value)
        if value.copy_abs() > BPS_PER_ONE:
            raise invalid(GroundRefusal.EDGE_OUT_OF_RANGE)


class WholeField(serializers.Field[int, Any, int, Any]):
    """A whole JSON number from `minimum` to `maximum`, both included; neither text nor a fraction nor a boolean."""

    def __init__(self, *, minimum: int = 0, maximum: int = MAX_WHOLE, **options: Any) -> None:
        self.minimum = minimum
        self.maximum = maximum
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            raise invalid(GroundRefusal.NOT_WHOLE)
        if not self.minimum <= data <= self.maximum:
            raise invalid(GroundRefusal.OUT_OF_RANGE, message=f"must be within {self.minimum} and {self.maximum}")
        return data

    def to_representation(self, value: int) -> int:
        return value


class UnitsField(WholeField):
    """How many units of a lot: at least one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"minimum": 1, **options})


class IdField(serializers.UUIDField):
    """An id in text, and nothing that would have to be made into one."""

    default_error_messages = {"invalid": "must be an id such as 0197f2c4-5a10-7d31-9c61-2f6f3c1e0a01"}

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str):
            raise invalid(GroundRefusal.NOT_TEXT)
        return super().to_internal_value(data)


@extend_schema_field({"type": "boolean"})
class FlagField(serializers.Field[bool, Any, bool, Any]):
    """true or false, and nothing that would have to be made into one."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise invalid(GroundRefusal.NOT_FLAG)
        return data

    def to_representation(self, value: bool) -> bool:
        return value


class TextField(serializers.CharField):
    """Text, and nothing that would have to be made into text."""

    default_error_messages = {"max_length": "must have at most {max_length} letters"}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise invalid(GroundRefusal.NOT_TEXT)
        return super().to_internal_value(data)


class ChoiceText(serializers.ChoiceField):
    """One of its choices, which it names where it is none of them."""

    def __init__(self, choices: Any, **options: Any) -> None:
        super().__init__(choices, **options)
        self.error_messages["invalid_choice"] = one_of(self.choices)


class MomentField(serializers.DateTimeField):
    """A time by ISO 8601."""

    default_error_messages = {"invalid": GroundRefusal.MOMENT_REFUSED.message}


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_MEMBERS:
        raise GroundRefusal.JSON_EXCESSIVE.error(f"an object has at most {MAX_MEMBERS} members")
    if any(len(name) > MAX_NAME for name, _ in pairs):
        raise GroundRefusal.JSON_EXCESSIVE.error(f"a member's name has at most {MAX_NAME} letters")
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return result


def _too_deep() -> DomainError:
    return GroundRefusal.JSON_EXCESSIVE.error(f"at most {MAX_DEPTH} lists and objects stand in each other")


def _require_shallow(data: Any) -> None:
    level: list[Any] = [[data]]
    for _ in range(MAX_DEPTH + 1):
        contents = chain.from_iterable(one.values() if isinstance(one, dict) else one for one in level)
        level = [one for one in contents if isinstance(one, list | dict)]
    if level:
        raise _too_deep()


def _require_storable(data: Any) -> None:
    faults = list(islice(_not_storable(data, ""), FAULTS_NAMED + 1))
    if faults:
        raise GroundRefusal.TEXT_NOT_STORABLE.error(faults=faults)


def _not_storable(data: Any, pointer: str) -> Iterator[Fault]:
    if isinstance(data, str) and any(character == "\0" or "\ud800" <= character <= "\udfff" for character in data):
        yield GroundRefusal.TEXT_NOT_STORABLE.at(pointer)
    elif isinstance(data, list):
        for index, inner in enumerate(data):
            yield from _not_storable(inner, f"{pointer}/{index}")
    elif isinstance(data, dict):
        for name, inner in data.items():
            yield from _not_storable(name, pointer)
            yield from _not_storable(inner, pointer + pointer_to(name.encode(errors="replace").decode()))
