"""`python -m tests.front`: how soon 5 and 500 who listen to a stream hear what happens, 200 times a second.

Interleaved, in one run of two minutes; SECONDS is of each of its six parts (15). Who publishes is a process by itself,
and those who do not measure take what comes and look at nothing: else it would be they who are measured.
"""

import asyncio
import base64
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import quantiles

from backstop.stack import embedded
from tests.elsewhere import HOUSE, OURS, Elsewhere, eventually, free_ports
from tests.front.publishing import publish

HOST = "127.0.0.1"
FEW, MANY = 5, 500
PER_KEY = 8
AT_MOST = 3.0  # times as long for many


def main() -> int:
    seconds = float(os.environ.get("SECONDS") or 15)
    elsewhere = Elsewhere()
    try:
        with _running(elsewhere.folder) as port:
            taken = {FEW: [], MANY: []}
            for listeners in (FEW, MANY) * 3:
                found = _measure(port, listeners, seconds)
                taken[listeners] += found
                print(f"{listeners:>4} listeners: {_said(found)}", flush=True)
    finally:
        elsewhere.clear()
    p99 = {listeners: quantiles(found, n=100)[98] for listeners, found in taken.items()}
    ratio = p99[MANY] / p99[FEW]
    print(f"p99 of {MANY} against {FEW}: {p99[MANY]:.1f} / {p99[FEW]:.1f} ms = {ratio:.2f} (at most {AT_MOST:g})")
    return int(ratio > AT_MOST)


def _said(found: Sequence[float]) -> str:
    cuts = quantiles(found, n=100)
    return f"{len(found)} heard, p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, at most {max(found):.1f} ms"


@contextmanager
def _running(folder: Path) -> Iterator[int]:
    """A front program with a database of its own; where it listens."""
    for name in OURS:
        os.environ.pop(name, None)
    postgres = embedded.Servers(folder / "postgres")
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "backstop.config.settings",
        "TMPDIR": str(folder),
        "SECRET_KEY": secrets.token_urlsafe(50),
        "SIGNING_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "SEALING_KEYS": f"front:{base64.b64encode(secrets.token_bytes(32)).decode()}",
    }
    with embedded.running(postgres, durable=False, broker=False):
        os.environ |= {"DATABASE_URL": postgres.owner_url, "BROKER_URL": embedded.Servers(folder / "redis").broker_url}
        import django
        from django.conf import settings

        django.setup()
        settings.BEARER_KEYS_WRITE = True  # the servers are its own
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        (port,) = free_ports(1)
        words = [sys.executable, "-m", "backstop.front", "web", HOST, str(port)]
        front = subprocess.Popen(words, cwd=HOUSE, stderr=subprocess.DEVNULL)
        try:
            assert eventually(lambda: _listens(port), 60)
            yield port
        finally:
            front.terminate()
            front.wait(30)


def _listens(port: int) -> bool:
    from backstop.client import ask_health

    return ask_health(f"http://{HOST}:{port}")[0]


def _measure(port: int, listeners: int, seconds: float) -> list[float]:
    """Milliseconds from the publication of an event until one of so many has it, of each and each."""
    from tests import builders as build

    venue = build.a_venue()
    alice = build.a_provider(venue, collateral="0")
    keys = [build.a_provider_key(alice) for _ in range(-(-listeners // PER_KEY))]
    processes = get_context("spawn")
    is_ready, joined, ended = (processes.Event() for _ in range(3))
    publishing = processes.Process(target=publish, args=(venue.id, is_ready, joined, ended))
    publishing.start()
    is_ready.wait()
    try:
        return asyncio.run(_listen(port, [keys[n // PER_KEY] for n in range(listeners)], joined, seconds))
    finally:
        joined.set()
        ended.set()
        publishing.join()


async def _listen(port: int, keys: Sequence[str], joined: Event, seconds: float) -> list[float]:
    taken: list[float] = []
    waiting = [asyncio.Event() for _ in keys]
    asked = len(keys) // FEW  # one of so many says when it heard what: all of them would be more work than is measured
    tasks = [
        asyncio.create_task(_hear(port, key, None if n % asked else taken, each))
        for n, (key, each) in enumerate(zip(keys, waiting, strict=True))
    ]
    for each in waiting:
        await each.wait()
    joined.set()
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return taken


async def _hear(port: int, key: str, taken: list[float] | None, has_joined: asyncio.Event) -> None:
    asked = f"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
    while True:
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(asked)
        if b" 200 " in await reader.readline():
            break
        writer.close()  # the process that took it has as many as it may
    try:
        await reader.readuntil(b"id: ")
        has_joined.set()
        if taken is None:
            writer.transport.set_protocol(asyncio.Protocol())  # which takes it and does nothing
            await asyncio.Event().wait()
        async for line in reader:
            _, is_said, said = line.partition(b'"reason": "')
            if is_said:
                taken.append((time.monotonic() - float(said.partition(b'"')[0])) * 1000)
    finally:
        writer.close()


if __name__ == "__main__":
    sys.exit(main())
