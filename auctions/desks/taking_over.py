"""Taking over: insurers whose contract lets them are offered what is left of a lot before its first auction, and wait
in nobody's way: silent, they let it open.

Whoever takes over does as commitments do, in a step of that kind: it stands in place of the auction's, which comes
after it for what is left.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from accounts.models import Cover, LossEvent, Provider
from accounts.queries import list_takers
from accounts.rules.tiers import LAST_TIER
from auctions.desks.assigning import terms_of_assignment
from auctions.desks.awards import Awarding, Winner
from auctions.desks.chain import Chain, Names, given_by, means_of
from auctions.desks.work import Work
from auctions.events import TakeOverOffered
from auctions.lifecycle import FIRST_AUCTION, FIRST_STEP
from auctions.models import Award, Playbook, Position, Step
from auctions.rules.chain.links import Committed, LinkKind
from auctions.rules.chain.steps import afforded, assign
from auctions.rules.disclosure import Disclosure
from backstop.values.amounts import to_text


@dataclass(frozen=True, slots=True)
class BeforeAuction:
    """A new step of a lot of these positions, and the awards that were made of the lot before."""

    step: Step
    positions: Sequence[Position]
    awards: Sequence[Award] = ()

    @property
    def is_first_auction(self) -> bool:
        """Whether it is the first one, of which insurers have not taken some already."""
        is_first = self.step.kind == FIRST_AUCTION and self.step.round == 1
        return is_first and all(award.commitment_id for award in self.awards)


def offer_to_insurers(steps: Iterable[BeforeAuction]) -> list[TakeOverOffered]:
    """Let those of these steps, not written yet, that are first auctions wait for the insurers of their loss events;
    who is told what."""
    waiting = [(each, each.step.lot.book.loss_event_id) for each in steps if each.is_first_auction]
    events = LossEvent.objects.in_bulk({event_id for _, event_id in waiting if event_id}) if waiting else {}
    takers = list_takers(list(events.values()))
    told = []
    for each, event_id in waiting:
        book = each.step.lot.book
        covers = [cover for cover in takers[event_id] if cover.asset_id == book.asset_id] if event_id else []
        if covers:
            wait = timedelta(seconds=max(cover.take_seconds or 0 for cover in covers))
            each.step.wait_until(each.step.due_at + wait)
            each.step.patient_until = each.step.patient_until and each.step.patient_until + wait
        told += [_offered(each, cover, share.provider_id) for cover in covers for share in cover.shares.all()]
    return told


@dataclass(frozen=True, slots=True)
class Insurer:
    """Who takes over: its collateral in the lot's asset, and the covers that stand for the lot's loss event by which it
    may."""

    provider: Provider
    collateral_id: UUID
    covers: Sequence[Cover]


def take_over(work: Work, insurer: Insurer, units: int, awarding: Awarding, chain: Chain) -> int:
    """Give an insurer so many units for its edge, or what the lot affords without competition where that is less, in
    place of the auction that the lot waits for; how many it got. What that was decided by joins the chain."""
    marks, provider, names = work.marks(awarding.now), insurer.provider, Names()
    work.step.kind = FIRST_STEP
    work.step.stop_waiting()
    terms = terms_of_assignment(work.playbook)
    work.funds.wish(work.lot, work.fund_need(terms.cap_bps, marks))
    means = means_of(work, marks)
    most = _edge(insurer.covers, work.awards, work.playbook)
    offer = Committed(
        provider=names.of(provider.id),
        group=names.of(work.clusters.of(provider.group_id)),
        tier=LAST_TIER,
        units=units,
        min_edge_bps=min(most, afforded(terms.cap_bps, means), terms.uncontested_cap_bps),
    )
    contested, (decided,) = assign(terms, means, work.units_left, [offer])
    before = list(work.awards)
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
    )
    return given


def _offered(each: BeforeAuction, cover: Cover, provider_id: UUID) -> TakeOverOffered:
    lot = each.step.lot
    shows_lot = lot.book.playbook.disclosure == Disclosure.FULL.value
    return TakeOverOffered(
        **lot.book.whose,
        subject_id=lot.id,
        provider_id=provider_id,
        cover=cover.id,
        units=each.step.units_in,
        positions=tuple(
            f"{row.instrument.symbol} {row.side} {to_text(row.quantity)}" for row in each.positions if shows_lot
        ),
        edge_bps=_edge([cover], each.awards, lot.book.playbook),
        until=each.step.due_at,
    )


def _edge(covers: Sequence[Cover], awards: Iterable[Award], playbook: Playbook) -> Decimal:
    """The most that an insurer is paid: what commitments were (none were: what they may be), or less where its
    contract says so."""
    assigned = [award.edge_bps for award in awards if award.commitment_id]
    by_contract = [cover.take_edge_bps for cover in covers if cover.take_edge_bps is not None]
    return min(max(assigned, default=playbook.assign_cap_bps), max(by_contract))
