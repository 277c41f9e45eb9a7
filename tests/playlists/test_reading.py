"""Anybody's playlist is read without an error, and each fault is told with its line."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.playlists import MediaPlaylist, MultivariantPlaylist, media_text, multivariant_text, read_playlist
from pipeline.playlists.attributes import read_attributes
from tests.playlists.test_writing import CHOICE, MEDIA

MEDIA_TEXT, CHOICE_TEXT = media_text(MEDIA), multivariant_text(CHOICE)

FAULTS = [
    ("#EXTM3U\n", "", (1, "the first line is not #EXTM3U", "wrong")),
    ("#EXTM3U", "\ufeff#EXTM3U", (1, "a byte order mark", "wrong")),
    ("#EXT-X-VERSION:7", "#EXT-X-VERSION:seven", (2, "EXT-X-VERSION:seven", "lost")),
    ("#EXT-X-TARGETDURATION:6\n", "", (0, "EXT-X-TARGETDURATION is missing", "lost")),
    ("TARGETDURATION:6", "TARGETDURATION:6\n#EXT-X-TARGETDURATION:6", (5, "stands in line 4 as well", "wrong")),
    ("PLAYLIST-TYPE:VOD", "PLAYLIST-TYPE:FILM", (5, "EXT-X-PLAYLIST-TYPE:FILM", "wrong")),
    ("#EXTINF:6.000000,", "#EXTINF:abc,", (7, "EXTINF:abc", "lost")),
    ("#EXTINF:6.000000,", "#EXTINF:nan,", (7, "EXTINF:nan", "lost")),
    ("#EXTINF:6.000000,", "#EXTINF:1e9,", (7, "EXTINF:1e9", "lost")),
    ("#EXTINF:6.000000,", "#EXTINF:-6,", (7, "EXTINF:-6", "lost")),
    ("#EXTINF:6.000000,", "#EXTINF:6.0", (7, "has no comma", "wrong")),
    ("#EXTINF:6.000000,\n", "", (7, "has no EXTINF", "lost")),
    ("../segments/a.m4s\n", "", (7, "EXTINF without an address", "lost")),
    ('URI="../segments/init.mp4"\n#EXTINF:6.0', "URI=../segments/init.mp4\n#EXTINF:6.0", (6, "URI=../", "wrong")),
    ('#EXT-X-MAP:URI="../segments/init.mp4"\n#EXTINF:6.0', "#EXT-X-MAP:\n#EXTINF:6.0", (6, "has no URI", "lost")),
    ("#EXT-X-ENDLIST", "#EXT-X-ENDLIST:1", (15, "EXT-X-ENDLIST has a value", "wrong")),
    ("#EXT-X-ENDLIST", "#EXT-X-WONDER", (15, "EXT-X-WONDER is unknown", "odd")),
    ("#EXT-X-ENDLIST", '#EXT-X-DEFINE:NAME="a",VALUE="b"', (15, "EXT-X-DEFINE", "lost")),
    (
        "#EXT-X-ENDLIST",
        "#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8",
        (4, "EXT-X-TARGETDURATION in a multivariant playlist", "wrong"),
    ),
    ("#EXT-X-ENDLIST", "#EXT-X-ENDLIST ", (15, "white space at an end", "wrong")),
    ("#EXT-X-DISCONTINUITY", "#EXT-X-DISCONTINUITY\n#EXT-X-DISCONTINUITY", (12, "twice", "odd")),
    ("../segments/a.m4s", "../segments/\x07.m4s", (8, "a control character", "wrong")),
    ("../segments/a.m4s", "#EXT-X-BYTERANGE:100\n../segments/a.m4s", (9, "goes on from none", "lost")),
    ("../segments/a.m4s", "#EXT-X-BYTERANGE:x\n../segments/a.m4s", (8, "byte range x", "lost")),
    ("../segments/a.m4s", "#EXT-X-PROGRAM-DATE-TIME:yesterday\n../segments/a.m4s", (8, "the date", "wrong")),
    ("../segments/a.m4s", "#EXT-X-KEY:URI=1\n../segments/a.m4s", (8, "EXT-X-KEY has no METHOD", "lost")),
]
CHOICE_FAULTS = [
    ("BANDWIDTH=2100000,AVERAGE", "AVERAGE", (7, "has no BANDWIDTH", "lost")),
    ("BANDWIDTH=2100000,AVERAGE", "BANDWIDTH=2.1M,AVERAGE", (7, "BANDWIDTH=2.1M", "wrong")),
    ("BANDWIDTH=2100000,AVERAGE", "BANDWIDTH=1,BANDWIDTH=2100000,AVERAGE", (7, "BANDWIDTH stands twice", "wrong")),
    ("RESOLUTION=1280x720,FR", "RESOLUTION=720p,FR", (7, "RESOLUTION=720p", "wrong")),
    ("FRAME-RATE=23.976", "FRAME-RATE=24000/1001", (7, "FRAME-RATE=24000/1001", "wrong")),
    ("VIDEO-RANGE=SDR,AUDIO", "VIDEO-RANGE=HDR,AUDIO", (7, "VIDEO-RANGE=HDR", "wrong")),
    ("TYPE=AUDIO", "TYPE=SOUND", (4, "TYPE=SOUND", "lost")),
    ("TYPE=AUDIO", 'TYPE="AUDIO"', (4, 'TYPE="AUDIO"', "wrong")),
    ('GROUP-ID="stereo",', "", (4, "has no GROUP-ID", "lost")),
    ("DEFAULT=YES", "DEFAULT=yes", (4, "DEFAULT=yes", "wrong")),
    ("DEFAULT=YES,", "DEFAULT=YES, ", (4, "white space around AUTOSELECT", "wrong")),
    ('CHANNELS="2"\n', 'CHANNELS="2",\n', (4, "ends with a comma", "wrong")),
    ('NAME="English",', 'NAME="English,', (4, "NAME=", "wrong")),
    ("v720.m3u8\n", "", (7, "EXT-X-STREAM-INF without an address", "lost")),
    ("v720.m3u8\n", "v720.m3u8\nw.m3u8\n", (9, "has no EXT-X-STREAM-INF", "lost")),
    ("#EXT-X-VERSION", "#EXT-X-ENDLIST\n#EXT-X-VERSION", (2, "EXT-X-ENDLIST in a multivariant playlist", "wrong")),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "told"), FAULTS)
def test_a_fault_of_a_media_playlist_is_told_with_its_line(before: str, after: str, told: tuple[int, str, str]) -> None:
    _expect(MEDIA_TEXT, before, after, told)


@pytest.mark.parametrize(("before", "after", "told"), CHOICE_FAULTS)
def test_a_fault_of_a_multivariant_playlist_is_told_with_its_line(
    before: str, after: str, told: tuple[int, str, str]
) -> None:
    _expect(CHOICE_TEXT, before, after, told)


def _expect(text: str, before: str, after: str, told: tuple[int, str, str]) -> None:
    assert before in text
    found = read_playlist(text.replace(before, after, 1).encode())
    told_of = [(one.line, one.weight) for one in found.problems if told[1] in one.what]
    assert (told[0], told[2]) in told_of, found.problems


def test_comments_blank_lines_and_windows_line_ends_are_nothing_to_tell() -> None:
    text = MEDIA_TEXT.replace("#EXTINF", "# a note\n\n#EXTINF").replace("\n", "\r\n")
    found = read_playlist(text.encode())
    assert (found.playlist, found.problems) == (read_playlist(MEDIA_TEXT.encode()).playlist, ())
    assert isinstance(found.playlist, MediaPlaylist) and found.playlist.segments[0].line == 10


def test_a_byte_range_without_an_offset_goes_on_where_the_one_before_ended() -> None:
    text = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n#EXT-X-BYTERANGE:10@5\na\n#EXTINF:4,\n#EXT-X-BYTERANGE:7\na\n"
    found = read_playlist(text.encode()).playlist
    assert isinstance(found, MediaPlaylist)
    assert [(one.byte_range.offset, one.byte_range.length) for one in found.segments if one.byte_range] == [
        (5, 10),
        (15, 7),
    ]


@pytest.mark.parametrize("data", [b"", b"\0" * 50, b"\xff\xfe#\0E\0", b"<html>", b"#EXTM3U\n"])
def test_what_is_no_playlist_is_none(data: bytes) -> None:
    found = read_playlist(data)
    assert found.playlist is None and not found.is_whole


def test_problems_and_lines_are_bounded() -> None:
    found = read_playlist(b"#EXTM3U\n" + b"#EXT-X-A\n" * 500_000)
    # The first that loses something, the lines past the bound, is told after a hundred others.
    assert len(found.problems) == 101 and found.problems[-1].weight == "lost"
    assert not read_playlist(b"#" * (17 << 20)).is_whole


def test_the_line_is_told_and_makes_no_difference() -> None:
    found = read_playlist(CHOICE_TEXT.encode()).playlist
    assert isinstance(found, MultivariantPlaylist)
    assert found == CHOICE and [one.line for one in found.variants] == [7, 9]
    assert found.variants[0].frame_rate == Fraction(23976, 1000)


@settings(deadline=None)
@given(st.sampled_from((MEDIA_TEXT, CHOICE_TEXT)), st.data())
def test_mutated_text_never_raises(text: str, data: st.DataObject) -> None:
    raw = bytearray(text.encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw)))
        end = min(len(raw), at + data.draw(st.integers(0, 30)))
        raw[at:end] = data.draw(st.one_of(st.binary(max_size=8), st.sampled_from((b'"', b",", b"\n", b"=", b"#EXT"))))
    found = read_playlist(bytes(raw))
    assert all(one.line >= 0 and one.what and one.allowed for one in found.problems)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_never_raise(data: bytes) -> None:
    read_playlist(data)


def test_a_list_of_white_space_is_passed_over_once() -> None:
    """Tried from each of its characters on, it would take hours."""
    values, faults = read_attributes(" " * 1_000_000 + "x")
    assert not values and "is no attribute" in faults[0].what
