"""A venue as a file describes it: what it trades, who provides, and what it goes by.

Whatever the file leaves out is left as it is. What one part of it names by a code or a name stands in another part of
it; unknown fields are refused.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from decimal import Decimal
from difflib import get_close_matches
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

from accounts.rules.sharing.plans import LayerKind, PlannedLayer, planned_by_default, require_plan
from accounts.rules.sharing.positions import Method
from auctions.offline.inputs import Members, Node, all_of
from auctions.offline.venue_entries import (
    AlertEntry,
    CapEntry,
    ExposureEntry,
    InstrumentEntry,
    PlaybookEntry,
    VenueFile,
)
from auctions.rules.alerts import AlertCondition
from auctions.rules.presets import Preset
from backstop.errors import DomainError

TERMS = ("notice_seconds", "exposure_max_age_seconds", "default_confirm_seconds", "default_book_seconds")
KINDS = ("LINEAR", "SPOT")


Entry = TypeVar("Entry", CapEntry, ExposureEntry, AlertEntry)
Value = TypeVar("Value")
Read = Callable[[Node], Any]


def read_venue(document: Node, parameters: Collection[str]) -> VenueFile:
    """What a document says, where a playbook has these parameters. Raises `InputRefused`, with all that is wrong."""
    assets, product_groups, groups = (_listed(document, name) for name in ("assets", "product_groups", "groups"))
    limits: dict[str, Read] = {
        "auctions": lambda node: _alone(node, lambda entry: _cap(entry, assets, product_groups)),
        "exposures": lambda node: _alone(node, lambda entry: _exposure(entry, assets, groups)),
        "approvals": lambda node: _by_name(node, lambda code, amount: _approval(code, amount, assets)),
    }
    sections: dict[str, Read] = {
        "assets": lambda node: _by_name(node, lambda _, entry: _fields(entry, {"scale": _whole})["scale"]),
        "product_groups": _names,
        "instruments": lambda node: _by_name(node, lambda _, entry: _instrument(entry, assets, product_groups)),
        "playbook": lambda node: _playbook(node, parameters),
        "groups": lambda node: _by_name(node, lambda name, entry: _related(name, entry, groups)),
        "providers": lambda node: _by_name(node, lambda _, entry: _group(entry, groups)),
        "limits": lambda node: _fields(node, {}, limits),
        "loss_plan": _loss_plan,
        "alerts": lambda node: _alone(node, lambda entry: _alert(entry, assets)),
    }
    said = _fields(document, {"venue": _venue}, sections)
    venue, limited = said["venue"], said.get("limits", {})
    return VenueFile(
        code=venue["code"],
        name=venue["name"],
        terms={name: venue[name] for name in TERMS if name in venue},
        assets=said.get("assets", {}),
        product_groups=said.get("product_groups", ()),
        instruments=said.get("instruments", {}),
        playbook=said.get("playbook"),
        groups=said.get("groups", {}),
        providers=said.get("providers", {}),
        caps=limited.get("auctions", ()),
        exposures=limited.get("exposures", ()),
        approvals=limited.get("approvals", {}),
        loss_plan=said.get("loss_plan"),
        alerts=said.get("alerts", ()),
    )


def _fields(
    node: Node, required: Mapping[str, Read], optional: Mapping[str, Read] = MappingProxyType({})
) -> dict[str, Any]:
    """The fields of a mapping that are not null, each as it is read; an unknown one is refused with what it may be."""
    known, members = {**required, **optional}, node.members()

    def read(name: str) -> Any:
        field = members.get(name, node.child(name))
        if name not in known:
            raise field.refuse(f"is no field here; {_instead(name, known)}")
        if field.value is None:
            raise field.refuse("is missing")
        return known[name](field)

    unknown = [name for name in members if name not in known]
    names = [*unknown, *required, *(name for name in optional if name in members and members[name].value is not None)]
    return dict(zip(names, all_of(partial(read, name) for name in names), strict=True))


def _by_name(node: Node, read: Callable[[str, Node], Value]) -> dict[str, Value]:
    """The members of a mapping, whatever their names, read by these."""
    members = node.members()
    return dict(zip(members, all_of(partial(read, *member) for member in members.items()), strict=True))


def _listed(document: Node, section: str) -> Collection[str]:
    """What other parts of the file may name of a section, whether the rest of it can be read or not."""
    if not isinstance(document.value, Members):
        return ()
    said = document.value.get(section)
    return [name for name in said if isinstance(name, str)] if isinstance(said, Members | list) else ()


def _known(node: Node, known: Collection[str], section: str) -> str:
    """A name that stands in that section of the file."""
    name = node.text()
    if name not in known:
        raise node.refuse(f"is {name}, which {section} of this file does not have; {_instead(name, known)}")
    return name


def _instead(name: str, known: Collection[str]) -> str:
    if not known:
        return "there are none"
    close = get_close_matches(name, known, 1)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"


def _names(node: Node) -> tuple[str, ...]:
    seen = set[str]()

    def read(item: Node) -> str:
        name = item.text()
        if name in seen:
            raise item.refuse("is named twice")
        seen.add(name)
        return name

    return tuple(all_of(partial(read, item) for item in node.items()))


def _whole(node: Node) -> int:
    number = node.whole()
    if number < 0:
        raise node.refuse("must not be negative")
    return number


def _venue(node: Node) -> dict[str, Any]:
    return _fields(node, {"code": Node.text, "name": Node.text}, dict.fromkeys(TERMS, _whole))


def _instrument(node: Node, assets: Collection[str], product_groups: Collection[str]) -> InstrumentEntry:
    required: dict[str, Read] = {
        "kind": _kind,
        "product_group": lambda named: _known(named, product_groups, "product_groups"),
        "settlement_asset": lambda named: _known(named, assets, "assets"),
        "quantity_step": Node.decimal,
        "margin_rate": Node.decimal,
    }
    return InstrumentEntry(**{"is_listed": True} | _fields(node, required, {"is_listed": Node.flag}))


def _kind(node: Node) -> str:
    if node.value not in KINDS:
        raise node.refuse(f"must be one of {', '.join(KINDS)}")
    return node.text()


def _group(node: Node, groups: Collection[str]) -> str:
    named: str = _fields(node, {"group": lambda group: _known(group, groups, "groups")})["group"]
    return named


def _related(name: str, node: Node, groups: Collection[str]) -> tuple[str, ...] | None:
    def read(item: Node) -> None:
        if _known(item, groups, "groups") == name:
            raise item.refuse("is this group itself: name another")

    def read_all(related: Node) -> tuple[str, ...]:
        all_of(partial(read, item) for item in related.items())
        return _names(related)

    return None if node.value is None else _fields(node, {}, {"related": read_all}).get("related")


def _playbook(node: Node, parameters: Collection[str]) -> PlaybookEntry:
    known = ["preset", *parameters]

    def read(name: str, parameter: Node) -> Any:
        if name not in known:
            raise parameter.refuse(f"is no parameter of a playbook; {_instead(name, known)}")
        is_preset = name == "preset" and parameter.value is not None
        return parameter.choice(Preset) if is_preset else parameter.value

    said = _by_name(node, read)
    return PlaybookEntry(preset=said.pop("preset", None), parameters=said)


def _alone(node: Node, read: Callable[[Node], Entry]) -> tuple[Entry, ...]:
    """The entries of a list, of which no two are about the same."""
    found: dict[object, Entry] = {}

    def read_one(item: Node) -> None:
        entry = read(item)
        if entry.scope in found:
            raise item.refuse(f"is about the same as {found[entry.scope].pointer}: leave one")
        found[entry.scope] = entry

    all_of(partial(read_one, item) for item in node.items())
    return tuple(found.values())


def _cap(node: Node, assets: Collection[str], product_groups: Collection[str]) -> CapEntry:
    said = _with_limits(
        node,
        {"asset": lambda named: _known(named, assets, "assets")},
        {"product_group": lambda named: _known(named, product_groups, "product_groups")},
        ("limit",),
    )
    return CapEntry(**{"pointer": node.pointer, "product_group": None} | said)


def _exposure(node: Node, assets: Collection[str], groups: Collection[str]) -> ExposureEntry:
    required: dict[str, Read] = {
        "asset": lambda named: _known(named, assets, "assets"),
        "group": lambda named: _known(named, groups, "groups"),
    }
    return ExposureEntry(pointer=node.pointer, **_with_limits(node, required, {}, ("gross_limit", "net_limit")))


def _with_limits(
    node: Node, required: Mapping[str, Read], optional: Mapping[str, Read], limits: Collection[str]
) -> dict[str, Any]:
    """The fields of a mapping whose limits have to be said, though it be as null."""
    members = node.members()

    def require(name: str) -> None:
        if name not in members:
            raise node.child(name).refuse("is missing: say an amount, or null for no limit")

    read_limits = dict.fromkeys(limits, Node.not_negative)
    said: list[Any] = all_of(
        [lambda: _fields(node, required, {**optional, **read_limits}), *(partial(require, name) for name in limits)]
    )
    return {**dict.fromkeys(limits), **said[0]}


def _approval(code: str, amount: Node, assets: Collection[str]) -> Decimal | None:
    _known(Node(code, amount.pointer), assets, "assets")
    return None if amount.value is None else amount.not_negative()


def _loss_plan(node: Node) -> tuple[PlannedLayer, ...]:
    layers = tuple(all_of(partial(_layer, item) for item in node.items()))
    try:
        require_plan(layers)
    except DomainError as refused:
        pointer = refused.faults[0].pointer.removeprefix("/layers")
        raise Node(None, f"{node.pointer}{pointer}").refuse(refused.message) from None
    return layers


def _layer(node: Node) -> PlannedLayer:
    limits = dict.fromkeys(("per_event", "per_24h", "target"), Node.not_negative)
    optional: dict[str, Read] = {**limits, "method": lambda named: named.choice(Method)}
    said = _fields(node, {"kind": lambda named: named.choice(LayerKind)}, optional)
    return replace(planned_by_default(said["kind"]), **said)


def _alert(node: Node, assets: Collection[str]) -> AlertEntry:
    required: dict[str, Read] = {
        "condition": lambda named: named.choice(AlertCondition),
        "threshold": Node.not_negative,
        "minutes": _whole,
    }
    optional: dict[str, Read] = {"asset": lambda named: _known(named, assets, "assets"), "mail_to": _names}
    said = _fields(node, required, optional)
    return AlertEntry(**{"pointer": node.pointer, "asset": None, "mail_to": ()} | said)
