"""Two who apply a venue's file at once make one venue, and nothing of it twice."""

from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import Group, LossPlan, Provider
from auctions.models import Playbook
from backstop.models import Event, Venue
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)
EXAMPLE = Path(__file__).parents[2] / "docs" / "venue.example.yaml"


def test_two_who_apply_a_file_at_once_do_nothing_twice() -> None:
    def apply() -> None:
        call_command("venue", str(EXAMPLE), "--apply")

    assert together(apply, apply) == [None, None]
    counts = [model.objects.count() for model in (Venue, Playbook, LossPlan, Provider, Group)]
    assert counts == [1, 1, 1, 3, 4]
    assert Event.objects.filter(kind="provider_created").count() == 3
