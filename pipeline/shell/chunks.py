"""Make the segments of packages in the store: encode chunks of pictures, and cut them and whole sounds."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Self

from pipeline.argv import key_as_url, ladder_argv, recipe_key
from pipeline.boxes import (
    SEGMENTS_VERSION,
    Expectation,
    KeyPicture,
    Movie,
    PictureExpectation,
    StatedLoudness,
    WrittenSegment,
    even_times,
    pack_init,
    read_movie,
    verify_file,
    write_segments,
)
from pipeline.boxes.fragments import read_init
from pipeline.graph import CardDrawing, ChunkEncode, RungX264
from pipeline.plan.chunks import RungChunk
from pipeline.plan.levelled import Levelled
from pipeline.shell.chunk_keys import chunk_key, recall_chunk_keys
from pipeline.shell.ffmpeg import FfmpegRun, run_ffmpeg
from pipeline.shell.probe import source_url
from pipeline.shell.render import OnFraction, Workshop, fractions_of, inputs_of
from pipeline.shell.sound_receipts import levelled_in
from pipeline.shell.store import Artifact

_CUT_AT_ONCE: Final = 500
_OF_PLAYING: Final = ("init", "timescale", "start", "duration", "key_pictures")


@dataclass(frozen=True)
class MadeSegment:
    """A segment in the store, and what it holds."""

    artifact: Artifact
    """With what its receipt says of playing it, and no more: a film of two hours has ten thousand."""

    @classmethod
    def of(cls, artifact: Artifact) -> Self:
        """Return a segment that was made."""
        told = {name: artifact.receipt[name] for name in _OF_PLAYING}
        # One text for all that say the same. Only sounds have a note and were levelled.
        told |= {name: artifact.receipt.get(name) for name in ("note", "levelled")}
        told |= {"init": sys.intern(told["init"])}
        return cls(replace(artifact, receipt=told))

    @property
    def key(self) -> str:
        """Its key in the store."""
        return self.artifact.key

    @property
    def init(self) -> bytes:
        """The init segment that it is played with."""
        return base64.b64decode(self.artifact.receipt["init"])

    @property
    def stated(self) -> StatedLoudness | None:
        """How loud the sound that it is cut from is, as its init segment states; None for silence and pictures."""
        (track,) = read_init(self.init, where="an init segment").tracks
        return track.loudness

    @property
    def note(self) -> str | None:
        """What happened to the sound that it is cut from, where people should know of it."""
        told: str | None = self.artifact.receipt["note"]
        return told

    @property
    def levelled(self) -> Levelled | None:
        """How the sound that it is cut from came to its loudness; None where an earlier version did not write it."""
        told = self.artifact.receipt["levelled"]
        return None if told is None else Levelled.of(told)

    @cached_property
    def seconds(self) -> Fraction:
        """How long it plays."""
        receipt = self.artifact.receipt
        return Fraction(receipt["duration"], receipt["timescale"])

    @cached_property
    def start(self) -> Fraction:
        """When it begins on its reel's time line, in seconds."""
        receipt = self.artifact.receipt
        return Fraction(receipt["start"], receipt["timescale"])

    @cached_property
    def key_pictures(self) -> tuple[KeyPicture, ...]:
        """The pictures in it that stand alone."""
        return tuple(KeyPicture(*one) for one in self.artifact.receipt["key_pictures"])

    @cached_property
    def key_picture_times(self) -> tuple[Fraction, ...]:
        """When they are shown on its reel's time line, in seconds."""
        timescale = self.artifact.receipt["timescale"]
        return tuple(Fraction(one.shown, timescale) for one in self.key_pictures)


def picture_segment_keys(workshop: Workshop, rung: RungChunk) -> tuple[str, ...]:
    """Return the keys of a rendition's segments of a chunk."""
    encode = chunk_key(*_chunk(workshop, rung))
    return tuple(_segment_keys(encode, rung.borders, rung.first, () if rung.held is None else rung.held.times))


def recall_keys(workshop: Workshop, rungs: Sequence[RungChunk]) -> str:
    """Learn the keys of renditions that stand together; return that of what keeps them, which must not be removed."""
    return recall_chunk_keys(workshop.store, [_chunk(workshop, rung) for rung in rungs])


def sound_segment_keys(sound: str, packets: Sequence[int]) -> tuple[str, ...]:
    """Return the keys of the segments of an encoded sound, which is named by its key, cut before these packets."""
    return tuple(_segment_keys(sound, packets, first=0))


def find_segments(workshop: Workshop, keys: Sequence[str]) -> tuple[MadeSegment, ...]:
    """Return segments that were made, each read once by a workshop. Raises KeyError for one that was not."""
    found = workshop.segments
    for key in keys:
        if key not in found:
            found[key] = MadeSegment.of(workshop.artifact(key))
    return tuple(found[key] for key in keys)


def make_picture_segments(
    workshop: Workshop,
    rungs: Sequence[RungChunk],
    on_fraction: OnFraction | None = None,
    *,
    cards: Sequence[CardDrawing] = (),
) -> dict[str, MadeSegment]:
    """Encode the renditions of one chunk that are missing, in one pass over the masters; segments by key.

    `cards` are those that the chunk shows, drawn where something is missing.
    """
    # Where shots have their quality, two renditions of a still picture may come to the same, and are one encode.
    distinct = {picture_segment_keys(workshop, rung): rung for rung in rungs}

    def produce(paths: Mapping[str, Path]) -> dict[str, dict[str, Any]]:
        for card in cards:
            workshop.make_card(card)
        wanted = {keys: rung for keys, rung in distinct.items() if any(key in paths for key in keys)}
        encodes = {
            rung: _encode_beside(next(paths[key] for key in keys if key in paths)) for keys, rung in wanted.items()
        }
        try:
            with workshop.reading(inputs_of(rungs[0].node.picture.parts)) as runs:
                run = _encode(workshop, encodes, on_fraction)
                runs.append(run)
                workshop.check_pictures(inputs_of(rungs[0].node.picture.parts), run)
                receipts: dict[str, dict[str, Any]] = {}
                for (keys, rung), share in zip(wanted.items(), _shares(tuple(wanted.values())), strict=True):
                    targets = [paths.get(key) for key in keys]
                    told = _picture_receipt(workshop, rung, run, share / len(targets))
                    written = _cut_pictures(rung, encodes[rung], targets, told)
                    receipts |= {key: one for key, one in zip(keys, written, strict=True) if key in paths}
                return receipts
        finally:
            for path in encodes.values():
                path.unlink(missing_ok=True)

    wanted = {key: ".m4s" for keys in distinct for key in keys}
    made = workshop.store.make_several(wanted, produce)
    return {key: MadeSegment.of(artifact) for key, (artifact, _) in made.items()}


def make_sound_segments(workshop: Workshop, sound: str, packets: Sequence[int]) -> dict[str, MadeSegment]:
    """Cut an encoded sound of the store before some of its packets; segments by key."""
    made: dict[str, MadeSegment] = {}
    # Each is locked while it is made, and a film of two hours has more than a process may have files open.
    keys = sound_segment_keys(sound, packets)
    for first in range(0, len(keys), _CUT_AT_ONCE):
        made |= _cut_sound(workshop, sound, packets, keys[first : first + _CUT_AT_ONCE])
    return made


def _cut_sound(workshop: Workshop, sound: str, packets: Sequence[int], wanted: Sequence[str]) -> dict[str, MadeSegment]:
    """Cut some of the segments of an encoded sound."""
    keys = sound_segment_keys(sound, packets)

    def produce(paths: Mapping[str, Path]) -> dict[str, dict[str, Any]]:
        whole = workshop.artifact(sound)
        movie, loudness = read_movie(whole.path), _stated(whole.receipt["loudness"])
        told = {
            "made_by": "segment",
            "inputs": [sound],
            "toolchain": f"segments {SEGMENTS_VERSION}",
            # The whole sound need not stay in the store.
            "note": whole.receipt["note"],
            "levelled": levelled_in(whole.receipt).document(),
        }
        times = even_times(movie, start=0)
        written = write_segments(movie, [paths.get(key) for key in keys], borders=packets, times=times)
        (track,) = movie.tracks
        receipts = (_receipt(told, one, track.timescale, pack_init(track, loudness)) for one in written)
        return {key: one for key, one in zip(keys, receipts, strict=True) if key in paths}

    made = workshop.store.make_several(dict.fromkeys(wanted, ".m4s"), produce)
    return {key: MadeSegment.of(artifact) for key, (artifact, _) in made.items()}


def _chunk(workshop: Workshop, rung: RungChunk) -> tuple[str, ChunkEncode]:
    return _toolchain(workshop, rung), rung.node


def _toolchain(workshop: Workshop, rung: RungChunk) -> str:
    """Return what encodes a rendition: of key pictures it is libx264, whatever the ladder's codec."""
    return workshop.toolchain if isinstance(rung.node.encoder, RungX264) else workshop.rung_toolchain


def _segment_keys(encode: str, borders: Sequence[int], first: int, times: Sequence[int] = ()) -> Iterator[str]:
    for begin, end in pairwise(borders):
        held = tuple(map(str, times[begin : end + 1]))
        yield recipe_key("segment", str(SEGMENTS_VERSION), (encode, str(first), str(begin), str(end), *held))


def _encode_beside(path: Path) -> Path:
    """Return where a rendition's encode lies while it is cut: a killed run's is cleared away with its segments."""
    return path.with_name(f"{path.stem}-encode.mp4")


def _encode(workshop: Workshop, encodes: Mapping[RungChunk, Path], on_fraction: OnFraction | None) -> FfmpegRun:
    nodes = [rung.node for rung in encodes]
    argv = ladder_argv(nodes, [source_url(path) for path in encodes.values()], workshop.locate)
    return run_ffmpeg(argv, on_progress=fractions_of(nodes[0].frames, on_fraction))


def _shares(rungs: Sequence[RungChunk]) -> list[float]:
    """Return each rendition's share of a common process's CPU time, by its pixels in a second."""
    pixels = [rung.node.size[0] * rung.node.size[1] / rung.node.every for rung in rungs]
    return [count / sum(pixels) for count in pixels]


def _cut_pictures(
    rung: RungChunk, encode: Path, targets: Sequence[Path | None], told: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    node = rung.node
    width, height = node.size
    expectation = PictureExpectation(
        width=width,
        height=height,
        rate=node.rate,
        frames=node.frames,
        keyframe_interval_max=node.encoder.keyframe_interval_frames,
        level_max=round(float(node.encoder.level) * 10),
        keyframes=node.keyframes,
        codec=node.encoder.codec,
    )
    movie = _on_its_time_line(verify_file(encode, Expectation(picture=expectation, sound=None)), rung)
    (track,) = movie.tracks
    for one in write_segments(movie, targets, borders=rung.borders, times=_times(movie, rung)):
        yield _receipt(told, one, track.timescale, pack_init(track))


def _on_its_time_line(movie: Movie, rung: RungChunk) -> Movie:
    """Return an encode that counts the ticks of its reel: what is held was encoded as its rendition plays films."""
    if rung.held is None:
        return movie
    (track,) = movie.tracks
    return replace(movie, tracks=(replace(track, timescale=rung.held.rate.timescale),))


def _times(movie: Movie, rung: RungChunk) -> Sequence[int]:
    """Return when each picture of a chunk is decoded, and the last one ends, in ticks on its reel's time line."""
    if rung.held is not None:
        return rung.held.times
    node, (track,) = rung.node, movie.tracks
    step = track.samples.duration // track.samples.count
    start = rung.first * step
    return even_times(movie, start=start, end=start + node.picture.frames * step // node.every)


def _stated(loudness: Mapping[str, float | None]) -> StatedLoudness | None:
    """Return what a sound's segments say of its loudness; nothing of silence."""
    integrated = loudness["integrated_lufs"]
    return None if integrated is None else StatedLoudness(integrated, loudness["true_peak_dbtp"])


def _picture_receipt(workshop: Workshop, rung: RungChunk, run: FfmpegRun, share: float) -> dict[str, Any]:
    return {
        "made_by": "segment",
        "recipe": list(ladder_argv([rung.node], ["out"], key_as_url)),
        "inputs": inputs_of(rung.node.picture.parts),
        "toolchain": _toolchain(workshop, rung),
        "cpu_seconds": round(run.cpu_seconds * share, 3),
        "rendition": rung.rendition.name,
        "rate": str(rung.node.rate),
        "width_px": rung.node.size[0],
        "height_px": rung.node.size[1],
    }


def _receipt(told: Mapping[str, Any], written: WrittenSegment, timescale: int, init: bytes) -> dict[str, Any]:
    return {
        **told,
        "init": base64.b64encode(init).decode("ascii"),
        "timescale": timescale,
        "start": written.start,
        "duration": written.duration,
        "samples": written.samples,
        "key_pictures": [[one.shown, one.start, one.size] for one in written.key_pictures],
    }
