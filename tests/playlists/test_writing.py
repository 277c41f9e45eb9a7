"""Playlists are written so that the same values come back, and no text breaks out of its place."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import m3u8
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import PlanError
from pipeline.playlists import (
    ByteRange,
    DateRange,
    IframeVariant,
    InitSection,
    MediaPlaylist,
    MultivariantPlaylist,
    Rendition,
    Segment,
    Variant,
    media_text,
    multivariant_text,
    quotable,
    read_playlist,
)

INIT = InitSection("../segments/init.mp4")
MEDIA = MediaPlaylist(
    target_duration=6,
    segments=(
        Segment("../segments/a.m4s", Fraction(6), init=INIT),
        Segment("../segments/b.m4s", Fraction(281 * 1024, 48000), init=INIT),
        Segment("../segments/c.m4s", Fraction(2), init=INIT, follows_discontinuity=True),
    ),
    has_independent_segments=True,
)
AUDIO = Rendition(
    "AUDIO", "stereo", "English", uri="a.m3u8", language="en", is_default=True, is_autoselect=True, channels="2"
)
SPOKEN = Rendition(
    "AUDIO",
    "stereo",
    "English, described",
    uri="d.m3u8",
    language="en",
    is_autoselect=True,
    characteristics=("public.accessibility.describes-video",),
    channels="2",
)
LINES = Rendition("SUBTITLES", "subs", "Español", uri="s.m3u8", language="es", is_forced=True, is_autoselect=True)
VARIANT = Variant(
    uri="v720.m3u8",
    bandwidth=2_100_000,
    average_bandwidth=1_400_000,
    codecs=("avc1.64001f", "mp4a.40.2"),
    resolution=(1280, 720),
    frame_rate=Fraction(23976, 1000),
    video_range="SDR",
    audio="stereo",
    subtitles="subs",
    closed_captions="NONE",
)
CHOICE = MultivariantPlaylist(
    variants=(VARIANT, replace(VARIANT, uri="v360.m3u8", resolution=(640, 360), frame_rate=Fraction(60))),
    renditions=(AUDIO, SPOKEN, LINES),
    iframe_variants=(IframeVariant("i720.m3u8", 200_000, 100_000, ("avc1.64001f",), (1280, 720), "SDR"),),
)


def test_a_media_playlist_is_written_tag_for_tag() -> None:
    assert media_text(MEDIA) == (
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-TARGETDURATION:6\n#EXT-X-PLAYLIST-TYPE:VOD\n"
        '#EXT-X-MAP:URI="../segments/init.mp4"\n'
        "#EXTINF:6.000000,\n../segments/a.m4s\n#EXTINF:5.994667,\n../segments/b.m4s\n"
        '#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="../segments/init.mp4"\n#EXTINF:2.000000,\n../segments/c.m4s\n'
        "#EXT-X-ENDLIST\n"
    )


def test_a_multivariant_playlist_is_written_tag_for_tag() -> None:
    assert multivariant_text(CHOICE) == (
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
        '#EXT-X-MEDIA:URI="a.m3u8",TYPE=AUDIO,GROUP-ID="stereo",LANGUAGE="en",NAME="English",DEFAULT=YES,'
        'AUTOSELECT=YES,CHANNELS="2"\n'
        '#EXT-X-MEDIA:URI="d.m3u8",TYPE=AUDIO,GROUP-ID="stereo",LANGUAGE="en",NAME="English, described",DEFAULT=NO,'
        'AUTOSELECT=YES,CHARACTERISTICS="public.accessibility.describes-video",CHANNELS="2"\n'
        '#EXT-X-MEDIA:URI="s.m3u8",TYPE=SUBTITLES,GROUP-ID="subs",LANGUAGE="es",NAME="Español",DEFAULT=NO,'
        "AUTOSELECT=YES,FORCED=YES\n"
        "#EXT-X-STREAM-INF:CLOSED-CAPTIONS=NONE,BANDWIDTH=2100000,AVERAGE-BANDWIDTH=1400000,RESOLUTION=1280x720,"
        'FRAME-RATE=23.976,CODECS="avc1.64001f,mp4a.40.2",VIDEO-RANGE=SDR,AUDIO="stereo",SUBTITLES="subs"\nv720.m3u8\n'
        "#EXT-X-STREAM-INF:CLOSED-CAPTIONS=NONE,BANDWIDTH=2100000,AVERAGE-BANDWIDTH=1400000,RESOLUTION=640x360,"
        'FRAME-RATE=60,CODECS="avc1.64001f,mp4a.40.2",VIDEO-RANGE=SDR,AUDIO="stereo",SUBTITLES="subs"\nv360.m3u8\n'
        "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=200000,AVERAGE-BANDWIDTH=100000,RESOLUTION=1280x720,"
        'CODECS="avc1.64001f",VIDEO-RANGE=SDR,URI="i720.m3u8"\n'
    )


def test_another_reader_finds_the_same_in_both() -> None:
    media, choice = m3u8.loads(media_text(MEDIA)), m3u8.loads(multivariant_text(CHOICE))
    assert [one.uri for one in media.segments] == [one.uri for one in MEDIA.segments]
    assert [one.discontinuity for one in media.segments] == [False, False, True]
    assert [one.init_section.uri for one in media.segments] == [INIT.uri] * 3
    assert media.is_endlist and media.playlist_type == "vod"
    assert [one.stream_info.bandwidth for one in choice.playlists] == [2_100_000] * 2
    assert [(one.name, one.group_id, one.forced) for one in choice.media] == [
        ("English", "stereo", None), ("English, described", "stereo", None), ("Español", "subs", "YES"),
    ]  # fmt: skip


def test_key_pictures_byte_ranges_gaps_and_programmes_come_back() -> None:
    programme = DateRange("film-2", "2026-11-26T20:00:00.000Z", "film", Fraction(5, 2), (("X-TITLE", "Red, Kite"),))
    pictures = MediaPlaylist(
        target_duration=2,
        segments=(
            Segment("a.m4s", Fraction(2), ByteRange(900, 24), InitSection("i.mp4", ByteRange(700, 0))),
            Segment(
                "a.m4s",
                Fraction(3, 2),
                ByteRange(800, 5000),
                InitSection("i.mp4", ByteRange(700, 0)),
                program_date_time="2026-11-26T20:00:00.000Z",
                date_ranges=(programme,),
                is_gap=True,
            ),
        ),
        is_i_frames_only=True,
    )
    assert read_playlist(media_text(pictures).encode()).playlist == pictures


@settings(deadline=None)
@given(st.lists(st.fractions(0, 12, max_denominator=48_000), min_size=1, max_size=60))
def test_durations_are_a_microsecond_off_at_most_and_so_are_their_sums(durations: list[Fraction]) -> None:
    playlist = replace(MEDIA, segments=tuple(Segment("a.m4s", one, init=INIT) for one in durations))
    found = read_playlist(media_text(playlist).encode()).playlist
    assert isinstance(found, MediaPlaylist)
    for written, exact in zip(found.segments, durations, strict=True):
        assert abs(written.duration - exact) <= Fraction(1, 1_000_000)
    assert abs(found.duration - sum(durations)) <= Fraction(1, 2_000_000)


@pytest.mark.parametrize("text", ['a"b', "a\nb", "a\r#EXT", "\x1b[31m", "a\u2028b", "\udcff", ""])
def test_text_that_would_leave_its_quotes_or_line_is_refused_and_quotable_cures_it(text: str) -> None:
    for changed in (replace(AUDIO, name=text), replace(AUDIO, language=text), replace(AUDIO, group_id=text)):
        with pytest.raises(PlanError, match="cannot be written"):
            multivariant_text(replace(CHOICE, renditions=(changed,)))
    if text:
        cured = replace(CHOICE, renditions=(replace(AUDIO, name=quotable(text)), *CHOICE.renditions[1:]))
        assert read_playlist(multivariant_text(cured).encode()).playlist == cured


@pytest.mark.parametrize("uri", ["", "#EXTM3U", "a b.m4s", 'a".m4s', "a\n#EXT-X-ENDLIST", "ä.m4s"])
def test_an_address_is_one_line_of_ascii_that_is_no_tag(uri: str) -> None:
    with pytest.raises(PlanError, match="cannot be written"):
        media_text(replace(MEDIA, segments=(Segment(uri, Fraction(1)),)))
    with pytest.raises(PlanError, match="cannot be written"):
        media_text(replace(MEDIA, segments=(Segment("a.m4s", Fraction(1), init=InitSection(uri)),)))


def test_a_list_is_not_parted_by_its_own_values_and_a_bandwidth_is_needed() -> None:
    for changed in (replace(VARIANT, codecs=("avc1,mp4a",)), replace(VARIANT, bandwidth=None)):
        with pytest.raises(PlanError, match="cannot be written"):
            multivariant_text(replace(CHOICE, variants=(changed,)))


@settings(deadline=None)
@given(st.text())
def test_any_title_can_be_made_quotable(title: str) -> None:
    name = quotable(title) or "x"
    named = replace(CHOICE, renditions=(replace(AUDIO, name=name), *CHOICE.renditions[1:]))
    assert read_playlist(multivariant_text(named).encode()).playlist == named
