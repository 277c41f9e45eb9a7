"""What one segment's bytes say is described, whatever else lies beside it."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.boxes.atoms import pack, pack_full
from pipeline.boxes.fragments import read_init
from pipeline.plan.hls.package import Cues, KeyRange, Media
from pipeline.plan.hls.segments import describe_cues, describe_init, describe_key_range, describe_media, hold
from pipeline.plan.measurements import Unmeasured
from pipeline.playlists import ByteRange


def test_pictures_are_judged_where_sound_lies_before_them(hls_package: Path) -> None:
    """Sound is track 1 and pictures are track 2, as some packagers mix them."""
    video, audio = ((hls_package / f"{name}-init.mp4").read_bytes() for name in ("v234", "a"))
    tracks = [data[data.index(b"trak") - 4 :] for data in (audio, video)]
    traks = [bytearray(data[: struct.unpack_from(">I", data)[0]]) for data in tracks]
    struct.pack_into(">I", traks[1], traks[1].index(b"tkhd") + 4 + 12, 2)
    extends = pack("mvex", *(pack_full("trex", struct.pack(">5I", number, 1, 0, 0, 0)) for number in (1, 2)))
    mixed = pack("moov", *map(bytes, traks), extends)
    init = read_init(mixed, where="mixed")
    assert [one.kind for one in init.tracks] == ["soun", "vide"] and init.main is init.tracks[1]
    segment = (hls_package / "v234-0.m4s").read_bytes().replace(b"tfhd\0\2\0\0\0\0\0\1", b"tfhd\0\2\0\0\0\0\0\2")
    found = describe_media(segment, init, uri="mixed", origin=0)
    assert isinstance(found, Media)
    assert (found.samples, found.duration, found.keys[0], len(found.keys)) == (144, 6, 0, 6)


def test_a_segment_says_its_times_and_key_pictures(hls_package: Path) -> None:
    init = describe_init((hls_package / "v234-init.mp4").read_bytes(), uri="init")
    assert not isinstance(init, Unmeasured)
    assert init.parameters is not None and (init.parameters.width, init.parameters.height) == (416, 234)
    data = (hls_package / "v234-1.m4s").read_bytes()
    found = describe_media(data, init.segment, uri="one", origin=0)
    assert isinstance(found, Media)
    assert found.decode_time == found.first_shown == 6 and found.is_continuous and found.tracks == 1
    assert found.keys == tuple(map(Fraction, range(6))) and not found.false_keys
    picture = found.pictures[2]
    assert picture.shown == 8 and picture.is_key
    span, known = describe_key_range(data[picture.start : picture.end], init.segment, uri="one", origin=picture.start)
    assert known == picture
    assert span == hold(ByteRange(picture.end - picture.start, picture.start), picture)
    assert span == KeyRange(True, True, False, True, Fraction(8))


@pytest.mark.parametrize(
    ("data", "told"),
    [(b"", "moov"), (b"junk" * 9, "box"), (pack("moov"), "no track"), (pack("ftyp", bytes(8)), "moov")],
)
def test_what_is_no_initialization_says_why(data: bytes, told: str) -> None:
    found = describe_init(data, uri="init")
    assert isinstance(found, Unmeasured) and told in found.reason


MAP = "X-TIMESTAMP-MAP=LOCAL:0"
ODD_MAP = f"its header {MAP} is not X-TIMESTAMP-MAP=LOCAL:…,MPEGTS:…"


def cue(start: int, end: int) -> Cues:
    return Cues(None, None, ((Fraction(start), Fraction(end)),), ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:01.500\n\n", Cues(Fraction(3, 2), 900_000, (), ())),
        ("WEBVTT - a film\r\n\r\n1\r\n00:01.000 --> 00:02.000 line:0\r\nHi\r\n", cue(1, 2)),
        ("\ufeffWEBVTT\n\nNOTE a --> b\n", Cues(None, None, (), ("line 3 is no time of a cue",))),
        (f"WEBVTT\n{MAP}\n", Cues(None, None, (), (ODD_MAP,))),
        ("WEBVTTX\n", Cues(None, None, (), ("its first line is not WEBVTT",))),
        ("WEBVTT\n\n100:00:00.000 --> 100:00:01.000\nLate\n", cue(360_000, 360_001)),
    ],
)
def test_cues_and_their_header_are_read_strictly(text: str, expected: Cues) -> None:
    assert describe_cues(text.encode()) == expected


def test_text_that_is_no_utf8_is_told() -> None:
    assert describe_cues(b"WEBVTT\n\n\xff").faults == ("it is not UTF-8",)
