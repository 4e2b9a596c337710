"""`manage.py venue FILE` makes a venue as its file says, once, by the operations of people, and shows it before."""

from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Approval, ApprovalLimit, ExposureLimit, Group, LossPlan, Provider, User
from accounts.operations.approvals.confirm_approval import confirm_approval
from auctions.models import Cap, Playbook
from backstop import clock
from backstop.models import Asset, Event, Instrument, Venue
from backstop.queries import get_instrument_terms, get_venue_terms
from tests.alerts import a_rule
from tests.builders import perform

pytestmark = pytest.mark.django_db

EXAMPLE = (Path(__file__).parents[2] / "docs" / "venue.example.yaml").read_text(encoding="utf-8")
NORTH = "venue: {code: north, name: North}\nassets:\n  USD: {scale: 6}\n"


@pytest.fixture
def told(tmp_path):
    """What the command says of a file of this text."""

    def call(text: str, *words: str) -> str:
        path, out = tmp_path / "venue.yaml", StringIO()
        path.write_text(text, encoding="utf-8")
        call_command("venue", str(path), *words, stdout=out)
        return out.getvalue()

    return call


@pytest.fixture
def example(told) -> Venue:
    told(EXAMPLE, "--apply")
    return Venue.objects.get(code="example")


@pytest.fixture
def olivia() -> User:
    return User.objects.create_user("olivia")


def test_the_example_becomes_a_venue_and_a_second_run_has_nothing_to_change(told, example) -> None:
    instruments = Instrument.objects.filter(venue=example).values_list("symbol", "quantity_step", "margin_rate")
    assert sorted(instruments) == [
        ("BTC-PERP", Decimal("0.001"), Decimal("0.1")),
        ("ETH-PERP", Decimal("0.01"), Decimal("0.1")),
    ]
    playbook = Playbook.objects.get(venue=example)
    assert (playbook.version, playbook.dutch_cap_bps, playbook.sealed_seconds) == (1, 300, 30)
    alpha = Group.objects.get(venue=example, name="Alpha")
    assert [other.name for other in alpha.related.all()] == ["Alpha Asia"]
    assert sorted(Provider.objects.values_list("name", "group__name")) == [
        ("Alice", "Alpha"),
        ("Bob", "Beta"),
        ("Charlie", "Gamma"),
    ]
    assert Cap.objects.get(venue=example).limit == 20_000_000
    assert ExposureLimit.objects.get(group=alpha).net_limit == 5_000_000
    assert ApprovalLimit.objects.get(venue=example).amount == 100_000
    assert len(LossPlan.objects.get(venue=example).planned.layers) == 4
    assert sorted(example.alert_rules.values_list("condition", "asset__code", "threshold", "minutes")) == [
        ("STUCK_ROWS", None, 1, 5),
        ("UNPLACED_RISK", "USD", 1_000_000, 10),
    ]
    events = Event.objects.count()
    assert told(EXAMPLE, "--apply") == "example: nothing to change\n"
    assert Event.objects.count() == events


def test_without_a_word_it_only_shows(told) -> None:
    said = told(NORTH)
    assert (
        said == "north: 2 to change\n  add venue north: North\n  add asset USD: 6 decimals\nnot applied: say --apply\n"
    )
    assert not Venue.objects.exists()


def test_what_is_done_is_by_the_command_or_by_the_person_that_is_named(told, olivia) -> None:
    told(f"{NORTH}groups: {{Alpha: }}\n", "--apply")
    told(f"{NORTH}groups: {{Alpha: , Beta: }}\n", "--apply", "--person", "olivia", "--reason", "a desk more")
    found = Event.objects.filter(kind="group_created").order_by("id").values_list("actor", "payload__reason")
    assert list(found) == [("command:venue", "as the venue's file says"), ("user:olivia", "a desk more")]


def test_each_thing_that_may_change_is_shown_from_what_it_was(told) -> None:
    without_limits, _, rest = EXAMPLE.partition("  approvals:")
    told(without_limits + rest.partition("USD: 100000\n")[2], "--apply")  # one person is enough
    example, changed = Venue.objects.get(code="example"), EXAMPLE
    for before, after in [
        ("notice_seconds: 3600", "notice_seconds: 600"),
        ("quantity_step: 0.01, margin_rate: 0.1", "quantity_step: 0.001, margin_rate: 0.2, is_listed: false"),
        ("dutch_cap_bps: 300", "dutch_cap_bps: 400"),
        ("Beta:\n  Gamma:", "Beta: {related: [Gamma]}\n  Gamma:"),
        ("Bob: {group: Beta}", "Bob: {group: Gamma}"),
        ("limit: 20000000", "limit: null"),
        ("net_limit: 5000000", "net_limit: 6000000.5"),
        ("  - {kind: SECOND_TRANCHE}\n", ""),
    ]:
        assert before in changed
        changed = changed.replace(before, after)
    said = told(changed, "--apply").splitlines()
    assert said[:10] == [
        "example: 9 to change",
        "  set terms of the venue: notice_seconds 3600 -> 600",
        "  set terms of ETH-PERP: quantity_step 0.01 -> 0.001, margin_rate 0.1 -> 0.2, is_listed true -> false",
        "  add a version of the playbook: dutch_cap_bps 300 -> 400",
        "  relate groups Beta and Gamma",
        "  move provider Bob: Beta -> Gamma",
        "  set the loss plan: FIRST_TRANCHE, COVERS, FUND",
        "  limit what of PERPS in USD is in auctions: 20000000 -> null",
        "  limit what Alpha holds in USD: net_limit 5000000 -> 6000000.5",
        "  ask two persons above so much USD: null -> 100000",
    ]
    ether = Instrument.objects.get(symbol="ETH-PERP")
    assert get_venue_terms(example, clock.now()).notice_seconds == 600
    assert not get_instrument_terms([ether], clock.now())[ether.id].is_listed
    assert not Cap.objects.exists()
    assert told(changed) == "example: nothing to change\n"


def test_what_the_file_leaves_out_stays(told, example) -> None:
    assert told("venue: {code: example, name: Example Exchange}\n") == "example: nothing to change\n"


def test_what_needs_two_persons_waits_for_another(told, example, olivia) -> None:
    changed = EXAMPLE.replace("dutch_cap_bps: 300", "dutch_cap_bps: 400")
    with pytest.raises(CommandError, match=r"/playbook: .*person"):
        told(changed, "--apply")
    said = told(changed, "--apply", "--person", "olivia")
    approval = Approval.objects.get()
    assert said == (
        "example: 1 to change\n"
        "  add a version of the playbook: dutch_cap_bps 300 -> 400 (needs another person)\n"
        "asked: add a version of the playbook: dutch_cap_bps 300 -> 400; "
        f"another person confirms approval {approval.id}\n"
    )
    told(changed, "--apply", "--person", "olivia")
    assert Approval.objects.count() == 1
    User.objects.create_user("oscar")
    perform(confirm_approval, actor="user:oscar", venue_id=example.id, approval_id=approval.id)
    assert told(changed) == "example: nothing to change\n"


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("name: Example Exchange", "name: Other", r":6: /venue/name: is Example Exchange and never changes: write "),
        ("USD: {scale: 6}", "USD: {scale: 2}", r":10: /assets/USD/scale: is 6 and never changes"),
        ("BTC-PERP: {kind: LINEAR", "BTC-PERP: {kind: SPOT", r":15: /instruments/BTC-PERP/kind: is LINEAR and never"),
    ],
)
def test_what_never_changes_is_refused_with_its_line(told, example, before: str, after: str, problem: str) -> None:
    with pytest.raises(CommandError, match=problem) as refused:
        told(EXAMPLE.replace(before, after), "--apply")
    assert refused.value.returncode == 2


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("code: example", "code: an example", r":5: /venue/code: "),
        ("USD: {scale: 6}", "USD: {scale: 19}", r":10: /assets/USD: .*asset_scale_storable"),
        ("dutch_cap_bps: 300", "dutch_cap_bps: much", r":23: /playbook/dutch_cap_bps: "),
        ("dutch_cap_bps: 300", "dutch_curve: {kind: ROUND}", r":18: /playbook: dutch_curve/kind must be one of "),
        ("margin_rate: 0.1}", "margin_rate: 1.5}", r":15: /instruments/BTC-PERP"),
        ("limit: 20000000}", "limit: 0.0000001}", r":40: /limits/auctions/0: "),
        ("USD: 100000\n", "USD: 0.0000001\n", r":44: /limits/approvals/USD: "),
    ],
)
def test_what_an_operation_refuses_leaves_nothing_behind(told, before: str, after: str, problem: str) -> None:
    assert before in EXAMPLE
    with pytest.raises(CommandError, match=problem):
        told(EXAMPLE.replace(before, after), "--apply")
    assert not Venue.objects.exists()
    assert not Asset.objects.exists()


def test_all_parameters_that_a_playbook_does_not_take_are_named(told) -> None:
    wrong = EXAMPLE.replace("dutch_cap_bps: 300", "dutch_cap_bps: much").replace(
        "assign_cap_bps: 100", "assign_cap_bps: x"
    )
    with pytest.raises(CommandError) as refused:
        told(wrong, "--apply")
    places = [line.split(": ")[1] for line in str(refused.value).splitlines()]
    assert places == ["/playbook/assign_cap_bps", "/playbook/dutch_cap_bps"]


def test_whoever_is_nobody_cannot_be_named(told) -> None:
    with pytest.raises(CommandError, match="there is no active user 'nobody'"):
        told(NORTH, "--person", "nobody")


WATCHED = NORTH + "alerts:\n- {condition: BREAKERS, threshold: 1, minutes: 5, mail_to: [desk@venue.example]}\n"


def test_what_is_said_of_a_condition_takes_the_place_of_the_newest_rule_by_it_and_of_no_other(told) -> None:
    told(WATCHED, "--apply")
    venue = Venue.objects.get(code="north")
    a_rule(venue, "BREAKERS", threshold="3", minutes=2)
    a_rule(venue, "BOOKS_UNDER_WAY", threshold="9", minutes=2)
    assert told(WATCHED, "--apply") == "north: nothing to change\n"
    said = told(WATCHED.replace("minutes: 5", "minutes: 6"), "--apply")
    assert "change the alert BREAKERS: threshold 3 -> 1, minutes 2 -> 6, mail_to " in said
    in_use = venue.alert_rules.filter(retired_at=None).order_by("created_at")
    assert [(each.condition, each.threshold, each.minutes) for each in in_use] == [
        ("BREAKERS", 1, 5),
        ("BOOKS_UNDER_WAY", 9, 2),
        ("BREAKERS", 1, 6),
    ]


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("{condition: BREAKERS, asset: USD, threshold: 1, minutes: 5}", "BREAKERS is no amount: name no asset"),
        ("{condition: UNPLACED_RISK, threshold: 1, minutes: 5}", "UNPLACED_RISK is an amount: name its asset"),
        ("{condition: BREAKERS, threshold: 0, minutes: 5}", "the threshold must be above zero"),
        ("{condition: BREAKERS, threshold: 1, minutes: 0}", "minutes must be within 1 and 1440"),
        ("{condition: BREAKERS, threshold: 1, minutes: 5, mail_to: [desk]}", "an address is one plain e-mail address"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_its_place(told, entry: str, problem: str) -> None:
    with pytest.raises(CommandError, match=f":5: /alerts/0: {problem}"):
        told(f"{NORTH}alerts:\n- {entry}\n", "--apply")
    assert not Venue.objects.exists()
