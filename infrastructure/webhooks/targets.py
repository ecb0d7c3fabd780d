"""Where webhooks may be sent: addresses for the world, and what the operator names beside them.

It takes URLs apart itself and knows no HTTP library: whichever carries a message connects to what was checked here.
"""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import quote, urlsplit

import idna
import structlog

from application.delivery import TargetRefused

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
log = structlog.get_logger("webhooks")

LONGEST_URL = 2_000

# Threads of their own, so that names whose servers do not answer hold up nothing else.
_resolving = ThreadPoolExecutor(32, thread_name_prefix="resolve")


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, in the order in which they are to be tried. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(
        _resolving, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    )  # fmt: skip
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True)
class Target:
    """A URL taken apart, as it is asked for: all of it is ASCII. `host` has no brackets, `target` begins with "/"."""

    scheme: str
    host: str
    port: int | None
    target: str

    @property
    def asked_port(self) -> int:
        return self.port or (443 if self.scheme == "https" else 80)

    @property
    def netloc(self) -> str:
        """What a `Host` header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None or self.port == _USUAL_PORTS.get(self.scheme) else f"{host}:{self.port}"


_USUAL_PORTS = {"https": 443, "http": 80}
# What stands for itself in a path and a query; what is escaped already stays so.
_AS_IT_IS = "%/:@!$&'()*+,;=-._~[]"


@dataclass(frozen=True)
class Targets:
    """Which addresses messages may be sent to.

    `embedded`: http and loopback will do. `allowed_hosts` may have any address: `host` or `host:port`, lower case.
    """

    embedded: bool = False
    allowed_hosts: frozenset[str] = frozenset()
    resolve: Resolve = resolve

    def check_url(self, url: str) -> Target:
        """What the URL alone tells: nothing is looked up. Answers it taken apart. Raises TargetRefused."""
        if len(url) > LONGEST_URL:
            raise _refused(f"the URL has {len(url)} characters: at most {LONGEST_URL} will do")
        # `urlsplit` takes some of these away in silence, and others end a name for whoever else reads it.
        if url != url.strip() or any(ord(character) < 0x20 or character in "\\\x7f" for character in url):
            raise _refused(f"{url!r} is not a URL: it has a space around it, a backslash or a control character")
        try:
            parts = urlsplit(url)
            host, port = _ascii(parts.hostname or "", in_brackets="[" in parts.netloc), parts.port
            target = quote(parts.path or "/", safe=_AS_IT_IS)
            target += f"?{quote(parts.query, safe=_AS_IT_IS + '?')}" if parts.query else ""
        except ValueError as error:
            raise _refused(f"{url!r} is not a URL: {error}") from None
        schemes = ("https", "http") if self.embedded else ("https",)
        if parts.scheme not in schemes or not host:
            raise _refused(f"{url!r} is not an address that begins with {' or '.join(f'{s}://' for s in schemes)}")
        if "@" in parts.netloc:
            raise _refused("a URL with a user name or password in it would tell it to whoever reads the subscription; "
                           "messages are signed, so none is needed")  # fmt: skip
        if parts.fragment or "#" in url:
            raise _refused(f"{url!r} has a fragment ('#...'), which is never sent: leave it out")
        if port == 0:
            raise _refused(f"{url!r} names port {port}: there are 1 to 65535")
        return Target(parts.scheme, host, port, target)

    async def check(self, url: str) -> None:
        """As `check_url`, and what its name resolves to now. Raises TargetRefused."""
        target = self.check_url(url)
        try:
            await self.addresses(target.host, target.asked_port)
        except OSError as error:
            raise _refused(f"the name {target.host!r} has no address just now: {why(error)}") from None

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """The addresses of a host, every one of them allowed.

        Raises:
            TargetRefused: one is not; a name with one for the world and one inside is a trap, or a mistake. Which one
                it is stands in the log alone.
            OSError: the name is not known, or nobody tells.
        """
        try:
            found = await self.resolve(host, port)
        except UnicodeError:
            raise _refused(f"{host!r} is not the name of a host") from None
        for address in found:
            if not self.allows(host, port, address):
                # Whoever asks is not told what is inside, and the operator is.
                log.warning("webhook_target_refused", host=host, port=port, address=address)
                raise _refused(
                    f"{host!r} is not an address of the public internet: use one that is, "
                    "or ask the operator to allow this host (KRONIEK_WEBHOOK_HOSTS)"
                )
        return found

    def allows(self, host: str, port: int, address: str) -> bool:
        """Whether messages for a host may go to an address."""
        named = f"[{host}]" if ":" in host else host
        if not self.allowed_hosts.isdisjoint((host, named, f"{named}:{port}")):
            return True
        try:
            plain = _plain(ip_address(address))
        except ValueError:
            return False
        return _is_public(plain) or (self.embedded and plain.is_loopback)


_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# What the standard library's `is_global` lets pass, or did in one of its versions.
_NOT_FOR_THE_WORLD = (
    IPv4Network("192.0.0.0/24"),  # of protocols; a cloud's metadata is in it
    IPv4Network("192.88.99.0/24"),  # relays of 6to4
    IPv4Network("168.63.129.16/32"),  # a cloud's own services, as its machines see them
    IPv6Network("2001::/23"),  # of protocols; Teredo and ORCHID are in it
    IPv6Network("2001:db8::/32"),
    IPv6Network("3fff::/20"),
)


def _plain(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, where it stands for one."""
    if isinstance(address, IPv4Address):
        return address
    # A zone (`%eth0`) is no part of where it leads.
    address = IPv6Address(int(address))
    if address in _MAPPED or address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour or address


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    special = any(address.version == network.version and address in network for network in _NOT_FOR_THE_WORLD)
    return address.is_global and not address.is_multicast and not special


def _ascii(host: str, *, in_brackets: bool) -> str:
    """The name of a host as it is looked up. Raises ValueError where it is none."""
    if "%" in host:
        raise ValueError("a zone of this machine's own leads to nobody else")
    if in_brackets:
        return str(IPv6Address(host))
    if not host.isascii():
        return idna.encode(host, uts46=True).decode("ascii")
    for label in host.removesuffix(".").split(".") if host else ():
        if label.startswith("xn--"):
            idna.decode(label)
    if not all(character.isalnum() or character in "-._" for character in host):
        raise ValueError(f"{host!r} is not the name of a host")
    return host


def _refused(message: str) -> TargetRefused:
    return TargetRefused(message, field="url")


def why(error: OSError) -> str:
    """What the system has against it, in its own words."""
    # Of names that are not found the number is another list's.
    if isinstance(error, socket.gaierror) or not error.errno:
        return str(error.strerror or error)
    return os.strerror(error.errno)
