"""The course of a lot: whether its steps follow each other as the waterfall has it, and go by the parameters of their
book's playbook; and whether those were published.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from auctions.lifecycle import WATERFALL, StepKind
from auctions.rules.chain.links import (
    AssignLink,
    DutchLink,
    FundLink,
    IntakeLink,
    PassedLink,
    SealedLink,
    StepLink,
)
from auctions.rules.chain.steps import edge_to_insurer
from auctions.rules.chain.verification import place_of
from auctions.rules.clearing import cap_of_round
from auctions.rules.curves import parameters_of
from auctions.rules.curves.steady import Steady
from auctions.rules.regimes import assigns_first
from auctions.rules.transcript import TranscriptDocument
from backstop.values.amounts import divide_down
from backstop.values.documents import plain

# What a playbook says of all of the venue's books together is no participant's business: an intake leaves it out.
OWN_COUNTERS = frozenset({"fund_inventory_limit", "max_unplaced_risk"})

Parameters = Mapping[str, Any]

Transcripts = Mapping[UUID, TranscriptDocument]


def published_differences(said: Parameters, published: Parameters) -> Iterator[str]:
    """Where an intake says other parameters than the playbook does that was published; what a release had not is in
    one of them alone."""
    for name in sorted(said.keys() & published.keys()):
        yield from _differs("the intake", name, said[name], published[name])


def course_differences(
    intake: IntakeLink, link: StepLink, before: Sequence[StepLink], transcripts: Transcripts
) -> Iterator[str]:
    """Where a step is none that comes then, or goes by another parameter than the playbook's; `before` are the links of
    its lot until then."""
    where, playbook = place_of(link), intake.playbook
    if before:
        yield from _of_order(where, link, before[-1], intake)
    else:
        yield from _of_first(where, link, intake)
    number = 1 + len({each.round for each in before if _is_auction(each) and each.round < link.round})
    own = [each for each in before if each.round == link.round]
    if isinstance(link, AssignLink):
        yield from _differs(where, "assign_cap_bps", link.terms.cap_bps, playbook.get("assign_cap_bps"))
        yield from _of_competition(where, link.terms, playbook)
        yield from _of_uncontested(where, link.terms.uncontested_cap_bps, playbook, 1)
        yield from _of_insurer(where, link, before)
    elif isinstance(link, FundLink):
        for name in ("fund_edge_bps", "dutch_cap_bps"):
            yield from _differs(where, name, getattr(link.draw, name), playbook.get(name))
    elif isinstance(link, SealedLink):
        yield from _of_sealed(where, link, playbook, number, transcripts)
    elif isinstance(link, DutchLink):
        closed = [each.auction_id for each in own if isinstance(each, SealedLink)]
        sealed = [transcripts[auction_id] for auction_id in closed if auction_id in transcripts]
        yield from _of_dutch(where, link, playbook, number)
        yield from _of_round(where, link, sealed, is_first=not any(isinstance(each, DutchLink) for each in own))


def _of_first(where: str, link: StepLink, intake: IntakeLink) -> Iterator[str]:
    """Whether commitments take first is the playbook's word, or that of the market's regime."""
    yield from _differs(where, "the round", link.round, 1)
    regime = intake.lots[link.lot].regime
    if regime is not None:
        due = assigns_first(str(intake.playbook.get("assign")), regime)
        yield from _differs(where, "commitments first", _kind_of(link) is StepKind.ASSIGN and not _by_cover(link), due)


def _of_order(where: str, link: StepLink, last: StepLink, intake: IntakeLink) -> Iterator[str]:
    """Another round begins where the waterfall is patient. The fund's own book goes to no fund. An insurer takes over
    after commitments, or another."""
    kind, was = _kind_of(link), WATERFALL[_kind_of(last)]
    may_follow = was.followers | ({kind} if _by_cover(link) and was.kind is kind else frozenset())
    if intake.owned_by_fund and StepKind.FUND in may_follow:
        may_follow = may_follow - {StepKind.FUND} | WATERFALL[StepKind.FUND].followers
    if kind not in may_follow:
        yield f"{where} never follows {was.kind}"
    yield from _differs(where, "the round", link.round, last.round + (kind == was.patient))


def _of_insurer(where: str, link: AssignLink, before: Sequence[StepLink]) -> Iterator[str]:
    """Whoever takes over is paid by its contract, and no more than commitments before it were."""
    if link.contract is None:
        return
    commitments = [each for each in before if isinstance(each, AssignLink) and not each.by_cover]
    assigned = [given.edge_bps for each in commitments for award in each.awards for given in award.given]
    due = edge_to_insurer(link.terms, link.means, assigned, link.contract.take_edge_bps)
    for offer in link.offers:
        if offer.min_edge_bps != due:
            yield f"{where}: an insurer gets {plain(offer.min_edge_bps)} bps, and by the steps before it {plain(due)}"


def _kind_of(link: StepLink) -> StepKind:
    return StepKind(link.passed if isinstance(link, PassedLink) else link.kind.value)


def _by_cover(link: StepLink) -> bool:
    return isinstance(link, AssignLink) and link.by_cover


def _is_auction(link: StepLink) -> bool:
    return isinstance(link, SealedLink | DutchLink)


def _of_sealed(
    where: str, link: SealedLink, playbook: Parameters, number: int, transcripts: Transcripts
) -> Iterator[str]:
    yield from _of_cap(where, link.cap_bps, playbook, "sealed_reserve_bps")
    transcript = transcripts.get(link.auction_id)
    if transcript is None:
        return
    terms = transcript.terms
    yield from _differs(where, "the format", terms.format, playbook.get("sealed_format"))
    for name in ("price_rule", "rationing", "first_rejected_cap_bps"):
        yield from _differs(where, name, getattr(terms, name), playbook.get(name))
    yield from _of_competition(where, terms, playbook)
    yield from _of_uncontested(where, terms.uncontested_cap_bps, playbook, number)
    most = 1 + int(_number(playbook, "max_reopenings"))
    if terms.rounds > most:
        yield f"{where}: its window was open {terms.rounds} times, and by the playbook at most {most}"


def _of_dutch(where: str, link: DutchLink, playbook: Parameters, number: int) -> Iterator[str]:
    terms = link.terms
    yield from _differs(where, "min_take_units", link.min_take_units, playbook.get("min_take_units"))
    yield from _of_cap(where, terms.reserve_edge_bps, playbook, "dutch_cap_bps")
    if terms.uncontested_cap_bps is not None:
        yield from _of_uncontested(where, terms.uncontested_cap_bps, playbook, number)
    if terms.ready_seconds is not None:
        ready = playbook.get("ready_seconds")
        due = divide_down(_number(playbook, "dutch_seconds"), 4, 6) if ready is None else Decimal(ready)
        yield from _differs(where, "ready_seconds", terms.ready_seconds, due)
    if terms.priority_seconds:
        yield from _differs(where, "priority_seconds", terms.priority_seconds, playbook.get("priority_seconds"))
    rise = playbook.get("dutch_rise_bps")
    kind = parameters_of(playbook["dutch_curve"]).KIND if rise is None else Steady.PARAMETERS.KIND
    yield from _differs(where, "the kind of its curve", terms.curve.get("kind"), kind)
    if rise is not None:
        yield from _differs(where, "dutch_rise_bps", terms.curve.get("rise_bps"), rise)
    if link.judged is not None:
        yield from _of_competition(where, link.judged, playbook)


def _of_round(where: str, link: DutchLink, sealed: Sequence[TranscriptDocument], *, is_first: bool) -> Iterator[str]:
    """It is contested where its round's sealed one was, or judged; after one that cut back it rises no further than
    filling would have cost, once. Release 0.2.0 judged nothing."""
    contested = any(each.outcome.contested for each in sealed)
    if link.judged is None and link.terms.ready_seconds is not None and (link.terms.contested or False) != contested:
        yield from _differs(where, "contested", link.terms.contested or False, contested)
    filling = [each.outcome.filling_edge_bps for each in sealed if each.outcome.filling_edge_bps is not None]
    for edge_bps in filling[:1] if is_first else ():
        if link.terms.reserve_edge_bps > edge_bps:
            yield f"{where}: it rises to {plain(link.terms.reserve_edge_bps)} bps, and filling cost {plain(edge_bps)}"


def _of_competition(where: str, said: Any, playbook: Parameters) -> Iterator[str]:
    for name in ("min_groups", "cover_percent"):
        yield from _differs(where, name, getattr(said, name), playbook.get(name))


def _of_uncontested(where: str, cap_bps: Decimal, playbook: Parameters, number: int) -> Iterator[str]:
    """Release 0.2.0 wrote playbooks without caps by rounds."""
    caps = playbook.get("uncontested_caps_bps")
    if caps:
        due = cap_of_round([Decimal(cap) for cap in caps], number)
        yield from _differs(where, "the cap without competition", cap_bps, due)


def _of_cap(where: str, cap_bps: Decimal, playbook: Parameters, name: str) -> Iterator[str]:
    if cap_bps > _number(playbook, name):
        yield f"{where}: it pays up to {plain(cap_bps)} bps, and by the playbook {playbook[name]}"


def _number(playbook: Parameters, name: str) -> Decimal:
    value = playbook[name]
    if not isinstance(value, str | int):
        raise ValueError(f"{name} is no number")
    return Decimal(value)


def _differs(where: str, what: str, said: object, due: object) -> Iterator[str]:
    one, other = plain(said), plain(due)
    if one != other:
        yield f"{where}: it has {what} as {one}, and by the playbook it is {other}"
