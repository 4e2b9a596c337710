"""A caller of the HTTP API, as a venue or a provider would be: one key, and patience with a server that is busy.

Every write that it repeats is idempotent by its own reference.
"""

import threading
from dataclasses import dataclass
from typing import Any

import httpx2

TRIES = 20

PAUSE_SECONDS = 0.25

LONGEST_PAUSE_SECONDS = 10.0

BUSY = {429, 502, 503, 504}


class ApiRefused(Exception):
    """The API refused what was sent; `code` is the stable code of the problem."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(
            f"{status} {problem.get('code', '')}: {problem.get('detail') or problem.get('title') or problem}"
        )
        self.status = status
        self.code = str(problem.get("code", ""))


def ask_health(url: str) -> tuple[bool, str]:
    """Whether the server at this address is healthy, and what it said: nothing where none answers."""
    try:
        answer = httpx2.get(f"{url}/readyz", timeout=5, trust_env=False)
    except httpx2.TransportError:
        return False, ""
    return answer.is_success, answer.text


@dataclass
class Client:
    """Calls the API with one key. May be shared by threads."""

    url: str
    key: str

    def __post_init__(self) -> None:
        self._http = httpx2.Client(
            base_url=f"{self.url}/v1/",
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=30,
            trust_env=False,
        )

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON answered; raises `ApiRefused`."""
        return self._call("GET", path, params=parameters)

    def post(self, path: str, content: Any) -> Any:
        """The JSON answered; raises `ApiRefused`."""
        return self._call("POST", path, json=content)

    def close(self) -> None:
        self._http.close()

    def _call(self, method: str, path: str, **words: Any) -> Any:
        pause = threading.Event()
        for attempt in range(TRIES):
            last = attempt == TRIES - 1
            seconds = PAUSE_SECONDS
            try:
                answer = self._http.request(method, path, **words)
            except httpx2.TransportError:
                if last:
                    raise
            else:
                if answer.is_success:
                    return answer.json() if answer.content else None
                problem = _problem(answer)
                if last or (answer.status_code not in BUSY and problem.get("code") != "request_in_flight"):
                    raise ApiRefused(answer.status_code, problem)
                seconds = _pause(answer)
            pause.wait(seconds)
        raise AssertionError("the last try returns or raises")


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
