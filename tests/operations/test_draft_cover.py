"""The contract of a cover is drafted whole or not at all, and stands under one hash."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.models import Cover, CoverShare
from accounts.queries import list_contract_faults
from accounts.rules.refusals import AccountRefusal
from accounts.rules.sharing.contracts import OF_REPOS, Trigger, hash_of_contract, terms_in_words
from backstop.models import Event
from tests import builders as build
from tests import covers, market
from tests.margin_calls import CURES
from tests.refusing import refused
from tests.repos import LENDS

pytestmark = pytest.mark.django_db

HALF = covers.levels(calm="0.5", stressed="0.5", halted="0.5")
TAKING = {"take_edge_bps": Decimal(50), "take_seconds": 10}


def test_a_draft_names_its_parties_and_lapses_after_a_week(venue, alice, bob) -> None:
    cover = covers.drafted(venue, {alice: 7000, bob: 3000})
    assert cover.state == "DRAFT"
    assert cover.lapses_at - cover.created_at == timedelta(days=7)
    parts = {share.provider: share.parts for share in cover.shares.all()}
    assert parts == {alice: 7000, bob: 3000}


def test_insurers_are_told_once_it_is_offered_and_only_the_venue_before(venue, alice, bob, travel) -> None:
    cover = covers.drafted(venue, {alice: 7000, bob: 3000})
    assert list(Event.objects.filter(kind="cover_drafted").values_list("provider_id", flat=True)) == [None]
    covers.sign(cover)
    told = Event.objects.filter(kind="cover_offered").values_list("provider_id", "payload__parts")
    assert dict(told) == {alice.id: 7000, bob.id: 3000}
    never_offered = covers.drafted(venue, {alice: 10_000})
    travel.to(never_offered.lapses_at)
    market.sweep("end_covers")
    ended = Event.objects.filter(kind="cover_ended", subject_id=never_offered.id).values_list("provider_id", flat=True)
    assert list(ended) == [None]


def test_text_and_terms_stand_under_one_hash(venue, alice) -> None:
    cover = Cover.objects.get(id=covers.drafted(venue, {alice: 10_000}).id)
    said = {
        "account": "",
        "aggregate": "10000",
        "answer_seconds": 3600,
        "asset": "USD",
        "attachment": "1000",
        "copay": "0.1",
        "cover_id": str(cover.id),
        "default_answer": "PAY",
        "funding_rate": "1",
        "group_id": None,
        "hours_clause_seconds": 259200,
        "insurers": [{"parts": 10000, "provider_id": str(alice.id)}],
        "limit": "5000",
        "notice_seconds": 86400,
        "premium": {
            "by_rating": {"1": "1.2", "2": "1", "3": "1", "4": "1", "5": "1"},
            "by_regime": {"CALM": "1", "HALTED": "3", "STRESSED": "2"},
            "grace_seconds": 86400,
            "tariff": {
                "base_bps": "300",
                "cap_bps": "1000",
                "floor_bps": "100",
                "max_step_bps": "500",
                "use": {"at_kink": "1.5", "kink": "0.5", "unused": "1", "used_up": "3"},
            },
        },
        "quota_share": "0.8",
        "term_seconds": 2592000,
        "triggers": ["SHORTFALL"],
        "venue_id": str(venue.id),
        "waiting_seconds": 0,
    }
    written = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    expected = hashlib.sha256(hashlib.sha256(covers.TEXT.encode()).digest() + written).hexdigest()
    assert cover.content_hash == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("copay", "0.0999"),
        ("copay", "1"),
        ("quota_share", "1.0001"),
        ("funding_rate", "0"),
        ("limit", "0"),
        ("aggregate", "4999.999999"),
        ("attachment", "-1"),
        ("attachment", "0.0000001"),
        ("triggers", ()),
        ("waiting_seconds", 30 * 86400),
    ],
)
def test_what_no_contract_may_say_is_refused_by_name(venue, alice, name, value) -> None:
    with refused(AccountRefusal.COVER_REFUSED, match=name):
        covers.drafted(venue, {alice: 10_000}, **{name: value})
    assert not Cover.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        {"floor_bps": "1000.0001"},
        {"base_bps": "-1"},
        {"cap_bps": "1000.00001"},
        {"by_regime": {"CALM": Decimal(1)}},
        {"by_rating": {}},
    ],
)
def test_a_premium_that_makes_no_sense_is_refused(venue, alice, said) -> None:
    with refused(AccountRefusal.COVER_REFUSED, match="premium"):
        covers.drafted(venue, {alice: 10_000}, premium=covers.premium(**said))


@pytest.mark.parametrize(("name", "value"), [("copay", "0.1"), ("aggregate", "5000"), ("quota_share", "1")])
def test_what_is_just_allowed_is_drafted(venue, alice, name, value) -> None:
    assert covers.drafted(venue, {alice: 10_000}, **{name: value}).state == "DRAFT"


def test_the_parts_are_all_of_it_together(venue, alice, bob) -> None:
    for parts in ({alice: 9_999}, {alice: 10_000, bob: 1}, {}):
        with refused(AccountRefusal.COVER_REFUSED, match="10000 together"):
            covers.drafted(venue, parts)


def test_a_cluster_or_an_account_is_protected_and_not_both(venue, alice, owner) -> None:
    with refused(AccountRefusal.COVER_REFUSED, match="account"):
        covers.drafted(venue, {alice: 10_000}, group_id=owner.id, account="a-1")
    assert covers.drafted(venue, {alice: 10_000}, group_id=owner.id).group == owner
    with refused(AccountRefusal.GROUP_UNKNOWN):
        covers.drafted(venue, {alice: 10_000}, group_id=uuid4())


def test_who_is_of_another_venue_insures_nothing_here(venue) -> None:
    with refused(AccountRefusal.PROVIDER_UNKNOWN):
        covers.drafted(venue, {build.a_provider(build.a_venue(), "Carol"): 10_000})


@pytest.mark.parametrize(
    ("changed", "promise"),
    [
        ({"copay": "0.0999"}, "cover_copay_least"),
        ({"limit": "10001"}, "cover_amounts_ordered"),
        ({"funding_rate": "1.0001"}, "cover_fractions_within"),
        ({"state": "ACTIVE"}, "cover_in_force_for_a_time"),
    ],
)
def test_the_database_keeps_the_terms_sane_too(venue, alice, changed, promise) -> None:
    cover = covers.drafted(venue, {alice: 10_000})
    said = {field.attname: getattr(cover, field.attname) for field in Cover._meta.concrete_fields}
    with pytest.raises(IntegrityError, match=promise), transaction.atomic():
        Cover.objects.create(**{**said, "id": uuid4(), **changed})
    with pytest.raises(IntegrityError, match="cover_share_one_a_provider"), transaction.atomic():
        CoverShare.objects.create(cover=cover, provider=alice, parts=1)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"limit": "4999"}, "text and terms make"),
        ({"text": "Nobody pays."}, "text and terms make"),
        ({"account": "a-1"}, "it is not what .* signed"),
        ({"copay": "0.2"}, "text and terms make"),
    ],
)
def test_what_was_signed_never_changes_and_the_audit_names_it_where_it_did(
    venue, alice, database_owner, changed, fault
) -> None:
    cover = covers.signed(venue, {alice: 10_000})
    rows = Cover.objects.filter(id=cover.id)
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        rows.update(**changed)
    assert list_contract_faults(venue.id) == []
    with untriggered():
        rows.update(**changed)
    assert any(re.search(fault, each) for each in list_contract_faults(venue.id))
    assert list_contract_faults(build.a_venue().id) == []


def test_insurers_and_their_parts_never_change(venue, alice, bob, database_owner) -> None:
    cover = covers.signed(venue, {alice: 7000, bob: 3000})
    share = CoverShare.objects.filter(cover=cover, provider=bob)
    for changed in ({"parts": 1}, {"provider": build.a_provider(venue, "Carol")}):
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            share.update(**changed)
    with untriggered():
        share.update(parts=1)
    assert len(list_contract_faults(None)) == 4  # the hash, and what each of three signed


def test_the_audit_names_who_did_not_sign_what_is_signed(venue, alice, database_owner) -> None:
    cover = covers.signed(venue, {alice: 10_000})
    with untriggered():
        cover.signatures.filter(provider=alice).delete()
    (fault,) = list_contract_faults(None)
    assert fault.endswith(f"not signed by {alice.id}")


@contextmanager
def untriggered() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def test_a_contract_that_lets_nobody_take_over_says_nothing_of_it(venue, alice) -> None:
    """So its hash is as before there were such contracts."""
    silent, speaking = covers.drafted(venue, {alice: 10_000}), covers.drafted(venue, {alice: 10_000}, **TAKING)
    assert not TAKING.keys() & terms_in_words(silent.contract).keys()
    assert terms_in_words(speaking.contract)["take_edge_bps"] == "50"


def test_a_contract_whose_limit_does_not_move_says_nothing_of_levels(venue, alice) -> None:
    silent, speaking = covers.drafted(venue, {alice: 10_000}), covers.drafted(venue, {alice: 10_000}, levels=HALF)
    assert "levels" not in terms_in_words(silent.contract)
    again = Cover.objects.get(id=speaking.id)
    assert terms_in_words(again.contract)["levels"] == {name: dict.fromkeys("12345", "0.5") for name in HALF}
    assert hash_of_contract(again.text, terms_in_words(again.contract)).hex() == speaking.content_hash


@pytest.mark.parametrize(
    "levels",
    [
        {name: HALF[name] for name in ("CALM", "STRESSED")},
        {**HALF, "CALM": {"1": Decimal(1)}},
        {**HALF, "CALM": {**HALF["CALM"], "1": Decimal("1.0001")}},
        {**HALF, "CALM": {**HALF["CALM"], "1": Decimal("-0.0001")}},
        {**HALF, "CALM": {**HALF["CALM"], "1": Decimal("0.00001")}},
    ],
)
def test_levels_are_said_of_every_regime_and_rating_from_0_to_1(venue, alice, levels) -> None:
    with refused(AccountRefusal.COVER_REFUSED):
        covers.drafted(venue, {alice: 10_000}, levels=levels)
    covers.drafted(venue, {alice: 10_000}, levels={**HALF, "CALM": dict.fromkeys("12345", Decimal(0))})


@pytest.mark.parametrize(
    "said",
    [
        {"take_seconds": 10},
        {"take_edge_bps": Decimal(50)},
        {**TAKING, "take_seconds": 301},
        {**TAKING, "take_seconds": 0},
        {**TAKING, "take_edge_bps": Decimal(-1)},
    ],
)
def test_how_insurers_take_over_is_said_in_full_and_within_bounds(venue, alice, said) -> None:
    with refused(AccountRefusal.COVER_REFUSED):
        covers.drafted(venue, {alice: 10_000}, **said)


def test_a_lot_may_wait_for_its_insurers_for_five_minutes(venue, alice) -> None:
    assert covers.drafted(venue, {alice: 10_000}, **{**TAKING, "take_seconds": 300}).take_seconds == 300


def test_a_contract_by_which_nobody_covers_margin_calls_says_nothing_of_it(venue, alice) -> None:
    silent, speaking = covers.drafted(venue, {alice: 10_000}), covers.drafted(venue, {alice: 10_000}, **CURES)
    assert not {"cure_interest_bps", "repay_seconds"} & terms_in_words(silent.contract).keys()
    said = terms_in_words(speaking.contract)
    assert (said["cure_interest_bps"], said["repay_seconds"]) == ("1000", 2592000)
    assert list_contract_faults(venue.id) == []


@pytest.mark.parametrize(
    "said",
    [
        {"triggers": (Trigger.MARGIN_CALL,)},
        {"triggers": (Trigger.SHORTFALL,)},
        {"cure_interest_bps": None},
        {"repay_seconds": None},
        {"cure_interest_bps": Decimal("-0.0001")},
        {"cure_interest_bps": Decimal("0.00001")},
        {"repay_seconds": 0},
        {"repay_seconds": 315_360_001},
    ],
)
def test_how_margin_calls_are_covered_is_said_in_full_and_within_bounds(venue, alice, said) -> None:
    with refused(AccountRefusal.COVER_REFUSED):
        covers.drafted(venue, {alice: 10_000}, **{**CURES, **said})


@pytest.mark.parametrize(
    "said", [{"cure_interest_bps": Decimal(0)}, {"repay_seconds": 1}, {"repay_seconds": 315_360_000}]
)
def test_margin_calls_may_be_covered_for_no_interest_and_be_owed_for_ten_years(venue, alice, said) -> None:
    assert covers.drafted(venue, {alice: 10_000}, **{**CURES, **said}).state == "DRAFT"


def test_a_contract_by_which_nobody_lends_says_nothing_of_it(venue, alice) -> None:
    silent, speaking = covers.drafted(venue, {alice: 10_000}), covers.drafted(venue, {alice: 10_000}, **LENDS)
    assert not {*OF_REPOS} & terms_in_words(silent.contract).keys()
    said = terms_in_words(speaking.contract)
    assert [said[name] for name in OF_REPOS] == ["10000", "2000", 864_000, "1000", "100"]
    assert list_contract_faults(venue.id) == []


@pytest.mark.parametrize(
    "said",
    [
        {"triggers": (Trigger.SHORTFALL,)},
        {"triggers": (Trigger.LIQUIDITY,)},
        *({name: None} for name in OF_REPOS),
        {"account": "anna"},
        {"funding_rate": "0.9999"},
        {"repo_limit": Decimal(0)},
        {"repo_limit": Decimal("0.0000001")},
        {"repo_haircut_bps": Decimal(10_000)},
        {"repo_haircut_bps": Decimal("-0.0001")},
        {"repo_interest_bps": Decimal("-0.0001")},
        {"repo_fee_bps": Decimal("0.00001")},
        {"repo_seconds": 0},
        {"repo_seconds": 315_360_001},
    ],
)
def test_what_insurers_lend_is_said_in_full_and_within_bounds(venue, alice, said) -> None:
    with refused(AccountRefusal.COVER_REFUSED):
        covers.drafted(venue, {alice: 10_000}, **{**LENDS, **said})


@pytest.mark.parametrize(
    "said",
    [
        {"repo_limit": Decimal("0.000001")},
        {"repo_haircut_bps": Decimal("9999.9999")},
        {"repo_haircut_bps": Decimal(0), "repo_interest_bps": Decimal(0), "repo_fee_bps": Decimal(0)},
        {"repo_seconds": 1},
        {"repo_seconds": 315_360_000},
    ],
)
def test_insurers_may_lend_at_no_haircut_for_nothing_and_for_ten_years(venue, alice, said) -> None:
    assert covers.drafted(venue, {alice: 10_000}, **{**LENDS, **said}).state == "DRAFT"
