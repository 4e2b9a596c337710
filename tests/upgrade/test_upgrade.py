"""From the newest release to this one while the market goes on: nothing is lost, and a retry heals whatever fails."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.elsewhere import HOUSE, Elsewhere, eventually
from tests.upgrade.checkouts import Checkout
from tests.upgrade.load import Load
from tests.upgrade.releases import newest_release

pytestmark = [pytest.mark.upgrade, pytest.mark.xdist_group("processes")]

PRODUCT = ("backstop", "accounts", "auctions", "requirements", "manage.py")
PASSWORD = "for the upgrade"
# What this release might bring, whatever it does bring: busy tables change in each way that is allowed.
MIGRATION = """
from django.db import migrations, models
from backstop.migrating import AddIndexConcurrently


class Migration(migrations.Migration):
    dependencies = [("{app}", "{after}")]
    atomic = {atomic}
    operations = [{operation}]
"""
CHANGES = {
    "accounts": [
        'migrations.AddField("account", "later", models.IntegerField(null=True))',
        'migrations.AddField("transfer", "later", models.IntegerField(db_default=0))',
    ],
    "auctions": [
        'migrations.AddField("bid", "later", models.IntegerField(db_default=0))',
        'migrations.AddField("book", "later", models.IntegerField(db_default=0))',
        'AddIndexConcurrently("bid", models.Index(fields=["later"], name="bid_later"))',
        'migrations.CreateModel("Later", [("id", models.BigAutoField(primary_key=True)), '
        '("bid", models.ForeignKey("auctions.bid", models.PROTECT)), '
        '("book", models.ForeignKey("auctions.book", models.PROTECT))])',
    ],
    "backstop": ['migrations.AddField("event", "later", models.IntegerField(null=True))'],
}
SEED = """
import json, django
from dataclasses import replace
django.setup()
from django.conf import settings
settings.BEARER_KEYS_WRITE = True  # the servers are the test's own
from auctions.simulation import cascade
from auctions.simulation.seeding import seed_market
from backstop.transactions import perform
quick = {"sealed_seconds": 1, "reopening_seconds": 1, "dutch_seconds": 2, "retry_seconds": 1}
quick |= {"dutch_curve": {"kind": "PIECEWISE", "ramp_seconds": 2}, "mark_max_age_seconds": 60}
quick |= {"max_waterfall_seconds": 30}  # later releases offer again what nobody took
plan = cascade.PLAN
people = [replace(each, commitments={}) for each in plan.providers]
plan = replace(plan, playbook={**plan.playbook, **quick}, providers=people)
market = perform(seed_market, actor="test", plan=plan)
print(json.dumps([market.key, [seat.key for seat in market.seats]]))
"""


def with_changes(folder: Path) -> Path:
    """This checkout, with a migration for each change, and a function that is not the release's."""
    for name in PRODUCT:
        copy = shutil.copytree if (HOUSE / name).is_dir() else shutil.copy2
        folder.mkdir(exist_ok=True)
        copy(HOUSE / name, folder / name)
    for app, operations in CHANGES.items():
        migrations = folder / app / "migrations"
        after = max(path.stem for path in migrations.glob("0*.py"))
        for number, operation in enumerate(operations, 9001):
            text = MIGRATION.format(app=app, after=after, operation=operation, atomic="Concurrently" not in operation)
            after = f"{number}_change"
            (migrations / f"{after}.py").write_text(text)
    with (folder / "auctions" / "sql" / "place_bids.sql").open("a") as function:
        function.write("-- another release's\n")
    return folder


@pytest.fixture
def database() -> Iterator[str]:
    """Where its owner finds an empty database of the test servers."""
    name = "upgraded"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as owner:
        owner.execute(f"DROP DATABASE IF EXISTS {name}")
        owner.execute(f"CREATE DATABASE {name}")
        yield make_conninfo(owner.info.dsn, dbname=name)
        owner.execute(f"DROP DATABASE {name} WITH (FORCE)")
        owner.execute(f"DROP ROLE IF EXISTS {name}_programs, {name}_application, {name}_reader")


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    place = Elsewhere()
    yield place
    place.clear()


@pytest.fixture
def old(elsewhere: Elsewhere, database: str) -> Iterator[Checkout]:
    """The newest release, whose programs own their tables."""
    newest_release().unpack(elsewhere.folder / "old")
    checkout = Checkout(elsewhere.folder / "old", {"DATABASE_URL": database})
    yield checkout
    checkout.kill()


@pytest.fixture
def new(elsewhere: Elsewhere, database: str) -> Iterator[Checkout]:
    """This one, whose programs do not."""
    programs = make_conninfo(database, user="upgraded_programs", password=PASSWORD)
    env = {"DATABASE_URL": programs, "MIGRATE_DATABASE_URL": database}
    checkout = Checkout(with_changes(elsewhere.folder / "new"), env)
    yield checkout
    checkout.kill()


def finish(*commands: "subprocess.Popen[str]") -> list[str]:
    """What they say; they have to succeed, in the ten minutes that a busy machine needs for a hundred migrations."""
    said = []
    for command in commands:
        printed, errors = command.communicate(timeout=600)
        assert command.returncode == 0, printed + errors
        said.append(printed)
    return said


def goes_on(load: Load, more: int = 3) -> None:
    """So many more books, and bids, are acknowledged."""
    enough = [count + more for count in load.acknowledged()[:2]]
    went_on = eventually(
        lambda: all(now >= then for now, then in zip(load.acknowledged(), enough, strict=False)) or bool(load.problems),
        60,
    )
    assert went_on, f"{load.acknowledged()} {load.met}"
    assert load.problems == []


def test_a_release_takes_over_from_the_one_before_while_the_market_goes_on(
    old: Checkout, new: Checkout, database: str
) -> None:
    finish(old.manage("migrate", "--verbosity", "0"))
    venue_key, provider_keys = json.loads(old.python(SEED))
    load = Load([old.start()], venue_key, provider_keys[:3])
    load.start()
    try:
        goes_on(load)
        finish(*(new.manage("migrate") for _ in range(2)))
        goes_on(load)  # old programs on the new database
        load.urls.insert(0, new.start())
        goes_on(load)  # new programs beside old ones
        load.urls.reverse()
        old.stop()
        goes_on(load)
    finally:
        load.stop()
    assert load.problems == []
    assert set(new.has_ended()) <= {"worker", "deadlines"}  # which end themselves on a machine that is too busy
    with psycopg.connect(database, autocommit=True) as owner:
        under_way = "SELECT FROM auctions_book WHERE state NOT IN ('CLOSED', 'WITHDRAWN')"
        assert eventually(lambda: owner.execute(under_way).rowcount == 0, 60), new.log_of("clock")
        for acknowledged, table, column in (
            (load.books, "auctions_book", "reference"),
            (load.bids, "auctions_bid", "client_bid_id"),
            (load.takes, "auctions_take", "client_bid_id"),
        ):
            stored = [name for (name,) in owner.execute(f"SELECT {column} FROM {table}")]
            assert set(acknowledged) <= set(stored)
            assert [name for name in acknowledged if stored.count(name) != 1] == []
    (audited,) = finish(new.manage("audit"))
    assert audited.startswith("clean")
