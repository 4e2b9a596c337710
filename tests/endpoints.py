"""Endpoints of webhooks: real servers on this machine that note what they are sent, and answer as they are told to."""

import contextlib
import datetime
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from accounts.courier import Courier
from backstop.client import WebhookMessage, read_webhook

Behaviour = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes

    def read(self, secret: str) -> WebhookMessage:
        """As the client reads it, whatever time it is here. Raises `WebhookRefused`."""
        return read_webhook(secret, self.headers, self.body, tolerance_seconds=10**9)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Endpoint:
    """`behave` answers what comes, after it was noted; without it with 204."""

    behave: Behaviour | None = None
    requests: list[Request] = field(default_factory=list)
    server: Any = None

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.authority}/hook"

    @property
    def ids(self) -> list[str]:
        return [request.id for request in self.requests]


def answering(status: int, **headers: str) -> Behaviour:
    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": "0", **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()

    return behave


@contextlib.contextmanager
def endpoint(
    behave: Behaviour | None = None, at: tuple[str, int] = ("127.0.0.1", 0), tls: ssl.SSLContext | None = None
) -> Iterator[Endpoint]:
    """An endpoint that is there until the block ends."""
    found = Endpoint(behave)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.requests.append(Request(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            with contextlib.suppress(OSError):
                (found.behave or answering(204))(self)

        do_GET = do_POST

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        server_bind = TCPServer.server_bind  # HTTPServer asks for the name of its address

        def handle_error(self, *_: Any) -> None:
            pass

    found.server = Server(at, Handler)
    if tls:
        found.server.socket = tls.wrap_socket(found.server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=found.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.server.shutdown()
        found.server.server_close()


def rounds(courier: Courier, until: Callable[[], bool], seconds: float = 20) -> None:
    """Rounds of the courier until something is so. Raises AssertionError where it is not in time."""
    ends_at = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < ends_at, "it did not come to that"
        courier.go_round()


def certified(host: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server of this name needs, and what whoever trusts it, and nobody else, does."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    began = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "both.pem").write_bytes(private + certificate.public_bytes(pem))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "both.pem")
    return server, ssl.create_default_context(cadata=certificate.public_bytes(pem).decode())
