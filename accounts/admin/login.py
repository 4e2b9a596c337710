"""Signing in to the admin: each attempt costs the address it comes from, and then the name, some of their patience.

An address has less of it than a name, so that whoever guesses a name's password keeps itself out and not its owner.
"""

import hashlib
from ipaddress import ip_address
from typing import Any

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from accounts.rules.refusals import AccountRefusal
from backstop.api import observing
from backstop.front.addresses import holder_of
from backstop.metering import Rate, headers_of, take_token


class SignIn(AdminAuthenticationForm):
    """Looks at no password where there were too many attempts."""

    request: HttpRequest

    def clean(self) -> dict[str, Any]:
        name = hashlib.sha256(self.cleaned_data.get("username", "").encode()).hexdigest()  # as long as any other
        address = holder_of(ip_address(self.request.META["REMOTE_ADDR"]))
        for rate, whose in (("logins_of_address", address), ("logins_of_name", name)):
            allowance = take_token(whose, Rate.of(rate))
            if allowance.is_spent:
                setattr(self.request, "spent", allowance)  # noqa: B010  for the page that shows this form
                raise ValidationError(f"Too many attempts: try again in {allowance.retry_seconds} seconds.")
        return super().clean()


def furnish() -> None:
    """Let the site ask by this form, and answer 429 where it is not asked further."""
    site = admin.site
    site.login_form = SignIn
    by_form = site.login

    def login(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        answer = by_form(request, extra_context)
        if allowance := getattr(request, "spent", None):
            answer.status_code = AccountRefusal.RATE_EXCEEDED.kind.value
            for name, value in headers_of([allowance]).items():
                answer[name] = value
            observing.said(answer, AccountRefusal.RATE_EXCEEDED.code)
        return answer

    setattr(site, "login", login)  # noqa: B010  a method of the one site that there is
