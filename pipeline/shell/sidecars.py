"""What lies beside a film to say that it is whole: .ready files, and checksums as md5sum and xxhsum write them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final

from pipeline.plan.arrival_names import CHECKSUM_SUFFIXES, READY_SUFFIX, Algorithm, sidecars_of
from pipeline.shell.digests import Hasher

_MOST_BYTES: Final = 64 * 1024
_DIGITS: Final[dict[Algorithm, int]] = {
    "md5": 32, "sha1": 40, "sha256": 64, "sha512": 128, "xxh32": 8, "xxh64": 16, "xxh3": 16, "xxh128": 32,
}  # fmt: skip
# `d41d…  film.mov`, `d41d… *film.mov` and `d41d…` alone; a backslash says that the name is escaped.
_SUM_FIRST: Final = re.compile(r"\\?(?:XXH3_)?([0-9a-f]{8,128})(?:[ \t]+\*?(.+))?", re.IGNORECASE)
# `MD5 (film.mov) = d41d…`
_NAME_FIRST: Final = re.compile(r"[A-Z0-9_-]+ ?\((.+)\) ?= ?(?:XXH3_)?([0-9a-f]{8,128})", re.IGNORECASE)


@dataclass(frozen=True)
class Claim:
    """A checksum that a file is said to have, by one of these algorithms."""

    sidecar: str
    algorithms: tuple[Algorithm, ...]
    expected: str
    """In lower-case hex; empty where the sidecar says nothing of this film (yet)."""


@dataclass(frozen=True)
class Sidecars:
    """What lies beside a film."""

    is_ready: bool
    claims: tuple[Claim, ...]

    @property
    def are_there(self) -> bool:
        """Whether there is any."""
        return self.is_ready or bool(self.claims)


def read_sidecars(path: Path) -> Sidecars:
    """Return what the sidecars of a film say; those that cannot be read say nothing."""
    is_ready, claims = False, []
    for name in sidecars_of(path.name):
        sidecar = path.with_name(name)
        suffix = PurePath(name).suffix.lower()
        try:
            if not sidecar.is_file():
                continue
            if suffix == READY_SUFFIX:
                is_ready = True
            else:
                claims.append(_claim(sidecar, path.name, CHECKSUM_SUFFIXES[suffix]))
        except OSError:  # of a name that is too long, too
            continue
    return Sidecars(is_ready, tuple(claims))


def hashers_for(claims: tuple[Claim, ...]) -> dict[str, Hasher]:
    """Return what adds up the sums that claims are about, by the names of their algorithms."""
    return {algorithm: _MAKERS[algorithm]() for claim in claims for algorithm in claim.algorithms}


def broken_claim(claims: tuple[Claim, ...], sums: dict[str, str]) -> Claim | None:
    """Return the first claim that no sum bears out; None where all are true."""
    return next((claim for claim in claims if claim.expected not in [sums[one] for one in claim.algorithms]), None)


def _claim(sidecar: Path, film: str, algorithms: tuple[Algorithm, ...]) -> Claim:
    with sidecar.open("rb") as file:
        lines = file.read(_MOST_BYTES).decode("utf-8", "surrogateescape").splitlines()
    found = (_sum_of(line.strip(), film) for line in lines)
    expected = next((one for one in found if one is not None), "")
    fitting = tuple(one for one in algorithms if _DIGITS[one] == len(expected))
    return Claim(sidecar.name, fitting, expected)


def _sum_of(line: str, film: str) -> str | None:
    if match := _NAME_FIRST.fullmatch(line):
        return match[2].lower() if _is_of(match[1], film) else None
    match = _SUM_FIRST.fullmatch(line)
    if match is None or (match[2] is not None and not _is_of(match[2], film)):
        return None
    return match[1].lower()


def _is_of(named: str, film: str) -> bool:
    """Tell whether a line is about a film; the path that it had where it was copied from does not matter."""
    return PurePath(named.replace("\\", "/")).name == film


def _xxhash(name: str) -> Callable[[], Hasher]:
    def make() -> Hasher:
        import xxhash

        hasher: Hasher = getattr(xxhash, name)()
        return hasher

    return make


_MAKERS: Final[dict[Algorithm, Callable[[], Hasher]]] = {
    "md5": lambda: hashlib.md5(usedforsecurity=False),
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
    "xxh32": _xxhash("xxh32"),
    "xxh64": _xxhash("xxh64"),
    "xxh3": _xxhash("xxh3_64"),
    "xxh128": _xxhash("xxh3_128"),
}
