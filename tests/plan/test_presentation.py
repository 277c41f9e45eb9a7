"""Playlists say what segments hold: bit rates of their bytes, key pictures by their ranges, joins where they are."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from pipeline.plan.presentation import (
    PictureTrack,
    PublishedKeyPicture,
    PublishedSegment,
    SoundTrack,
    TextTrack,
    iframe_playlist,
    iframe_sources,
    media_playlist,
    multivariant_playlist,
    target_duration,
)
from pipeline.playlists import ByteRange, media_text, multivariant_text
from pipeline.timebase import FrameRate

FILM = FrameRate(Fraction(24000, 1001))


def segment(name: str, size: int, seconds: Fraction = Fraction(6), *frames: float) -> PublishedSegment:
    keys = tuple(PublishedKeyPicture(Fraction(str(at)), 24 + 1000 * n, 500) for n, at in enumerate(frames))
    return PublishedSegment(f"segments/{name}.m4s", "segments/init.mp4", size, seconds, keys)


def picture(
    name: str, kbps: int, *, size: tuple[int, int] = (640, 360), groups: tuple[str, ...] = ("stereo",)
) -> PictureTrack:
    sections = (
        tuple(segment(f"{name}{n}", kbps * 750, Fraction(6), 0, 2, 4) for n in range(3)),
        (segment(f"{name}3", kbps * 500, Fraction(4), 0, 2.5),),
    )
    return PictureTrack(name, "avc1.64001e", sections, size, FILM, groups)


def sound(name: str, group: str, kbps: int, language: str = "en") -> SoundTrack:
    sections = (
        tuple(segment(f"{name}{n}", kbps * 750) for n in range(3)),
        (segment(f"{name}3", kbps * 500, Fraction(4)),),
    )
    return SoundTrack(name, "mp4a.40.2", sections, group, language, 2, language == "en")


PICTURES = (
    picture("v1", 140, groups=("low",)),
    picture("v2", 1900),
    picture("v3", 4000, size=(1280, 720), groups=("stereo", "surround")),
)
DENSE = PictureTrack(
    "i1",
    "avc1.640016",
    ((segment("i1", 6 * 524, Fraction(6), *range(6)),), (segment("i2", 524, Fraction(1, 2), 0),)),
    (640, 360),
    FrameRate(Fraction(24, 25)),
    (),
)
SOUNDS = (
    sound("a1", "stereo", 128),
    sound("a2", "stereo", 160, "es"),
    sound("a3", "low", 48),
    sound("a4", "surround", 320),
)


def master_text() -> str:
    names = {one.name: f"{one.name}.m3u8" for one in (*PICTURES, *SOUNDS)}
    texts = (TextTrack("s", "wvtt", (), "en", "English", is_forced=False, is_for_the_deaf=True),)
    keyed = [(one, f"i-{one.name}.m3u8") for one in iframe_sources(PICTURES, DENSE)]
    names["s"] = "s.m3u8"
    master = multivariant_playlist(PICTURES, SOUNDS, texts, target_s=6, uri_of=names.__getitem__, keyed=keyed)
    return multivariant_text(master)


def test_the_first_variant_is_the_one_nearest_to_two_megabits() -> None:
    lines = master_text().splitlines()
    assert next(line for line in lines if not line.startswith("#")) == "v2.m3u8"


def test_a_variants_bandwidth_is_the_largest_that_it_may_take_with_any_of_its_sounds() -> None:
    lines = master_text().splitlines()
    of_second = lines[lines.index("v2.m3u8") - 1]
    assert "BANDWIDTH=2060000" in of_second and "AVERAGE-BANDWIDTH=2060000" in of_second
    assert 'AUDIO="stereo"' in of_second and 'SUBTITLES="subtitles"' in of_second
    assert 'CODECS="avc1.64001e,mp4a.40.2"' in of_second and "FRAME-RATE=23.976" in of_second


def test_a_picture_that_goes_with_two_groups_of_sounds_is_two_variants() -> None:
    text = master_text()
    assert text.count("v3.m3u8") == 3, "twice as a variant, once as the key pictures of its size"
    assert text.count('AUDIO="surround"') == 1


def test_dense_key_pictures_are_listed_with_the_rates_of_their_own_bytes_and_played_by_no_variant() -> None:
    (line,) = (line for line in master_text().splitlines() if line.endswith('URI="i-i1.m3u8"'))
    assert line.startswith("#EXT-X-I-FRAME-STREAM-INF:") and "RESOLUTION=640x360" in line
    assert 'CODECS="avc1.640016"' in line and "VIDEO-RANGE=SDR" in line and "FRAME-RATE" not in line
    # Seven pictures of 500 bytes in six and a half seconds; the last, of half a second, lifts no run of three.
    assert "AVERAGE-BANDWIDTH=4308" in line and ":BANDWIDTH=4572" in line
    assert "\ni1" not in master_text()


def test_key_pictures_of_a_size_that_has_dense_ones_are_left_out_unless_of_another_codec() -> None:
    assert [one.name for one in iframe_sources(PICTURES, DENSE)] == ["i1", "v3"]
    hevc = [replace(one, codec="hvc1.1.6.L63.90") for one in PICTURES]
    assert [one.name for one in iframe_sources(hevc, DENSE)] == ["i1", "v1", "v3"]
    # That which may take more came out smaller.
    turned = [replace(hevc[1], name="low"), replace(hevc[0], name="high"), hevc[2]]
    assert [one.name for one in iframe_sources(turned, DENSE)] == ["i1", "high", "v3"]


def test_no_two_of_a_group_have_one_name() -> None:
    tags = ("zh-CN", "zh-Hans-CN", "es")
    heard = [sound(f"a{number}", "stereo", 128, tag) for number, tag in enumerate(tags)]
    master = multivariant_playlist(PICTURES[1:2], heard, (), target_s=6, uri_of=str, keyed=())
    assert [one.name.rpartition(" ")[2] for one in master.renditions] == ["(zh-CN)", "(zh-Hans-CN)", "español"]


def test_key_pictures_last_until_the_next_also_over_segments_and_not_over_joins() -> None:
    playlist = iframe_playlist(PICTURES[1], 6)
    assert [one.duration for one in playlist.segments] == [2] * 9 + [Fraction(5, 2), Fraction(3, 2)]
    assert [one.follows_discontinuity for one in playlist.segments] == [False] * 9 + [True, False]
    assert playlist.segments[1].byte_range == ByteRange(500, 1024)
    assert media_text(playlist).count("#EXT-X-DISCONTINUITY\n") == 1


def test_the_init_segment_is_told_again_after_a_join() -> None:
    text = media_text(media_playlist(PICTURES[0], 6))
    assert text.count("#EXT-X-MAP") == 2
    assert text.index("#EXT-X-DISCONTINUITY\n#EXT-X-MAP") > text.index("v12.m4s")


def test_the_target_duration_is_the_longest_segments_rounded() -> None:
    track = picture("v1", 100)
    longer = PictureTrack("v", "c", ((segment("a", 1, Fraction(13, 2)),),), (2, 2), FILM, ())
    assert target_duration([track]) == 6
    assert target_duration([track, longer]) == 7
