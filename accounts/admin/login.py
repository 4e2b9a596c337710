"""Passwords of the admin: each attempt costs the address it comes from, and then the name, some of their patience.

An address has less of it than a name, so that whoever guesses a name's password keeps itself out and not its owner.
"""

import hashlib
from ipaddress import ip_address
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from accounts.rules.refusals import AccountRefusal
from backstop.api import observing
from backstop.front.addresses import holder_of
from backstop.metering import Allowance, Rate, headers_of, take_tokens


class SignIn(AdminAuthenticationForm):
    """Looks at no password where there were too many attempts."""

    request: HttpRequest

    def clean(self) -> dict[str, Any]:
        if spent := _take_tokens(self.request, self.cleaned_data.get("username", "")):
            setattr(self.request, "spent", spent)  # noqa: B010  for the page that shows this form
            raise ValidationError(_come_again(spent))
        return super().clean()


def furnish() -> None:
    """Let the site ask by this form, and look at no password where there were too many attempts: 429."""
    site = admin.site
    site.login_form = SignIn
    by_form, change = site.login, site.password_change

    def login(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        answer = by_form(request, extra_context)
        return _refused(answer, request.spent) if hasattr(request, "spent") else answer

    def password_change(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        spent = _take_tokens(request, request.user.get_username()) if request.method == "POST" else None
        if spent is None:
            return change(request, extra_context)
        messages.error(request, _come_again(spent))
        request.method = "GET"  # the empty form
        return _refused(change(request, extra_context), spent)

    setattr(site, "login", login)  # noqa: B010  methods of the one site that there is
    setattr(site, "password_change", password_change)  # noqa: B010


def _take_tokens(request: HttpRequest, name: str) -> Allowance | None:
    """What is spent: of the address, or else of the name; None where neither is."""
    whose_name = hashlib.sha256(name.encode()).hexdigest()  # as long as any other
    address = holder_of(ip_address(request.META["REMOTE_ADDR"]))
    for rate, whose in (("logins_of_address", address), ("logins_of_name", whose_name)):
        allowance = take_tokens(whose, Rate.of(rate))
        if allowance.is_spent:
            return allowance
    return None


def _come_again(spent: Allowance) -> str:
    return f"Too many attempts: try again in {spent.retry_seconds} seconds."


def _refused(answer: HttpResponse, spent: Allowance) -> HttpResponse:
    answer.status_code = AccountRefusal.RATE_EXCEEDED.kind.value
    for name, value in headers_of([spent]).items():
        answer[name] = value
    observing.said(answer, AccountRefusal.RATE_EXCEEDED.code)
    return answer
