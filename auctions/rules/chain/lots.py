"""A lot along its book's chain: what was given of it and stands, and which units are free."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from uuid import UUID

from auctions.rules.chain.links import Given, LegTaken, LotTaken, Means, ReturnLink, Span, StepLink
from auctions.rules.lots import first_units, free_ranges, slice_legs
from auctions.rules.valuation import Leg


@dataclass(frozen=True, slots=True)
class LotAward:
    """What one party (none: the fund, or the venue) was given of a lot in a step, at these marks."""

    lot: int
    step: int
    party: str | None
    given: Given
    marks: Mapping[UUID, Decimal]
    returned: bool = False


@dataclass(slots=True)
class LotSoFar:
    """A lot on its way: its legs, and what stands of what was given. `came_back` was free again before its step was
    over."""

    formed: LotTaken
    legs: tuple[Leg, ...]
    standing: list[LotAward] = field(default_factory=list)
    came_back: list[LotAward] = field(default_factory=list)

    @property
    def free(self) -> set[int]:
        """The units that nobody has."""
        taken = ((award.given.first_unit, award.given.units) for award in self.standing)
        return units_in(Span(*each) for each in free_ranges(self.formed.units, taken))

    def take_back(self, awards: Iterable[LotAward]) -> None:
        """Nobody has these any more, and their step goes on."""
        for award in awards:
            self.standing.remove(award)
            self.came_back.append(award)

    def legs_in(self, spans: Sequence[Span | Given]) -> tuple[Leg, ...]:
        """What these units are of its legs."""
        slices = (slice_legs(self.legs, each.first_unit, each.units, self.formed.units) for each in spans)
        return tuple(leg for part in slices for leg in part)


def awards_in(
    link: StepLink, party: str | None, given: Sequence[Given], marks: Mapping[UUID, Decimal]
) -> list[LotAward]:
    """What a party was given in the step that the link is of."""
    returned = isinstance(link, ReturnLink)
    return [LotAward(link.lot, link.step, party, each, marks, returned) for each in given]


def joined(parts: Iterable[Sequence[LotAward]]) -> list[LotAward]:
    """All of these, in their order."""
    return [award for part in parts for award in part]


def given_back_differences(where: str, lot: LotSoFar, link: StepLink) -> Iterator[str]:
    """What the step before had given and did not settle is free; what was free again in it stays as it is."""
    came_back = [award.given.span for award in lot.came_back]
    lot.came_back.clear()
    for span in link.given_back:
        if span in came_back:
            came_back.remove(span)
            continue
        came = [award for award in lot.standing if award.step == link.step - 1 and award.given.span == span]
        if not came:
            yield f"{where} has units {span.first_unit} to {span.first_unit + span.units} back, which nobody had"
        for award in came[:1]:
            lot.standing.remove(award)
    for span in came_back:
        yield f"{where} lacks units {span.first_unit} to {span.first_unit + span.units}, which came back before it"


def returned_by_now(
    lot: LotSoFar, link: StepLink, means: Means | None, given: Sequence[Given], coming_back: set[int]
) -> list[LotAward]:
    """What this step had given and had back by now: a take saw it free, or, where it does not say what it saw, was
    given some of it."""
    seen = units_in(means.free) if means is not None else units_in(given) & coming_back
    mine = [(award, units_in([award.given])) for award in lot.standing if award.step == link.step]
    if means is not None:
        return [award for award, units in mine if units <= seen]
    return [award for award, units in mine if units & seen]


def leg_of_link(taken: LegTaken) -> Leg:
    """A leg of an intake as the rules know it."""
    return Leg(**{each.name: getattr(taken, each.name) for each in fields(Leg)})


def units_in(spans: Iterable[Span | Given]) -> set[int]:
    """The numbers of the units."""
    return {unit for span in spans for unit in range(span.first_unit, span.first_unit + span.units)}


def first_spans(free: Sequence[Span], count: int) -> list[Span]:
    """The first so many of the free units."""
    return [Span(*each) for each in first_units(((span.first_unit, span.units) for span in free), count)]
