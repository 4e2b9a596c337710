"""A venue as a file describes it: what it trades, who provides, and what it goes by.

Whatever the file leaves out is left as it is. What one part of it names by a code or a name stands in another part of
it; unknown fields are refused.
"""

from collections.abc import Callable, Collection, Iterator
from decimal import Decimal
from difflib import get_close_matches
from typing import TypeVar

from accounts.rules.sharing.plans import LayerKind, PlannedLayer, planned_by_default, require_plan
from accounts.rules.sharing.positions import Method
from auctions.offline.inputs import Fields, Node
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

SECTIONS = (
    "assets",
    "product_groups",
    "instruments",
    "playbook",
    "groups",
    "providers",
    "limits",
    "loss_plan",
    "alerts",
)
TERMS = ("notice_seconds", "exposure_max_age_seconds", "default_confirm_seconds", "default_book_seconds")
KINDS = ("LINEAR", "SPOT")


Entry = TypeVar("Entry", CapEntry, ExposureEntry, AlertEntry)


def read_venue(document: Node, parameters: Collection[str]) -> VenueFile:
    """What a document says, where a playbook has these parameters. Raises `InputRefused`."""
    parts = _fields(document, {"venue"}, SECTIONS)
    of_venue = _fields(parts["venue"], {"code", "name"}, TERMS)
    assets = {code: _whole(_fields(node, {"scale"})["scale"]) for code, node in _entries(parts, "assets")}
    product_groups = tuple(_names(parts["product_groups"])) if "product_groups" in parts else ()
    instruments = {symbol: _instrument(node, assets, product_groups) for symbol, node in _entries(parts, "instruments")}
    groups = dict(_groups(parts))
    providers = {
        name: _known(_fields(node, {"group"})["group"], groups, "groups") for name, node in _entries(parts, "providers")
    }
    limits = _fields(parts["limits"], (), ("auctions", "exposures", "approvals")) if "limits" in parts else Fields()
    return VenueFile(
        code=of_venue["code"].text(),
        name=of_venue["name"].text(),
        terms={name: _whole(of_venue[name]) for name in TERMS if name in of_venue},
        assets=assets,
        product_groups=product_groups,
        instruments=instruments,
        playbook=_playbook(parts["playbook"], parameters) if "playbook" in parts else None,
        groups=groups,
        providers=providers,
        caps=_alone(limits, "auctions", lambda node: _cap(node, assets, product_groups)),
        exposures=_alone(limits, "exposures", lambda node: _exposure(node, assets, groups)),
        approvals={
            _known(Node(code, node.pointer), assets, "assets"): None if node.value is None else node.not_negative()
            for code, node in _entries(limits, "approvals")
        },
        loss_plan=_loss_plan(parts["loss_plan"]) if "loss_plan" in parts else None,
        alerts=_alone(parts, "alerts", lambda node: _alert(node, assets)),
    )


def _fields(node: Node, required: Collection[str], optional: Collection[str] = ()) -> Fields:
    """The fields of a mapping; an unknown one is refused with what it may be."""
    known = [*required, *optional]
    for name, child in node.members().items():
        if name not in known:
            raise child.refuse(f"is no field here; {_instead(name, known)}")
    return node.fields(set(required), set(optional))


def _entries(parts: Fields, name: str) -> list[tuple[str, Node]]:
    return list(parts[name].members().items()) if name in parts else []


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


def _names(node: Node) -> Iterator[str]:
    seen = set[str]()
    for item in node.items():
        name = item.text()
        if name in seen:
            raise item.refuse("is named twice")
        seen.add(name)
        yield name


def _whole(node: Node) -> int:
    number = node.whole()
    if number < 0:
        raise node.refuse("must not be negative")
    return number


def _limit(node: Node, name: str) -> Decimal | None:
    limit = node.child(name)
    return None if limit.value is None else limit.not_negative()


def _said_limit(node: Node, name: str) -> Decimal | None:
    if name not in node.members():
        raise node.child(name).refuse("is missing: say an amount, or null for no limit")
    return _limit(node, name)


def _instrument(node: Node, assets: Collection[str], product_groups: Collection[str]) -> InstrumentEntry:
    required = ("kind", "product_group", "settlement_asset", "quantity_step", "margin_rate")
    said = _fields(node, required, ("is_listed",))
    if said["kind"].value not in KINDS:
        raise said["kind"].refuse(f"must be one of {', '.join(KINDS)}")
    return InstrumentEntry(
        kind=said["kind"].text(),
        product_group=_known(said["product_group"], product_groups, "product_groups"),
        settlement_asset=_known(said["settlement_asset"], assets, "assets"),
        quantity_step=said["quantity_step"].decimal(),
        margin_rate=said["margin_rate"].decimal(),
        is_listed=said.get_or("is_listed", Node.flag, True),
    )


def _groups(parts: Fields) -> Iterator[tuple[str, tuple[str, ...] | None]]:
    entries = _entries(parts, "groups")
    others = [name for name, _ in entries]
    for name, node in entries:
        related = _fields(node, (), ("related",)).get("related") if node.value is not None else None
        for item in related.items() if related else ():
            if _known(item, others, "groups") == name:
                raise item.refuse("is this group itself: name another")
        yield name, tuple(_names(related)) if related else None


def _playbook(node: Node, parameters: Collection[str]) -> PlaybookEntry:
    members = node.members()
    for name, child in members.items():
        if name not in ("preset", *parameters):
            raise child.refuse(f"is no parameter of a playbook; {_instead(name, ['preset', *parameters])}")
    preset = members.pop("preset", None)
    return PlaybookEntry(
        preset=preset.choice(Preset) if preset and preset.value is not None else None,
        parameters={name: child.value for name, child in members.items()},
    )


def _alone(parts: Fields, name: str, read: Callable[[Node], Entry]) -> tuple[Entry, ...]:
    """The entries of a list, of which no two are about the same."""
    found: dict[object, Entry] = {}
    for node in parts[name].items() if name in parts else ():
        entry = read(node)
        if entry.scope in found:
            raise node.refuse(f"is about the same as {found[entry.scope].pointer}: leave one")
        found[entry.scope] = entry
    return tuple(found.values())


def _cap(node: Node, assets: Collection[str], product_groups: Collection[str]) -> CapEntry:
    said = _fields(node, ("asset",), ("product_group", "limit"))
    return CapEntry(
        pointer=node.pointer,
        asset=_known(said["asset"], assets, "assets"),
        product_group=said.get_or(
            "product_group", lambda narrower: _known(narrower, product_groups, "product_groups"), None
        ),
        limit=_said_limit(node, "limit"),
    )


def _exposure(node: Node, assets: Collection[str], groups: Collection[str]) -> ExposureEntry:
    said = _fields(node, ("asset", "group"), ("gross_limit", "net_limit"))
    return ExposureEntry(
        pointer=node.pointer,
        asset=_known(said["asset"], assets, "assets"),
        group=_known(said["group"], groups, "groups"),
        gross_limit=_said_limit(node, "gross_limit"),
        net_limit=_said_limit(node, "net_limit"),
    )


def _loss_plan(node: Node) -> tuple[PlannedLayer, ...]:
    layers = tuple(map(_layer, node.items()))
    try:
        require_plan(layers)
    except DomainError as refused:
        pointer = refused.faults[0].pointer.removeprefix("/layers")
        raise Node(None, f"{node.pointer}{pointer}").refuse(refused.message) from None
    return layers


def _layer(node: Node) -> PlannedLayer:
    said = _fields(node, ("kind",), ("per_event", "per_24h", "target", "method"))
    default = planned_by_default(said["kind"].choice(LayerKind))
    return PlannedLayer(
        default.kind,
        per_event=_limit(node, "per_event"),
        per_24h=_limit(node, "per_24h"),
        target=_limit(node, "target"),
        method=said.get_or("method", lambda named: named.choice(Method), default.method),
    )


def _alert(node: Node, assets: Collection[str]) -> AlertEntry:
    said = _fields(node, ("condition", "threshold", "minutes"), ("asset", "mail_to"))
    return AlertEntry(
        pointer=node.pointer,
        condition=said["condition"].choice(AlertCondition),
        asset=said.get_or("asset", lambda named: _known(named, assets, "assets"), None),
        threshold=said["threshold"].not_negative(),
        minutes=_whole(said["minutes"]),
        mail_to=said.get_or("mail_to", lambda named: tuple(_names(named)), ()),
    )
