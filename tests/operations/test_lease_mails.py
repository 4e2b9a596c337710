"""Mail that is due is handed to one at a time, and to others where that one is never heard of again."""

import pytest

from auctions.models import AlertMail
from auctions.operations.mail.lease_mails import AT_ONCE, LEASED, lease_mails
from backstop.models import Venue
from tests import builders as build
from tests.alerts import acknowledge, raised
from tests.builders import perform

pytestmark = pytest.mark.django_db

TO = ["olivia@venue.example", "risk@venue.example"]


def test_each_address_gets_a_letter_of_its_own_that_says_what_and_where(venue, travel):
    Venue.objects.filter(id=venue.id).update(name="North")
    raised(venue, travel, mail_to=TO)
    letters = perform(lease_mails)
    assert sorted(letter.address for letter in letters) == TO
    text = "breakers in force: 1 (the rule: breakers in force: 1 or more for 1 minute)"
    assert {letter.subject for letter in letters} == {f"North: {text}"}
    assert letters[0].body.startswith(f"{text}\n\nRaised at ")
    assert "It waits for somebody who acknowledges it on the board." in letters[0].body


def test_a_letter_says_what_became_of_its_alert_meanwhile(venue, travel):
    acknowledge(raised(venue, travel, mail_to=TO[:1]))
    (letter,) = perform(lease_mails)
    assert "It was acknowledged by user:olivia at " in letter.body


def test_nobody_else_is_handed_it_until_the_lease_is_over(venue, travel):
    raised(venue, travel, mail_to=TO)
    first = perform(lease_mails)
    travel(seconds=LEASED.total_seconds() - 0.001)
    assert perform(lease_mails) == []
    travel(seconds=0.001)
    assert {each.id for each in perform(lease_mails)} == {each.id for each in first}


def test_as_many_at_once_as_the_lease_is_good_for(venue, travel):
    raised(venue, travel, mail_to=[f"{n}@venue.example" for n in range(AT_ONCE)])
    raised(venue, travel, mail_to=TO)
    assert [len(perform(lease_mails)) for _ in range(3)] == [AT_ONCE, len(TO), 0]


def test_who_looks_after_some_venues_is_handed_theirs_alone(venue, travel):
    elsewhere = build.a_venue("elsewhere")
    raised(venue, travel, mail_to=TO)
    assert perform(lease_mails, venues=[elsewhere.code]) == []
    assert len(perform(lease_mails, venues=[venue.code])) == len(TO)


def test_a_name_that_would_forge_a_header_stays_in_the_subjects_one_line(venue, travel):
    Venue.objects.filter(id=venue.id).update(name="North\r\nBcc: mallory@evil.example\n\nHello")
    raised(venue, travel, mail_to=TO[:1])
    (letter,) = perform(lease_mails)
    assert letter.subject.startswith("North Bcc: mallory@evil.example Hello: breakers in force")
    assert AlertMail.objects.get().address == TO[0]
