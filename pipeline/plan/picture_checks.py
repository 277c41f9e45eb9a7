"""What is asked of a file's picture: its codec, its size and shape, and when its pictures are shown."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from pipeline.counting import counted
from pipeline.errors import PlanError
from pipeline.limits import whole_frames
from pipeline.plan import delivery
from pipeline.plan.checks import Answer, Check, by_limit, by_range, by_rule, decimal
from pipeline.plan.levels import level_for
from pipeline.plan.measurements import PictureMeasurements, PictureTimes, Unmeasured
from pipeline.presets import PlatformPreset

PictureCheck = Check[PictureMeasurements]
TimeCheck = Check[PictureTimes]

_ODD_PX: Final = 2  # sizes are even, so a shape is met to within less than two pixels
_UNSAID: Final = Unmeasured("the file does not say")


def picture_checks(preset: PlatformPreset) -> Iterator[PictureCheck]:
    """Yield what is asked of the picture as it is stored and shown."""
    wanted = preset.picture
    yield by_rule(preset, delivery.CODEC, lambda picture: picture.codec)
    yield by_rule(preset, delivery.PROFILE, _profile)
    yield by_rule(preset, delivery.LEVEL, _level, show=_level_text)
    yield by_rule(preset, delivery.CHROMA, lambda picture: picture.chroma)
    yield by_rule(preset, delivery.BITS, lambda picture: f"{picture.bits} bit")
    yield by_rule(preset, delivery.COLOUR, lambda picture: picture.colour.name)
    yield by_rule(preset, delivery.SCAN, lambda picture: picture.scan)
    yield by_rule(preset, delivery.PIXELS, lambda picture: _ratio_text(picture.pixel_aspect))
    yield by_rule(preset, delivery.UPRIGHT, lambda picture: picture.turn)
    yield _shape_check(preset)
    wide, high = wanted.width_px, wanted.height_px
    yield by_range(preset, "width", wide, lambda shown: shown.width_px, lambda shown: f"{shown.width_px} px", unit="px")
    yield by_range(
        preset, "height", high, lambda shown: shown.height_px, lambda shown: f"{shown.height_px} px", unit="px"
    )


def time_checks(preset: PlatformPreset) -> Iterator[TimeCheck]:
    """Yield what is asked of when pictures are shown, and of how many bits they take."""
    wanted = preset.picture
    yield by_range(preset, "duration", preset.file.duration_s, lambda times: times.duration, _duration_text, unit="s")
    yield by_rule(preset, delivery.CONSTANT, lambda times: "constant" if times.rate else "variable", show=_timing_text)
    yield by_range(
        preset,
        "frame rate",
        wanted.frame_rate,
        lambda times: times.nominal.fps,
        _rate_text,
        unit="fps",
        advice="Convert it to a rate in this range: best to a half or the double of its own.",
    )
    yield _interval_check(preset)
    yield by_rule(preset, delivery.CLOSED, lambda times: "open" if times.open_groups else "closed", show=_groups_text)
    yield by_range(
        preset,
        "B-frames",
        wanted.b_frames,
        lambda times: times.b_frames,
        lambda times: f"{times.b_frames} in a row",
        advice="Encode it again with fewer B-frames in a row (x264: bframes).",
    )
    if wanted.video_kbps is not None:
        yield by_range(
            preset,
            "video bit rate",
            wanted.video_kbps,
            lambda times: times.kbps,
            lambda times: f"{decimal(times.kbps, 0)} kb/s on average",
            unit="kb/s",
            advice="Encode it again within this bit rate.",
        )


def _profile(picture: PictureMeasurements) -> str | Unmeasured:
    if picture.codec != "H.264":
        return Unmeasured(f"the picture is {picture.codec}")
    return picture.profile or _UNSAID


def _level(picture: PictureMeasurements) -> str | Unmeasured:
    if picture.codec != "H.264":
        return Unmeasured(f"the picture is {picture.codec}")
    needed = _needed_level(picture)
    if isinstance(needed, Unmeasured) or picture.level is None:
        return needed if isinstance(needed, Unmeasured) else _UNSAID
    return "enough" if picture.level >= needed else "too low"


def _level_text(picture: PictureMeasurements) -> str:
    needed = _needed_level(picture)
    told = f"{(picture.level or 0) / 10:.1f}"
    if isinstance(needed, Unmeasured) or (picture.level or 0) >= needed:
        return told
    return f"{told}, the picture needs {needed / 10:.1f}"


def _needed_level(picture: PictureMeasurements) -> int | Unmeasured:
    """Return ten times the level that the stored picture needs."""
    times, (width, height) = picture.times, picture.stored_px
    if isinstance(times, Unmeasured):
        return times
    try:
        # By size and rate alone: encoders that aim at a quality do not know beforehand how many bits it will take.
        level = level_for(width_px=width, height_px=height, rate=times.nominal, maxrate_kbps=0)
    except PlanError as error:
        return Unmeasured(error.message.rstrip("."))
    return round(float(level.name) * 10)


def _ratio_text(ratio: Fraction) -> str:
    return f"{ratio.numerator}:{ratio.denominator}"


def _shape_check(preset: PlatformPreset) -> PictureCheck:
    """Return the check of the shape: what no document takes fails, and what is not the preset's is a warning."""
    across, down = map(int, preset.picture.aspect.split(":"))
    own = delivery.Shape(Fraction(across, down), Fraction(across, down), "")
    cited = [(source, delivery.SHAPES.get(source.url or "")) for source in preset.sources.values()]
    stated = [(source, shape) for source, shape in cited if shape is not None]
    source, taken = stated[0] if stated else (preset.sources[preset.picture.width_px.source], own)

    def look(picture: PictureMeasurements) -> Answer:
        text = f"{decimal(Fraction(picture.width_px, picture.height_px))}:1"
        if _has_shape(picture, own):
            return Answer(preset.picture.aspect, "pass")
        return Answer(text, "warn" if _has_shape(picture, taken) else "fail")

    limit = f"{preset.picture.aspect}, takes {taken.words}" if taken.words else preset.picture.aspect
    advice = "It is shown with bars or cropped; cut it for this platform: matinee cut MASTER --platform ID"
    return Check("aspect", limit, source, look, advice)


def _has_shape(picture: PictureMeasurements, shape: delivery.Shape) -> bool:
    width, height = picture.width_px, picture.height_px
    return height * shape.least - _ODD_PX < width < height * shape.most + _ODD_PX


def _interval_check(preset: PlatformPreset) -> TimeCheck:
    """Return the check of the keyframe interval, by the frames that `streams.whole_frames` makes of its ends."""
    limit = preset.picture.keyframe_interval_s

    def look(times: PictureTimes) -> Answer:
        rate, shortest, longest = times.nominal, times.shortest_interval_s, times.longest_interval_s
        is_kept = limit.max is None or rate.nearest_frame(longest) <= whole_frames(limit.max, rate)
        if limit.min is not None and shortest is not None:
            is_kept = is_kept and rate.nearest_frame(shortest) >= whole_frames(limit.min, rate)
        between = shortest is not None and shortest != longest
        text = (
            f"{decimal(shortest or longest, 2)} to {decimal(longest, 2)} s" if between else f"{decimal(longest, 2)} s"
        )
        return Answer(text, "pass" if is_kept else "fail")

    advice = "Encode it again with keyframes at this distance and none at cuts (x264: keyint, min-keyint, scenecut=0)."
    return by_limit(preset, "keyframe interval", limit, look, unit="s", advice=advice)


def _duration_text(times: PictureTimes) -> str:
    return f"{decimal(times.duration)} s, {counted(times.frame_count, 'picture')}"


def _timing_text(times: PictureTimes) -> str:
    if times.rate is not None:
        return "constant"
    return f"variable, {decimal(times.slowest_fps, 2)} to {decimal(times.fastest_fps, 2)} fps"


def _rate_text(times: PictureTimes) -> str:
    fps = times.nominal.fps
    if times.rate is None:
        return f"{decimal(fps)} on average"
    return str(fps) if fps.denominator == 1 else f"{times.rate} ({decimal(fps)})"


def _groups_text(times: PictureTimes) -> str:
    if times.open_groups:
        return f"{times.open_groups} of {times.group_count} open"
    return f"closed, {counted(times.group_count, 'group')}"
