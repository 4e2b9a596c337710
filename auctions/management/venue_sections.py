"""What each section of a venue's file asks for beside what is there, and by which operation it is made so."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import combinations
from typing import Any

from django.core.exceptions import ValidationError

from accounts.models import ApprovalLimit, ExposureLimit, Group, Provider
from accounts.models.loss_plans import plan_of
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.holdings.set_exposure_limit import set_exposure_limit
from accounts.operations.people.create_group import create_group
from accounts.operations.terms.set_instrument_terms import set_instrument_terms
from accounts.operations.terms.set_loss_plan import set_loss_plan
from accounts.operations.terms.set_venue_terms import set_venue_terms
from accounts.queries import get_loss_plan
from auctions.desks.playbooks import draft_playbook
from auctions.models import AlertRule, Cap
from auctions.offline.inputs import InputRefused, InputsRefused
from auctions.offline.venue_entries import AlertEntry, InstrumentEntry, VenueFile
from auctions.offline.venue_file import TERMS
from auctions.operations.operator.add_alert_rule import add_alert_rule
from auctions.operations.operator.add_playbook import add_playbook
from auctions.operations.operator.create_provider import create_provider
from auctions.operations.operator.move_provider import move_provider
from auctions.operations.operator.relate_groups import relate_groups
from auctions.operations.operator.set_cap import set_cap
from auctions.queries import get_latest_playbook
from backstop import clock
from backstop.errors import DomainError
from backstop.models import Asset, Instrument, ProductGroup, Venue
from backstop.models.base import Row
from backstop.queries import get_instrument_terms, get_venue_terms
from backstop.values.amounts import to_text
from backstop.values.documents import plain, pointer_to

OF_TERMS = ("quantity_step", "margin_rate", "is_listed")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as the file says: where it says so, in words, and what makes it so."""

    pointer: str
    text: str
    carry_out: Callable[[], object]

    def answer(self) -> object:
        """Carry it out. Raises `InputRefused` where that is refused."""
        try:
            return self.carry_out()
        except DomainError as refused:
            raise InputRefused(self.pointer, refused.message) from None
        except ValidationError as refused:
            raise _of_fields(self.pointer, refused) from None


def _of_fields(pointer: str, refused: ValidationError) -> InputRefused:
    by_field = refused.message_dict if hasattr(refused, "error_dict") else {"": refused.messages}
    return InputsRefused(
        [InputRefused(pointer + _place_of(name), " ".join(messages)) for name, messages in by_field.items()]
    )


def _place_of(name: str) -> str:
    return pointer_to(name) if name.isidentifier() and not name.startswith("__") else ""


def _terms(venue: Venue, wanted: VenueFile, reason: str) -> Iterator[Change]:
    _require_same("/venue", name=(venue.name, wanted.name))
    terms = get_venue_terms(venue, clock.now())
    before = {name: getattr(terms, name) for name in TERMS}
    said = {**before, **wanted.terms}
    if said != before:
        text = f"set terms of the venue: {_difference(before, said)}"
        yield Change("/venue", text, partial(set_venue_terms, venue_id=venue.id, reason=reason, **said))


def _assets(venue: Venue, wanted: VenueFile, reason: str) -> Iterator[Change]:
    known = {asset.code: asset for asset in Asset.objects.filter(venue=venue)}
    for code, scale in wanted.assets.items():
        place = f"/assets{pointer_to(code)}"
        if code in known:
            _require_same(place, scale=(known[code].scale, scale))
        else:
            new = Asset(venue=venue, code=code, scale=scale)
            yield Change(place, f"add asset {code}: {scale} decimals", partial(add, new))


def _product_groups(venue: Venue, wanted: VenueFile, reason: str) -> Iterator[Change]:
    known = set(ProductGroup.objects.filter(venue=venue).values_list("code", flat=True))
    for index, code in enumerate(wanted.product_groups):
        if code not in known:
            new = ProductGroup(venue=venue, code=code)
            yield Change(f"/product_groups/{index}", f"add product group {code}", partial(add, new))


def _instruments(venue: Venue, wanted: VenueFile, reason: str) -> Iterator[Change]:
    rows = Instrument.objects.filter(venue=venue).select_related("product_group", "settlement_asset")
    known = {row.symbol: row for row in rows}
    for symbol, entry in wanted.instruments.items():
        if symbol not in known:
            text = f"add instrument {symbol}: {entry.kind}, {entry.product_group}, settled in {entry.settlement_asset}"
            yield Change(_of_instrument(symbol), text, partial(_add_instrument, venue, symbol, entry))
    terms = get_instrument_terms(list(known.values()), clock.now())
    for symbol, row in known.items():
        if symbol in wanted.instruments:
            entry = wanted.instruments[symbol]
            _require_same(
                _of_instrument(symbol),
                kind=(row.kind, entry.kind),
                product_group=(row.product_group.code, entry.product_group),
                settlement_asset=(row.settlement_asset.code, entry.settlement_asset),
            )
            before, said = ({name: getattr(each, name) for name in OF_TERMS} for each in (terms[row.id], entry))
            if said != before:
                arguments = {"venue_id": venue.id, "instrument_id": row.id, "reason": reason, **said}
                text = f"set terms of {symbol}: {_difference(before, said)}"
                yield Change(_of_instrument(symbol), text, partial(set_instrument_terms, **arguments))


def _playbook(venue: Venue, wanted: VenueFile, reason: str) -> Iterator[Change]:
    if wanted.playbook is None:
        return
    latest, place = get_latest_playbook(venue.id), "/playbook"
    said: dict[str, Any] = {"parameters": wanted.playbook.parameters, "preset": wanted.playbook.preset}
    draft = Change(place, "", partial(draft_playbook, venue, **said))
    after: Mapping[str, Any] = draft.answer().parameters  # type: ignore[attr-defined]
    before = latest.parameters if latest else {}
    if after != before:
        named = _difference(before, after) if latest else "the first"
        text = f"add a version of the playbook: {named}"
        yield Change(place, text, partial(add_playbook, venue=venue, reason=reason, **said))


def _groups(venue: Venue, wanted: VenueFile, reason: str) -> Iterator[Change]:
    known = {group.name: group for group in Group.objects.filter(venue=venue).prefetch_related("related")}
    for name in wanted.groups:
        if name not in known:
            create = partial(create_group, venue=venue, name=name, reason=reason)
            yield Change(f"/groups{pointer_to(name)}", f"add group {name}", create)
    related = {name: {other.name for other in group.related.all()} for name, group in known.items()}
    for one, other in combinations(wanted.groups, 2):
        said = [wanted.groups[each] for each in (one, other)]
        asked = other in (said[0] or ()) or one in (said[1] or ())
        is_said = said != [None, None]
        if is_said and asked != (other in related[one]):
            arguments = {"venue_id": venue.id, "group_id": known[one].id, "other_id": known[other].id}
            text = f"relate groups {one} and {other}" if asked else f"part groups {one} and {other}"
            relate = partial(relate_groups, **arguments, related=asked, reason=reason)
            yield Change(f"/groups{pointer_to(one)}", text, relate)


def _providers(venue: Venue, wanted: VenueFile, reason: str) -> Iterator[Change]:
    known = {each.name: each for each in Provider.objects.filter(venue=venue).select_related("group")}
    groups = {group.name: group for group in Group.objects.filter(venue=venue)}
    for name, of in wanted.providers.items():
        place, provider = f"/providers{pointer_to(name)}", known.get(name)
        if provider is None:
            create = partial(create_provider, venue=venue, name=name, group=groups[of], reason=reason)
            yield Change(place, f"add provider {name} of {of}", create)
        elif provider.group.name != of:
            text = f"move provider {name}: {provider.group.name} -> {of}"
            yield Change(place, text, partial(move_provider, provider=provider, group=groups[of], reason=reason))


def _loss_plan(venue: Venue, wanted: VenueFile, reason: str) -> Iterator[Change]:
    before = plan_of(get_loss_plan(venue.id)).layers
    if wanted.loss_plan not in (None, before):
        layers = ", ".join(layer.kind for layer in wanted.loss_plan or ())
        text = f"set the loss plan: {layers}"
        yield Change(
            "/loss_plan", text, partial(set_loss_plan, venue_id=venue.id, layers=wanted.loss_plan, reason=reason)
        )


def _caps(venue: Venue, wanted: VenueFile, reason: str) -> Iterator[Change]:
    known = {(cap.asset_id, cap.product_group_id): cap.limit for cap in Cap.objects.filter(venue=venue)}
    groups = {group.code: group for group in ProductGroup.objects.filter(venue=venue)}
    assets = {asset.code: asset for asset in Asset.objects.filter(venue=venue)}
    for entry in wanted.caps:
        asset, group = assets[entry.asset], groups[entry.product_group] if entry.product_group else None
        before = known.get((asset.id, group.id if group else None))
        if entry.limit != before:
            what = f"{entry.product_group or 'the venue'} in {asset}"
            text = f"limit what of {what} is in auctions: {_shown(before)} -> {_shown(entry.limit)}"
            arguments: dict[str, Any] = {"venue": venue, "product_group": group, "asset": asset, "limit": entry.limit}
            yield Change(entry.pointer, text, partial(set_cap, **arguments, reason=reason))


def _exposures(venue: Venue, wanted: VenueFile, reason: str) -> Iterator[Change]:
    rows = ExposureLimit.objects.filter(venue=venue).select_related("group", "asset")
    known = {(row.asset.code, row.group.name): (row.gross_limit, row.net_limit) for row in rows}
    groups = {group.name: group for group in Group.objects.filter(venue=venue)}
    for entry in wanted.exposures:
        limits = {"gross_limit": entry.gross_limit, "net_limit": entry.net_limit}
        before = dict(zip(limits, known.get((entry.asset, entry.group), (None, None)), strict=True))
        if limits != before:
            arguments: dict[str, Any] = {
                "venue_id": venue.id,
                "group_id": groups[entry.group].id,
                "asset": entry.asset,
                **limits,
            }
            text = f"limit what {entry.group} holds in {entry.asset}: {_difference(before, limits)}"
            yield Change(entry.pointer, text, partial(set_exposure_limit, **arguments, reason=reason))


def _alerts(venue: Venue, wanted: VenueFile, reason: str) -> Iterator[Change]:
    """What the file says of a condition takes the place of the venue's newest rule by it, unless a rule says so."""
    for entry in wanted.alerts:
        rules = AlertRule.objects.filter(venue=venue, retired_at=None, condition=entry.condition)
        rules = rules.filter(asset__code=entry.asset) if entry.asset else rules.filter(asset=None)
        known = {rule.id: _of_alert(rule) for rule in rules.order_by("created_at", "id")}
        said = _of_alert(entry)
        if said not in known.values():
            newest = next(reversed(known), None)
            scope = {"condition": entry.condition, "asset": entry.asset}
            what = " in ".join(filter(None, scope.values()))
            text = f"change the alert {what}: {_difference(known[newest], said)}" if newest else f"add the alert {what}"
            arguments: dict[str, Any] = {"venue_id": venue.id, **scope, **said, "replaces": newest}
            yield Change(entry.pointer, text, partial(add_alert_rule, **arguments, reason=reason))


def _of_alert(said: AlertRule | AlertEntry) -> dict[str, Any]:
    return {"threshold": said.threshold, "minutes": said.minutes, "mail_to": tuple(said.mail_to)}


def _approvals(venue: Venue, wanted: VenueFile, reason: str) -> Iterator[Change]:
    """Last, so that what a new venue begins with needs one person."""
    known = {row.asset.code: row.amount for row in ApprovalLimit.objects.filter(venue=venue).select_related("asset")}
    for code, amount in wanted.approvals.items():
        if amount != known.get(code):
            text = f"ask two persons above so much {code}: {_shown(known.get(code))} -> {_shown(amount)}"
            arguments: dict[str, Any] = {"venue_id": venue.id, "asset": code, "amount": amount, "reason": reason}
            yield Change(f"/limits/approvals{pointer_to(code)}", text, partial(set_approval_limit, **arguments))


SECTIONS = (
    _terms,
    _assets,
    _product_groups,
    _instruments,
    _playbook,
    _groups,
    _providers,
    _loss_plan,
    _caps,
    _exposures,
    _alerts,
    _approvals,
)


def add(row: Row) -> None:
    """Store it, if it makes sense."""
    row.full_clean()
    row.save(force_insert=True)


def _add_instrument(venue: Venue, symbol: str, entry: InstrumentEntry) -> None:
    new = Instrument(venue=venue, symbol=symbol, kind=entry.kind)
    new.product_group = ProductGroup.objects.get(venue=venue, code=entry.product_group)
    new.settlement_asset = Asset.objects.get(venue=venue, code=entry.settlement_asset)
    new.quantity_step, new.margin_rate = entry.quantity_step, entry.margin_rate
    add(new)


def _of_instrument(symbol: str) -> str:
    return f"/instruments{pointer_to(symbol)}"


def _require_same(pointer: str, **values: tuple[object, object]) -> None:
    faults = [
        InputRefused(
            f"{pointer}/{name}", f"is {there} and never changes: write {there}, or add another under a code of its own"
        )
        for name, (there, said) in values.items()
        if there != said
    ]
    if faults:
        raise InputsRefused(faults)


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    changed = [name for name, value in after.items() if value != before[name]]
    return ", ".join(f"{name} {_shown(before[name])} -> {_shown(after[name])}" for name in changed)


def _shown(value: object) -> str:
    return json.dumps(plain(value)) if not isinstance(value, Decimal) else to_text(value)
