"""A mail server in this process, which behaves as a test wants: it takes, refuses, hangs, or breaks off."""

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_string
from email.message import Message
from typing import Any


@dataclass
class MailServer:
    """What it was sent, and how it behaves: `refuses` says to which addresses it says no, `silent` that it says nothing
    once it is connected to, `breaks` that it takes a mail and breaks off before it says so."""

    port: int = 0
    refuses: set[str] = field(default_factory=set)
    silent: bool = False
    breaks: bool = False
    received: list[tuple[list[str], Message]] = field(default_factory=list)
    freed: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def mail_server(settings: Any) -> Iterator[MailServer]:
    """One that listens, and whose address the settings name: as RFC 5321 says, with no extension."""
    state = MailServer()

    class Session(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def handle(self) -> None:
            if state.silent:
                state.freed.wait(30)
                return
            self.say("220 here")
            to: list[str] = []
            while line := self.rfile.readline().decode().strip():
                verb = line.split()[0].upper()
                if verb == "RCPT":
                    address = line.partition("<")[2].partition(">")[0]
                    if address in state.refuses:
                        self.say("550 nobody of that name")
                        continue
                    to.append(address)
                if verb == "DATA":
                    self.say("354 go on")
                    state.received.append((to, message_from_string(self.body())))
                    to = []
                    if state.breaks:
                        return
                self.say("221 bye" if verb == "QUIT" else "250 good")
                if verb == "QUIT":
                    return

        def body(self) -> str:
            lines = []
            while (line := self.rfile.readline().decode()) != ".\r\n":
                lines.append(line)
            return "".join(lines)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

    with Server(("127.0.0.1", 0), Session) as server:
        state.port = server.server_address[1]
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", state.port
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield state
        finally:
            state.freed.set()
            server.shutdown()
