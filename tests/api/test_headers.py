"""What every answer says to browsers, and what only answers to people do: the API has no sessions and no forms."""

import pytest
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.test import Client

pytestmark = pytest.mark.django_db

PEOPLES = (SessionMiddleware, CsrfViewMiddleware, AuthenticationMiddleware, MessageMiddleware)
SAFE = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
POLICY = {
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/v1/time", 200),
        ("get", "/v1/docs", 200),
        ("get", "/v1/bids", 401),
        ("post", "/v1/bids", 401),
        ("get", "/v1/nowhere", 404),
        ("get", "/admin/login/", 200),
        ("get", "/", 200),
    ],
)
def test_every_answer_says_what_a_browser_may_do_with_it(method, path, status) -> None:
    answer = getattr(Client(), method)(path)
    assert answer.status_code == status
    assert {name: answer[name] for name in SAFE} == SAFE
    assert set(answer["Content-Security-Policy"].split("; ")) == POLICY


def test_a_program_pays_for_no_session_and_no_form(monkeypatch) -> None:
    asked: list[str] = []
    for each in PEOPLES:
        done = each.process_request

        def noted(self, request, done=done, name=each.__name__) -> None:
            asked.append(name)
            return done(self, request)

        monkeypatch.setattr(each, "process_request", noted)
    client = Client()
    client.cookies["sessionid"] = client.cookies["csrftoken"] = "x" * 32
    for path in ("/v1/time", "/v1/docs", "/v1/bids", "/v1/nowhere"):
        answer = client.get(path)
        assert (answer.cookies, "Vary" in answer, asked) == ({}, False, []), path
    client.get("/admin/login/")
    assert set(asked) == {each.__name__ for each in PEOPLES}


def test_a_form_of_the_admin_still_needs_its_token() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/admin/login/", {"username": "a", "password": "b"}).status_code == 403
    assert client.post("/v1/bids", {}).status_code == 401
