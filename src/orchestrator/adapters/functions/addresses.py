"""Which addresses are outside: the public internet, and nothing that is near this machine."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

_INSIDE: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this machine, by its oldest spelling
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; one cloud's metadata (100.100.100.200) is in it
        "127.0.0.0/8",
        "168.63.129.16/32",  # one cloud's own services, at an address that looks public
        "169.254.0.0/16",  # link-local; metadata of most clouds (169.254.169.254)
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments; one cloud's metadata (192.0.0.192)
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # relays of a retired transition
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
_OUTSIDE_6: Final = IPv6Network("2000::/3")
"""The only part of IPv6 that is public unicast. Metadata (fd00:ec2::254) is not in it."""

_INSIDE_6: Final = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them: an IPv4 address inside another
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address inside another
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
_WRAPPED: Final = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
"""An IPv4 address in its last four bytes: mapped, and NAT64. It is that address which counts."""


def is_outside(address: str) -> bool:
    """Whether an address as the resolver gives it may be reached by anybody's function.

    Source: the IANA registries of special-purpose addresses, and the clouds' documentation of
    their metadata services. False for what is no address.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found.scope_id is not None:  # meant for one of this machine's own networks
            return False
        inner = _unwrapped(found)
        if inner is None:
            return found in _OUTSIDE_6 and not any(found in network for network in _INSIDE_6)
        found = inner
    return not any(found in network for network in _INSIDE)


def _unwrapped(address: IPv6Address) -> IPv4Address | None:
    if any(address in network for network in _WRAPPED):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None
