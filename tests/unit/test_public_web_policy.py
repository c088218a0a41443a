"""The deployed policy of fetching what people name: it reaches public addresses by https on port 443, and nothing else."""

import ssl
from datetime import timedelta
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.public_web import MAX_BODY_BYTES, Policy, PublicWeb
from chalicelib.core.public_addresses import why_not_public

HOST = "shop.example"
PUBLIC = "93.184.216.34"
pytestmark = pytest.mark.enable_socket


class Watched:
    """A resolver of the test beside the deployed policy; a connection would be an error that names itself."""

    def __init__(self, *addresses: str) -> None:
        self.web = PublicWeb(Policy(total_time=timedelta(seconds=2)), lambda _, __: addresses)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104  # to be refused
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:93.184.216.34",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "ff02::1",
        "2001:db8::1",
        "not an address",
    ],
)
def test_the_deployed_policy_reaches_no_address_that_is_not_public(address: str) -> None:
    got = Watched(address).web.fetch(f"https://{HOST}/")
    assert (got.refused, got.status) == (True, None)
    assert f"{HOST} is not fetched: {address} is no" in str(got.error)
    assert got.hops[0].address is None


def test_one_private_address_among_a_names_public_ones_is_enough_to_stay_away() -> None:
    assert Watched(PUBLIC, "10.0.0.1").web.fetch(f"https://{HOST}/").refused


@pytest.mark.parametrize(
    "written", ["https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://[::1]/"]
)
def test_the_deployed_policy_with_the_systems_own_resolver_stays_away_from_this_machine(written: str) -> None:
    got = PublicWeb().fetch(written)
    assert got.status is None
    assert got.refused or got.error == "its name leads to no address"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://shop.example/", "only https is fetched, not http"),
        ("ftp://shop.example/", "only https is fetched, not ftp"),
        ("file:///etc/passwd", "only https is fetched, not file"),
        ("//shop.example/", "only https is fetched, not an address without a scheme"),
        ("https://me:secret@shop.example/", "an address with a user name or password is not fetched"),
        ("https:///path", "an address without a host is not fetched"),
        ("https://shop.example:8443/", "port 8443 is not fetched"),
        ("https://shop.example:22/", "port 22 is not fetched"),
        ("https://shop.example:http/", "an address that cannot be read is not fetched"),
        ("https://[::1/", "an address that cannot be read is not fetched"),
        (f"https://{'a' * 70}.example/", "an address that cannot be read is not fetched"),
        (f"https://shop.example/{'a' * 2_000}", "an address of more than 2,000 characters is not fetched"),
    ],
)
def test_the_deployed_policy_asks_for_nothing_else(url: str, reason: str) -> None:
    got = Watched(PUBLIC).web.fetch(url)
    assert (got.refused, got.error) == (True, reason)


def test_the_deployed_limits_are_what_is_documented() -> None:
    policy = Policy()
    assert (policy.schemes, policy.ports) == (frozenset({"https"}), frozenset({443}))
    assert (policy.total_time, policy.body_bytes) == (timedelta(seconds=10), MAX_BODY_BYTES)
    assert policy.trusted().verify_mode is ssl.CERT_REQUIRED
    assert policy.trusted().check_hostname


@given(st.ip_addresses())
def test_what_counts_as_public_is_global_and_never_one_of_ours(address: object) -> None:
    if why_not_public(str(address)) is None:
        parsed = ip_address(str(address))
        assert parsed.is_global
        assert not any((parsed.is_private, parsed.is_loopback, parsed.is_link_local, parsed.is_multicast, parsed.is_reserved))


def test_public_addresses_are_public() -> None:
    assert [why_not_public(each) for each in (PUBLIC, "1.1.1.1", "2606:4700:4700::1111")] == [None, None, None]
