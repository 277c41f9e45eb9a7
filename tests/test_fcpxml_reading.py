"""FCPXML comes back as it was written, or is refused with what is wrong, where, and what to do."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.edit import Card, Edit, Gap, MasterSpan, Part
from pipeline.errors import ProjectError
from pipeline.fcpxml import to_fcpxml
from pipeline.fcpxml_reading import fcpxml_media, read_fcpxml_text
from pipeline.placement import Source
from pipeline.timebase import FrameRate, Span

FILM = FrameRate(Fraction(24000, 1001))
RATES = [
    FrameRate(Fraction(fps)) for fps in ("24000/1001", "24", "25", "30000/1001", "50", "60000/1001", "59/2", "120")
]
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n'


def source(rate: FrameRate, *, path: str = "/films/ünï 🎬.mov", **more: Any) -> Source:
    return Source(
        Path(path), rate, **({"frame_count": 500_000, "width_px": 1920, "height_px": 1080, "channels": 2} | more)
    )


@st.composite
def framed(draw: st.DrawFn, rate: FrameRate) -> Edit:
    """An edit in whole frames of its timeline, as highlights are."""
    frames = st.integers(1, 300)
    parts: list[Part] = []
    for _ in range(draw(st.integers(1, 6))):
        kind, length = draw(st.sampled_from("ssscg")), draw(frames)
        if kind == "s":
            start = draw(st.integers(0, 400_000))
            parts.append(MasterSpan("m", Span.of_frames(start, start + length, rate)))
        elif kind == "c":
            parts.append(
                Card(
                    tuple(draw(st.lists(st.sampled_from(["A film", "by <Ana> & co", "ü"]), max_size=3))),
                    rate.time_of(length),
                )
            )
        else:
            parts.append(Gap(rate.time_of(length)))
    return Edit("Teaser & more", tuple(parts))


@pytest.mark.parametrize("rate", RATES, ids=str)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_what_was_written_comes_back_to_the_frame(rate: FrameRate, data: st.DataObject) -> None:
    edit = data.draw(framed(rate))
    timecode = data.draw(st.sampled_from([None, "01:00:00:00"]))
    sources = {"m": source(rate, start_timecode=timecode)}
    assert read_fcpxml_text(to_fcpxml(edit, sources, rate=rate), sources) == edit
    bed = (MasterSpan("m", Span.of_frames(7, 7 + rate.nearest_frame(edit.duration), rate)),)
    laid = Edit(edit.name, edit.parts, bed)
    assert read_fcpxml_text(to_fcpxml(laid, sources, rate=rate), sources) == laid


def document(items: str, *, resources: str = "", sequence: str = 'tcStart="3600s"') -> str:
    return f"""{HEAD}<fcpxml version="1.11"><resources>
<format id="r1" frameDuration="100/2400s" width="1920" height="1080"/>
<asset id="r2" name="film" start="0s" duration="4800/24s" hasVideo="1" format="r1">
<media-rep kind="original-media" src="file:///films/film.mov"/></asset>{resources}</resources>
<library><event><project name="Back"><sequence format="r1" {sequence}><spine>{items}</spine></sequence></project>
</event></library></fcpxml>"""


SOURCES = {"m": source(FrameRate(Fraction(24)), path="/elsewhere/film.mov")}


def test_what_other_programs_write_is_read() -> None:
    items = """
<gap name="Gap" offset="3600s" duration="1s" start="3600s"/>
<asset-clip ref="r2" offset="3601s" duration="2s" start="10s"><note>x</note>
<adjust-conform type="fit"/><adjust-transform scale="1 1" anchor="0 0" position="0 0"/><adjust-volume amount="0dB"/>
<marker start="10s" duration="1/24s" value="m"/></asset-clip>
<video ref="r2" offset="3603s" duration="3s" start="480/24s"/>
<clip offset="3607s" name="c" duration="1s" start="30s"><video ref="r2" offset="0s" duration="100s">
<audio ref="r2" lane="-1" offset="0s" duration="9s"/></video></clip>"""
    found = read_fcpxml_text(document(items), SOURCES)
    seconds = [(one.span.start, one.span.end) if isinstance(one, MasterSpan) else one.duration for one in found.parts]
    assert found.name == "Back" and seconds == [1, (10, 12), (20, 23), 1, (30, 31)]
    assert fcpxml_media(document(items)) == (("file:///films/film.mov", None),)


CLIP = '<asset-clip ref="r2" offset="3600s" duration="1s"'


@pytest.mark.parametrize(
    ("items", "told", "remedy"),
    [
        ('<transition offset="3600s" duration="1s"/>', "a transition", "cut"),
        ('<ref-clip ref="r9" offset="3600s" duration="1s"/>', "a ref-clip", "compound"),
        ('<mc-clip ref="r9" offset="3600s" duration="1s"/>', "a mc-clip", "multicam"),
        (f'{CLIP}><timeMap/></asset-clip>', "a change of speed", "Take it off"),
        (f'{CLIP}><filter-video ref="r3"/></asset-clip>', "an effect", "Take"),
        (f'{CLIP}><adjust-transform scale="2 2"/></asset-clip>', "a transf", ""),
        (f'{CLIP}><adjust-volume amount="-6dB"/></asset-clip>', "loudness", ""),
        (f'{CLIP}><asset-clip ref="r2" lane="1" offset="0s" duration="1s"/></asset-clip>', "pictures that lie over",
         "primary storyline"),
        (f'{CLIP} enabled="0"/>', "switched off", "Take it out"),
        ('<asset-clip ref="r7" offset="3600s" duration="1s"/>', "media the file does not name", ""),
        (f'{CLIP} start="soon"/>', "is no time", ""),
        ('<asset-clip ref="r2" offset="3600s" duration="1/0s"/>', "is no time", ""),
        ('<asset-clip ref="r2" offset="3600s" duration="-1s"/>', "no duration", ""),
        (f'{CLIP} start="-1s"/>', "starts before its media", "Trim"),
        ('<gap offset="3600s" duration="1s"><spine lane="1"/></gap>', "pictures that lie over others", ""),
        ("<x/>", "a x", "Take it out"),
    ],
)  # fmt: skip
def test_what_an_edit_cannot_hold_is_refused_with_its_place_and_what_to_do(items: str, told: str, remedy: str) -> None:
    first = '<gap offset="3590s" duration="10s"/>'
    with pytest.raises(ProjectError) as caught:
        read_fcpxml_text(document(first + items), SOURCES)
    assert told in caught.value.message and remedy in (caught.value.remedy or "")
    if "cannot hold" in caught.value.message:
        assert "frame 240 of the timeline (10.00 s)" in caught.value.message


def test_media_that_is_not_the_films_is_refused() -> None:
    clip = '<asset-clip ref="r2" offset="0s" duration="1s"/>'
    with pytest.raises(ProjectError, match=r"media that is not known \(film\)"):
        read_fcpxml_text(document(clip), {"m": source(FILM, path="/films/other.mov")})


BOMB = "".join(
    f'<!ENTITY a{n} "{"&a" + str(n - 1) + ";" if n else "x"}{"&a" + str(n - 1) + ";" if n else ""}">' for n in range(20)
)


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "<", "<a/>", "[]", "\x00", HEAD, "<fcpxml/>", f"{HEAD}<fcpxml><project/><project/></fcpxml>",
        f"{HEAD}<fcpxml><project name='x'/></fcpxml>",
        document("").replace("100/2400s", "0s"), document("").replace("100/2400s", "-5s"),
        document("").replace("100/2400s", "1/999999999999s"),
        f"<!DOCTYPE fcpxml [{BOMB}]><fcpxml>&a19;</fcpxml>",
        '<!DOCTYPE fcpxml [<!ENTITY x SYSTEM "file:///etc/passwd">]><fcpxml><project name="x">&x;</project></fcpxml>',
        '<!DOCTYPE fcpxml [<!ENTITY % x SYSTEM "http://localhost:1/x">%x;]><fcpxml/>',
        '<!DOCTYPE fcpxml SYSTEM "file:///etc/passwd"><fcpxml/>',
        "<fcpxml>" + "<a>" * 5000, "<fcpxml>" + "<a>" * 100 + "</a>" * 100 + "</fcpxml>",
        "<fcpxml>" + "<a/>" * 200_001 + "</fcpxml>",
        document("<gap duration='1s'/>" * 501),
        '<?xml version="1.0" encoding="nonsense"?><fcpxml/>',
    ],
    ids=lambda text: text[:30],
)  # fmt: skip
def test_what_no_program_writes_is_refused_in_words(text: str) -> None:
    with pytest.raises(ProjectError) as caught:
        read_fcpxml_text(text, SOURCES)
    assert "passwd" not in caught.value.message and len(caught.value.message) < 500
    with contextlib.suppress(ProjectError):
        assert fcpxml_media(text) in ((), (("file:///films/film.mov", None),))
