"""Every list that the API serves has an index by its owner, in the order of its pages."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Model
from django.urls import URLResolver

from accounts.models import (
    Account,
    AllocationFill,
    Approval,
    ApprovalLimit,
    Assessment,
    Claim,
    Commitment,
    Cover,
    Group,
    LossAddend,
    LossAllocation,
    LossEvent,
    LossPayment,
    LossRecovery,
    LossReturn,
    MarginCall,
    Obligation,
    Provider,
    Refill,
    Repo,
    Transfer,
    Vault,
    VaultDeposit,
    VaultWithdrawal,
    Webhook,
    WebhookDelivery,
)
from auctions.models import (
    Auction,
    Award,
    Bid,
    Book,
    Breaker,
    Cap,
    Drill,
    FeeSchedule,
    FundInventory,
    MarketRegime,
    Markout,
    Playbook,
    ProviderFault,
    Readiness,
    ServiceAnswer,
    ServiceRebate,
    ServiceScore,
    ServiceStatement,
    Settlement,
    Take,
)
from backstop.api.pages import CursorPage
from backstop.api.views import ListView, RowView
from backstop.config import urls  # every view is loaded
from backstop.models import Instrument, InstrumentTerms, VenueTerms

# What is listed, with the rows that it is found by and by whom these are owned.
FOUND_BY: dict[type[Model], list[tuple[type[Model], str]]] = {
    AllocationFill: [(AllocationFill, "venue")],
    Approval: [(Approval, "venue")],
    Assessment: [(Assessment, "venue"), (Assessment, "provider")],
    Auction: [(Auction, "venue")],
    Award: [(Award, "provider")],
    Bid: [(Bid, "provider")],
    Book: [(Book, "venue")],
    Breaker: [(Breaker, "venue")],
    Claim: [(Claim, "venue")],
    Cover: [(Cover, "venue")],
    Drill: [(Drill, "venue")],
    LossAddend: [(LossAddend, "loss_event")],
    LossAllocation: [(LossAllocation, "venue")],
    LossEvent: [(LossEvent, "venue")],
    LossPayment: [(LossAddend, "loss_event")],
    LossRecovery: [(LossRecovery, "loss_event")],
    LossReturn: [(LossRecovery, "loss_event")],
    MarginCall: [(MarginCall, "venue")],
    MarketRegime: [(MarketRegime, "venue")],
    FeeSchedule: [(FeeSchedule, "venue")],
    ProviderFault: [(ProviderFault, "provider")],
    ServiceAnswer: [(ServiceAnswer, "provider")],
    ServiceRebate: [(ServiceRebate, "statement")],
    ServiceScore: [(ServiceScore, "provider")],
    ServiceStatement: [(ServiceStatement, "provider")],
    Markout: [(Markout, "venue"), (Markout, "provider")],
    Obligation: [(Obligation, "provider")],
    Readiness: [(Readiness, "provider")],
    Refill: [(Refill, "venue")],
    Repo: [(Repo, "venue")],
    Settlement: [(Award, "provider")],
    Take: [(Take, "provider")],
    Transfer: [(Transfer, "debit"), (Transfer, "credit")],
    Vault: [(Vault, "venue")],
    VaultDeposit: [(VaultDeposit, "vault")],
    VaultWithdrawal: [(VaultWithdrawal, "vault")],
    WebhookDelivery: [(WebhookDelivery, "webhook")],
}
# Nobody has many of these: they are sorted.
FEW = {Account, ApprovalLimit, Cap, Commitment, Group, Instrument, Playbook, Provider}
FEW |= {FundInventory, InstrumentTerms, VenueTerms, Webhook}


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


# Lists whose rows have no address of their own, and why.
WITHOUT_ROWS = {
    "marks": "what sources say of an instrument together is computed; an instrument has its address",
    "conditions": "a market is named by its product group, and shows no id",
    "balances": "an account is named by its asset and its kind, and shows no id",
}


def addresses(patterns: Any = urls.urlpatterns, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, prefix + str(pattern.pattern))
        else:
            yield prefix + str(pattern.pattern), getattr(pattern.callback, "cls", None)


def test_every_list_has_an_address_for_each_of_its_rows() -> None:
    found = dict(addresses())
    listing = {path for path, view in found.items() if view and issubclass(view, ListView)}
    rows = {path.rpartition("/<uuid:")[0] for path in found if path.endswith(">") and hasattr(found[path], "get")}
    assert listing - rows == {f"v1/{name}" for name in WITHOUT_ROWS}
    for path, view in found.items():
        if view and issubclass(view, RowView):
            assert found[path.rpartition("/<uuid:")[0]] is view.of, path
