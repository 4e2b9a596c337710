"""Alerts: rules on what the board shows of a venue, what they raised, and the mail that tells of it."""

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.db.models import Q

from accounts.rules.webhooks import MOST_ATTEMPTS, pause_after
from auctions.lifecycle import ALERT, AlertState
from auctions.rules.alerts import CONDITIONS, MOST_LETTERS, AlertCondition
from backstop.models.base import MAX_REASON, AmountField, FrozenArrayField, Row, Stateful, Swept
from backstop.models.venues import Asset, Venue
from backstop.values.amounts import to_text

MAX_PROBLEM = 200


class AlertRule(Row, Swept):
    """From how much of its condition on (`threshold`: so much is enough), and after how many minutes of that, there is
    an alert, and whom mail tells of it. What is an amount is one of `asset`.

    It is looked at again at `look_at`; the condition has held since `holds_since` (None: it does not). A rule is never
    changed: another takes its place, and it is retired.
    """

    secret_columns = ("mail_to",)  # people's addresses

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="alert_rules")
    condition = models.CharField(
        max_length=32, choices=[(each.value, CONDITIONS[each].label) for each in AlertCondition]
    )
    asset = models.ForeignKey(Asset, models.PROTECT, null=True, blank=True, related_name="+")
    threshold = AmountField()
    minutes = models.PositiveSmallIntegerField()
    mail_to = FrozenArrayField(models.CharField(max_length=MOST_LETTERS), default=tuple, blank=True)
    holds_since = models.DateTimeField(null=True, editable=False)
    look_at = models.DateTimeField(editable=False)
    retired_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(condition__in=[each.value for each in AlertCondition]), name="alert_rule_condition_known"
            ),
            models.CheckConstraint(condition=Q(threshold__gt=0), name="alert_rule_threshold_positive"),
            models.CheckConstraint(condition=Q(minutes__gte=1), name="alert_rule_minutes_positive"),
        ]
        indexes = [
            models.Index(fields=["look_at"], condition=Q(retired_at__isnull=True), name="alert_rule_to_look_at"),
            models.Index(fields=["venue", "created_at", "id"], name="alert_rule_of_venue"),
            models.Index(fields=["retry_at"], condition=Q(retry_at__isnull=False), name="alert_rule_parked"),
        ]

    def __str__(self) -> str:
        minutes = "minute" if self.minutes == 1 else "minutes"
        return f"{self.said_of(self.threshold)} or more for {self.minutes} {minutes}"

    def said_of(self, value: Decimal) -> str:
        """So much of its condition, in words."""
        amount = f"{to_text(value)} {self.asset.code}" if self.asset else to_text(value)
        return f"{self.get_condition_display()}: {amount}"

    def see(self, holding: bool, now: datetime) -> None:
        """Its condition holds now, or does not: then it stands aside no more; does not save."""
        self.holds_since = (self.holds_since or now) if holding else None
        self.unpark()

    def look_again(self, at: datetime) -> None:
        """Be due then; does not save."""
        self.look_at = at

    def retire(self, at: datetime) -> None:
        """Be looked at no more; does not save."""
        self.retired_at = at


class Alert(Row, Stateful):
    """What a rule raised, at which `value` of its condition, and what it said of it (`text`). Somebody acknowledges it
    by name; it ends once its condition does not hold any more, acknowledged or not. Its verbs do not save."""

    lifecycle = ALERT

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="alerts")
    rule = models.ForeignKey(AlertRule, models.PROTECT, related_name="alerts")
    state = models.CharField(max_length=16, choices=AlertState, default=AlertState.RAISED)
    value = AmountField()
    text = models.CharField(max_length=MAX_REASON)
    raised_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=200, blank=True, default="")
    acknowledged_for = models.CharField(max_length=MAX_REASON, blank=True, default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule"], condition=~Q(state=AlertState.ENDED), name="alert_one_under_way_each_rule"
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True) | ~Q(acknowledged_by="") & ~Q(acknowledged_for=""),
                name="alert_acknowledged_by_name",
            ),
            models.CheckConstraint(
                condition=Q(state=AlertState.ENDED, ended_at__isnull=False)
                | ~Q(state=AlertState.ENDED) & Q(ended_at__isnull=True),
                name="alert_ended_once_over",
            ),
        ]
        indexes = [
            models.Index(fields=["venue", "raised_at"], condition=~Q(state=AlertState.ENDED), name="alert_under_way"),
            models.Index(fields=["venue", "created_at", "id"], name="alert_of_venue"),
        ]

    def __str__(self) -> str:
        return self.text

    @classmethod
    def of(cls, rule: AlertRule, value: Decimal, at: datetime) -> "Alert":
        """A new one, not stored yet."""
        said = f"{rule.said_of(value)} (the rule: {rule})"
        return cls(venue_id=rule.venue_id, rule=rule, value=value, text=said, raised_at=at)

    @property
    def what_became(self) -> str:
        """What became of it since it was raised, after its name: in mail, and where it is acknowledged again."""
        if self.ended_at:
            return f"ended at {self.ended_at:%Y-%m-%d %H:%M:%S} UTC"
        if self.acknowledged_at:
            return f"was acknowledged by {self.acknowledged_by} at {self.acknowledged_at:%Y-%m-%d %H:%M:%S} UTC"
        return "waits for somebody who acknowledges it on the board"

    def acknowledge(self, who: str, reason: str, at: datetime) -> None:
        """Somebody has seen it, and says so."""
        self.move_to(AlertState.ACKNOWLEDGED, at)
        self.acknowledged_by, self.acknowledged_for = who, reason

    def end(self, at: datetime) -> None:
        """Its condition does not hold any more, or its rule is retired."""
        self.move_to(AlertState.ENDED, at)


class AlertMail(Row):
    """An alert on its way to one address. It waits while it has a `due_at`; else it was sent, or given up."""

    secret_columns = ("address",)

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="mails")
    address = models.CharField(max_length=MOST_LETTERS)
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempted_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=MAX_PROBLEM, blank=True, default="")
    delivered_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["alert", "address"], name="alert_mail_one_each_address"),
            models.CheckConstraint(
                condition=Q(due_at__isnull=True) | Q(delivered_at__isnull=True, given_up_at__isnull=True),
                name="alert_mail_over_once_done",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="alert_mail_due")]

    def __str__(self) -> str:
        return f"mail to {self.address}"

    def lease(self, until: datetime) -> None:
        """Somebody sends it now: nobody else does before then."""
        self.due_at = until

    def arrive(self, at: datetime) -> None:
        """The mail server took it."""
        self._attempt("", at)
        self.due_at, self.delivered_at = None, at

    def fail(self, problem: str, chance: float, at: datetime) -> None:
        """The mail server did not take it: it is tried again for two days, as messages to webhooks are."""
        self._attempt(problem, at)
        if self.attempts < MOST_ATTEMPTS:
            self.due_at = at + pause_after(self.attempts, chance)
        else:
            self.due_at, self.given_up_at = None, at

    def _attempt(self, problem: str, at: datetime) -> None:
        self.attempts += 1
        self.attempted_at, self.problem = at, problem[:MAX_PROBLEM]
