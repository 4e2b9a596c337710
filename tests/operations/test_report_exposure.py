"""What a provider has at stake at its venue: as reported, or what stands in for it; and what that keeps here."""

from decimal import Decimal

import pytest

from accounts.models import AccountKind
from accounts.operations.collateral.move_collateral import move_collateral
from accounts.operations.holdings.report_exposure import report_exposure
from accounts.queries import get_standing
from accounts.rules.refusals import AccountRefusal
from backstop import clock
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.refusing import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def venue(travel):
    venue = market.a_market(travel)
    market.a_frugal_playbook(venue, max_jump_bps=None)
    return venue


def took(venue, quantity: str = "2", side: str = "LONG"):
    """Alice has taken a book of so many bitcoins at 20,000, at a margin of 10 %."""
    alice = market.committed(venue)
    market.ended(market.a_book(venue, market.position("BTC-PERP", side, quantity, "20000"), cash="9000"))
    return alice


def report(provider, equity: str, requirement: str, included: int = 0):
    arguments = {"venue_id": provider.venue_id, "provider_id": provider.id, "asset": "USD"}
    amounts = {"equity": Decimal(equity), "requirement": Decimal(requirement)}
    return perform(report_exposure, **arguments, **amounts, included_sequence=included)


def standing(provider) -> tuple[Decimal, Decimal]:
    found = get_standing(provider, build.the_asset(provider.venue), clock.now())
    return found.equity, found.requirement


def test_a_provider_under_water_takes_nothing_out(venue) -> None:
    """Thirty bitcoins long, and the mark falls by a quarter: 60,000 of margin less 150,000."""
    alice = took(venue, "30")
    build.pay_in(alice, "-1")
    market.mark_again("15000")
    assert standing(alice) == (60_000 - 150_000, 0)
    with refused(AccountRefusal.WITHDRAWAL_BARRED):
        build.pay_in(alice, "-1")
    build.pay_in(alice, "1")


def test_at_nothing_left_a_silent_venue_blocks_nobody(venue) -> None:
    alice = took(venue, "30")
    market.mark_again("18000")
    assert standing(alice) == (0, 0)
    build.pay_in(alice, "-1")
    market.mark_again("17999.9")
    with refused(AccountRefusal.WITHDRAWAL_BARRED):
        build.pay_in(alice, "-1")


def test_what_was_closed_at_the_venue_is_at_stake_no_more(venue) -> None:
    alice = took(venue, "30")
    market.report_held(alice, "BTC-PERP", "10", included=1)
    market.mark_again("15000")
    assert standing(alice) == (20_000 - 50_000, 0)
    market.report_held(alice, "BTC-PERP", "0", included=1)
    assert standing(alice) == (0, 0)


def test_the_venues_word_counts_and_equal_passes(venue) -> None:
    alice = took(venue)
    report(alice, "500", "500", included=1)
    build.pay_in(alice, "-1")
    report(alice, "499.999999", "500", included=1)
    with refused(AccountRefusal.WITHDRAWAL_BARRED):
        build.pay_in(alice, "-1")


def test_what_is_lacking_in_one_asset_keeps_what_is_here_of_another(venue) -> None:
    alice = took(venue)
    build.an_asset(venue, "EUR")
    in_euros = {"venue_id": venue.id, "provider_id": alice.id, "asset": "EUR"}
    perform(move_collateral, **in_euros, amount=Decimal(10), reference="in")
    report(alice, "499.999999", "500", included=1)
    with refused(AccountRefusal.WITHDRAWAL_BARRED):
        perform(move_collateral, **in_euros, amount=Decimal(-1), reference="out")
    report(alice, "500", "500", included=1)
    perform(move_collateral, **in_euros, amount=Decimal(-1), reference="out")


def test_later_settlements_count_on_top_of_the_report(venue) -> None:
    alice = took(venue)
    report(alice, "500", "300", included=0)
    market.mark_again("21000")
    assert standing(alice) == (500 + 4000 + 2000, 300 + 4000)


def test_a_word_that_is_too_old_is_none(venue, travel) -> None:
    alice = took(venue)
    report(alice, "-1", "0", included=1)
    travel(seconds=3600)
    assert standing(alice) == (-1, 0)
    travel(seconds=1)
    assert standing(alice) == (4000, 0)


def test_an_older_report_and_one_of_what_was_not_settled_are_refused(venue) -> None:
    alice = took(venue)
    report(alice, "1", "1", included=1)
    report(alice, "2", "1", included=1)
    for code, included in (("EXPOSURE_REPORT_OUTDATED", 0), ("EXPOSURE_REPORT_REFUSED", 2)):
        with refused(AccountRefusal[code]):
            report(alice, "3", "1", included=included)
    with refused(AccountRefusal.EXPOSURE_REPORT_REFUSED):
        report(alice, "3", "-1", included=1)
    assert standing(alice) == (2, 1)


def test_spot_is_paid_in_full_and_owes_nothing(travel) -> None:
    venue = market.a_market(travel, coins=True)
    market.a_frugal_playbook(venue)
    alice = market.committed(venue)
    market.ended(market.a_book(venue, market.position("ETH-USD", "LONG", "10"), cash="500"))
    build.a_mark(venue.instruments.get(symbol="ETH-USD"), "1")
    assert standing(alice) == (0, 0)


def test_a_withdrawal_that_is_known_is_answered_as_then(venue) -> None:
    alice = took(venue, "30")
    moved = build.pay_in(alice, "-5", reference="once")
    market.mark_again("15000")
    assert build.pay_in(alice, "-5", reference="once") == moved
    assert build.provider_account(alice, AccountKind.COLLATERAL).posted == 1_000_000 + 6000 - 60_000 - 5


def test_what_was_closed_is_the_oldest(venue) -> None:
    """Two at 20,000 were closed at the venue; two taken at 15,000 are what stands there."""
    alice = took(venue)
    market.report_held(alice, "BTC-PERP", "0", included=1)
    market.mark_again("15000")
    book = market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "15000"), cash="9000", reference="book-2")
    market.ended(book)
    assert standing(alice) == (3000, 0)


def test_what_is_not_settled_is_not_at_stake_yet(venue) -> None:
    market.a_frugal_playbook(venue, settlement_mode="CONFIRM", max_jump_bps=None)
    alice = market.committed(venue)
    market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), cash="9000")
    market.sweep()
    market.mark_again("15000")
    assert standing(alice) == (0, 0)
