"""Reading the runs of samples that a track of a movie fragment has: how many, how large, how long, and from when on.

ISO/IEC 14496-12, 8.8.8 and 8.8.12. A count is checked before memory is taken for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from pipeline.boxes.atoms import Box, Fields, malformed

MAX_SAMPLES: Final = 20_000
"""In one fragment: seven minutes of sound, and no fragment is longer than its segment."""
_NOT_SYNC: Final = 0x10000  # sample_is_non_sync_sample (8.8.3.1)
_COLUMNS: Final = (0x100, 0x200, 0x400, 0x800)  # duration, size, flags, composition offset (8.8.8.1)


@dataclass(frozen=True)
class Defaults:
    """What a sample is where its run does not say: a trex box, overlaid by a tfhd box."""

    duration: int = 0
    size: int = 0
    flags: int = 0


class FragmentSample(NamedTuple):
    """One sample: where it lies in the segment's bytes, and its times in the track's timescale."""

    offset: int
    size: int
    duration: int
    shift: int
    """Shown minus decoded."""
    is_sync: bool


def read_run(box: Box, defaults: Defaults, samples: list[FragmentSample], *, base: int, following: int) -> int:
    """Read a trun box (8.8.8) onto the samples; return where its data ends."""
    fields = Fields(box)
    version, flags = fields.version_and_flags(0, 1)
    count = fields.number("I")
    if len(samples) + count > MAX_SAMPLES:
        raise malformed(box.where, f"says that it has {count} samples, more than the {MAX_SAMPLES} that are accepted")
    at = base + fields.number("i") if flags & 0x1 else following
    first_flags = fields.number("I") if flags & 0x4 else None
    columns = tuple(bit for bit in _COLUMNS if flags & bit)
    layout = "".join("i" if bit == 0x800 and version else "I" for bit in columns)
    rows = fields.rows(layout, count) if layout else iter(((),) * count)
    # What a row does not hold is taken from behind it.
    places = [columns.index(bit) if bit in columns else len(columns) + place for place, bit in enumerate(_COLUMNS)]
    beside = (defaults.duration, defaults.size, defaults.flags, 0)
    for number, row in enumerate(rows):
        held = (*row, *beside)
        duration, size, sample_flags, shift = (held[place] for place in places)
        if not number and first_flags is not None and 0x400 not in columns:
            sample_flags = first_flags
        samples.append(FragmentSample(at, size, duration, shift, not sample_flags & _NOT_SYNC))
        at += size
    return at


def read_decode_time(box: Box) -> int:
    """Read a tfdt box (8.8.12)."""
    fields = Fields(box)
    return fields.number("Q" if fields.version(0, 1) else "I")
