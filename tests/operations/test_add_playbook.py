"""A venue's next playbook is its latest one but for what is changed, whoever changes it and whatever they leave out."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from auctions.admin.playbooks import NewVersion
from auctions.models import Playbook
from auctions.models.playbooks import NOT_PARAMETERS
from auctions.operations.operator.add_playbook import add_playbook
from auctions.rules.presets import Preset
from tests import builders as build
from tests.builders import perform
from tests.people import send

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue():
    venue = build.a_venue("north")
    build.a_playbook(venue, max_halt_seconds=999, sealed_format="VICKREY", max_lot_notional="7000")
    return venue


def test_what_is_not_named_stays_as_it_was_in_the_latest_version(venue):
    perform(add_playbook, venue=venue, reason="a test", parameters={"dutch_seconds": 61, "max_lot_notional": None})
    latest = perform(add_playbook, venue=venue, reason="a test", parameters={"sealed_seconds": 31})
    first = Playbook.objects.get(venue=venue, version=1)
    changed = {"dutch_seconds": 61, "max_lot_notional": None, "sealed_seconds": 31}
    assert (latest.version, latest.parameters) == (3, {**first.parameters, **changed})


def test_a_venues_first_version_starts_from_the_defaults():
    venue = build.a_venue("south")
    first = perform(add_playbook, venue=venue, reason="a test", parameters={"dutch_seconds": 61})
    assert (first.version, first.parameters) == (1, {**Playbook().parameters, "dutch_seconds": 61})


def test_a_parameter_that_is_none_is_refused(venue):
    with pytest.raises(TypeError, match="no parameters of a playbook: dutch_minutes"):
        perform(add_playbook, venue=venue, reason="a test", parameters={"dutch_minutes": 1})


@pytest.mark.parametrize("name", ["id", "pk", "created_at", "venue", "venue_id", "version"])
def test_what_says_which_version_of_whose_it_is_is_no_parameter(venue, name):
    with pytest.raises(TypeError, match=f"no parameters of a playbook: {name}"):
        perform(add_playbook, venue=venue, reason="a test", parameters={name: 7})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dutch_cap_bps", Decimal("500.00001")),
        ("fund_draw_limit", Decimal(10) ** 20),
        ("lot_scope", "NOTHING"),
        ("max_restarts", 6),
        ("sealed_format", "GUESSING"),
        ("sealed_seconds", 0),
    ],
)
def test_a_parameter_is_one_that_its_field_takes(venue, name, value):
    with pytest.raises(ValidationError, match=name):
        perform(add_playbook, venue=venue, reason="a test", parameters={name: value})
    assert Playbook.objects.count() == 1


OUT_OF_LIMITS = [
    ("dutch_start_bps", "501", "at most at its cap"),
    ("dutch_start_bps", "-10000", "above -10000 bps"),
    ("ready_seconds", 60, "before it ends"),
    ("cover_percent", 1001, "at most ten times"),
]


@pytest.mark.parametrize(("name", "value", "says"), OUT_OF_LIMITS)
def test_a_parameter_out_of_its_limits_is_refused_in_words_by_operation_and_form(
    admin_client, venue, name, value, says
):
    with pytest.raises(ValidationError, match=says):
        perform(add_playbook, venue=venue, reason="a test", parameters={name: Decimal(value)})
    page = reverse("admin:auctions_playbook_new", args=[venue.id])
    form = admin_client.get(page).context["form"]
    sent = {field: form[field].value() for field in form.fields} | {"reason": "calm"}
    assert says in str(admin_client.post(page, {**sent, name: value}).context["form"].errors)
    with pytest.raises(IntegrityError, match="playbook_"), transaction.atomic():
        build.a_playbook(venue, **{name: value})
    assert Playbook.objects.count() == 1


def test_the_limits_themselves_are_within(venue):
    limits = {"uncontested_caps_bps": [Decimal(0), Decimal("9999.9999")], "ready_seconds": 59, "cover_percent": 1000}
    for start in ("500", "-9999.9999"):
        perform(add_playbook, venue=venue, reason="a test", parameters={**limits, "dutch_start_bps": Decimal(start)})


def test_caps_are_read_from_text_as_numbers_are(venue):
    parameters = {"uncontested_caps_bps": ["150.5", "250"]}
    playbook = perform(add_playbook, venue=venue, reason="a test", parameters=parameters)
    assert playbook.uncontested_caps_bps == (Decimal("150.5"), Decimal(250))


@pytest.mark.parametrize("caps", ["150", 150, ["one"], [["150"]], [None]])
def test_caps_that_are_no_list_of_numbers_are_refused(venue, caps):
    with pytest.raises(ValidationError, match="uncontested_caps_bps"):
        perform(add_playbook, venue=venue, reason="a test", parameters={"uncontested_caps_bps": caps})


@pytest.mark.parametrize("caps", [["-0.0001"], ["150", "10000"], []])
def test_caps_without_competition_are_within_their_limits(venue, caps):
    caps = [Decimal(cap) for cap in caps]
    with pytest.raises(ValidationError, match=r"uncontested|at least 0 and below"):
        perform(add_playbook, venue=venue, reason="a test", parameters={"uncontested_caps_bps": caps})
    with pytest.raises(IntegrityError, match="playbook_uncontested_caps_within"), transaction.atomic():
        build.a_playbook(venue, uncontested_caps_bps=caps)


def test_the_last_cap_without_competition_holds_for_all_rounds_that_follow(venue):
    playbook = perform(
        add_playbook, venue=venue, reason="a test", parameters={"uncontested_caps_bps": [Decimal(100), Decimal(200)]}
    )
    assert [playbook.uncontested_cap(number) for number in (1, 2, 3)] == [100, 200, 200]
    assert playbook.uncontested_cap_bps == 100, "programs of the release before go by it"
    playbook.uncontested_caps_bps = None
    assert playbook.uncontested_cap(2) == 100, "and what they write has one cap for all rounds"


HOSTILE = {
    "a huge number": '{"kind": "PIECEWISE", "ramp_seconds": ' + "9" * 5000 + "}",
    "an exponent": '{"kind": "PIECEWISE", "ramp_seconds": 1e3}',
    "an infinity": '{"kind": "EXPONENTIAL", "cut": Infinity}',
    "deep nesting": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "nesting": '{"kind": "PIECEWISE", "ramp_seconds": ' + "[" * 900 + "]" * 900 + "}",
    "half a character": '{"kind": "\\ud800"}',
    "no character": '{"kind": "EXPONENTIAL", "\\u0000": 1}',
    "one name twice": '{"kind": "EXPONENTIAL", "cut": "0.9", "cut": "0.8"}',
    "true": '{"kind": "PIECEWISE", "ramp_seconds": true}',
    "two texts": '{"kind": "EXPONENTIAL"} {"kind": "EXPONENTIAL"}',
}


@pytest.mark.parametrize("curve", HOSTILE)
def test_a_curve_that_is_no_strict_json_is_refused_in_the_admins_form_and_shown_again(admin_client, venue, curve):
    page = reverse("admin:auctions_playbook_new", args=[venue.id])
    form = admin_client.get(page).context["form"]
    sent = {name: form[name].value() for name in form.fields} | {"reason": "calm"}
    form = admin_client.post(page, {**sent, "dutch_curve": HOSTILE[curve]}).context["form"]
    assert set(form.errors) == {"dutch_curve"}
    assert form["dutch_curve"].value() == HOSTILE[curve]
    assert Playbook.objects.count() == 1


def test_every_field_of_a_playbook_is_in_the_admins_form_or_no_parameter():
    fields = {field.name for field in Playbook._meta.concrete_fields}
    assert set(NewVersion.base_fields) - {"reason"} | NOT_PARAMETERS == fields
    assert set(NewVersion.base_fields).isdisjoint(NOT_PARAMETERS)


def test_a_parameter_that_the_admins_form_does_not_have_stays_as_it_was(admin_client, venue, monkeypatch):
    page = reverse("admin:auctions_playbook_new", args=[venue.id])
    form = admin_client.get(page).context["form"]
    monkeypatch.delitem(NewVersion.base_fields, "max_halt_seconds")
    sent = {name: form[name].value() for name in form.fields if name != "max_halt_seconds"}
    monkeypatch.setattr("auctions.admin.playbooks.GROUPS", {"All": tuple(name for name in sent)})
    assert send(admin_client, page, {**sent, "dutch_seconds": "61", "reason": "calm"}).status_code == 302
    latest = Playbook.objects.get(venue=venue, version=2)
    assert (latest.max_halt_seconds, latest.dutch_seconds) == (999, 61)


def test_a_preset_is_taken_beneath_the_parameters_that_are_named(venue):
    playbook = perform(add_playbook, venue=venue, reason="a test", preset=Preset.FAST, parameters={"retry_seconds": 20})
    assert (playbook.assign, playbook.dutch_rise_bps, playbook.dutch_seconds) == ("FIRST", None, 60)
    assert (playbook.retry_seconds, playbook.max_waterfall_seconds) == (20, 1800)


def test_a_loss_event_lasts_at_least_as_long_as_its_last_book_may(venue):
    terms = {"hours_clause_seconds": 1000, "max_waterfall_seconds": 100, "retry_seconds": 7, "max_restarts": 2}
    terms |= {"sealed_seconds": 10, "max_reopenings": 3, "reopening_seconds": 5, "priority_seconds": 4}
    terms |= {"dutch_seconds": 20, "max_queue_seconds": 30, "max_halt_seconds": 40, "confirm_seconds": 50}
    terms |= {"contest_seconds": 60, "decide_seconds": 70, "tier_1_capacity": 1, "tier_2_capacity": 1}
    longest = 1000 + 100 + 7 + 3 * (10 + 3 * 5 + 4 + 2 * 20) + 3 * (30 + 40 + 50) + 60 + 70
    said = {"venue": venue, "reason": "a test"}
    perform(add_playbook, **said, parameters={**terms, "max_event_seconds": longest})
    with pytest.raises(ValidationError, match="max_event_seconds is at least"):
        perform(add_playbook, **said, parameters={**terms, "max_event_seconds": longest - 1})
