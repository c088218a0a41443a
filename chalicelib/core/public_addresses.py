"""Which network addresses belong to the public internet: the only ones that a worker may reach on somebody else's word.

Source: security.md, "every address global". What Python's `ipaddress` calls global still holds multicast and tunnels that end elsewhere
(6to4, Teredo, NAT64, IPv4 written as IPv6), so IPv6 is taken from the block of global unicast alone, tunnels apart.
"""

from ipaddress import AddressValueError, IPv4Address, IPv6Address, IPv6Network, ip_address

GLOBAL_UNICAST = IPv6Network("2000::/3")
TUNNELS = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))
"""Teredo and 6to4: the address that is really reached is written inside."""


def why_not_public(address: str) -> str | None:
    """Why an address (text as a resolver gives it) is none of the public internet, None if it is one."""
    try:
        parsed = ip_address(address)
    except (AddressValueError, ValueError):
        return f"{address} is no network address"
    public = _is_public_4(parsed) if isinstance(parsed, IPv4Address) else _is_public_6(parsed)
    return None if public else f"{address} is no address of the public internet"


def _is_public_4(address: IPv4Address) -> bool:
    return address.is_global and not address.is_multicast


def _is_public_6(address: IPv6Address) -> bool:
    in_tunnel = any(address in tunnel for tunnel in TUNNELS)
    return address in GLOBAL_UNICAST and address.is_global and not in_tunnel and address.scope_id is None
