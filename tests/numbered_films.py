"""Films whose every frame says which it is, and how tests read that from clips."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

_BITS = 12
_FILMS = 4


def make_film(path: Path, *, film: int, size: tuple[int, int], fps: int, seconds: int, shot_s: int, tone: bool) -> None:
    """Write a film whose frames carry their number and the film's in the middle, as blocks of black and white."""
    path.write_bytes(_film(path.suffix, film, size, fps, seconds, shot_s, tone))


@functools.cache
def _film(suffix: str, film: int, size: tuple[int, int], fps: int, seconds: int, shot_s: int, tone: bool) -> bytes:
    """Return the bytes of such a film, which is encoded once for all tests of a process that want the same."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"film{suffix}"
        _encode(path, film=film, size=size, fps=fps, seconds=seconds, shot_s=shot_s, tone=tone)
        return path.read_bytes()


def _encode(path: Path, *, film: int, size: tuple[int, int], fps: int, seconds: int, shot_s: int, tone: bool) -> None:
    import av
    import numpy as np

    width, height = size
    with av.open(str(path), "w") as container:
        picture: Any = container.add_stream(
            "libx264", rate=fps, options={"preset": "ultrafast", "crf": "16", "g": "12"}
        )
        picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
        sound: Any = container.add_stream("aac", rate=48000, layout="stereo", bit_rate=96000) if tone else None
        for number in range(fps * seconds):
            colour = [(30, 60, 160), (170, 90, 30), (40, 140, 60), (150, 40, 120)][number // (fps * shot_s) % 4]
            pixels = np.empty((height, width, 3), np.uint8)
            pixels[:] = colour
            pixels[:10, number % width : number % width + 12] = 200  # something moves
            for bit, is_set in enumerate(_bits(number, film)):
                row, column = divmod(bit, 4)
                top, left = height // 2 - 32 + row * 16, width // 2 - 32 + column * 16
                pixels[top : top + 16, left : left + 16] = 235 if is_set else 16
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            container.mux(picture.encode(frame))
        container.mux(picture.encode())
        if sound is not None:
            _add_tone(container, sound, seconds)


def _add_tone(container: Any, stream: Any, seconds: int) -> None:
    import av
    import numpy as np

    for start in range(0, 48000 * seconds, 1024):
        count = min(1024, 48000 * seconds - start)
        wave = 0.2 * np.sin(2 * np.pi * 440 * (start + np.arange(count)) / 48000)
        frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]).astype(np.float32), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = 48000, start, Fraction(1, 48000)
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def read_frames(path: Path) -> list[tuple[int, int] | None]:
    """Return which film and frame each picture of a clip shows; None for one that carries no number."""
    import av

    with av.open(str(path)) as container:
        return [read_blocks(frame.to_ndarray()[: frame.height]) for frame in container.decode(video=0)]


def read_shown(path: Path, rate: Fraction) -> list[tuple[int, int] | None]:
    """Return which film and frame is shown at each frame of a rate, as `read_frames` does: pictures may be held."""
    import av

    with av.open(str(path)) as container:
        frames = [
            (round((frame.pts + at) * frame.time_base * rate), read_blocks(frame.to_ndarray()[: frame.height]))
            for frame in container.decode(video=0)
            for at in (0, frame.duration)
        ]
    shown = []
    for (begin, picture), (end, _) in zip(frames[::2], frames[1::2], strict=True):
        shown += [picture] * (end - begin)
    return shown


def read_light(path: Path) -> list[float]:
    """Return how far each picture of a clip is from black, as mean luma above 16."""
    import av

    with av.open(str(path)) as container:
        return [float(frame.to_ndarray()[: frame.height].mean()) - 16 for frame in container.decode(video=0)]


def read_wave(path: Path) -> Any:
    """Return the samples of a clip's sound, channels in rows."""
    import av
    import numpy as np

    with av.open(str(path)) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)


def read_level(path: Path, *, rate: Fraction) -> list[float]:
    """Return the loudest sample under each picture of a clip, 0 to 1."""
    import numpy as np

    wave = np.abs(read_wave(path)[0])
    step = 48000 / rate
    return [float(wave[int(n * step) : int((n + 1) * step)].max()) for n in range(int(len(wave) / step))]


@dataclass(frozen=True)
class Media:
    """How tests look into clips."""

    read_frames: Callable[[Path], list[tuple[int, int] | None]] = read_frames
    read_shown: Callable[[Path, Fraction], list[tuple[int, int] | None]] = read_shown
    read_light: Callable[[Path], list[float]] = read_light
    read_level: Callable[..., list[float]] = read_level
    read_wave: Callable[[Path], Any] = read_wave


def read_blocks(grey: Any) -> tuple[int, int] | None:
    """Return which film and frame a picture is, by its grey values; None for one that carries no number."""
    import numpy as np

    height, width = grey.shape
    # The film is 144 high and cut to the clip's shape, so its middle is scaled by the heights alone.
    unit = height / 144 * 16
    bits = []
    for bit in range(16):
        row, column = divmod(bit, 4)
        y, x = height / 2 + (row - 2 + 0.5) * unit, width / 2 + (column - 2 + 0.5) * unit
        bits.append(np.mean(grey[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3]) > 125)
    number = sum(1 << place for place, is_set in enumerate(bits[:_BITS]) if is_set)
    film = bits[_BITS] + 2 * bits[_BITS + 1]
    valid = bits[_BITS + 2] and bits[_BITS + 3] == bool(number % 2)
    return (int(film), number) if valid else None


def _bits(number: int, film: int) -> list[bool]:
    assert number < 1 << _BITS and film < _FILMS
    return [
        *(bool(number >> place & 1) for place in range(_BITS)),
        bool(film & 1),
        bool(film & 2),
        True,
        bool(number % 2),
    ]
