"""Robot providers: they watch the auctions over the HTTP API, bid in sealed ones and take in Dutch ones.

Each values each book by itself, from a seed, so that a run can be repeated; none asks for less than that fair edge.
"""

import heapq
import random
import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import connection

from auctions.models import Auction
from auctions.rules.curves import curve_of, edge_at
from auctions.simulation.contest.bidders import Crowd
from auctions.simulation.seeding import Seat
from backstop.client import ApiRefused, Client
from backstop.client.inputs import BidAnywhereInput, TakeInput
from backstop.client.rows import AuctionRow, PlacedBidsRow
from backstop.client.values import sayable

AUCTIONS_A_CALL = 100  # a call takes at most 100 bids

LOOK_SECONDS = 0.2

PAGE = 25

LATE = timedelta(seconds=0.3)

AT_ONCE = 6

TOO_LATE = "too late to bid"
LATE_OF_ITSELF = "late of itself"  # it would have been in time without the delay that it was given

TAKE_TRIES = 4

SHORT_REST = timedelta(seconds=3)

INSTANT_SECONDS = Decimal("0.1")

INSTANT = timedelta(seconds=float(INSTANT_SECONDS))

Entry = tuple[AuctionRow, str]  # an auction as the API shows it, and its book's reference


@dataclass
class Robot:
    """One provider with a mind of its own: how much of a lot it wants, and at what edge a book is fair to it."""

    seat: Seat
    client: Client
    crowd: Crowd
    tired_until: datetime = field(default_factory=lambda: datetime.min.replace(tzinfo=UTC))

    def __post_init__(self) -> None:
        self._delays = random.Random(f"{self.crowd.seed}:{self.seat.name}:late")

    def fair_edge(self, reference: str) -> Decimal:
        return self.crowd.fair_edge(self.seat.name, reference)

    def units_of(self, units: int) -> int:
        return max(1, int(units * self.crowd.appetite(self.seat.name)))

    def late(self) -> timedelta:
        """How late its next action is."""
        return timedelta(seconds=self.crowd.delay(self._delays))

    def bid(self, auction: AuctionRow, reference: str) -> BidAnywhereInput:
        """Its offer in a sealed auction, at its fair edge."""
        return {
            "auction_id": auction["id"],
            "client_bid_id": f"{auction['id']}-b",
            "units": self.units_of(auction["units"]),
            "edge_bps": self.fair_edge(reference),
        }


@dataclass(order=True)
class _Due:
    """What a robot will do then, in which auctions."""

    at: datetime
    number: int
    act: Callable[["_Due"], None] = field(compare=False)
    robot: Robot = field(compare=False)
    entries: Sequence[Entry] = field(compare=False)
    late: timedelta = field(compare=False, default=timedelta())
    tries: int = field(compare=False, default=0)


def lateness_of(now: datetime, late: timedelta, closes_at: datetime) -> str | None:
    """Why a bid that its robot sends so much later than it could is too late at this instant; None where it is not."""
    if now + LATE <= closes_at:
        return None
    return LATE_OF_ITSELF if now - late + LATE <= closes_at else TOO_LATE


class Floor:
    """All robots together, in threads, from `with` to its end: they look for auctions every `look_seconds`. `outcomes`
    counts what the API answered, `backlog` what is not sent yet."""

    def __init__(self, robots: Sequence[Robot], look_seconds: float = LOOK_SECONDS) -> None:
        self.robots = robots
        self.look_seconds = look_seconds
        self.outcomes: Counter[str] = Counter()
        self.failure: Exception | None = None
        self._seen: set[str] = set()
        self.backlog = 0
        self._sold_out: set[str] = set()
        self._due: list[_Due] = []
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._watch, name="floor", daemon=True)

    def __enter__(self) -> "Floor":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopping.set()
        self._thread.join(10)

    def _watch(self) -> None:
        try:
            with ThreadPoolExecutor(AT_ONCE, "robot") as pool:
                while not self._stopping.wait(self.look_seconds):
                    self._look(pool)
                pool.shutdown(cancel_futures=True)
        except Exception as error:
            self.failure = error
        finally:
            connection.close()

    def _look(self, pool: ThreadPoolExecutor) -> None:
        fresh = _with_references(self._list_new())
        sealed = [entry for entry in fresh if entry[0]["kind"] == "SEALED"]
        dutch = [entry for entry in fresh if entry[0]["kind"] == "DUTCH"]
        now = datetime.now(UTC)
        for robot in self.robots:
            for start in range(0, len(sealed), AUCTIONS_A_CALL):
                some = sealed[start : start + AUCTIONS_A_CALL]
                self._plan(now, self._bid, robot, some)
            for auction, reference in dutch:
                if (at := _fair_at(auction, robot.fair_edge(reference))) is not None:
                    self._plan(at, self._take, robot, [(auction, reference)])
        for due in self._ripe(datetime.now(UTC)):
            self._submit(pool, due)

    def _list_new(self) -> list[AuctionRow]:
        """What opened since the last look, newest first: page by page, until one holds something known."""
        fresh: list[AuctionRow] = []
        listed = self.robots[0].client.list_auctions(state="OPEN", limit=PAGE) if self.robots else ()
        for number, auction in enumerate(listed, 1):
            fresh += [auction] if self._note(auction) else []
            if number % PAGE == 0 and len(fresh) < number:
                break
        return fresh

    def _note(self, auction: AuctionRow) -> bool:
        """Whether it is new. A reopened auction is not: bids are firm in it."""
        new = auction["id"] not in self._seen
        self._seen.add(auction["id"])
        return new

    def _plan(self, at: datetime, act: Callable[[_Due], None], robot: Robot, entries: Sequence[Entry]) -> None:
        late = robot.late()
        self._push(_Due(at + late, id(robot), act, robot, entries, late))

    def _push(self, due: _Due) -> None:
        with self._lock:
            heapq.heappush(self._due, due)

    def _ripe(self, now: datetime) -> list[_Due]:
        with self._lock:
            ripe = []
            while self._due and self._due[0].at <= now:
                ripe.append(heapq.heappop(self._due))
            return ripe

    def _submit(self, pool: ThreadPoolExecutor, due: _Due) -> None:
        with self._lock:
            self.backlog += 1
        pool.submit(self._guarded, due)

    def _guarded(self, due: _Due) -> None:
        try:
            if not self._stopping.is_set():
                due.act(due)
        except ApiRefused as refused:
            self._count(refused.code or str(refused.status))
        except Exception as error:
            self.failure = error
        finally:
            with self._lock:
                self.backlog -= 1

    def _bid(self, due: _Due) -> None:
        now, robot = datetime.now(UTC), due.robot
        if now < robot.tired_until:
            return
        bids = []
        for auction, reference in due.entries:
            if lateness := lateness_of(now, due.late, auction["closes_at"]):
                self._count(lateness)
            else:
                bids.append(robot.bid(auction, reference))
        if not bids:
            return
        codes = _codes(robot.client.place_bids(bids))
        for code in codes:
            self._count(code or "bid")
        if "margin_insufficient" in codes:
            robot.tired_until = datetime.now(UTC) + SHORT_REST

    def _take(self, due: _Due) -> None:
        ((auction, reference),) = due.entries
        if auction["id"] in self._sold_out or datetime.now(UTC) < due.robot.tired_until:
            return
        take: TakeInput = {
            "client_bid_id": f"{auction['id']}-t",
            "units": due.robot.units_of(auction["units"]),
            "edge_floor_bps": due.robot.fair_edge(reference),
        }
        try:
            due.robot.client.take_units(auction["id"], **take)
            self._count("take")
        except ApiRefused as refused:
            self._count(refused.code)
            if refused.code == "auction_not_open":
                self._sold_out.add(auction["id"])
            elif refused.code == "margin_insufficient":
                due.robot.tired_until = datetime.now(UTC) + SHORT_REST
            elif refused.code == "edge_below_floor" and due.tries < TAKE_TRIES:
                later = datetime.now(UTC) + timedelta(seconds=0.3)
                self._push(replace(due, at=later, tries=due.tries + 1))

    def _count(self, what: str) -> None:
        with self._lock:
            self.outcomes[what] += 1


def _with_references(auctions: Sequence[AuctionRow]) -> list[Entry]:
    """Each auction with its book's reference: what the robots' valuations are drawn by."""
    if not auctions:
        return []
    rows = Auction.objects.filter(id__in=[auction["id"] for auction in auctions])
    references = {str(key): name for key, name in rows.values_list("id", "step__lot__book__reference")}
    return [(auction, references[auction["id"]]) for auction in auctions]


def _fair_at(auction: AuctionRow, fair: Decimal) -> datetime | None:
    """When the price clock reaches this edge; None if never."""
    starts_at = auction["price_starts_at"] or auction["opens_at"]
    curve, cap = curve_of(sayable(auction["curve"])), auction["reserve_edge_bps"]
    instants = range((auction["closes_at"] - starts_at) // INSTANT)
    found = bisect_left(instants, fair, key=lambda instant: edge_at(curve, instant * INSTANT_SECONDS, cap))
    return starts_at + found * INSTANT if found < len(instants) else None


def _codes(answer: PlacedBidsRow) -> list[str | None]:
    """Of each item of a batch, the code of its refusal, or None."""
    return [item["error"]["code"] if "error" in item else None for item in answer["data"]]
