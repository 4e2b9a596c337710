"""Losses shared over real HTTP, by programs of a stack: nothing moves but as asked there, and by its clock, which has
workers beside it where a book eats through everything."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import AccountKind, Provider, User
from accounts.operations.keys.issue_key import issue_key
from accounts.rules.keys import VENUE_SCOPES
from backstop.client import Client
from backstop.models import Venue
from tests import builders as build
from tests import covers, market
from tests.api.test_covers import contract
from tests.builders import perform
from tests.elsewhere import in_the_end
from tests.front.wire import Served
from tests.journeys.test_market_clock import Programs, redis, started  # noqa: F401
from tests.operations.test_loss_sharing import a_venue, clean, left, pay_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("processes")]

Doors = Callable[[str], Client]

PLAN = [
    {"kind": "FIRST_TRANCHE", "per_event": "1000"},
    *({"kind": kind} for kind in ("COVERS", "FUND", "CONTRIBUTIONS_NONE", "CONTRIBUTIONS_POOR", "CONTRIBUTIONS_GOOD")),
    *({"kind": kind} for kind in ("SECOND_TRANCHE", "ASSESSMENTS")),
    {"kind": "LOSS_ALLOCATION", "method": "RANK"},
]


@pytest.fixture
def doors(travel: Any, started: Programs, redis: Any) -> Iterator[Doors]:  # noqa: F811
    """A client of the API with this key, beside a clock. Once what was started has ended all is right."""
    served = Served(5)
    started.start("clock")
    yield lambda key: Client(served.url, key)
    served.clear()
    started.clear()
    clean()


@pytest.fixture
def workers(started: Programs, doors: Doors) -> None:  # noqa: F811
    """All that stands beside a clock."""
    for name in ("worker", "deadlines", "relay"):
        started.start(name)


@pytest.fixture
def venue(travel: Any) -> Venue:
    """Its fund pays no debt of a book, but co-payments."""
    return a_venue(None, fund="10000", fund_draw_limit="0")


@pytest.fixture
def desk(doors: Doors, venue: Venue) -> Client:
    return doors(build.a_venue_key(venue))


@pytest.fixture
def insurer(venue: Venue) -> Provider:
    return build.a_provider(venue, "Iris", collateral="10000")


@pytest.fixture
def robot(doors: Doors, insurer: Provider) -> Client:
    return doors(build.a_provider_key(insurer))


def insure(desk: Client, robot: Client, insurer: Provider) -> dict[str, Any]:
    """From its draft until it stands, of 1,000 to 6,000 of an event: 80 % less a co-payment of 10 %."""
    covers.limit_tranche(insurer.venue)
    cover = desk.send("POST", "covers", contract((insurer, 10_000)))
    for door, party in ((desk, None), (robot, insurer)):
        private_key, public_key = covers.private_key_of(insurer.venue, party)
        signature = covers.signature_of(private_key, cover["content_hash"]).hex()
        door.send("POST", f"covers/{cover['id']}/sign", {"public_key": public_key, "signature": signature})
    activated: dict[str, Any] = desk.send("POST", f"covers/{cover['id']}/activate", {"reason": "all signed"})
    assert (activated["state"], activated["pledges"][0]["held"]) == ("ACTIVE", "3600")
    return activated


def lose(desk: Client, amount: int, account: str = "a", cash: int = 0) -> str:
    """The loss event of a book that is sent and closed, and owes so much more than its cash."""
    position = {"instrument": "BTC-PERP", "side": "LONG", "quantity": "1", "entry_price": str(20_000 + amount + cash)}
    (book,) = desk.send_books([{"reference": account, "account": account, "cash": str(cash), "positions": [position]}])
    in_the_end(lambda: desk.get_book(book["id"])["state"] == "CLOSED")
    return str(desk.get_book(book["id"])["loss_event_id"])


def finish(desk: Client, event_id: str, travel: Any, hours: int = 72) -> None:
    """Its clause is over, and so is it."""
    travel(hours=hours)
    in_the_end(lambda: desk.get_loss_event(event_id)["state"] == "FINAL")


def only(rows: Iterator[Any]) -> Any:
    (row,) = rows
    return row


def recover(desk: Client, event_id: str, amount: str) -> dict[str, Decimal]:
    """What each layer has back of it."""
    said = {"asset": "USD", "amount": amount, "reference": "back", "reason": "the account paid"}
    desk.send("POST", f"loss-events/{event_id}/recoveries", said)
    back: dict[str, Decimal] = {}
    for each in desk.get(f"loss-events/{event_id}")["returned"]:
        back[each["layer"]] = back.get(each["layer"], Decimal(0)) + Decimal(each["amount"])
    return back


def collateral(provider: Provider) -> Decimal:
    return build.provider_account(provider).posted


def test_from_offer_to_premium_to_claim_to_recovery(desk, robot, insurer, venue, travel) -> None:
    cover = insure(desk, robot, insurer)
    desk.send("POST", f"covers/{cover['id']}/premium", {"amount": "100", "reference": "p1"})
    travel(days=1)
    in_the_end(lambda: collateral(insurer) > 10_000)

    event = lose(desk, 1400)
    claim = only(robot.list_claims())
    assert (claim["state"], claim["insured"], claim["copay"]) == ("HELD", 288, 32)
    assert robot.answer_claim(claim["id"])["state"] == "PAID"

    def earned() -> Decimal:  # goes on: the claim uses of the aggregate
        return Decimal(desk.get(f"covers/{cover['id']}/premium")["insurers"][0]["earned"])

    in_the_end(lambda: collateral(insurer) == 10_000 + earned() - 288)

    finish(desk, event, travel)
    assert recover(desk, event, "1400")["COVERS"] == 288
    assert left(venue, AccountKind.LOSSES) == 0


def test_a_book_eats_through_all_layers_into_loss_allocation_and_all_of_it_comes_back(
    desk, robot, insurer, venue, travel, workers
) -> None:
    """9,300 are owed, of which the account itself had 300. Of accounts that gained, the first by rank gives first."""
    pay_in(venue, "2000", reference="first")
    pay_in(venue, "200", AccountKind.SECOND_TRANCHE, "second")
    market.a_playbook(venue, fund_draw_limit="500", liquidation_fee_bps=0, mark_max_age_seconds=10**7)
    for name, amount in (("Bob", "30"), ("Carol", "60")):
        said = {
            "asset": "USD",
            "amount": amount,
            "reference": name,
            "provider_id": str(build.a_provider(venue, name).id),
        }
        desk.send("POST", "contributions", {**said, "reason": "a member"})
    insure(desk, robot, insurer)
    desk.send("POST", f"venues/{venue.id}/waterfall", {"layers": PLAN, "reason": "the board"})

    event = lose(desk, 9000, cash=300)
    assert robot.answer_claim(only(robot.list_claims())["id"])["paid"] == 3600
    finish(desk, event, travel)
    for called in list(desk.list_assessments()):
        desk.pay_assessment(called["id"])
    layers = {"FIRST_TRANCHE": 1000, "COVERS": 3600, "COPAYMENT": 400, "FUND": 500}
    behind = {"CONTRIBUTIONS_GOOD": 90, "SECOND_TRANCHE": 200, "ASSESSMENTS": 90}
    nobodys = 9000 - sum((layers | behind).values())
    paid: dict[str, Decimal] = {}
    for each in desk.list_loss_event_payments(event):
        paid[each["layer"]] = paid.get(each["layer"], Decimal(0)) + each["amount"]
    assert paid == {**layers, **behind, "UNALLOCATED": nobodys}

    gained = [{"account": "short-1", "quantity": "2000", "profit": "2000", "leverage": "10"}]
    gained += [{"account": "short-2", "quantity": "5000", "profit": "5000", "leverage": "2"}]
    said = {"asset": "USD", "quantity": str(nobodys), "accounts": gained, "reference": "last", "reason": "rank 11"}
    desk.send("POST", f"loss-events/{event}/allocate-cash", said)
    fills = [desk.confirm_fill(fill["id"]) for fill in list(desk.rows("allocation-fills"))]
    assert {fill["state"] for fill in fills} == {"CONFIRMED"}
    assert {fill["account"]: fill["taken"] for fill in fills} == {"short-1": 2000, "short-2": nobodys - 2000}
    assert left(venue, AccountKind.LOSSES) == 0
    assert recover(desk, event, "9000") == {**layers, **behind, "LOSS_ALLOCATION": nobodys}


def test_a_disputed_claim_that_nobody_decides_is_owed(desk, robot, insurer, travel) -> None:
    insure(desk, robot, insurer)
    lose(desk, 1400)
    claim = only(robot.list_claims())
    disputed = robot.dispute_claim(claim["id"], disputed_amount="288", reason="it is excluded")
    assert (disputed["state"], disputed["paid"]) == ("DISPUTED", 0)
    travel(days=2)
    in_the_end(lambda: robot.get_claim(claim["id"])["paid"] == 288)


def test_a_provider_that_defaults_while_it_insures_pays_for_what_was_open_and_stands_for_nothing_more(
    doors, desk, robot, insurer, venue, travel
) -> None:
    insure(desk, robot, insurer)
    lose(desk, 1400)
    path = f"providers/{insurer.id}/default"
    for person, step, said in (
        ("olivia", "", {"ground": "PAYMENT_MISSED", "reason": "late"}),
        ("peter", "/confirm", None),
    ):
        User.objects.create(username=person)
        key = perform(issue_key, venue=venue, scopes=VENUE_SCOPES, person=person)[1]
        declared = doors(key).send("POST", f"{path}{step}", said)
    assert declared["state"] == "CONFIRMED"
    travel(hours=1)
    in_the_end(lambda: only(desk.list_claims())["state"] == "PAID")
    assert collateral(insurer) == 10_000 - 288
    lose(desk, 1400, account="b")
    assert only(desk.list_claims())["paid"] == 288


def test_a_run_on_a_vault_while_an_event_is_open_waits_for_its_end_and_is_paid(venue, desk, travel) -> None:
    """Another event, which opened as they were due already, keeps nobody."""
    provider = build.a_provider(venue, "Vault", collateral="0")
    edges = {"calm_edge_bps": "20", "stressed_edge_bps": "60", "halted_edge_bps": "90"}
    terms = {"provider_id": str(provider.id), "asset": "USD", "max_loss_bps": 2000, "notice_seconds": 3600, **edges}
    vault = desk.send("POST", "vaults", {**terms, "reason": "the board"})["id"]
    for who in ("Ann", "Ben"):
        desk.deposit_in_vault(vault, depositor=who, amount="6000", reference=who)
    event = lose(desk, 100)
    for who in ("Ann", "Ben"):
        shares = only(each for each in desk.list_vault_deposits(vault) if each["depositor"] == who)["shares"]
        desk.withdraw_from_vault(vault, depositor=who, shares=shares, reference=who)
    travel(hours=2)
    another = lose(desk, 100, account="b")
    assert {each["state"] for each in desk.list_vault_withdrawals(vault)} == {"QUEUED"}
    finish(desk, event, travel, hours=71)
    in_the_end(lambda: {each["state"] for each in desk.list_vault_withdrawals(vault)} == {"PAID"})
    assert desk.get_loss_event(another)["state"] == "OPEN"
    assert collateral(provider) < Decimal("0.00001")
