"""The second factor of the admin: whoever is to enter shows a code, after the password, in each session.

Who has no authenticator yet enrolls one, and gets recovery codes; sessions are listed, and ended.
"""

from base64 import b32encode
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import django_otp
import segno
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import logout
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from accounts.desks.second_factors import authenticator_of, enroll, renew_recovery_codes, verify
from backstop import clock
from backstop.admin.base import actor_of
from backstop.transactions import perform

_KEY, _SINCE = "second_factor_key", "signed_in"  # in the session
MOST_SESSIONS = 1000


class Code(forms.Form):
    """What the authenticator says now."""

    code = forms.CharField(
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True, "size": 12}),
    )


def furnish() -> None:
    """Let in who showed a second factor in this session, and ask the others for it once their password was right."""
    site = admin.site
    by_password, sign_in, by_django = site.has_permission, site.login, site.get_urls

    def has_permission(request: HttpRequest) -> bool:
        return by_password(request) and request.user.is_verified()  # type: ignore[union-attr]

    def login(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "GET" and by_password(request) and not has_permission(request):
            return HttpResponseRedirect(f"{reverse('admin:second_factor')}?{urlencode({'next': _next(request)})}")
        return sign_in(request, extra_context)

    def asked_of_staff(view: Any) -> Any:
        def inside(request: HttpRequest) -> HttpResponse:
            if not by_password(request):
                return HttpResponseRedirect(reverse("admin:login"))
            answer = view(request)
            answer["Cache-Control"] = "no-store"
            return answer

        return inside

    def get_urls() -> list[URLPattern]:
        own = [
            path("second-factor/", asked_of_staff(_ask), name="second_factor"),
            path("second-factor/enroll/", asked_of_staff(_enroll), name="second_factor_enroll"),
            path("second-factor/codes/", site.admin_view(_renew_codes), name="second_factor_codes"),
            path("sessions/", site.admin_view(_sessions), name="sessions"),
        ]
        return [*own, *by_django()]

    for model in (TOTPDevice, StaticDevice):  # their pages show what nobody but its user is to see
        site.unregister(model)
    for name, method in (("has_permission", has_permission), ("login", login), ("get_urls", get_urls)):
        setattr(site, name, method)  # of the one site that there is


def _ask(request: HttpRequest) -> HttpResponse:
    """Ask for a code; who has no authenticator enrolls one."""
    if "leave" in request.POST:
        logout(request)
        return HttpResponseRedirect(reverse("admin:login"))
    if authenticator_of(request.user) is None:
        query = urlencode({"next": _next(request)})
        return HttpResponseRedirect(f"{reverse('admin:second_factor_enroll')}?{query}")
    form = Code(request.POST or None)
    if request.method == "POST" and form.is_valid():
        device, wait_seconds = verify(request.user, form.cleaned_data["code"])  # type: ignore[arg-type]
        if device is not None:
            _enter(request, device)
            return HttpResponseRedirect(_next(request))
        wait = f" For {wait_seconds} s none is looked at." if wait_seconds else ""
        form.add_error("code", f"That code is wrong, or was used already.{wait}")
    return _page(request, "Second factor", form=form, button="Go on")


def _enroll(request: HttpRequest) -> HttpResponse:
    """Show the key of an authenticator to be, until it says a code that is made by it."""
    if authenticator_of(request.user) is not None:
        return HttpResponseRedirect(reverse("admin:second_factor"))
    key = request.session.setdefault(_KEY, default_key())
    form = Code(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = form.cleaned_data["code"].replace(" ", "")
        enrolled = perform(enroll, actor=actor_of(request), user=request.user, key=key, code=code)
        if enrolled is not None:
            device, codes = enrolled
            _enter(request, device)
            return _page(request, "Recovery codes", codes=codes, onwards=_next(request))
        form.add_error("code", "That is not what an authenticator with this key says now. Is its clock right?")
    device = TOTPDevice(user=request.user, key=key)
    picture = segno.make(device.config_url, error="m").svg_inline(scale=5, border=4, light="#fff", omitsize=False)
    secret = b32encode(device.bin_key).decode()
    return _page(request, "Enroll a second factor", form=form, button="Enroll", picture=picture, secret=secret)


def _renew_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes, for who asks."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("admin:sessions"))
    codes = perform(renew_recovery_codes, actor=actor_of(request), user=request.user)
    return _page(request, "Recovery codes", codes=codes, onwards=reverse("admin:sessions"))


def _sessions(request: HttpRequest) -> HttpResponse:
    """The sessions of who asks: one, or all others, are ended."""
    mine = _sessions_of(request.user)
    if request.method == "POST":
        ended = {row.pk for row, _ in mine if row.pk != request.session.session_key}
        if one := request.POST.get("number"):
            ended &= {row.pk for number, (row, _) in enumerate(mine, 1) if str(number) == one}
        Session.objects.filter(pk__in=ended).delete()
        messages.success(request, f"Sessions ended: {len(ended)}.")
        return HttpResponseRedirect(reverse("admin:sessions"))
    rows = [(number, said, row.pk == request.session.session_key) for number, (row, said) in enumerate(mine, 1)]
    answer = _page(request, "Sessions", sessions=rows)
    answer["Cache-Control"] = "no-store"
    return answer


def _sessions_of(user: Any) -> list[tuple[Session, dict[str, Any]]]:
    """The user's sessions that are not over, newest first, and what each said of itself as it began."""
    stored = Session.objects.filter(expire_date__gt=clock.now()).order_by("-expire_date")[:MOST_SESSIONS]
    decoded = [(row, row.get_decoded()) for row in stored]
    mine = [(row, data.get(_SINCE, {})) for row, data in decoded if data.get("_auth_user_id") == str(user.pk)]
    return [(row, {**said, "at": datetime.fromisoformat(said["at"])}) for row, said in mine if said]


def _enter(request: HttpRequest, device: Any) -> None:
    """From now on this session is of somebody who showed a second factor."""
    request.session.pop(_KEY, None)
    request.session.cycle_key()
    django_otp.login(request, device)
    request.session[_SINCE] = {
        "at": clock.now().isoformat(),
        "address": request.META["REMOTE_ADDR"],
        "program": request.headers.get("User-Agent", "")[:200],
    }


def _next(request: HttpRequest) -> str:
    wanted = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=settings.HTTPS)
    return wanted if safe else reverse("admin:index")


def _page(request: HttpRequest, title: str, **context: Any) -> HttpResponse:
    site = admin.site.each_context(request)
    if not request.user.is_verified():  # type: ignore[union-attr]
        site |= {"is_nav_sidebar_enabled": False, "available_apps": []}
    return TemplateResponse(request, "house/second_factor.html", {**site, "title": title, **context})
