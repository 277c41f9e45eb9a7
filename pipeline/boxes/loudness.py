"""How loud a track says that it is: its loudness box, which players level by before they look into the sound itself.

The box is that of ISO/IEC 14496-12, 12.2.7; what its values mean is said in ISO/IEC 23003-4.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from pipeline.boxes.atoms import Box, Fields, children, find_optional, pack, pack_full

_WHOLE_PROGRAMME: Final = 1
_LEAST_LUFS, _LUFS_STEP = -57.75, 0.25
_MOST_DBTP, _DBTP_STEP = 20.0, 1 / 32
# ITU-R BS.1770-4, measured and accurate.
_MEASURED: Final = 2 << 4 | 3
_ENTRIES_MAX: Final = 63


@dataclass(frozen=True)
class StatedLoudness:
    """Of a whole programme, to a quarter of a decibel, and its true peak to a thirty-second."""

    integrated_lufs: float
    true_peak_dbtp: float | None


def pack_loudness(stated: StatedLoudness) -> bytes:
    """Return the user data of a track that says how loud it is."""
    value = min(255, max(0, round((stated.integrated_lufs - _LEAST_LUFS) / _LUFS_STEP)))
    told = 0 if stated.true_peak_dbtp is None else round((_MOST_DBTP - stated.true_peak_dbtp) / _DBTP_STEP)
    # Downmix and dynamic range set 0: the sound as it is. A sample peak of 0 is an unknown one.
    peaks = min(4095, max(0, told)).to_bytes(3, "big")
    entry = struct.pack(">H3sBB", 0, peaks, _MEASURED, 1) + struct.pack(">BBB", _WHOLE_PROGRAMME, value, _MEASURED)
    return pack("udta", pack("ludt", pack_full("tlou", entry)))


def read_loudness(track: tuple[Box, ...], *, where: str) -> StatedLoudness | None:
    """Return how loud a track's boxes say that it is, None where they do not. Raises VerifyFailed."""
    data = find_optional("udta", track, where=where)
    loudness = None if data is None else find_optional("ludt", children(data), where=where)
    # One box for each of several downmixes and ranges, or one of version 1 for all.
    boxes = () if loudness is None else tuple(box for box in children(loudness) if box.kind == "tlou")
    return next((found for box in boxes if (found := _read_entries(Fields(box))) is not None), None)


def _read_entries(fields: Fields) -> StatedLoudness | None:
    version = fields.version(0, 1)
    count = fields.number("B") & _ENTRIES_MAX if version else 1
    for _ in range(count):
        if version:
            fields.take(1)
        applies, peaks, _, measurements = fields.read("H3sBB")
        peak = int.from_bytes(peaks, "big") & 0xFFF
        for method, value, _ in fields.rows("BBB", measurements):
            if method == _WHOLE_PROGRAMME and not applies & 0x1FFF:
                true_peak = _MOST_DBTP - peak * _DBTP_STEP if peak else None
                return StatedLoudness(_LEAST_LUFS + value * _LUFS_STEP, true_peak)
    return None
