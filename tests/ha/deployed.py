"""High availability as docs/operating.md has it: `deploy/ha` on three hosts, and `deploy/balancer` before them."""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any

import httpx2

from backstop.client import ask_health
from tests.elsewhere import HOUSE, SECRETS, eventually
from tests.ha.hosts import OURS, Host, Unit, lay_network

FILES = HOUSE / "deploy" / "ha"
BALANCER = HOUSE / "deploy" / "balancer"
TLS = "bind :443 ssl crt /etc/haproxy/certificates"  # which is not what is tried here
# Of the two hosts of the market: where each file goes, and whose it is.
PLACES = {
    "patroni.yml": ("etc/patroni/config.yml", "postgres"),
    "haproxy.cfg": ("etc/haproxy/haproxy.cfg", "root"),
    "pgbouncer.ini": ("etc/pgbouncer/pgbouncer.ini", "postgres"),
    "userlist.txt": ("etc/pgbouncer/userlist.txt", "postgres"),
    "rabbitmq.conf": ("etc/rabbitmq/rabbitmq.conf", "rabbitmq"),
}
NAMES = ("backstop-1", "backstop-2", "backstop-3")
PROGRAMS = ("web", "clock", "worker", "deadlines", "relay")
URL = "http://127.0.0.1"
START_SECONDS = 90
PLAIN = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}


class Deployed:
    """All of it, with passwords that nobody else knows."""

    def __init__(self, folder: Path) -> None:
        self.passwords = {f"{kind}_PASSWORD": secrets.token_hex(12) for kind in ("OWNER", "PROGRAMS", "REPLICATION")}
        self.folder = folder
        *self.hosts, self.witness = lay_network(NAMES, folder)

    def url_of(self, role: str, password: str) -> str:
        """Where that role finds whichever PostgreSQL is the primary."""
        places = ",".join(f"{host.name}:5432" for host in self.hosts)
        return f"postgresql://{role}:{self.passwords[password]}@{places}/backstop?target_session_attrs=read-write"

    def start_servers(self) -> None:
        """Until there is an empty database, on two servers."""
        self.witness.boot([self._etcd(self.witness)])
        for host in self.hosts:
            host.boot([self._etcd(host), *self._servers(host)])
        assert eventually(self.is_whole, START_SECONDS), self.folder
        self.primary().ask(
            *("postgres", "psql"),
            *("-c", f"CREATE ROLE backstop LOGIN CREATEROLE PASSWORD '{self.passwords['OWNER_PASSWORD']}'"),
            *("-c", "CREATE DATABASE backstop OWNER backstop"),
        )

    def start_programs(self) -> None:
        """Until those of both hosts are ready, and the balancer says so too."""
        for host in self.hosts:
            host.run([self._program(host, name) for name in PROGRAMS])
        self._start_balancer()
        assert eventually(lambda: self.is_ready() and ask_health(URL)[0], START_SECONDS), self.folder

    def primary(self) -> Host:
        """As both servers know."""
        seen = self._roles_seen_by(self.hosts[0])
        (found,) = (host for host in self.hosts if seen[host.name] == "leader")
        return found

    def other_than(self, host: Host) -> Host:
        (found,) = (each for each in self.hosts if each is not host)
        return found

    def cut(self, host: Host) -> None:
        """From the other two; the balancer still reaches it."""
        host.cut([self.other_than(host), self.witness])

    def heal(self, host: Host) -> None:
        host.heal([self.other_than(host), self.witness])

    def goes_on_without(self, host: Host) -> bool:
        """Whether the other leads, and waits for nobody."""
        seen = self._roles_seen_by(self.other_than(host))
        return seen.get(self.other_than(host).name) == "leader" and seen.get(host.name) != "sync_standby"

    def is_whole(self) -> bool:
        """Whether one leads and waits for the other, and both say so."""
        one, other = (self._roles_seen_by(host) for host in self.hosts)
        return one == other and set(one.values()) == {"leader", "sync_standby"}

    def is_ready(self) -> bool:
        return all(ask_health(f"http://{host.name}:8000")[0] for host in self.hosts)

    def _start_balancer(self) -> None:
        text = (BALANCER / "haproxy.cfg").read_text()
        assert TLS in text
        told = self.folder / "balancer.cfg"
        told.write_text(text.replace(TLS, "bind :80").replace("/etc/haproxy", str(BALANCER)))
        with (self.folder / "balancer.log").open("wb") as log:
            subprocess.Popen(["haproxy", "-Ws", "-f", told], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def _roles_seen_by(self, host: Host) -> Mapping[str, str]:
        with contextlib.suppress(httpx2.TransportError):
            said: Any = httpx2.get(f"http://{host.name}:8008/cluster", timeout=5, trust_env=False).json()
            return {each["name"]: each["role"] for each in said["members"] if each["state"] in ("running", "streaming")}
        return {}

    def _etcd(self, host: Host) -> Unit:
        env = {**PLAIN, "ETCD_DATA_DIR": "/var/lib/etcd/default", **_environment(self._text(host, "etcd"))}
        return Unit("etcd", ["etcd"], env, "etcd")

    def _servers(self, host: Host) -> Iterator[Unit]:
        """As Debian's own units start them."""
        for name, (path, owner) in PLACES.items():
            place = host.folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(self._text(host, name))
            place.chmod(0o600)
            shutil.chown(place, owner, owner)
        yield Unit("patroni", ["patroni", "/etc/patroni/config.yml"], PLAIN, "postgres")
        yield Unit("haproxy", ["haproxy", "-Ws", "-f", "/etc/haproxy/haproxy.cfg"], PLAIN)
        yield Unit("pgbouncer", ["pgbouncer", "/etc/pgbouncer/pgbouncer.ini"], PLAIN, "postgres")
        broker = ["/usr/lib/rabbitmq/bin/rabbitmq-server"]
        yield Unit("rabbitmq", broker, {**PLAIN, "HOME": "/var/lib/rabbitmq"}, "rabbitmq")

    def _program(self, host: Host, name: str) -> Unit:
        env = {
            **PLAIN,
            **_environment(self._text(host, "environment")),
            **{name: os.environ[name] for name in SECRETS},
            "DJANGO_SETTINGS_MODULE": "backstop.config.settings",
            "ALLOWED_HOSTS": host.name,
            "TRUSTED_PROXIES": OURS,
            "HOST_FOLDER": "/run/backstop",
            "TMPDIR": "/run/backstop",
        }
        return Unit(name, [sys.executable, "-m", "backstop.config.programs", name], env, folder=str(HOUSE))

    def _text(self, host: Host, name: str) -> str:
        return Template((FILES / name).read_text()).substitute(self.passwords, HOST=host.name, ADDRESS=host.address)


def _environment(text: str) -> Mapping[str, str]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}
