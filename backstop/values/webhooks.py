"""Webhooks as others can check them: who may be written to, and what a message is signed with.

Signatures are those of Standard Webhooks (https://www.standardwebhooks.com). Pure: names are looked up elsewhere.
"""

import base64
import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network
from urllib.parse import urlsplit
from uuid import UUID

SECRET_BYTES = 32
MAX_URL = 500
HTTPS_PORT = 443

# What is for special purposes by the registries of IANA, so that it does not depend on which of them Python knows.
_SPECIAL = [
    ip_network(each)
    for each in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
]
_UNICAST = ip_network("2000::/3")  # mapped, translated, local, link-local and multicast addresses are outside of it

NOT_REACHABLE = "not everybody can reach the host"  # nobody learns which names and addresses there are inside


class TargetRefused(ValueError):
    """Not an address that webhooks are sent to."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where messages go: a host by name or address, and the rest of its URL. One that is `exempt` may be anywhere."""

    host: str
    port: int
    is_https: bool
    path: str
    exempt: bool = False

    @classmethod
    def of(cls, url: str, exempt: Collection[str] = ()) -> "Target":
        """What the URL names; `exempt` are `host:port` that no rule holds for. Raises `TargetRefused`."""
        if not url.isascii() or not url.isprintable() or " " in url or "\\" in url or len(url) > MAX_URL:
            raise TargetRefused(f"a URL has at most {MAX_URL} printable ASCII characters, no blanks and no backslashes")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise TargetRefused("this is no URL") from None
        host = parts.hostname or ""
        if parts.scheme not in ("https", "http") or not host or "%" in host:
            raise TargetRefused("a URL is written https://host/path")
        if "@" in parts.netloc or "#" in url:
            raise TargetRefused("a URL names nobody and no part of a page")
        is_https = parts.scheme == "https"
        port = port or (HTTPS_PORT if is_https else 80)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        target = cls(host, port, is_https, path, f"{host}:{port}" in exempt)
        target._require_safe()
        return target

    @property
    def authority(self) -> str:
        """How requests name the host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (HTTPS_PORT if self.is_https else 80) else f"{host}:{self.port}"

    def url_at(self, address: str) -> str:
        """The same, where the host is known to be at an address."""
        host = f"[{address}]" if ":" in address else address
        return f"{'https' if self.is_https else 'http'}://{host}:{self.port}{self.path}"

    def require_reachable(self, addresses: Sequence[str]) -> None:
        """Raises `TargetRefused` where the host is at none of these, or one of them is not everybody's to reach."""
        if not addresses or not (self.exempt or all(map(is_public, addresses))):
            raise TargetRefused(NOT_REACHABLE)

    def _require_safe(self) -> None:
        if self.exempt:
            return
        if not self.is_https or self.port != HTTPS_PORT:
            raise TargetRefused("messages are sent by https, to port 443 alone")
        if _is_address(self.host):
            self.require_reachable([self.host])


def is_public(address: str) -> bool:
    """Whether everybody can reach it: no private, shared, local, mapped, translated, reserved or multicast address."""
    if not _is_address(address):
        return False
    found = ip_address(address)
    if isinstance(found, IPv4Address):
        return not any(found in each for each in _SPECIAL if each.version == 4)
    return found in _UNICAST and not any(found in each for each in _SPECIAL if each.version == 6)


def secret_text(key: bytes) -> str:
    """How a secret is written for whoever verifies with it."""
    return f"whsec_{base64.b64encode(key).decode()}"


def headers_of(message_id: UUID, at_seconds: int, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """The headers of a message, sent at this second since 1970, with a signature by each of these keys."""
    signed = f"{message_id}.{at_seconds}.".encode() + body
    signatures = (base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys)
    return {
        "webhook-id": str(message_id),
        "webhook-timestamp": str(at_seconds),
        "webhook-signature": " ".join(f"v1,{each}" for each in signatures),
    }


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text
