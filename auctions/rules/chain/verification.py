"""What differs between a link and what it must be: computed again from what it says alone."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from auctions.rules.chain.links import (
    AssignLink,
    CloseLink,
    DutchLink,
    FundLink,
    Given,
    Link,
    Means,
    Pricing,
    Ready,
    ReturnLink,
    SealedLink,
    Span,
    StepLink,
    Taken,
)
from auctions.rules.chain.steps import assign, close_by, edge_of, edge_of_fund, judged
from auctions.rules.chain.writing import is_link_kept, link_edition_of
from auctions.rules.closing import TOO_FAR
from auctions.rules.takes import take_size
from auctions.rules.valuation import drift_bps
from backstop.values.amounts import ZERO
from backstop.values.documents import plain

Marks = Mapping[str, Decimal]


def place_of(link: Link) -> str:
    """Where a link stands in its book's chain, for people."""
    if isinstance(link, StepLink):
        return f"lot {link.lot}, step {link.step} ({link.kind})"
    return f"the {link.kind.lower()}"


def link_differences(link: Link, keys: Collection[bytes]) -> Iterator[str]:
    """Each thing that differs, in one line that says where and what instead; nothing where all holds. `keys` are the
    public keys that may have signed it."""
    where = place_of(link)
    if link.public_key not in keys:
        yield f"{where} is signed by another key: {link.public_key.hex()}"
    for difference in _said(link):
        yield f"{where}: {difference}"
    if not is_link_kept(link):
        yield f"{where}: the signature does not fit: something was changed after it was signed"


def _said(link: Link) -> Iterator[str]:
    if isinstance(link, AssignLink):
        yield from _of_means(link.means)
        yield from _of_assigned(link)
    elif isinstance(link, SealedLink):
        if link.means is not None:
            yield from _of_means(link.means)
    elif isinstance(link, DutchLink):
        yield from _of_dutch(link)
    elif isinstance(link, FundLink):
        yield from _of_means(link.draw.means)
        yield from _differs("the fund's part of its own edge", link.draw.means.fund, ZERO)
        yield from _of_draw(link)
    elif isinstance(link, ReturnLink):
        yield from _differs("an edge", max((given.edge_bps for given in link.given), default=ZERO), ZERO)
    elif isinstance(link, CloseLink):
        due = close_by(link.terms, link.scale)
        for field in fields(due):
            yield from _differs(field.name, getattr(link.close, field.name), getattr(due, field.name))


def units_of(spans: Sequence[Span | Given]) -> int:
    """How many units these are together."""
    return sum(span.units for span in spans)


def _differs(what: str, said: object, due: object) -> Iterator[str]:
    one, other = plain(said), plain(due)
    if one != other:
        yield f"it has {what} as {one}, and by the rules it is {other}"


def _of_means(means: Means, of: str = "") -> Iterator[str]:
    yield from _differs(f"the lot's own money{of}", means.own, min(means.unspent, means.share))
    if means.share > means.equity:
        yield f"the lot's share{of} is more than the equity"


def _of_assigned(link: AssignLink) -> Iterator[str]:
    contested, due = assign(link.terms, link.means, units_of(link.means.free), link.offers)
    yield from _differs("contested", link.contested, contested)
    if link.by_cover:
        yield from _differs("the insurers who take over", len(link.offers), 1)
    edition = link_edition_of(link.version)
    if edition is not None and not edition.lacks(AssignLink, "contract"):
        yield from _differs("the contract of who takes over", link.contract is not None, link.by_cover)
    yield from _differs("the awards", tuple(replace(each, given=()) for each in link.awards), due)
    for each in link.awards:
        yield from _of_given(f"offer {each.offer}", each.given, each.units, each.edge_bps)


def _of_given(who: str, given: Sequence[Given], most: int, edge_bps: Decimal) -> Iterator[str]:
    if units_of(given) > most:
        yield f"{who} was given {units_of(given)} of {most} units"
    for each in given:
        yield from _differs(f"the edge of what {who} was given", each.edge_bps, edge_bps)


def _of_draw(link: FundLink) -> Iterator[str]:
    draw, left = link.draw, units_of(link.draw.means.free)
    if draw.units > left:
        yield f"the fund takes {draw.units} of {left} units"
        return
    yield from _differs("the fund's edge", draw.edge_bps, edge_of_fund(draw, left, link.scale))
    yield from _of_given("the fund", draw.given, draw.units, draw.edge_bps)


def _of_dutch(link: DutchLink) -> Iterator[str]:
    yield from _of_judging(link)
    yield from _of_ready(link)
    yield from _differs("the units on offer", link.units, link.units_in)
    given = [take.pricing for take in link.takes if take.ready is not None]
    if any(pricing != given[0] for pricing in given):
        yield "what was given at its end was not priced at once"
    left, ready = link.units, {stands.place: stands for stands in link.ready}
    for number, take in enumerate(link.takes, 1):
        for difference in _of_take(link, take, left, ready):
            yield f"take {number}: {difference}"
        left -= take.units
    for before, after in pairwise(link.takes):
        if (before.ready or 0, before.taken_at) > (after.ready or 0, after.taken_at):
            yield "takes are not in the order in which they were made"


def _of_judging(link: DutchLink) -> Iterator[str]:
    said = link.judged
    if said is None:
        return
    due = judged(said.acts, said.units_left, said.min_groups, said.cover_percent, said.judged_at)
    yield from _differs("whether it is contested", said.contested, due.contested)
    yield from _differs("whether its terms are contested", link.terms.contested, said.contested)
    # Whoever was related or parted since is of another group by now, and until version 4 that alone was said.
    known = {take.provider for take in link.takes} | {stands.provider for stands in link.ready}
    judges = {act.group for act in said.acts}
    if len(judges) > len(known):
        yield f"it was judged by {len(judges)} groups, and {len(known)} took or stood ready"
    groups: dict[str, str] = {}
    for act in said.acts:
        if act.provider is None:
            continue
        if act.provider not in known:
            yield f"it was judged by {act.provider}, which neither took nor stood ready"
        if groups.setdefault(act.provider, act.group) != act.group:
            yield f"it was judged by {act.provider} as of two groups"


def _of_ready(link: DutchLink) -> Iterator[str]:
    ends = [take.pricing for take in link.takes if take.ready is not None and take.pricing is not None]
    for place, stands in enumerate(link.ready, 1):
        yield from _differs("the place of who stood ready", stands.place, place)
        if (stands.max_drift_bps is None) != (stands.marks is None):
            yield f"readiness {place} has a limit of drift or marks that it counts from, and not both"
        for end in ends[:1]:
            moved = _too_far(stands.marks, end.means.marks, stands.max_drift_bps)
            if stands.void == TOO_FAR and not moved:
                yield f"readiness {place} is void, and marks had not moved further than it allows"
        if not 0 <= stands.units_left <= stands.units:
            yield f"readiness {place} has {stands.units_left} of {stands.units} units left"
    for before, after in pairwise(link.ready):
        if after.declared_at < before.declared_at:
            yield f"readiness {after.place} stands after one that came later"


def _too_far(since: Marks | None, marks: Marks, max_drift_bps: Decimal | None) -> bool:
    """Whether marks had moved further than that; where no limit is said they never have."""
    if since is None or max_drift_bps is None:
        return False
    by_id = ({UUID(key): price for key, price in each.items()} for each in (since, marks))
    return drift_bps(*by_id) > max_drift_bps


def _of_take(link: DutchLink, take: Taken, left: int, ready: dict[int, Ready]) -> Iterator[str]:
    if take.cut is None and take.max_drift_bps is not None:
        yield "it has a limit of drift, and is priced at the marks of its instant"
    if take.cut is not None:
        if take.units > min(left, take.max_units):
            yield f"{take.units} units took by themselves, of {min(left, take.max_units)}"
    elif take.ready is None:
        left -= take.pricing.kept_units if take.pricing else 0
        size = take_size(take.max_units, left, link.min_take_units) if left > 0 else 0
        yield from _differs("its units", take.units, size)
    else:
        yield from _of_given_to_ready(take, left, ready.get(take.ready))
    if take.units < take.min_units:
        yield f"it is of {take.units} units, and at least {take.min_units} were asked for"
    if take.edge_floor_bps is not None and take.edge_bps < take.edge_floor_bps:
        yield f"it is at {plain(take.edge_bps)} bps, and at least {plain(take.edge_floor_bps)} were asked for"
    yield from _differs("how many units were given", units_of(take.given), take.units)
    yield from _of_given("it", take.given, take.units, take.edge_bps)
    if take.pricing is not None:
        yield from _of_pricing(link, take, take.pricing)


def _of_pricing(link: DutchLink, take: Taken, pricing: Pricing) -> Iterator[str]:
    yield from _of_means(pricing.means, " then")
    if take.cut is None:
        yield from _differs("its edge", take.edge_bps, edge_of(pricing))
    elif take.edge_bps > edge_of(pricing):
        yield f"it took at {plain(take.edge_bps)} bps, which the clock had not reached"
    if pricing.shown_at > take.taken_at:
        yield "it was priced by an instant after it was made"
    if pricing.terms.opens_at > link.terms.opens_at:
        yield "it was made when the auction had not started anew yet, and priced as if it had"
    elif pricing.terms.opens_at == link.terms.opens_at:
        if _too_far(link.marks, pricing.means.marks, take.max_drift_bps):
            yield "marks had moved further than it allows"
        due = replace(link.terms, halted_seconds=pricing.terms.halted_seconds)
        if link.judged is not None and take.taken_at < link.judged.judged_at:
            due = replace(due, contested=None)
        for field in fields(due):
            yield from _differs(field.name, getattr(pricing.terms, field.name), getattr(due, field.name))
        if pricing.terms.halted_seconds > link.terms.halted_seconds:
            yield "its clock stood for longer than the auction's"


def _of_given_to_ready(take: Taken, left: int, stands: Ready | None) -> Iterator[str]:
    if stands is None:
        yield f"nobody stands ready in place {take.ready}"
        return
    yield from _differs("its provider", take.provider, stands.provider)
    if stands.void:
        yield "it was given to readiness that did not count"
    if take.pricing is not None and _too_far(stands.marks, take.pricing.means.marks, stands.max_drift_bps):
        yield "marks had moved further than it allows"
    if take.units > min(left, stands.units_left):
        yield f"{take.units} units were given, of {min(left, stands.units_left)}"
