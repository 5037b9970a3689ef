"""Which addresses are outside, against the standard library's word and every odd spelling."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.adapters.functions import addresses


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_an_ipv4_address_that_is_not_global_is_never_outside(address: IPv4Address) -> None:
    """What the library calls global, and no multicast, is the most that we reach."""
    if not address.is_global or address.is_multicast:
        assert not addresses.is_outside(str(address))


@given(st.integers(0, 2**128 - 1).map(IPv6Address))
def test_an_ipv6_address_that_is_not_global_is_never_outside(address: IPv6Address) -> None:
    """The same for the long ones, of which nearly all are nobody's."""
    if not address.is_global or address.is_multicast:
        assert not addresses.is_outside(str(address))


@given(st.integers(0, 2**32 - 1), st.sampled_from(["::ffff:0:0", "64:ff9b::"]))
def test_an_address_inside_another_is_what_counts(inner: int, around: str) -> None:
    """Mapped and NAT64 addresses are judged by the IPv4 address in them."""
    outer = IPv6Address(int(IPv6Address(around)) + inner)
    assert addresses.is_outside(str(outer)) == addresses.is_outside(str(IPv4Address(inner)))


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.254", "0.1.2.3", "10.0.0.1", "172.31.255.255", "192.168.1.1"),
        *("169.254.169.254", "100.100.100.200", "100.64.0.1", "168.63.129.16", "192.0.0.192"),
        *("224.0.0.1", "255.255.255.255", "198.18.0.1", "192.88.99.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:7f00:1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1"),
        *("::127.0.0.1", "2002:7f00:1::", "2001:0:7f00:1::", "fec0::1", "2001:db8::1"),
        *("", "localhost", "127.1", "0x7f000001", "2130706433", "1.1.1.1.1"),
    ],
)
def test_what_is_near_is_inside(address: str) -> None:
    """Loopback, private, link-local, carrier NAT, multicast, metadata; and what is no address."""
    assert not addresses.is_outside(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_the_public_internet_is_outside(address: str) -> None:
    """Ordinary servers are reached."""
    assert addresses.is_outside(address)
    assert ip_address(address)
