"""What every target does: tell what it holds, take whole files under new names, and replace the few that may be."""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol

from pipeline.errors import InputError, PublishError, Transient
from pipeline.plan.publication import Item
from pipeline.shell.editions import Editions
from pipeline.spelling import spelled

TEXT_MAX: Final = 16 << 20
Holding = Literal["absent", "same", "other"]


class Busy(PublishError, Transient):  # noqa: N818 - says what happened
    """Another run publishes at the target just now."""


@dataclass(frozen=True)
class Text:
    """What lies under a name that may be replaced."""

    data: bytes
    tag: str
    """By which the target knows this very state of it."""


class Target(Protocol):
    """A place with one flat layout that editions share.

    Whatever cannot be done raises PublishError, or InputError where what the user gave is the reason.
    """

    where: str
    """What it is called in the ledger and to people."""
    editions: Editions

    def prepare(self) -> tuple[str, ...]:
        """See whether it can be written to, clear away what a killed run left; return what people should know."""

    def sharing(self) -> AbstractContextManager[None]:
        """Hold it against removals by other runs of this machine while something is being published."""

    def alone(self) -> AbstractContextManager[None]:
        """Hold it for removals. Raises Busy while something is being published."""

    def switching(self) -> AbstractContextManager[None]:
        """Hold it, for a moment, while a name that may be replaced is compared and written."""

    def holding(self, item: Item) -> Holding:
        """Tell whether it has a name, with the bytes that are to be there or with others."""

    def put(self, item: Item, path: Path) -> None:
        """Put a file under a name that is new there, whole, and read what arrived; other bytes stay as they are."""

    def read(self, name: str) -> Text | None:
        """Return the text of a playlist or page, or None where there is none."""

    def follow(self, name: str) -> bytes | None:
        """Return what a player gets under any name beside segments/, whoever put it there; None for nothing."""

    def replace(self, item: Item, data: bytes, tag: str | None) -> None:
        """Put text under a name that had a tag, or nothing for None. Raises PublishError where that is not so now."""

    def remove(self, name: str) -> None:
        """Remove a name; one that is not there is none the less removed."""

    def root_names(self) -> tuple[str, ...]:
        """Return the names that lie beside segments/, in order."""


def overtaken(name: str, where: str) -> PublishError:
    """Return the error for a name that somebody else changed in between."""
    return PublishError(
        f"{name} at {spelled(where)} was changed by another run or person while this one was publishing; "
        "what is there now was left alone.",
        remedy="Look at which of the two should be there, and publish that again.",
        name=name,
    )


def other_bytes(name: str, where: str) -> PublishError:
    """Return the error for a name made from content that stands for another one."""
    return PublishError(
        f"{name} is at {spelled(where)} already, with other bytes than its name says; it was left as it is.",
        remedy="Somebody changed it, or it was cut short. Remove it there and publish again.",
        name=name,
    )


def other_headers(name: str, where: str, told: str) -> PublishError:
    """Return the error for the right bytes with headers that players cannot use."""
    return PublishError(
        f"{name} is at {spelled(where)} already, with {told}; it was left as it is.",
        remedy="Something else put it there. Remove it there and publish again.",
        name=name,
    )


def not_what_was_sent(name: str, where: str) -> PublishError:
    """Return the error for what did not arrive as it was sent, and was taken away again."""
    return PublishError(
        f"{name} did not arrive at {spelled(where)} as it was sent: its sha256 is another. It was removed there.",
        remedy="Run the same command again; if it happens again, the store or the network damages what it is given.",
        name=name,
    )


def read_unchanged(path: Path, item: Item) -> bytes:
    """Return a file of the package. Raises InputError where it is not what it was when the package was read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise changed_meanwhile(path) from error
    if hashlib.sha256(data).hexdigest() != item.sha256:
        raise changed_meanwhile(path)
    return data


def changed_meanwhile(path: Path) -> InputError:
    """Return the error for a file of the package that is not what it was when the package was read."""
    return InputError(
        f"{spelled(str(path))} changed while it was being published.",
        remedy="Wait until the package is finished, and run the same command again.",
    )


def foreign(name: str, target: Target) -> InputError:
    """Return the error for what lies under a name that may be replaced, but not by us."""
    return InputError(
        f"{name} at {spelled(target.where)} was not put there from here, or was changed since; it was left alone.",
        remedy="Publish under another name with --as, or remove it there if nobody needs it.",
        name=name,
    )
