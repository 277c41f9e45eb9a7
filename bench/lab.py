"""Encode raw frames as clips are encoded, encode the result again as a platform would, and measure both by VMAF."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final

from bench import plain
from bench.vmaf import TAGGED, measure_vmaf
from pipeline.argv import picture_argv
from pipeline.camera import CameraPath
from pipeline.facts import Colour
from pipeline.framing import centred
from pipeline.graph import X264, FilmPicture, Panel, PictureEncode, View, Window
from pipeline.plan.framing import picture_area, views_of
from pipeline.plan.streams import PictureStream
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.study import Study
from pipeline.timebase import FrameRate

# How platforms encode what they get is theirs to know: a frugal one and a generous one, at presets cheap at scale.
PLATFORMS: Final = {"frugal": ("veryfast", "27"), "generous": ("fast", "23")}
_AT_ONCE: Final = 2


@dataclass(frozen=True)
class Settings:
    """What one encode is told."""

    encoder: X264
    params: Mapping[str, str] = field(default_factory=dict)
    """x264's own parameters by name, in place of those that clips have."""


@dataclass(frozen=True)
class Reference:
    """Some frames of a film without loss."""

    name: str
    path: Path
    frames: int
    width_px: int
    height_px: int
    rate: FrameRate


@dataclass(frozen=True)
class Encoded:
    """What an encode of a reference became."""

    reference: Reference
    path: Path
    cpu_seconds: float
    """Of the encode's process, with reading the frames."""
    vmaf: float

    @property
    def seconds(self) -> float:
        """Length."""
        return float(self.reference.rate.time_of(self.reference.frames))

    @property
    def kbps(self) -> float:
        """Size over length."""
        return self.path.stat().st_size * 8 / 1000 / self.seconds


Results = dict[str, Encoded]
"""By the reference's name."""


def make_reference(
    path: Path, study: Study, stream: PictureStream, *, name: str, start: Fraction, frames: int, more: str
) -> Reference:
    """Write frames of a film as a stream shows them, and return where; `more` is appended to the filters."""
    size = (stream.width_px, stream.height_px)
    area = picture_area(study.facts.picture)
    middle = centred(area, (0, frames), shape=Fraction(*size), fit=stream.fit)
    (view,) = views_of(
        (middle,), study.facts.picture, study.analysis.timeline, size=size, rate=stream.frame_rate, start=start,
        frames=frames,
    )  # fmt: skip
    filters = plain.picture_filters((view,), width_px=size[0], height_px=size[1]) + more
    # A seek may leave the first frame a little before or after 0; counted anew, every reader takes the same frames.
    counted = f"{filters},settb={1 / stream.frame_rate.fps},setpts=N,fps={stream.frame_rate}"
    argv = plain.cut(study.path, start=start, frames=frames, filters=counted)
    run_ffmpeg((*argv, "-c:v", "rawvideo", "-f", "nut", str(path)))
    return Reference(name, path, frames, stream.width_px, stream.height_px, stream.frame_rate)


class Lab:
    """A folder with references, and encodes of them, each made once."""

    def __init__(self, folder: Path, references: tuple[Reference, ...], base: X264) -> None:
        self.references = references
        self.base = base
        self._folder = folder
        self._numbers = itertools.count()
        self._known: dict[tuple[object, ...], Encoded] = {}

    def encode(self, all_settings: Sequence[Settings], names: Iterable[str]) -> list[Results]:
        """Encode references with each of the settings."""
        wanted = [reference for reference in self.references if reference.name in names]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            running = [[pool.submit(self._ours, one, reference) for reference in wanted] for one in all_settings]
            return [{made.reference.name: made for future in row for made in [future.result()]} for row in running]

    def platform_of(self, platform: str, made: Results) -> Results:
        """Encode our encodes again as a platform would."""
        jobs = [(encoded.reference, encoded.path) for encoded in made.values()]
        return self._platform(platform, jobs)

    def platform_of_pristine(self, platform: str, names: Iterable[str]) -> Results:
        """Encode references as a platform would that got them without loss."""
        return self._platform(platform, [(one, one.path) for one in self.references if one.name in names])

    def _platform(self, platform: str, jobs: Sequence[tuple[Reference, Path]]) -> Results:
        preset, crf = PLATFORMS[platform]
        coder = ("-c:v", "libx264", "-preset", preset, "-crf", crf, "-g", "60", "-threads", "4")
        options = ("-vf", TAGGED, *coder, "-an", "-f", "mp4")

        def encode(job: tuple[Reference, Path]) -> Encoded:
            reference, source = job
            return self._measured(reference, ("-i", f"file:{source}", *options), f"{platform} of {source.name}")

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return {made.reference.name: made for made in pool.map(encode, jobs)}

    def _ours(self, settings: Settings, reference: Reference) -> Encoded:
        identity = (settings.encoder, *settings.params.items(), reference.name)
        if identity not in self._known:
            *argv, _ = picture_argv([_node(reference, settings.encoder)], ["out"], lambda _: f"file:{reference.path}")
            changed = tuple(_with_params(argument, settings.params) for argument in argv)
            encoder = settings.encoder
            label = f"{encoder.preset} {float(encoder.crf):g} {dict(settings.params) or ''}"
            self._known[identity] = self._measured(reference, changed, label)
        return self._known[identity]

    def _measured(self, reference: Reference, argv: Sequence[str], label: str) -> Encoded:
        target = self._folder / f"{next(self._numbers)}-{reference.name}.mp4"
        run = run_ffmpeg((*argv, str(target)))
        encoded = Encoded(reference, target, run.cpu_seconds, _vmaf_of(target, reference))
        told = f"{encoded.kbps:.0f} kb/s, {encoded.cpu_seconds:.1f} CPU s, VMAF {encoded.vmaf:.2f}"
        print(f"{target.name}: {label}: {told}", file=sys.stderr, flush=True)
        return encoded


def _node(reference: Reference, encoder: X264) -> PictureEncode:
    """Return the node of a clip that shows a reference's frames as they are."""
    bt709 = Colour(primaries="bt709", transfer="bt709", matrix="bt709", full_range=False)
    part = FilmPicture(
        source=reference.name,
        stream_index=0,
        start=Fraction(0),
        frames=reference.frames,
        rate=reference.rate,
        seek=None,
        colour=bt709,
        scan="progressive",
        width_px=reference.width_px,
        height_px=reference.height_px,
    )
    width, height = reference.width_px, reference.height_px
    whole = Window(width, height, CameraPath.still(Fraction(0), Fraction(0)))
    view = View(reference.frames, (Panel(whole, 0, 0, width, height),))
    return PictureEncode((part,), ((view,),), width, height, reference.rate, encoder)


def _with_params(argument: str, changes: Mapping[str, str]) -> str:
    """Return x264's parameters with some changed; any other argument as it is."""
    if not argument.startswith("keyint="):
        return argument
    params = dict(pair.split("=", 1) for pair in argument.split(":"))
    return ":".join(f"{name}={value}" for name, value in {**params, **changes}.items())


def _vmaf_of(path: Path, reference: Reference) -> float:
    frames = ("-i", f"file:{reference.path}")
    return measure_vmaf(path, inputs=frames, graph="[0:v]null[frames]", shown="[frames]")
