"""Which addresses webhooks may be sent to, however they are written and whatever a name resolves to."""

import subprocess
import sys
from pathlib import Path

import pytest

from application.delivery import TargetRefused
from infrastructure.webhooks import targets as webhook_targets
from infrastructure.webhooks.targets import Targets
from tests.infrastructure.webhook_receivers import names
from tests.logged import logged_by

pytestmark = pytest.mark.anyio

PUBLIC = "93.184.215.14"
WORLD = Targets()


@pytest.mark.parametrize("url", [
    "https://example.org", "https://example.org/hook?a=b", "https://example.org:8443/", "HTTPS://EXAMPLE.ORG/",
    "https://مثال.إختبار/مسار", "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/", "https://93.184.215.14/",
])  # fmt: skip
def test_an_address_for_the_world_will_do(url: str) -> None:
    WORLD.check_url(url)


@pytest.mark.parametrize("url", [
    "", "example.org", "/hook", "//example.org/hook", "https://", "https:///hook", "https:example.org", "mailto:a@b.c",
    "http://example.org/", "ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "javascript:alert(1)",
    "https://user:pass@example.org/", "https://user@example.org/", "https://example.org/#part", "https://example.org/#",
    "https://example.org:0/", "https://example.org:65536/", "https://example.org:-1/", "https://example.org:x/",
    "https://example.org/\r\nx: y", "https://exam\0ple.org/", "https://[::1/",
    "https://example.org\\@127.0.0.1/", " https://example.org/", "https://exam ple.org/", "https://a,b.org/",
    "https://[fe80::1%25eth0]/", "https://[v1.a]/", "https://example.org/\t/",
    "https://example.org/" + "x" * 2000, "https://\ud800.org/", "https://xn--/",
])  # fmt: skip
def test_what_is_no_such_address_is_refused_with_its_place(url: str) -> None:
    with pytest.raises(TargetRefused) as refused:
        WORLD.check_url(url)
    assert (refused.value.code, refused.value.field) == ("target_refused", "url")


@pytest.mark.parametrize(("url", "asked"), [
    ("https://Example.org", ("https", "example.org", 443, "/", "example.org")),
    ("https://example.org:8443?a=ü%20b", ("https", "example.org", 8443, "/?a=%C3%BC%20b", "example.org:8443")),
    ("https://example.org:443/a b/%41/[x]", ("https", "example.org", 443, "/a%20b/%41/[x]", "example.org")),
    ("https://مثال.إختبار/", ("https", "xn--mgbh0fb.xn--kgbechtv", 443, "/", "xn--mgbh0fb.xn--kgbechtv")),
    ("https://[2606:2800:21F::1]:81/", ("https", "2606:2800:21f::1", 81, "/", "[2606:2800:21f::1]:81")),
])  # fmt: skip
def test_a_url_is_asked_for_as_it_was_taken_apart(url: str, asked: tuple[object, ...]) -> None:
    target = WORLD.check_url(url)
    assert (target.scheme, target.host, target.asked_port, target.target, target.netloc) == asked


def test_the_guard_stands_alone_whichever_library_carries_a_message() -> None:
    code = """
import asyncio, sys
for carrier in ("httpx", "httpcore", "httpx2", "httpcore2"):
    sys.modules[carrier] = None
from application.delivery import TargetRefused
from infrastructure.webhooks import targets as webhook_targets
from infrastructure.webhooks.targets import Targets
async def both(host, port):
    return ["93.184.215.14", "10.0.0.1"] if host == "trap.example" else ["93.184.215.14"]
world = Targets(resolve=both)
asyncio.run(world.check("https://hooks.example/x"))
for url in ("https://trap.example/x", "http://hooks.example/x", "https://u@hooks.example/x"):
    try:
        asyncio.run(world.check(url))
    except TargetRefused:
        continue
    raise SystemExit(f"{url} was let through")
assert not world.allows("169.254.169.254", 443, "169.254.169.254")
"""
    argv = [sys.executable, "-c", code]
    done = subprocess.run(argv, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_http_will_do_in_the_embedded_mode_only() -> None:
    Targets(embedded=True).check_url("http://127.0.0.1:8080/hook")
    with pytest.raises(TargetRefused, match="https://"):
        Targets(allowed_hosts=frozenset({"127.0.0.1"})).check_url("http://127.0.0.1:8080/hook")


REFUSED = {
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fdff::1"],
    "link-local": ["169.254.0.1", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1"],
    "metadata": ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16"],
    "unspecified": ["0.0.0.0", "0.1.2.3", "::"],
    "shared": ["100.64.0.1", "100.127.255.255"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "reserved": ["240.0.0.1", "255.255.255.255", "4000::1", "::2", "100::1"],
    "of documents, of tests": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "2001:db8::1", "3fff::1"],
    "of protocols": ["192.0.0.8", "192.88.99.1", "2001::1", "2001:10::1"],
    "mapped": ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0"],
    "compatible": ["::127.0.0.1", "::10.0.0.1"],
    "6to4": ["2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::"],
    "NAT64": ["64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::1"],
    "Teredo": ["2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    "no address": ["", "example.org", "127.1", "0x7f000001"],
}  # fmt: skip
ALLOWED = [
    PUBLIC, "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "169.253.0.1", "192.169.0.1",
    "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "::ffff:93.184.215.14", "64:ff9b::93.184.215.14",
]  # fmt: skip


@pytest.mark.parametrize(("kind", "address"), [(kind, each) for kind, all_ in REFUSED.items() for each in all_])
def test_an_address_that_is_not_for_the_world_is_refused(kind: str, address: str) -> None:
    assert not WORLD.allows("example.org", 443, address)


@pytest.mark.parametrize("address", ALLOWED)
def test_an_address_for_the_world_is_allowed(address: str) -> None:
    assert WORLD.allows("example.org", 443, address)


@pytest.mark.parametrize(("kind", "address"), [(kind, each) for kind, all_ in REFUSED.items() for each in all_])
def test_the_embedded_mode_allows_loopback_and_nothing_else(kind: str, address: str) -> None:
    loopback = kind == "loopback" or address in ("::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::127.0.0.1")
    assert Targets(embedded=True).allows("example.org", 443, address) == loopback


@pytest.mark.parametrize("spelling", [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "0", "0.0.0.0",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]", "localhost", "LOCALHOST",
    "127.0.0.1.", "１２７.０.０.１", "127。0。0。1", "169.254.169.254", "2852039166", "0xa9fea9fe",
    "0251.0376.0251.0376", "[fe80::1%25lo]", "[fe80::1%lo]",
])  # fmt: skip
async def test_no_spelling_of_an_address_inside_gets_past(spelling: str) -> None:
    with pytest.raises(TargetRefused) as refused:
        await WORLD.check(f"https://{spelling}/")
    assert refused.value.field == "url"


async def test_a_name_is_refused_if_one_of_its_addresses_is() -> None:
    for found in ([PUBLIC, "10.0.0.1"], ["10.0.0.1", PUBLIC], [PUBLIC, "::1"]):
        with pytest.raises(TargetRefused, match=r"hooks\.example\.org") as refused:
            await Targets(resolve=names(hooks_example_org=found)).check("https://hooks.example.org/")
        assert "operator" in refused.value.message
    await Targets(resolve=names(hooks_example_org=[PUBLIC])).check("https://hooks.example.org/")


async def test_who_is_refused_is_not_told_what_the_name_resolved_to_and_the_operator_is() -> None:
    told: set[str] = set()
    for address in (each for all_ in REFUSED.values() for each in all_):
        targets = Targets(resolve=names(hooks_example_org=[PUBLIC, address]))
        with logged_by(webhook_targets) as logged, pytest.raises(TargetRefused) as refused:
            await targets.check("https://hooks.example.org/")
        told.add(f"{refused.value.message} {refused.value.details}")
        assert [(line["host"], line["address"]) for line in logged] == [("hooks.example.org", address)]
    assert len(told) == 1


async def test_a_name_without_an_address_is_refused_at_registration() -> None:
    with pytest.raises(TargetRefused, match="no address just now: Name or service not known"):
        await Targets(resolve=names()).check("https://hooks.example.org/")
    with pytest.raises(TargetRefused):
        await WORLD.check(f"https://{'a' * 64}.example.org/")


@pytest.mark.parametrize(
    ("allowed", "url", "will_do"),
    [
        ("inside.example.org", "https://inside.example.org/", True),
        ("inside.example.org", "https://INSIDE.example.org:8443/", True),
        ("inside.example.org:8443", "https://inside.example.org:8443/", True),
        ("inside.example.org:443", "https://inside.example.org/", True),
        ("inside.example.org:8443", "https://inside.example.org/", False),
        ("example.org", "https://inside.example.org/", False),
        ("10.0.0.1", "https://inside.example.org/", False),
        ("10.0.0.1", "https://10.0.0.1/", True),
        ("[::1]:8443", "https://[::1]:8443/", True),
        ("::1", "https://[::1]/", True),
    ],
)
async def test_hosts_that_the_operator_names_may_be_anywhere(allowed: str, url: str, will_do: bool) -> None:
    known = {"inside_example_org": "10.0.0.1", "10_0_0_1": "10.0.0.1", "::1": "::1"}
    targets = Targets(allowed_hosts=frozenset({allowed}), resolve=names(**known))
    if will_do:
        await targets.check(url)
    else:
        with pytest.raises(TargetRefused):
            await targets.check(url)
