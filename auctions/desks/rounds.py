"""Rounds: one sealed and one Dutch auction of a lot, and what of the rounds before counts in a step's own."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from auctions.lifecycle import StepKind
from auctions.models import Auction, Step


@dataclass(frozen=True, slots=True)
class LotRound:
    """A step's round: its `number`, from 1, where only rounds in which an auction opened count; and whether its sealed
    auction was contested."""

    number: int
    contested: bool


def rounds_of(steps: Sequence[Step]) -> dict[UUID, LotRound]:
    """The round of each of these steps, by step."""
    found: defaultdict[UUID, list[Auction]] = defaultdict(list)
    lots = {step.lot_id for step in steps}
    for auction in Auction.objects.filter(step__lot__in=lots).select_related("step"):
        found[auction.step.lot_id].append(auction)
    return {step.id: _round_of(step, found[step.lot_id]) for step in steps}


def _round_of(step: Step, auctions: Sequence[Auction]) -> LotRound:
    before = {auction.step.round for auction in auctions if auction.step.round < step.round}
    own = [auction for auction in auctions if auction.step.round == step.round and auction.kind == StepKind.SEALED]
    return LotRound(1 + len(before), any(auction.contested for auction in own))
