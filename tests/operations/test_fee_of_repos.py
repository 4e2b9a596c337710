"""What insurers lend and is not drawn is paid for with the premium, by the second."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import CoverPremium
from tests import covers, market
from tests.operations.test_loss_sharing import clean
from tests.operations.test_prepay_premium import prepay
from tests.repos import a_cover, a_venue, draw, repay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("deeds_are_kept")]

FEBRUARY = datetime(2028, 2, 28, 0, 0, tzinfo=UTC)
FREE = {"premium": covers.premium(base_bps="0", floor_bps="0")}


@pytest.fixture
def venue(travel):
    venue = a_venue(travel)
    travel.to(FEBRUARY)
    return venue


def charged() -> Decimal:
    return CoverPremium.objects.get().charged


def after(travel, days: float, charges: bool = True) -> None:
    travel.to(FEBRUARY + timedelta(days=days))
    if charges:
        market.sweep("charge_premiums")


@pytest.mark.parametrize("often", [True, False])
def test_it_is_for_what_is_not_drawn_however_often_it_is_charged(venue, travel, often) -> None:
    """10,000 for a day, 2,000 for the next, 10,000 for the third: 22,000 x 0.01 / 365 = 0.602739726…"""
    cover = a_cover(venue, **FREE)
    prepay(cover, "100")
    after(travel, 1, often)
    repo = draw(cover)
    after(travel, 2, often)
    repay(repo, "8002.191780")
    after(travel, 3)
    assert charged() == Decimal("0.602739")
    clean()


def test_it_is_rounded_with_the_premium_once(venue, travel) -> None:
    """5,000 at 300 bps and 10,000 at 100: 250 / 365 = 0.684931506…, and each by itself 0.410958 and 0.273972."""
    prepay(a_cover(venue), "100")
    after(travel, 1)
    assert charged() == Decimal("0.684931")
    clean()


def test_nothing_is_paid_for_what_cannot_be_drawn(venue, travel) -> None:
    """Nothing is paid in: after a day's grace it is suspended, until 10 are there after two days more."""
    cover = a_cover(venue, **FREE)
    after(travel, 1)
    after(travel, 2)
    cover.refresh_from_db()
    assert cover.state == "SUSPENDED"
    prepay(cover, "10")
    after(travel, 4)
    cover.refresh_from_db()
    assert cover.state == "ACTIVE"
    after(travel, 5)
    assert charged() == Decimal("0.821917"), "three days of 10,000 at 1 %"
    clean()


def test_at_the_end_it_is_rounded_up(venue, travel) -> None:
    cover = a_cover(venue, **FREE, term_seconds=86400)
    prepay(cover, "1")
    after(travel, 1)
    assert charged() == Decimal("0.273973")
    assert cover.ends_at == FEBRUARY + timedelta(days=1)
    clean()
