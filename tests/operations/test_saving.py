"""Rows know what is stored of them, and one function writes what changed."""

import copy
import pickle
import re
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.core import serializers
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiKey, Provider
from auctions.models import Auction
from backstop import clock
from backstop.models import Event, Mark, Venue
from backstop.models.base import save_changes
from tests import market
from tests.builders import a_mark, a_playbook, a_provider, a_provider_key, a_venue, an_instrument

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue() -> Venue:
    return a_venue()


@pytest.fixture
def alice(venue) -> Provider:
    return Provider.objects.get(id=a_provider(venue, "Alice").id)


@pytest.fixture
def auction(venue, travel) -> Auction:
    travel.freeze()
    bitcoin = an_instrument(venue, "BTC-PERP", price="20000")
    a_playbook(venue)
    a_provider(venue, "Bob")
    market.a_book(venue, market.position(bitcoin.symbol, "LONG", "2", "20000"), cash="3000")
    market.sweep()
    return Auction.objects.get()


def written(*rows) -> list[str]:
    """The statements of saving these rows' changes."""
    with CaptureQueriesContext(
        connection,
    ) as asked:
        save_changes(rows)
    return [each["sql"] for each in asked]


def columns(statement: str) -> list[str]:
    return re.findall(r'"(\w+)" = \(?CASE', statement)


def meanwhile(row, **values) -> None:
    """What another process writes."""
    type(row).objects.filter(pk=row.pk).update(**values)


def test_what_changed_is_written_and_what_did_not_is_left_to_others(alice) -> None:
    alice.state_reason = "late"
    meanwhile(alice, faults=7)
    (statement,) = written(alice)
    assert columns(statement) == ["state_reason"]
    alice.refresh_from_db()
    assert (alice.state_reason, alice.faults) == ("late", 7)


def test_nothing_is_written_where_nothing_changed(alice) -> None:
    alice.state_reason = str(alice.state_reason)
    assert written(alice) == []
    assert written() == []


def test_what_was_changed_and_changed_back_did_not_change(alice) -> None:
    alice.faults, faults = 9, alice.faults
    alice.faults = faults
    assert written(alice) == []


def test_what_was_written_is_not_written_again(alice) -> None:
    alice.faults = 1
    assert len(written(alice)) == 1
    assert written(alice) == []
    alice.faults = 0
    assert len(written(alice)) == 1


def test_rows_of_a_model_are_written_by_one_statement_and_each_keeps_what_it_did_not_change(venue, alice) -> None:
    bob = a_provider(venue, "Bob")
    alice.state_reason, bob.faults = "late", 3
    meanwhile(alice, faults=7)
    assert len(written(alice, bob)) == 1
    assert set(Provider.objects.values_list("name", "state_reason", "faults")) == {
        ("Alice", "late", 7),
        ("Bob", "a test", 3),
    }


def test_models_are_written_in_the_order_in_which_they_come(venue, alice) -> None:
    mark = a_mark(an_instrument(venue), "5")
    other = a_provider(venue, "Bob")
    mark.price, alice.faults, other.faults = Decimal(6), 1, 2
    first, second = written(alice, mark, other)
    assert "accounts_provider" in first
    assert "backstop_mark" in second


def test_a_thousand_rows_are_written_at_once_and_more_by_the_thousand(venue) -> None:
    bitcoin = an_instrument(venue)
    marks = Mark.objects.bulk_create(
        Mark(instrument=bitcoin, source=f"source {place}", price=1, marked_at=clock.now()) for place in range(1001)
    )
    for place, mark in enumerate(marks):
        mark.price = Decimal(place + 2)
    assert len(written(*marks)) == 2
    assert set(Mark.objects.values_list("price", flat=True)) == set(range(2, 1003))


def test_a_deferred_field_is_written_only_where_it_was_assigned(alice) -> None:
    shown = Provider.objects.only("name").get()
    assert written(shown) == []
    shown.faults = 4
    (statement,) = written(shown)
    assert columns(statement) == ["faults"]


def test_a_deferred_field_that_was_only_read_is_not_written(alice) -> None:
    shown = Provider.objects.only("name").get()
    shown.name = "Alison"
    assert shown.faults == 0
    (statement,) = written(shown)
    assert columns(statement) == ["name"]


def test_what_was_read_again_is_what_is_stored(alice) -> None:
    meanwhile(alice, faults=7)
    alice.state_reason = "late"
    alice.refresh_from_db(fields=["faults"])
    assert columns(*written(alice)) == ["state_reason"]
    meanwhile(alice, faults=8)
    alice.refresh_from_db()
    assert written(alice) == []


def test_a_foreign_key_changes_with_the_row_that_it_points_to(venue, alice) -> None:
    bob = a_provider(venue, "Bob")
    alice.group = bob.group
    assert columns(*written(alice)) == ["group_id"]
    alice.refresh_from_db()
    assert alice.group_id == bob.group_id


def test_a_field_can_become_empty(auction) -> None:
    auction.awarded_at = clock.now()
    save_changes([auction])
    auction.awarded_at = None
    assert columns(*written(auction)) == ["awarded_at"]
    auction.refresh_from_db()
    assert auction.awarded_at is None


@pytest.mark.parametrize(
    "create", [lambda mark: mark.save(force_insert=True), lambda mark: Mark.objects.bulk_create([mark])]
)
def test_a_row_that_was_created_here_and_changed_then_is_seen(venue, create) -> None:
    mark = Mark(instrument=an_instrument(venue), price=Decimal(5), marked_at=clock.now())
    create(mark)
    assert written(mark) == []
    mark.price = Decimal(6)
    assert columns(*written(mark)) == ["price"]
    assert Mark.objects.get().price == 6


def test_a_row_that_was_never_stored_is_refused(venue, alice) -> None:
    alice.faults = 1
    unsaved = Provider(venue=venue, name="Bob", group=alice.group)
    with pytest.raises(ValueError, match="neither loaded nor created"):
        save_changes([alice, unsaved])
    alice.refresh_from_db()
    assert alice.faults == 0


def test_a_row_of_which_it_is_not_known_whether_it_was_created_is_refused(venue) -> None:
    mark = Mark(instrument=an_instrument(venue), price=Decimal(5), marked_at=clock.now())
    Mark.objects.bulk_create([mark], ignore_conflicts=True)
    with pytest.raises(ValueError, match="neither loaded nor created"):
        save_changes([mark])


def test_a_row_that_is_not_stored_any_more_is_refused(venue, alice) -> None:
    bob = a_provider(venue, "Bob")
    bob.id = uuid4()
    alice.faults = bob.faults = 1
    with pytest.raises(ValueError, match="1 of 2 rows of Provider are not stored any more"):
        save_changes([alice, bob])


def test_text_that_is_too_long_is_refused_and_not_cut(alice) -> None:
    alice.state_reason = "x" * 501
    with pytest.raises(DataError, match="too long"):
        save_changes([alice])


def test_two_copies_of_a_row_write_what_each_changed(alice) -> None:
    twin = copy.copy(alice)
    alice.faults, twin.state_reason = 2, "late"
    assert len(written(alice, twin)) == 1
    alice.refresh_from_db()
    assert (alice.faults, alice.state_reason) == (2, "late")


class TestFrozen:
    def test_json_that_is_assigned_is_written_and_the_same_one_is_not(self, auction) -> None:
        who = str(uuid4())
        auction.tiers = dict(auction.tiers)
        assert written(auction) == []
        auction.tiers = {who: 1}
        auction.curve = {"knots": [["0", "1"]]}
        assert columns(*written(auction)) == ["curve", "tiers"]
        auction.refresh_from_db()
        assert auction.tiers == {who: 1}
        assert auction.curve == {"knots": (("0", "1"),)}

    def test_arrays_are_tuples(self, auction, venue) -> None:
        excluded = [uuid4(), uuid4()]
        auction.excluded_providers = excluded
        assert columns(*written(auction)) == ["excluded_providers"]
        assert auction.excluded_providers == Auction.objects.get().excluded_providers == tuple(excluded)
        a_provider_key(Provider.objects.get(), ["bids"])
        assert ApiKey.objects.get().scopes == ("bids",)

    def test_marks_are_decimals_by_id(self, auction) -> None:
        ((key, price),) = auction.marks.items()
        assert (type(key), price) == (UUID, Decimal(20000))
        auction.marks = {key: Decimal("20000.00")}
        assert written(auction) == []
        auction.marks = {key: Decimal("1.50")}
        assert columns(*written(auction)) == ["marks"]
        auction.refresh_from_db()
        assert auction.marks == {key: Decimal("1.5")}
        with connection.cursor() as cursor:
            cursor.execute("SELECT marks::text FROM auctions_auction")
            assert cursor.fetchone() == (f'{{"{key}": "1.5"}}',)

    def test_nothing_can_be_changed_in_place(self, auction) -> None:
        auction.tiers = {"a": {"b": 1}}
        for change in (
            lambda: auction.tiers.update(c=1),
            lambda: auction.tiers["a"].pop("b"),
            lambda: auction.marks.__setitem__(uuid4(), Decimal(1)),
            lambda: auction.marks.clear(),
            lambda: auction.tiers.__delitem__("a"),
            lambda: auction.tiers.__ior__({"c": 1}),
            lambda: auction.tiers.setdefault("c", 1),
            lambda: auction.tiers.popitem(),
        ):
            with pytest.raises(TypeError, match="read-only"):
                change()
        assert not hasattr(auction.excluded_providers, "append")
        assert auction.tiers == {"a": {"b": 1}}

    def test_what_was_assigned_may_change_afterwards_and_the_row_does_not(self, auction) -> None:
        tiers = {"a": 1}
        auction.tiers = tiers
        tiers["b"] = 2
        assert auction.tiers == {"a": 1}

    def test_payloads_are_frozen_too(self, auction) -> None:
        with pytest.raises(TypeError, match="read-only"):
            Event.objects.last().payload["x"] = 1

    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda row: pickle.loads(pickle.dumps(row))])
    def test_a_copy_is_as_frozen_and_knows_what_is_stored(self, auction, copied) -> None:
        auction.tiers = {"a": {"b": 1}}
        twin = copied(auction)
        assert (twin.tiers, twin.marks, list(twin.changes)) == (auction.tiers, auction.marks, ["tiers"])
        with pytest.raises(TypeError, match="read-only"):
            twin.tiers["a"]["b"] = 2

    def test_rows_are_dumped_and_loaded_by_djangos_serializers(self, auction) -> None:
        (loaded,) = serializers.deserialize("json", serializers.serialize("json", [auction]))
        for name in ("marks", "tiers", "curve", "excluded_providers"):
            assert getattr(loaded.object, name) == getattr(auction, name)
