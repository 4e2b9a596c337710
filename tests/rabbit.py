"""Debian's RabbitMQ as a server of a test's own."""

import os
import shutil
import subprocess
from pathlib import Path

import psutil

from tests.elsewhere import eventually, free_ports

BINARY = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


class Rabbit:
    """A RabbitMQ of this test's own, on free ports, which keeps what it holds from one start to the next."""

    SECONDS = 60

    def __init__(self, folder: Path) -> None:
        self.home = folder / "rabbit"
        self.home.mkdir()
        shutil.chown(self.home, "rabbitmq")
        self.port, distribution, names = free_ports(3)
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        self.env = {
            **os.environ,
            "TMPDIR": str(folder),  # by which it is found and ended, whatever becomes of the test
            "HOME": str(self.home),
            "RABBITMQ_NODENAME": "wake@localhost",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(distribution),
            "ERL_EPMD_PORT": str(names),
            "RABBITMQ_MNESIA_BASE": str(self.home / "data"),
            "RABBITMQ_LOG_BASE": str(self.home / "log"),
            "RABBITMQ_PID_FILE": str(self.home / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.home / "plugins"),
        }

    def start(self) -> None:
        log = self.home.parent / "rabbit.log"
        with log.open("wb") as output:
            command = ["runuser", "-u", "rabbitmq", "--", str(BINARY)]
            subprocess.Popen(command, env=self.env, cwd=self.home, stdout=output, stderr=output, start_new_session=True)
        assert eventually(lambda: "completed with" in log.read_text(), self.SECONDS), log.read_text()
        self.server = psutil.Process(int((self.home / "pid").read_text()))

    def kill(self) -> None:
        self.server.kill()
        assert eventually(lambda: not self.server.is_running())

    def freeze(self) -> None:
        self.server.suspend()

    def resume(self) -> None:
        self.server.resume()
