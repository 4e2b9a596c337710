"""What no playbook may say: constraints of its table, each named by what it promises, and what each asks for."""

from django.db import models
from django.db.models import F, Func, Q
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast

from auctions.models.playbooks.choices import SealedBy
from auctions.rules.disclosure import Disclosure


def _of_caps(template: str) -> Func:
    return Func("uncontested_caps_bps", template=template, output_field=models.BooleanField())


def _seconds(name: str) -> Cast:
    return Cast(name, models.BigIntegerField())


def _longest_event() -> Combinable:
    """How long a loss event's last book may take: the longest steps of a round that opens as late as any may, each
    stopped for as long as may be, and then a provider's fault until it is decided."""
    sealed = _seconds("sealed_seconds") + _seconds("max_reopenings") * F("reopening_seconds")
    auctions = sealed + _seconds("priority_seconds") + 2 * _seconds("dutch_seconds")
    stopped = _seconds("max_queue_seconds") + _seconds("max_halt_seconds") + _seconds("confirm_seconds")
    opens = _seconds("hours_clause_seconds") + _seconds("max_waterfall_seconds") + _seconds("retry_seconds")
    judged = _seconds("contest_seconds") + _seconds("decide_seconds")
    return opens + (1 + _seconds("max_restarts")) * auctions + 3 * stopped + judged


# Of those whose constraint does not say it itself: that would be a migration.
IN_WORDS = {
    "playbook_caps_rise": "Caps rise: 0 <= assign_cap_bps <= sealed_reserve_bps <= dutch_cap_bps < 10000.",
    "playbook_version_unique": "The venue has a playbook of this version.",
    "playbook_curve_has_a_kind": "dutch_curve names the kind of the curve.",
    "playbook_units_positive": "units_per_lot and min_take_units are at least 1.",
    "playbook_bids_bounded": "max_bids is at least 1, and min_improvement_bps at least 0.",
    "playbook_mark_band_not_negative": "mark_band_bps is at least 0.",
    "playbook_jump_not_negative": "max_jump_bps is at least 0, or empty.",
    "playbook_fund_edge_within": "fund_edge_bps is at least 0 and below 10000.",
    "playbook_inventory_haircut_within": "inventory_haircut_bps is at least 0 and at most 10000.",
    "playbook_mark_sources_positive": "min_mark_sources is at least 1.",
    "playbook_first_rejected_cap_not_negative": "first_rejected_cap_bps is at least 0.",
    "playbook_lots_not_empty": "max_lot_notional is above 0, or empty.",
    "playbook_unplaced_risk_not_negative": "max_unplaced_risk is at least 0, or empty.",
    "playbook_cluster_parts_within": "max_cluster_parts is within 1 and 10000, or empty.",
    "playbook_cure_within_waterfall": "cure_seconds is at most max_waterfall_seconds.",
    "playbook_buffer_covers_drift": "max_drift_bps is at least 0 and at most drift_buffer_bps.",
    "playbook_wait_drift_not_negative": "wait_drift_bps is at least 0.",
    "playbook_calm_below_stressed": "stressed_depth, stressed_spread_bps and stressed_volatility_bps are at least 0, "
    "or empty; stressed_stale_percent at most 100; calm_percent is within 1 and 99.",
    "playbook_draw_limits_not_negative": "fund_event_limit, fund_group_limit and fund_day_limit are at least 0, "
    "or empty.",
    "playbook_limits_not_negative": "fund_draw_limit, fund_inventory_limit, liquidation_fee_bps and penalty_bps are at "
    "least 0.",
    "playbook_venue_fault_within": "venue_fault_bps is at least 0 and below 10000.",
}


def in_words(promise: models.BaseConstraint) -> str:
    """What it asks for, naming the parameters."""
    return IN_WORDS.get(promise.name) or str(promise.get_violation_error_message())


PROMISES: list[models.BaseConstraint] = [
    models.CheckConstraint(
        condition=Q(sealed_by=SealedBy.VENUE) | Q(disclosure=Disclosure.FULL.value),
        name="playbook_providers_seal_where_lots_are_shown",
        violation_error_message="Providers seal bids themselves only where the lot is shown (FULL).",
    ),
    models.UniqueConstraint(fields=["venue", "version"], name="playbook_version_unique"),
    models.CheckConstraint(
        condition=Q(assign_cap_bps__gte=0)
        & Q(sealed_reserve_bps__gte=F("assign_cap_bps"))
        & Q(dutch_cap_bps__gte=F("sealed_reserve_bps"))
        & Q(dutch_cap_bps__lt=10000),
        name="playbook_caps_rise",
    ),
    models.CheckConstraint(condition=Q(dutch_curve__has_key="kind"), name="playbook_curve_has_a_kind"),
    models.CheckConstraint(
        condition=Q(tier_2_capacity__gte=0, tier_1_capacity__gte=F("tier_2_capacity")),
        name="playbook_tiers_fall",
        violation_error_message="Tier 1 needs no less capacity than tier 2.",
    ),
    models.CheckConstraint(
        condition=Q(priority_seconds=0) | Q(tier_2_capacity__gt=0),
        name="playbook_priority_needs_tiers",
        violation_error_message="Nobody has priority where there are no tiers.",
    ),
    models.CheckConstraint(condition=Q(units_per_lot__gte=1, min_take_units__gte=1), name="playbook_units_positive"),
    models.CheckConstraint(condition=Q(max_bids__gte=1, min_improvement_bps__gte=0), name="playbook_bids_bounded"),
    models.CheckConstraint(condition=Q(mark_band_bps__gte=0), name="playbook_mark_band_not_negative"),
    models.CheckConstraint(
        condition=Q(max_jump_bps__isnull=True) | Q(max_jump_bps__gte=0), name="playbook_jump_not_negative"
    ),
    models.CheckConstraint(
        condition=Q(fund_edge_bps__gte=0, fund_edge_bps__lt=10000), name="playbook_fund_edge_within"
    ),
    models.CheckConstraint(
        condition=Q(inventory_haircut_bps__gte=0, inventory_haircut_bps__lte=10000),
        name="playbook_inventory_haircut_within",
    ),
    models.CheckConstraint(
        condition=(Q(stressed_depth__isnull=True) | Q(stressed_depth__gte=0))
        & (Q(stressed_spread_bps__isnull=True) | Q(stressed_spread_bps__gte=0))
        & (Q(stressed_volatility_bps__isnull=True) | Q(stressed_volatility_bps__gte=0))
        & (Q(stressed_stale_percent__isnull=True) | Q(stressed_stale_percent__lte=100))
        & Q(calm_percent__gte=1, calm_percent__lte=99),
        name="playbook_calm_below_stressed",
    ),
    models.CheckConstraint(condition=Q(min_mark_sources__gte=1), name="playbook_mark_sources_positive"),
    models.CheckConstraint(condition=Q(first_rejected_cap_bps__gte=0), name="playbook_first_rejected_cap_not_negative"),
    models.CheckConstraint(
        condition=Q(max_lot_notional__isnull=True) | Q(max_lot_notional__gt=0), name="playbook_lots_not_empty"
    ),
    models.CheckConstraint(
        condition=Q(partial_cost_bps__gte=0, partial_cost_bps__lt=10000),
        name="playbook_partial_cost_within",
        violation_error_message="Selling a part costs at least 0 and less than 10000 bps.",
    ),
    models.CheckConstraint(
        condition=Q(dutch_rise_bps__isnull=True) | Q(dutch_rise_bps__gt=0),
        name="playbook_dutch_rises",
        violation_error_message="An edge rises by more than 0 bps a second.",
    ),
    models.CheckConstraint(
        condition=Q(max_unplaced_risk__isnull=True) | Q(max_unplaced_risk__gte=0),
        name="playbook_unplaced_risk_not_negative",
    ),
    models.CheckConstraint(
        condition=Q(max_cluster_parts__isnull=True) | Q(max_cluster_parts__range=(1, 10_000)),
        name="playbook_cluster_parts_within",
    ),
    models.CheckConstraint(
        condition=Q(cure_seconds__lte=F("max_waterfall_seconds")), name="playbook_cure_within_waterfall"
    ),
    models.CheckConstraint(
        condition=Q(dutch_start_bps__gt=-10000, dutch_start_bps__lte=F("dutch_cap_bps")),
        name="playbook_dutch_starts_within_cap",
        violation_error_message="A Dutch auction starts above -10000 bps, and at most at its cap.",
    ),
    models.CheckConstraint(
        condition=Q(uncontested_cap_bps__gte=0, uncontested_cap_bps__lt=10000),
        name="playbook_uncontested_cap_within",
        violation_error_message="The cap without competition is at least 0 and below 10000 bps.",
    ),
    models.CheckConstraint(
        condition=Q(uncontested_caps_bps__isnull=True)
        | Q(
            _of_caps("cardinality(%(expressions)s) > 0"),
            _of_caps("0 <= ALL(%(expressions)s)"),
            _of_caps("10000 > ALL(%(expressions)s)"),
        ),
        name="playbook_uncontested_caps_within",
        violation_error_message="The caps without competition are at least 0 and below 10000 bps.",
    ),
    models.CheckConstraint(
        condition=Q(ready_seconds__isnull=True) | Q(ready_seconds__gt=0, ready_seconds__lt=F("dutch_seconds")),
        name="playbook_ready_within_auction",
        violation_error_message="A Dutch auction is judged after it opens, and before it ends.",
    ),
    models.CheckConstraint(
        condition=Q(cover_percent__lte=1000),
        name="playbook_cover_can_be_reached",
        violation_error_message="Without the largest group, at most ten times the units can be asked for.",
    ),
    models.CheckConstraint(
        condition=Q(drift_buffer_bps__gte=F("max_drift_bps"), max_drift_bps__gte=0),
        name="playbook_buffer_covers_drift",
    ),
    models.CheckConstraint(condition=Q(wait_drift_bps__gte=0), name="playbook_wait_drift_not_negative"),
    models.CheckConstraint(
        condition=~Q(fund_event_limit__lt=0) & ~Q(fund_group_limit__lt=0) & ~Q(fund_day_limit__lt=0),
        name="playbook_draw_limits_not_negative",
    ),
    models.CheckConstraint(
        condition=Q(
            fund_draw_limit__gte=0, fund_inventory_limit__gte=0, liquidation_fee_bps__gte=0, penalty_bps__gte=0
        ),
        name="playbook_limits_not_negative",
    ),
    models.CheckConstraint(
        condition=Q(venue_fault_bps__gte=0, venue_fault_bps__lt=10000), name="playbook_venue_fault_within"
    ),
    models.CheckConstraint(
        condition=Q(max_event_seconds__gte=_longest_event()),
        name="playbook_events_outlast_their_books",
        violation_error_message="max_event_seconds is at least hours_clause + max_waterfall + retry "
        "+ (1 + max_restarts) x (sealed + max_reopenings x reopening + priority + 2 x dutch) "
        "+ 3 x (max_queue + max_halt + confirm) + contest + decide seconds.",
    ),
]
