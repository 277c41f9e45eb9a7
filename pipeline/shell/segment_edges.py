"""How segments begin and end: the samples of decoded sound, and how light the pictures are; each read once."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from pipeline.graph import AAC_FRAME, SAMPLE_RATE_HZ
from pipeline.plan.block_verdicts import SoundEdges
from pipeline.shell.chunks import MadeSegment
from pipeline.shell.pixels.segments import decoded
from pipeline.shell.pixels.small import luma_of
from pipeline.shell.remembering import remembered
from pipeline.shell.store import Artifact, Store

_VERSION: Final = 1
_BITS: Final = 8
_LEAD_S: Final = Fraction(1, 2)


def find_sound_edges(segment: MadeSegment, store: Store) -> tuple[SoundEdges, Artifact]:
    """Return how the sound of a segment begins and ends, decoded by itself, and what remembers it."""
    told, artifact = _remembered("sound edges", segment.key, store, lambda: asdict(_sound_edges(segment)))
    return _edges_told(told), artifact


def find_light_edges(artifact: Artifact, init: bytes, store: Store) -> tuple[tuple[int, int], Artifact]:
    """Return the lightest luma (8 bits) of the first and last picture of a file or segment, and what remembers it.

    `init` is the init segment that it is played with, nothing of a file.
    """
    told, kept = _remembered("light edges", artifact.key, store, lambda: {"light": _light(artifact, init)})
    first, last = told["light"]
    return (first, last), kept


def _remembered(kind: str, key: str, store: Store, find: Callable[[], dict[str, Any]]) -> tuple[Any, Artifact]:
    return remembered(store, kind, str(_VERSION), (key,), find, inputs=(key,))


def find_joined_edges(sound: Artifact, at: Fraction, store: Store) -> tuple[tuple[SoundEdges, SoundEdges], Artifact]:
    """Return how a whole sound ends before a time and begins at it, in seconds, and what remembers it.

    Encoders let sound be heard up to two frames before it begins and after it ends: peaks are those of a frame that
    lies two frames away.
    """

    def find() -> dict[str, Any]:
        return {"edges": [asdict(one) for one in _around(sound.path, at)]}

    told, kept = _remembered(f"sound edges at {at}", sound.key, store, find)
    before, after = map(_edges_told, told["edges"])
    return (before, after), kept


def _edges_told(told: Mapping[str, Any]) -> SoundEdges:
    return SoundEdges(tuple(told["first"]), tuple(told["last"]), told["first_peak"], told["last_peak"])


def _around(path: Path, at: Fraction) -> tuple[SoundEdges, SoundEdges]:
    import numpy as np

    from pipeline.shell.probe import open_media

    rows: list[tuple[int, Any]] = []
    with open_media(path) as container:
        stream: Any = container.streams.audio[0]
        tick = Fraction(stream.time_base)
        container.seek(max(0, int((at - _LEAD_S) / tick)), stream=stream)
        for frame in container.decode(stream):
            start = round(frame.pts * tick * SAMPLE_RATE_HZ)
            rows.append((start, _as_float(frame.to_ndarray(), frame.format.name, frame.layout.nb_channels)))
            if start > at * SAMPLE_RATE_HZ + 4 * AAC_FRAME:
                break
    wave = np.concatenate([row for _, row in rows], axis=1)
    place = min(max(0, round(at * SAMPLE_RATE_HZ) - rows[0][0]), wave.shape[1])
    return _edges(wave[:, :place]), _edges(wave[:, place:])


def _edges(wave: Any) -> SoundEdges:
    import numpy as np

    away = 2 * AAC_FRAME
    ends = wave[:, away : away + AAC_FRAME], wave[:, max(0, wave.shape[1] - away - AAC_FRAME) : wave.shape[1] - away]
    peaks = [round(float(np.abs(one).max()), 5) if one.size else 0.0 for one in ends]
    first, last = (
        tuple(round(float(one), 5) for one in column.ravel()) if wave.shape[1] else ()
        for column in (wave[:, :1], wave[:, -1:])
    )
    return SoundEdges(first, last, peaks[0], peaks[1])


def _as_float(samples: Any, name: str, channels: int) -> Any:
    import numpy as np

    # PCM comes with its channels side by side.
    rows = samples if name.endswith("p") else samples.reshape(-1, channels).T
    return rows if rows.dtype.kind == "f" else rows.astype(np.float64) / float(np.iinfo(rows.dtype).max)


def _sound_edges(segment: MadeSegment) -> SoundEdges:
    import av
    import numpy as np

    with av.open(io.BytesIO(segment.init + segment.artifact.path.read_bytes()), "r", format="mp4") as container:
        wave = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    return SoundEdges(
        first=tuple(round(float(one), 5) for one in wave[:, 0]),
        last=tuple(round(float(one), 5) for one in wave[:, -1]),
        first_peak=round(float(np.abs(wave[:, :AAC_FRAME]).max()), 5),
        last_peak=round(float(np.abs(wave[:, -AAC_FRAME:]).max()), 5),
    )


def _light(artifact: Artifact, init: bytes) -> list[int]:
    found: list[int] = []
    picture: Any = None
    for picture in decoded(init, artifact.path.read_bytes(), "DEFAULT"):
        if not found:
            found.append(_lightest(picture))
    return [*found, _lightest(picture)]


def _lightest(picture: Any) -> int:
    luma, bits, _ = luma_of(picture)
    return int(luma.max()) >> (bits - _BITS)
