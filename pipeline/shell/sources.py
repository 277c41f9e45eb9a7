"""The digest of our own source: what was remembered holds for as long as what worked it out is the same."""

from __future__ import annotations

import functools
import hashlib
from importlib import resources


@functools.cache
def source_digest(*places: str) -> str:
    """Return the digest of modules and of all modules in folders, named by their place in the package."""
    ours = resources.files("pipeline")
    sources = [ours.joinpath(place) for place in places if place.endswith(".py")]
    sources += [
        one
        for place in places
        if not place.endswith(".py")
        for one in ours.joinpath(place).iterdir()
        if one.name.endswith(".py")
    ]
    digests = sorted(hashlib.sha256(one.read_bytes()).hexdigest() for one in sources)
    return hashlib.sha256("".join(digests).encode("ascii")).hexdigest()
