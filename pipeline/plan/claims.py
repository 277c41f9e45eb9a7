"""Which claims of a file no film makes: what it says of itself is judged before a byte of its pictures is decoded.

Decoders make room for what headers say, so a file of a hundred bytes can ask for gigabytes. Every bound lies far above
what cameras and editors write.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

MOST_STREAMS: Final = 64
"""Of all kinds. A film in thirty languages with captions has about sixty."""
MOST_SIDE_PX: Final = 16_384
MOST_PIXELS: Final = 16_384 * 8_192
"""Twice 8K on either side; a picture of 16 bits and four planes then takes 1 GB."""
MOST_CHANNELS: Final = 64
"""Ambisonics of the seventh order has as many (ITU-R BS.2127)."""
MOST_SAMPLE_RATE_HZ: Final = 768_000
MOST_SECONDS: Final = 100 * 3600
MOST_ATTACHED_BYTES: Final = 256 << 20
"""Of fonts and pictures within a film, which libav reads whole as soon as it opens the file."""
MOST_PACKED_HEADER_BYTES: Final = 256 << 20
"""Of QuickTime's compressed movie boxes, as they unpack."""


@dataclass(frozen=True)
class Claims:
    """What a file says of itself; empty or zero where it does not."""

    streams: int = 0
    sizes: tuple[tuple[int, int], ...] = ()
    """Width and height in pixels of each picture."""
    channels: tuple[int, ...] = ()
    sample_rates_hz: tuple[int, ...] = ()
    seconds: Fraction = Fraction(0)
    attached_bytes: int = 0
    packed_header_bytes: int = 0
    samples: tuple[int, ...] = ()
    """Of each track that says how many bytes all of its samples have: these, added up."""
    size_bytes: int | None = None
    """How large the file is."""
    elsewhere: tuple[str, ...] = ()
    """How it says that its pictures or sound lie in other files, each the end of a sentence that begins with it."""


@dataclass(frozen=True)
class Objection:
    """Why a file is not opened, and what to do about it."""

    why: str
    remedy: str


_EXPORT: Final = "Export it again; if it plays everywhere, its header is damaged."
_SMALLER: Final = "Export it smaller."


def objection(claims: Claims) -> Objection | None:
    """Return the first thing that is wrong with the claims of a file; None where nothing is."""
    return next(_objections(claims), None)


def _objections(claims: Claims) -> Iterator[Objection]:
    for told in claims.elsewhere:
        remedy = "Export one self-contained file; in QuickTime Player: Export As, not Save."
        yield Objection(f"{told}; Matinee opens no file that another one names", remedy)
    if claims.streams > MOST_STREAMS:
        told = f"says that it has {claims.streams} streams; films of up to {MOST_STREAMS} are taken"
        yield Objection(told, "Export it with the picture, sound and captions that are needed.")
    for width, height in claims.sizes:
        if max(width, height) > MOST_SIDE_PX or width * height > MOST_PIXELS:
            most = f"{MOST_SIDE_PX} pixels on a side and {MOST_SIDE_PX}×{MOST_PIXELS // MOST_SIDE_PX} in all"
            yield Objection(f"says that its picture has {width}×{height} pixels; up to {most} are taken", _SMALLER)
    for count in claims.channels:
        if count > MOST_CHANNELS:
            yield Objection(f"says that its sound has {count} channels; up to {MOST_CHANNELS} are taken", _EXPORT)
    for rate in claims.sample_rates_hz:
        if rate > MOST_SAMPLE_RATE_HZ:
            yield Objection(f"says that its sound has {rate} Hz; up to {MOST_SAMPLE_RATE_HZ} are taken", _EXPORT)
    if claims.seconds > MOST_SECONDS:
        hours = f"{float(claims.seconds / 3600):.3g} hours"
        yield Objection(f"says that it lasts {hours}; films of up to {MOST_SECONDS // 3600} are taken", _EXPORT)
    if claims.attached_bytes > MOST_ATTACHED_BYTES:
        told = f"has {claims.attached_bytes >> 20} MiB of files attached; up to {MOST_ATTACHED_BYTES >> 20} are taken"
        yield Objection(told, "Export it without attachments.")
    if claims.packed_header_bytes > MOST_PACKED_HEADER_BYTES:
        yield Objection(f"says that its header unpacks to {claims.packed_header_bytes >> 20} MiB", _EXPORT)
    for amount in claims.samples:
        # Of one that was cut off, what plays ends too early, which is told with more care.
        if claims.size_bytes is not None and amount > 2 * claims.size_bytes:
            told = f"says that a track has {amount} bytes of samples; the whole file has {claims.size_bytes}"
            yield Objection(told, "Copy it again; if that does not help, export it again.")
