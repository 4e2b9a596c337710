"""Every list that the API serves has an index by its owner, in the order of its pages."""

from collections.abc import Iterator

from django.db.models import Model

from accounts.models import Account, Approval, ApprovalLimit, Commitment, Group, Transfer
from auctions.models import Auction, Award, Bid, Book, Breaker, Cap, Playbook, Settlement
from backstop.api.pages import CursorPage
from backstop.api.views import ListView
from backstop.config import urls as urls  # every view is loaded
from backstop.models import Instrument, InstrumentTerms, VenueTerms

# What is listed, with the rows that it is found by and by whom these are owned.
FOUND_BY: dict[type[Model], list[tuple[type[Model], str]]] = {
    Approval: [(Approval, "venue")],
    Auction: [(Auction, "venue")],
    Award: [(Award, "provider")],
    Bid: [(Bid, "provider")],
    Book: [(Book, "venue")],
    Breaker: [(Breaker, "venue")],
    Settlement: [(Award, "provider")],
    Transfer: [(Transfer, "debit"), (Transfer, "credit")],
}
# Nobody has many of these: they are sorted.
FEW = {Account, ApprovalLimit, Cap, Commitment, Group, Instrument, InstrumentTerms, Playbook, VenueTerms}


def lists(view: type[ListView] = ListView) -> Iterator[type[ListView]]:
    for each in view.__subclasses__():
        yield each
        yield from lists(each)


def test_every_list_is_found_by_an_index_of_its_owner_or_is_short() -> None:
    assert {view.model for view in lists()} == FOUND_BY.keys() | FEW
    for found_by in FOUND_BY.values():
        for model, owner in found_by:
            indexes = [index.fields for index in model._meta.indexes if index.condition is None]
            assert [owner, "created_at", "id"] in indexes, f"{model.__name__} by {owner}"


def test_every_list_is_in_the_order_of_these_indexes_newest_first() -> None:
    assert CursorPage.ordering == ("-created_at", "-id")
    others = {view.model: view.pagination_class.ordering for view in lists() if view.pagination_class is not CursorPage}
    assert others == {Settlement: ("-awarded_at", "-award_id")}
