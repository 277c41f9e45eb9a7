"""Under which names the page answers: a page elsewhere could have its own name resolve to this machine."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.errors import InputError
from pipeline.spelling import spelled

LOOPBACK_NAMES: Final = frozenset({"127.0.0.1", "localhost", "::1"})
EVERY_ADDRESS: Final = ("0.0.0.0", "::")  # noqa: S104 - named, to know that somebody asked for it
_AUTHORITY: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9._-]{1,253}))(?::\d{1,5})?", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?", re.ASCII)


@dataclass(frozen=True)
class Hosts:
    """Names and addresses that a request may be for."""

    names: frozenset[str]
    takes_any_address: bool
    """Whether an address is one of ours whatever it is: no name that could lead elsewhere stands for it."""

    def admit(self, authority: str) -> bool:
        """Tell whether a Host header names us, with or without a port."""
        found = _AUTHORITY.fullmatch(authority)
        if found is None:
            return False
        name = (found[1] or found[2]).lower().rstrip(".")
        return name in self.names or (self.takes_any_address and is_address(name))


def hosts_of(bound: str, allowed: Sequence[str]) -> Hosts:
    """Return under which names a page answers that listens at an address. Raises InputError for what is no name."""
    for name in (bound, *allowed):
        if not is_address(name) and _NAME.fullmatch(name) is None:
            raise InputError(
                f"{spelled(name)} is no name of a host.", remedy="Name one such as cutting-room.local, without a port."
            )
    own = (socket.gethostname(), f"{socket.gethostname()}.local") if bound in EVERY_ADDRESS else (bound,)
    return Hosts(
        LOOPBACK_NAMES | frozenset(name.lower().rstrip(".") for name in (*own, *allowed)),
        takes_any_address=bound in EVERY_ADDRESS,
    )


def is_address(name: str) -> bool:
    """Tell whether a name is an address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def address_of(bound: str, port: int) -> str:
    """Return the address of a page for people, for one that listens everywhere by this machine's name."""
    name = socket.gethostname() if bound in EVERY_ADDRESS else bound
    return f"http://{f'[{name}]' if ':' in name else name}:{port}/"
