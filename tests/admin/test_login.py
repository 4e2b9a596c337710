"""Wrong passwords cost a pause: of whoever sends them, not of whose name it is."""

import pytest
from django.test import Client

from accounts.models import User
from backstop.models import Bucket
from tests.people import signed_in

pytestmark = pytest.mark.django_db

RIGHT = "correct horse"


@pytest.fixture(autouse=True)
def _olivia(travel):
    travel.freeze()
    User.objects.create_superuser("olivia", password=RIGHT)


def sign_in(name: str = "olivia", password: str = "wrong", address: str = "192.0.2.1"):
    return Client(REMOTE_ADDR=address).post("/admin/login/", {"username": name, "password": password})


def test_after_a_few_wrong_passwords_not_even_the_right_one_is_looked_at_for_a_while(travel) -> None:
    answers = [sign_in() for _ in range(30)]
    assert [answer.status_code for answer in answers] == [200] * 15 + [429] * 15
    refused = sign_in(password=RIGHT)
    assert (refused.status_code, refused["Retry-After"]) == (429, "5")
    assert "try again in 5 seconds" in refused.content.decode()
    travel(seconds=5)
    assert sign_in(password=RIGHT).status_code == 302


def test_whose_name_is_guessed_by_somebody_signs_in_from_elsewhere() -> None:
    assert [sign_in().status_code for _ in range(30)][-1] == 429
    assert sign_in(password=RIGHT, address="198.51.100.7").status_code == 302


def test_who_guesses_from_many_addresses_meets_the_patience_for_the_name(travel) -> None:
    guesses = [sign_in(address=f"2001:db8:0:{number:x}::1").status_code for number in range(70)]
    assert guesses == [200] * 60 + [429] * 10
    assert sign_in(password=RIGHT, address="198.51.100.7").status_code == 429
    travel(seconds=1)
    assert sign_in(password=RIGHT, address="198.51.100.7").status_code == 302


def test_the_addresses_that_one_host_may_choose_from_are_one() -> None:
    assert [sign_in(address=f"2001:db8::{number:x}").status_code for number in range(16)][-1] == 429


def test_names_that_nobody_has_are_no_different_and_none_is_kept_as_it_was_sent() -> None:
    assert [sign_in("nobody" * 20).status_code for _ in range(16)] == [200] * 15 + [429]
    assert not Bucket.objects.filter(name__contains="nobody").exists()


def test_who_guesses_the_password_of_a_session_that_was_left_open_is_out_of_patience_soon(travel) -> None:
    client = signed_in(User.objects.get(username="olivia"), Client(REMOTE_ADDR="192.0.2.1"))

    def change(old: str):
        new = {"new_password1": "a horse that is correct", "new_password2": "a horse that is correct"}
        return client.post("/admin/password_change/", {"old_password": old, **new})

    assert [change("wrong").status_code for _ in range(20)] == [200] * 15 + [429] * 5
    refused = change(RIGHT)
    assert (refused.status_code, refused["Retry-After"]) == (429, "5")
    assert "try again in 5 seconds" in refused.content.decode()
    assert client.get("/admin/password_change/").status_code == 200
    assert sign_in().status_code == 429, "it is the same patience"
    travel(seconds=5)
    assert change(RIGHT).status_code == 302
