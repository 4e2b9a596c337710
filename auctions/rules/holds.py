"""What a bid holds of its provider's collateral, so that no award of it within the playbook's buffer needs more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from auctions.rules.valuation import SPOT, Leg, notional, transfer_value
from backstop.values.amounts import difference, divide_up, multiply, round_up, total, whole_times
from backstop.values.bps import of_notional, one_plus


@dataclass(frozen=True, slots=True)
class Hold:
    """What a bid holds of collateral: `base`, and for each unit `unit` plus its payment on `exposure`."""

    unit: Decimal
    exposure: Decimal
    base: Decimal

    def of(self, max_units: int, max_pay_bps: Decimal, scale: int) -> Decimal:
        """The hold for so many units at a payment of at most `max_pay_bps`, rounded up."""
        return round_up(self._exact(max_units, max_pay_bps), scale)

    def of_bid(
        self, max_units: int, max_pay_bps: Decimal, max_drift_bps: Decimal, buffer_bps: Decimal, scale: int
    ) -> Decimal:
        """The same for a bid that stands up to a drift of `max_drift_bps`, where these amounts have a buffer of
        `buffer_bps`: the larger of the two counts.

        The database function place_bids computes the same; a test holds them together.
        """
        buffered = multiply(self._exact(max_units, max_pay_bps), one_plus(max(buffer_bps, max_drift_bps)))
        return divide_up(buffered, one_plus(buffer_bps), scale)

    def most_units(
        self, free: Decimal, max_pay_bps: Decimal, max_drift_bps: Decimal, buffer_bps: Decimal
    ) -> int | None:
        """For how many units at most `of_bid` is not above `free`; None where units hold nothing."""
        drifting = one_plus(max(buffer_bps, max_drift_bps))
        of_units = difference(multiply(free, one_plus(buffer_bps)), multiply(self.base, drifting))
        unit = multiply(total([self.unit, of_notional(self.exposure, max_pay_bps)]), drifting)
        if of_units < 0:
            return 0
        return whole_times(of_units, unit) if unit else None

    def _exact(self, max_units: int, max_pay_bps: Decimal) -> Decimal:
        per_unit = total([self.unit, of_notional(self.exposure, max_pay_bps)])
        return total([self.base, multiply(max_units, per_unit)])


def hold_for(legs: Sequence[Leg], marks: Mapping[UUID, Decimal], units: int, buffer_bps: Decimal, scale: int) -> Hold:
    """What bids for a lot of `units` must hold, so that no award within a drift of `buffer_bps` needs more.

    Per unit: margin of every leg and value of spot. The base is one quantity step of each leg at its full notional on
    top, because consecutive units differ by a step.
    """
    buffered = one_plus(buffer_bps)
    margins = [multiply(notional(leg, marks[leg.instrument_id]), leg.margin_rate) for leg in legs]
    values = [transfer_value(leg, marks[leg.instrument_id]) for leg in legs]
    notionals = [notional(leg, marks[leg.instrument_id]) for leg in legs]
    steps = [
        multiply(
            leg.quantity_step, marks[leg.instrument_id], total([Decimal(1), leg.margin_rate, Decimal(leg.kind == SPOT)])
        )
        for leg in legs
    ]
    return Hold(
        unit=divide_up(multiply(total([*margins, *values]), buffered), units, scale),
        exposure=divide_up(multiply(total(notionals), buffered), units, scale),
        base=round_up(multiply(total(steps), buffered), scale),
    )
