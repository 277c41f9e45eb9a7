"""What one segment's bytes say: the times of its samples and its key pictures, or its cues."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import takewhile
from typing import Final

from pipeline.boxes.codecs import read_parameters, stands_alone
from pipeline.boxes.fragments import (
    Fragment,
    InitSegment,
    TrackHead,
    read_first_fragment,
    read_init,
    read_segment,
)
from pipeline.boxes.runs import FragmentSample
from pipeline.errors import VerifyFailed
from pipeline.plan.hls.package import Cues, Init, KeyPicture, KeyRange, Media
from pipeline.plan.measurements import Measured, Unmeasured
from pipeline.playlists import ByteRange

_CUES_MAX: Final = 20_000
_FAULTS_MAX: Final = 5
_TIME: Final = r"(?:(\d{2,9}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMES: Final = re.compile(rf"[ \t]*{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t].*)?", re.ASCII)
_MAP: Final = re.compile(r"X-TIMESTAMP-MAP=(.*)", re.ASCII)
_LOCAL: Final = re.compile(rf"LOCAL:{_TIME}", re.ASCII)
_MPEGTS: Final = re.compile(r"MPEGTS:(\d{1,12})", re.ASCII)


def describe_init(data: bytes, *, uri: str) -> Measured[Init]:
    """Return what an initialization segment says."""
    try:
        segment = read_init(data, where=uri)
        track = segment.main
        codec = None if track is None else track.picture_codec
        parameters = None if codec is None else read_parameters(codec, where=uri)
    except VerifyFailed as error:
        return _unsound(error, uri)
    if track is None:
        return Unmeasured("it has no track")
    if any(one.is_encrypted for one in segment.tracks):
        return Unmeasured("its media is encrypted, which is not supported")
    return Init(uri, segment, parameters, len(data))


def describe_media(data: bytes, init: InitSegment, *, uri: str, origin: int) -> Measured[Media]:
    """Return what a segment says of its main track; `origin` is where its bytes start in their file."""
    track = init.main
    assert track is not None, "an initialization without a track is not asked for segments"
    try:
        boxes = read_segment(data, init, where=uri, origin=origin)
        fragments = [one for one in boxes.fragments if one.track == track.number and one.samples]
        if not fragments:
            return Unmeasured("it has no sample of its track")
        return _media(data, fragments, track, boxes.kinds, len({one.track for one in boxes.fragments}), origin, uri)
    except VerifyFailed as error:
        return _unsound(error, uri)


def describe_key_range(
    data: bytes, init: InitSegment, *, uri: str, origin: int
) -> tuple[Measured[KeyRange], KeyPicture | None]:
    """Return what an entry of an I-frame playlist holds, and the picture itself."""
    track = init.main
    assert track is not None, "an initialization without a track is not asked for segments"
    try:
        found = read_first_fragment(data, init, where=uri, origin=origin)
        fragment = next((one for one in found if one.track == track.number and one.samples), None)
        if fragment is None:
            return Unmeasured("its moof box has no sample of its track"), None
        picture = _key_picture(data, fragment, track, origin, uri)
    except VerifyFailed as error:
        if "no moof box" in error.message or data[4:8] != b"moof":
            return KeyRange(False, False, False, None, None), None
        return _unsound(error, uri), None
    return hold(ByteRange(len(data), origin), picture), picture


def hold(span: ByteRange, picture: KeyPicture) -> KeyRange:
    """Return how a byte range lies against the fragment and the picture that it is for."""
    end = span.offset + span.length
    return KeyRange(
        has_moof=span.offset <= picture.start,
        holds_picture=end >= picture.end,
        holds_more=end > picture.end,
        is_key=picture.is_key,
        shown=picture.shown,
    )


def describe_cues(data: bytes) -> Cues:
    """Read a segment of WebVTT (W3C WebVTT, 4; RFC 8216, 3.5); what is wrong is in it."""
    faults: list[str] = []
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return Cues(None, None, (), ("it is not UTF-8",))
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if re.fullmatch(r"WEBVTT([ \t].*)?", lines[0]) is None:
        return Cues(None, None, (), ("its first line is not WEBVTT",))
    local, mpegts = None, None
    for line in takewhile(bool, lines[1:]):
        mapped = _MAP.fullmatch(line)
        if mapped is not None:
            local, mpegts = _read_map(mapped[1])
            if local is None or mpegts is None:
                faults.append(f"its header {line[:80]} is not X-TIMESTAMP-MAP=LOCAL:…,MPEGTS:…")
    cues = tuple(_cues(lines, faults))
    return Cues(local, mpegts, cues, tuple(faults[:_FAULTS_MAX]))


def _unsound(error: VerifyFailed, uri: str) -> Unmeasured:
    return Unmeasured(error.message.removeprefix(uri).removeprefix(":").strip().rstrip("."))


def _media(
    data: bytes,
    fragments: list[Fragment],
    track: TrackHead,
    kinds: tuple[str, ...],
    tracks: int,
    origin: int,
    uri: str,
) -> Media:
    starts, ends = _places(fragments)
    scale = track.timescale
    steps = [sample.duration for one in fragments for sample in one.samples]
    shown = [
        start + at + sample.shift for start, one in zip(starts, fragments, strict=True) for at, sample in _decoded(one)
    ]
    keys, false_keys = _keys(data, fragments, starts, track, uri)
    told = fragments[0].decode_time
    pictures = (
        tuple(_key_picture(data, replace(one, decode_time=start), track, origin, uri)
              for start, one in zip(starts, fragments, strict=True))
        if track.kind == "vide"
        else ()
    )  # fmt: skip
    return Media(
        tracks=tracks,
        kinds=tuple(dict.fromkeys(kinds)),
        decode_time=None if told is None else Fraction(told, scale),
        is_continuous=all(
            one.decode_time is None or one.decode_time == end for one, end in zip(fragments[1:], ends, strict=False)
        ),
        duration=Fraction(ends[-1] - starts[0], scale),
        samples=len(steps),
        first_shown=Fraction(min(shown), scale),
        shortest_step=Fraction(min(steps), scale),
        longest_step=Fraction(max(steps), scale),
        pictures=pictures,
        keys=tuple(Fraction(key, scale) for key in keys),
        false_keys=false_keys,
    )


def _places(fragments: list[Fragment]) -> tuple[list[int], list[int]]:
    """Return where fragments start and end; one without a tfdt starts where the one before ended."""
    starts, ends = [], []
    end = 0
    for fragment in fragments:
        start = end if fragment.decode_time is None else fragment.decode_time
        end = start + fragment.duration
        starts.append(start)
        ends.append(end)
    return starts, ends


def _decoded(fragment: Fragment) -> Iterator[tuple[int, FragmentSample]]:
    """Yield each sample with when it is decoded, counted from its fragment's start."""
    at = 0
    for sample in fragment.samples:
        yield at, sample
        at += sample.duration


def _keys(
    data: bytes, fragments: list[Fragment], starts: list[int], track: TrackHead, uri: str
) -> tuple[list[int], int]:
    """Return when the key pictures are decoded, from the segment's start, and how many only say that they are some."""
    if track.kind != "vide":
        return [], 0
    keys, false_keys = [], 0
    for start, fragment in zip(starts, fragments, strict=True):
        for at, sample in _decoded(fragment):
            if not sample.is_sync:
                continue
            if _is_key(data, sample, track, uri) is False:
                false_keys += 1
            else:
                keys.append(start - starts[0] + at)
    return keys, false_keys


def _is_key(data: bytes, sample: FragmentSample, track: TrackHead, uri: str) -> bool | None:
    codec = track.picture_codec
    if codec is None:
        return None
    return stands_alone(data[sample.offset : sample.offset + sample.size], codec, where=uri)


def _key_picture(data: bytes, fragment: Fragment, track: TrackHead, origin: int, uri: str) -> KeyPicture:
    first = fragment.samples[0]
    is_key: bool | None = first.is_sync
    if is_key and first.offset + first.size <= len(data):
        is_key = _is_key(data, first, track, uri)
    return KeyPicture(
        start=origin + fragment.moof[0],
        end=origin + first.offset + first.size,
        shown=Fraction((fragment.decode_time or 0) + first.shift, track.timescale),
        is_key=is_key,
    )


def _read_map(text: str) -> tuple[Fraction | None, int | None]:
    local: Fraction | None = None
    mpegts: int | None = None
    for part in text.split(","):
        at, ticks = _LOCAL.fullmatch(part), _MPEGTS.fullmatch(part)
        local = local if at is None else _seconds(*at.groups())
        mpegts = mpegts if ticks is None else int(ticks[1])
    return local, mpegts


def _cues(lines: list[str], faults: list[str]) -> Iterator[tuple[Fraction, Fraction]]:
    count = 0
    for number, line in enumerate(lines, 1):
        if "-->" not in line:
            continue
        match = _TIMES.fullmatch(line)
        if match is None:
            faults.append(f"line {number} is no time of a cue")
            continue
        groups = match.groups()
        start, end = _seconds(*groups[:4]), _seconds(*groups[4:])
        if end <= start:
            faults.append(f"line {number} ends before it starts")
            continue
        count += 1
        if count > _CUES_MAX:
            faults.append(f"it has more than {_CUES_MAX} cues")
            return
        yield start, end


def _seconds(hours: str | None, minutes: str, whole: str, thousandths: str) -> Fraction:
    return Fraction((int(hours or 0) * 60 + int(minutes)) * 60 + int(whole)) + Fraction(int(thousandths), 1000)
