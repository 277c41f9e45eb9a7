"""Say how loud sound is by EBU R 128, and how far that is from what is asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.errors import VerifyFailed
from pipeline.graph import SoundGoal

PEAK_GRAIN_DB: Final = 0.1
"""ebur128 prints peaks to a tenth: what it shows as -1.0 may lie above."""
_SILENT_LUFS: Final = -60.0
"""Sound this quiet is room noise or nothing; lifting it to a target would make hiss of it."""
_SUMMARY = re.compile(
    r"I:\s+(-?[\d.]+|-inf|nan) LUFS.*?LRA:\s+(-?[\d.]+|nan) LU.*?Peak:\s+(-?[\d.]+|-inf|nan) dBFS", re.DOTALL
)


@dataclass(frozen=True)
class Loudness:
    """What EBU R 128 says of some sound; `integrated_lufs` is -inf for silence."""

    integrated_lufs: float
    range_lu: float
    true_peak_dbtp: float

    def spelled(self) -> tuple[str, str, str]:
        """Return its values as texts, which hold what JSON has no number for."""
        return str(self.integrated_lufs), str(self.range_lu), str(self.true_peak_dbtp)

    @classmethod
    def read(cls, spelled: Sequence[str]) -> Loudness:
        """Return what was spelled."""
        integrated, loudness_range, peak = map(float, spelled)
        return cls(integrated, loudness_range, peak)

    @property
    def is_silent(self) -> bool:
        """True where nothing is loud enough to be brought to a target."""
        return not self.integrated_lufs > _SILENT_LUFS

    def over_db(self, goal: SoundGoal) -> float:
        """Return by how much the true peak is higher than is surely right; at most 0 where all is well."""
        return round(self.true_peak_dbtp - (float(goal.true_peak_dbtp) - PEAK_GRAIN_DB), 1)

    def missing_lu(self, goal: SoundGoal) -> float:
        """Return by how much it is quieter than asked for, negative where it is louder; silence misses nothing."""
        return 0.0 if self.is_silent else round(float(goal.loudness_lufs) - self.integrated_lufs, 1)


def parse_loudness(stderr: str) -> Loudness:
    """Read the summary that ffmpeg's ebur128 filter prints at the end. Raises VerifyFailed where there is none."""
    summary = stderr[stderr.rfind("Integrated loudness:") :]
    match = _SUMMARY.search(summary)
    if match is None:
        raise VerifyFailed.of("loudness measurement", (("summary of ebur128", "present", "missing"),))
    integrated, loudness_range, peak = (float(value) for value in match.groups())
    # ebur128 prints its floor, -70 LUFS, for digital silence.
    return Loudness(integrated if integrated > -70.0 else float("-inf"), loudness_range, peak)
