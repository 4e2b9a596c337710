"""Who uses the market meanwhile: venues that send books and confirm settlements, providers that bid and take.

Each repeats what it asked, with the same ids, until it is answered, and notes what was acknowledged.
"""

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2

from auctions.simulation.seeding import Market
from backstop.client import ApiRefused, Client
from backstop.client.connection import BUSY

BOOK_SECONDS = 2.0
LOOK_SECONDS = 1.0
UNITS = 2
PATIENCE_SECONDS = 90.0


@dataclass
class Notes:
    """What was answered, by what was asked: the id of a written row, or the receipt of a bid."""

    books: dict[str, str] = field(default_factory=dict)
    bids: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    takes: dict[str, str] = field(default_factory=dict)
    confirmed: dict[str, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.books) + len(self.bids) + len(self.takes) + len(self.confirmed)


class Load:
    """All of them, in threads, from `start` to `stop`."""

    def __init__(self, markets: Sequence[Market], urls: Sequence[str]) -> None:
        self.notes = Notes()
        self.silent = threading.Event()  # no venue confirms any more
        self.twice = threading.Event()  # whatever is sent is sent to two hosts at once
        self._sending = threading.Event()
        self._being_sent: list[threading.Lock] = []
        self._stopping = threading.Event()
        places = itertools.cycle(itertools.permutations(urls))
        self._threads = [
            threading.Thread(target=self._go_on, args=(work,), daemon=True) for work in self._works(markets, places)
        ]

    def start(self) -> None:
        self._sending.set()
        for thread in self._threads:
            thread.start()

    def send_no_more(self) -> None:
        """No new books from now on, and all were answered; what is on its way is still bid for and confirmed."""
        self._sending.clear()
        for lock in self._being_sent:
            with lock:
                pass

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
            if thread.is_alive():
                self.notes.wrong.append("somebody was never answered")

    def _works(self, markets: Sequence[Market], places: Iterator[Sequence[str]]) -> Iterator[Iterator[float]]:
        for market in markets:
            yield self._send_books(market, self._caller(next(places), market.key))
            yield self._confirm(self._caller(next(places), market.key))
            for seat in market.seats:
                yield self._trade(seat.name, self._caller(next(places), seat.key))

    def _caller(self, urls: Sequence[str], key: str) -> "Caller":
        return Caller([Client(url, key) for url in urls], self)

    def _go_on(self, work: Iterator[float]) -> None:
        """Each step of a work says how long to rest after it."""
        try:
            for seconds in work:
                if self._stopping.wait(seconds):
                    return
        except Exception as error:
            self.notes.wrong.append(f"a client gave up: {error!r}")

    def _send_books(self, market: Market, caller: "Caller") -> Iterator[float]:
        being_sent = threading.Lock()
        self._being_sent.append(being_sent)
        for number in itertools.count(1):
            with being_sent:
                if self._sending.is_set():
                    reference = f"{market.code}-{number}"
                    caller.write("books", _book(reference, number), self.notes.books, reference)
            yield BOOK_SECONDS

    def _trade(self, name: str, caller: "Caller") -> Iterator[float]:
        """In every auction once: bids in sealed ones, takes in Dutch ones."""
        seen: set[str] = set()
        while True:
            for auction in caller.get("auctions", state="OPEN", limit="50")["data"]:
                if auction["id"] in seen:
                    continue
                seen.add(auction["id"])
                ours = f"{auction['id'][-12:]}-{name}"
                if auction["kind"] == "SEALED":
                    bid = {"client_bid_id": ours, "units": UNITS, "edge_bps": "30"}
                    caller.write(f"auctions/{auction['id']}/bids", bid, self.notes.bids, ours, whole=True)
                else:
                    take = {"client_bid_id": ours, "units": UNITS}
                    caller.write(f"auctions/{auction['id']}/takes", take, self.notes.takes, ours)
            yield LOOK_SECONDS

    def _confirm(self, caller: "Caller") -> Iterator[float]:
        while True:
            if not self.silent.is_set():
                for waiting in caller.get("settlements", state="AWAITING", limit="50")["data"]:
                    caller.write(f"settlements/{waiting['id']}/confirm", {}, self.notes.confirmed, waiting["id"])
            yield LOOK_SECONDS


@dataclass
class Caller:
    """One party, which knows several hosts, and asks the first unless all are to be asked at once."""

    clients: Sequence[Client]
    load: Load

    def get(self, path: str, **words: str) -> Any:
        return _answered(lambda: self.clients[0].get(path, **words))

    def write(self, path: str, content: Any, noted: dict[str, Any], name: str, whole: bool = False) -> None:
        """Notes the id that is answered, or the whole answer; that it was refused, where it was."""
        notes = self.load.notes
        try:
            answer = self._post(path, content)
            noted[name] = answer if whole else answer["id"]
        except ApiRefused as refused:
            notes.refused.add(name)
            if refused.status >= 500:
                notes.wrong.append(f"{path}: {refused}")

    def _post(self, path: str, content: Any) -> Any:
        if not self.load.twice.is_set():
            return _answered(lambda: self.clients[0].send("POST", path, content, repeatable=True))
        others = [threading.Thread(target=_again, args=(each, path, content)) for each in self.clients[1:]]
        for other in others:
            other.start()
        try:
            return _answered(lambda: self.clients[0].send("POST", path, content, repeatable=True))
        finally:
            for other in others:
                other.join()


def _again(client: Client, path: str, content: Any) -> None:
    try:
        _answered(lambda: client.send("POST", path, content, repeatable=True))
    except ApiRefused:
        return  # the answer that counts is the other's


def _answered(ask: Callable[[], Any]) -> Any:
    """Asks until there is an answer. Raises `ApiRefused` for one that says no."""
    while True:
        try:
            return ask()
        except httpx2.TransportError:
            continue
        except ApiRefused as refused:
            if refused.status not in BUSY and refused.code != "request_in_flight":
                raise


def _book(reference: str, number: int) -> Mapping[str, object]:
    """One perpetual that has lost, or a borrowed coin's worth of spot that is under water: what the fund helps with."""
    if number % 3:
        position = {"instrument": "BTC-PERP", "side": "LONG", "quantity": "1", "entry_price": "20100"}
        return {"reference": reference, "cash": "3000", "positions": [position]}
    position = {"instrument": "ETH-USD", "side": "LONG", "quantity": "100"}
    return {"reference": reference, "cash": "-19500", "positions": [position]}
