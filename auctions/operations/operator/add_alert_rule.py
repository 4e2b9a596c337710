"""A rule that says from when on something of the board is an alert; in the place of another, which it retires."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from accounts.desks.collateral import find_asset
from accounts.rules.reasons import require_reason
from auctions.desks.alerts import AlertDesk
from auctions.events import AlertRuleAdded
from auctions.models import AlertRule
from auctions.rules.alerts import CONDITIONS, MOST_ADDRESSES, MOST_MINUTES, MOST_RULES, AlertCondition, is_address
from auctions.rules.refusals import AuctionRefusal
from backstop import clock
from backstop.locks import Lock, lock
from backstop.models import Asset
from backstop.record import record_events
from backstop.transactions import operation
from backstop.values.amounts import AmountRefused, require_takeable


@operation
def add_alert_rule(
    *,
    venue_id: UUID,
    condition: str,
    threshold: Decimal,
    minutes: int,
    reason: str,
    asset: str | None = None,
    mail_to: Sequence[str] = (),
    replaces: UUID | None = None,
) -> AlertRule:
    """Raise an alert once at least `threshold` of the condition has held for so many minutes, and mail it to these
    addresses. Where the condition is an amount, it is one of `asset`, by its code. What the rule that it `replaces`
    raised ends.

    Raises `reason_missing`, `asset_unknown`, `alert_rule_refused` (a condition, threshold, asset, number of minutes or
    address that makes no sense), `alert_rule_unknown` (none of the venue's in use), `alert_rules_too_many`.
    """
    reason = require_reason(reason)
    counted = CONDITIONS[_known(condition)]
    if counted.is_amount != (asset is not None):
        wanted = "an amount: name its asset" if counted.is_amount else "no amount: name no asset"
        raise _refused("asset", f"{condition} is {wanted}")
    lock(Lock.ALERTS, [venue_id])
    now = clock.now()
    of_venue = AlertRule.objects.filter(venue=venue_id, retired_at=None)
    if replaces is None:
        if of_venue.count() >= MOST_RULES:
            raise AuctionRefusal.ALERT_RULES_TOO_MANY.error()
    else:
        _retire(AlertDesk.of(of_venue.filter(id=replaces), now), reason)
    counted_in = None if asset is None else find_asset(venue_id, asset)
    rule = AlertRule(
        venue_id=venue_id,
        condition=condition,
        asset=counted_in,
        threshold=_threshold(threshold, counted_in),
        minutes=_minutes(minutes),
        mail_to=_addresses(mail_to),
        look_at=now,
    )
    rule.save(force_insert=True)
    record_events([AlertRuleAdded(venue_id=venue_id, subject_id=rule.id, rule=str(rule), reason=reason)])
    return rule


def _retire(desk: AlertDesk, reason: str) -> None:
    if not desk.rules:
        raise AuctionRefusal.ALERT_RULE_UNKNOWN.error(pointer="/replaces")
    desk.retire(desk.rules[0], reason)
    desk.write()


def _known(condition: str) -> AlertCondition:
    if condition not in list(AlertCondition):
        raise _refused("condition", f"the condition must be one of {', '.join(AlertCondition)}")
    return AlertCondition(condition)


def _threshold(threshold: Decimal, asset: Asset | None) -> Decimal:
    try:
        require_takeable(threshold, asset.scale if asset else 0, "threshold")
    except AmountRefused as refused:
        raise _refused("threshold", str(refused)) from refused
    if threshold <= 0:
        raise _refused("threshold", "the threshold must be above zero: as little as nothing always holds")
    return threshold


def _minutes(minutes: int) -> int:
    if not 1 <= minutes <= MOST_MINUTES:
        raise _refused("minutes", f"minutes must be within 1 and {MOST_MINUTES}")
    return minutes


def _addresses(mail_to: Sequence[str]) -> tuple[str, ...]:
    addresses = tuple(dict.fromkeys(mail_to))
    if len(addresses) > MOST_ADDRESSES:
        raise _refused("mail_to", f"name at most {MOST_ADDRESSES} addresses")
    for place, each in enumerate(addresses):
        if not is_address(each):
            raise _refused(f"mail_to/{place}", "an address is one plain e-mail address, such as risk@venue.example")
    return addresses


def _refused(name: str, problem: str) -> Exception:
    return AuctionRefusal.ALERT_RULE_REFUSED.error(problem, pointer=f"/{name}")
