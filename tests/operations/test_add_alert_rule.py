"""A rule of alerts is added by whoever says why; one that makes no sense is refused, and leaves nothing behind."""

from decimal import Decimal

import pytest

from auctions.lifecycle import AlertState
from auctions.models import Alert, AlertRule
from auctions.rules.alerts import CONDITIONS, MOST_ADDRESSES, MOST_MINUTES, MOST_RULES
from backstop.errors import DomainError
from backstop.models import Event
from tests import builders as build
from tests.alerts import WHY, a_rule, raised, watch

pytestmark = pytest.mark.django_db


def refused(venue, **fields) -> tuple[str, str, str]:
    """The code, the place and the message."""
    with pytest.raises(DomainError) as caught:
        a_rule(venue, **fields)
    (fault,) = caught.value.faults
    return fault.code, fault.pointer, fault.message


def test_it_is_told_in_words_with_the_reason(venue):
    rule = a_rule(venue, "UNPLACED_RISK", "1000.5", asset="USD", minutes=5, mail_to=["risk@venue.example"])
    told = Event.objects.get(kind="alert_rule_added")
    assert told.payload == {"rule": "unplaced risk: 1000.5 USD or more for 5 minutes", "reason": WHY}
    assert (rule.mail_to, rule.retired_at) == (("risk@venue.example",), None)


@pytest.mark.parametrize(
    ("fields", "place", "said"),
    [
        ({"condition": "THE_WEATHER"}, "/condition", "must be one of STUCK_ROWS, "),
        ({"condition": "UNPLACED_RISK"}, "/asset", "UNPLACED_RISK is an amount: name its asset"),
        ({"asset": "USD"}, "/asset", "BREAKERS is no amount: name no asset"),
        ({"threshold": "0"}, "/threshold", "above zero"),
        ({"threshold": "-1"}, "/threshold", "above zero"),
        ({"threshold": "NaN"}, "/threshold", "must be a finite number"),
        ({"threshold": "Infinity"}, "/threshold", "must be a finite number"),
        ({"threshold": "1.5"}, "/threshold", "must have at most 0 decimals"),
        ({"threshold": "1e15"}, "/threshold", "below 10^15"),
        ({"minutes": 0}, "/minutes", f"within 1 and {MOST_MINUTES}"),
        ({"minutes": MOST_MINUTES + 1}, "/minutes", f"within 1 and {MOST_MINUTES}"),
        ({"mail_to": ["good@venue.example", "no address"]}, "/mail_to/1", "risk@venue.example"),
        ({"mail_to": [f"{n}@venue.example" for n in range(MOST_ADDRESSES + 1)]}, "/mail_to", "at most 10"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_stands(venue, fields, place, said):
    code, pointer, message = refused(venue, **fields)
    assert (code, pointer) == ("alert_rule_refused", place)
    assert said in message
    assert not AlertRule.objects.exists()


def test_the_most_is_taken(venue):
    addresses = [f"{n}@venue.example" for n in range(MOST_ADDRESSES)]
    rule = a_rule(venue, minutes=MOST_MINUTES, mail_to=[*addresses, addresses[0]])
    assert rule.mail_to == tuple(addresses)


def test_an_asset_of_nobody_and_a_reason_of_blanks_are_refused(venue):
    assert refused(venue, condition="LOSSES_OWED", asset="EUR")[0] == "asset_unknown"
    assert refused(venue, reason="  ")[0] == "reason_missing"


def test_every_condition_can_be_asked_for_and_read(venue):
    for condition, counted in CONDITIONS.items():
        a_rule(venue, condition, asset="USD" if counted.is_amount else None)
    watch()
    assert not AlertRule.objects.exclude(parked_reason="").exists()
    assert not AlertRule.objects.exclude(holds_since=None).exists()


def test_there_are_fifty_at_a_venue_and_no_more_until_one_is_retired(venue):
    rules = [a_rule(venue, threshold=str(n + 1)) for n in range(MOST_RULES)]
    assert refused(venue)[0] == "alert_rules_too_many"
    a_rule(build.a_venue("elsewhere"))
    a_rule(venue, threshold="99", replaces=rules[0].id)
    assert AlertRule.objects.filter(venue=venue, retired_at=None).count() == MOST_RULES


def test_another_takes_the_place_of_one_and_ends_what_that_raised(venue, travel):
    alert = raised(venue, travel)
    rule = a_rule(venue, threshold="2", replaces=alert.rule_id)
    former = AlertRule.objects.get(id=alert.rule_id)
    assert former.retired_at is not None
    assert rule.threshold == Decimal(2)
    assert Alert.objects.get().state == AlertState.ENDED


def test_none_takes_the_place_of_one_that_is_another_venues_or_retired(venue):
    elsewhere = a_rule(build.a_venue("elsewhere"))
    assert refused(venue, replaces=elsewhere.id)[:2] == ("alert_rule_unknown", "/replaces")
    rule = a_rule(venue)
    a_rule(venue, replaces=rule.id)
    assert refused(venue, replaces=rule.id)[0] == "alert_rule_unknown"
    assert AlertRule.objects.filter(venue=venue, retired_at=None).count() == 1


def test_one_that_cannot_be_replaced_by_nonsense_stays(venue):
    rule = a_rule(venue)
    assert refused(venue, minutes=0, replaces=rule.id)[0] == "alert_rule_refused"
    rule.refresh_from_db()
    assert rule.retired_at is None
