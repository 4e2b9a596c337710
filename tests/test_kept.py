"""Deeds that were done before: whatever follows finds what it would have found, and is not told apart."""

from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings

from backstop.models import Venue
from tests import kept

pytestmark = pytest.mark.django_db

done = []


@kept.kept
def found(code, name="North"):
    done.append(code)
    return Venue.objects.create(code=code, name=name, notice_seconds=1)


@kept.kept
def rename(venue, name):
    done.append(name)
    venue.name = name
    venue.save()
    return venue


@pytest.fixture
def a_test(travel, monkeypatch):
    """A block that is a test by itself, after those before it; its clock stands."""
    monkeypatch.setattr(kept, "_deeds", kept.Deeds())
    done.clear()

    @contextmanager
    def a_test():
        with transaction.atomic(), kept.of_test():
            travel.freeze()
            yield
            transaction.set_rollback(True)

    return a_test


def test_what_was_done_before_is_copied(a_test):
    with a_test():
        first = found("north")
    with a_test():
        again = found("north")
        assert done == ["north"]
        assert again == first == Venue.objects.get()
        assert again is not first


def test_other_words_or_other_deeds_before_it_are_another_deed(a_test):
    with a_test():
        found("north")
        found("south")
    with a_test():
        found("south")
        found("north", name="Norden")
        assert sorted(Venue.objects.values_list("name", flat=True)) == ["Norden", "North"]
    assert done == ["north", "south", "south", "north"]


def test_deeds_that_follow_each_other_are_copied_as_far_as_they_were_the_same(a_test):
    with a_test():
        rename(found("north"), "Norden")
    with a_test():
        venue = found("north")
        assert Venue.objects.get().name == "North"
        assert rename(venue, "Nord") is venue
        assert Venue.objects.get().name == "Nord"
    assert done == ["north", "Norden", "Nord"]


def test_a_row_that_a_deed_changed_is_as_it_left_it(a_test):
    for _ in range(2):
        with a_test():
            venue = found("north")
            assert rename(venue, "Norden") is venue
            assert (venue.name, venue.changes) == ("Norden", {})
    assert done == ["north", "Norden"]


def write(_):
    Venue.objects.update(name="Norden")


def set_something(_):
    with override_settings(DEBUG=not settings.DEBUG):
        pass


def be_refused(_):
    with pytest.raises(AttributeError):
        rename(None, "Norden")


def patch(monkeypatch):
    monkeypatch.setattr(settings, "NOBODY_KNOWS", 1, raising=False)


def count_statements(_):
    connection.force_debug_cursor = True


@pytest.mark.parametrize("by_itself", [write, set_something, be_refused, patch, count_statements])
def test_who_does_something_else_does_all_that_follows(a_test, by_itself, monkeypatch):
    for _ in range(2):
        with a_test():
            found("north")
            by_itself(monkeypatch)
            found("south")
            connection.force_debug_cursor = False
    assert done.count("north") == 1
    assert done.count("south") == 2


def test_where_the_clock_goes_nothing_is_kept(a_test, travel):
    for _ in range(2):
        with a_test():
            travel.home()
            found("north")
    assert done == ["north", "north"]
