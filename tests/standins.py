"""Stand-ins for the processes of the stack that come up at once, for tests of the supervisor itself."""

import http.server
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence


def commands(host: str, port: int, operators_port: int) -> Mapping[str, Sequence[str]]:
    me = [sys.executable, "-m", "tests.standins"]
    return {"web": [*me, "web", host, str(port)], "worker": [*me, "idle"]}


def with_a_dying_worker(host: str, port: int, operators_port: int) -> Mapping[str, Sequence[str]]:
    return {**commands(host, port, operators_port), "worker": [sys.executable, "-m", "tests.standins", "fail"]}


class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())

    def log_message(self, *arguments: object) -> None:
        pass


class Server(http.server.ThreadingHTTPServer):
    allow_reuse_port = True  # as granian does


def web(host: str, port: str) -> None:
    """A server with a worker process of its own, which does not heed TERM."""
    subprocess.Popen([sys.executable, "-m", "tests.standins", "deaf"])
    Server((host, int(port)), Ready).serve_forever()


def idle() -> None:
    time.sleep(600)


def deaf() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    idle()


def fail() -> None:
    raise SystemExit("no luck")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
