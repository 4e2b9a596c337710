"""Taking over: insurers whose contract lets them are offered what is left of a lot before its first auction, and wait
in nobody's way: silent, they let it open.

Whoever takes over does as commitments do, in a step of that kind: it stands in place of the auction's, which comes
after it for what is left. Each may take once, and only those are waited for who may: while what one took is settled
nobody can take, so that the others keep what was left of their time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from accounts.models import Cover, LossEvent, Provider
from accounts.queries import list_acting, list_takers, load_clusters
from accounts.rules.clusters import Clusters
from accounts.rules.tiers import LAST_TIER
from auctions.desks.assigning import terms_of_assignment
from auctions.desks.awards import Awarding, Winner
from auctions.desks.chain import Chain, Names, given_by, means_of
from auctions.desks.participants import candidate_of
from auctions.desks.work import Work, exclusions_of
from auctions.events import TakeOverOffered
from auctions.lifecycle import FAILED, FIRST_AUCTION, FIRST_STEP
from auctions.models import Award, Book, Position, Step
from auctions.rules.chain.links import Committed, LinkKind, TakingTerms
from auctions.rules.chain.steps import assign, edge_to_insurer, most_to_insurer
from auctions.rules.disclosure import Disclosure
from auctions.rules.eligibility import why_not
from backstop.values.amounts import to_text

SCOPE = "bids"  # of the keys that take over


@dataclass(frozen=True, slots=True)
class BeforeAuction:
    """A new step of a lot of these positions, the awards that were made of the lot before, and the step that they were
    made in last."""

    step: Step
    positions: Sequence[Position]
    awards: Sequence[Award] = ()
    last: Step | None = None

    @property
    def book(self) -> Book:
        return self.step.lot.book

    @property
    def is_first_auction(self) -> bool:
        return self.step.kind == FIRST_AUCTION and self.step.round == 1

    def time_left(self, covers: Iterable[Cover]) -> timedelta:
        """How long the insurers of these covers have: as long as the slowest of their contracts lets them, and once
        somebody took, what was left of that, then; or now, where nothing came of it: whoever takes what is never
        settled puts nothing off."""
        seconds = timedelta(seconds=max((cover.take_seconds or 0 for cover in covers), default=0))
        if self.last is None or self.last.settling_at is None or not any(map(_is_taken_over, self.awards)):
            return seconds
        settled = any(award.step_id == self.last.id for award in _standing(self.awards))
        since = self.last.settling_at if settled else self.step.due_at
        return min(max(self.last.due_at - since, timedelta()), seconds)


def has_taken(provider_id: UUID, awards: Iterable[Award]) -> bool:
    """Whether something stands that it took over, by these awards of a lot before its first auction."""
    return any(award.provider_id == provider_id and _is_taken_over(award) for award in _standing(awards))


def _standing(awards: Iterable[Award]) -> Iterator[Award]:
    return (award for award in awards if award.settlement.state not in FAILED)


def _is_taken_over(award: Award) -> bool:
    return award.commitment_id is None


def offer_to_insurers(steps: Iterable[BeforeAuction], now: datetime) -> list[TakeOverOffered]:
    """Let those of these steps, not written yet, that are first auctions wait for the insurers of their loss events who
    may take over; who is told what."""
    first = [each for each in steps if each.is_first_auction]
    waiting = [(each, event_id) for each in first if (event_id := each.book.loss_event_id)]
    events = LossEvent.objects.in_bulk({event_id for _, event_id in waiting}) if waiting else {}
    takers = list_takers(list(events.values()))
    shares = [share for covers in takers.values() for cover in covers for share in cover.shares.all()]
    if not shares:
        return []
    acting = list_acting({share.provider_id for share in shares}, SCOPE, now)
    clusters = load_clusters({each.book.venue_id for each, _ in waiting})
    told = []
    for each, event_id in waiting:
        each.book.loss_event = events[event_id]
        covers = [cover for cover in takers[event_id] if cover.asset_id == each.book.asset_id]
        offers = [
            (cover, share.provider_id)
            for cover in covers
            for share in cover.shares.all()
            if share.provider_id in acting and _may_take(share.provider, each, clusters)
        ]
        if wait := each.time_left(cover for cover, _ in offers):
            each.step.wait_until(each.step.due_at + wait)
            each.step.patient_until = each.step.patient_until and each.step.patient_until + wait
            told += [_offered(each, cover, provider_id) for cover, provider_id in offers]
    return told


def _may_take(provider: Provider, step: BeforeAuction, clusters: Clusters[UUID]) -> bool:
    exclusions = exclusions_of([step.book], step.awards, clusters)
    return why_not(candidate_of(provider), exclusions) is None and not has_taken(provider.id, step.awards)


@dataclass(frozen=True, slots=True)
class Insurer:
    """Who takes over: its collateral in the lot's asset, and the cover that stands for the lot's loss event by which it
    does."""

    provider: Provider
    collateral_id: UUID
    cover: Cover


def take_over(work: Work, insurer: Insurer, units: int, awarding: Awarding, chain: Chain) -> int:
    """Give an insurer so many units for its edge, or what the lot affords without competition where that is less, in
    place of the auction that the lot waits for; how many it got. What that was decided by joins the chain."""
    marks, provider, names = work.marks(awarding.now), insurer.provider, Names()
    work.step.kind = FIRST_STEP
    work.step.stop_waiting()
    terms = terms_of_assignment(work.playbook)
    work.funds.wish(work.lot, work.fund_need(terms.cap_bps, marks))
    means, before = means_of(work, marks), list(work.awards)
    contract = _contract_of(insurer.cover)
    offer = Committed(
        provider=names.of(provider.id),
        group=names.of(work.clusters.of(provider.group_id)),
        tier=LAST_TIER,
        units=units,
        min_edge_bps=edge_to_insurer(terms, means, _assigned(before), contract.take_edge_bps),
    )
    contested, (decided,) = assign(terms, means, work.units_left, [offer])
    winner = Winner(decided.units, decided.edge_bps, provider_id=provider.id, payer_id=insurer.collateral_id)
    given = awarding.award(work, winner, marks)
    chain.add_step(
        LinkKind.ASSIGN,
        work,
        before,
        terms=terms,
        means=means,
        offers=(offer,),
        contested=contested,
        awards=(replace(decided, given=given_by(awarding.awards)),),
        by_cover=True,
        contract=contract,
    )
    return given


def _offered(each: BeforeAuction, cover: Cover, provider_id: UUID) -> TakeOverOffered:
    shows_lot = each.book.playbook.disclosure == Disclosure.FULL.value
    return TakeOverOffered(
        **each.book.whose,
        subject_id=each.step.lot_id,
        provider_id=provider_id,
        cover=cover.id,
        units=each.step.units_in,
        positions=tuple(
            f"{row.instrument.symbol} {row.side} {to_text(row.quantity)}" for row in each.positions if shows_lot
        ),
        edge_bps=most_to_insurer(
            _contract_of(cover).take_edge_bps, _assigned(each.awards), each.book.playbook.assign_cap_bps
        ),
        until=each.step.due_at,
    )


def _contract_of(cover: Cover) -> TakingTerms:
    assert cover.take_edge_bps is not None
    assert cover.take_seconds is not None
    return TakingTerms(bytes.fromhex(cover.content_hash), cover.take_edge_bps, cover.take_seconds)


def _assigned(awards: Iterable[Award]) -> list[Decimal]:
    """The edges that commitments were given."""
    return [award.edge_bps for award in awards if not _is_taken_over(award)]
