"""Whose pledge a sale is of, and what of it was sold."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.rules.sharing.repos import EndingSale, OpenSale

START = datetime(2028, 1, 1, tzinfo=UTC)


def at(second: int) -> datetime:
    return START + timedelta(seconds=second)


def amounts(*texts: str) -> list[Decimal]:
    return [Decimal(each) for each in texts]


def sale(second: int, held: str, *others: tuple[int, str, str]) -> EndingSale:
    open_sales = [OpenSale(at(since), Decimal(unsold), Decimal(sold)) for since, unsold, sold in others]
    return EndingSale(at(second), Decimal(held), open_sales)


def pledges(*each: tuple[int, str]) -> list[tuple[datetime, Decimal]]:
    return [(at(second), Decimal(quantity)) for second, quantity in each]


@pytest.mark.parametrize(("made_at", "offered"), [(4, "30"), (5, "30"), (6, "0")])
def test_a_sale_is_of_what_was_pledged_as_it_began_or_before(made_at, offered) -> None:
    assert sale(5, "0").offered(pledges((made_at, "30"))) == amounts(offered)


@pytest.mark.parametrize(("held", "sold"), [("50", "0"), ("49", "1"), ("0", "50")])
def test_what_is_not_pledged_is_sold_first(held, sold) -> None:
    assert sale(5, held).sold_of(pledges((1, "50"))) == amounts(sold)


def test_what_is_sold_of_pledges_is_shared_by_them_and_a_remainder_goes_to_the_first_of_equals() -> None:
    assert sale(5, "20").sold_of(pledges((1, "12.5"), (2, "37.5"))) == amounts("7.5", "22.5")
    assert sale(5, "5").sold_of(pledges((1, "2"), (2, "2"), (3, "2"))) == amounts("1", "0", "0")


def test_what_an_older_sale_offers_is_of_no_later_one() -> None:
    """A hundred at 2, of which thirty were pledged before; forty more are pledged at 3 and sold at 4."""
    made = pledges((1, "30"), (3, "40"))
    ending = sale(4, "100", (2, "100", "0"))
    assert (ending.offered(made), ending.sold_of(made)) == (amounts("0", "40"), amounts("0", "40"))


@pytest.mark.parametrize(("unsold", "sold", "offered"), [("0", "29", "1"), ("15", "15", "0"), ("0", "0", "30")])
def test_what_an_older_sale_gave_back_while_it_goes_on_may_be_of_a_later_one(unsold, sold, offered) -> None:
    assert sale(4, unsold, (2, unsold, sold)).offered(pledges((1, "30"))) == amounts(offered)


def test_what_was_pledged_since_is_no_sale_of_it_and_stands_beside_what_is_left() -> None:
    """Twenty are held, of which fifteen are pledged since the sale began."""
    assert sale(5, "20").sold_of(pledges((1, "10"), (6, "15"))) == amounts("5", "0")


def test_what_a_newer_sale_has_the_proceeds_of_is_pledged_still() -> None:
    assert sale(5, "0", (6, "0", "10")).sold_of(pledges((1, "10"))) == amounts("0")


def test_nothing_is_shared_where_nothing_is_pledged() -> None:
    assert sale(5, "0").sold_of([]) == []
    assert sale(5, "0").sold_of(pledges((1, "0"))) == amounts("0")
