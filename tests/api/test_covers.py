"""A cover over HTTP, from its draft until it stands; whoever has the answer verifies it alone."""

import base64
import json
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from accounts.models import Cover, User
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.keys.issue_key import issue_key
from accounts.rules.keys import VENUE_SCOPES
from accounts.rules.refusals import AccountRefusal
from auctions.offline.inputs import InputRefused
from auctions.offline.verify import Differs, verify
from auctions.operations.operator.suspend_provider import suspend_provider
from backstop import clock
from backstop.values.documents import plain
from tests import builders as build
from tests import covers, market
from tests.builders import api_client, perform
from tests.operations.test_prepay_premium import prepay
from tests.operations.test_set_loss_plan import LAYERS as WITHOUT_COVERS
from tests.operations.test_set_loss_plan import put
from tests.refusing import refused

pytestmark = pytest.mark.django_db


def contract(*parts: tuple[object, int]) -> dict[str, object]:
    insurers = [{"provider_id": str(provider.id), "parts": count} for provider, count in parts]
    answers = {"triggers": ["SHORTFALL"], "default_answer": "PAY", "asset": "USD", "text": covers.TEXT}
    terms = {"insurers": insurers, "premium": plain(covers.premium())}
    return {**answers, **covers.AMOUNTS, **covers.SHARES, **covers.SECONDS, **terms}


def sign(client, cover, venue, provider=None):
    private_key, public_key = covers.private_key_of(venue, provider)
    signature = covers.signature_of(private_key, cover["content_hash"]).hex()
    signed = client.post(f"/v1/covers/{cover['id']}/sign", {"public_key": public_key, "signature": signature})
    assert signed.status_code == 200, signed.json()
    return signed.json()


def key_of(signature) -> str:
    return base64.b64decode(signature["public_key"]).hex()


@pytest.fixture
def desk(venue):
    return api_client(build.a_venue_key(venue))


@pytest.fixture
def robot(alice):
    return api_client(build.a_provider_key(alice))


def drafted(desk, *parts) -> dict[str, object]:
    answer = desk.post("/v1/covers", contract(*parts))
    assert answer.status_code == 201, answer.json()
    return answer.json()


def test_from_its_draft_until_it_stands(venue, alice, desk, robot, tmp_path) -> None:
    bob = build.a_provider(venue, "Bob")
    cover = drafted(desk, (alice, 7000), (bob, 3000))
    assert (cover["state"], robot.get("/v1/covers").json()["data"]) == ("DRAFT", [])
    sign(desk, cover, venue)
    assert [each["id"] for each in robot.get("/v1/covers").json()["data"]] == [cover["id"]]
    sign(robot, cover, venue, alice)
    sign(api_client(build.a_provider_key(bob)), cover, venue, bob)
    covers.limit_tranche(venue)
    stands = desk.post(f"/v1/covers/{cover['id']}/activate", {"reason": "all signed"})
    assert stands.status_code == 200, stands.json()
    said = stands.json()
    pledges = {each["provider_id"]: each["held"] for each in said["pledges"]}
    assert (said["state"], pledges) == ("ACTIVE", {str(alice.id): "2520", str(bob.id): "1080"})
    assert robot.get(f"/v1/covers/{cover['id']}").json() == said
    assert desk.get(f"/v1/covers/{cover['id']}").json() == {**said, "warnings": []}
    noticed = robot.post(f"/v1/covers/{cover['id']}/notice", {"reason": "too much"}).json()
    assert noticed["ends_at"] < said["ends_at"]
    file = tmp_path / "cover.json"
    file.write_text(json.dumps(said))
    keys = {each["provider_id"] or "venue": key_of(each) for each in said["signatures"]}
    named = [f"{party}={key}" for party, key in keys.items()]
    assert verify(str(file), [], named) == f"holds: the contract {cover['content_hash']}, signed by 3 parties"
    as_given = [f"{each['provider_id'] or 'venue'}={each['public_key']}" for each in said["signatures"]]
    assert verify(str(file), [], as_given) == verify(str(file), [], named)
    assert verify(str(file), [], []).endswith("by 3 keys that it names itself; whose they are is not verified")
    with pytest.raises(Differs, match=f"no key is given for {bob.id}, who signed by {keys[str(bob.id)]}"):
        verify(str(file), [], [each for each in named if str(bob.id) not in each])


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        (lambda said: said["terms"].update(limit="5001"), "content_hash is"),
        (lambda said: said.update(text="Nobody pays."), "content_hash is"),
        (lambda said: said["signatures"].pop(), "not signed by"),
        (lambda said: said["signatures"][0].update(signature="00" * 64), "did not sign it"),
    ],
)
def test_what_was_changed_does_not_verify(venue, alice, desk, robot, tmp_path, change, differs) -> None:
    cover = drafted(desk, (alice, 10_000))
    sign(desk, cover, venue)
    said = sign(robot, cover, venue, alice)
    change(said)
    file = tmp_path / "cover.json"
    file.write_text(json.dumps(said))
    with pytest.raises(Differs, match=differs):
        verify(str(file), [], [])


def warned(cover) -> list[str]:
    return [each["code"] for each in cover["warnings"]]


def test_a_draft_tells_the_venue_what_would_refuse_its_activation(venue, alice, desk, robot) -> None:
    carol = build.a_provider(venue, "Carol", collateral="1")
    cover = drafted(desk, (alice, 9999), (carol, 1))
    assert cover["warnings"] == [
        {"code": "attachment_low", "message": "a layer before it has no limit for one event: set `per_event` first"}
    ]
    covers.limit_tranche(venue)
    assert desk.get(f"/v1/covers/{cover['id']}").json()["warnings"] == []
    sign(desk, cover, venue)
    perform(suspend_provider, provider=alice, reason="a test")
    put(venue, WITHOUT_COVERS)
    assert warned(desk.get(f"/v1/covers/{cover['id']}").json()) == ["provider_not_in_state", "cover_not_asked"]
    assert robot.get(f"/v1/covers/{cover['id']}").json()["warnings"] is None


def test_what_a_draft_is_warned_of_is_what_refuses_it(venue, alice, desk) -> None:
    owner = build.a_group(venue, "Owner")
    covers.limit_tranche(venue)
    covers.activate(covers.signed(venue, {alice: 10_000}))
    poor = build.a_provider(venue, "Carol", group=owner, collateral="1")
    said = {**contract((poor, 10_000)), "group_id": str(owner.id), "hours_clause_seconds": 1}
    draft = desk.post("/v1/covers", said).json()
    expected = ["hours_clause_other", "cover_of_one_cluster", "cover_overlaps", "collateral_insufficient"]
    assert warned(draft) == expected
    cover = covers.sign(covers.sign(Cover.objects.get(id=draft["id"])), poor)
    with refused(AccountRefusal.HOURS_CLAUSE_OTHER):
        covers.activate(cover)


def test_the_venue_signs_for_no_insurer(venue, alice, desk, robot, tmp_path) -> None:
    cover = drafted(desk, (alice, 10_000))
    sign(desk, cover, venue)
    said = sign(robot, cover, venue, alice)
    of_venue, of_alice = sorted(said["signatures"], key=lambda each: each["provider_id"] or "")
    named = [f"venue={key_of(of_venue)}", f"{alice.id}={key_of(of_alice)}"]
    said["signatures"] = [of_venue, {**of_venue, "provider_id": str(alice.id)}]
    file = tmp_path / "cover.json"
    file.write_text(json.dumps(said))
    with pytest.raises(Differs, match=f"{alice.id} signed by .*, which is not the key given for it"):
        verify(str(file), [], named)
    with pytest.raises(Differs, match=f"{alice.id} signed by .*, the key of venue"):
        verify(str(file), [], [])
    for keys, problem in (
        (["00" * 32], "PARTY=PUBLIC_KEY"),
        ([named[0], named[0]], "venue is given twice"),
        ([*named, f"bob={'00' * 32}"], "bob is no party"),
        (["venue=00"], "64 hexadecimal digits"),
    ):
        with pytest.raises(InputRefused, match=problem):
            verify(str(file), [], keys)


def test_another_providers_cover_does_not_exist(venue, alice, desk, robot) -> None:
    bob = build.a_provider(venue, "Bob")
    cover = sign(desk, drafted(desk, (bob, 10_000)), venue)
    assert robot.get(f"/v1/covers/{cover['id']}").json()["code"] == "cover_unknown"
    notice = robot.post(f"/v1/covers/{cover['id']}/notice", {"reason": "mine?"})
    assert notice.json()["code"] == "cover_unknown"
    assert desk.post(f"/v1/covers/{uuid4()}/activate", {"reason": "x"}).json()["code"] == "cover_unknown"


def test_a_draft_that_lapsed_was_offered_to_nobody(desk, alice, robot, travel) -> None:
    cover = drafted(desk, (alice, 10_000))
    travel.to(Cover.objects.get().lapses_at)
    market.sweep("end_covers")
    assert desk.get(f"/v1/covers/{cover['id']}").json()["state"] == "ENDED"
    assert robot.get("/v1/covers").json()["data"] == []
    assert robot.get(f"/v1/covers/{cover['id']}").json()["code"] == "cover_unknown"


def test_what_no_contract_says_is_refused_where_it_stands(desk, alice) -> None:
    refused = desk.post("/v1/covers", {**contract((alice, 10_000)), "copay": "0.05"}).json()
    assert (refused["code"], refused["errors"][0]["pointer"]) == ("cover_refused", "/copay")
    halves = desk.post("/v1/covers", contract((alice, 5000))).json()
    assert (halves["code"], halves["errors"][0]["pointer"]) == ("cover_refused", "/insurers")


def test_to_activate_takes_two_persons_where_the_venue_has_a_limit(venue, alice) -> None:
    User.objects.create(username="olivia")
    olivia = api_client(perform(issue_key, venue=venue, scopes=VENUE_SCOPES, person="olivia")[1])
    cover = covers.signed(venue, {alice: 10_000})
    covers.limit_tranche(venue)
    prepay(cover, "10")
    perform(set_approval_limit, venue_id=venue.id, asset="USD", amount=Decimal(0), reason="four eyes")
    asked = olivia.post(f"/v1/covers/{cover.id}/activate", {"reason": "all signed"})
    assert (asked.status_code, asked.json()["approval"]["operation"]) == (202, "activate_cover")
    paid = {"amount": "-1", "reference": "back", "reason": "too much"}
    assert olivia.post(f"/v1/covers/{cover.id}/premium", paid).status_code == 202


def test_what_it_costs_is_paid_in_advance_and_shown_by_its_rates(venue, alice, desk, robot, travel) -> None:
    rating = {"bucket": "1", "source": "an agency", "rated_at": clock.now(), "expires_at": clock.now() + timedelta(9)}
    put = desk.put(f"/v1/providers/{alice.id}/rating", rating)
    assert (put.status_code, put.json()["bucket"]) == (200, "1")
    cover = covers.active(venue, {alice: 10_000})
    path = f"/v1/covers/{cover.id}/premium"
    paid = desk.post(path, {"amount": "100", "reference": "march"})
    assert (paid.status_code, paid.json()["left"]) == (201, "100")
    travel(days=1)
    market.sweep("charge_premiums")
    said = robot.get(path).json()
    assert said["insurers"] == [{"provider_id": str(alice.id), "earned": said["charged"]}]
    assert Decimal(said["charged"]) + Decimal(said["left"]) == 100
    first = said["rates"][0]
    assert (first["rate_bps"], first["regime"], first["bucket"], first["rating_factor"]) == ("360", "CALM", "1", "1.2")
    other = api_client(build.a_provider_key(build.a_provider(venue, "Bob")))
    assert other.get(path).json()["code"] == "cover_unknown"
