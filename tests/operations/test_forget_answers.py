"""What was answered to a request is kept for seven days."""

import pytest

from backstop.models import StoredAnswer
from backstop.operations.forget_answers import forget_answers
from tests.builders import perform

pytestmark = pytest.mark.django_db


def test_answers_are_forgotten_after_seven_days(travel) -> None:
    def store(key: str) -> None:
        StoredAnswer.objects.create(principal="p", method="POST", path="/", key=key, fingerprint="f", answer={})

    store("old")
    travel(days=6)
    store("young")
    travel(days=1, seconds=1)
    assert perform(forget_answers) == 1
    assert StoredAnswer.objects.get().key == "young"
