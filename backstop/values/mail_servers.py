"""A mail server, as an address says it."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

WRITTEN = "smtp, smtp+tls or smtps, as in smtp+tls://user:password@mail.example:587"
PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


class MailServerRefused(ValueError):
    """Not the address of a mail server."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed to: in the clear (`smtp`), encrypted once connected (`smtp+tls`), or from the first byte on
    (`smtps`); without a user nobody signs in."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def from_text(cls, text: str) -> "MailServer":
        """`scheme://user:password@host:port`, of which scheme and host are needed; what is no letter or digit of a user
        or password is written as in any URL. Raises `MailServerRefused`, which repeats nothing of the text."""
        try:
            said = urlsplit(text)
            port = said.port
        except ValueError:
            raise MailServerRefused(f"must be {WRITTEN}; a / or : of a password is written %2F or %3A") from None
        if said.scheme not in PORTS or not said.hostname or said.path.strip("/") or said.query or said.fragment:
            raise MailServerRefused(f"must be {WRITTEN}, and nothing behind the port")
        user, password = (unquote(each or "") for each in (said.username, said.password))
        return cls(said.scheme, said.hostname, PORTS[said.scheme] if port is None else port, user, password)
