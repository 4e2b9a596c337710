"""A book's frozen offers, read from its rows for the rules to decide them again under another playbook. Only reads."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from auctions.desks.rounds import LotRound, rounds_of
from auctions.lifecycle import FAILED, WATERFALL, FaultState, StepKind
from auctions.models import (
    Auction,
    Award,
    Beneficiary,
    Bid,
    Book,
    ChainLink,
    Lot,
    Playbook,
    Position,
    ProviderFault,
    Step,
    Transcript,
)
from auctions.offline.inputs import parse
from auctions.offline.verify import read_link, read_transcript
from auctions.rules.chain.links import AssignLink, FundLink, Link, Means, SealedLink
from auctions.rules.clearing import Format, PriceRule, Rationing
from auctions.rules.valuation import drift_bps
from auctions.rules.whatif import FrozenBook, FrozenLot, PastStep, PastTake, Terms, per_unit
from backstop.values.amounts import ZERO, difference, multiply, total
from backstop.values.bps import affordable_edge

Marks = Mapping[UUID, Decimal]


SIMULATED = frozenset(
    {
        *(step.cap for step in WATERFALL.values() if step.cap),
        *("uncontested_caps_bps", "sealed_format", "price_rule", "rationing", "first_rejected_cap_bps"),
        *("min_groups", "cover_percent", "max_drift_bps", "liquidation_fee_bps"),
    }
)


def without_effect(playbook: Playbook, other: Playbook) -> list[str]:
    """The parameters that differ between the two, and that offers which were made long ago are not decided by."""
    before, after = playbook.parameters, other.parameters
    return sorted(name for name in after if after[name] != before[name] and name not in SIMULATED)


def terms_of(playbook: Playbook) -> Terms:
    """What of a playbook decides who takes what: its parameters that are SIMULATED."""
    return Terms(
        caps_bps=_caps_of(playbook),
        uncontested_caps_bps=playbook.caps_by_round,
        format=Format(playbook.sealed_format),
        price_rule=PriceRule(playbook.price_rule),
        rationing=Rationing(playbook.rationing),
        first_rejected_cap_bps=playbook.first_rejected_cap_bps,
        min_groups=playbook.min_groups,
        cover_percent=playbook.cover_percent,
        max_drift_bps=playbook.max_drift_bps,
        liquidation_fee_bps=playbook.liquidation_fee_bps,
    )


def _caps_of(playbook: Playbook) -> dict[StepKind, Decimal]:
    return {step.kind: getattr(playbook, step.cap) for step in WATERFALL.values() if step.cap}


def changed(playbook: Playbook, changes: Mapping[str, Any]) -> Playbook:
    """The playbook but for these parameters, not saved. Raises `ValidationError` where that makes no sense, and
    `KeyError` for what is no parameter."""
    if unknown := changes.keys() - playbook.parameters.keys():
        raise KeyError(", ".join(sorted(unknown)))
    other = Playbook(venue=playbook.venue, version=0, **{**playbook.parameters, **changes})
    other.clean_fields()
    other.validate_constraints()
    return other


def freeze(book: Book) -> FrozenBook:
    """The book with all that was offered for it."""
    lots = Lot.objects.filter(book=book, book_version=book.version).order_by("ordinal")
    faults = ProviderFault.objects.filter(book=book, state=FaultState.UPHELD, to_estate__isnull=False)
    return FrozenBook(
        equity=book.equity,
        kept=book.kept_equity,
        made_whole=total(fault.to_estate or ZERO for fault in faults),
        owned_by_fund=book.owned_by_fund,
        scale=book.asset.scale,
        lots=tuple(_lot(lot, book.playbook) for lot in lots),
    )


def _lot(lot: Lot, playbook: Playbook) -> FrozenLot:
    positions = list(Position.objects.filter(lot=lot))
    steps = list(Step.objects.filter(lot=lot).select_related("auction").order_by("ordinal"))
    rounds = rounds_of(steps)
    return FrozenLot(lot.units, tuple(_stage(step, rounds[step.id], lot, positions, playbook) for step in steps))


def _link_of(step: Step) -> Link | None:
    """What the book's chain says of it; nothing where a program of before decided it."""
    row = ChainLink.objects.filter(step=step).first()
    return None if row is None else read_link(parse(json.dumps(row.document)))


def _drift(auction: Auction | None, means: Means | None) -> Decimal:
    """How far marks had moved from its opening to its close."""
    if auction is None or means is None:
        return ZERO
    return drift_bps(auction.marks, {UUID(key): price for key, price in means.marks.items()})


def _drift_limits(auction: Auction, default_bps: Decimal) -> dict[int, Decimal | None]:
    """Of its bids, by sequence; None: the playbook's, which a bid that said nothing has."""
    bids = enumerate(Bid.objects.filter(auction=auction).order_by(*Bid.IN_ORDER), 1)
    return {place: None if bid.max_drift_bps == default_bps else bid.max_drift_bps for place, bid in bids}


def _stage(step: Step, own: LotRound, lot: Lot, positions: Sequence[Position], playbook: Playbook) -> PastStep:
    kind = StepKind(step.kind)
    awards = list(
        Award.objects.filter(step=step, beneficiary__in=[Beneficiary.PROVIDER, Beneficiary.FUND])
        .exclude(settlement__state__in=FAILED)
        .order_by("created_at", "first_unit")
    )
    auction = getattr(step, "auction", None)
    intake = {position.instrument_id: position.mark_price for position in positions}
    marks: Marks = awards[0].marks if awards else intake if auction is None else auction.marks
    worth = total(multiply(each.quantity, marks[each.instrument_id]) for each in positions)
    lost = total(
        multiply(
            each.quantity, difference(each.mark_price, marks[each.instrument_id]), 1 if each.side == "LONG" else -1
        )
        for each in positions
    )
    row = None if auction is None else Transcript.objects.filter(auction=auction).first()
    transcript = None if row is None else read_transcript(parse(json.dumps(row.document)))[0]
    link = _link_of(step)
    means = link.means if isinstance(link, AssignLink | SealedLink) else None
    reserve = transcript.terms.reserve_edge_bps if transcript else None if auction is None else auction.reserve_edge_bps
    return PastStep(
        kind=kind,
        round=own.number,
        judged_contested=kind == StepKind.DUTCH
        and auction is not None
        and bool(auction.contested)
        and not own.contested,
        unit_notional=per_unit(worth, lot.units),
        unit_lost=per_unit(lost, lot.units),
        takes=tuple(PastTake(award.units, award.edge_bps) for award in awards),
        sealed=transcript.terms if transcript else None,
        bids=transcript.bids if transcript else (),
        means=means,
        drift_bps=_drift(auction, means),
        drift_limits=_drift_limits(auction, playbook.max_drift_bps) if auction and transcript else {},
        draw=link.draw if isinstance(link, FundLink) else None,
        offers=link.offers if isinstance(link, AssignLink) else (),
        affordable_bps=affordable_edge(total([means.own, means.fund]), means.notional)
        if means is not None and means.notional
        else reserve
        if reserve is not None and kind == StepKind.SEALED and reserve < playbook.sealed_reserve_bps
        else None,
    )
