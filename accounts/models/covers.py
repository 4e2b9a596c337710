"""Covers: contracts by which providers insure a venue, a cluster or an account against what a loss event costs."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pgtrigger
from django.db import models
from django.db.models import F, Q

from accounts.lifecycle import COVER, STANDING, UNSIGNED, CoverState
from accounts.models.keys import PublicKey
from accounts.models.levels import LevelsField
from accounts.models.losses import LossEvent
from accounts.models.people import Group, Provider
from accounts.rules.clusters import Clusters
from accounts.rules.sharing.contracts import (
    FRACTION_SCALE,
    LEAST_COPAY,
    LONGEST_OFFER,
    LONGEST_OWED,
    SIGNED_WITHIN,
    SUSPENDED_FOR,
    TERMS,
    ContractTerms,
    InsuredPart,
    Performance,
    Trigger,
    hash_of_contract,
    terms_in_words,
)
from accounts.rules.sharing.covers import ALL_PARTS, CoverTerms
from accounts.rules.sharing.levels import limit_at_level
from accounts.rules.sharing.placing import CoverSpan, Gap, is_in_gap
from backstop.models.base import AmountField, EdgeField, FrozenArrayField, Parkable, Row
from backstop.models.venues import Asset, Venue
from backstop.values.amounts import ZERO, difference
from backstop.values.bps import BPS_PER_ONE

# What a contract says beside a cover's own columns.
_OF_OTHERS = frozenset({"cover_id", "asset", "insurers", "premium"})


class FractionField(models.DecimalField):
    """A fraction from 0 to 1, with four decimals."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "max_digits": FRACTION_SCALE + 1, "decimal_places": FRACTION_SCALE})


class Cover(Row, Parkable):
    """A contract whose terms never change: what it says stands under `content_hash`, which every party signs before
    `lapses_at`. Protected is the cluster of `group`, or an `account`, or with neither the venue.

    Once it is active it stands for events that open from `covers_from` on and before `ends_at`. It stands for none that
    opens while it is suspended, until `suspended_until` at most, nor in the waiting period that follows where it was
    unpaid. Once claims have used up its aggregate, which nothing renews, it is exhausted, and stands for none that
    opens later. Of its `repo_limit` so much is `drawn`, and not repaid; what was written off stays drawn.
    """

    lifecycle = COVER

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="covers")
    group = models.ForeignKey(Group, models.PROTECT, null=True, related_name="+")
    account = models.CharField(max_length=128, blank=True, default="")
    asset = models.ForeignKey(Asset, models.PROTECT, related_name="+")
    text = models.TextField()
    content_hash = models.CharField(max_length=64)
    triggers = FrozenArrayField(models.CharField(max_length=16))
    attachment = AmountField()
    limit = AmountField()
    aggregate = AmountField()
    quota_share = FractionField()
    copay = FractionField()
    funding_rate = FractionField()
    hours_clause_seconds = models.PositiveIntegerField()
    waiting_seconds = models.PositiveIntegerField()
    term_seconds = models.PositiveIntegerField()
    notice_seconds = models.PositiveIntegerField()
    answer_seconds = models.PositiveIntegerField()
    take_edge_bps = EdgeField(null=True)
    take_seconds = models.PositiveIntegerField(null=True)
    levels = LevelsField(null=True)
    cure_interest_bps = EdgeField(null=True)
    repay_seconds = models.PositiveIntegerField(null=True)
    repo_limit = AmountField(null=True)
    repo_haircut_bps = EdgeField(null=True)
    repo_seconds = models.PositiveIntegerField(null=True)
    repo_interest_bps = EdgeField(null=True)
    repo_fee_bps = EdgeField(null=True)
    drawn = AmountField(default=0, db_default=0)
    default_answer = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Performance])
    state = models.CharField(max_length=16, choices=CoverState, default=CoverState.DRAFT, editable=False)
    lapses_at = models.DateTimeField()
    offered_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    active_at = models.DateTimeField(null=True)
    covers_from = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    suspended_at = models.DateTimeField(null=True)
    suspended_until = models.DateTimeField(null=True)
    exhausted_at = models.DateTimeField(null=True)
    runoff_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(group__isnull=True) | Q(account=""), name="cover_of_one_party"),
            models.CheckConstraint(
                condition=Q(attachment__gte=0, limit__gt=0, aggregate__gte=F("limit")), name="cover_amounts_ordered"
            ),
            models.CheckConstraint(
                condition=Q(quota_share__gt=0, quota_share__lte=1, funding_rate__gt=0, funding_rate__lte=1),
                name="cover_fractions_within",
            ),
            models.CheckConstraint(
                condition=Q(take_edge_bps__isnull=True, take_seconds__isnull=True)
                | Q(take_edge_bps__isnull=False, take_edge_bps__gte=0)
                & Q(take_seconds__isnull=False, take_seconds__range=(1, LONGEST_OFFER)),
                name="cover_taken_over_in_time",
            ),
            models.CheckConstraint(
                condition=Q(cure_interest_bps__isnull=True, repay_seconds__isnull=True)
                | Q(cure_interest_bps__isnull=False, cure_interest_bps__gte=0)
                & Q(repay_seconds__isnull=False, repay_seconds__range=(1, LONGEST_OWED)),
                name="cover_cured_at_an_interest",
            ),
            models.CheckConstraint(
                condition=Q(
                    repo_limit__isnull=True,
                    repo_haircut_bps__isnull=True,
                    repo_seconds__isnull=True,
                    repo_interest_bps__isnull=True,
                    repo_fee_bps__isnull=True,
                )
                | Q(repo_limit__isnull=False, repo_limit__gt=0)
                & Q(repo_haircut_bps__isnull=False, repo_haircut_bps__gte=0, repo_haircut_bps__lt=BPS_PER_ONE)
                & Q(repo_seconds__isnull=False, repo_seconds__range=(1, LONGEST_OWED))
                & Q(repo_interest_bps__isnull=False, repo_interest_bps__gte=0)
                & Q(repo_fee_bps__isnull=False, repo_fee_bps__gte=0),
                name="cover_lends_at_a_haircut",
            ),
            models.CheckConstraint(
                condition=Q(drawn=0) | Q(repo_limit__isnull=False, drawn__range=(0, F("repo_limit"))),
                name="cover_drawn_within_limit",
            ),
            models.CheckConstraint(condition=Q(copay__gte=LEAST_COPAY, copay__lt=1), name="cover_copay_least"),
            models.CheckConstraint(
                condition=Q(state__in=[CoverState.DRAFT, CoverState.OFFERED, CoverState.SIGNED, CoverState.ENDED])
                | Q(active_at__isnull=False, covers_from__gte=F("active_at"), ends_at__isnull=False),
                name="cover_in_force_for_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["venue", "created_at", "id"], name="cover_of_venue"),
            models.Index(fields=["venue", "state"], condition=~Q(state="ENDED"), name="cover_under_way"),
            models.Index(fields=["retry_at"], condition=Q(retry_at__isnull=False), name="cover_parked"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="cover_contract_immutable",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("id", "asset", "text", "content_hash", *sorted({*TERMS} - _OF_OTHERS)),
            )
        ]

    def __str__(self) -> str:
        return f"cover {self.content_hash[:8]} of {self.group or self.account or self.venue}"

    @classmethod
    def of(cls, terms: ContractTerms, asset: Asset, text: str, at: datetime) -> "Cover":
        """A draft of that text and these terms, without its shares."""
        fields = {name: getattr(terms, name) for name in TERMS if name not in _OF_OTHERS}
        content_hash = hash_of_contract(text, terms_in_words(terms)).hex()
        lapses_at = at + SIGNED_WITHIN
        return cls(id=terms.cover_id, asset=asset, text=text, content_hash=content_hash, lapses_at=lapses_at, **fields)

    @property
    def contract(self) -> ContractTerms:
        """Its terms, as they are signed."""
        fields = {name: getattr(self, name) for name in TERMS if name not in _OF_OTHERS}
        fields["triggers"] = tuple(Trigger(each) for each in self.triggers)
        fields["default_answer"] = Performance(self.default_answer)
        shares = sorted(self.shares.all(), key=lambda share: share.provider_id)
        insurers = tuple(InsuredPart(share.provider_id, share.parts) for share in shares)
        return ContractTerms(
            cover_id=self.id, asset=self.asset.code, insurers=insurers, premium=self.premium.terms, **fields
        )

    def asked_limit(self, regime: str, bucket: str) -> Decimal:
        """What of its limit it is to stand for in that regime, by the worst rating of an insurer."""
        return limit_at_level(self.limit, self.levels[regime][bucket], self.asset.scale) if self.levels else self.limit

    def limit_at(self, instant: datetime) -> Decimal:
        """Its limit for an event that opens then: what was known of how it moves, or without levels all of it."""
        if self.levels is None:
            return self.limit
        rows = sorted(self.covered_limits.all(), key=lambda row: row.starts_at)
        return next((row.limit for row in reversed(rows) if max(row.starts_at, row.known_at) <= instant), ZERO)

    def terms_at(self, limit: Decimal, used: Decimal = ZERO) -> CoverTerms:
        """What it pays of one event that it has this limit for, where others have used so much of its aggregate."""
        return CoverTerms(
            attachment=self.attachment,
            limit=limit,
            quota_share=self.quota_share,
            copay=self.copay,
            scale=self.asset.scale,
            aggregate_left=difference(self.aggregate, used),
        )

    @property
    def undrawn(self) -> Decimal:
        """What its insurers may have to lend yet: nothing once it is exhausted or runs off, which no act of theirs
        makes it do before its time."""
        if self.repo_limit is None or self.state not in (*UNSIGNED, *STANDING):
            return ZERO
        return difference(self.repo_limit, self.drawn)

    def span(self, clusters: Clusters[UUID]) -> CoverSpan:
        """What it stands for once it is active, of whose events and when, where these groups count as one."""
        assert self.covers_from is not None
        return self._span(clusters, self.covers_from, self.stands_until)

    def span_from(self, at: datetime, clusters: Clusters[UUID]) -> CoverSpan:
        """The same of one that is not active yet, were it activated then."""
        return self._span(clusters, *self._times_from(at))

    def stands_for(self, event: LossEvent) -> bool:
        """Whether it protects from that loss event, once it is active: by who counted as one as that opened."""
        if self.venue_id != event.venue_id:
            return False
        return self.span(event.clusters).stands_for(event.party, event.opened_at)

    def activate(self, at: datetime) -> None:
        """Stand from now on for its term, after its waiting period for events; does not save."""
        self.move_to(CoverState.ACTIVE, at)
        self.covers_from, self.ends_at = self._times_from(at)

    def suspend(self, at: datetime) -> None:
        """Stand for no event that opens from now on, until it is resumed; does not save."""
        self.move_to(CoverState.SUSPENDED, at)
        self.suspended_until = at + SUSPENDED_FOR

    def resume(self, at: datetime) -> None:
        """Be suspended no more: from when on it stands for events says `stands_from`; does not save."""
        active_at = self.active_at
        self.move_to(CoverState.ACTIVE, at)
        self.active_at, self.suspended_until = active_at, None

    @property
    def stands_until(self) -> datetime:
        """Until when events open that it stands for, once it is active: its end, or sooner where it is exhausted."""
        assert self.ends_at is not None
        return min(self.ends_at, self.exhausted_at or self.ends_at)

    def is_suspended_at(self, instant: datetime) -> bool:
        """Whether it was suspended then."""
        return is_in_gap(self.gaps, instant)

    @property
    def gaps(self) -> list[Gap]:
        """From when until when it was suspended."""
        return [(each.starts_at, each.ends_at) for each in self.suspensions.all()]

    @property
    def uninsured(self) -> list[Gap]:
        """From when until when events that opened were none of its own, by its suspensions."""
        waiting = timedelta(seconds=self.waiting_seconds)
        return [(each.starts_at, each.insured_from(waiting)) for each in self.suspensions.all()]

    @property
    def stands_from(self) -> datetime | None:
        """From when on events that open are its own, with nothing between; None: it is not active yet, or suspended."""
        begins = [self.covers_from, *(ends_at for _, ends_at in self.uninsured)]
        known = [each for each in begins if each is not None]
        return max(known) if len(known) == len(begins) else None

    def is_exhausted_at(self, instant: datetime) -> bool:
        """Whether nothing of its aggregate was left then."""
        return self.exhausted_at is not None and self.exhausted_at <= instant

    @property
    def is_lacking(self) -> bool:
        """Whether an insurer has less held for it than it may have to pay."""
        return any(share.lacking for share in self.shares.all())

    def stop(self, at: datetime) -> None:
        """End now: it runs off by that alone; does not save."""
        assert self.ends_at is not None
        self.ends_at = min(self.ends_at, at)

    def run_off(self, at: datetime) -> None:
        """Stand for no event that opens from now on; does not save."""
        self.move_to(CoverState.RUNOFF, at)
        self.stop(at)

    def give_notice(self, at: datetime) -> None:
        """End after the notice, or with the term where that is sooner; does not save."""
        assert self.ends_at is not None
        self.ends_at = min(self.ends_at, at + timedelta(seconds=self.notice_seconds))

    def _times_from(self, at: datetime) -> tuple[datetime, datetime]:
        return at + timedelta(seconds=self.waiting_seconds), at + timedelta(seconds=self.term_seconds)

    def _span(self, clusters: Clusters[UUID], covers_from: datetime, until: datetime) -> CoverSpan:
        cluster = clusters.of(self.group_id) if self.group_id else None
        return CoverSpan(self.attachment, self.limit, cluster, self.account, covers_from, until, self.uninsured)


class CoverSuspension(Row):
    """From when until when a cover was suspended; without an end it still is, or ran off. One that `is_unpaid` lasted
    for want of premium: its cover's waiting period begins anew as it ends."""

    cover = models.ForeignKey(Cover, models.PROTECT, related_name="suspensions")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    is_unpaid = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("starts_at")), name="cover_suspension_ordered"
            ),
            models.UniqueConstraint(
                fields=["cover"], condition=Q(ends_at__isnull=True), name="cover_suspension_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cover} from {self.starts_at}"

    def insured_from(self, waiting: timedelta) -> datetime | None:
        """From when on events that open are insured again, by its cover's waiting period; None: it lasts."""
        return self.ends_at + waiting if self.ends_at and self.is_unpaid else self.ends_at


class CoverShare(Row):
    """What of all that a cover's insurers pay one of them pays, in ten-thousandths, what is `held` for that, what it
    has `paid` of claims, and what of the premium it has `earned`. So much more is `wanted` of what is free of its
    own before the cover's limit rises; so much is `lacking` of what the cover may have to pay as it is."""

    cover = models.ForeignKey(Cover, models.PROTECT, related_name="shares")
    provider = models.ForeignKey(Provider, models.PROTECT, related_name="cover_shares")
    parts = models.PositiveIntegerField()
    held = AmountField(default=0)
    paid = AmountField(default=0, db_default=0)
    earned = AmountField(default=0, db_default=0)
    wanted = AmountField(default=0, db_default=0)
    lacking = AmountField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cover", "provider"], name="cover_share_one_a_provider"),
            models.CheckConstraint(condition=Q(parts__range=(1, ALL_PARTS)), name="cover_share_parts_within"),
            models.CheckConstraint(condition=Q(held__gte=0), name="cover_share_held_not_negative"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="cover_share_immutable",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("id", "cover", "provider", "parts"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.parts} parts of {self.provider}"


class CoverSignature(Row):
    """A party's signature of a cover's contract by a key of its own: a provider's, or with none the venue's. It is
    written once and never changed."""

    cover = models.ForeignKey(Cover, models.PROTECT, related_name="signatures")
    provider = models.ForeignKey(Provider, models.PROTECT, null=True, related_name="+")
    public_key = models.ForeignKey(PublicKey, models.PROTECT, related_name="+")
    signature = models.CharField(max_length=128)  # its 64 bytes, hexadecimal

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cover", "provider"], nulls_distinct=False, name="cover_signature_one_a_party"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="cover_signature_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.provider or 'the venue'} by {self.public_key}"
