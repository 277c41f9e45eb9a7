"""Write an edit as a CMX 3600 edit decision list, the format that every editing program reads.

OpenTimelineIO's adapter is only used to read lists back in tests. As a writer it has no FCM line, starts the record
side at 00:00:00:00, cuts reel names to the same eight characters for two files, writes one channel per event (so sound
arrives apart from its picture) and rounds 24000/1001 to 23.976 on the way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from pipeline.edit import Card, Edit, heard
from pipeline.placement import Placement, Source, place_parts, plain_text, timeline_rate
from pipeline.timebase import FrameRate, parse_timecode, timecode

# CMX 3600 reserves these: black, colour bars, and "some file" without a reel.
_RESERVED: Final = ("BL", "BLACK", "BARS", "AX")
_REEL_LENGTH: Final = 8


def to_edl(edit: Edit, sources: Mapping[str, Source], *, rate: FrameRate | None = None) -> str:
    """Return the list's text: one event a part, record side from 01:00:00:00, black for cards and gaps.

    Where a bed lies under the parts, they are picture alone, and each stretch of the bed is an event of sound.

    `rate` is the timeline's, by default `timeline_rate`. Timecode is drop-frame at 29.97 and 59.94 and says so; a
    source that counts otherwise keeps its own count, told by ':' or ';'. Raises ProjectError as `place_parts` does.
    """
    rate = rate or timeline_rate(edit, sources)
    placed = [one for one in place_parts(edit, sources, rate) if one.length]
    under = [one for one in place_parts(heard(edit), sources, rate) if one.length and _sounds(one)] if edit.bed else []
    reels = name_reels(one.source.path for one in (*placed, *under) if one.source)
    lines = [f"TITLE: {plain_text(edit.name)[:70]}", f"FCM: {'' if rate.drops_frames else 'NON-'}DROP FRAME", ""]
    events = [(one, "V" if edit.bed else _channels(one.source)) for one in placed]
    events += [(one, _channels(one.source).partition("/")[0].replace("B", "A")) for one in under]
    for number, (one, channels) in enumerate(events, start=1):
        lines += _event(number, one, rate, reels, channels)
    return "\n".join(lines) + "\n"


def name_reels(paths: Iterable[Path]) -> dict[Path, str]:
    """Return a reel name for each file: at most eight capitals and digits, all different."""
    reels: dict[Path, str] = {}
    for path in dict.fromkeys(paths):
        ascii_stem = unicodedata.normalize("NFKD", path.stem).encode("ascii", "ignore").decode().upper()
        stem = re.sub(r"[^A-Z0-9]", "", ascii_stem)[:_REEL_LENGTH] or "REEL"
        taken = {*reels.values(), *_RESERVED}
        numbered = (stem[: _REEL_LENGTH - len(str(number))] + str(number) for number in range(2, len(reels) + 10))
        reels[path] = next(name for name in (stem, *numbered) if name not in taken)
    return reels


def _event(number: int, one: Placement, rate: FrameRate, reels: Mapping[Path, str], channels: str) -> Iterator[str]:
    hour = parse_timecode("01:00:00;00" if rate.drops_frames else "01:00:00:00", rate)
    source = one.source
    source_in, drop = _source_in(one, rate)
    reel = reels[source.path] if source else "BL"
    times = [
        *(_wrapped(frame, rate, drop) for frame in (source_in, source_in + one.length)),
        *(_wrapped(frame, rate, rate.drops_frames) for frame in (hour + one.start, hour + one.start + one.length)),
    ]
    yield f"{number:03d}  {reel:<8} {channels:<5} C        {' '.join(times)}"
    if source:
        yield f"* FROM CLIP NAME: {source.name}"
        if source.rate != rate:
            yield f"* SOURCE FRAME RATE: {source.rate}; TIMES ARE COUNTED AT {rate}"
    elif isinstance(one.part, Card):
        yield f"* CARD: {plain_text(' / '.join(one.part.lines))}"


def _sounds(one: Placement) -> bool:
    return one.source is not None and one.source.channels > 0


def _channels(source: Source | None) -> str:
    """Return the channel codes: sound and picture in one event stay linked. The format itself ends at two channels."""
    if source is None or source.channels == 0:
        return "V"
    return "B" if source.channels == 1 else "AA/V"


def _source_in(one: Placement, rate: FrameRate) -> tuple[int, bool]:
    """Return the first frame on the source side and whether it counts drop-frame.

    A list has one rate. Of a source at another rate, editors keep the clock of the start timecode and count on from
    there in frames of the list.
    """
    source = one.source
    if source is None:
        return 0, rate.drops_frames
    if source.rate == rate:
        return source.first_frame + one.source_start, source.drops_frames
    first = source.frame_of(source.start_timecode, rate) if source.start_timecode else 0
    drop = rate.drops_frames and (source.drops_frames or not source.start_timecode)
    return first + rate.nearest_frame(source.rate.time_of(one.source_start)), drop


def _wrapped(frame: int, rate: FrameRate, drop: bool) -> str:
    """Return timecode that starts again at midnight, as clocks in cameras do."""
    day = parse_timecode("24:00:00;00" if drop else "24:00:00:00", rate)
    return timecode(frame % day, rate, drop_frame=drop)
