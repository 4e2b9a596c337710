"""One connection to the HTTP API: one key, and patience with a server that is busy.

What is sent again happens once: by the name that its content has, or by an `Idempotency-Key`. What is read shows what
was written before.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any, Self, TypeVar
from uuid import uuid4

import httpx2

from . import read_tokens
from .read_tokens import ReadTokens
from .rows import PendingRow
from .signing import Signer
from .stream import StreamedEvent, events_of
from .values import read_as, sayable

TRIES = 20

PAUSE_SECONDS = 0.25

LONGEST_PAUSE_SECONDS = 10.0

SILENT_SECONDS = 20.0  # a stream says every few that it is still there

BUSY = {429, 502, 503, 504}

TOKEN_REFUSED = "read_token_refused"

AGAIN = {"request_in_flight", TOKEN_REFUSED}

PENDING = 202

FAULTS_SAID = 5

NOTHING: Mapping[str, Any] = {}

Content = Mapping[str, Any] | None

R = TypeVar("R")


class ApiRefused(Exception):
    """The API refused what was sent; `code` is the stable code of the `problem`, which may say more, as the void bid
    where one is sent again. In words it says the first faults too, each by its place."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        why = problem.get("detail") or problem.get("title") or problem
        faults = [f"{each.get('pointer')}: {each.get('message')}" for each in problem.get("errors", ())[:FAULTS_SAID]]
        super().__init__(f"{status} {problem.get('code', '')}: {'; '.join([str(why), *faults])}")
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


@dataclass(frozen=True, slots=True)
class WriteConditions:
    """On what a write is carried out."""

    dry_run: bool = False
    process_before: datetime | None = None
    if_match: str | None = None
    idempotency_key: str | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        before = {} if self.process_before is None else {"process_before": sayable(self.process_before)}
        return {**({"dry_run": "true"} if self.dry_run else {}), **before}

    @property
    def headers(self) -> dict[str, str]:
        version = {} if self.if_match is None else {"If-Match": f'"{self.if_match}"'}
        return {**version, **({"Idempotency-Key": self.idempotency_key} if self.idempotency_key else {})}


@dataclass
class Connection:
    """Calls the API with one key, which is sent or, where it is a `Signer`, signs each request. May be shared by
    threads, and is closed at the end of a `with`."""

    url: str
    key: str | Signer
    conditions: WriteConditions = field(default=WriteConditions(), init=False)

    def __post_init__(self) -> None:
        self._http = httpx2.Client(
            base_url=f"{self.url}/v1/",
            auth=self._authorised,
            timeout=30,
            trust_env=False,
        )
        self._tokens = ReadTokens()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def under(
        self,
        *,
        dry_run: bool = False,
        process_before: datetime | None = None,
        if_match: str | None = None,
        idempotency_key: str | None = None,
    ) -> Self:
        """The same, whose writes are carried out on these conditions: not at all but for their answer (`dry_run`), not
        after an instant, where a row still is of the `version` that you saw, under an `Idempotency-Key` of yours."""
        bound = copy(self)
        bound.conditions = WriteConditions(dry_run, process_before, if_match, idempotency_key)
        return bound

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON answered, `parameters` being those of its query; raises `ApiRefused`."""
        return self._ask("GET", path, params=sayable(parameters)).json()

    def rows(self, path: str, **parameters: Any) -> Iterator[Any]:
        """All rows of a list, newest first, page after page; raises `ApiRefused`."""
        page = self.get(path, **parameters)
        yield from page["data"]
        while page["next_cursor"] is not None:
            page = self.get(path, **parameters, cursor=page["next_cursor"])
            yield from page["data"]

    def send(self, method: str, path: str, content: Any = None, *, repeatable: bool = False) -> Any:
        """The JSON answered to a write; raises `ApiRefused`.

        It happens once, however often it has to be sent: by an `Idempotency-Key`, unless it is `repeatable` as it is.
        """
        return self._sent(method, path, content, repeatable).json()

    def stream(self, last_event_id: str = "") -> Iterator[StreamedEvent]:
        """What happens, for ever: after the event of this id, or from the moment on at which this is answered.

        Where the stream is cut it is resumed, so that nothing is lost and nothing comes twice. Raises `ApiRefused`:
        `position_expired` where what came next is not kept any more.
        """
        heard = self._hear(last_event_id)
        first = next(event for position, event in heard if position)
        return (event for event in chain([first], (event for _, event in heard)) if event is not None)

    def _get(self, kind: type[R], path: str, **parameters: Any) -> R:
        row: R = read_as(kind, self.get(path, **parameters))
        return row

    def _list(self, kind: type[R], path: str, parameters: Mapping[str, Any] = NOTHING) -> Iterator[R]:
        return (read_as(kind, row) for row in self.rows(path, **parameters))

    def _write(self, kind: type[R], method: str, path: str, content: Content = None, *, repeatable: bool = False) -> R:
        row: R = read_as(kind, self._sent(method, path, content, repeatable).json())
        return row

    def _ask_for(self, kind: type[R], method: str, path: str, content: Mapping[str, Any]) -> R | PendingRow:
        """A write that may have to wait for another person."""
        answer = self._sent(method, path, content, repeatable=False)
        row: R | PendingRow = read_as(PendingRow if answer.status_code == PENDING else kind, answer.json())
        return row

    def _sent(self, method: str, path: str, content: Any, repeatable: bool) -> httpx2.Response:
        own = {} if repeatable else {"Idempotency-Key": str(uuid4())}
        headers = {**own, **self.conditions.headers}
        body = {} if content is None else {"json": sayable(content)}
        return self._ask(method, path, headers=headers, params=self.conditions.parameters, **body)

    def _hear(self, last_event_id: str) -> Iterator[tuple[str, StreamedEvent | None]]:
        """As `stream`, with each position that it is at."""
        tries = 0
        while True:
            try:
                for position, event in self._listen(last_event_id):
                    last_event_id, tries = position, 0
                    yield position, event
            except (httpx2.TransportError, ApiRefused) as problem:
                if tries == TRIES or (isinstance(problem, ApiRefused) and problem.status not in BUSY):
                    raise
            threading.Event().wait(min(PAUSE_SECONDS * 2**tries, LONGEST_PAUSE_SECONDS))
            tries += 1

    def _listen(self, last_event_id: str) -> Iterator[tuple[str, StreamedEvent | None]]:
        said = {"Last-Event-ID": last_event_id} if last_event_id else {}
        with self._http.stream("GET", "stream", headers=said, timeout=SILENT_SECONDS) as answer:
            if not answer.is_success:
                answer.read()
                raise ApiRefused(answer.status_code, _problem(answer))
            yield from events_of(answer.iter_bytes(), last_event_id)

    def _ask(self, method: str, path: str, *, headers: Mapping[str, str] = NOTHING, **words: Any) -> httpx2.Response:
        """The answer, as soon as it is one; what is tried again is the same."""
        if "?" in path:
            raise ValueError(f"{path}: parameters are given by name, not in the path")
        pause = threading.Event()
        for attempt in range(TRIES):
            last = attempt == TRIES - 1
            seconds = PAUSE_SECONDS
            asked_at = time.monotonic()
            try:
                answer = self._http.request(method, path, headers={**headers, **self._tokens.headers()}, **words)
            except httpx2.TransportError:
                if last:
                    raise
            else:
                if answer.is_success:
                    if token := answer.headers.get(read_tokens.HEADER):
                        self._tokens.remember(token, asked_at)
                    return answer
                problem = _problem(answer)
                if last or (answer.status_code not in BUSY and problem.get("code") not in AGAIN):
                    raise ApiRefused(answer.status_code, problem)
                if problem.get("code") == TOKEN_REFUSED:
                    self._tokens.forget()
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
