"""A pytest plugin: one PostgreSQL and one Redis for a run, started by the controller and shared by its workers.

Loaded by `-p` before pytest-django reads the settings, because it names the servers in the environment. Runs at the
same time, of one checkout, each take a free place of their own.
"""

import base64
import contextlib
import fcntl
import gc
import itertools
import os
import secrets
from collections.abc import Generator, Iterator

import pytest

from backstop.stack import embedded

_started = contextlib.ExitStack()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, object, object]:
    if "PYTEST_XDIST_WORKER" in os.environ:
        gc.disable()  # until all is loaded
    else:
        here = _started.enter_context(_free_place())
        _started.enter_context(embedded.running(here, durable=False))
        os.environ.setdefault("DATABASE_URL", here.owner_url)
        os.environ.pop("REPLICA_DATABASE_URL", None)  # tests of a replica make their own
        os.environ.setdefault("BROKER_URL", here.broker_url)
        os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
        os.environ.setdefault("SIGNING_KEY", base64.b64encode(secrets.token_bytes(32)).decode())
        os.environ.setdefault("SEALING_KEYS", f"test:{base64.b64encode(secrets.token_bytes(32)).decode()}")
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    _started.close()


@contextlib.contextmanager
def _free_place() -> Iterator[embedded.Servers]:
    for number in itertools.count(1):
        here = embedded.servers(f"test-{number}")
        embedded.make_private(here.folder)
        with (here.folder / "taken").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield here
            return
