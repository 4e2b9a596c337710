"""A caller of the HTTP API, as a venue or a provider would be: one key, and patience with a server that is busy.

Every write that it repeats is idempotent by its own reference. What it reads shows what it wrote before.
"""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2

from .rows import InstrumentRow, InventoryRow, ProviderRow, ReadinessRow, StreamedEvent, TakeRow
from .signing import Signer
from .stream import events_of

TRIES = 20

PAUSE_SECONDS = 0.25

LONGEST_PAUSE_SECONDS = 10.0

SILENT_SECONDS = 20.0  # a stream says every few that it is still there

BUSY = {429, 502, 503, 504}

READ_TOKEN = "Backstop-Read-Token"

TOKEN_REFUSED = "read_token_refused"  # of a server that has another secret by now

AGAIN = {"request_in_flight", TOKEN_REFUSED}


class ApiRefused(Exception):
    """The API refused what was sent; `code` is the stable code of the `problem`, which may say more, as the void bid
    where one is sent again."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(
            f"{status} {problem.get('code', '')}: {problem.get('detail') or problem.get('title') or problem}"
        )
        self.status = status
        self.code = str(problem.get("code", ""))
        self.problem = problem


def ask_health(url: str) -> tuple[bool, str]:
    """Whether the server at this address is healthy, and what it said: nothing where none answers."""
    try:
        answer = httpx2.get(f"{url}/readyz", timeout=5, trust_env=False)
    except httpx2.TransportError:
        return False, ""
    return answer.is_success, answer.text


@dataclass
class Client:
    """Calls the API with one key, which is sent or, where it is a `Signer`, signs each request. May be shared by
    threads."""

    url: str
    key: str | Signer

    def __post_init__(self) -> None:
        self._http = httpx2.Client(
            base_url=f"{self.url}/v1/",
            auth=self._authorised,
            timeout=30,
            trust_env=False,
        )
        self._tokens: dict[str, float] = {}  # of writes, each with when it was answered
        self._lock = threading.Lock()

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON answered; raises `ApiRefused`."""
        return self._call("GET", path, params=parameters)

    def post(self, path: str, content: Any) -> Any:
        """The JSON answered; raises `ApiRefused`."""
        return self._call("POST", path, json=content)

    def delete(self, path: str) -> Any:
        """The JSON answered: what was taken back, as it is now; raises `ApiRefused`."""
        return self._call("DELETE", path)

    def rows(self, path: str, **parameters: Any) -> Iterator[Any]:
        """All rows of a list, newest first, page after page; raises `ApiRefused`."""
        page = self.get(path, **parameters)
        yield from page["data"]
        while page["next_cursor"] is not None:
            page = self.get(path, **parameters, cursor=page["next_cursor"])
            yield from page["data"]

    def instruments(self, **parameters: Any) -> Iterator[InstrumentRow]:
        """What the venue trades; by `symbol`, `kind` or `product_group`."""
        return self.rows("instruments", **parameters)

    def providers(self, **parameters: Any) -> Iterator[ProviderRow]:
        """To a venue all of its providers, by `state` or `name`; to a provider itself."""
        return self.rows("providers", **parameters)

    def inventory(self, **parameters: Any) -> Iterator[InventoryRow]:
        """To a venue what its fund holds, or once held; by `instrument`."""
        return self.rows("inventory", **parameters)

    def takes(self, **parameters: Any) -> Iterator[TakeRow]:
        """To a provider what it took, `since` and `until` when; by `auction_id` or `client_bid_id`."""
        return self.rows("takes", **parameters)

    def readiness(self, **parameters: Any) -> Iterator[ReadinessRow]:
        """To a provider what it stands or stood ready for; by `auction_id`, `client_bid_id` or `state`."""
        return self.rows("readiness", **parameters)

    def stand_ready(
        self, auction_id: str, client_bid_id: str, units: int, max_drift_bps: str | None = None
    ) -> ReadinessRow:
        """Give a firm word to take units of a Dutch auction before it ends, unless marks move by more than
        `max_drift_bps` until then; raises `ApiRefused`."""
        limit = {} if max_drift_bps is None else {"max_drift_bps": max_drift_bps}
        said = {"client_bid_id": client_bid_id, "units": units, **limit}
        word: ReadinessRow = self.post(f"auctions/{auction_id}/ready", said)
        return word

    def stream(self, last_event_id: str = "") -> Iterator[StreamedEvent]:
        """What happens, for ever: from now on, or after the event of this id.

        Where the stream is cut it is resumed, so that nothing is lost and nothing comes twice. Raises `ApiRefused`:
        `position_expired` where what came next is not kept any more.
        """
        tries = 0
        while True:
            try:
                for shown, event in self._listen(last_event_id):
                    last_event_id, tries = shown, 0
                    if event is not None:
                        yield event
            except (httpx2.TransportError, ApiRefused) as problem:
                if tries == TRIES or (isinstance(problem, ApiRefused) and problem.status not in BUSY):
                    raise
            threading.Event().wait(min(PAUSE_SECONDS * 2**tries, LONGEST_PAUSE_SECONDS))
            tries += 1

    def close(self) -> None:
        self._http.close()

    def _listen(self, last_event_id: str) -> Iterator[tuple[str, StreamedEvent | None]]:
        said = {"Last-Event-ID": last_event_id} if last_event_id else {}
        with self._http.stream("GET", "stream", headers=said, timeout=SILENT_SECONDS) as answer:
            if not answer.is_success:
                answer.read()
                raise ApiRefused(answer.status_code, _problem(answer))
            yield from events_of(answer.iter_bytes(), last_event_id)

    def _call(self, method: str, path: str, **words: Any) -> Any:
        pause = threading.Event()
        for attempt in range(TRIES):
            last = attempt == TRIES - 1
            seconds = PAUSE_SECONDS
            asked_at = time.monotonic()
            try:
                answer = self._http.request(method, path, headers=self._headers(), **words)
            except httpx2.TransportError:
                if last:
                    raise
            else:
                if answer.is_success:
                    self._remember(answer, asked_at)
                    return answer.json() if answer.content else None
                problem = _problem(answer)
                if last or (answer.status_code not in BUSY and problem.get("code") not in AGAIN):
                    raise ApiRefused(answer.status_code, problem)
                if problem.get("code") == TOKEN_REFUSED:
                    self._forget()
                seconds = _pause(answer)
            pause.wait(seconds)
        raise AssertionError("the last try returns or raises")

    def _authorised(self, request: httpx2.Request) -> httpx2.Request:
        """The request as it is sent: signed anew at each try, since a signature is good once."""
        if isinstance(self.key, Signer):
            request.headers.update(self.key.headers(request.method, str(request.url), request.read()))
        else:
            request.headers["Authorization"] = f"Bearer {self.key}"
        return request

    def _headers(self) -> dict[str, str]:
        with self._lock:
            return {READ_TOKEN: ", ".join(self._tokens)} if self._tokens else {}

    def _remember(self, answer: httpx2.Response, asked_at: float) -> None:
        """Whatever was answered before this write was asked for, its token stands for too; other tokens are kept."""
        if token := answer.headers.get(READ_TOKEN):
            with self._lock:
                beside = {other: at for other, at in self._tokens.items() if at >= asked_at}
                self._tokens = {**beside, token: time.monotonic()}

    def _forget(self) -> None:
        with self._lock:
            self._tokens = {}


def _pause(answer: httpx2.Response) -> float:
    """For how long the server asks to be left alone, within reason; a date instead of seconds is not understood."""
    asked = answer.headers.get("Retry-After", "")
    return min(float(asked), LONGEST_PAUSE_SECONDS) if asked.isdecimal() else PAUSE_SECONDS


def _problem(answer: httpx2.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"detail": answer.text[:200]}
