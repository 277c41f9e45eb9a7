"""Say how likely somebody speaks: earshot, a small neural voice detector whose model is part of its package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from pipeline.plan.features import SOUND_STEP

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLE_RATE: Final = 16_000
_FRAME: Final = 256
# A frame of 16 ms says little alone. Of spoken words the detector is this sure in more than three of ten frames, with
# music below them or not; of ten minutes of orchestra, in which no one speaks, in one half second of a hundred.
_SURE: Final = 0.85
_SMOOTH: Final = 2  # steps on either side
_NO_VOICE: Final = 0.15
_VOICE: Final = 0.45


class VoiceListener:
    """Listen to samples at 16 kHz, in pieces of any length."""

    def __init__(self) -> None:
        import earshot
        import numpy as np

        self._detector: Any = earshot.Detector()
        self._rest: NDArray[np.int16] = np.zeros(0, np.int16)
        self._sums: list[int] = []
        self._counts: list[int] = []
        self._heard = 0

    def take(self, samples: NDArray[np.int16]) -> None:
        """Listen to the next samples."""
        import numpy as np

        held = np.concatenate([self._rest, samples])
        for start in range(0, len(held) - _FRAME + 1, _FRAME):
            frame = held[start : start + _FRAME]
            self._note(self._detector.predict_i16(frame) > _SURE)
        self._rest = held[len(held) // _FRAME * _FRAME :]

    def likelihood(self, count: int) -> tuple[float, ...]:
        """Return from 0 to 1 how likely somebody speaks, for each of the first `count` steps."""
        shares = [total / max(1, number) for total, number in zip(self._sums, self._counts, strict=True)][:count]
        shares += [0.0] * (count - len(shares))
        return tuple(_smoothed(shares))

    def _note(self, is_voice: bool) -> None:
        step = int((self._heard + _FRAME / 2) / SAMPLE_RATE / float(SOUND_STEP))
        self._heard += _FRAME
        while len(self._sums) <= step:
            self._sums.append(0)
            self._counts.append(0)
        self._sums[step] += is_voice
        self._counts[step] += 1


def _smoothed(shares: list[float]) -> Iterator[float]:
    for step in range(len(shares)):
        window = shares[max(0, step - _SMOOTH) : step + _SMOOTH + 1]
        mean = sum(window) / len(window)
        yield round(min(1.0, max(0.0, (mean - _NO_VOICE) / (_VOICE - _NO_VOICE))), 3)
