"""Make a clip by other means: a bare ffmpeg command, and a script for MoviePy; and our picture of it, to compare.

Peers encode the film's sound as it is; ours is brought to its loudness.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

from bench import plain
from bench.child import ChildRun, run_child
from bench.vmaf import measure_vmaf
from pipeline.argv import picture_argv
from pipeline.camera import CameraPath
from pipeline.cut import FilmPlan
from pipeline.cut.clips import PlannedClip
from pipeline.graph import FilmPicture, Panel, PictureEncode, View, Window
from pipeline.shell.ffmpeg import ffmpeg_exe
from pipeline.shell.probe import source_url

_MOVIEPY_SCRIPT: Final = Path(__file__).with_name("moviepy_script.py")
_FRAMES: Final = "[frames]"


@dataclass(frozen=True)
class Effort:
    """What some work took."""

    cpu_s: float = 0.0
    wall_s: float = 0.0
    largest_bytes: int = 0
    """The most that one process held."""
    peak_bytes: int = 0
    """The most that all processes held at one time."""

    @classmethod
    def of(cls, run: ChildRun) -> Self:
        """Return what a program took with all that it started."""
        return cls(run.cpu_seconds, run.wall_seconds, run.largest_bytes, run.peak_bytes)

    def __add__(self, other: Effort) -> Effort:
        """Return what both took, one after the other."""
        return Effort(
            self.cpu_s + other.cpu_s,
            self.wall_s + other.wall_s,
            max(self.largest_bytes, other.largest_bytes),
            max(self.peak_bytes, other.peak_bytes),
        )

    def scaled(self, share: float) -> Effort:
        """Return what so many times the work takes, in no more memory."""
        return Effort(self.cpu_s * share, self.wall_s * share, self.largest_bytes, self.peak_bytes)


@dataclass(frozen=True)
class Source:
    """The frames that a picture was encoded from: what ffmpeg reads, and a filter graph that ends in `shown`."""

    inputs: plain.Argv
    graph: str
    shown: str = _FRAMES

    def vmaf_of(self, encoded: Path, *, every: int) -> float:
        """Return the mean VMAF of a picture encoded from these frames."""
        return measure_vmaf(encoded, inputs=self.inputs, graph=self.graph, shown=self.shown, every=every)


@dataclass(frozen=True)
class Encoded:
    """One picture as somebody made it."""

    path: Path
    effort: Effort
    source: Source


def encode_barely(plan: FilmPlan, node: PictureEncode, target: Path) -> Encoded:
    """Make the first clip with a picture by one ffmpeg process that decodes, crops, scales and encodes."""
    (views,) = node.views
    filters = plain.picture_filters(views, width_px=node.width_px, height_px=node.height_px)
    part, source = _film_part(node), _source(plan, node, filters)
    started = (str(ffmpeg_exe()), "-hide_banner", "-nostdin", "-loglevel", "error")
    picture = ("-frames:v", str(part.frames), "-vf", filters, *plain.x264(node.encoder))
    command = (*source.inputs, *picture, *plain.aac(_kbps(plan, node), seconds=node.rate.time_of(part.frames)))
    return Encoded(target, Effort.of(run_child((*started, *command, str(target)))), source)


def encode_with_moviepy(plan: FilmPlan, node: PictureEncode, target: Path) -> Encoded:
    """Make the same by a script for MoviePy, with the same settings; its crop stays where the first shot's is."""
    part, panel = _film_part(node), _first_filling(node)
    window, corner = panel.window, panel.window.path.knots[0]
    start = part.start - plan.subject.main.facts.picture.start
    left, top = round(corner.left_px), round(corner.top_px)
    still = Window(window.width_px, window.height_px, CameraPath.still(corner.left_px, corner.top_px))
    view = View(part.frames, (Panel(still, 0, 0, node.width_px, node.height_px),))
    numbers = (
        float(start), float(start + node.rate.time_of(part.frames)), float(node.rate.fps),
        left, top, window.width_px, window.height_px, node.width_px, node.height_px, _kbps(plan, node),
    )  # fmt: skip
    film = plan.subject.main.path.absolute()
    script = (sys.executable, str(_MOVIEPY_SCRIPT), str(film), str(target), *map(str, numbers))
    run = run_child((*script, *plain.x264(node.encoder)))
    filters = plain.picture_filters((view,), width_px=node.width_px, height_px=node.height_px)
    return Encoded(target, Effort.of(run), _source(plan, node, filters))


def whole_picture(clip: PlannedClip) -> PictureEncode:
    """Return what encodes a clip's picture in one piece, as peers do, where ours is joined from several."""
    first, *_ = clip.pictures
    part = replace(_film_part(first), frames=clip.frames)
    return replace(first, parts=(part,), views=(tuple(view for one in clip.pictures for view in one.views[0]),))


def find_ours(plan: FilmPlan) -> dict[PictureEncode, Encoded]:
    """Return the distinct pictures that a plan made, each in a clip, by what would encode it in one piece.

    Its effort is its pieces' share of the processes that made them with others.
    """
    workshop, found = plan.workshop, dict[PictureEncode, Encoded]()
    for clip in plan.clips:
        whole = whole_picture(clip)
        if whole in found:
            continue
        pieces = [workshop.artifact(workshop.picture_key(node)) for node in clip.pictures]
        _, *argv = picture_argv([whole], ["out"], lambda key: source_url(workshop.masters[key]))
        place = argv.index("-filter_complex")
        source = Source(("-copyts", *argv[:place]), argv[place + 1], argv[argv.index("-map") + 1])
        effort = Effort(sum(float(one.receipt["cpu_seconds"]) for one in pieces))
        found[whole] = Encoded(plan.folder / "clips" / f"{clip.name}.mp4", effort, source)
    return found


def picture_bytes(path: Path) -> int:
    """Return the size of a file's picture without its sound and boxes."""
    import av

    with av.open(str(path)) as container:
        return sum(packet.size for packet in container.demux(video=0))


def _kbps(plan: FilmPlan, node: PictureEncode) -> int:
    """Return the bit rate of the sound of the first clip with a picture; 0 where it has none."""
    return next((clip.sound.kbps for clip in plan.clips if whole_picture(clip) == node and clip.sound is not None), 0)


def _source(plan: FilmPlan, node: PictureEncode, filters: str) -> Source:
    part, main = _film_part(node), plan.subject.main
    inputs = plain.seek(main.path.absolute(), part.start - main.facts.picture.start)
    return Source(inputs, f"[0:v]{filters},trim=end_frame={part.frames}{_FRAMES}")


def _film_part(node: PictureEncode) -> FilmPicture:
    (part,) = node.parts
    assert isinstance(part, FilmPicture), "moments are one stretch of the film each"
    return part


def _first_filling(node: PictureEncode) -> Panel:
    """Return the first shot's panel, or the first that fills the output where any does."""
    (views,) = node.views
    panels = [panel for view in views for panel in view.panels]
    size = node.width_px, node.height_px
    return next((panel for panel in panels if (panel.width_px, panel.height_px) == size), panels[0])
