"""The standing commitments, locked, and the collateral, locked once it is written, that a batch of lots may draw on.

No two lots of a batch count the same capacity or the same money.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.desks.journal import Journal
from accounts.desks.standing import StandingCommitments, load_standing_commitments
from accounts.models import Account, AccountKind
from accounts.queries import LegDemand, StandingOffer
from accounts.rules.exposure import Piece
from accounts.rules.tiers import Ladder
from auctions.desks.exposures import ExposureDesk
from auctions.desks.legs import leg_of, positions_of
from auctions.desks.participants import candidate_of
from auctions.desks.work import Work
from auctions.lifecycle import FAILED
from auctions.models import Award, Position
from auctions.queries import NOBODY
from auctions.rules.eligibility import excluded_providers
from auctions.rules.holds import Hold, hold_for
from auctions.rules.lots import slice_legs
from auctions.rules.valuation import LONG, notional
from backstop.values.amounts import difference, divide_up, multiply


class CommitmentDesk:
    """The commitments and collateral accounts that a batch of lots may draw on; not `locked` where nothing of what it
    says is written."""

    def __init__(self, works: Sequence[Work], now: datetime, *, locked: bool = True) -> None:
        venue_ids = {work.book.venue_id for work in works}
        self.standing: StandingCommitments = load_standing_commitments(
            venue_ids, min(work.book.received_at for work in works), now, locked=locked
        )
        self.exposure = ExposureDesk(venue_ids, locked=locked)
        rows = Account.objects.filter(
            venue__in=venue_ids,
            asset__in={work.asset.id for work in works},
            kind=AccountKind.COLLATERAL,
        ).values_list("provider_id", "asset_id", "id")
        self.collateral: dict[tuple[UUID, UUID], UUID] = {(owner, asset): row for owner, asset, row in rows}
        self.funds = works[0].funds
        self.journal = Journal.opened([*self.collateral.values(), *self.funds.accounts.values()])
        self.funds.count_in(self.journal)
        self._assigned = _assigned_before(works)

    def demand(self, work: Work, marks: Mapping[UUID, Decimal]) -> tuple[list[LegDemand], Hold]:
        """What one unit of the lot is in notional, leg by leg, and what a bid for it holds."""
        scale = work.asset.scale
        demands = [
            LegDemand(
                leg.instrument_id,
                position.instrument.product_group_id,
                leg.side,
                divide_up(notional(leg, marks[leg.instrument_id]), work.lot.units, scale),
            )
            for leg, position in zip(work.legs, work.positions, strict=True)
        ]
        return demands, hold_for(work.legs, marks, work.lot.units, work.playbook.drift_buffer_bps, scale)

    def tiers(self, work: Work, demands: Sequence[LegDemand], hold: Hold) -> dict[UUID, int]:
        """Who is of a better tier than the last for this lot."""
        playbook = work.playbook
        return self.standing.tiers(
            venue_id=work.book.venue_id,
            legs=demands,
            unit_hold=hold.unit,
            collateral={
                owner: self.journal.posted(account)
                for (owner, asset), account in self.collateral.items()
                if asset == work.asset.id
            },
            received_at=work.book.received_at,
            ladder=Ladder(playbook.tier_1_capacity, playbook.tier_2_capacity),
            max_edge_bps=playbook.sealed_reserve_bps,
            scale=work.asset.scale,
        )

    def free_collateral(self, work: Work) -> dict[UUID, Decimal]:
        """What of each provider's collateral nothing is held for, in the lot's asset."""
        return {
            owner: self.journal.free(account)
            for (owner, asset), account in self.collateral.items()
            if asset == work.asset.id
        }

    def offers(
        self, work: Work, demands: Sequence[LegDemand], hold: Hold, max_units: int, *, bid_before: bool = False
    ) -> list[StandingOffer]:
        """What stands for this lot now, of everybody who may take part; of what was `bid_before` also what stands of
        those that are suspended by now."""
        offers = self.standing.offers(
            venue_id=work.book.venue_id,
            legs=demands,
            unit_hold=hold.unit,
            free_collateral={owner: difference(free, hold.base) for owner, free in self.free_collateral(work).items()},
            received_at=work.book.received_at,
            max_units=max_units,
            bid_before=bid_before,
            assigned=self._assigned[work.book.id],
            excluded_providers=excluded_providers(map(candidate_of, self.standing.providers), work.exclusions),
        )
        funded = [offer for offer in offers if (offer.provider_id, work.asset.id) in self.collateral]
        unit = [
            Piece(
                NOBODY,
                leg.product_group_id,
                leg.instrument_id,
                multiply(leg.unit_notional, 1 if leg.side == LONG else -1),
            )
            for leg in demands
        ]
        within = [
            replace(offer, units=self.exposure.fitting(offer.provider_id, work, unit, 1, offer.units))
            for offer in funded
        ]
        return [offer for offer in within if offer.units]

    def note_taking(self, work: Work, offer: StandingOffer, units: int, demands: Sequence[LegDemand]) -> None:
        """Count `units` of the lot, each of `demands`, as given to this offer, for what follows of the batch."""
        if not work.book.is_drill:
            self.standing.note_taking(offer, units, demands)
        self._assigned[work.book.id][offer.provider_id] += [
            replace(leg, unit_notional=multiply(leg.unit_notional, units)) for leg in demands
        ]


_Assigned = defaultdict[UUID, defaultdict[UUID, list[LegDemand]]]  # by book and provider, as legs of one unit


def _assigned_before(works: Sequence[Work]) -> _Assigned:
    """What commitments were given of these works' books, and has not failed."""
    found: _Assigned = defaultdict(lambda: defaultdict(list))
    given = Award.objects.filter(step__lot__book__in={work.book.id for work in works}, commitment__isnull=False)
    awards = list(given.exclude(settlement__state__in=FAILED).select_related("step__lot"))
    positions: defaultdict[UUID | None, list[Position]] = defaultdict(list)
    for position in positions_of({award.step.lot_id for award in awards}):
        positions[position.lot_id].append(position)
    for award in awards:
        assert award.provider_id is not None  # it stands behind the commitment
        lot = award.step.lot
        groups = {each.instrument_id: each.instrument.product_group_id for each in positions[lot.id]}
        sliced = slice_legs([leg_of(each) for each in positions[lot.id]], award.first_unit, award.units, lot.units)
        found[lot.book_id][award.provider_id] += [
            LegDemand(
                leg.instrument_id,
                groups[leg.instrument_id],
                leg.side,
                notional(leg, award.marks[leg.instrument_id]),
            )
            for leg in sliced
        ]
    return found
