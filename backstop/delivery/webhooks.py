"""Messages on their way to webhooks: each to the address that was checked, in bounded time, whatever answers there.

Guarantees that nothing is sent to an address that is not public, whatever a name is made to say in the meantime; that
no redirect is followed and no proxy asked; and that whoever hangs, drips or floods holds up nobody else. Nothing here
knows of a database.
"""

import asyncio
import random
import socket
import ssl
import threading
from collections.abc import Collection, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from ipaddress import ip_address
from uuid import UUID

import httpx2
import structlog

from backstop.values.webhooks import Target, TargetRefused, headers_of

ATTEMPT_SECONDS = 10.0  # for everything: the name, the connection, the answer
MAILING_SECONDS = 20.0  # after that no further message of a mailing is begun
ANSWER_BYTES = 16_384  # what is read of an answer, so that the connection can be used again
ANSWER_SECONDS = 1.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: the same bytes under the same id, however often."""

    id: UUID
    body: bytes


@dataclass(frozen=True, slots=True)
class Mailing:
    """Messages for one endpoint, in their order, signed with each of these keys as of `at`."""

    webhook_id: UUID
    url: str
    keys: tuple[bytes, ...] = field(repr=False)
    messages: tuple[Message, ...]
    at: datetime
    leased_until: datetime


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """What became of a message that was sent: the status that it was answered with, or None, and what is wrong."""

    message_id: UUID
    status: int | None
    problem: str = ""

    @property
    def arrived(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Sender:
    """Sends mailings, all at once, on a thread of its own. No rule about addresses holds for `exempt` (`host:port`)."""

    def __init__(self, exempt: Collection[str] = ()) -> None:
        self._exempt = exempt
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._run, name="webhooks", daemon=True).start()

    def send(self, mailing: Mailing) -> "Future[list[SendOutcome]]":
        """What became of its messages: of all, or up to the first that did not arrive."""
        return asyncio.run_coroutine_threadsafe(self._send(mailing), self._loop)

    def stop(self) -> None:
        """Let go of whatever is under way."""
        self._loop.call_soon_threadsafe(self._end)

    def _run(self) -> None:
        self._loop.run_forever()
        self._loop.close()

    def _end(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.call_soon(self._loop.stop)

    async def _send(self, mailing: Mailing) -> list[SendOutcome]:
        ends_at = self._loop.time() + MAILING_SECONDS
        outcomes: list[SendOutcome] = []
        with suppress(TimeoutError):
            # That a connection is let go takes its time, too.
            async with asyncio.timeout_at(ends_at + 2 * ATTEMPT_SECONDS), _client() as client:
                way = _Way(client, mailing, self._exempt)
                for message in mailing.messages:
                    outcomes.append(await way.send(message))
                    if not outcomes[-1].arrived or self._loop.time() > ends_at:
                        break
        return outcomes


def _client() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(verify=_trusted(), trust_env=False, follow_redirects=False, timeout=ATTEMPT_SECONDS)


@dataclass
class _Way:
    """The way to one endpoint, for as long as a mailing takes: its name is looked up once."""

    client: httpx2.AsyncClient
    mailing: Mailing
    exempt: Collection[str]
    address: str = ""

    async def send(self, message: Message) -> SendOutcome:
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                target = Target.of(self.mailing.url, self.exempt)
                self.address = self.address or await _address_of(target)
                return await self._post(target, message)
        except Exception as problem:
            return SendOutcome(message.id, None, _said(problem))

    async def _post(self, target: Target, message: Message) -> SendOutcome:
        """The connection goes to the address; the host is named in the request, and has to be the certificate's."""
        headers = {
            **headers_of(message.id, int(self.mailing.at.timestamp()), message.body, self.mailing.keys),
            "Host": target.authority,
            "Content-Type": "application/json",
            "User-Agent": "backstop-webhooks",
        }
        request = self.client.build_request(
            "POST",
            target.url_at(self.address),
            content=message.body,
            headers=headers,
            extensions={"sni_hostname": target.host},
        )
        answer = await self.client.send(request, stream=True)
        try:
            with suppress(httpx2.HTTPError, TimeoutError):  # it has answered: what else it says is nobody's business
                async with asyncio.timeout(ANSWER_SECONDS):
                    await _skip(answer)
        finally:
            await answer.aclose()
        status = answer.status_code
        return SendOutcome(message.id, status, "" if answer.is_success else f"it was answered {status}")


async def _skip(answer: httpx2.Response) -> None:
    seen = 0
    async for piece in answer.aiter_raw():
        seen += len(piece)
        if seen > ANSWER_BYTES:
            break


async def _address_of(target: Target) -> str:
    """One of the host's addresses, all of which were checked; IPv4 goes first. Raises `TargetRefused`."""
    addresses = await _look_up(target)
    target.require_reachable(addresses)
    older = [each for each in addresses if ip_address(each).version == 4]
    return random.choice(older or addresses)


async def _look_up(target: Target) -> Sequence[str]:
    """On a thread that nobody waits for: a name server that hangs would keep one of a pool, and end no program."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Sequence[str]] = loop.create_future()

    def tell(addresses: Sequence[str]) -> None:
        if not found.done():
            found.set_result(addresses)

    def look_up() -> None:
        try:
            infos = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
            addresses = list(dict.fromkeys(str(info[4][0]) for info in infos))
        except (OSError, UnicodeError):
            addresses = []
        with suppress(RuntimeError):  # the loop has stopped meanwhile
            loop.call_soon_threadsafe(tell, addresses)

    threading.Thread(target=look_up, name="webhooks-name", daemon=True).start()
    return await found


def _said(problem: Exception) -> str:
    """What the endpoint's owner is told: nothing of where we are."""
    match problem:
        case TargetRefused():
            return str(problem)
        case TimeoutError() | httpx2.TimeoutException():
            return f"there was no answer within {ATTEMPT_SECONDS:.0f} seconds"
        case httpx2.ConnectError() | ssl.SSLError():
            return "no connection: nobody answers there, or without a certificate of that name"
        case httpx2.HTTPError():
            return "the connection broke, or what was answered is no HTTP"
        case _:
            log.exception("webhook_not_sent", exc_info=problem)
            return "it could not be sent"


@cache
def _trusted() -> ssl.SSLContext:
    return httpx2.create_ssl_context(trust_env=False)
