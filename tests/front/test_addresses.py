"""Whose request it is does not depend on what anybody says but proxies that are trusted."""

from ipaddress import ip_network

import pytest

from backstop.front.addresses import address_of, holder_of

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1, 10.0.0.1", "203.0.113.7"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1,198.51.100.1 , 10.9.9.9", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.9.9.9, nobody", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.7:80", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2"),
        ("10.0.0.1", ",,,", "10.0.0.1"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        ("fd00::1", "fe80::7%eth0", "fe80::7"),
        ("fe80::1%eth0", "", "fe80::1"),
    ],
)
def test_an_address_is_the_last_one_that_is_no_trusted_proxy(peer: str, forwarded: str, address: str) -> None:
    assert str(address_of(peer, forwarded, PROXIES)) == address


def test_nobody_is_trusted_who_is_not_named() -> None:
    assert str(address_of("127.0.0.1", "198.51.100.1", ())) == "127.0.0.1"


def test_what_is_no_address_is_nobodys() -> None:
    with pytest.raises(ValueError, match="address"):
        address_of("", "198.51.100.1", PROXIES)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("198.51.100.1", "198.51.100.2", False),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
def test_one_host_is_one_holder_however_many_ipv6_addresses_it_has(one: str, other: str, same: bool) -> None:
    assert (holder_of(address_of(one, "", ())) == holder_of(address_of(other, "", ()))) is same
