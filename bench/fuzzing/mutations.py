"""Mutate the bytes of small films: everything follows from a number, so that whatever is found can be made again."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import Final

# Where sizes, counts and kinds stand next to: boxes of MP4, chunks of AVI, elements of Matroska, keys of MXF, GUIDs of
# ASF, pages of Ogg, headers of streams.
_MARKS: Final = re.compile(
    rb"moov|mvhd|trak|tkhd|mdia|mdhd|hdlr|minf|stbl|stsd|stts|ctts|stsc|stsz|stco|co64|stss|elst|edts|moof|mfhd|traf|"
    rb"tfhd|trun|tfdt|sidx|mdat|ftyp|udta|meta|ilst|dref|avcC|hvcC|av1C|esds|colr|pasp|"
    rb"RIFF|LIST|avih|strh|strf|idx1|movi|00dc|01wb|"
    rb"\x1a\x45\xdf\xa3|\x18\x53\x80\x67|\x15\x49\xa9\x66|\x16\x54\xae\x6b|\x1f\x43\xb6\x75|\x1c\x53\xbb\x6b|\xae|\xe0|"
    rb"\x06\x0e\x2b\x34|OggS|FLV|\x00\x00\x01[\xb3\xba\xbb\xe0\x67\x68\x65]|\x47[\x40\x41\x01]|\xa1\xdc\xab\x8c"
)
_EXTREMES: Final = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 62,
                    (1 << 63) - 1, 1 << 63, (1 << 64) - 1)  # fmt: skip
_HEAD: Final = 4096
Change = Callable[[bytearray, random.Random, Sequence[bytes]], None]


def mutated(seed: int, films: Sequence[bytes]) -> tuple[int, bytes]:
    """Return which film a number stands for, and its bytes with one to four changes."""
    chance = random.Random(seed)
    number = seed % len(films)
    content = bytearray(films[number])
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
        chance.choice(_CHANGES)(content, chance, films)
    return number, bytes(content)


def _place(content: bytearray, chance: random.Random) -> int:
    """Return a place, in the first kilobytes or the last as often as anywhere else."""
    end = max(1, len(content))
    where = chance.random()
    if where < 0.4:
        return chance.randrange(min(end, _HEAD))
    return end - 1 - chance.randrange(min(end, _HEAD)) if where < 0.6 else chance.randrange(end)


def _flip(content: bytearray, chance: random.Random, _films: Sequence[bytes]) -> None:
    for _ in range(chance.choice((1, 2, 8, 32))):
        if content:
            content[_place(content, chance)] ^= 1 << chance.randrange(8)


def _scribble(content: bytearray, chance: random.Random, _films: Sequence[bytes]) -> None:
    at, count = _place(content, chance), chance.choice((1, 4, 16, 64, 256))
    content[at : at + count] = chance.randbytes(count)


def _claim(content: bytearray, chance: random.Random, _films: Sequence[bytes]) -> None:
    """Write an extreme number beside a mark: a size, a count, a width, a rate."""
    marks = [found.end() for found in _MARKS.finditer(content)]
    if not marks:
        return
    width = chance.choice((1, 2, 4, 4, 8))
    value = chance.choice(_EXTREMES) & ((1 << 8 * width) - 1)
    at = max(0, chance.choice(marks) + chance.choice((-8, -4 - width, *range(0, 48, 2), 48, 64, 80)))
    content[at : at + width] = value.to_bytes(width, chance.choice(("big", "little")))


def _cut(content: bytearray, chance: random.Random, _films: Sequence[bytes]) -> None:
    del content[_place(content, chance) :]


def _empty(content: bytearray, chance: random.Random, _films: Sequence[bytes]) -> None:
    at = _place(content, chance)
    content[at:] = bytes(len(content) - at)


def _drop(content: bytearray, chance: random.Random, _films: Sequence[bytes]) -> None:
    at = _place(content, chance)
    del content[at : at + chance.choice((1, 3, 188, 512, 4000))]


def _repeat(content: bytearray, chance: random.Random, _films: Sequence[bytes]) -> None:
    at, count = _place(content, chance), chance.choice((4, 64, 188, 1000, 8000))
    content[at:at] = content[at : at + count] * chance.choice((1, 2, 50))


def _splice(content: bytearray, chance: random.Random, films: Sequence[bytes]) -> None:
    """Put a piece of any film over or between what is there."""
    other = chance.choice(films)
    start, count = chance.randrange(len(other)), chance.choice((16, 200, 2000, 20_000))
    at = _place(content, chance)
    content[at : at + chance.choice((0, count))] = other[start : start + count]


def _swap(content: bytearray, chance: random.Random, _films: Sequence[bytes]) -> None:
    marks = [found.start() for found in _MARKS.finditer(content)]
    if len(marks) > 1:
        one, other = chance.choice(marks), chance.choice(marks)
        content[one : one + 4], content[other : other + 4] = content[other : other + 4], content[one : one + 4]


_CHANGES: Final[tuple[Change, ...]] = (
    _flip, _flip, _scribble, _claim, _claim, _claim, _claim, _cut, _empty, _drop, _repeat, _splice, _swap,
)  # fmt: skip
