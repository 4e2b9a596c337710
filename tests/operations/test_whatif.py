"""A book's offers under another playbook: decided again by the rules, and nothing is touched."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from auctions.models import Auction, Award, Playbook
from auctions.operations.operator.add_playbook import add_playbook
from auctions.simulation.whatif import SIMULATED, terms_of
from backstop.models import Event
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.market import (
    a_bidder,
    a_book,
    a_dutch_auction,
    a_dutch_playbook,
    a_playbook,
    an_auction,
    close,
    mark_again,
    order,
    place,
    position,
    ready,
    sweep,
    take,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold(venue, travel):
    """A book of 100 units: 60 asked 10, 50 asked 20, 30 asked 34; one edge is paid."""
    a_playbook(venue, cover_percent=0, liquidation_fee_bps=0)
    auction = an_auction(venue)
    for name, units, edge in (("Alice", 60, "10"), ("Bob", 50, "20"), ("Charlie", 30, "34")):
        place(a_bidder(venue, name), order(auction, name, units, edge))
    close(auction, travel)
    return auction


@pytest.fixture
def said(capsys):
    def run(*words: str) -> Any:
        call_command("whatif", *words)
        return json.loads(capsys.readouterr().out)

    return run


def test_what_is_paid_as_bid_costs_less_of_the_same_bids(sold, said) -> None:
    answer = said("book-1", "--changes", '{"sealed_format": "PAY_AS_BID"}')
    before, after = (Decimal(answer[when]["edges"]) for when in ("before", "after"))
    paid = sum(award.notional * award.edge_bps for award in Award.objects.filter(provider__isnull=False)) / 10000
    assert before == paid > 0
    assert after == before * Decimal("0.7")  # 60 x 10 + 40 x 20 instead of 100 x 20
    assert answer["before"]["placed"] == answer["after"]["placed"] == {"SEALED": 100}
    assert Decimal(answer["difference"]["residual"]) == before - after == -Decimal(answer["difference"]["loss"])


def test_a_lower_reserve_leaves_what_it_does_not_pay_for(sold, said) -> None:
    answer = said("book-1", "--changes", '{"sealed_reserve_bps": "15", "assign_cap_bps": "10"}')
    assert answer["after"]["placed"] == {"SEALED": 60}
    assert (answer["after"]["left"], answer["difference"]["left"]) == (40, 40)


def test_a_version_of_the_playbook_is_named_by_its_number_and_nothing_is_touched(sold, said, venue) -> None:
    other = perform(add_playbook, venue=venue, reason="a test", parameters={"sealed_format": "PAY_AS_BID"})
    rows = [Award.objects.count(), Event.objects.count(), Playbook.objects.count()]
    by_version = said("book-1", "--playbook", str(other.version))
    assert by_version == said("book-1", "--changes", '{"sealed_format": "PAY_AS_BID"}')
    assert [Award.objects.count(), Event.objects.count(), Playbook.objects.count()] == rows


def test_alone_is_paid_in_each_round_what_its_own_cap_allows(venue, travel, said) -> None:
    fields = {"retry_seconds": 1, "max_waterfall_seconds": 1800, "liquidation_fee_bps": 0}
    a_dutch_playbook(venue, uncontested_caps_bps=["150", "250"], **fields)
    alice, first = a_bidder(venue), a_dutch_auction(venue, travel, cash="40000")
    travel(seconds=59)
    mark_again()
    take(alice, first, "first", units=10)
    for _ in range(3):  # the end, the retry, and the sealed auction of the second round
        travel(seconds=1)
        mark_again()
        sweep()
    second = Auction.objects.get(kind="DUTCH", state="OPEN")
    travel(seconds=59)
    mark_again()
    take(alice, second, "second", units=20)
    assert set(Award.objects.values_list("units", "edge_bps")) == {(10, 150), (20, 250)}
    for caps, units in (("150, 250", 30), ("150, 249", 10), ("149, 250", 20), ("250", 30)):
        answer = said("book-1", "--changes", json.dumps({"uncontested_caps_bps": caps.split(", ")}))
        assert (answer["before"]["placed"], answer["after"]["placed"]) == ({"DUTCH": 30}, {"DUTCH": units})


def test_what_was_taken_once_a_dutch_auction_was_contested_is_taken_again(venue, travel, said) -> None:
    a_dutch_playbook(venue, uncontested_caps_bps=["150"])
    auction = a_dutch_auction(venue, travel, cash="40000")
    for name in ("Alice", "Bob"):
        ready(a_bidder(venue, name), auction, 100)
    travel(seconds=30)
    mark_again()
    take(a_bidder(venue, "Charlie"), auction, units=100)
    assert Award.objects.get().edge_bps > 150
    answer = said("book-1", "--changes", '{"min_groups": 3}')
    assert answer["before"]["placed"] == answer["after"]["placed"] == {"DUTCH": 100}


@pytest.mark.parametrize(("edge", "units"), [("60", 100), ("70", 100), ("70.0001", 40)])
def test_standing_offers_take_what_the_book_could_pay_and_they_had_free(venue, said, edge, units) -> None:
    """280 are 70 bps of 40,000; Alice had room for 40 units at 50, Bob for all."""
    values = {"assign_cap_bps": "50", "fund_draw_limit": "0", "min_groups": 1, "cover_percent": 0}
    a_playbook(venue, **values, liquidation_fee_bps=0)
    build.a_commitment(build.a_provider(venue), min_edge_bps="50", window_capacity="16000", window_seconds=60)
    build.a_commitment(build.a_provider(venue, "Bob"), min_edge_bps=edge)
    a_book(venue, position("BTC-PERP", "LONG", "2", "20000"), cash="280")
    sweep()
    answer = said("book-1", "--changes", '{"assign_cap_bps": "200"}')
    assert (answer["before"]["placed"], answer["after"]["placed"]) == ({"ASSIGN": 40}, {"ASSIGN": units})
    lower = said("book-1", "--changes", '{"assign_cap_bps": "49.9999"}')
    assert lower["after"]["placed"] == {}


def test_bids_count_as_far_as_marks_may_drift_by_their_own_limit_or_the_playbooks(venue, travel, said) -> None:
    """By 400; Alice allows that herself."""
    a_playbook(venue, cover_percent=0, min_groups=1, max_drift_bps="450", drift_buffer_bps="500", max_reopenings=0)
    auction = an_auction(venue)
    place(a_bidder(venue), replace(order(auction, "a", 60, "10"), max_drift_bps=Decimal(400)))
    place(a_bidder(venue, "Bob"), order(auction, "b", 40, "20"))
    travel.to(auction.closes_at)
    mark_again("20800")
    sweep("close_auctions")
    for limit, units in (("400", 100), ("399", 60), ("0", 60)):
        answer = said("book-1", "--changes", json.dumps({"max_drift_bps": limit}))
        assert (answer["before"]["placed"], answer["after"]["placed"]) == ({"SEALED": 100}, {"SEALED": units})


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["nothing", "--playbook", "1"], "there is no book 'nothing'"),
        (["book-1", "--playbook", "99"], "the venue has no playbook 99"),
        (["book-1", "--changes", '{"colour": 1}'], "no parameters of a playbook: colour"),
        (["book-1", "--changes", '{"sealed_reserve_bps": "600"}'], "--changes: "),
        (["book-1", "--changes", '{"uncontested_caps_bps": "150"}'], "--changes: "),
        (["book-1", "--changes", "{]"], "--changes: "),
        (["book-1", "--changes", "no-such-file"], "--changes: "),
    ],
)
def test_what_makes_no_sense_is_refused(sold, words, problem) -> None:
    with pytest.raises(CommandError, match=problem):
        call_command("whatif", *words)


def test_what_the_fund_took_over_counts_as_in_the_statement(venue, travel, said) -> None:
    """60 units at 100 bps of 23,880, the fund 40 at 500 bps of 15,920, 200 of drift, and a fee of 0.5 % of 39,800."""
    market.a_hasty_playbook(venue, sealed_seconds=10, liquidation_fee_bps="50")
    book = a_book(venue, position("BTC-PERP", "LONG", "2", "21000"), cash="6000")
    sweep("route_books", "assign_lots", "pass_lots_on", "open_auctions")
    mark_again("19900")
    place(a_bidder(venue), order(Auction.objects.get(), "a", 60, "100"))
    travel(seconds=10)
    market.run_out(book, travel)
    book.refresh_from_db()
    answer = said("book-1", "--changes", '{"fund_edge_bps": "100"}')
    before, after = answer["before"], answer["after"]
    assert before["placed"] == after["placed"] == {"SEALED": 60, "FUND": 40}
    assert (before["edges"], before["fund_edge"], before["drift"]) == ("238.8", "796", "200")
    assert Decimal(before["residual"]) == book.residual == Decimal("2566.2")
    assert (after["fund_edge"], answer["difference"]["residual"]) == ("159.2", "636.8")
    # What nobody takes under other terms goes back, and then there is no fee.
    lower = said("book-1", "--changes", '{"sealed_reserve_bps": "99", "assign_cap_bps": "99"}')
    assert (lower["after"]["placed"], lower["after"]["left"]) == ({"FUND": 40}, 60)
    assert lower["after"]["residual"] == str(4000 - 80 - 796)


def test_parameters_that_change_nothing_here_are_named(sold, said) -> None:
    changes = {"dutch_seconds": 61, "assign": "AS_BIDS", "sealed_reserve_bps": "349", "min_groups": 2}
    answer = said("book-1", "--changes", json.dumps(changes))
    assert answer["without_effect"] == ["assign", "dutch_seconds"]
    assert said("book-1", "--playbook", "2")["without_effect"] == []


class Watched:
    """A playbook that notes what is read of it."""

    def __init__(self) -> None:
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.read.add(name)
        return getattr(Playbook(), name)


def test_what_is_simulated_is_what_the_terms_are_made_of() -> None:
    """Whoever adds a term says so: no parameter is said to have no effect that has one."""
    playbook: Any = Watched()
    terms_of(playbook)
    assert playbook.read - {"caps_by_round"} | {"uncontested_caps_bps"} == SIMULATED
