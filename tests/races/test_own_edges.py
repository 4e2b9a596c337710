"""Books of one loss event that close beside each other, each with an edge to an insurer's own cluster."""

import pytest

from accounts.models import Claim
from accounts.operations.claims.answer_claim import answer_claim
from auctions.operations.sweeps.close_books import close_books
from tests.builders import perform
from tests.claims import say
from tests.operations.test_own_edges import a_covered_venue, clean, counted, firms, insured, liquidated, paid
from tests.races.together import together

pytestmark = pytest.mark.django_db(transaction=True)

HOW = ["one first", "other first", "at once"]


@pytest.mark.parametrize("how", HOW)
def test_books_that_close_at_once_cost_each_insurer_what_they_cost_one_after_the_other(travel, how) -> None:
    """Of 1,900 were 200 an edge to Anna and 100 one to Ben: 1,440 are half and half, 180 hers and 90 his."""
    venue = a_covered_venue(travel)
    anna, ben = firms(venue, "Anna", "Ben")
    insured(venue, anna, ben)
    books = [liquidated(venue, travel, anna), liquidated(venue, travel, ben, "50", reference="2")]

    def closing(book):
        return lambda: perform(close_books, ids=[book.id])

    first, second = map(closing, books if how != "other first" else reversed(books))
    closed = together(first, second) if how == "at once" else [first(), second()]
    assert closed == [1, 1]
    say(answer_claim, Claim.objects.get())
    assert counted() == [100, 200]
    assert paid() == {"Anna": 900, "Ben": 810}
    clean()
