"""A book's whole chain: intake, the steps of each lot, and the close, with the money that goes through them.

What one link says is verification.py's; here each is held against those before it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from auctions.rules.budgets import LotMoney, gain, gained_by_award, risk_weights, smallest_rate, split_budget
from auctions.rules.chain.course import course_differences, published_differences
from auctions.rules.chain.links import (
    AssignLink,
    CloseLink,
    DutchLink,
    FundLink,
    IntakeLink,
    Link,
    Means,
    ReturnLink,
    SealedLink,
    StepLink,
    Taken,
)
from auctions.rules.chain.lots import (
    LotAward,
    LotSoFar,
    awards_in,
    first_spans,
    given_back_differences,
    joined,
    leg_of_link,
    returned_by_now,
    units_in,
)
from auctions.rules.chain.steps import afforded
from auctions.rules.chain.verification import link_differences, place_of, units_of
from auctions.rules.chain.writing import digest_of_document, link_document, link_edition_of
from auctions.rules.editions import Edition
from auctions.rules.fund_inventory import full_edge
from auctions.rules.settlement import ExactFlows, exact_flows, flows_after
from auctions.rules.transcript import TranscriptDocument
from auctions.rules.valuation import notional_of, transfer_value, value_book
from auctions.rules.verification import differences
from backstop.values.amounts import ZERO, difference, round_down, total
from backstop.values.documents import plain


@dataclass(frozen=True, slots=True)
class Published:
    """The transcript of a sealed auction, as it was published: its `document`, of this edition."""

    transcript: TranscriptDocument
    edition: Edition
    document: object


@dataclass(frozen=True, slots=True)
class BookChain:
    """The links of one version of a book, its intake first, and the transcripts of its sealed auctions."""

    links: tuple[Link, ...]
    sealed: tuple[Published, ...]

    @property
    def is_closed(self) -> bool:
        return any(isinstance(link, CloseLink) for link in self.links)


def chain_differences(
    chain: BookChain, keys: Collection[bytes], published: Mapping[str, Any] | None = None
) -> Iterator[str]:
    """Each thing that differs, in one line that says where and what instead; nothing where all holds. `published` are
    the parameters of the book's playbook, as they were published; unless they are given the intake's word counts."""
    for sealed in chain.sealed:
        for line in differences(sealed.transcript, [], keys, sealed.edition):
            yield f"the transcript of auction {sealed.transcript.auction_id}: {line}"
    for link in chain.links:
        yield from link_differences(link, keys)
    if not chain.links or not isinstance(chain.links[0], IntakeLink):
        yield "the chain has no intake: it does not begin where the book does"
        return
    if published is not None:
        yield from published_differences(chain.links[0].playbook, published)
    yield from _WholeChain(chain.links[0], chain).differences()


class _WholeChain:
    """A chain that has its intake, link by link."""

    def __init__(self, intake: IntakeLink, chain: BookChain) -> None:
        self.intake, self.chain = intake, chain
        self.lots = [LotSoFar(lot, tuple(leg_of_link(leg) for leg in lot.legs)) for lot in intake.lots]
        self.marks = {leg.instrument_id: leg.mark for lot in intake.lots for leg in lot.legs}
        self.sealed = {published.transcript.auction_id: published for published in chain.sealed}
        self.transcripts = {auction_id: published.transcript for auction_id, published in self.sealed.items()}

    def differences(self) -> Iterator[str]:
        yield from self._of_intake()
        before = [_digest(self.intake)] * len(self.lots)
        by_lot: dict[int, list[StepLink]] = defaultdict(list)
        closes: list[CloseLink] = []
        for link in self.chain.links[1:]:
            yield from _differs(place_of(link), "decimals of amounts", link.scale, self.intake.scale)
            if (link.book_id, link.book_version) != (self.intake.book_id, self.intake.book_version):
                yield f"{place_of(link)} is of another book: {link.book_id}, version {link.book_version}"
            elif isinstance(link, StepLink) and link.lot < len(self.lots):
                by_lot[link.lot].append(link)
            elif isinstance(link, CloseLink):
                closes.append(link)
            else:
                yield f"{place_of(link)} has no place in this chain"
        for number in range(len(self.lots)):
            for ordinal, link in enumerate(by_lot[number]):
                if link.step != ordinal:
                    yield f"lot {number} lacks its step {ordinal}: step {link.step} stands in its place"
                yield from _of_previous(link, (before[number],))
                yield from course_differences(self.intake, link, by_lot[number][:ordinal], self.transcripts)
                following = by_lot[number][ordinal + 1] if ordinal + 1 < len(by_lot[number]) else None
                yield from self._of_step(self.lots[number], link, following)
                before[number] = _digest(link)
        for close in closes[:1]:
            yield from _of_previous(close, tuple(before))
            yield from self._of_close(close)
        if len(closes) > 1:
            yield "the book is closed twice"

    def _of_intake(self) -> Iterator[str]:
        intake, legs = self.intake, [leg for lot in self.lots for leg in lot.legs]
        value = value_book(intake.cash, legs, self.marks, intake.scale)
        yield from _differs("the intake", "equity", intake.equity, value.equity)
        if intake.owned_by_fund:
            return
        weights = risk_weights([lot.legs for lot in self.lots], self.marks, smallest_rate(legs))
        worth = [self._spot(lot) for lot in self.lots]
        money = [LotMoney(weight, each) for weight, each in zip(weights, worth, strict=True)]
        edition = link_edition_of(intake.version)
        kept = intake.kept_equity if edition is not None and edition.spends_kept else ZERO
        due = split_budget(value.equity, max(value.settled, ZERO), kept, money, intake.scale)
        for number, (lot, budget) in enumerate(zip(self.lots, due, strict=True)):
            yield from _differs("the intake", f"own money of lot {number}", lot.formed.own, budget.equity)
            yield from _differs(
                "the intake", f"money in the estate of lot {number}", lot.formed.in_estate, budget.in_estate
            )

    def _spot(self, lot: LotSoFar) -> Decimal:
        scale = self.intake.scale
        return total(round_down(transfer_value(leg, self.marks[leg.instrument_id]), scale) for leg in lot.legs)

    def _of_step(self, lot: LotSoFar, link: StepLink, following: StepLink | None) -> Iterator[str]:
        where = place_of(link)
        yield from given_back_differences(where, lot, link)
        yield from _differs(where, "units in", link.units_in, len(lot.free))
        coming_back = units_in(following.given_back) if following is not None else set()
        try:
            steps = list(self._steps_of(link))
        except LookupError as missing:
            yield f"{where}: {missing.args[0]}"
            return
        for means, awards in steps:
            lot.take_back(returned_by_now(lot, link, means, [award.given for award in awards], coming_back))
            if means is not None:
                yield from self._of_means(where, lot, means)
                yield from _of_fund(where, means, [award.given.fund_part for award in awards])
            for award in awards:
                if not units_in([award.given]) <= lot.free:
                    yield f"{where}: units from {award.given.first_unit} on were given twice"
                lot.standing.append(award)
        if isinstance(link, FundLink):
            taken = lot.legs_in(first_spans(link.draw.means.free, link.draw.units))
            worth = notional_of(taken, _marks(link.draw.means), self.intake.scale)
            yield from _differs(where, "what the fund takes is worth", link.draw.notional, worth)
        if isinstance(link, ReturnLink):
            yield from _differs(where, "units returned", units_of(link.given), link.units_in)
        if isinstance(link, SealedLink):
            yield from self._of_sealed(link)

    def _of_means(self, where: str, lot: LotSoFar, means: Means) -> Iterator[str]:
        free, marks, scale = units_in(means.free), _marks(means), self.intake.scale
        if free != lot.free:
            yield f"{where}: {len(free)} units are free, and by the steps before it is {len(lot.free)}"
        worth = notional_of(lot.legs_in(means.free), marks, scale)
        yield from _differs(where, "what the free units are worth", means.notional, worth)
        most = total(each.formed.own for each in self.lots)
        if means.unspent > most and not self.intake.owned_by_fund:
            yield f"{where}: {plain(means.unspent)} of the lot's own money is unspent, and its book had {plain(most)}"
        if len(self.lots) == 1 and means.free:
            yield from _differs(where, "the only lot's share", means.share, means.equity)
        if len(self.lots) == 1:
            yield from _differs(where, "the account's equity", means.equity, self._equity(lot, means))

    def _equity(self, lot: LotSoFar, means: Means) -> Decimal:
        """Of a book that is one lot, were its free units sold free of charge."""
        marks = _marks(means)
        gained = [
            gained_by_award(lot.legs_in([award.given]), self.marks, award.marks, award.given.edge_bps)
            for award in lot.standing
        ]
        open_legs = lot.legs_in(means.free)
        gained += [gain(leg, self.marks[leg.instrument_id], marks[leg.instrument_id]) for leg in open_legs]
        left = total([self.intake.equity, self.intake.kept_equity, *gained])
        return round_down(max(left, ZERO), self.intake.scale)

    def _of_sealed(self, link: SealedLink) -> Iterator[str]:
        where = place_of(link)
        if link.transcript is None or link.means is None:
            if link.awards:
                yield f"{where}: something was given, though nothing was decided"
            return
        published = self.sealed[link.auction_id]
        terms, outcome = published.transcript.terms, published.transcript.outcome
        yield from _differs(where, "the reserve edge", terms.reserve_edge_bps, afforded(link.cap_bps, link.means))
        due = _units_by_edge((award.sequence, award.edge_bps, award.given_units) for award in outcome.awards)
        said = _units_by_edge(
            (each.sequence, given.edge_bps, given.units) for each in link.awards for given in each.given
        )
        yield from _differs(where, "who was given something", tuple(sorted(said)), tuple(sorted(due)))
        for sequence in sorted(due.keys() & said.keys()):
            mine, its = said[sequence], due[sequence]
            yield from _differs(where, f"the edges of bid {sequence}", tuple(sorted(mine)), tuple(sorted(its)))
            if terms.units == link.units_in:
                for edge in sorted(mine.keys() & its.keys()):
                    yield from _differs(where, f"units of bid {sequence} at {edge}", mine[edge], its[edge])

    def _steps_of(self, link: StepLink) -> Iterator[tuple[Means | None, list[LotAward]]]:
        """What was given of the lot, one after the other, and by which means; what the end of a Dutch auction gives to
        the ready is priced at once. Raises LookupError where a transcript is missing or another."""
        if isinstance(link, AssignLink):
            marks = _marks(link.means)
            parts = [awards_in(link, link.offers[each.offer].provider, each.given, marks) for each in link.awards]
            yield link.means, joined(parts)
        elif isinstance(link, SealedLink):
            yield link.means, self._awards_to_bids(link)
        elif isinstance(link, FundLink):
            yield link.draw.means, awards_in(link, None, link.draw.given, _marks(link.draw.means))
        elif isinstance(link, ReturnLink):
            yield None, awards_in(link, None, link.given, self.marks)
        elif isinstance(link, DutchLink):
            for take in link.takes:
                if take.ready is None:
                    yield _means_of(take), self._awards_of_take(link, take)
            ready = [take for take in link.takes if take.ready is not None]
            if ready:
                yield _means_of(ready[0]), joined(self._awards_of_take(link, take) for take in ready)

    def _awards_of_take(self, link: DutchLink, take: Taken) -> list[LotAward]:
        means = _means_of(take)
        return awards_in(link, take.provider, take.given, self.marks if means is None else _marks(means))

    def _awards_to_bids(self, link: SealedLink) -> list[LotAward]:
        if link.transcript is None:
            return []
        published = self.sealed.get(link.auction_id)
        if published is None:
            raise LookupError(f"the transcript of auction {link.auction_id} is missing")
        digest = digest_of_document(published.document)
        if digest != link.transcript:
            raise LookupError(f"the transcript is not the one of {link.transcript.hex()}, but of {digest.hex()}")
        providers = {bid.sequence: bid.provider for bid in published.transcript.bids}
        awards = []
        for each in link.awards:
            if each.sequence not in providers:
                raise LookupError(f"bid {each.sequence} was given something, and is not in the transcript")
            assert link.means is not None
            awards += awards_in(link, providers[each.sequence], each.given, _marks(link.means))
        return awards

    def _of_close(self, close: CloseLink) -> Iterator[str]:
        terms, playbook = close.terms, self.intake.playbook
        where = place_of(close)
        for number, lot in enumerate(self.lots):
            if lot.free:
                yield f"{where}: {len(lot.free)} units of lot {number} are neither placed nor returned"
        awards = [award for lot in self.lots for award in lot.standing]
        sold = total(self._worth(award) for award in awards if not award.returned)
        yield from _differs(where, "what was sold", terms.sold, sold)
        yield from _differs(where, "advances", terms.advanced, total(award.given.fund_part for award in awards))
        yield from _differs(where, "what the account is liable for", terms.liable, self.intake.kept_equity)
        if not ZERO <= terms.kept_advanced <= terms.liable:
            yield f"{where}: clearing advanced {plain(terms.kept_advanced)} of {plain(terms.liable)}"
        yield from _differs(where, "the fee's rate", plain(terms.fee_bps), playbook.get("liquidation_fee_bps"))
        yield from _differs(where, "whether there is no fee", terms.waived, self._is_waived())
        if not self.intake.owned_by_fund:
            limit = playbook.get("fund_draw_limit")
            yield from _differs(where, "the fund's limit", plain(terms.fund_limit), limit)
            stood = difference(terms.estate, terms.debt)
            came = total([self._money(awards), terms.made_whole, terms.kept_advanced])
            yield from _differs(where, "estate less debt", stood, came)

    def _worth(self, award: LotAward) -> Decimal:
        return notional_of(self.lots[award.lot].legs_in([award.given]), award.marks, self.intake.scale)

    def _is_waived(self) -> bool:
        if self.intake.owned_by_fund or any(isinstance(link, ReturnLink) and link.given for link in self.chain.links):
            return True
        draws = [link.draw for link in self.chain.links if isinstance(link, FundLink) and link.draw.given]
        return any(draw.edge_bps < full_edge(draw.fund_edge_bps, draw.dutch_cap_bps) for draw in draws)

    def _money(self, awards: Sequence[LotAward]) -> Decimal:
        """What the estate had and owed, together, once all of these were settled."""
        scale, legs = self.intake.scale, [leg for lot in self.lots for leg in lot.legs]
        exact: dict[tuple[int, int, str | None], ExactFlows] = defaultdict(ExactFlows)
        for award in awards:
            sold = self.lots[award.lot].legs_in([award.given])
            flows = exact_flows(sold, self.marks, award.marks, award.given.edge_bps)
            key = award.lot, award.step, award.party
            exact[key] = exact[key].plus(flows)
        settled = value_book(self.intake.cash, legs, self.marks, scale).settled
        moved = [flows_after(ExactFlows(), each, scale) for each in exact.values()]
        came = [total([each.profit, each.value_received]) for each in moved]
        advanced = [award.given.fund_part for award in awards]
        return difference(total([settled, *came, *advanced]), *(each.edge_paid for each in moved))


def _of_fund(where: str, means: Means, parts: Sequence[Decimal]) -> Iterator[str]:
    """The fund pays no more of the edges than it would have."""
    paid = total(parts)
    if paid > means.fund or min(parts, default=ZERO) < 0:
        yield f"{where}: the fund pays {plain(paid)} of the edges, and {plain(means.fund)} were its to pay"


def _means_of(take: Taken) -> Means | None:
    return None if take.pricing is None else take.pricing.means


def _of_previous(link: Link, due: tuple[bytes, ...]) -> Iterator[str]:
    if link.previous != due:
        names = [", ".join(each.hex() for each in some) or "nothing" for some in (link.previous, due)]
        yield f"{place_of(link)} follows {names[0]}, and what stands before it is {names[1]}"


def _units_by_edge(awards: Iterable[tuple[int, Decimal, int]]) -> dict[int, dict[Decimal, int]]:
    """Units at each edge, by bid: a payment that is no edge is paid in two awards."""
    found: dict[int, dict[Decimal, int]] = {}
    for sequence, edge_bps, units in awards:
        if units:
            by_edge = found.setdefault(sequence, {})
            by_edge[edge_bps] = by_edge.get(edge_bps, 0) + units
    return found


def _differs(where: str, what: str, said: object, due: object) -> Iterator[str]:
    one, other = plain(said), plain(due)
    if one != other:
        yield f"{where}: it has {what} as {one}, and by the chain it is {other}"


def _digest(link: Link) -> bytes:
    return digest_of_document(link_document(link))


def _marks(means: Means) -> dict[UUID, Decimal]:
    return {UUID(instrument_id): price for instrument_id, price in means.marks.items()}
