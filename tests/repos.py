"""Repos for tests: Ines and Jan, half each, lend up to 10,000 to a fund that holds a hundred coins at 200.

At a haircut of 20 %, for ten days at most, for 10 % a year, and 1 % a year of what is not drawn.
"""

from decimal import Decimal
from typing import Any

from accounts.models import Account, AccountKind, Cover, Repo
from accounts.operations.repos.repay_repo import repay_repo
from accounts.rules.sharing.contracts import Trigger
from auctions.models import Book
from auctions.operations.operator.sell_inventory import sell_inventory
from auctions.operations.venue.draw_repo import draw_repo
from backstop.models import Venue
from tests import builders as build
from tests import covers, market
from tests.builders import perform

TEN_DAYS = 10 * 86400
LENDS = {
    "triggers": (Trigger.SHORTFALL, Trigger.LIQUIDITY),
    "repo_limit": Decimal(10_000),
    "repo_haircut_bps": Decimal(2000),
    "repo_seconds": TEN_DAYS,
    "repo_interest_bps": Decimal(1000),
    "repo_fee_bps": Decimal(100),
}


def a_venue(travel: Any, fund: str = "50000") -> Venue:
    """Its fund took over a hundred coins, for 20,000."""
    travel.freeze()
    venue = build.a_venue(fund=fund)
    build.an_instrument(venue, "ETH-USD", build.SPOT, price="200", margin_rate="0")
    build.a_playbook(
        venue, fund_inventory_limit="100000", fund_edge_bps="0", mark_max_age_seconds=10**8, max_reopenings=0,
        min_groups=1, cover_percent=0,
    )  # fmt: skip
    market.a_book(venue, market.position("ETH-USD", "LONG", "100"), cash="-15000")
    wait_until_closed(travel)
    assert of_fund(venue) == Decimal(fund) - 20_000
    return venue


def wait_until_closed(travel: Any) -> None:
    for _ in range(3):
        market.sweep()
        travel(seconds=61)
    market.sweep()


def a_cover(venue: Venue, **said: Any) -> Cover:
    """With 7,000 each, of which 6,800 are pledged: 1,800 for losses and 5,000 to lend."""
    insurers = [build.a_provider(venue, name, collateral="7000") for name in ("Ines", "Jan")]
    return covers.active(venue, dict.fromkeys(insurers, 5000), **{**LENDS, **said})


def draw(cover: Cover, amount: str = "8000", reference: str = "draw", instrument: str = "ETH-USD") -> Repo:
    said = {"instrument": instrument, "amount": Decimal(amount), "reference": reference, "reason": "edges to pay"}
    drawn: Repo = perform(draw_repo, venue_id=cover.venue_id, cover_id=cover.id, **said)
    return drawn


def repay(repo: Repo, amount: str, reference: str = "back") -> Repo:
    said = {"amount": Decimal(amount), "reference": reference, "reason": "not needed any more"}
    repaid: Repo = perform(repay_repo, venue_id=repo.venue_id, repo_id=repo.id, **said)
    return repaid


def sell(venue: Venue, reference: str = "sale") -> Book:
    coins = venue.instruments.get(symbol="ETH-USD")
    sold: Book = perform(sell_inventory, instrument=coins, reference=reference, reason="a test")
    return sold


def collateral(name: str = "Ines") -> Decimal:
    return Account.objects.get(provider__name=name, kind=AccountKind.COLLATERAL).posted


def of_fund(venue: Venue) -> Decimal:
    return build.venue_account(venue, AccountKind.FUND).posted
