"""The fewest picture and sound streams that satisfy all platforms asked for, who shares which, and why not more."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, Self

from pipeline.errors import PlanError
from pipeline.limits import Limit, exact_of, show_limit, whole_frames
from pipeline.plan.bounds import Bound, Conflict, Range, agree, meet_all
from pipeline.plan.sharing import Members, Shared, explain, share
from pipeline.presets import PlatformPreset
from pipeline.timebase import FrameRate
from pipeline.values import hashed_once

# An MP4's tables take some 15 bytes a sample: 10 kb/s at 30 frames per second, 2 % of the slowest streams.
_MEDIA_SHARE = Fraction(98, 100)
_MOST_AUDIO_KBPS = 512  # the schema's maximum, for platforms that publish none
_BOUNDLESS_KBPS = 200_000  # no encode for a platform comes near; a gigabyte's worth of room is no bound
_PICTURE_FIELDS = ("width_px", "height_px", "frame_rate", "keyframe_interval_frames", "b_frames", "min_kbps")


Pieces = Literal["one", "several"]
"""Whether a picture is encoded in one piece, or joined from several."""


@dataclass(frozen=True)
class MasterFormat:
    """Hold what the streams depend on: the size as displayed (rotated, square pixels), rate, and sound channels."""

    width_px: int
    height_px: int
    frame_rate: FrameRate
    sound_channels: int  # 0 where the master is silent


@hashed_once
@dataclass(frozen=True)
class PictureStream:
    """Hold all that an encode of the picture needs to know; equal values are one encode."""

    width_px: int
    height_px: int
    frame_rate: FrameRate
    keyframe_interval_frames: int
    b_frames: int
    min_kbps: int | None
    max_kbps: int | None  # the platforms' maximum and what their file sizes leave, whichever is less
    fit: Literal["crop", "pad"]  # "crop" where the master has the shape already: then nothing is cut off
    scale: Fraction  # from the master's pixels to this picture's; above 1 the master is enlarged
    keyframe_interval_frames_min: int = 1  # the least that all its platforms take between two keyframes

    @functools.cached_property
    def shape(self) -> Fraction:
        """Width over height."""
        return Fraction(self.width_px, self.height_px)

    @classmethod
    def whole(cls, size: tuple[int, int], rate: FrameRate, *, keyframe: int, b_frames: int = 0) -> Self:
        """Return what shows films whole, on black, whatever bits that takes."""
        width, height = size
        return cls(
            width_px=width,
            height_px=height,
            frame_rate=rate,
            keyframe_interval_frames=keyframe,
            b_frames=b_frames,
            min_kbps=None,
            max_kbps=None,
            fit="pad",
            scale=Fraction(1),
        )

    def __str__(self) -> str:
        most = f", at most {self.max_kbps} kb/s" if self.max_kbps else ""
        enlarged = f", the film enlarged {float(self.scale):.2f} times" if self.scale > 1 else ""
        return (
            f"{self.width_px}x{self.height_px} at {self.frame_rate}, a keyframe every {self.keyframe_interval_frames} "
            f"frames, {self.b_frames} B-frames{most}{enlarged}"
        )


@hashed_once
@dataclass(frozen=True)
class SoundStream:
    """Hold all that an encode of the sound needs to know; equal values are one encode."""

    kbps: int
    loudness_lufs: Fraction
    true_peak_dbtp: Fraction
    sample_rate_hz: int
    channels: int
    limiting_db_max: Fraction

    def __str__(self) -> str:
        goal = f"{self.loudness_lufs} LUFS and at most {self.true_peak_dbtp} dBTP"
        return f"{self.kbps} kb/s at {goal}, limited by at most {self.limiting_db_max} dB"


@dataclass(frozen=True)
class Assignment:
    """Say which streams one platform's clip is joined from, and how many frames it has."""

    platform: str
    picture: PictureStream
    sound: SoundStream | None
    frame_count: int


@dataclass(frozen=True)
class StreamPlan:
    """Hold the distinct streams, who gets which (sorted by platform), and the reasons in sentences."""

    pictures: tuple[PictureStream, ...]
    sounds: tuple[SoundStream, ...]
    assignments: tuple[Assignment, ...]
    reasons: tuple[str, ...]


def plan_streams(
    platforms: Sequence[PlatformPreset],
    master: MasterFormat,
    seconds: Fraction,
    *,
    laid: Mapping[str, object] | None = None,
    pieces: Pieces = "one",
) -> StreamPlan:
    """Choose the fewest picture streams, then the fewest sound streams, for clips of `seconds` of a master.

    Of equally few the ones nearest to the preferences win, then the first by platform id; the order of `platforms`
    does not matter. Within what all members of a group allow, a value is the lower median of their preferences moved
    into that range; a picture has exactly the platform's shape in even numbers; its rate is the film's own, else
    divided by the smallest whole number that fits (or multiplied, where the film is too slow). `laid` says what each
    platform's pictures are laid out on, by its id: those on different ones share no picture. With `pieces` "several",
    each of which begins with a keyframe, platforms share one only where a piece of any length can be parted as they
    ask.
    Raises PlanError that names every platform which cannot be served, with field and what is allowed.
    """
    members = tuple(sorted({platform.id: platform for platform in platforms}.values(), key=lambda one: one.id))
    _refuse_impossible(members, master, seconds)

    def picture_of(group: Members) -> tuple[PictureStream, Fraction] | Conflict:
        return _apart(group, laid or {}) or _rigid(group, pieces) or fit_picture(group, master, seconds)

    pictures = share(members, picture_of)
    sounds, sound_reasons = _share_sounds(members) if master.sound_channels else ((), ())
    reasons = (*explain(pictures, picture_of, noun="picture", fields=_PICTURE_FIELDS), *sound_reasons)
    return StreamPlan(
        tuple(one.stream for one in pictures),
        tuple(one.stream for one in sounds),
        tuple(_assign(member, seconds, pictures, sounds) for member in members),
        reasons if master.sound_channels else (*reasons, "The master is silent, so no clip has sound."),
    )


# The same whatever film it is, and most of what all of this takes.
@functools.lru_cache(maxsize=256)
def _share_sounds(members: Members) -> tuple[tuple[Shared[SoundStream], ...], tuple[str, ...]]:
    """Return the fewest sounds, and why."""
    sounds = share(members, fit_sound)
    return sounds, explain(sounds, fit_sound, noun="sound", fields=("kbps", "true_peak_dbtp"))


def fit_picture(members: Members, master: MasterFormat, seconds: Fraction) -> tuple[PictureStream, Fraction] | Conflict:
    """Return the one picture for all members and its distance from their preferences, or what prevents it."""
    apart = agree(
        [Bound(one.name, "picture.aspect", ":".join(map(str, _shape(one)))) for one in members],
        [Bound(one.name, "picture.fit", _fit(one, master)) for one in members],
    )
    ranges = apart or meet_all(
        [bound for one in members for bound in _size_bounds(one)],
        [_bound(one, "picture.frame_rate", one.picture.frame_rate) for one in members],
        [_bound(one, "picture.keyframe_interval_s", one.picture.keyframe_interval_s) for one in members],
        [_bound(one, "picture.b_frames", one.picture.b_frames) for one in members],
        [bound for one in members for bound in _bit_rate_bounds(one, seconds)],
    )
    if isinstance(ranges, Conflict):
        return ranges
    size, rates, interval, depth, load = ranges
    rate = _fit_rate(master.frame_rate, rates)
    if rate is None:
        return Conflict(rates.floor, rates.ceiling, f"and no whole fraction or multiple of {master.frame_rate} is both")
    term = size.nearest([_term(one) for one in members])
    width, height = (int(2 * term * side) for side in _shape(members[0]))
    fit, scales = _fit(members[0], master), (Fraction(width, master.width_px), Fraction(height, master.height_px))
    stream = PictureStream(
        width_px=width,
        height_px=height,
        frame_rate=rate,
        keyframe_interval_frames=_fit_interval(interval, members, rate),
        b_frames=int(depth.nearest([Fraction(one.picture.b_frames.prefer) for one in members])),
        min_kbps=int(load.low) if load.low > 1 else None,
        max_kbps=int(load.high) if load.high is not None and load.high < _BOUNDLESS_KBPS else None,
        fit=fit,
        scale=max(scales) if fit == "crop" else min(scales),
        keyframe_interval_frames_min=max(1, whole_frames(interval.low, rate)),
    )
    return stream, sum((_picture_distance(one, stream, master) for one in members), Fraction(0))


def fit_sound(members: Members) -> tuple[SoundStream, Fraction] | Conflict:
    """Return the one sound for all members and its distance from their preferences, or what prevents it."""
    apart = agree(
        [Bound(one.name, "sound.loudness_lufs", str(one.sound.loudness_lufs.target)) for one in members],
        [Bound(one.name, "sound.limiting_db_max", str(one.sound.limiting_db_max)) for one in members],
        [Bound(one.name, "sound.channels", str(one.sound.channels)) for one in members],
        [Bound(one.name, "sound.sample_rate_hz", str(one.sound.sample_rate_hz)) for one in members],
    )
    ranges = apart or meet_all([_bound(one, "sound.audio_kbps", one.sound.audio_kbps) for one in members])
    if isinstance(ranges, Conflict):
        return ranges
    preferences = [Fraction(one.sound.audio_kbps.prefer) for one in members]
    kbps = ranges[0].nearest(preferences)
    first = members[0].sound
    stream = SoundStream(
        kbps=int(kbps),
        loudness_lufs=first.loudness_lufs.target,
        true_peak_dbtp=min(one.sound.true_peak_dbtp.max for one in members),
        sample_rate_hz=first.sample_rate_hz,
        channels=first.channels,
        limiting_db_max=first.limiting_db_max,
    )
    return stream, sum((_distance(kbps, wish) for wish in preferences), Fraction(0))


def _apart(members: Members, laid: Mapping[str, object]) -> Conflict | None:
    """Return two members whose pictures are laid out otherwise, since their buttons cover different places."""
    first = members[0]
    other = next((one for one in members if laid.get(one.id) != laid.get(first.id)), None)
    if other is None or _shape(other) != _shape(first):
        return None  # of another shape, which says more
    one, another = (Bound(each.name, "safe_zone", _zone(each)) for each in (first, other))
    return Conflict(one, another, "and each is laid out by itself")


def _rigid(members: Members, pieces: Pieces) -> Conflict | None:
    """Return two members whose limits on keyframes leave no room for pieces of any length.

    From twice the shortest distance on, every length is a sum of distances that are allowed.
    """
    bounds = [_bound(one, "picture.keyframe_interval_s", one.picture.keyframe_interval_s) for one in members]
    longest = max(bounds, key=lambda bound: bound.low)
    shortest = min(bounds, key=lambda bound: bound.high if bound.high is not None else 2 * longest.low)
    if pieces == "one" or shortest.high is None or shortest.high >= 2 * longest.low:
        return None
    return Conflict(longest, shortest, "and pieces that are joined begin with a keyframe each")


def _zone(one: PlatformPreset) -> str:
    return show_limit(one.safe_zone) if one.safe_zone else "anywhere"


def _refuse_impossible(members: Members, master: MasterFormat, seconds: Fraction) -> None:
    if not members:
        raise PlanError("No platform was asked for.", remedy="Name one with --platform.")
    found = tuple((one, conflict) for one in members for conflict in _obstacles(one, master, seconds))
    if found:
        first, conflict = found[0]
        raise PlanError(
            f"These clips cannot be made: {'; '.join(str(each) for _, each in found)}.",
            platform=first.id,
            field=conflict.one.field,
            allowed=conflict.one.allowed,
            problems=[[one.id, each.one.field, each.one.allowed] for one, each in found],
        )


def _obstacles(one: PlatformPreset, master: MasterFormat, seconds: Fraction) -> tuple[Conflict, ...]:
    """Return why a platform cannot be served even alone: the length of its clip, its picture, its sound."""
    limit = one.file.duration_s
    if seconds <= 0 or seconds < (limit.min or 0) or (limit.max is not None and seconds > limit.max):
        bound = _bound(one, "file.duration_s", limit)
        return (Conflict(bound, bound, f"not {seconds} seconds"),)
    fitted = (fit_picture((one,), master, seconds), fit_sound((one,)))
    return tuple(each for each in fitted if isinstance(each, Conflict))


def _assign(
    member: PlatformPreset,
    seconds: Fraction,
    pictures: tuple[Shared[PictureStream], ...],
    sounds: tuple[Shared[SoundStream], ...],
) -> Assignment:
    picture = next(one.stream for one in pictures if member in one.members)
    sound = next((one.stream for one in sounds if member in one.members), None)  # of a silent master
    frame_count = picture.frame_rate.frames_within(seconds)
    shortest = member.file.duration_s.min or Fraction(0)
    if frame_count == 0 or picture.frame_rate.time_of(frame_count) < shortest:
        needed = picture.frame_rate.time_of(max(1, (shortest * picture.frame_rate.fps).__ceil__()))
        raise PlanError(
            f"{member.name} takes file.duration_s {show_limit(member.file.duration_s)}; "
            f"{frame_count} whole frames at {picture.frame_rate} are shorter.",
            remedy=f"Ask for {needed} seconds.",
            platform=member.id,
            field="file.duration_s",
            allowed=show_limit(member.file.duration_s),
        )
    return Assignment(member.id, picture, sound, frame_count)


def _shape(one: PlatformPreset) -> tuple[int, int]:
    across, down = map(int, one.picture.aspect.split(":"))
    return Fraction(across, down).as_integer_ratio()


def _fit(one: PlatformPreset, master: MasterFormat) -> Literal["crop", "pad"]:
    across, down = _shape(one)
    return "crop" if master.width_px * down == master.height_px * across else one.picture.fit


def _term(one: PlatformPreset) -> Fraction:
    """Return the whole number by which twice the shape is multiplied to get the preferred size."""
    return Fraction(one.picture.width_px.prefer, 2 * _shape(one)[0])


def _size_bounds(one: PlatformPreset) -> tuple[Bound, ...]:
    """Return what is allowed of the term: width and height stay even and of the exact shape."""
    limits = (("picture.width_px", one.picture.width_px), ("picture.height_px", one.picture.height_px))
    return tuple(
        Bound(
            platform=one.name,
            field=field,
            allowed=show_limit(limit),
            low=Fraction(max(1, Fraction(limit.min or 0, 2 * side).__ceil__())),
            high=None if limit.max is None else Fraction(limit.max // (2 * side)),
        )
        for (field, limit), side in zip(limits, _shape(one), strict=True)
    )


def _bit_rate_bounds(one: PlatformPreset, seconds: Fraction) -> tuple[Bound, ...]:
    """Return what the platform allows, and what its file size leaves to the picture beside the sound."""
    bounds = [_bound(one, "picture.video_kbps", one.picture.video_kbps)] if one.picture.video_kbps else []
    if one.file.file_size_mb:
        sound = one.sound.audio_kbps.max or _MOST_AUDIO_KBPS
        room = Fraction((one.file.file_size_mb.max * 8000 * _MEDIA_SHARE / seconds - sound).__floor__())
        bounds.append(replace(_bound(one, "file.file_size_mb", one.file.file_size_mb), low=Fraction(1), high=room))
    return tuple(bounds) or (Bound(one.name, "picture.video_kbps", "any"),)


# Asked for again for every group that a platform may be in.
@functools.lru_cache(maxsize=1024)
def _bound(one: PlatformPreset, field: str, limit: Limit) -> Bound:
    low, high = (exact_of(getattr(limit, end, None)) for end in ("min", "max"))
    return Bound(one.name, field, show_limit(limit), low or Fraction(0), high)


def _fit_rate(film: FrameRate, rates: Range) -> FrameRate | None:
    """Return the film's own rate, or the nearest whole fraction or multiple of it, that lies in a range."""
    rate = film if rates.high is None else film.halved_to(rates.high)
    if rate.fps < rates.low and rate == film:
        rate = FrameRate(film.fps * (rates.low / film.fps).__ceil__())
    return rate if rates.low <= rate.fps and (rates.high is None or rate.fps <= rates.high) else None


def _fit_interval(interval: Range, members: Members, rate: FrameRate) -> int:
    """Return the frames from one keyframe to the next: at least 1, and no end of the limits passed by a whole one."""
    seconds = interval.nearest([one.picture.keyframe_interval_s.prefer for one in members])
    return max(1, whole_frames(interval.low, rate), rate.nearest_frame(seconds))


def _picture_distance(one: PlatformPreset, stream: PictureStream, master: MasterFormat) -> Fraction:
    interval = stream.keyframe_interval_frames * stream.frame_rate.frame_duration
    return (
        _distance(Fraction(stream.width_px), Fraction(one.picture.width_px.prefer))
        + _distance(stream.frame_rate.fps, master.frame_rate.fps)
        + _distance(interval, one.picture.keyframe_interval_s.prefer)
        + _distance(Fraction(stream.b_frames), Fraction(one.picture.b_frames.prefer))
    )


def _distance(value: Fraction, wish: Fraction) -> Fraction:
    return abs(value - wish) / max(wish, Fraction(1))
