"""Windows that move over masters of every kind are where their path says at every picture, cuts included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from pipeline.argv import picture_argv
from pipeline.camera import CameraPath, Knot
from pipeline.edit import Edit, MasterSpan
from pipeline.framing import Area, FramedStretch, filling
from pipeline.plan.clips import Film, plan_picture
from pipeline.plan.framing import rotated_size
from pipeline.plan.shots import Timeline
from pipeline.plan.streams import PictureStream
from pipeline.shell.ledger import Ledger
from pipeline.shell.render import Workshop
from pipeline.shell.store import Store
from pipeline.shell.study import study_master
from pipeline.timebase import FrameRate, Span
from tests.masters.studio import Studio, ffmpeg

FRAMES = 72
SIZE = (192, 108)
OUT = (180, 320)
Pictures = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Kind:
    """How a master is made of pictures that are shown as wide as SIZE says, unless it is turned."""

    rate: str = "24"
    cut: int = 36
    """The first frame of its second shot."""
    out_rate: str = "24"
    size: tuple[int, int] = SIZE
    made: tuple[str, ...] = ("-c:v", "libx264", "-qp", "8", "-pix_fmt", "yuv420p")
    picture_filter: str = "null"
    turn: int = 0
    times: Callable[[int], Fraction] | None = None
    start: Fraction = Fraction(0)
    """Seconds at which the clip begins."""
    within: float = 0.4
    """Pixels of the clip by which a window may be off."""


def _slowing(number: int) -> Fraction:
    return Fraction(min(number, 30), 24) + Fraction(max(0, number - 30), 15)


KINDS = {
    "plain": Kind(),
    "from the middle of a frame on": Kind(start=Fraction(10, 72)),
    "every second picture": Kind("60", 35, "30", start=Fraction(1, 60)),
    "a lower rate": Kind("25", 37, "24"),
    "a higher rate": Kind("24", 37, "30"),
    "varying rate": Kind(cut=33, picture_filter="setpts='if(lt(N,30),N/24,30/24+(N-30)/15)/TB'", times=_slowing),
    "ten bits": Kind(made=("-c:v", "libx264", "-qp", "8", "-pix_fmt", "yuv420p10le")),
    "anamorphic": Kind(picture_filter="scale=144:108,setsar=4/3"),
    "turned": Kind(turn=90),
    "interlaced": Kind(
        "25", 37, "25", made=("-c:v", "mpeg2video", "-q:v", "1", "-flags", "+ildct+ilme"), picture_filter="setfield=tff"
    ),
    "odd": Kind(size=(191, 107), made=("-c:v", "libx264", "-qp", "8", "-pix_fmt", "yuv444p"), within=1.8),
}


def _texture(seed: int, size: tuple[int, int]) -> Pictures:
    noise = np.random.default_rng(seed).integers(30, 225, (size[1] // 7, size[0] // 7)).astype(np.uint8)
    grey: Pictures = cv2.resize(noise, size, interpolation=cv2.INTER_CUBIC)
    return grey[..., None].repeat(3, axis=2)


def _shoot(studio: Studio, name: str, kind: Kind) -> tuple[Path, list[Pictures]]:
    """Return a master of two shots in which nothing moves, and their pictures as shown."""
    shown = [_texture(seed, kind.size) for seed in (1, 2)]
    stored = [np.ascontiguousarray(np.rot90(one, kind.turn // 90)) for one in shown]
    pictures = np.stack([stored[number >= kind.cut] for number in range(FRAMES)])
    rest = ("-fps_mode", "vfr", "-enc_time_base", "1/240") if kind.times else ()
    master = studio.shoot(
        f"moving-{name}.mkv", rate=kind.rate, pictures=pictures, picture=kind.made, picture_filter=kind.picture_filter,
        sound=None, rest=rest, times=kind.times,
    )  # fmt: skip
    if not kind.turn:
        return master.path, shown
    path = master.path.with_name(f"moving-{name}.mp4")
    ffmpeg("-display_rotation", str(-kind.turn), "-i", master.path, "-c", "copy", path)
    return path, shown


def _framing(kind: Kind, first: int, size: tuple[int, int]) -> tuple[FramedStretch, FramedStretch]:
    """Return a pan to the right in the first shot, and one to the left in the second."""
    window = Area(Fraction(0), Fraction(0), Fraction(size[0]), Fraction(size[1])).largest(Fraction(*OUT))

    def panned(frames: tuple[int, int], start: int, stop: int) -> FramedStretch:
        places = ((4, start), (frames[1] - frames[0] - 6, stop))
        path = CameraPath(tuple(Knot(frame, Fraction(left), Fraction(0)) for frame, left in places))
        return FramedStretch(frames, (filling(window, path),))

    # From and to pixels that are even in stored pixels as well, but for the odd picture: at others, no window stands.
    return panned((first, kind.cut), 16, 80), panned((kind.cut, FRAMES), 120, 32)


def _stream(rate: FrameRate) -> PictureStream:
    return PictureStream(*OUT, rate, 48, 0, None, 9000, "crop", Fraction(3))


@dataclass(frozen=True)
class Expected:
    """Which shot a picture of the clip shows, and where its window is."""

    shot: int
    left: float


def _expected(
    number: int, kind: Kind, stretches: tuple[FramedStretch, ...], timeline: Timeline, rate: FrameRate
) -> Expected:
    """Return what a picture of the clip shows, worked out from the times of the master's pictures alone."""
    per_picture = Fraction(kind.rate) / rate.fps
    if per_picture.denominator == 1 and per_picture > 1:
        frame = timeline.frame_at(kind.start) + number * int(per_picture)
    else:
        # ffmpeg's fps shows a picture from the frame on that is nearest to its time.
        places = [(timeline.time_of(one) - kind.start) * rate.fps for one in range(FRAMES)]
        frame = max(one for one in range(FRAMES) if one == 0 or (places[one] + Fraction(1, 2)).__floor__() <= number)
    shot = int(frame >= kind.cut)
    first, path = stretches[shot].frames[0], stretches[shot].panels[0].path
    began = timeline.time_of(first)
    in_time = CameraPath(
        tuple(Knot(timeline.time_of(first + int(knot.frame)) - began, knot.left_px, knot.top_px) for knot in path.knots)
    )
    time = timeline.time_of(frame) - began
    if kind.times is not None or per_picture.denominator != 1:
        shown = max(0, rate.nearest_frame(began - kind.start))
        time = (number - shown) / rate.fps + max(Fraction(0), kind.start - began)
    return Expected(shot, float(in_time.at(time)[0]))


@pytest.mark.parametrize("name", KINDS)
def test_a_window_is_where_its_path_says_at_every_picture(studio: Studio, tmp_path: Path, name: str) -> None:
    kind = KINDS[name]
    path, shots = _shoot(studio, name.replace(" ", "-"), kind)
    store = Store(tmp_path / "store")
    study = study_master(path, store=store, ledger=Ledger(tmp_path / "ledger.sqlite3"))
    timeline, size = study.analysis.timeline, study.facts.picture.display_size
    assert timeline.frame_count == FRAMES and (timeline.ticks is not None) == (kind.times is not None)
    span = Span(kind.start, timeline.duration)
    stretches = _framing(kind, timeline.frame_at(kind.start), size)
    rate = FrameRate.parse(kind.out_rate)
    node = plan_picture(
        Edit("pan", (MasterSpan(study.digest, span),)),
        _stream(rate),
        {study.digest: Film(study.digest, study.facts, timeline)},
        framing=(stretches,),
    )
    made = next(iter(Workshop(store, "test", {study.digest: path}).make_pictures([node]).values()))
    with av.open(str(made.artifact.path)) as container:
        pictures = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert len(pictures) == rate.frames_within(span.duration)
    window, stored = node.views[0][0].panels[0].window, rotated_size(study.facts.picture)
    shown_window = window.width_px * size[0] / stored[0], window.height_px * size[1] / stored[1]
    for number, picture in enumerate(pictures):
        expected = _expected(number, kind, stretches, timeline, rate)
        wanted = _through_window(shots[expected.shot], size, expected.left, shown_window)
        # How far to the left the picture lies of what is wanted, by the slope of the latter (Lucas and Kanade, 1981).
        slope, away = np.gradient(wanted, axis=1), picture - wanted
        off = float((away * slope).sum() / (slope**2).sum())
        assert abs(off) < kind.within and np.abs(away).mean() < 6, (
            f"picture {number}: {off} pixels off, {np.abs(away).mean()}"
        )


def test_a_long_way_that_is_shown_in_parts_shows_the_same_pictures(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = _shoot(studio, "long", Kind())
    study = study_master(path, store=Store(tmp_path / "study"), ledger=Ledger(tmp_path / "ledger.sqlite3"))
    window = Area(Fraction(0), Fraction(0), Fraction(SIZE[0]), Fraction(SIZE[1])).largest(Fraction(*OUT))
    # There and back with halts between, a knot at every third frame, and parts of it in which nothing moves.
    lefts = [60 + round(50 * np.sin(frame / 9)) for frame in range(0, 48, 3)] + [40] * 4 + [44, 52, 70, 90]
    way = CameraPath(tuple(Knot(3 * number, Fraction(left), Fraction(0)) for number, left in enumerate(lefts)))
    framing = ((FramedStretch((0, FRAMES), (filling(window, way),)),),)
    films = {study.digest: Film(study.digest, study.facts, study.analysis.timeline)}
    edit = Edit("long", (MasterSpan(study.digest, Span(Fraction(0), Fraction(3))),))
    node = plan_picture(edit, _stream(FrameRate.parse("24")), films, framing=framing)
    seen = []
    for most in (1000, 6):
        monkeypatch.setattr("pipeline.argv.views._MOST_PIECES", most)
        argv = picture_argv([node], ["out"], lambda _: f"file:{path}")
        assert (argv[argv.index("-filter_complex") + 1].count("perspective=") > 1) == (most == 6)
        workshop = Workshop(Store(tmp_path / f"store-{most}"), "test", {study.digest: path})
        made = next(iter(workshop.make_pictures([node]).values()))
        with av.open(str(made.artifact.path)) as container:
            seen.append(np.stack([frame.to_ndarray(format="gray") for frame in container.decode(video=0)]))
    assert len(seen[0]) == FRAMES and np.array_equal(*seen)


def _through_window(shown: Pictures, size: tuple[int, int], left: float, window: tuple[float, float]) -> Pictures:
    """Return what a window of a size shows of a picture, in the size of the clip."""
    grey = cv2.cvtColor(cv2.resize(shown, size, interpolation=cv2.INTER_CUBIC), cv2.COLOR_RGB2GRAY)
    scale = OUT[0] / window[0], OUT[1] / window[1]
    # Pixels have their middles at halves.
    shift = [(factor - 1) / 2 - factor * place for factor, place in zip(scale, (left, 0), strict=True)]
    way = np.array([[scale[0], 0, shift[0]], [0, scale[1], shift[1]]])
    seen: Pictures = cv2.warpAffine(grey, way, OUT, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return seen.astype(np.float32)
