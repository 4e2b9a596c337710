"""A venue that sends books and providers that bid and take, over HTTP, and keep account of what was acknowledged.

Whoever meets a lost connection or a server's fault sends the same again, to the next address; nothing else is forgiven.
"""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2

PATIENCE_SECONDS = 60
# What a market may say to a bid or a take at any time.
FAIR = {"auction_not_open", "margin_insufficient", "units_not_available", "edge_below_floor", "edge_above_reserve"}


@dataclass
class Load:
    """Runs from `start` to `stop`. `urls` may change under way; `met` counts what was healed by sending it again."""

    urls: list[str]
    venue_key: str
    provider_keys: Sequence[str]
    books: list[str] = field(default_factory=list)
    bids: list[str] = field(default_factory=list)
    takes: list[str] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    _http: httpx2.Client = field(default_factory=lambda: httpx2.Client(timeout=15, trust_env=False))
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        works: list[Callable[[], None]] = [self._sell, *(self._trader(key) for key in self.provider_keys)]
        self._threads = [threading.Thread(target=self._guarded, args=(work,), daemon=True) for work in works]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
        self._http.close()

    def acknowledged(self) -> tuple[int, int, int]:
        return len(self.books), len(self.bids), len(self.takes)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as problem:
            self.problems.append(f"{type(problem).__name__}: {problem}")

    def _sell(self) -> None:
        for number in itertools.count(1):
            marks = [
                {"instrument": name, "price": price} for name, price in (("BTC-PERP", "64000"), ("ETH-PERP", "3200"))
            ]
            self._send("post", "marks", self.venue_key, {"marks": marks})
            reference = f"book-{number}"
            position = {"instrument": "BTC-PERP", "side": "LONG", "quantity": "0.05", "entry_price": "65000"}
            book = {"reference": reference, "cash": "400", "positions": [position]}
            self._send("post", "books", self.venue_key, book)
            self.books.append(reference)
            if self._stopping.wait(0.4):
                return

    def _trader(self, key: str) -> Callable[[], None]:
        def trade() -> None:
            seen: set[str] = set()
            while not self._stopping.wait(0.2):
                for auction in self._send("get", "auctions?state=OPEN&limit=50", key)["data"]:
                    if auction["id"] not in seen:
                        seen.add(auction["id"])
                        self._bid(key, auction) if auction["kind"] == "SEALED" else self._take(key, auction)

        return trade

    def _bid(self, key: str, auction: Any) -> None:
        name = f"{auction['id']}-{key[-6:]}"
        content = {"client_bid_id": name, "units": int(auction["units"]) // 3 or 1, "edge_bps": "40"}
        if self._send("post", f"auctions/{auction['id']}/bids", key, content):
            self.bids.append(name)

    def _take(self, key: str, auction: Any) -> None:
        name = f"{auction['id']}-{key[-6:]}-t"
        content = {"client_bid_id": name, "units": 5, "edge_floor_bps": "0"}
        if self._send("post", f"auctions/{auction['id']}/takes", key, content):
            self.takes.append(name)

    def _send(self, method: str, path: str, key: str, content: Any = None) -> Any:
        """What is answered; None where the market says no."""
        ends_at = time.monotonic() + PATIENCE_SECONDS
        for attempt in itertools.count():
            assert time.monotonic() < ends_at, f"nothing heals {method} {path}: {self.met}"
            url = f"{self.urls[attempt % len(self.urls)]}/v1/{path}"
            try:
                answer = self._http.request(method, url, headers={"Authorization": f"Bearer {key}"}, json=content)
            except httpx2.TransportError as lost:
                self.met[type(lost).__name__] += 1
            else:
                if answer.is_success:
                    return answer.json()
                if answer.status_code < 500:
                    code = answer.json().get("code")
                    assert code in FAIR, f"{method} {path}: {answer.text}"
                    self.met[code] += 1
                    return None
                self.met[str(answer.status_code)] += 1
            time.sleep(0.2)
        raise AssertionError
