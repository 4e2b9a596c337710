"""Rounds: one sealed and one Dutch auction of a lot, and what of the rounds before counts in a step's own."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from auctions.lifecycle import StepKind
from auctions.models import Auction, Step


@dataclass(frozen=True, slots=True)
class LotRound:
    """A step's round: its `number`, from 1, where only rounds in which an auction opened count; and whether its sealed
    auction was contested. Where that cut something back, filling would have paid at most `filling_edge_bps`: for the
    round's first Dutch auction alone."""

    number: int
    contested: bool
    filling_edge_bps: Decimal | None


def rounds_of(steps: Sequence[Step]) -> dict[UUID, LotRound]:
    """The round of each of these steps, by step."""
    found: defaultdict[UUID, list[Auction]] = defaultdict(list)
    lots = {step.lot_id for step in steps}
    for auction in Auction.objects.filter(step__lot__in=lots).select_related("step"):
        found[auction.step.lot_id].append(auction)
    return {step.id: _round_of(step, found[step.lot_id]) for step in steps}


def _round_of(step: Step, auctions: Sequence[Auction]) -> LotRound:
    before = {auction.step.round for auction in auctions if auction.step.round < step.round}
    own = [auction for auction in auctions if auction.step.round == step.round and auction.step_id != step.id]
    sealed = [auction for auction in own if auction.kind == StepKind.SEALED]
    filling = [auction.filling_edge_bps for auction in sealed] if len(own) == len(sealed) else []
    return LotRound(
        number=1 + len(before),
        contested=any(auction.contested for auction in sealed),
        filling_edge_bps=next((edge for edge in filling if edge is not None), None),
    )
