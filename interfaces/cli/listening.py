"""Who listens at an address of this machine: a process of our own, or of somebody else."""

import ipaddress
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

_LISTEN = "0A"
_USUAL_PORTS = {"http": 80, "https": 443}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def ours_listens(url: str) -> bool:
    """Whether whoever answers at `url` on this machine is a process of this user. Not where it cannot be known."""
    try:
        parts = urlsplit(url)
        port = parts.port or _USUAL_PORTS[parts.scheme]
        wanted = _loopback(parts.hostname or "")
        listening = list(_listening(port))
    except (OSError, ValueError, KeyError):
        return False
    # Of a name with two addresses either may be taken: nobody else may listen at the other.
    answering = [uid for address in wanted for uid in _answering(address, listening)]
    return bool(answering) and all(uid == os.geteuid() for uid in answering)


def _loopback(host: str) -> list[Address]:
    if host == "localhost":
        return [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")]
    address = ipaddress.ip_address(host)
    return [address] if address.is_loopback else []


def _answering(wanted: Address, listening: list[tuple[Address, int]]) -> list[int]:
    """The owners of what takes a connection to an address: what listens at it alone comes before `any address`."""
    alone = [uid for address, uid in listening if address == wanted]
    both = (ipaddress.ip_address("0.0.0.0"), ipaddress.ip_address("::"))  # noqa: S104
    return alone or [uid for address, uid in listening if address in both]


def _listening(port: int) -> Iterator[tuple[Address, int]]:
    """The addresses at which somebody listens on a port, each with the user it belongs to."""
    if sys.platform == "linux":
        for table in ("tcp", "tcp6"):
            yield from _of_table(Path("/proc/net") / table, port)
    elif sys.platform != "win32":
        yield from _of_own_processes(port)


def _of_table(table: Path, port: int) -> Iterator[tuple[Address, int]]:
    if not table.exists():
        return
    for line in table.read_text("ascii").splitlines()[1:]:
        fields = line.split()
        address, _, at = fields[1].partition(":")
        if fields[3] == _LISTEN and int(at, 16) == port:
            # Words of 32 bits, each in the order of bytes of this machine.
            words = [int(address[n : n + 8], 16) for n in range(0, len(address), 8)]
            found = ipaddress.ip_address(struct.pack(f"={len(words)}I", *words))
            yield getattr(found, "ipv4_mapped", None) or found, int(fields[7])


def _of_own_processes(port: int) -> Iterator[tuple[Address, int]]:
    """Where the system has no table that anybody may read: what our own processes have open."""
    import psutil

    for process in psutil.process_iter():
        try:
            if process.uids().effective != os.geteuid():
                continue
            for held in process.net_connections("tcp"):
                if held.status == psutil.CONN_LISTEN and held.laddr.port == port:
                    yield ipaddress.ip_address(held.laddr.ip), os.geteuid()
        except psutil.Error:
            continue
