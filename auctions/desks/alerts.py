"""The rules of alerts that are looked at or retired, locked, with their alerts under way: what is raised and ended."""

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import QuerySet

from auctions.desks.readings import read_conditions
from auctions.events import AlertEnded, AlertRaised, AlertRuleRetired
from auctions.lifecycle import ALERT
from auctions.models import Alert, AlertMail, AlertRule
from auctions.rules.alerts import AlertCondition, has_held, holds, next_look
from backstop.locks import Lock, lock_rows
from backstop.models.base import save_changes
from backstop.record import record_events
from backstop.transactions import requires_transaction
from backstop.values.amounts import ZERO

Told = AlertRaised | AlertEnded | AlertRuleRetired


class AlertDesk:
    """Rules that are in use, and what becomes of them as of `now`; `write` stores it."""

    def __init__(self, rules: list[AlertRule], under_way: list[Alert], now: datetime) -> None:
        self.rules = rules
        self._under_way = {alert.rule_id: alert for alert in under_way}
        self._raised: list[Alert] = []
        self._told: list[Told] = []
        self._now = now

    @classmethod
    @requires_transaction
    def of(cls, rules: QuerySet[AlertRule], now: datetime) -> "AlertDesk":
        """Those of these rules that are not retired, locked with their alerts."""
        locked = lock_rows(Lock.ALERT_RULE_ROW, rules.filter(retired_at=None).select_related("asset"))
        under_way = Alert.objects.filter(rule__in=locked, state__in=ALERT.under_way)
        return cls(locked, lock_rows(Lock.ALERT_ROW, under_way), now)

    def look_at_all(self) -> None:
        """See what each rule's condition is, raise what has held for long enough, and end what does not hold."""
        conditions = defaultdict(set)
        for rule in self.rules:
            conditions[rule.venue_id].add(AlertCondition(rule.condition))
        read = {venue_id: read_conditions(venue_id, asked, self._now) for venue_id, asked in conditions.items()}
        for rule in self.rules:
            self._look_at(rule, read[rule.venue_id][AlertCondition(rule.condition)].get(rule.asset_id, ZERO))

    def retire(self, rule: AlertRule, reason: str) -> None:
        """Look at it no more; with it ends what it raised."""
        rule.retire(self._now)
        self._told.append(AlertRuleRetired(venue_id=rule.venue_id, subject_id=rule.id, rule=str(rule), reason=reason))
        self._end_alert_of(rule)

    @requires_transaction
    def write(self) -> None:
        """Store what became of the rules and their alerts, let mail wait for who is to get it, and tell of it."""
        save_changes([*self.rules, *self._under_way.values()])
        Alert.objects.bulk_create(self._raised)
        AlertMail.objects.bulk_create(
            [
                AlertMail(alert=alert, address=address, due_at=self._now)
                for alert in self._raised
                for address in alert.rule.mail_to
            ]
        )
        record_events(self._told)

    def _look_at(self, rule: AlertRule, value: Decimal) -> None:
        rule.see(holds(value, rule.threshold), self._now)
        looks_at = next_look(self._now)
        if rule.holds_since is None:
            self._end_alert_of(rule)
        elif rule.id not in self._under_way:
            if has_held(rule.holds_since, rule.minutes, self._now):
                self._raise_alert_of(rule, value)
            else:
                looks_at = min(looks_at, rule.holds_since + timedelta(minutes=rule.minutes))
        rule.look_again(looks_at)

    def _raise_alert_of(self, rule: AlertRule, value: Decimal) -> None:
        alert = Alert.of(rule, value, self._now)
        self._raised.append(alert)
        self._told.append(
            AlertRaised(
                venue_id=rule.venue_id,
                subject_id=alert.id,
                condition=rule.condition,
                asset=rule.asset.code if rule.asset else None,
                value=value,
                threshold=rule.threshold,
                minutes=rule.minutes,
            )
        )

    def _end_alert_of(self, rule: AlertRule) -> None:
        if alert := self._under_way.get(rule.id):
            alert.end(self._now)
            self._told.append(AlertEnded(venue_id=rule.venue_id, subject_id=alert.id, condition=rule.condition))
