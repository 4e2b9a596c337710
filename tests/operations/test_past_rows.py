"""What is over costs nothing: stages, lists and metrics read a few rows, however many books there have been."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from accounts.desks.holdings import get_newest_number
from accounts.lifecycle import LossEventState
from accounts.models import LossEvent
from accounts.operations.holdings.report_exposure import report_exposure
from auctions import health, queries
from auctions.lifecycle import AuctionState, BookState
from auctions.models import Auction, Award, Book
from auctions.operations.provider.quote_take import quote_take
from auctions.tasks import STAGES, run_stage
from backstop import clock
from backstop.health import look
from backstop.models import StoredAnswer
from backstop.operations.forget_answers import forget_answers
from tests import builders as build
from tests import market, past
from tests.builders import perform

pytestmark = pytest.mark.django_db

TIMES = 1000
PAGE = 10
FEW = 600  # two books at a stage, or a page of ten, with all that stands beside them

OF_VENUES = (
    *("settlements", "settlements?state=AWAITING", "settlements?state=REJECTED", "marks", "breakers"),
    *("books", "books?state=ROUTED", "books?state=WITHDRAWN", "books?account=x", "books?reference=now-1"),
    *("loss-events", "loss-events?state=OPEN", "loss-events?kind=PROVIDER", "inventory", "approvals", "balances"),
)
OF_PROVIDERS = (
    *("settlements", "settlements?state=AWAITING", "settlements?state=REJECTED", "marks", "commitments"),
    *("awards", "awards?kind=ASSIGN", "awards?kind=SEALED", "awards?kind=DUTCH", "awards?settlement_state=AWAITING"),
    *("bids", "bids?state=LIVE", "transfers", "balances", "takes", "readiness"),
    *("bids?until=2000-01-01T00:00:00Z", "awards?since=2100-01-01T00:00:00Z", "instruments", "providers"),
    *("auctions", "auctions?state=OPEN", "auctions?state=WITHDRAWN"),
)


class Costs:
    """How many rows of each table each thing has read, by its name; of what happens several times, the most."""

    def __init__(self) -> None:
        self.rows: dict[str, Counter[str]] = {}

    def of(self, name: str, do: Callable[[], Any]) -> Any:
        before = past.rows_read()
        result = do()
        self.rows[name] = max(past.rows_read() - before, self.rows.get(name, Counter()), key=Counter.total)
        return result


class Market:
    """A venue with commitments, one of which bids, with Bob, who bids and takes, and with Carol, who never does."""

    def __init__(self, travel: Any) -> None:
        self.travel = travel
        self.costs = Costs()
        self.venue = market.a_market(travel, fund="10000000")
        alone = {"min_groups": 1, "cover_percent": 0, "max_reopenings": 0, "fund_draw_limit": "1000"}
        market.a_playbook(self.venue, **alone)
        window = {"window_capacity": "1000000", "window_seconds": 86400}
        build.a_commitment(build.a_provider(self.venue), cap_per_assignment="8000", **window)
        dear = build.a_provider(self.venue, "Dora")
        build.a_commitment(dear, min_edge_bps="250", cap_per_assignment="8000", **window)
        self.bob, carol = (build.a_provider(self.venue, name) for name in ("Bob", "Carol"))
        self.readers = [(build.api_client(build.a_venue_key(self.venue)), OF_VENUES)]
        self.readers += [(build.api_client(build.a_provider_key(one)), OF_PROVIDERS) for one in (self.bob, carol)]

    def play(self, name: str, meanwhile: Callable[[], Any] = bool) -> None:
        """Two books on their way through every step."""
        for number in (1, 2):
            market.a_book(self.venue, market.position("BTC-PERP", "LONG", "2", "20000"), reference=f"{name}-{number}")
        self.sweep()
        for auction in self._under_way():
            self.costs.of(
                "a bid", lambda auction=auction: market.place(self.bob, market.order(auction, f"{auction.id}"))
            )
        meanwhile()
        self._wait()
        for auction in self._under_way():
            name = f"r{auction.id}"
            self.costs.of("readiness", lambda auction=auction, name=name: market.ready(self.bob, auction, 1, name))
            self.costs.of("a quote", lambda id=auction.id: perform(quote_take, provider_id=self.bob.id, auction_id=id))
            self.costs.of("a take", lambda auction=auction: market.take(self.bob, auction, f"t{auction.id}"))
        self._wait()
        assert set(Book.objects.values_list("state", flat=True)) == {BookState.CLOSED}

    def look(self) -> None:
        """All that is looked at again and again."""
        now = clock.now()
        self.costs.of("the next deadline", lambda: queries.get_next_deadline(now))
        self.costs.of("metrics", lambda: list(health.metrics()))
        for check in settings.MARKET_CHECKS:
            self.costs.of(check, lambda check=check: look([import_string(check)]))
        for client, lists in self.readers:
            for path in lists:
                self._page(client, path)
        address = f"/v1/providers/{self.bob.id}/exposure"
        self.costs.of("what is at stake", lambda: self.readers[0][0].get(address))
        number = get_newest_number(self.bob.id)
        self.costs.of("a report", lambda: market.report_held(self.bob, "BTC-PERP", "1", included=number))
        report = {"provider_id": self.bob.id, "venue_id": self.venue.id, "asset": "USD", "included_sequence": number}
        at_stake = {"equity": Decimal(1), "requirement": Decimal(1)}
        self.costs.of("a report of what is at stake", lambda: perform(report_exposure, **report, **at_stake))

    def _page(self, client: Any, path: str) -> None:
        address = f"/v1/{path}{'&' if '?' in path else '?'}limit={PAGE}"
        answer = self.costs.of(path, lambda: client.get(address))
        assert answer.status_code == 200
        if (cursor := answer.json()["next_cursor"]) is not None:
            self.costs.of(f"{path}, on", lambda: client.get(f"{address}&cursor={quote(cursor)}"))

    def _under_way(self) -> list[Auction]:
        return list(Auction.objects.filter(state=AuctionState.OPEN))

    def _wait(self) -> None:
        self.travel.to(max(auction.closes_at for auction in self._under_way()))
        market.mark_again()
        self.sweep()

    def sweep(self) -> None:
        while sum(self.costs.of(stage, lambda stage=stage: run_stage(stage)) for stage in STAGES):
            pass


def test_what_is_over_is_not_read_again(travel, database_owner):
    here = Market(travel)
    here.play("then")
    travel.to(max(LossEvent.objects.values_list("final_by", flat=True)))
    market.mark_again()
    here.sweep()
    assert set(LossEvent.objects.values_list("state", flat=True)) == {LossEventState.FINAL}
    StoredAnswer.objects.create(principal="p", method="POST", path="/", key="k", fingerprint="f", answer={})
    past.repeat(TIMES)
    assert Award.objects.count() > 5 * TIMES
    travel(hours=1)
    market.mark_again()
    here.costs = Costs()  # while nothing is over, it does not matter how the little that is there is read
    here.costs.of("forgetting", lambda: perform(forget_answers))
    here.play("now", here.look)
    assert {name: rows for name, rows in here.costs.rows.items() if rows.total() > FEW} == {}
