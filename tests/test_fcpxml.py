"""FCPXML holds whole frames only, adds up, keeps inside its media, and follows the document type of version 1.10."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.edit import Card, Edit, Gap, MasterSpan
from pipeline.fcpxml import to_fcpxml
from pipeline.placement import Source
from pipeline.timebase import FrameRate, Span

FILM = FrameRate(Fraction(24000, 1001))
NTSC = FrameRate(Fraction(30000, 1001))

# What the document type of FCPXML 1.10 says of the elements in use: children in order, needed and allowed attributes.
CLIP = {"name", "offset", "start", "duration", "enabled", "lane"}
RULES: dict[str, tuple[str, set[str], set[str]]] = {
    "fcpxml": (r"resources library", {"version"}, set()),
    "resources": (r"((format|asset|effect) ?)*", set(), set()),
    "format": (r"", {"id"}, {"name", "frameDuration", "fieldOrder", "width", "height", "paspH", "paspV", "colorSpace"}),
    "asset": (
        r"media-rep",
        {"id"},
        {
            "name",
            "uid",
            "start",
            "duration",
            "hasVideo",
            "format",
            "hasAudio",
            "videoSources",
            "audioSources",
            "audioChannels",
            "audioRate",
        },
    ),
    "media-rep": (r"", {"src"}, {"kind", "sig", "suggestedFilename"}),
    "effect": (r"", {"id", "uid"}, {"name", "src"}),
    "library": (r"event", set(), {"location", "colorProcessing"}),
    "event": (r"project", set(), {"name", "uid"}),
    "project": (r"sequence", set(), {"name", "uid", "id", "modDate"}),
    "sequence": (
        r"spine",
        {"format"},
        {"duration", "tcStart", "tcFormat", "audioLayout", "audioRate", "renderFormat", "keywords"},
    ),
    "spine": (r"((asset-clip|gap|title) ?)*", set(), {"name", "format", "lane", "offset"}),
    "asset-clip": (
        r"(conform-rate ?)?(asset-clip ?)*",
        {"ref"},
        CLIP | {"srcEnable", "audioStart", "audioDuration", "format", "tcStart", "tcFormat", "audioRole", "videoRole"},
    ),
    "conform-rate": (r"", set(), {"scaleEnabled", "srcFrameRate", "frameSampling"}),
    "gap": (r"(asset-clip ?)*", {"duration"}, {"name", "offset", "start", "enabled"}),
    "title": (r"(text )*(text-style-def ?)*(asset-clip ?)*", {"ref", "duration"}, CLIP | {"role"}),
    "text": (r"((text-style) ?)*", set(), {"display-style", "position", "placement", "alignment"}),
    "text-style-def": (r"text-style", {"id"}, {"name"}),
    "text-style": (r"", set(), {"ref", "font", "fontSize", "fontFace", "fontColor", "bold", "italic", "alignment"}),
}
VALUES = {
    "tcFormat": {"DF", "NDF"},
    "audioLayout": {"mono", "stereo", "surround"},
    "srcFrameRate": {"23.98", "24", "25", "29.97", "30", "60", "47.95", "48", "50", "59.94"},
    "scaleEnabled": {"0", "1"},
    "kind": {"original-media", "proxy-media"},
    "srcEnable": {"all", "audio", "video"},
}
TIMES = {"start", "offset", "duration", "tcStart", "frameDuration"}


def _source(rate: FrameRate, *, path: str = "/films/My Film.mov", **more: Any) -> Source:
    return Source(
        Path(path), rate, **({"frame_count": 50_000, "width_px": 1920, "height_px": 1080, "channels": 2} | more)
    )


def _read(text: str) -> ET.Element:
    head, _, body = text.partition("<!DOCTYPE fcpxml>\n")
    assert head == '<?xml version="1.0" encoding="UTF-8"?>\n'
    return ET.fromstring(body)  # noqa: S314 - our own text


def _seconds(value: str) -> Fraction:
    match = re.fullmatch(r"(\d+)(?:/(\d+))?s", value)
    assert match, value
    assert int(match[1]) < 2**63 and int(match[2] or 1) < 2**31
    return Fraction(int(match[1]), int(match[2] or 1))


def _check_document_type(root: ET.Element) -> None:
    for element in root.iter():
        children, needed, allowed = RULES[element.tag]
        assert re.fullmatch(children, " ".join(child.tag for child in element)), ET.tostring(element)
        assert needed <= set(element.keys()) <= needed | allowed, ET.tostring(element)
        for name, value in element.items():
            assert value in VALUES.get(name, {value}), (element.tag, name, value)
            if name in TIMES:
                _seconds(value)
    idents = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(idents) == len(set(idents))
    for element in root.iter():
        assert element.get("ref", idents[0]) in idents and element.get("format", idents[0]) in idents


def _check_times(root: ET.Element) -> None:
    """Check that the spine has no hole and no overlap, and that each clip lies on frames that its asset has."""
    by_id = {element.get("id"): element for element in root.iter() if element.get("id")}

    def frame_duration(element: ET.Element) -> Fraction:
        return _seconds(by_id[element.attrib["format"]].attrib["frameDuration"])

    (sequence,) = root.iter("sequence")
    frame, at = frame_duration(sequence), Fraction(0)
    for item in sequence[0]:
        offset, duration = _seconds(item.attrib["offset"]), _seconds(item.attrib["duration"])
        assert offset == at and duration > 0
        assert (offset / frame).denominator == (duration / frame).denominator == 1
        at += duration
        if item.tag == "asset-clip":
            asset = by_id[item.attrib["ref"]]
            first, start = _seconds(asset.attrib["start"]), _seconds(item.attrib["start"])
            length = _seconds(asset.attrib["duration"])
            assert all((time / frame_duration(asset)).denominator == 1 for time in (first, start, length))
            assert first <= start and start + duration <= first + length
    assert _seconds(sequence.attrib["duration"]) == at


def test_a_document_at_23_976_is_exactly_this() -> None:
    span = MasterSpan("m", Span.of_frames(100, 124, FILM))
    edit = Edit("Teaser & <more>", (span, Gap(FILM.time_of(12)), Card(("A film", "by Ana"), FILM.time_of(48))))
    assert to_fcpxml(edit, {"m": _source(FILM, start_timecode="01:00:00:00")}) == (
        """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE fcpxml>
<fcpxml version="1.10">
  <resources>
    <format id="r1" frameDuration="1001/24000s" width="1920" height="1080" />
    <asset id="r2" name="My Film.mov" start="86486400/24000s" duration="50050000/24000s" hasVideo="1" format="r1" \
videoSources="1" hasAudio="1" audioSources="1" audioChannels="2" audioRate="48000">
      <media-rep kind="original-media" src="file:///films/My%20Film.mov" />
    </asset>
    <effect id="r3" name="Basic Title" uid=".../Titles.localized/Bumper:Opener.localized/Basic Title.localized/\
Basic Title.moti" />
  </resources>
  <library>
    <event name="Teaser &amp; &lt;more&gt;">
      <project name="Teaser &amp; &lt;more&gt;">
        <sequence format="r1" duration="84084/24000s" tcStart="0s" tcFormat="NDF" audioLayout="stereo" audioRate="48k">
          <spine>
            <asset-clip ref="r2" name="My Film.mov" offset="0s" duration="24024/24000s" start="86586500/24000s" \
tcFormat="NDF" audioRole="dialogue" />
            <gap name="Gap" offset="24024/24000s" duration="12012/24000s" start="0s" />
            <title ref="r3" name="A film" offset="36036/24000s" duration="48048/24000s" start="0s">
              <text>
                <text-style ref="ts3">A film
by Ana</text-style>
              </text>
              <text-style-def id="ts3">
                <text-style font="Helvetica" fontSize="60" fontColor="1 1 1 1" alignment="center" />
              </text-style-def>
            </title>
          </spine>
        </sequence>
      </project>
    </event>
  </library>
</fcpxml>
"""
    )


@pytest.mark.parametrize("fps", ["24000/1001", "24", "25", "30000/1001", "50", "60000/1001", "120", "295/10", "15"])
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_every_time_is_a_whole_frame_and_all_of_them_add_up(fps: str, data: st.DataObject) -> None:
    rate = FrameRate(Fraction(fps))
    count = data.draw(st.integers(400, 2000))
    other = _source(FILM, path="/films/b.mov", frame_count=1000, start_timecode="10:00:00:00", channels=6)
    sources = {"m": _source(rate, frame_count=count, channels=1), "n": other}
    spans = []
    for master in ("m", *data.draw(st.lists(st.sampled_from("mn"), max_size=4))):
        end = sources[master].rate.time_of(sources[master].frame_count)
        start = data.draw(st.fractions(0, end - 1, max_denominator=10**6))
        spans.append(
            MasterSpan(master, Span(start, data.draw(st.sampled_from([end, end + Fraction(1, 50), start + 1]))))
        )
    edit = Edit("e", (*spans, Gap(Fraction(1, 3)), Card((), Fraction(2))))
    root = _read(to_fcpxml(edit, sources))
    _check_document_type(root)
    _check_times(root)


def test_a_clip_to_the_very_end_of_the_media_stays_inside_it() -> None:
    # Start and length rounded apart give 2618 frames of 2617 here: "Invalid edit with no respective media".
    source = _source(NTSC, frame_count=2617)
    spans = (Span(Fraction("80.56"), NTSC.time_of(2617)), Span(Fraction("85.01"), Fraction("87.35")))
    for span in spans:
        _check_times(_read(to_fcpxml(Edit("e", (MasterSpan("m", span),)), {"m": source})))


def test_drop_frame_is_said_of_the_sequence_and_of_each_source_by_itself() -> None:
    edit = Edit("e", (MasterSpan("m", Span.of_frames(0, 30, NTSC)), MasterSpan("n", Span.of_frames(0, 30, NTSC))))
    sources = {
        "m": _source(NTSC, start_timecode="00:10:00;00"),
        "n": _source(NTSC, path="/b.mov", start_timecode="00:10:00:00"),
    }
    root = _read(to_fcpxml(edit, sources))
    assert [element.get("tcFormat") for element in root.iter() if element.get("tcFormat")] == ["DF", "DF", "NDF"]
    assert [asset.get("start") for asset in root.iter("asset")] == ["17999982/30000s", "18018000/30000s"]


def test_a_source_at_another_rate_has_its_own_format_and_keeps_its_speed() -> None:
    edit = Edit("e", (MasterSpan("m", Span(Fraction(0), Fraction(1))), MasterSpan("n", Span(Fraction(2), Fraction(4)))))
    sources = {"m": _source(FrameRate(Fraction(25))), "n": _source(NTSC, path="/b.mov", height_px=720, width_px=1280)}
    root = _read(to_fcpxml(edit, sources))
    _check_document_type(root)
    _check_times(root)
    assert [element.attrib for element in root.iter("conform-rate")] == [{"scaleEnabled": "0", "srcFrameRate": "29.97"}]
    assert [element.get("frameDuration") for element in root.iter("format")] == ["1/25s", "1001/30000s"]


def test_silent_media_has_no_audio_and_an_edit_of_cards_has_no_media() -> None:
    edit = Edit("e", (MasterSpan("m", Span(Fraction(0), Fraction(1))),))
    root = _read(to_fcpxml(edit, {"m": _source(FILM, channels=0)}))
    assert not [name for element in root.iter() for name in element.keys() if name in ("hasAudio", "audioRole")]  # noqa: SIM118
    cards = _read(to_fcpxml(Edit("e", (Card(("x",), Fraction(2)),)), {}))
    _check_document_type(cards)
    _check_times(cards)


@pytest.mark.parametrize(
    "name", ['a b\'s "%20" & <c>.mov', "ünï 🎬.mov", "-x:#?.mov", "line\nend.mov", "x" * 200 + ".mov"]
)
def test_any_file_name_leads_back_to_the_file(name: str) -> None:
    edit = Edit(name, (MasterSpan("m", Span(Fraction(0), Fraction(1))),))
    root = _read(to_fcpxml(edit, {"m": _source(FILM, path=f"/films/{name}")}))
    (media,) = root.iter("media-rep")
    assert unquote(urlsplit(media.attrib["src"]).path) == f"/films/{name}"


@pytest.mark.parametrize("first", [0, 1, 2], ids=["film", "gap", "card"])
@pytest.mark.parametrize("rate", [FILM, NTSC], ids=["23.976", "29.97"])
def test_a_bed_hangs_on_the_first_part_and_sounds_alone(first: int, rate: FrameRate) -> None:
    parts = (MasterSpan("m", Span.of_frames(100, 196, rate)), Gap(Fraction(1)), Card(("Title",), Fraction(2)))
    parts = (*parts[first:], *parts[:first])
    whole = Edit("e", parts)
    edit = Edit("e", parts, (MasterSpan("n", Span(Fraction(20), 20 + whole.duration)),))
    sources = {"m": _source(rate, start_timecode="01:00:00:00"), "n": _source(FILM, path="/films/bed.mov")}
    root = _read(to_fcpxml(edit, sources))
    _check_document_type(root)
    _check_times(root)
    (sequence,) = root.iter("sequence")
    (bed,) = [clip for clip in root.iter("asset-clip") if clip.get("lane")]
    assert bed in list(sequence[0][0])
    assert bed.attrib["offset"] == sequence[0][0].attrib["start"] or _seconds(bed.attrib["offset"]) == _seconds(
        sequence[0][0].attrib["start"]
    )
    assert bed.attrib["duration"] == sequence.attrib["duration"] and bed.attrib["srcEnable"] == "audio"
    assert all(clip.get("srcEnable") == "video" for clip in sequence[0] if clip.tag == "asset-clip")
