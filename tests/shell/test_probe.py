"""Facts are read from real films only: no playlist, script, pattern or odd name makes anything else be opened."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pipeline.argv import decoded_loudness_argv
from pipeline.errors import FfmpegFailed, FfmpegStalled, MasterError
from pipeline.facts import Colour
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.probe import packets_of, probe, source_url
from pipeline.shell.text_tracks import read_tracks
from pipeline.timebase import FrameRate
from tests.claiming_files import box
from tests.whole_films import write_films

from .conftest import HEIGHT, WIDTH, ffmpeg, noise, write_film

X264 = ("-c:v", "libx264", "-preset", "ultrafast")


def test_the_facts_of_a_film(tmp_path: Path) -> None:
    tags = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
    options = (*X264, "-bf", "2", "-timecode", "01:00:00:00", "-vf", f"scale=out_range=tv,format=yuv420p,{tags}")
    path = write_film(tmp_path / "f.mov", rate="24000/1001", frames=48, options=options, sound=noise(2))
    facts = probe(path)
    picture = facts.picture
    assert (picture.width_px, picture.height_px, picture.codec, picture.bit_depth) == (WIDTH, HEIGHT, "h264", 8)
    assert picture.rate == FrameRate(Fraction(24000, 1001)) and picture.start == 0 and picture.frame_count == 48
    assert picture.colour == Colour("bt709", "bt709", "bt709", False) and picture.scan == "progressive"
    assert (picture.rotation_deg, picture.sample_aspect, picture.display_size) == (0, 1, (WIDTH, HEIGHT))
    assert facts.start_timecode == "01:00:00:00" and facts.size_bytes == path.stat().st_size
    assert abs(facts.duration - Fraction(48 * 1001, 24000)) < Fraction(1, 100)
    sound = facts.main_sound
    assert sound is not None and (sound.channels, sound.sample_rate_hz, sound.codec) == (1, 48000, "pcm_s16le")


@pytest.mark.parametrize(
    ("name", "options", "start"),
    [
        ("late.mp4", ("-output_ts_offset", "3.5"), "3.5"),
        ("hour.ts", ("-output_ts_offset", "3600"), "3600"),
        ("late.mkv", ("-output_ts_offset", "7"), "7"),
    ],
)
def test_the_first_picture_is_where_time_begins(
    name: str, options: tuple[str, ...], start: str, tmp_path: Path
) -> None:
    path = write_film(tmp_path / name, rate="25", frames=30, options=(*X264, "-bf", "2", *options))
    found = probe(path).picture.start
    assert Fraction(start) <= found < Fraction(start) + 2 and FrameRate(Fraction(25)) == probe(path).picture.rate


@pytest.mark.parametrize("name", ["gap.mp4", "gap.mkv"])
def test_a_pause_in_the_time_stamps_is_no_part_of_the_rate(name: str, tmp_path: Path) -> None:
    later = "setpts=PTS+if(gt(N\\,24)\\,3/TB\\,0)"
    path = write_film(tmp_path / name, rate="24", frames=60, options=(*X264, "-vf", later, "-fps_mode", "passthrough"))
    assert probe(path).picture.rate == FrameRate(Fraction(24))


def test_the_main_sound_is_the_default_one(tmp_path: Path) -> None:
    first = write_film(tmp_path / "a.mov", frames=24, sound=noise(1))
    maps = ("-map", "0:v", "-map", "0:a", "-map", "0:a", "-c", "copy")
    said = ("-disposition:a:0", "0", "-disposition:a:1", "default", "-metadata:s:a:1", "language=fra")
    ffmpeg("-i", first, *maps, *said, tmp_path / "two.mkv")
    facts = probe(tmp_path / "two.mkv")
    assert [sound.is_default for sound in facts.sounds] == [False, True]
    assert facts.main_sound is not None and facts.main_sound.language == "fra" and facts.main_sound.index == 2


def test_a_cover_is_not_the_film(tmp_path: Path) -> None:
    film = write_film(tmp_path / "f.mp4", frames=24)
    ffmpeg("-f", "lavfi", "-i", "color=s=300x400", "-frames:v", "1", tmp_path / "cover.png")
    ffmpeg("-i", tmp_path / "cover.png", "-i", film, "-map", "0", "-map", "1", "-c", "copy", "-disposition:v:0",
           "attached_pic", tmp_path / "covered.mp4")  # fmt: skip
    assert probe(tmp_path / "covered.mp4").picture.width_px == WIDTH
    sound = ("-f", "lavfi", "-i", "anullsrc", "-t", "1", "-map", "0:v", "-map", "1:a", "-c:v", "copy")
    ffmpeg("-i", tmp_path / "cover.png", *sound, "-disposition:v:0", "attached_pic", tmp_path / "song.m4a")
    with pytest.raises(MasterError, match="has no video stream"):
        probe(tmp_path / "song.m4a")


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """Run a server that must not be asked, and return its address and what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"127.0.0.1:{made.server_address[1]}", asked
        made.shutdown()
        thread.join()


POSES: dict[str, Callable[[str, str], str]] = {
    "m3u8": lambda url, file: (
        f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\n{file}\n#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n"
    ),
    "master m3u8": lambda url, file: (
        f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{url}\n#EXT-X-STREAM-INF:BANDWIDTH=2\n{file}\n"
    ),
    "m3u8 with a key": lambda url, file: (
        f'#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXT-X-KEY:METHOD=AES-128,URI="{url}"\n#EXTINF:1,\n{file}\n#EXT-X-ENDLIST\n'
    ),
    "ffconcat": lambda url, file: f"ffconcat version 1.0\nfile '{file}'\nfile '{url}'\n",
    "sdp": lambda *_: (
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
        "a=rtpmap:96 H264/90000\n"
    ),
    "xspf": lambda url, _: (
        f'<?xml version="1.0"?><playlist xmlns="http://xspf.org/ns/0/"><trackList><track><location>{url}'
        "</location></track></trackList></playlist>"
    ),
    "dash": lambda url, file: (
        f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        f'mediaPresentationDuration="PT1S"><Period><AdaptationSet mimeType="video/mp4">'
        '<Representation id="1" bandwidth="1">'
        f"<BaseURL>{url}</BaseURL><SegmentList><Initialization sourceURL='{file}'/></SegmentList></Representation>"
        "</AdaptationSet></Period></MPD>"
    ),
    "imf": lambda url, _: f'<?xml version="1.0"?><CompositionPlaylist><Id>{url}</Id></CompositionPlaylist>',
    "asx": lambda url, _: f"<asx version='3.0'><entry><ref href='{url}'/></entry></asx>",
    "svg": lambda url, _: f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}"/></svg>',
    "lrc": lambda url, _: f"[00:00.00]{url}\n",
    "subtitles": lambda url, _: f"1\n00:00:00,000 --> 00:00:01,000\n{url}\n",
    "a shell script": lambda url, _: f"#!/bin/sh\ncurl {url}\n",
}


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("pose", POSES)
def test_a_text_that_poses_as_a_film_opens_no_file_and_no_connection(
    pose: str, suffix: str, tmp_path: Path, server: tuple[str, list[str]]
) -> None:
    address, asked = server
    # Whoever opens a pipe that nobody writes to waits for ever.
    sentinel = tmp_path / "sentinel.ts"
    os.mkfifo(sentinel)
    path = tmp_path / f"film{suffix}"
    path.write_text(POSES[pose](f"http://{address}/film.ts", sentinel.name))
    with pytest.raises(MasterError) as caught:
        probe(path)
    assert str(path) in str(caught.value) and caught.value.exit_code == 2
    with pytest.raises(FfmpegFailed) as failed:  # it was a film when it was probed
        run_ffmpeg(decoded_loudness_argv(source_url(path)), idle_limit_s=5)
    assert not isinstance(failed.value, FfmpegStalled)
    assert asked == []


def test_the_sentinel_is_touched_where_nothing_is_forbidden(tmp_path: Path, server: tuple[str, list[str]]) -> None:
    import av

    address, asked = server
    path = tmp_path / "film.m3u8"
    path.write_text(POSES["m3u8"](f"http://{address}/film.ts", f"http://{address}/first.ts"))
    with pytest.raises((av.FFmpegError, OSError)):
        av.open(str(path), options={"protocol_whitelist": "file,http,tcp"}).close()
    assert asked, "without our bounds a playlist does open what it names"


NAMES = ("-i.mp4", "100%03d.mp4", "%03d.png.mp4", "film.m3u8", "film.ffconcat", "film.sdp", "film.mpd", "film.srt",
         "film.png", "concat:a|b.mkv", "tee:a.mkv", "subfile,,start,0,end,9,,:film.mp4", "a 'b' \"c\".mp4",
         "new\nline.mp4", "🎬: film.mp4", "http:x.mp4", "concat:a|b.mp4", "film,frames=2.mp4", "n" * 196 + ".mp4",
         b"caf\xe9.mp4", "#1?.mp4", "pipe:0", "film")  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_film_may_have_any_name(
    name: str | bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, numbered: Path
) -> None:
    path = tmp_path / os.fsdecode(name)
    path.symlink_to(numbered)
    monkeypatch.chdir(tmp_path)
    assert probe(path) == probe(Path(path.name)) == probe(numbered)
    assert (tmp_path / "1000.mp4").exists() is False


@pytest.fixture(scope="module")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_film(tmp_path_factory.mktemp("film") / "film.mp4", frames=12)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in write_films(tmp_path_factory.mktemp("whole")).items()}


def tagged(film: bytes) -> bytes:
    """Return a film behind a tag as songs have them, which libav looks past to find out what a file is."""
    return b"ID3\x04\0\0\0\0\0\x14" + bytes(20) + film


ADDRESS = "http://127.0.0.1:9/film.ts"
TWO_IN_ONE: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "a list, then a film.mp4": lambda films: f"#EXTM3U\n#EXTINF:1,\n{ADDRESS}\n".encode() + films["front.mp4"],
    "a list, then a broadcast.ts": lambda films: f"#EXTM3U\n#EXTINF:1,\n{ADDRESS}\n".encode() + films["broadcast.ts"],
    "a script, then a broadcast.ts": lambda films: b"ffconcat version 1.0\nfile 'x.ts'\n" + films["broadcast.ts"],
    "a description, then a disc.mpg": lambda films: b"v=0\r\no=- 0 0 IN IP4 1.1.1.1\r\n" + films["disc.mpg"],
    "a manifest, then MXF.mxf": lambda films: b'<?xml version="1.0"?><MPD type="static">\n' + films["camera.mxf"],
    "captions, then a broadcast.ts": lambda films: b"1\n00:00:00,000 --> 00:00:01,000\na\n\n" + films["broadcast.ts"],
    "WebVTT, then a broadcast.ts": lambda films: (
        b"\xef\xbb\xbfWEBVTT\n\n00:00.000 --> 00:01.000\n" + films["broadcast.ts"]
    ),
    "a box, then MXF.mp4": lambda films: box(b"free", bytes(100)) + films["camera.mxf"],
    "a box that is a broadcast.mp4": lambda films: box(b"free", films["broadcast.ts"]),
    "a picture, then a broadcast.ts": lambda films: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + films["broadcast.ts"],
    "a script and a film.mp4": lambda films: b"#!/bin/sh\ntrue\nexit\n" + films["front.mp4"],
    "a tag, then a film.mp4": lambda films: tagged(films["front.mp4"]),
    "a tag, then a film.mkv": lambda films: tagged(films["matroska.mkv"]),
    "a head of Matroska, then a film.mp4": lambda films: b"\x1a\x45\xdf\xa3\x84free" + films["front.mp4"],
}


@pytest.mark.parametrize("name", TWO_IN_ONE)
def test_a_file_that_is_two_things_is_what_its_first_bytes_say_or_nothing(
    name: str, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    path = tmp_path / name
    path.write_bytes(TWO_IN_ONE[name](whole))
    with pytest.raises(MasterError, match="not a film that can be read") as caught:
        probe(path)
    assert caught.value.remedy and "Invalid argument" not in str(caught.value)


@pytest.mark.parametrize("name", ["front.mp4", "matroska.mkv", "old.avi", "broadcast.ts", "disc.mpg", "camera.mxf"])
@pytest.mark.parametrize("suffix", [".m3u8", ".srt", ".mp3", ".mxf", ".mp4", ".mkv", ".dv", ".h264"])
def test_a_film_under_another_name_is_still_what_it_is(
    name: str, suffix: str, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    path = tmp_path / f"film{suffix}"
    path.write_bytes(whole[name])
    demuxers = {"mp4": "mov", "mkv": "matroska", "avi": "avi", "ts": "mpegts", "mpg": "mpeg", "mxf": "mxf"}
    assert probe(path).container.split(",")[0] == demuxers[name.rpartition(".")[2]]


def test_a_film_that_is_named_as_a_sequence_of_pictures_opens_none(tmp_path: Path, numbered: Path) -> None:
    for number in range(3):
        os.mkfifo(tmp_path / f"f00{number}.png")  # who opens one waits for ever
    path = tmp_path / "f%03d.png"
    path.symlink_to(numbered)
    with pytest.raises(MasterError, match="not a film that can be read"):
        probe(path)


def test_a_pattern_is_a_name(tmp_path: Path, numbered: Path) -> None:
    for number in range(3):
        (tmp_path / f"f00{number}.mp4").symlink_to(numbered)
    with pytest.raises(MasterError, match="does not exist"):
        probe(tmp_path / "f%03d.mp4")


@pytest.mark.parametrize(
    ("name", "make", "reason"),
    [
        ("none.mp4", lambda _: None, "does not exist"),
        ("folder.mp4", lambda path: path.mkdir(), "is a folder"),
        ("empty.mp4", lambda path: path.touch(), r"is empty \(0 bytes\)"),
        ("pipe.mp4", os.mkfifo, "is not a regular file"),
        ("zeros.mp4", lambda path: path.write_bytes(bytes(5000)), "not a film that can be read"),
        ("text.mov", lambda path: path.write_text("Not a film.\n" * 99), "not a film that can be read"),
        ("jpeg.mp4", lambda path: path.write_bytes(b"\xff\xd8\xff\xe0" + bytes(999)), "not a film that can be read"),
        ("loop.mp4", lambda path: path.symlink_to(path), "cannot be reached"),
        ("nul\0.mp4", lambda _: None, "cannot be reached"),
        ("x" * 300, lambda _: None, "cannot be reached"),
    ],
)
def test_what_is_no_film_is_named_with_its_reason(
    name: str, make: Callable[[Path], object], reason: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    make(path)
    with pytest.raises(MasterError, match=reason) as caught:
        probe(path)
    assert str(path) in str(caught.value) and caught.value.exit_code == 2


def test_a_film_without_pictures_or_cut_before_them_is_named(tmp_path: Path, numbered: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "anullsrc", "-t", "1", tmp_path / "song.mp4")
    with pytest.raises(MasterError, match="has no video stream"):
        probe(tmp_path / "song.mp4")
    (tmp_path / "cut.mp4").write_bytes(numbered.read_bytes()[:800])
    with pytest.raises(MasterError, match="not a film that can be read"):
        probe(tmp_path / "cut.mp4")
    write_film(tmp_path / "bare.h264", frames=12, options=X264)
    with pytest.raises(MasterError, match="bare stream"):
        probe(tmp_path / "bare.h264")


class _Late:
    """A container in which a stream shows itself after opening, as PyAV goes through it."""

    def demux(self, streams: tuple[Any, ...]) -> Iterator[str]:
        yield from ("packet", *(f"end of {stream}" for stream in streams))
        raise IndexError("list index out of range")


def test_a_stream_that_shows_itself_late_is_left_out() -> None:
    late: Any = _Late()
    assert list(packets_of(late, "picture", "sound")) == ["packet", "end of picture", "end of sound"]


def test_text_beside_a_subtitle_that_nobody_can_decode_is_found(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", frames=24)
    (tmp_path / "words.srt").write_text("1\n00:00:00,000 --> 00:00:00,900\nWords\n")
    maps = ("-map", "0", "-map", "1", "-map", "1", "-c:v", "copy", "-c:s", "srt")
    ffmpeg("-i", film, "-i", tmp_path / "words.srt", *maps, tmp_path / "two.mkv")
    raw = (tmp_path / "two.mkv").read_bytes()
    at = raw.index(b"S_TEXT/UTF8")
    (tmp_path / "odd.mkv").write_bytes(raw[:at] + b"S_TEXT/ODDS" + raw[at + 11 :])
    (track,) = read_tracks(tmp_path / "odd.mkv", probe(tmp_path / "odd.mkv"))
    assert track.cues[0].lines == ("Words",)
