"""Who may ask for what: every address with no key, a wrong, a revoked one, a wrong scope, or a suspended provider."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import ApiKey
from accounts.operations.keys.revoke_key import revoke_key
from accounts.rules.keys import PROVIDER_SCOPES, VENUE_SCOPES
from auctions.operations.operator.resume_provider import resume_provider
from auctions.operations.operator.suspend_provider import suspend_provider
from tests.builders import a_commitment, a_provider, a_provider_key, a_venue, a_venue_key, api_client, perform

pytestmark = pytest.mark.django_db

SOME_ID = UUID(int=7)
SOME_MONTH = "2026-11"
ANY_KEY = ""
OURS = ("accounts.", "auctions.", "backstop.")
ENDPOINTS = [
    ("get", "/v1/me", ANY_KEY),
    ("post", "/v1/me/key/rotate", ANY_KEY),
    ("get", "/v1/limits", ANY_KEY),
    ("post", "/v1/marks", "marks"),
    ("post", "/v1/collateral", "collateral"),
    ("put", f"/v1/providers/{SOME_ID}/holdings", "holdings"),
    ("get", "/v1/commitments", "read"),
    ("post", "/v1/commitments", "commitments"),
    ("get", f"/v1/commitments/{SOME_ID}", "read"),
    ("patch", f"/v1/commitments/{SOME_ID}", "commitments"),
    ("delete", f"/v1/commitments/{SOME_ID}", "commitments"),
    ("get", f"/v1/commitments/{SOME_ID}/capacity", "read"),
    ("post", "/v1/covers", "risk"),
    ("post", f"/v1/covers/{SOME_ID}/activate", "risk"),
    ("post", "/v1/contributions", "collateral"),
    ("post", "/v1/contributions/leave", "commitments"),
    ("post", "/v1/contributions/rejoin", "commitments"),
    ("post", f"/v1/claims/{SOME_ID}/answer", "commitments"),
    ("post", f"/v1/claims/{SOME_ID}/dispute", "commitments"),
    ("post", f"/v1/claims/{SOME_ID}/decide", "arbitrate"),
    ("post", f"/v1/covers/{SOME_ID}/premium", "fund"),
    ("post", f"/v1/covers/{SOME_ID}/margin-calls", "risk"),
    ("post", f"/v1/margin-calls/{SOME_ID}/cure", "commitments"),
    ("post", f"/v1/margin-calls/{SOME_ID}/repayments", "fund"),
    ("post", f"/v1/covers/{SOME_ID}/repos", "fund"),
    ("post", f"/v1/repos/{SOME_ID}/repayments", "fund"),
    ("put", f"/v1/providers/{SOME_ID}/rating", "risk"),
    ("get", "/v1/refills", "fund"),
    ("get", f"/v1/refills/{SOME_ID}", "fund"),
    ("post", "/v1/fund", "fund"),
    ("post", "/v1/fees", "fund"),
    ("get", f"/v1/instruments/{SOME_ID}/terms", "risk"),
    ("post", f"/v1/instruments/{SOME_ID}/terms", "risk"),
    ("get", "/v1/venue/terms", "risk"),
    ("post", f"/v1/instruments/{SOME_ID}/mark", "risk"),
    ("get", "/v1/caps", "risk"),
    ("put", "/v1/caps", "risk"),
    ("get", "/v1/playbooks", "risk"),
    ("post", "/v1/playbooks", "risk"),
    ("post", "/v1/inventory/sales", "fund"),
    ("post", f"/v1/venues/{SOME_ID}/waterfall", "risk"),
    ("get", f"/v1/venues/{SOME_ID}/coverage", "risk"),
    ("post", "/v1/groups", "providers"),
    ("post", "/v1/providers", "providers"),
    ("post", f"/v1/providers/{SOME_ID}/move", "providers"),
    ("post", "/v1/providers/applications", "providers"),
    ("post", f"/v1/providers/{SOME_ID}/terms", "providers"),
    ("post", f"/v1/providers/{SOME_ID}/approve", "providers"),
    ("post", f"/v1/providers/{SOME_ID}/end", "providers"),
    ("post", "/v1/me/terms", "read"),
    ("post", f"/v1/books/{SOME_ID}/retry", "books"),
    ("post", f"/v1/providers/{SOME_ID}/suspend", "providers"),
    ("post", f"/v1/providers/{SOME_ID}/resume", "providers"),
    ("post", f"/v1/providers/{SOME_ID}/commitments", "providers"),
    ("post", f"/v1/commitments/{SOME_ID}/approve", "providers"),
    ("post", f"/v1/commitments/{SOME_ID}/suspend", "providers"),
    ("post", f"/v1/commitments/{SOME_ID}/resume", "providers"),
    ("post", f"/v1/commitments/{SOME_ID}/withdraw", "providers"),
    ("post", "/v1/venue/terms", "risk"),
    ("post", "/v1/fee-schedules", "risk"),
    ("get", "/v1/me/statements", "read"),
    ("get", f"/v1/me/statements/{SOME_MONTH}", "read"),
    ("get", "/v1/me/service", "read"),
    ("get", f"/v1/me/service/{SOME_ID}", "read"),
    ("get", "/v1/me/service/rebates", "read"),
    ("get", f"/v1/me/service/rebates/{SOME_ID}", "read"),
    ("get", "/v1/me/service/days", "read"),
    ("get", f"/v1/me/service/days/{SOME_ID}", "read"),
    ("get", "/v1/me/service/answers", "read"),
    ("get", f"/v1/me/service/answers/{SOME_ID}", "read"),
    ("get", "/v1/approvals", "approve"),
    ("get", f"/v1/approvals/{SOME_ID}", "approve"),
    ("post", f"/v1/approvals/{SOME_ID}/confirm", "approve"),
    ("post", f"/v1/approvals/{SOME_ID}/withdraw", "approve"),
    ("get", "/v1/approval_limits", "approve"),
    ("put", "/v1/approval_limits", "approve"),
    ("get", "/v1/books", "books"),
    ("post", "/v1/books", "books"),
    ("get", f"/v1/books/{SOME_ID}", "books"),
    ("put", f"/v1/books/{SOME_ID}", "books"),
    ("get", f"/v1/books/{SOME_ID}/statement", "books"),
    ("post", f"/v1/books/{SOME_ID}/withdraw", "books"),
    ("post", f"/v1/settlements/{SOME_ID}/confirm", "settlements"),
    ("post", f"/v1/settlements/{SOME_ID}/reject", "settlements"),
    ("post", f"/v1/faults/{SOME_ID}/contest", "bids"),
    ("post", f"/v1/faults/{SOME_ID}/decide", "arbitrate"),
    ("post", "/v1/conditions", "marks"),
    ("get", "/v1/breakers", "breakers"),
    ("put", "/v1/breakers", "breakers"),
    ("post", f"/v1/auctions/{SOME_ID}/restart", "breakers"),
    ("get", "/v1/groups", "providers"),
    ("put", "/v1/groups/relations", "providers"),
    ("post", f"/v1/auctions/{SOME_ID}/bids/reconfirm", "bids"),
    ("post", f"/v1/bids/{SOME_ID}/reconfirm", "bids"),
    ("get", "/v1/auctions", "read"),
    ("get", f"/v1/auctions/{SOME_ID}", "read"),
    ("post", f"/v1/auctions/{SOME_ID}/bids", "bids"),
    ("post", f"/v1/auctions/{SOME_ID}/takes", "bids"),
    ("get", f"/v1/auctions/{SOME_ID}/quote", "read"),
    ("get", "/v1/bids", "read"),
    ("post", "/v1/bids", "bids"),
    ("delete", f"/v1/bids/{SOME_ID}", "bids"),
    ("post", "/v1/cancel-all", "bids"),
    ("post", "/v1/cancel-all-after", "bids"),
    ("get", "/v1/awards", "read"),
    ("get", f"/v1/awards/{SOME_ID}", "read"),
    ("get", f"/v1/bids/{SOME_ID}", "read"),
    ("post", f"/v1/auctions/{SOME_ID}/ready", "bids"),
    ("post", f"/v1/auctions/{SOME_ID}/ready/reconfirm", "bids"),
    ("get", "/v1/readiness", "read"),
    ("get", f"/v1/readiness/{SOME_ID}", "read"),
    ("get", "/v1/stream", "read"),
    ("post", f"/v1/lots/{SOME_ID}/take-over", "bids"),
    ("get", "/v1/takes", "read"),
    ("get", f"/v1/takes/{SOME_ID}", "read"),
    ("get", "/v1/inventory", "holdings"),
    ("get", f"/v1/inventory/{SOME_ID}", "holdings"),
    ("get", f"/v1/breakers/{SOME_ID}", "breakers"),
    ("get", f"/v1/groups/{SOME_ID}", "providers"),
    ("get", f"/v1/approval_limits/{SOME_ID}", "approve"),
    ("get", f"/v1/instruments/{SOME_ID}/terms/{SOME_ID}", "risk"),
    ("get", f"/v1/venue/terms/{SOME_ID}", "risk"),
    ("get", f"/v1/caps/{SOME_ID}", "risk"),
    ("get", f"/v1/playbooks/{SOME_ID}", "risk"),
    ("put", f"/v1/providers/{SOME_ID}/exposure", "holdings"),
    ("put", f"/v1/groups/{SOME_ID}/limits", "risk"),
    ("post", f"/v1/providers/{SOME_ID}/default", "providers"),
    ("post", f"/v1/providers/{SOME_ID}/default/confirm", "providers"),
    ("post", "/v1/drills", "books"),
    ("post", f"/v1/loss-events/{SOME_ID}/recoveries", "fund"),
    ("post", f"/v1/loss-events/{SOME_ID}/allocate-cash", "risk"),
    ("post", f"/v1/loss-events/{SOME_ID}/allocate-positions", "risk"),
    ("get", "/v1/allocations", "risk"),
    ("get", f"/v1/allocations/{SOME_ID}", "risk"),
    ("get", "/v1/allocation-fills", "risk"),
    ("get", f"/v1/allocation-fills/{SOME_ID}", "risk"),
    ("post", f"/v1/allocation-fills/{SOME_ID}/confirm", "settlements"),
    ("post", f"/v1/allocation-fills/{SOME_ID}/refuse", "settlements"),
    ("get", "/v1/loss-events", "books"),
    ("get", f"/v1/loss-events/{SOME_ID}", "books"),
    *(
        ("get", f"/v1/loss-events/{SOME_ID}/{name}{row}", "books")
        for name in ("addends", "payments", "recoveries", "returns")
        for row in ("", f"/{SOME_ID}")
    ),
    ("post", "/v1/vaults", "providers"),
    ("post", f"/v1/vaults/{SOME_ID}/resume", "risk"),
    ("post", f"/v1/vaults/{SOME_ID}/end", "risk"),
    ("post", f"/v1/vaults/{SOME_ID}/deposits", "collateral"),
    ("post", f"/v1/vaults/{SOME_ID}/withdrawals", "collateral"),
    ("get", "/v1/webhooks", "webhooks"),
    ("post", "/v1/webhooks", "webhooks"),
    ("get", f"/v1/webhooks/{SOME_ID}", "webhooks"),
    ("patch", f"/v1/webhooks/{SOME_ID}", "webhooks"),
    ("delete", f"/v1/webhooks/{SOME_ID}", "webhooks"),
    ("post", f"/v1/webhooks/{SOME_ID}/rotate", "webhooks"),
    ("post", f"/v1/webhooks/{SOME_ID}/test", "webhooks"),
    ("get", f"/v1/webhooks/{SOME_ID}/deliveries", "webhooks"),
    ("get", f"/v1/webhooks/{SOME_ID}/deliveries/{SOME_ID}", "webhooks"),
    ("post", f"/v1/webhooks/{SOME_ID}/deliveries/{SOME_ID}/redeliver", "webhooks"),
]
# A venue asks with a scope of its own, a provider with `read`: see test_rows, test_money, test_covers and others.
FOR_BOTH = {
    *(
        f"/v1/{name}{row}"
        for name in ("assessments", "claims", "drills", "faults", "instruments", "markouts", "providers", "vaults")
        for row in ("", "/<id>")
    ),
    *(
        f"/v1/{name}{row}"
        for name in ("margin-calls", "obligations", "repos", "settlements", "transfers")
        for row in ("", "/<id>")
    ),
    *(f"/v1/vaults/<id>/{name}/<id>" for name in ("deposits", "withdrawals")),
    *(f"/v1/covers/<id>{deed}" for deed in ("", "/sign", "/notice")),
    *("/v1/fee-schedules/<id>", "/v1/assessments/<id>/pay", "/v1/providers/<id>/bindings"),
    *("/v1/balances", "/v1/auctions/<id>/transcript", "/v1/books/<id>/transcripts"),
}


@pytest.fixture
def venue():
    return a_venue()


@pytest.fixture
def alice(venue):
    return a_provider(venue, "Alice")


def ask(key, method: str, path: str) -> tuple[int, str]:
    response = getattr(api_client(key), method)(path, {})
    is_stream = response["Content-Type"] == "text/event-stream"
    return response.status_code, "" if is_stream else response.json().get("code", "")


Answers = Mapping[tuple[str, str, str], tuple[int, str]]


def ask_everywhere(key: Callable[[str], str | None], method: str | None = None) -> Answers:
    """What each endpoint answers to the key for its scope, by its own method unless another is said."""
    return {each: ask(key(each[2]), method or each[0], each[1]) for each in ENDPOINTS}


def everywhere(status: int, code: str) -> Answers:
    return dict.fromkeys(ENDPOINTS, (status, code))


def test_without_a_key_nothing_is_told() -> None:
    assert ask_everywhere(lambda _: None) == everywhere(401, "key_missing")


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer two words", "Bearer nobody"])
def test_who_is_not_known_is_told_how_to_send_a_key(sent) -> None:
    response = api_client(None).get("/v1/me", **({"HTTP_AUTHORIZATION": sent} if sent else {}))
    assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Bearer realm="backstop"')
    (fault,) = response.json()["errors"]
    assert (fault["pointer"], fault["code"]) == ("", response.json()["code"])


def test_a_wrong_and_a_revoked_key_are_told_apart(venue) -> None:
    secret = a_venue_key(venue)
    assert ask_everywhere(lambda _: secret[:-1]) == everywhere(401, "key_unknown")
    for wrong in (secret + "x", "nothing", "bs_0000000000.x", secret.replace(".", "")):
        assert ask(wrong, "get", "/v1/me") == (401, "key_unknown")
    perform(revoke_key, key=ApiKey.objects.get())
    assert ask_everywhere(lambda _: secret) == everywhere(401, "key_revoked")


def test_every_scope_but_the_right_one_is_not_enough(venue, alice) -> None:
    @cache
    def of_venue(scope: str) -> str:
        return a_venue_key(venue, VENUE_SCOPES - {scope})

    @cache
    def of_provider(scope: str) -> str:
        return a_provider_key(alice, PROVIDER_SCOPES - {scope})

    for key in (of_venue, of_provider):
        allowed = {each: answer for each, answer in ask_everywhere(key).items() if answer != (403, "scope_missing")}
        assert {scope for _, _, scope in allowed} == {ANY_KEY}, allowed


def test_the_right_scope_is_enough(venue, alice) -> None:
    @cache
    def right(scope: str) -> str:
        return a_venue_key(venue, [scope]) if scope in VENUE_SCOPES else a_provider_key(alice, [scope or "read"])

    answers = ask_everywhere(right)
    assert not {each: answer for each, answer in answers.items() if answer[0] not in (200, 404, 422)}


def test_a_suspended_provider_may_look_and_cancel_but_offer_nothing(alice) -> None:
    perform(suspend_provider, provider=alice, reason="late")
    key = a_provider_key(alice)
    for (method, path, scope), (status, code) in ask_everywhere(lambda _: key).items():
        if scope == "webhooks":
            assert status in (200, 404, 422), path
        elif scope in VENUE_SCOPES:
            assert (status, code) == (403, "scope_missing"), path
        elif path in ("/v1/me/key/rotate", "/v1/me/terms", f"/v1/faults/{SOME_ID}/contest", "/v1/cancel-all-after"):
            assert status == 422
        elif path == "/v1/cancel-all":
            assert status == 200
        elif method in ("post", "patch"):
            assert (status, code) == (403, "provider_suspended"), path
        else:
            assert code in ("", "not_found", "commitment_unknown", "auction_unknown", "bid_unknown"), path


def test_there_are_no_options(venue, alice) -> None:
    answers = [ask_everywhere(lambda _, key=key: key, "options") for key in (a_venue_key(venue), a_provider_key(alice))]
    for each in ENDPOINTS:
        assert {answer[each] for answer in answers} - {(403, "scope_missing")} == {(405, "method_not_allowed")}, each


def test_a_provider_that_is_resumed_may_offer_again(alice) -> None:
    key = a_provider_key(alice)
    perform(suspend_provider, provider=alice, reason="late")
    perform(resume_provider, provider=alice, reason="a test")
    assert api_client(key).post("/v1/commitments", {"min_edge_bps": "5"}).status_code == 201


def test_these_tests_know_every_address() -> None:
    named = {path.replace(str(SOME_ID), "<id>") for _, path, _ in ENDPOINTS} | FOR_BOTH
    known = {path.replace(SOME_MONTH, "<str:month>") for path in named}
    theirs = {path for path, module in addresses() if ".api." in module and module.startswith(OURS)}
    public = {"/", "/livez", "/readyz", "/v1/time", "/v1/signing_key", "/v1/openapi.json", "/v1/problems/<slug:code>"}
    assert known == theirs - public


def addresses(patterns=None, prefix: str = "/"):
    for pattern in patterns or get_resolver().url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield re.sub(r"<uuid:\w+>", "<id>", route), pattern.callback.__module__


def test_another_providers_commitment_does_not_exist(venue, alice) -> None:
    theirs = a_commitment(a_provider(venue, "Bob"))
    client = api_client(a_provider_key(alice))
    for method, path in (("get", ""), ("get", "/capacity"), ("patch", ""), ("delete", "")):
        foreign = getattr(client, method)(f"/v1/commitments/{theirs.id}{path}", {})
        missing = getattr(client, method)(f"/v1/commitments/{SOME_ID}{path}", {})
        assert (foreign.status_code, foreign.json()["code"]) == (404, "commitment_unknown")
        assert foreign.json()["detail"].replace(str(theirs.id), str(SOME_ID)) == missing.json()["detail"]
    assert client.get("/v1/commitments").json()["data"] == []


def test_another_venues_provider_does_not_exist(alice) -> None:
    client = api_client(a_venue_key(a_venue()))
    body = {"provider_id": str(alice.id), "asset": "USD", "amount": "1", "reference": "r"}
    assert client.post("/v1/collateral", body).json()["code"] == "provider_unknown"
    response = client.put(f"/v1/providers/{alice.id}/holdings", {"included_sequence": 0, "holdings": []})
    assert (response.status_code, response.json()["code"]) == (404, "provider_unknown")


def test_me_says_whose_key_it_is(venue, alice) -> None:
    me = api_client(a_provider_key(alice, ["read"])).get("/v1/me").json()
    assert (me["venue"], me["provider"], me["provider_id"]) == (venue.code, "Alice", str(alice.id))
    assert (me["scopes"], me["state"]) == (["read"], "ACTIVE")
    me = api_client(a_venue_key(venue, ["marks"])).get("/v1/me").json()
    assert (me["venue"], me["provider"], me["scopes"]) == (venue.code, None, ["marks"])


def test_a_key_costs_one_query(alice, django_assert_num_queries) -> None:
    client = api_client(a_provider_key(alice))
    with django_assert_num_queries(1):
        client.get("/v1/me")


def test_create_key_prints_a_key_that_works(alice, capsys) -> None:
    call_command("create_key", "--venue", alice.venue.code, "--provider", "Alice", "--scopes", "read")
    secret = capsys.readouterr().out.strip()
    assert api_client(secret).get("/v1/me").json()["scopes"] == ["read"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--venue", "nowhere"], "there is no venue nowhere"),
        (["--venue", "here", "--provider", "Nobody"], "here has no provider Nobody"),
        (["--venue", "here", "--scopes", "read"], "choose of approve, arbitrate, books"),
    ],
)
def test_create_key_fails_with_one_clear_line(arguments, line) -> None:
    a_venue("here")
    with pytest.raises(CommandError, match=line) as failure:
        call_command("create_key", *arguments)
    assert "\n" not in str(failure.value)
