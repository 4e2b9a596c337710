"""Last resort: the insurance fund takes what is left, at the marks in force, up to its limits and for an edge."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from accounts.desks.journal import Journal, accounts_by_asset
from accounts.models import AccountKind
from accounts.queries import sum_owed_first
from auctions.desks.awards import Awarding, Winner
from auctions.desks.chain import Chain, given_by, means_of
from auctions.desks.inventory import get_inventory_notional, lock_inventory
from auctions.desks.news import decided
from auctions.desks.work import UNPRICED, Work, caps_of, pass_or_wait, ready_work
from auctions.lifecycle import StepKind
from auctions.models import Beneficiary, Step
from auctions.rules.chain.links import Draw, LinkKind
from auctions.rules.chain.steps import edge_of_fund
from auctions.rules.fund_inventory import fund_units
from auctions.rules.holds import hold_for
from auctions.rules.valuation import notional_of, transfer_value
from backstop import clock
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import operation
from backstop.values.amounts import ZERO, difference, divide_up, multiply, total


@operation
def draw_fund(*, ids: Sequence[UUID]) -> int:
    """Let the funds take what they can of those of these FUND steps that are ready; how many there were."""
    venues = sorted(set(Step.objects.filter(id__in=ids).values_list("lot__book__venue_id", flat=True)))
    lock_inventory(venues)
    now = clock.now()
    works = ready_work(ids, StepKind.FUND, now)
    priced = {work.step.id: marks for work in works if (marks := work.marks_if_fresh(now)) is not None}
    inventory = {venue_id: get_inventory_notional(venue_id) for venue_id in venues}
    funds = accounts_by_asset(AccountKind.FUND, [work.asset for work in works])
    owed = sum_owed_first(funds.keys(), now)
    awarding = Awarding(Journal.opened(funds.values()), now)
    chain = Chain(now)
    for work in works:
        marks = priced.get(work.step.id)
        if marks is not None:
            fund = funds[work.asset.id]
            limit = ZERO if work.book.is_drill else work.playbook.fund_inventory_limit
            room = difference(limit, inventory[work.book.venue_id])
            cash = difference(awarding.journal.free(fund), owed.get(work.asset.id, ZERO))
            units, unit_notional = _fitting(work, marks, room, cash)
            draw, before = _draw(work, marks, units), len(awarding.awards)
            if units:
                given = awarding.award(work, Winner(units, draw.edge_bps, Beneficiary.FUND, payer_id=fund), marks)
                taken = multiply(unit_notional, given)
                inventory[work.book.venue_id] = total([inventory[work.book.venue_id], taken])
            draw = replace(draw, given=given_by(awarding.awards[before:]))
            chain.add_step(LinkKind.FUND, work, work.awards, draw=draw)
        if pass_or_wait(work, now, priced=marks is not None):
            chain.pass_step(work, UNPRICED)
    save_changes(work.step for work in works)
    awarding.write()
    record_events(decided(work.step for work in works))
    chain.write()
    awarding.finish()
    return len(works)


def _draw(work: Work, marks: dict[UUID, Decimal], units: int) -> Draw:
    """What it takes and earns: whether anything was contested or not, out of the lot's own money."""
    draw = Draw(
        means=means_of(work, marks, work.own_budget_at(marks)),
        fund_edge_bps=caps_of(work.playbook).of(work.step.kind),
        dutch_cap_bps=work.playbook.dutch_cap_bps,
        units=units,
        notional=notional_of(work.legs_of(units), marks, work.asset.scale),
        edge_bps=ZERO,
        given=(),
    )
    return replace(draw, edge_bps=edge_of_fund(draw, work.units_left, work.asset.scale))


def _fitting(work: Work, marks: dict[UUID, Decimal], room: Decimal, cash: Decimal) -> tuple[int, Decimal]:
    """How many units the fund takes, and what it counts one for."""
    scale = work.asset.scale
    hold = hold_for(work.legs, marks, work.lot.units, ZERO, scale)
    spot = total(transfer_value(leg, marks[leg.instrument_id]) for leg in work.legs)
    unit_cost = divide_up(spot, work.lot.units, scale)
    # One quantity step more may be in a slice than its share: the base is that step's value.
    cash_for_units = difference(cash, hold.base) if unit_cost else cash
    return fund_units(work.units_left, hold.exposure, unit_cost, room, cash_for_units), hold.exposure
