"""What nobody took of a loss event's books: the quantities that went back to their venue."""

from decimal import Decimal
from uuid import UUID

from accounts.desks.allocations import GIVEN
from accounts.models import AllocationFill
from auctions.desks.legs import leg_of, positions_of
from auctions.lifecycle import FAILED
from auctions.models import Award, Beneficiary, Position
from auctions.rules.lots import slice_legs
from backstop.values.amounts import difference, total


def sum_unplaced(event_id: UUID, instrument_id: UUID, side: str) -> Decimal:
    """How much of an instrument, of positions of this side, went back to the venue of the event's books, and is not
    allocated to accounts that gave it or may yet give it."""
    awards = Award.objects.filter(beneficiary=Beneficiary.VENUE, step__lot__book__loss_event=event_id)
    returned = list(awards.exclude(settlement__state__in=FAILED).select_related("step__lot"))
    by_lot: dict[UUID | None, list[Position]] = {}
    for position in positions_of({award.step.lot_id for award in returned}).filter(instrument=instrument_id, side=side):
        by_lot.setdefault(position.lot_id, []).append(position)
    quantities = [
        leg.quantity
        for award in returned
        for position in by_lot.get(award.step.lot_id, ())
        for leg in slice_legs([leg_of(position)], award.first_unit, award.units, award.step.lot.units)
    ]
    fills = AllocationFill.objects.filter(
        allocation__loss_event=event_id, allocation__instrument=instrument_id, allocation__side=side
    ).filter(state__in=GIVEN)
    return difference(total(quantities), *fills.values_list("allocated", flat=True))
