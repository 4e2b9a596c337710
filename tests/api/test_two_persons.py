"""Every address whose deed two persons do: one who asks is answered 202, with what waits for the other."""

from decimal import Decimal

import pytest

from accounts.desks.holdings import settle_holdings
from accounts.models import User
from accounts.operations.approvals.set_approval_limit import set_approval_limit
from accounts.operations.keys.issue_key import issue_key
from accounts.rules.keys import VENUE_SCOPES
from auctions.models import Settlement
from tests import builders as build
from tests import market
from tests.builders import perform
from tests.operations.test_loss_sharing import finish
from tests.operations.test_move_contribution import contribute
from tests.operations.test_take_deposit import a_vault

pytestmark = pytest.mark.django_db

WHY = {"reason": "the desk says so"}


@pytest.fixture
def venue(travel):
    return market.a_market(travel, fund="100000")


@pytest.fixture
def olivia(venue):
    User.objects.create(username="olivia")
    return build.api_client(perform(issue_key, venue=venue, scopes=VENUE_SCOPES, person="olivia")[1])


def four_eyes(venue) -> None:
    perform(set_approval_limit, venue_id=venue.id, asset="USD", amount=Decimal(0), **WHY)


def asked(client, method, path, sent=None) -> None:
    answer = getattr(client, method)(path, {**WHY, **(sent or {})})
    assert (path, answer.status_code) == (path, 202), answer.content


def test_whose_time_begins_ends_and_what_is_offered_for_them(venue, olivia) -> None:
    alice, carol = build.a_provider(venue, "Alice", collateral="0"), build.a_provider(venue, "Carol", collateral="0")
    group = str(build.a_group(venue, "North").id)
    applied = olivia.post("/v1/providers/applications", {"name": "Dora", "group_id": group, **WHY}).json()["id"]
    assert olivia.post(f"/v1/providers/{applied}/terms", {"version": "2026-1"}).status_code == 200
    proposed = olivia.post(f"/v1/providers/{alice.id}/commitments", {"min_edge_bps": "20", **WHY}).json()["id"]
    suspended = build.a_commitment(carol)
    assert olivia.post(f"/v1/commitments/{suspended.id}/suspend", WHY).status_code == 200
    four_eyes(venue)
    asked(olivia, "post", "/v1/providers", {"name": "Erin", "group_id": group})
    asked(olivia, "post", f"/v1/providers/{applied}/approve")
    asked(olivia, "post", f"/v1/providers/{alice.id}/move", {"group_id": group})
    asked(olivia, "post", f"/v1/commitments/{proposed}/approve")
    asked(olivia, "post", f"/v1/commitments/{suspended.id}/resume")
    fay = build.a_provider(venue, "Fay", collateral="0")
    asked(olivia, "post", f"/v1/providers/{fay.id}/commitments", {"min_edge_bps": "20"})
    asked(olivia, "post", f"/v1/providers/{fay.id}/end")
    assert olivia.post(f"/v1/providers/{alice.id}/suspend", WHY).status_code == 200
    asked(olivia, "post", f"/v1/providers/{alice.id}/suspend", {"bids_stand": True})
    asked(olivia, "post", f"/v1/providers/{alice.id}/resume")


def test_what_is_let_go_and_what_the_fund_holds(venue, olivia) -> None:
    build.a_playbook(venue, mark_max_age_seconds=3600)
    alice, other = build.a_provider(venue, "Alice"), build.a_group(venue, "North")
    relations = {"group_id": str(alice.group_id), "other_id": str(other.id)}
    assert olivia.put("/v1/groups/relations", {**relations, "related": True, **WHY}).status_code == 200
    limits = {"asset": "USD", "gross_limit": "100", "net_limit": None}
    assert olivia.put(f"/v1/groups/{alice.group_id}/limits", {**limits, **WHY}).status_code == 200
    assert olivia.put("/v1/caps", {"asset": "USD", "limit": "100", **WHY}).status_code == 200
    assert olivia.put("/v1/breakers", {"level": 3, **WHY}).status_code == 200
    award = market.award_to(None, venue.instruments.get(), 1)
    perform(settle_holdings, holders={award: (venue.id, None)})
    four_eyes(venue)
    asked(olivia, "put", "/v1/groups/relations", {**relations, "related": False})
    asked(olivia, "put", f"/v1/groups/{alice.group_id}/limits", {**limits, "gross_limit": "200"})
    asked(olivia, "put", "/v1/caps", {"asset": "USD", "limit": "200"})
    asked(olivia, "put", "/v1/breakers", {"level": 0})
    asked(olivia, "post", "/v1/playbooks", {"parameters": {"sealed_seconds": 50}})
    rates = dict.fromkeys(("standby_rate_bps", "budget", "rebate_bps", "min_presence", "min_answers"), "1")
    asked(olivia, "post", "/v1/fee-schedules", {"product_group": "PERPS", "asset": "USD", **rates})
    asked(olivia, "post", "/v1/inventory/sales", {"instrument": "BTC-PERP", "reference": "sale-1"})


def test_who_pays_losses_and_what_comes_back_of_them(venue, olivia) -> None:
    market.a_playbook(venue, fund_draw_limit="1000", liquidation_fee_bps=0)
    market.committed(venue, "0")
    book = market.ended(market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20080")))
    four_eyes(venue)
    asked(olivia, "post", f"/v1/venues/{venue.id}/waterfall", {"layers": [{"kind": "FIRST_TRANCHE"}, {"kind": "FUND"}]})
    repaid = {"asset": "USD", "amount": "40", "reference": "the owner repaid"}
    asked(olivia, "post", f"/v1/loss-events/{book.loss_event_id}/recoveries", repaid)


def test_what_accounts_of_the_venue_are_to_give_of_a_loss(venue, olivia, travel) -> None:
    market.a_hasty_playbook(venue, fund_draw_limit="0", fund_inventory_limit="0", liquidation_fee_bps=0)
    book = market.run_out(market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20050")), travel)
    finish(book.loss_event, travel)
    four_eyes(venue)
    cash = {
        "asset": "USD",
        "quantity": "50",
        "accounts": [{"account": "anna", "quantity": "80", "profit": "80"}],
        "reference": "1",
    }
    asked(olivia, "post", f"/v1/loss-events/{book.loss_event_id}/allocate-cash", cash)
    position = {"instrument": "BTC-PERP", "side": "LONG", "quantity": "1", "price": "20000", "reference": "2"}
    position["accounts"] = [{"account": "anna", "quantity": "1"}]
    asked(olivia, "post", f"/v1/loss-events/{book.loss_event_id}/allocate-positions", position)


def test_what_providers_contribute_and_are_called_for(venue, olivia, travel) -> None:
    market.a_playbook(venue, fund_draw_limit="0", liquidation_fee_bps=0, mark_max_age_seconds=10**7)
    alice = market.committed(venue, "0")
    contribute(alice, "30")
    book = market.ended(market.a_book(venue, market.position("BTC-PERP", "LONG", "1", "20050")))
    finish(book.loss_event, travel)
    four_eyes(venue)
    moved = {"provider_id": str(alice.id), "asset": "USD", "amount": "40", "reference": "its share"}
    asked(olivia, "post", "/v1/contributions", moved)
    assert olivia.post(f"/v1/assessments/{alice.assessments.get().id}/pay").status_code == 202


def test_the_end_of_a_vault(venue, olivia) -> None:
    vault = a_vault(venue)
    four_eyes(venue)
    asked(olivia, "post", f"/v1/vaults/{vault.id}/end")


def test_a_persons_word_on_books_auctions_and_settlements(venue, olivia, travel) -> None:
    market.a_dutch_playbook(venue, settlement_mode="CONFIRM", max_restarts=5)
    alice = market.a_bidder(venue, "Alice")
    auction = market.a_dutch_auction(venue, travel)
    market.take(alice, auction, units=1)
    settlement = Settlement.objects.get()
    four_eyes(venue)
    asked(olivia, "post", f"/v1/auctions/{auction.id}/restart")
    for word, sent in (("confirm", {}), ("reject", {"fault": "PROVIDER", **WHY})):
        answer = olivia.post(f"/v1/settlements/{settlement.id}/{word}", sent)
        assert (word, answer.status_code) == (word, 202), answer.content
    other = market.a_book(venue, market.position("BTC-PERP", "LONG", "2", "20000"), reference="other")
    asked(olivia, "post", f"/v1/books/{other.id}/withdraw")
    position = {"instrument": "BTC-PERP", "side": "LONG", "quantity": "2", "entry_price": "20000"}
    amended = {"reference": "other", "cash": "4000", "positions": [position], "expected_version": 1}
    assert olivia.put(f"/v1/books/{other.id}", amended).status_code == 202


def test_who_stands_ready_is_shown_and_says_so_again(venue, travel) -> None:
    market.a_dutch_playbook(venue)
    alice = market.a_bidder(venue, "Alice")
    client = build.api_client(build.a_provider_key(alice))
    auction = market.a_dutch_auction(venue, travel)
    stands = client.post(f"/v1/auctions/{auction.id}/ready", {"client_bid_id": "r1", "units": 5})
    assert (stands.status_code, stands.json()["units"]) == (201, 5)
    shown = client.get(f"/v1/readiness/{stands.json()['id']}")
    assert (shown.status_code, shown.json()) == (200, stands.json())
    assert client.post(f"/v1/auctions/{auction.id}/ready/reconfirm", {}).status_code == 200
