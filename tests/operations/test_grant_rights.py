"""The application changes rows and nothing else; a reader sees what is no secret; append-only rows are nobody's."""

from collections.abc import Iterator
from typing import Any

import pgtrigger
import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import ProgrammingError, connection
from psycopg import errors

from backstop.operations.grant_rights import grant_rights
from backstop.rights import Login, TableRights, list_rights, rights_on
from tests import builders as build
from tests import roles

pytestmark = pytest.mark.django_db

Session = psycopg.Connection[Any]

APPEND_ONLY = {
    *(
        *("accounts_lossaddend", "accounts_losspayment", "accounts_lossrecovery", "accounts_lossreturn"),
        "accounts_contribution",
        "accounts_lossallocation",
        "accounts_clusteredge",
        "accounts_coveredlimit",
        "accounts_coverfactor",
        "accounts_coverrate",
        "accounts_coveruse",
        "accounts_coversignature",
        "accounts_curerepayment",
        "accounts_reporepayment",
        "accounts_providerrating",
        "accounts_guarantee",
        "accounts_publickey",
        "accounts_transfer",
        "accounts_vaultentry",
        "auctions_chainlink",
        "auctions_inventorysale",
        "auctions_pastregime",
        "auctions_playbook",
        "auctions_transcript",
        "backstop_event",
        "backstop_publication",
    ),
}
WHAT_THE_OWNER_DOES = [
    "ALTER TABLE {} DISABLE TRIGGER ALL",
    "DROP TRIGGER pgtrigger_transfer_append_only_b74a6 ON {}",
    "SET session_replication_role = replica",
    "TRUNCATE {}",
    "DROP TABLE {}",
    "ALTER TABLE {} ADD COLUMN mine integer",
    "ALTER TABLE {} OWNER TO CURRENT_USER",
    "CREATE INDEX mine ON {} (id)",
    "CREATE TRIGGER mine BEFORE INSERT ON {} EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE TABLE mine ()",
    "CREATE TEMPORARY TABLE mine ()",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION backstop_now() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
    "DROP FUNCTION backstop_now()",
    "DROP SEQUENCE bid_sequence",
    "SELECT setval('bid_sequence', 1)",
    "CREATE ROLE mine",
    "INSERT INTO django_migrations (app, name, applied) VALUES ('auctions', '9999_mine', now())",
]


def session(url: str) -> Iterator[Session]:
    with psycopg.connect(url, autocommit=True) as session:
        yield session


@pytest.fixture
def programs() -> Iterator[Session]:
    yield from session(roles.programs_url())


@pytest.fixture
def reader() -> Iterator[Session]:
    yield from session(roles.reader_url())


def tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        return sorted(name for (name,) in cursor.fetchall())


def may(session: Session, table: str, privilege: str) -> bool:
    row = session.execute("SELECT has_any_column_privilege(%s, %s)", [table, privilege]).fetchone()
    return bool(row and row[0])


@pytest.mark.parametrize("statement", WHAT_THE_OWNER_DOES)
@pytest.mark.parametrize("whose", ["programs", "reader"])
def test_neither_may_do_what_is_the_owners(whose, statement, request):
    with pytest.raises(errors.InsufficientPrivilege):
        request.getfixturevalue(whose).execute(statement.format("accounts_transfer"))


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "SELECT FROM {} FOR UPDATE"])
def test_the_application_changes_no_append_only_row(programs, table, statement):
    with pytest.raises(errors.InsufficientPrivilege):
        programs.execute(statement.format(table))


def test_what_a_trigger_protects_is_append_only_for_the_application_too():
    protected = {
        model._meta.db_table
        for model in apps.get_models()
        for trigger in getattr(model._meta, "triggers", ())
        if isinstance(trigger, pgtrigger.Protect) and not trigger.condition  # else some columns may change
    }
    assert protected == APPEND_ONLY
    rights = {each.table: each.privileges for each in list_rights()}
    assert {rights[table] for table in protected} == {("SELECT", "INSERT")}


def test_the_application_deletes_only_what_is_not_kept(programs):
    house = [table for table in tables() if table.startswith(("backstop_", "accounts_", "auctions_"))]
    assert {table for table in house if may(programs, table, "SELECT")} == set(house)
    assert {table for table in house if not table.startswith("accounts_user") and _may_delete(programs, table)} == {
        *("backstop_bucket", "backstop_outbox", "backstop_pastmark", "backstop_storedanswer"),
        *("auctions_cap", "auctions_round"),
        "auctions_wish",
        *("accounts_commitmentterms", "accounts_group_related", "accounts_holdingentry", "accounts_member"),
        "accounts_appointment",
        *("accounts_freecollateral", "accounts_heldquantity", "accounts_spentnonce", "accounts_webhookdelivery"),
        *("backstop_instrumentterms", "backstop_venueterms"),
    }


def _may_delete(session: Session, table: str) -> bool:
    row = session.execute("SELECT has_table_privilege(%s, 'DELETE')", [table]).fetchone()
    return bool(row and row[0])


def test_a_reader_writes_nothing(reader):
    writing = {privilege for table in tables() for privilege in ("INSERT", "UPDATE") if may(reader, table, privilege)}
    assert writing == set()
    assert not [table for table in tables() if _may_delete(reader, table)]


@pytest.mark.parametrize(
    "question",
    [
        "SELECT secret_hash FROM accounts_apikey",
        "SELECT * FROM accounts_apikey",
        "SELECT password FROM accounts_user",
        "SELECT sealed_key FROM auctions_auction",
        "SELECT offer_private_key FROM auctions_auction",
        "SELECT answer FROM backstop_storedanswer",
        "SELECT content FROM accounts_webhooksecret",
        "SELECT url FROM accounts_webhook",
        "SELECT session_data FROM django_session",
        "COPY accounts_user TO STDOUT",
    ],
)
def test_a_reader_sees_no_secret(reader, question):
    with pytest.raises(errors.InsufficientPrivilege):
        reader.execute(question)


@pytest.mark.django_db(transaction=True)
def test_a_reader_sees_the_market(reader):
    venue = build.a_venue()
    build.a_venue_key(venue)
    assert reader.execute("SELECT * FROM backstop_venue").rowcount == 1
    assert reader.execute("SELECT prefix, label, scopes FROM accounts_apikey").rowcount == 1
    assert reader.execute("SELECT count(*) FROM auctions_auction").fetchone() == (0,)


def test_columns_that_look_like_secrets_are_secret_or_looked_at():
    """Of what somebody forgets to name, most has such a name."""
    looked_at = {"key_id", "sealing_key", "offer_public_key", "fingerprint", "amended_fingerprint"}
    looked_at |= {"public_key_id", "content_hash"}  # who signed a cover, and what
    told = ("key", "secret", "password", "hash", "token", "private", "fingerprint")
    shown = {
        column
        for model in apps.get_models(include_auto_created=True)
        for column in rights_on(model).readable or [field.column for field in _fields_shown(model)]
    }
    assert {name for name in shown if any(word in name for word in told)} == looked_at


def _fields_shown(model: Any) -> Any:
    return model._meta.concrete_fields if rights_on(model).readable is None else ()


@pytest.mark.django_db(transaction=True)
def test_rights_that_were_given_away_are_taken_back_by_migrate(programs, reader, database_owner):
    with connection.cursor() as cursor:
        for group in ("application", "reader"):
            cursor.execute(f'GRANT ALL ON accounts_transfer, accounts_apikey TO "{roles.name_of(group)}"')
    programs.execute("DELETE FROM accounts_transfer")
    reader.execute("SELECT secret_hash FROM accounts_apikey")
    call_command("migrate", verbosity=0)
    for session, statement in (
        (programs, "DELETE FROM accounts_transfer"),
        (reader, "SELECT secret_hash FROM accounts_apikey"),
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            session.execute(statement)


@pytest.fixture
def a_table_of_before(database_owner: None) -> Iterator[str]:
    """A table that the release before had, and this one does not know any more."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE gone_from_models (id integer)")
        cursor.execute(f'GRANT INSERT ON gone_from_models TO "{roles.name_of("application")}"')
        yield "gone_from_models"
        cursor.execute("DROP TABLE gone_from_models")


@pytest.mark.django_db(transaction=True)
def test_tables_that_this_release_does_not_know_stay_open_to_programs_of_the_one_before(programs, a_table_of_before):
    call_command("migrate", verbosity=0)
    programs.execute(f"INSERT INTO {a_table_of_before} VALUES (1)")


OWNED = [TableRights("owned", ("SELECT",), ())]


@pytest.fixture
def poor_owner(database_owner: None) -> None:
    """The test's own connection as somebody who owns a table, and may not create roles; undone with the test."""
    name = roles.name_of("poor_owner")
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE ROLE "{name}"')
        cursor.execute(f'GRANT ALL ON SCHEMA public TO "{name}"')
        cursor.execute(f'SET LOCAL ROLE "{name}"')
        cursor.execute("CREATE TABLE owned (id integer)")


def ask(question: str, *values: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchone()[0]


def test_an_owner_who_may_not_create_roles_grants_to_those_that_there_are(poor_owner):
    grant_rights(tables=OWNED, programs=Login(roles.name_of("programs"), ""))
    assert ask("SELECT has_table_privilege(%s, 'owned', 'SELECT')", roles.name_of("application"))


def test_programs_that_nobody_created_are_an_error_for_an_owner_who_may_not(poor_owner):
    with pytest.raises(ProgrammingError, match="permission denied to create role"):
        grant_rights(tables=OWNED, programs=Login(roles.name_of("absent"), ""))


def test_a_login_that_is_absent_is_created_with_its_password_and_one_that_is_there_keeps_its_own(database_owner):
    late = roles.name_of("late")
    stored = "SELECT rolpassword FROM pg_authid WHERE rolname = %s"
    grant_rights(tables=list_rights(), programs=Login(late, "first"))
    first = ask(stored, late)
    assert first.startswith("SCRAM-SHA-256$")
    assert ask("SELECT pg_has_role(%s, %s, 'USAGE')", late, roles.name_of("application"))
    grant_rights(tables=list_rights(), programs=Login(late, "second"))
    assert ask(stored, late) == first


def test_the_limits_of_the_database_hold_for_the_programs(programs):
    assert programs.execute("SHOW lock_timeout").fetchone() == ("5s",)
