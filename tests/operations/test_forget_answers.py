"""What was answered to a request is kept for seven days."""

import threading

import pytest
from django.db import connection, transaction

from backstop.models import StoredAnswer
from backstop.operations.forget_answers import forget_answers
from tests.builders import perform
from tests.conftest import Travel


def store(*keys: str) -> None:
    for key in keys:
        StoredAnswer.objects.create(principal="p", method="POST", path="/", key=key, fingerprint="f", answer={})


@pytest.mark.django_db
def test_answers_are_forgotten_after_seven_days(travel: Travel) -> None:
    store("old")
    travel(days=6)
    store("young")
    travel(days=1, seconds=1)
    assert perform(forget_answers) == 1
    assert StoredAnswer.objects.get().key == "young"


@pytest.mark.django_db
def test_the_oldest_go_first_and_no_more_at_once_than_asked_for(travel: Travel) -> None:
    store("first", "second", "third")
    travel(days=8)
    assert perform(forget_answers, limit=2) == 2
    assert StoredAnswer.objects.get().key == "third"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_not_wait_for_each_other(travel: Travel) -> None:
    store("first", "second", "third")
    travel(days=8)
    forgotten: list[int] = []

    def forget() -> None:
        try:
            forgotten.append(perform(forget_answers))
        finally:
            connection.close()

    with transaction.atomic():
        forgotten.append(forget_answers(limit=2))
        other = threading.Thread(target=forget)
        other.start()
        other.join(timeout=10)
        assert not other.is_alive()
    assert forgotten == [2, 1]
    assert not StoredAnswer.objects.exists()
