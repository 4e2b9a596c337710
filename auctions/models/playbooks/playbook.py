"""A venue's versioned parameters. A book keeps the version that it started with, so a used version never changes."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pgtrigger
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from auctions.lifecycle import StepKind
from auctions.models.playbooks.choices import (
    DISCLOSURES,
    PRICE_RULES,
    RATIONINGS,
    SEALED_FORMATS,
    Assign,
    LotScope,
    SealedBy,
    SettlementMode,
)
from auctions.models.playbooks.promises import PROMISES, in_words
from auctions.rules.clearing import Format, PriceRule, Rationing, cap_of_round
from auctions.rules.curves import Parameters, Piecewise, Steady, parameters_of, snapshot_of
from auctions.rules.disclosure import Disclosure
from auctions.rules.regimes import Thresholds
from backstop.models.base import AmountField, EdgeField, FrozenArrayField, FrozenJSONField, Row
from backstop.models.venues import Venue
from backstop.values.amounts import divide_down
from backstop.values.marks import MarkTerms

NOT_PARAMETERS = {"id", "created_at", "venue", "version", "uncontested_cap_bps"}


def uncontested_caps() -> list[Decimal]:
    """What is paid at most without competition, by rounds."""
    return [Decimal(150), Decimal(250)]


def default_curve() -> dict[str, Any]:
    """One line to the cap, in JSON."""
    return snapshot_of(Piecewise.PARAMETERS())


class Playbook(Row):
    """One version of a venue's parameters; new books take the highest version."""

    # What is shown together: a group begins with the parameter named here and goes on with those declared after it.
    HEADINGS = {
        "lot_scope": "Lots and marks",
        "assign": "Edges and competition",
        "sealed_format": "Sealed auction",
        "dutch_curve": "Dutch auction",
        "tier_1_capacity": "Tiers",
        "settlement_mode": "Settlement",
        "fund_draw_limit": "Fund and fee",
        "stressed_depth": "Regime",
        "cure_seconds": "Limits of time",
        "max_halt_seconds": "Halts and restarts",
    }

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="playbooks")
    version = models.PositiveIntegerField(default=1)

    lot_scope = models.CharField(max_length=8, choices=LotScope, default=LotScope.GROUP)
    units_per_lot = models.PositiveIntegerField(default=100, validators=[MinValueValidator(1)])
    partial_cost_bps = EdgeField(
        default=100,
        db_default=100,
        help_text="What selling a part of an account is reckoned to cost; the equity kept answers for the rest.",
    )
    max_lot_notional = AmountField(
        null=True, blank=True, help_text="A larger lot is cut into several, in whole quantity steps. Empty: none is."
    )
    mark_max_age_seconds = models.PositiveIntegerField(default=60)
    mark_band_bps = EdgeField(
        default=500, help_text="A source whose mark is further than this from the median of all does not count."
    )
    min_mark_sources = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1)],
        help_text="How many sources within the band a mark needs; with fewer it is stale.",
    )
    dutch_mark_max_age_seconds = models.PositiveIntegerField(
        null=True,
        blank=True,
        default=5,
        help_text="Dutch auctions are priced with marks no older than this. Empty: than mark_max_age_seconds.",
    )
    max_drift_bps = EdgeField(
        default=300,
        help_text="Where marks moved further from the opening to the close, a bid that says nothing else is void.",
    )
    drift_buffer_bps = EdgeField(
        default=300, help_text="What a bid holds above the marks of the opening; more where its own limit is larger."
    )
    wait_drift_bps = EdgeField(
        default=1000,
        db_default=Decimal(1000),
        help_text="Where marks moved further since somebody stood ready until a Dutch auction ends, a word that says "
        "nothing else is void.",
    )

    max_jump_bps = EdgeField(
        null=True,
        blank=True,
        default=1000,
        db_default=Decimal(1000),
        help_text="Marks further than this from those last used price nothing until a second set or source confirms "
        "them, or max_halt_seconds are over. Empty: marks may jump.",
    )

    assign = models.CharField(
        max_length=16,
        choices=Assign,
        default=Assign.BY_REGIME,
        db_default=Assign.FIRST,
        help_text="FIRST: commitments take their share at once. AS_BIDS: they bid in the sealed auction, and what they "
        "can take is judged at its close. BY_REGIME: AS_BIDS while the market is calm.",
    )
    assign_cap_bps = EdgeField(default=200)
    sealed_reserve_bps = EdgeField(default=350)
    dutch_cap_bps = EdgeField(default=500)
    uncontested_caps_bps = FrozenArrayField(
        EdgeField(),
        default=uncontested_caps,
        null=True,
        help_text="The caps of steps without competition: of the first round, of the second, and so on; the last holds "
        "for all that follow.",
    )
    uncontested_cap_bps = EdgeField(default=150, editable=False)  # the first of them, as release 0.2.0 reads it
    min_groups = models.PositiveSmallIntegerField(default=2, validators=[MinValueValidator(1)])
    cover_percent = models.PositiveSmallIntegerField(default=100, help_text="Without the largest group.")

    sealed_format = models.CharField(max_length=16, choices=SEALED_FORMATS, default=Format.UNIFORM.value)
    price_rule = models.CharField(
        max_length=16,
        choices=PRICE_RULES,
        default=PriceRule.LAST_ACCEPTED.value,
        help_text="What UNIFORM pays. FIRST_REJECTED takes no packages.",
    )
    first_rejected_cap_bps = EdgeField(
        default=50, help_text="The most that FIRST_REJECTED pays above the last accepted edge."
    )
    rationing = models.CharField(
        max_length=16,
        choices=RATIONINGS,
        default=Rationing.PRO_RATA.value,
        help_text="Who is served where one edge offers more than it sells: groups in proportion, or earliest first.",
    )
    disclosure = models.CharField(
        max_length=16,
        choices=DISCLOSURES,
        default=Disclosure.FULL.value,
        help_text="SIZE_BAND: until it is decided, a sealed auction shows product groups, the band of the notional and "
        "a risk figure instead of the lot; bids are in percent, with one edge for the lot and one for its inverse. A "
        "Dutch auction shows the lot.",
    )
    sealed_by = models.CharField(
        max_length=8,
        choices=SealedBy,
        default=SealedBy.VENUE,
        help_text="Who encrypts a sealed bid. PROVIDER: to a key that is released at the close; nothing checks it "
        "before. Only where the lot is shown (FULL).",
    )
    sealed_seconds = models.PositiveIntegerField(default=60, validators=[MinValueValidator(1)])
    max_bids = models.PositiveIntegerField(
        default=200,
        db_default=200,
        validators=[MinValueValidator(1)],
        help_text="The most bids that a provider ever places in one auction: those taken back or improved count too.",
    )
    min_improvement_bps = EdgeField(
        default=1, db_default=1, help_text="An improvement that lowers an edge lowers it by at least so much."
    )
    max_reopenings = models.PositiveSmallIntegerField(default=1, validators=[MaxValueValidator(5)])
    reopening_seconds = models.PositiveIntegerField(default=30, validators=[MinValueValidator(1)])
    dutch_curve = FrozenJSONField(
        default=default_curve,
        help_text="How the edge rises from its start to the cap: the kind of the curve, and what that kind needs.",
    )
    dutch_rise_bps = EdgeField(
        null=True,
        blank=True,
        default=Decimal("0.5"),
        help_text="By so much a second the edge rises, whatever the cap. Empty: as dutch_curve says.",
    )
    dutch_start_bps = EdgeField(default=0)
    dutch_seconds = models.PositiveIntegerField(default=1200, validators=[MinValueValidator(1)])
    ready_seconds = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="When a Dutch auction is judged: contested by those who are ready or have taken until then, or "
        "capped as uncontested. Empty: after a quarter of its duration.",
    )
    priority_seconds = models.PositiveIntegerField(
        default=0, help_text="So long better tiers take alone, before the price clock starts."
    )
    min_take_units = models.PositiveIntegerField(
        default=1,
        validators=[MinValueValidator(1)],
        help_text="A take is of at least so many units and leaves at least so many, or else takes everything.",
    )

    tier_1_capacity = AmountField(
        default=0,
        help_text="Who has promised so much notional for a lot by commitments, and funded it, is of tier 1.",
    )
    tier_2_capacity = AmountField(
        default=0,
        help_text="Who has promised and funded so much is of tier 2, others of tier 3. 0: there are no tiers.",
    )

    settlement_mode = models.CharField(max_length=8, choices=SettlementMode, default=SettlementMode.AUTO)
    confirm_seconds = models.PositiveIntegerField(default=60, validators=[MinValueValidator(1)])
    penalty_bps = EdgeField(
        default=50, help_text="What a provider's fault costs it at least; more where replacing its award was dearer."
    )
    make_whole_seconds = models.PositiveIntegerField(
        default=600,
        db_default=600,
        help_text="Drift is a failing provider's until somebody is given some of its award, or so long after that.",
    )
    contest_seconds = models.PositiveIntegerField(
        default=3600,
        db_default=3600,
        help_text="So long after it is known what a fault costs, its provider may contest it; then it stands.",
    )
    decide_seconds = models.PositiveIntegerField(
        default=86_400,
        db_default=86_400,
        validators=[MinValueValidator(1)],
        help_text="So long an arbiter may decide a fault that is contested; then there was none.",
    )
    venue_fault_bps = EdgeField(
        default=10,
        db_default=Decimal(0),
        help_text="What a provider gets, once a book, whose award failed by its venue's fault or silence.",
    )

    fund_draw_limit = AmountField(default=0, help_text="The most that the fund spends on one book, in its asset.")
    fund_event_limit = AmountField(
        null=True, blank=True, help_text="The most that it spends on the books of one loss event. Empty: no limit."
    )
    fund_group_limit = AmountField(
        null=True,
        blank=True,
        help_text="The most that it spends in 24 hours on edges of one product group; a lot of several counts in full "
        "for each. Empty: no limit.",
    )
    fund_day_limit = AmountField(
        null=True, blank=True, help_text="The most that it spends in 24 hours in all. Empty: no limit."
    )
    fund_inventory_limit = AmountField(default=0, help_text="The most notional that the fund holds.")
    fund_edge_bps = EdgeField(
        default=500,
        db_default=Decimal(500),
        help_text="What the fund earns for taking what nobody else took, at most the Dutch cap: out of the lot's own "
        "money alone. Where that does not pay it in full there is no fee.",
    )
    inventory_haircut_bps = EdgeField(
        default=1000,
        db_default=Decimal(1000),
        help_text="What the fund has not sold when a loss event is final in any case counts at marks less so much.",
    )
    liquidation_fee_bps = EdgeField(default=50)

    stressed_depth = AmountField(
        null=True,
        blank=True,
        help_text="A product group's market is stressed where its reported depth is so low. Empty: at no depth.",
    )
    stressed_spread_bps = EdgeField(
        null=True,
        blank=True,
        default=50,
        db_default=Decimal(50),
        help_text="It is stressed where its spread is so wide. Empty: at no spread.",
    )
    stressed_volatility_bps = EdgeField(
        null=True,
        blank=True,
        default=300,
        db_default=Decimal(300),
        help_text="It is stressed where its volatility is so high. Empty: at none.",
    )
    stressed_stale_percent = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        default=20,
        db_default=20,
        help_text="It is stressed where so many of its marks are stale. Empty: whatever is.",
    )
    calm_percent = models.PositiveSmallIntegerField(
        default=80,
        db_default=80,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
        help_text="It is calm again below so many per cent of each of these; of the depth, so many are above.",
    )
    dwell_seconds = models.PositiveIntegerField(
        default=600, db_default=600, help_text="Once stressed, it is so for this long at least."
    )
    max_gap_seconds = models.PositiveIntegerField(
        default=300,
        db_default=300,
        help_text="It is stressed where nothing was reported for longer, once anything was.",
    )

    cure_seconds = models.PositiveIntegerField(
        default=0, help_text="Nothing of a book is assigned before: so long its venue can surely amend or withdraw it."
    )
    retry_seconds = models.PositiveIntegerField(
        default=60, help_text="So long after a round another one opens for what is left: a sealed and a Dutch auction."
    )
    max_queue_seconds = models.PositiveIntegerField(
        default=1800, help_text="A lot that no cap lets into an auction for so long goes on to the next step."
    )
    max_waterfall_seconds = models.PositiveIntegerField(
        default=10800,
        help_text="No round opens later than so long after the book came in; one that is open is finished.",
    )
    max_unplaced_risk = AmountField(
        null=True,
        blank=True,
        help_text="While more than so much notional x margin rate of the venue's books is unplaced, what a round "
        "leaves is offered to the fund before the next one, oldest first. Empty: it waits.",
    )

    hours_clause_seconds = models.PositiveIntegerField(
        default=259_200,
        db_default=259_200,
        validators=[MinValueValidator(1)],
        help_text="So long books of one cluster join the loss event that its first book opened.",
    )
    max_event_seconds = models.PositiveIntegerField(
        default=604_800, db_default=604_800, help_text="A loss event is final so long after it opened, in any case."
    )
    max_cluster_parts = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="One cluster of insurers may have so many of 10,000 parts of all covers in an asset, by their "
        "limits. Empty: any.",
    )

    max_halt_seconds = models.PositiveIntegerField(default=300)
    outage_seconds = models.PositiveIntegerField(
        default=10,
        db_default=10,
        validators=[MinValueValidator(1)],
        help_text="Time in which nothing ran for longer is not bidding time: deadlines and price clocks stand still.",
    )
    reconfirm_after_seconds = models.PositiveIntegerField(
        default=300, help_text="After a halt that was longer, bids must be reconfirmed or are void."
    )
    reconfirm_seconds = models.PositiveIntegerField(
        default=15, validators=[MinValueValidator(1)], help_text="The least time for reconfirming, from the resume on."
    )
    max_restarts = models.PositiveSmallIntegerField(
        default=1,
        validators=[MaxValueValidator(5)],
        help_text="How often a sealed auction starts anew at fresh marks that left none of its bids.",
    )

    class Meta:
        constraints = PROMISES
        triggers = [
            pgtrigger.Protect(name="playbook_immutable", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.venue} v{self.version}"

    @classmethod
    def parameters_by_heading(cls) -> dict[str, list[str]]:
        """The names of all parameters, by heading."""
        groups: dict[str, list[str]] = {}
        for field in cls._meta.concrete_fields:
            if field.name in cls.HEADINGS:
                groups[cls.HEADINGS[field.name]] = []
            if groups and field.name not in NOT_PARAMETERS:
                groups[list(groups)[-1]].append(field.name)
        return groups

    def validate_constraints(self, exclude: Any = None) -> None:
        """Raises a `ValidationError` that says of each promise it breaks what that asks for."""
        broken = []
        for promise in PROMISES:
            try:
                promise.validate(type(self), self, exclude)
            except ValidationError:
                broken.append(in_words(promise))
        if broken:
            raise ValidationError(broken)

    def uncontested_cap(self, lot_round: int) -> Decimal:
        """What is paid at most without competition, in this round of a lot, from 1."""
        return cap_of_round(self.caps_by_round, lot_round)

    @property
    def caps_by_round(self) -> tuple[Decimal, ...]:
        """What is paid at most without competition, by rounds."""
        caps = self.uncontested_caps_bps or (self.uncontested_cap_bps,)  # none where 0.2.0 wrote the playbook
        return tuple(Decimal(cap) for cap in caps)

    @property
    def seconds_until_judged(self) -> Decimal:
        """After how long on its price clock a Dutch auction is judged."""
        if self.ready_seconds is not None:
            return Decimal(self.ready_seconds)
        return divide_down(Decimal(self.dutch_seconds), 4, 6)

    @property
    def curve_parameters(self) -> Parameters:
        """What it says of the curves of Dutch auctions. Raises `CurveRefused` where that makes no sense."""
        if self.dutch_rise_bps is not None:
            return Steady.PARAMETERS(self.dutch_rise_bps)
        return parameters_of(self.dutch_curve)

    @property
    def parameters(self) -> dict[str, Any]:
        """What the next version starts from: all that it says but which version of whose it is."""
        names = [field.name for field in self._meta.concrete_fields if field.name not in NOT_PARAMETERS]
        return {name: getattr(self, name) for name in names}

    @property
    def regime_thresholds(self) -> Thresholds:
        """What makes a market stressed, and calm again."""
        stale = self.stressed_stale_percent
        return Thresholds(
            depth=self.stressed_depth,
            spread_bps=self.stressed_spread_bps,
            volatility_bps=self.stressed_volatility_bps,
            stale_share=None if stale is None else divide_down(stale, 100, 2),
            calm_percent=self.calm_percent,
            dwell=timedelta(seconds=self.dwell_seconds),
            max_gap=timedelta(seconds=self.max_gap_seconds),
        )

    @property
    def mark_terms(self) -> MarkTerms:
        """Which marks its books are priced with."""
        return self._mark_terms(self.mark_max_age_seconds)

    def mark_terms_of(self, kind: str) -> MarkTerms:
        """The same for one kind of step: a Dutch auction, which sells at every instant, needs younger ones."""
        oldest = self.dutch_mark_max_age_seconds
        if kind != StepKind.DUTCH or oldest is None:
            return self.mark_terms
        return self._mark_terms(min(oldest, self.mark_max_age_seconds))

    def _mark_terms(self, max_age_seconds: int) -> MarkTerms:
        return MarkTerms(
            max_age_seconds,
            self.mark_band_bps,
            self.min_mark_sources,
            self.max_jump_bps,
            self.max_halt_seconds,
        )
