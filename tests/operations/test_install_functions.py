"""Database functions: each release calls its own, and finds it as long as it or the release after it is in use."""

import pathlib
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection

from auctions.models import Auction
from auctions.operations.provider import place_bids as bidding
from auctions.operations.provider.place_bids import BidOrder, place_bids
from backstop import sql_functions as functions
from backstop.management.commands import migrate
from backstop.metering import TAKE_TOKEN
from backstop.operations.install_functions import install_functions
from backstop.sql_functions import DatabaseFunction, list_functions, read_function
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.races.together import together

SOURCE = pathlib.Path(bidding.__file__).parents[2] / "sql" / "place_bids.sql"


def edited(folder: pathlib.Path, remark: str) -> DatabaseFunction:
    """The function as a release has it that wrote another remark into its file."""
    path = folder / SOURCE.name
    path.write_text(SOURCE.read_text().replace("BEGIN", f"BEGIN -- {remark}", 1))
    return read_function(path)


def installed(stem: str = "place_bids") -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT proname FROM pg_proc WHERE proname ~ %s ORDER BY proname", [f"^{stem}_[0-9a-f]{{8}}$"])
        return [name for (name,) in cursor.fetchall()]


def install(*released: DatabaseFunction) -> None:
    for function in released:
        perform(install_functions, functions=[function])


@pytest.fixture
def now_called() -> DatabaseFunction:
    return read_function(SOURCE)


def test_a_functions_name_is_its_files_and_eight_digits_of_its_text(tmp_path, now_called):
    names = {now_called.name, edited(tmp_path, "one").name, edited(tmp_path, "two").name}
    assert len(names) == 3
    assert all(len(name) == len("place_bids_") + 8 and name.startswith("place_bids_") for name in names)
    assert f"CREATE FUNCTION {now_called.name}(" in now_called.definition
    assert functions.PLACEHOLDER not in now_called.definition


def test_a_function_calls_the_one_of_its_own_release():
    (judging,) = [each for each in list_functions() if each.stem == "judge_key"]
    assert f"{TAKE_TOKEN.name}(" in judging.definition
    assert "{take_token}" not in judging.definition


def test_every_sql_file_of_an_app_is_found(now_called):
    assert now_called in list_functions()
    assert now_called == bidding.PLACE_BIDS


@pytest.mark.django_db
@pytest.mark.usefixtures("database_owner")
def test_a_migrated_database_has_what_this_release_calls(now_called):
    assert installed() == [now_called.name]


@pytest.mark.django_db
@pytest.mark.usefixtures("database_owner")
def test_an_edited_file_reaches_a_running_database_and_either_release_works(tmp_path, now_called, monkeypatch):
    venue = build.a_venue("north", fund="1000")
    build.an_instrument(venue, "BTC-PERP", price="20000")
    build.a_playbook(venue)
    alice = build.a_provider(venue, "Alice")
    build.a_provider_key(alice)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "21000"), cash="3000")
    market.sweep()
    later = edited(tmp_path, "edited")
    monkeypatch.setattr(migrate, "list_functions", lambda: [later])
    call_command("migrate", verbosity=0)
    assert installed() == sorted([now_called.name, later.name])
    for function in (now_called, later):
        monkeypatch.setattr(bidding, "PLACE_BIDS", function)
        order = BidOrder(Auction.objects.get().id, function.name, 1, Decimal(10), max_units=1)
        (placed,) = perform(place_bids, key_id=alice.api_keys.get().id, provider_id=alice.id, orders=[order])
        assert placed.code is None


@pytest.mark.django_db
@pytest.mark.usefixtures("database_owner")
def test_what_is_older_than_the_previous_release_is_dropped(tmp_path, now_called):
    second, third = edited(tmp_path, "second"), edited(tmp_path, "third")
    install(second, third)
    assert installed() == sorted([second.name, third.name])


@pytest.mark.django_db
@pytest.mark.usefixtures("database_owner")
@pytest.mark.parametrize("number", range(4))  # whatever the order of their names
@pytest.mark.parametrize("comment", ["NULL", "'turn 99999999999999999999'"])
def test_where_turns_were_lost_the_function_that_was_created_last_is_the_previous_one(tmp_path, number, comment):
    second, third = edited(tmp_path, f"second {number}"), edited(tmp_path, f"third {number}")
    install(second)
    with connection.cursor() as cursor:
        for name in installed():
            cursor.execute(f"COMMENT ON FUNCTION {name} IS {comment}")
    install(third)
    assert installed() == sorted([second.name, third.name])


def test_a_function_is_the_same_with_the_ends_of_lines_of_another_system(tmp_path, now_called):
    path = tmp_path / SOURCE.name
    path.write_bytes(SOURCE.read_bytes().replace(b"\n", b"\r\n"))
    assert read_function(path) == now_called


@pytest.mark.django_db
@pytest.mark.usefixtures("database_owner")
def test_a_release_that_was_gone_back_to_is_the_previous_one_of_the_next(tmp_path, now_called):
    withdrawn, third = edited(tmp_path, "withdrawn"), edited(tmp_path, "third")
    install(withdrawn, now_called, third)
    assert installed() == sorted([now_called.name, third.name])


@pytest.mark.django_db
@pytest.mark.usefixtures("database_owner")
def test_migrating_twice_changes_nothing(tmp_path, now_called):
    install(edited(tmp_path, "second"))
    described = (
        "SELECT oid, proname, xmin, obj_description(oid) FROM pg_proc WHERE proname ~ '^place_bids_' ORDER BY oid"
    )
    seen = []
    for _ in range(2):
        install(edited(tmp_path, "second"))
        with connection.cursor() as cursor:
            cursor.execute(described)
            seen.append(cursor.fetchall())
    assert seen[0] == seen[1]
    assert len(seen[0]) == 2


@pytest.mark.django_db
@pytest.mark.usefixtures("database_owner")
@pytest.mark.parametrize("options", [{"app_label": "auctions"}, {"plan": True}])
def test_a_migration_of_one_app_or_a_plan_installs_nothing(tmp_path, monkeypatch, options):
    before = installed()
    monkeypatch.setattr(migrate, "list_functions", lambda: [edited(tmp_path, "edited")])
    call_command("migrate", verbosity=0, **options)
    assert installed() == before


@pytest.mark.django_db
@pytest.mark.usefixtures("database_owner")
def test_a_file_that_does_not_create_what_it_is_called_is_refused(tmp_path):
    path = tmp_path / "misnamed.sql"
    path.write_text("CREATE FUNCTION another() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$")
    with pytest.raises(ProgrammingError, match="misnamed_"):
        install(read_function(path))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("database_owner")
def test_two_that_migrate_at_once_follow_each_other(tmp_path):
    path = tmp_path / "at_once.sql"
    path.write_text("CREATE FUNCTION {name}() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$")
    done = together(*[lambda: install(read_function(path))] * 4)
    assert not [problem for problem in done if isinstance(problem, Exception)]
    assert len(installed("at_once")) == 1
    with connection.cursor() as cursor:
        cursor.execute(f"DROP FUNCTION {installed('at_once')[0]}")
