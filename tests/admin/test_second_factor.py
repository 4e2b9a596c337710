"""Nobody enters the admin by a password alone: a code of an authenticator is good once, and wrong ones cost pauses."""

import re
import time
from datetime import timedelta

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.desks.second_factors import RECOVERY_CODES, code_at, trust_authenticator
from accounts.models import User
from tests.builders import perform
from tests.people import signed_in

pytestmark = pytest.mark.django_db

ASK, ENROLL, SESSIONS = "/admin/second-factor/", "/admin/second-factor/enroll/", "/admin/sessions/"
PASSWORD = "correct horse"


@pytest.fixture
def olivia() -> User:
    return User.objects.create_superuser("olivia", password=PASSWORD)


def by_password(user: User) -> Client:
    client = Client(headers={"user-agent": "a browser"})
    client.post("/admin/login/", {"username": user.username, "password": PASSWORD})
    return client


def code_of(device: TOTPDevice, *, steps: int = 0) -> str:
    return code_at(device.key, time.time() + 30 * steps)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


@pytest.fixture
def device(olivia: User) -> TOTPDevice:
    return TOTPDevice.objects.create(user=olivia, name="authenticator")


def test_no_page_is_shown_to_who_has_only_a_password(olivia: User, device: TOTPDevice) -> None:
    client = by_password(olivia)
    pages = ["admin:index", "admin:password_change", "admin:sessions", "admin:second_factor_codes"]
    pages += [f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist" for model in admin.site._registry]
    pages.append("admin:accounts_apikey_collect")
    for page in pages:
        answer = client.get(reverse(page), follow=True)
        assert answer.redirect_chain[-1][0].startswith(ASK), page
        assert "Recent actions" not in answer.content.decode()


def test_who_is_nobody_is_asked_for_the_password_first() -> None:
    assert [Client().get(page)["Location"] for page in (ASK, ENROLL)] == ["/admin/login/"] * 2


def test_a_code_opens_the_page_that_was_asked_for_and_is_good_once(olivia: User, device: TOTPDevice) -> None:
    code, first, second = code_of(device), by_password(olivia), by_password(olivia)
    asked = first.get("/admin/accounts/user/", follow=True)
    address = asked.redirect_chain[-1][0]
    assert first.post(address, {"code": f"{code[:3]} {code[3:]}"})["Location"] == "/admin/accounts/user/"
    assert first.get("/admin/accounts/user/").status_code == 200
    assert "used already" in second.post(ASK, {"code": code}).content.decode()
    assert second.get("/admin/").status_code == 302


def test_nobody_is_sent_elsewhere_by_a_code(olivia: User, device: TOTPDevice) -> None:
    answer = by_password(olivia).post(f"{ASK}?next=https://elsewhere.example/", {"code": code_of(device)})
    assert answer["Location"] == "/admin/"


def test_wrong_codes_cost_ever_longer_pauses_in_which_not_even_the_right_one_is_looked_at(
    olivia: User, device: TOTPDevice
) -> None:
    client = by_password(olivia)
    assert "For 1 s none is looked at" in client.post(ASK, {"code": wrong(code_of(device))}).content.decode()
    device.refresh_from_db()
    assert device.throttling_failure_count == 1
    device.throttling_failure_count = 5
    device.save()
    assert "For 16 s none is looked at" in client.post(ASK, {"code": code_of(device)}).content.decode()
    device.throttling_failure_timestamp -= timedelta(seconds=16)
    device.save()
    assert client.post(ASK, {"code": code_of(device)}).status_code == 302


def test_a_new_user_enrolls_by_a_picture_and_gets_recovery_codes_each_good_once(olivia: User) -> None:
    client = by_password(olivia)
    page = client.get("/admin/", follow=True)
    assert page.redirect_chain[-1][0].startswith(ENROLL)
    html = page.content.decode()
    assert "<svg" in html
    assert "<script>" not in html
    key = client.session["second_factor_key"]
    refused = client.post(ENROLL, {"code": wrong(code_at(key, time.time()))})
    assert "Is its clock right?" in refused.content.decode()
    assert not TOTPDevice.objects.exists()
    enrolled = client.post(ENROLL, {"code": code_at(key, time.time())})
    codes = re.findall(r"^([a-z2-7]{8})$", enrolled.content.decode().replace('id="codes">', "\n"), re.MULTILINE)
    assert len(codes) == RECOVERY_CODES
    assert "no-store" in enrolled["Cache-Control"]
    assert client.get("/admin/").status_code == 200
    assert "second_factor_key" not in client.session
    for opens in (True, False):
        other = by_password(olivia)
        other.post(ASK, {"code": codes[0].upper()})
        assert (other.get("/admin/").status_code == 200) == opens
        assert StaticToken.objects.count() == RECOVERY_CODES - 1


def test_a_password_alone_enrolls_no_second_authenticator(olivia: User, device: TOTPDevice) -> None:
    client = by_password(olivia)
    assert client.get(ENROLL)["Location"] == ASK
    client.post(ENROLL, {"code": "123456"})
    assert TOTPDevice.objects.get() == device


def test_new_recovery_codes_replace_those_of_before(olivia: User) -> None:
    client = signed_in(olivia)
    client.post("/admin/second-factor/codes/")
    before = set(StaticToken.objects.values_list("token", flat=True))
    client.post("/admin/second-factor/codes/")
    after = set(StaticToken.objects.values_list("token", flat=True))
    assert len(before) == len(after) == RECOVERY_CODES
    assert not before & after


def test_a_superuser_lets_another_enroll_anew_and_the_sessions_of_before_are_over(olivia: User) -> None:
    mia = User.objects.create_user("mia", is_staff=True)
    hers, client = signed_in(mia), signed_in(olivia)
    page = reverse("admin:accounts_user_forget", args=[mia.pk])
    chosen = {"action": "forget", "_selected_action": [mia.pk]}
    assert client.post(reverse("admin:accounts_user_changelist"), chosen)["Location"] == page
    assert "required" in client.post(page, {"reason": " "}).content.decode()
    assert hers.get("/admin/").status_code == 200
    client.post(page, {"reason": "her telephone is lost"})
    assert hers.get("/admin/", follow=True).redirect_chain[-1][0].startswith(ENROLL)
    history = client.get(reverse("admin:accounts_user_history", args=[mia.pk])).content.decode()
    assert "her telephone is lost" in history
    assert signed_in(mia).post(page, {"reason": "mine"}).status_code == 403


def test_a_user_sees_the_own_sessions_and_ends_another_of_them(olivia: User, device: TOTPDevice) -> None:
    here, there = by_password(olivia), by_password(olivia)
    here.post(ASK, {"code": code_of(device)})
    there.post(ASK, {"code": code_of(device, steps=1)})
    somebody = signed_in(User.objects.create_superuser("oscar"))
    html = here.get(SESSIONS).content.decode()
    assert (html.count("a browser"), html.count("this one"), html.count('value="End"')) == (2, 1, 1)
    assert here.session.session_key not in html
    here.post(SESSIONS)
    assert [client.get("/admin/").status_code for client in (here, there, somebody)] == [200, 302, 200]


def test_who_cannot_go_on_signs_out(olivia: User, device: TOTPDevice) -> None:
    client = by_password(olivia)
    assert client.post(ASK, {"leave": "Sign out"})["Location"] == "/admin/login/"
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(("minutes", "opens"), [(0, True), (9.5, True), (11, False)])
def test_the_code_that_the_demo_prints_is_good_for_ten_minutes(olivia: User, minutes: float, opens: bool) -> None:
    key = "ab" * 20
    perform(trust_authenticator, user=olivia, key=key, minutes=10)
    client, printed = by_password(olivia), code_at(key, time.time() - 60 * minutes)
    assert (client.post(ASK, {"code": printed}).status_code == 302) == opens
    if opens and minutes:
        later = by_password(olivia)
        assert later.post(ASK, {"code": code_at(key, time.time())}).status_code == 302, "and then what it says next"
