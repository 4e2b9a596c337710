"""Whose request it is: the peer's address or, where a proxy that is trusted sent it on, the address that it names."""

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

OWN_BITS = 64  # of an IPv6 address: whoever has one has all that differ in these alone


def address_of(peer: str, forwarded: str, trusted: Collection[Network]) -> Address:
    """The last address on the way here that is no trusted proxy; raises ValueError if `peer` is no address.

    `forwarded` is what X-Forwarded-For says: each proxy adds at its end whom it got the request from, so that what
    stands left of somebody who is not trusted, or of what is no address, is anybody's word.
    """
    address = _parsed(peer)
    for said in reversed(forwarded.split(",")):
        if not any(address in network for network in trusted):
            break
        try:
            address = _parsed(said.strip())
        except ValueError:
            break
    return address


def holder_of(address: Address) -> str:
    """Who is counted as one: an IPv4 address, or all IPv6 addresses that one host may choose from."""
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((address, 128 - OWN_BITS), strict=False))


def _parsed(text: str) -> Address:
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or IPv6Address(int(address))  # without its zone, which is this host's own
    return address
