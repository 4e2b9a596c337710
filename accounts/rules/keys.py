"""What API keys may be for, from where, and what is stored of one."""

import base64
import hashlib
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network

from accounts.rules.refusals import AccountRefusal
from backstop.values.signatures import KeyRefused, public_key_from_text

# `risk` sets by what a venue's risk is measured and bounded, `fund` moves the money of its fund, `approve` is a second
# person's, `arbitrate` an arbiter's, who is nobody's party.
VENUE_SCOPES = frozenset(
    {
        *("marks", "books", "settlements", "collateral", "holdings", "breakers", "fund", "approve", "risk"),
        *("providers", "arbitrate", "webhooks"),
    }
)

PROVIDER_SCOPES = frozenset({"read", "commitments", "bids", "webhooks"})

READING = frozenset({"read"})  # all that is left to a provider in default

WINDOW_SECONDS, MOST_WINDOW_SECONDS = 5, 30  # how old what is signed may be

MOST_NETWORKS = 32

ROTATED_AFTER = timedelta(minutes=10)  # or later: a row of each stays for ever

Network = IPv4Network | IPv6Network


def require_signing(scopes: Collection[str], *, bearer_keys_write: bool) -> None:
    """What a key with a secret is for: whoever sees that on its way, or here, could act by it, so it only reads unless
    `bearer_keys_write`. Raises `key_must_sign`."""
    if not bearer_keys_write and not READING.issuperset(scopes):
        raise AccountRefusal.KEY_MUST_SIGN.error()


def hash_of(secret: str) -> str:
    """What is stored of a key. The secret has 256 random bits, so that a slow hash would protect nothing more."""
    return hashlib.sha256(secret.encode()).hexdigest()


def public_key_of(text: str) -> str:
    """A public key as it is stored, in base64, from that or from PEM. Raises `public_key_refused`."""
    try:
        return base64.b64encode(public_key_from_text(text)).decode()
    except KeyRefused as refused:
        raise AccountRefusal.PUBLIC_KEY_REFUSED.error(f"this is no public key of Ed25519: {refused}") from None


def networks_of(texts: Iterable[str]) -> tuple[str, ...] | None:
    """Networks as they are stored, each once; an address is a network of one. None where there are none: everywhere.

    Raises `networks_refused`.
    """
    try:
        networks = {str(_network_of(text.strip())) for text in texts}
    except ValueError as refused:
        raise AccountRefusal.NETWORKS_REFUSED.error(f"no network: {refused}") from None
    if len(networks) > MOST_NETWORKS:
        raise AccountRefusal.NETWORKS_REFUSED.error(f"at most {MOST_NETWORKS} networks")
    return tuple(sorted(networks)) or None


def is_within(networks: Sequence[str] | None, others: Sequence[str] | None) -> bool:
    """Whether whoever asks from one of these networks asks from one of the others; None is everywhere."""
    if others is None or networks is None:
        return others is None
    wider = [ip_network(other) for other in others]
    return all(any(_is_subnet(ip_network(each), other) for other in wider) for each in networks)


def common_networks(networks: Sequence[str] | None, others: Sequence[str] | None) -> tuple[str, ...] | None:
    """From where both let somebody ask: empty where that is nowhere, None where it is everywhere."""
    if networks is None or others is None:
        either = others if networks is None else networks
        return None if either is None else tuple(either)
    each_of = {*networks, *others}
    return tuple(sorted(each for each in each_of if is_within([each], networks) and is_within([each], others)))


def _network_of(text: str) -> Network:
    if "%" in text:
        raise ValueError(f"{text} names a zone, which is one host's own")
    return ip_network(text)


def _is_subnet(network: Network, other: Network) -> bool:
    return network.version == other.version and network.subnet_of(other)  # type: ignore[arg-type]
