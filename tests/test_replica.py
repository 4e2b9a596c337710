"""Reads where no replica is named, how one is named, and how long one that does not answer is left alone.

What a replica does is in tests/journeys/test_replica.py.
"""

import runpy
import time

import pytest
from django.conf import settings
from django.db import connections

from backstop import replica
from backstop.config import settings as settings_module


def test_without_a_replica_the_primary_is_all_there_is():
    assert list(connections) == ["default"]
    assert not replica.is_named()
    assert replica.read(lambda database: database, horizon=2**62) == "default"


def test_no_router_chooses_a_database():
    assert settings.DATABASE_ROUTERS == []


def test_a_replica_is_named_as_a_primary_is(monkeypatch):
    monkeypatch.setenv("REPLICA_DATABASE_URL", "postgresql://reader:secret@standby:5433/market?sslmode=require")
    databases = runpy.run_path(str(settings_module.__file__))["DATABASES"]
    assert databases.keys() == {"default", "replica"}
    named = databases["replica"]
    assert (named["HOST"], named["PORT"], named["NAME"], named["USER"]) == ("standby", "5433", "market", "reader")
    assert named["OPTIONS"]["sslmode"] == "require"
    assert databases["default"]["HOST"] == settings.DATABASES["default"]["HOST"]


@pytest.mark.django_db
def test_a_horizon_is_above_whatever_was_written_before():
    before = replica.get_horizon()
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text")
        assert int(cursor.fetchone()[0]) >= before


def test_after_a_silence_one_finds_out_for_all():
    patience = replica._Patience()
    assert patience.allows()
    patience.ends()
    assert not patience.allows()
    patience.quiet_until = time.monotonic()
    assert [patience.allows(), patience.allows()] == [True, False]
    patience.answered()
    assert [patience.allows(), patience.allows()] == [True, True]
