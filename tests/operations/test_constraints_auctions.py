"""Attacks on the market's promises underneath the ORM: the database refuses each by the name of its constraint."""

import pytest
from django.db import DatabaseError, connection, transaction

from tests import builders as build
from tests import market

pytestmark = pytest.mark.django_db


@pytest.fixture
def _market(travel):
    travel.freeze()
    venue = build.a_venue(fund="1000")
    build.an_instrument(venue, price="20000")
    build.a_playbook(venue)
    build.a_commitment(build.a_provider(venue), min_edge_bps="300")
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="3000")
    market.sweep()


CANCELLED = "state = 'CANCELLED', held = 0"


def opened(units: str = "1", edge_bps: str = "0", min_units: str = "1") -> str:
    return f"units = {units}, edge_bps = {edge_bps}, all_or_none = false, min_units = {min_units}"


PENALTY_THAT_PAYS = """
    CREATE TEMPORARY TABLE another ON COMMIT DROP AS SELECT * FROM auctions_playbook;
    UPDATE another SET id = gen_random_uuid(), version = 2, penalty_bps = -1;
    INSERT INTO auctions_playbook SELECT * FROM another;
"""
ATTACKS = {
    "auction_never_oversold": "UPDATE auctions_auction SET units_taken = units + 1",
    "auction_no_dust_but_cut": "UPDATE auctions_auction SET min_take_units = 2, units_taken = units - 1",
    "auction_units_positive": "UPDATE auctions_auction SET units = 0, offered_units = 0, units_taken = 0",
    "auction_shows_lot_or_band": "UPDATE auctions_auction SET disclosure = 'SIZE_BAND'",
    "auction_window_positive": "UPDATE auctions_auction SET closes_at = opens_at",
    "bid_holds_only_while_live": "UPDATE auctions_bid SET state = 'CANCELLED', held = 1",
    "auction_sealed_has_key": "UPDATE auctions_auction SET sealed_key = NULL",
    "bid_opened_whole": f"UPDATE auctions_bid SET {CANCELLED}, units = 1",
    "bid_live_is_sealed": f"UPDATE auctions_bid SET {opened()}",
    "bid_decided_is_opened": "UPDATE auctions_bid SET state = 'LOST', held = 0",
    "bid_units_within_maximum": f"UPDATE auctions_bid SET {CANCELLED}, {opened(units='max_units + 1')}",
    "bid_min_units_within_units": f"UPDATE auctions_bid SET {CANCELLED}, {opened(min_units='2')}",
    "bid_min_units_within": f"UPDATE auctions_bid SET {CANCELLED}, {opened(units='0', min_units='0')}",
    "bid_payment_within_maximum": f"UPDATE auctions_bid SET {CANCELLED}, {opened(edge_bps='-1')}",
    "bid_held_not_negative": "UPDATE auctions_bid SET held = -1",
    "lot_budget_not_negative": "UPDATE auctions_lot SET equity_budget = -1",
    "step_never_oversold": "UPDATE auctions_step SET units_placed = units_in + 1",
    "step_one_under_way": "UPDATE auctions_step SET state = 'READY'",
    "book_notional_positive": "UPDATE auctions_book SET notional = 0",
    "position_quantity_positive": "UPDATE auctions_position SET quantity = 0",
    "position_mark_positive": "UPDATE auctions_position SET mark_price = 0",
    "playbook_limits_not_negative": PENALTY_THAT_PAYS,
    "Cannot update": "UPDATE auctions_playbook SET units_per_lot = 1",
    "Cannot update or delete": "DELETE FROM auctions_playbook",
}


@pytest.mark.usefixtures("_market", "database_owner")
def test_the_database_refuses_every_attack() -> None:
    for promise, attack in ATTACKS.items():
        with pytest.raises(DatabaseError, match=promise), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attack)


def test_no_check_passes_because_a_column_is_null() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.conname, a.attname FROM pg_constraint AS c
            JOIN pg_class AS t ON t.oid = c.conrelid
            JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
            WHERE c.contype = 'c' AND t.relname LIKE 'auctions\\_%' AND NOT a.attnotnull
              AND pg_get_constraintdef(c.oid) NOT LIKE '%' || a.attname || ' IS N%'
              AND pg_get_constraintdef(c.oid) NOT LIKE '%(' || a.attname || ' IS N%'
            """
        )
        holes = [row for row in cursor.fetchall() if not row[0].endswith("_check")]
    assert holes == []
