"""A checkout of the product, old or new, whose programs and commands run on given servers."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from tests.elsewhere import HOUSE, eventually, free_ports

LOCKED = ("requirements/base.txt", "requirements/embedded.txt")
# Each release has its own programs, and asks for as many ports as it listens at.
COMMANDS = """
import json
from inspect import signature
from backstop.config import programs
ports = {}[: len(signature(programs.commands).parameters) - 1]
print(json.dumps(dict(programs.commands("127.0.0.1", *ports))))
"""
START_SECONDS = 60


@dataclass
class Checkout:
    """Its folder, what its programs are told, and which of them run."""

    folder: Path
    env: dict[str, str]
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(self) -> str:
        """All its programs; where the API answers, once it does."""
        ports = free_ports(2)
        for name, command in json.loads(self.python(COMMANDS.format(ports))).items():
            with (self.folder / f"{name}.log").open("ab") as log:
                self.running[name] = subprocess.Popen(
                    command, cwd=self.folder, env=self._env(), stdout=log, stderr=log, start_new_session=True
                )
        url = f"http://127.0.0.1:{ports[0]}"
        assert eventually(lambda: _is_ready(url), START_SECONDS), self.log_of("web")
        return url

    def stop(self) -> None:
        """All of them, as an operator would."""
        for program in self.running.values():
            program.terminate()
        for program in self.running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.wait(15)

    def kill(self) -> None:
        for program in self.running.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
            program.wait()

    def has_ended(self) -> list[str]:
        """The programs that run no more."""
        return [name for name, program in self.running.items() if program.poll() is not None]

    def log_of(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()[-5000:]

    def python(self, code: str) -> str:
        """What this prints; it has to succeed."""
        done = self.ask("-c", code)
        printed, errors = done.communicate(timeout=120)
        assert done.returncode == 0, errors
        return printed

    def manage(self, *words: str) -> "subprocess.Popen[str]":
        return self.ask("manage.py", *words)

    def ask(self, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [self._interpreter(), *words],
            cwd=self.folder,
            env=self._env(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _env(self) -> dict[str, str]:
        own = {"DJANGO_SETTINGS_MODULE": "backstop.config.settings", "TMPDIR": str(self.folder.parent)}
        return {**os.environ, **own, **self.env}

    def _interpreter(self) -> str:
        """This one, where it has what the checkout asks for; otherwise one of the checkout's own."""
        if all((self.folder / path).read_bytes() == (HOUSE / path).read_bytes() for path in LOCKED):
            return sys.executable
        own = self.folder / ".venv" / "bin" / "python"
        if not own.exists():
            subprocess.run([sys.executable, "-m", "venv", own.parent.parent], check=True)
            uv = Path(sys.executable).with_name("uv")
            install = [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", own, *LOCKED]
            subprocess.run(install, cwd=self.folder, check=True)
        return str(own)


def _is_ready(url: str) -> bool:
    with contextlib.suppress(httpx2.TransportError):
        return httpx2.get(f"{url}/livez", timeout=5, trust_env=False).is_success
    return False
