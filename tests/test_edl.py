"""A CMX 3600 list says what an editing program needs to find every frame, and reads back to the same frames."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.edit import Card, Edit, Gap, MasterSpan
from pipeline.edl import name_reels, to_edl
from pipeline.placement import Source, place_parts
from pipeline.timebase import FrameRate, Span

FILM = FrameRate(Fraction(24000, 1001))
NTSC = FrameRate(Fraction(30000, 1001))


def _source(rate: FrameRate, *, path: str = "/films/My Film – final.mov", **more: Any) -> Source:
    return Source(Path(path), rate, 200_000, 1920, 1080, **({"channels": 2} | more))


def _edit(rate: FrameRate) -> Edit:
    span = MasterSpan("m", Span.of_frames(1000, 2798, rate))
    return Edit("Teaser\n1", (Card(("A film", "by Ana"), rate.time_of(48)), span, Gap(rate.time_of(12)), span))


def _read(text: str, rate: FrameRate) -> Any:
    from opentimelineio import adapters

    return adapters.read_from_string(text, "cmx_3600", rate=float(rate.fps))


def test_a_list_at_23_976_is_exactly_this() -> None:
    assert to_edl(_edit(FILM), {"m": _source(FILM)}) == (
        "TITLE: Teaser 1\n"
        "FCM: NON-DROP FRAME\n"
        "\n"
        "001  BL       V     C        00:00:00:00 00:00:02:00 01:00:00:00 01:00:02:00\n"
        "* CARD: A film / by Ana\n"
        "002  MYFILMFI AA/V  C        00:00:41:16 00:01:56:14 01:00:02:00 01:01:16:22\n"
        "* FROM CLIP NAME: My Film – final.mov\n"
        "003  BL       V     C        00:00:00:00 00:00:00:12 01:01:16:22 01:01:17:10\n"
        "004  MYFILMFI AA/V  C        00:00:41:16 00:01:56:14 01:01:17:10 01:02:32:08\n"
        "* FROM CLIP NAME: My Film – final.mov\n"
    )


def test_a_list_at_29_97_counts_drop_frame_and_says_so() -> None:
    lines = to_edl(_edit(NTSC), {"m": _source(NTSC, channels=1)}).splitlines()
    assert lines[1] == "FCM: DROP FRAME"
    # 1750 frames before minute one, 48 after it: numbers 00 and 01 of the minute are skipped.
    assert lines[5] == "002  MYFILMFI B     C        00:00:33;10 00:01:33;10 01:00:01;18 01:01:01;18"


def test_a_source_that_counts_otherwise_keeps_its_own_count() -> None:
    edit = Edit("e", (MasterSpan("m", Span.of_frames(30, 60, NTSC)),))
    text = to_edl(edit, {"m": _source(NTSC, start_timecode="01:00:00:00", channels=0)})
    assert "V     C        01:00:01:00 01:00:02:00 01:00:00;00 01:00:01;00" in text


def test_source_timecode_starts_again_at_midnight() -> None:
    edit = Edit("e", (MasterSpan("m", Span.of_frames(24, 72, FILM)),))
    text = to_edl(edit, {"m": _source(FILM, start_timecode="23:59:58:00")})
    assert "23:59:59:00 00:00:01:00 01:00:00:00 01:00:02:00" in text


def test_a_source_at_another_rate_keeps_its_clock_and_says_its_rate() -> None:
    rate = FrameRate(Fraction(25))
    edit = Edit("e", (MasterSpan("m", Span(Fraction(0), Fraction(1))), MasterSpan("n", Span(Fraction(2), Fraction(4)))))
    sources = {"m": _source(rate), "n": _source(FILM, path="/films/b.mov", start_timecode="10:00:00:00")}
    lines = to_edl(edit, sources).splitlines()
    assert lines[5].endswith("10:00:02:00 10:00:04:00 01:00:01:00 01:00:03:00")
    assert lines[7] == "* SOURCE FRAME RATE: 24000/1001; TIMES ARE COUNTED AT 25/1"


def test_reels_are_short_plain_and_different() -> None:
    names = (
        "/a/My Film.mov", "/b/my film.mp4", "/a/myfilm22.mov", "/ü/Ñandú.mov", "/🎬.mov", "/bl.mov", "/ax.mov",
        "/日本.mov", "/interview-one.mov", "/interview-two.mov",
    )  # fmt: skip
    paths = [Path(name) for name in names]
    reels = name_reels([*paths, *paths])
    assert list(reels.values()) == [
        "MYFILM", "MYFILM2", "MYFILM22", "NANDU", "REEL", "BL2", "AX2", "REEL2", "INTERVIE", "INTERVI2"
    ]  # fmt: skip


def test_a_hundred_files_of_one_name_get_a_hundred_reels() -> None:
    reels = name_reels(Path(f"/{folder}/interview.mov") for folder in range(120))
    assert len(set(reels.values())) == 120
    assert all(re.fullmatch("[A-Z0-9]{1,8}", reel) for reel in reels.values())


@pytest.mark.parametrize("fps", ["24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60"])
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_the_list_reads_back_to_the_same_frames(fps: str, data: st.DataObject) -> None:
    rate = FrameRate(Fraction(fps))
    starts = data.draw(st.lists(st.fractions(0, 3000, max_denominator=10**6), min_size=1, max_size=6))
    length = data.draw(st.fractions(1, 60, max_denominator=10**6))
    spans = [MasterSpan("m", Span(start, start + length)) for start in starts]
    edit = Edit("e", (*spans, Gap(length), Card(("c",), length)))
    sources = {"m": _source(rate, start_timecode="00:59:00;12" if rate.drops_frames else "00:59:00:12")}
    placed = place_parts(edit, sources, rate)
    picture = _read(to_edl(edit, sources), rate).video_tracks()[0]
    first = sources["m"].first_frame
    assert [clip.source_range.duration.to_frames() for clip in picture] == [one.length for one in placed]
    assert [round(clip.source_range.start_time.value) for clip in picture] == [
        first + one.source_start if one.source else 0 for one in placed
    ]


def test_sound_reads_back_beside_its_picture() -> None:
    timeline = _read(to_edl(_edit(FILM), {"m": _source(FILM)}), FILM)
    assert [track.name for track in timeline.tracks] == ["V", "A1", "A2"]
    clips = [[clip for clip in track if clip.name.startswith("My Film")] for track in timeline.tracks]
    assert len({tuple(str(clip.source_range) for clip in track) for track in clips}) == 1


@pytest.mark.parametrize(("channels", "code"), [(1, "A "), (2, "AA"), (6, "AA")])
def test_a_bed_is_one_event_of_sound_below_events_of_picture_alone(channels: int, code: str) -> None:
    edit = _edit(FILM)
    laid = Edit(edit.name, edit.parts, (MasterSpan("m", Span(Fraction(500), 500 + edit.duration)),))
    events = [line.split() for line in to_edl(laid, {"m": _source(FILM, channels=channels)}).splitlines()[3:]]
    shown = [event for event in events if event[0].isdigit()]
    assert [event[2] for event in shown] == ["V", "V", "V", "V", code.strip()]
    assert shown[-1][6:] == ["01:00:00:00", shown[-2][7]]


def test_a_silent_film_gives_a_bed_no_event() -> None:
    edit = _edit(FILM)
    laid = Edit(edit.name, edit.parts, (MasterSpan("m", Span(Fraction(500), 500 + edit.duration)),))
    silent = _source(FILM, channels=0)
    assert to_edl(laid, {"m": silent}) == to_edl(edit, {"m": silent})
