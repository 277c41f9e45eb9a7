"""A package that keeps every rule passes; a planted fault of each kind is found by the rules that it breaks alone."""

from __future__ import annotations

import re
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import PlanError
from pipeline.plan.hls.conformance import document_of
from pipeline.plan.hls.rulebook import RULES
from pipeline.shell import conformance, sources
from pipeline.shell.conformance import check_package, describe_judges
from tests.shell.listed_sources import unlisted

Spoil = Callable[[Path], None]


@pytest.fixture
def package(hls_package: Path, tmp_path: Path) -> Path:
    """Return a copy."""
    return shutil.copytree(hls_package, tmp_path / "package")


def text(name: str, before: str, after: str, count: int = 1) -> Spoil:
    """Return the fault that replaces text of a file."""

    def spoil(folder: Path) -> None:
        path = folder / name
        old = path.read_text()
        assert before in old, f"{before} is not in {old}"
        path.write_text(old.replace(before, after, count))

    return spoil


def pattern(name: str, before: str, after: str, count: int = 1) -> Spoil:
    """Return the fault that replaces what a pattern matches."""

    def spoil(folder: Path) -> None:
        path = folder / name
        changed, made = re.subn(before, after, path.read_text(), count=count)
        assert made
        path.write_text(changed)

    return spoil


def ranged(longer: int, later: int) -> Spoil:
    """Return the fault of a key picture's byte range."""

    def told(found: re.Match[str]) -> str:
        return f"#EXT-X-BYTERANGE:{int(found[1]) + longer}@{int(found[2]) + later}\n{found[3]}"

    def spoil(folder: Path) -> None:
        path = folder / "i360.m3u8"
        path.write_text(re.sub(KEY_RANGE, told, path.read_text(), count=1))

    return spoil


def patch(name: str, change: Callable[[bytearray], None]) -> Spoil:
    """Return the fault that changes bytes of a file."""

    def spoil(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        change(data)
        (folder / name).write_bytes(data)

    return spoil


def both(*spoils: Spoil) -> Spoil:
    """Return several faults as one."""

    def spoil(folder: Path) -> None:
        for one in spoils:
            one(folder)

    return spoil


def places(data: bytearray, kind: bytes) -> list[int]:
    """Return where the bodies of the boxes of a kind start."""
    return [match.end() for match in re.finditer(re.escape(kind), bytes(data))]


def no_idr(number: int) -> Callable[[bytearray], None]:
    """Return the change of the slices of a fragment's first picture to others than IDR."""

    def change(data: bytearray) -> None:
        run, held = places(data, b"trun")[number], places(data, b"mdat")[number]
        end = held + struct.unpack_from(">I", data, run + 12 + 4)[0]
        while held < end:
            length = struct.unpack_from(">I", data, held)[0]
            if data[held + 4] & 31 == 5:
                data[held + 4] = data[held + 4] & 0xE0 | 1
            held += 4 + length

    return change


def not_sync(number: int) -> Callable[[bytearray], None]:
    """Return the change of the mark of a fragment's first picture."""

    def change(data: bytearray) -> None:
        struct.pack_into(">I", data, places(data, b"trun")[number] + 12 + 8, 0x01010000)

    return change


def later(number: int, ticks: int) -> Callable[[bytearray], None]:
    """Return the change of tfdt from a fragment on."""

    def change(data: bytearray) -> None:
        for at in places(data, b"tfdt")[number:]:
            struct.pack_into(">Q", data, at + 4, struct.unpack_from(">Q", data, at + 4)[0] + ticks)

    return change


def shifted(ticks: int) -> Callable[[bytearray], None]:
    """Return the change of all composition offsets."""

    def change(data: bytearray) -> None:
        for at in places(data, b"trun"):
            for number in range(struct.unpack_from(">I", data, at + 4)[0]):
                place = at + 12 + number * 16 + 12
                struct.pack_into(">i", data, place, struct.unpack_from(">i", data, place)[0] + ticks)

    return change


def replaced(before: bytes, after: bytes) -> Callable[[bytearray], None]:
    """Return the change of bytes for others as long."""

    def change(data: bytearray) -> None:
        assert len(before) == len(after) and before in data
        data[:] = data.replace(before, after)

    return change


def edited(data: bytearray) -> None:
    """Put an edit list into the one track."""
    listing = struct.pack(">I4sII Iii", 28, b"elst", 0, 1, 0, 2000, 0x10000)
    edits = struct.pack(">I4s", 8 + len(listing), b"edts") + listing
    for kind in (b"moov", b"trak"):
        at = data.index(kind) - 4
        struct.pack_into(">I", data, at, struct.unpack_from(">I", data, at)[0] + len(edits))
    at = data.index(b"tkhd") - 4
    at += struct.unpack_from(">I", data, at)[0]
    data[at:at] = edits


def level_of(level: int) -> Callable[[bytearray], None]:
    """Return the change of the level that avcC says."""

    def change(data: bytearray) -> None:
        data[data.index(b"avcC") + 4 + 3] = level

    return change


def profile_of(profile: int) -> Callable[[bytearray], None]:
    """Return the change of the profile that avcC says."""

    def change(data: bytearray) -> None:
        data[data.index(b"avcC") + 4 + 1] = profile

    return change


def link_out(folder: Path) -> None:
    """Put a link in place of a segment, to a file outside."""
    outside = folder.parent / "outside.m4s"
    shutil.copy(folder / "v234-1.m4s", outside)
    (folder / "v234-1.m4s").unlink()
    (folder / "v234-1.m4s").symlink_to(outside)


def other_colour(folder: Path) -> None:
    """Let the second segment have an initialization of another colour."""
    data = bytearray((folder / "v234-init.mp4").read_bytes())
    at = data.index(b"nclx")
    data[at + 4 : at + 10] = struct.pack(">HHH", 6, 6, 6)
    (folder / "other.mp4").write_bytes(data)
    text("v234.m3u8", "#EXTINF:6.000000,\nv234-1", '#EXT-X-MAP:URI="other.mp4"\n#EXTINF:6.000000,\nv234-1')(folder)


MASTER = "master.m3u8"


def second_group(members: int, *changes: tuple[str, str]) -> Spoil:
    """Return the fault of a second group of sounds, which one variant names: the first ones of the other, changed."""

    def spoil(folder: Path) -> None:
        path = folder / MASTER
        lines = re.findall(r"#EXT-X-MEDIA:[^\n]*TYPE=AUDIO[^\n]*\n", path.read_text())
        added = "".join(lines[:members]).replace('GROUP-ID="aac"', 'GROUP-ID="more"')
        for old, new in changes:
            assert old in added
            added = added.replace(old, new, 1)
        changed = path.read_text().replace(lines[-1], lines[-1] + added)
        path.write_text(re.sub(r'AUDIO="aac"', 'AUDIO="more"', changed, count=1))

    return spoil


V360, V234 = r"(#EXT-X-STREAM-INF:[^\n]*\n)v360.m3u8\n", r"(#EXT-X-STREAM-INF:[^\n]*\n)v234.m3u8\n"
AUDIO_ONLY = '#EXT-X-STREAM-INF:BANDWIDTH=51000,AVERAGE-BANDWIDTH=50000,CODECS="mp4a.40.2"\na.m3u8\n'
DISCONTINUITY = "#EXT-X-DISCONTINUITY\n"
KEY_RANGE = r"#EXT-X-BYTERANGE:(\d+)@(\d+)\n(v360-1.m4s)"

FAULTS: dict[str, tuple[Spoil, set[str]]] = {
    # Text
    "no EXTM3U": (text("v234.m3u8", "#EXTM3U\n", ""), {"RFC 8216 4"}),
    "EXTINF is no number": (text("v234.m3u8", "#EXTINF:6.000000", "#EXTINF:abc"), {"RFC 8216 4"}),
    "a URI without quotes": (text("v234.m3u8", '"v234-init.mp4"', "v234-init.mp4"), {"RFC 8216 4"}),
    "two target durations": (text("a.m3u8", "#EXT-X-TARGET", "#EXT-X-TARGETDURATION:6\n#EXT-X-TARGET"), {"RFC 8216 4"}),
    "no target duration": (text("a.m3u8", "#EXT-X-TARGETDURATION:6\n", ""), {"RFC 8216 4"}),
    "a byte order mark": (text("a.m3u8", "#EXTM3U", "\ufeff#EXTM3U"), {"RFC 8216 4"}),
    "no BANDWIDTH": (pattern(MASTER, "BANDWIDTH=[0-9]+,AVERAGE", "AVERAGE"), {"RFC 8216 4"}),
    "a tag of the other kind": (text(MASTER, "#EXT-X-MEDIA", "#EXT-X-ENDLIST\n#EXT-X-MEDIA"), {"RFC 8216 4"}),
    "DEFAULT without AUTOSELECT": (
        text(MASTER, "DEFAULT=YES,AUTOSELECT=YES", "DEFAULT=YES,AUTOSELECT=NO"),
        {"RFC 8216 4"},
    ),
    "an unknown tag": (text("a.m3u8", "#EXT-X-ENDLIST", "#EXT-X-WONDER\n#EXT-X-ENDLIST"), {"RFC 8216 6.3.1"}),
    "no ENDLIST": (text("v234.m3u8", "#EXT-X-ENDLIST\n", ""), {"RFC 8216 4.3.3.4"}),
    "no PLAYLIST-TYPE": (text("v234.m3u8", "#EXT-X-PLAYLIST-TYPE:VOD\n", ""), {"8.6"}),
    "no MAP": (pattern("v234.m3u8", "#EXT-X-MAP[^\n]*\n", "", 0), {"8.20"}),
    "a version too low": (text("v234.m3u8", "VERSION:7", "VERSION:3"), {"RFC 8216 7"}),
    "a segment longer than the target": (text("s.m3u8", "TARGETDURATION:6", "TARGETDURATION:5"), {"RFC 8216 4.3.3.1"}),
    "a key": (text("f.m3u8", "#EXTINF", '#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF'), {"Matinee 3"}),
    # What is named
    "a segment is missing": (lambda folder: (folder / "v234-1.m4s").unlink(), {"Matinee 2"}),
    "an initialization is missing": (lambda folder: (folder / "a-init.mp4").unlink(), {"Matinee 2"}),
    "a playlist is missing": (lambda folder: (folder / "i234.m3u8").unlink(), {"Matinee 2"}),
    "a segment breaks off": (patch("v234-1.m4s", lambda data: data.__delitem__(slice(-200, None))), {"Matinee 2"}),
    "a segment is garbage": (
        patch("v234-1.m4s", lambda data: data.__setitem__(slice(0, 64), bytes(64))),
        {"Matinee 2", "6.10"},
    ),
    "media is protected": (patch("a-init.mp4", replaced(b"mp4a", b"enca")), {"Matinee 2"}),
    "an address leads up": (text("v234.m3u8", "v234-1.m4s", "../outside.m4s"), {"Matinee 1"}),
    "an address leads up, encoded": (text("v234.m3u8", "v234-1.m4s", "%2e%2e/outside.m4s"), {"Matinee 1"}),
    "an address is absolute": (text("v234.m3u8", "v234-1.m4s", "/etc/passwd"), {"Matinee 1"}),
    "an address is of a file": (text("v234.m3u8", "v234-1.m4s", "file:///etc/passwd"), {"Matinee 1"}),
    "an address is of another host": (text("a.m3u8", "a-init.mp4", "http://127.0.0.1:9/i.mp4"), {"Matinee 1"}),
    "a playlist is of another host": (text(MASTER, 'URI="s.m3u8"', 'URI="//127.0.0.1:9/s.m3u8"'), {"Matinee 1"}),
    "a link leads out": (link_out, {"Matinee 1"}),
    "an initialization of no fragments": (patch("a-init.mp4", replaced(b"mvex", b"free")), {"2.1"}),
    # Choices
    "a group that is not there": (text(MASTER, 'SUBTITLES="subs"', 'SUBTITLES="sub"'), {"RFC 8216 4.3.4.2a"}),
    "a name twice": (text(MASTER, 'NAME="English, deaf"', 'NAME="English"'), {"RFC 8216 4.3.4.1a"}),
    "two defaults": (text(MASTER, "DEFAULT=NO", "DEFAULT=YES"), {"RFC 8216 4.3.4.1b"}),
    "a group without one of the languages": (second_group(1), {"RFC 8216 4.3.4.1.1"}),
    "a group with another language": (second_group(2, ('LANGUAGE="en"', 'LANGUAGE="de"')), {"RFC 8216 4.3.4.1.1"}),
    "a group with a member by another name": (
        second_group(2, ('NAME="Described"', 'NAME="Told"')), {"RFC 8216 4.3.4.1.1"},
    ),
    "a group with another default": (
        second_group(2, ("DEFAULT=YES", "DEFAULT=NO")), {"RFC 8216 4.3.4.1.1"},
    ),
    "forced sound": (text(MASTER, "AUTOSELECT=YES", "AUTOSELECT=YES,FORCED=YES"), {"RFC 8216 4.3.4.1c"}),
    "channels that are not": (text(MASTER, 'CHANNELS="2"', 'CHANNELS="6"'), {"RFC 8216 4.3.4.1d"}),
    "no CODECS": (text(MASTER, 'CODECS="avc1.64001e,mp4a.40.2",', ""), {"9.1"}),
    "no CODECS of key pictures": (text(MASTER, 'CODECS="avc1.64001e",', ""), {"9.3"}),
    "another profile in CODECS": (text(MASTER, "avc1.64001e,", "avc1.4d001e,"), {"RFC 6381 3.3"}),
    "no sound in CODECS": (text(MASTER, "avc1.64001e,mp4a.40.2", "avc1.64001e"), {"RFC 6381 3.3"}),
    "a codec too many": (text(MASTER, "avc1.64001e,mp4a.40.2", "avc1.64001e,mp4a.40.2,ec-3"), {"RFC 6381 3.3"}),
    "no RESOLUTION": (text(MASTER, "RESOLUTION=640x360,FRAME", "FRAME"), {"9.2"}),
    "no RESOLUTION of key pictures": (text(MASTER, "RESOLUTION=640x360,CODECS", "CODECS"), {"9.4"}),
    "another RESOLUTION": (text(MASTER, "RESOLUTION=640x360,FRAME", "RESOLUTION=640x358,FRAME"), {"RFC 8216 4.3.4.2b"}),
    "another shape": (
        text(MASTER, "RESOLUTION=640x360,FRAME", "RESOLUTION=640x480,FRAME"),
        {"RFC 8216 4.3.4.2b", "1.33"},
    ),
    "one stream alone": (pattern(MASTER, V360, ""), {"9.9"}),
    "nothing for slow networks": (
        pattern(MASTER, ",BANDWIDTH=[0-9]+,", ",BANDWIDTH=600000,", 0), {"9.21", "1.27, 9.13"},
    ),
    "no INDEPENDENT-SEGMENTS above": (text(MASTER, "#EXT-X-INDEPENDENT-SEGMENTS\n", ""), {"9.11"}),
    "no INDEPENDENT-SEGMENTS anywhere": (
        both(
            text(MASTER, "#EXT-X-INDEPENDENT-SEGMENTS\n", ""), text("v234.m3u8", "#EXT-X-INDEPENDENT-SEGMENTS\n", "")
        ),
        {"9.11", "9.12"},
    ),
    "no AVERAGE-BANDWIDTH": (
        pattern(MASTER, "AVERAGE-BANDWIDTH=[0-9]+,RESOLUTION=640x360,F", "RESOLUTION=640x360,F"),
        {"9.14"},
    ),
    "an average too high": (pattern(MASTER, "AVERAGE-BANDWIDTH=1", "AVERAGE-BANDWIDTH=2"), {"1.26"}),
    "a peak too low": (pattern(MASTER, ",BANDWIDTH=1[0-9]", ",BANDWIDTH=10"), {"1.27, 9.13"}),
    "a peak too high": (pattern(MASTER, ",BANDWIDTH=1[0-9]", ",BANDWIDTH=17"), {"1.27, 9.13"}),
    "a peak of key pictures too low": (pattern(MASTER, "INF:BANDWIDTH=[0-9]", "INF:BANDWIDTH=1"), {"1.27, 9.13"}),
    "no FRAME-RATE": (text(MASTER, "FRAME-RATE=24,", ""), {"9.15"}),
    "another FRAME-RATE": (text(MASTER, "FRAME-RATE=24,", "FRAME-RATE=23.976,"), {"RFC 8216 4.3.4.2c"}),
    "another VIDEO-RANGE": (text(MASTER, "VIDEO-RANGE=SDR", "VIDEO-RANGE=PQ"), {"RFC 8216bis 4.4.6.2"}),
    "one score": (text(MASTER, ",VIDEO-RANGE", ",SCORE=1,VIDEO-RANGE"), {"9.19"}),
    "a variant of sound alone": (text(MASTER, "#EXT-X-I-FRAME", AUDIO_ONLY + "#EXT-X-I-FRAME"), {"9.20"}),
    "sound that is not listed": (
        both(text(MASTER, "#EXT-X-I-FRAME", AUDIO_ONLY + "#EXT-X-I-FRAME"),
             pattern(MASTER, '#[^\n]*NAME="English",DEFAULT=YES[^\n]*\n', "")),
        {"9.20", "8.9"},
    ),
    "the smallest first": (
        pattern(MASTER, rf"{V360}{V234}", r"\2v234.m3u8\n\1v360.m3u8\n"), {"1.32"},
    ),
    "the special before the general": (
        pattern(MASTER, r'(#[^\n]*NAME="English",DEFAULT=YES[^\n]*\n)(#[^\n]*NAME="Described"[^\n]*\n)', r"\2\1"),
        {"9.17"},
    ),
    # Sound and subtitles
    "no LANGUAGE": (text(MASTER, 'LANGUAGE="es",', ""), {"4.4, 4.7, 8.10"}),
    "a description that nobody finds": (
        pattern(MASTER, 'NAME="Described",DEFAULT=NO,AUTOSELECT=YES', 'NAME="Described",DEFAULT=NO'),
        {"2.12, 2.13, 2.14, 2.27"},
    ),
    "half a sign for the deaf": (text(MASTER, ",public.accessibility.describes-music-and-sound", ""), {"4.5"}),
    "subtitles for the deaf that nobody finds": (
        text(MASTER, 'NAME="English, deaf",DEFAULT=NO,AUTOSELECT=YES', 'NAME="English, deaf",DEFAULT=NO'), {"4.6"},
    ),
    "forced subtitles that nobody finds": (text(MASTER, "AUTOSELECT=YES,FORCED", "AUTOSELECT=NO,FORCED"), {"5.11"}),
    "no X-TIMESTAMP-MAP": (pattern("s-0.vtt", "X-TIMESTAMP[^\n]*\n", ""), {"5.3"}),
    "subtitles that are none": (text("s-0.vtt", "WEBVTT", "SUBTITLES"), {"5.2", "5.3"}),
    "a cue without a time": (text("s-0.vtt", "00:00:01.000 -->", "00:00:1.0 -->"), {"5.2"}),
    "a cue that ends before it starts": (text("s-0.vtt", "00:00:02.500", "00:00:00.500"), {"5.2"}),
    "a cue in another segment": (
        text("s-0.vtt", "00:00:01.000 --> 00:00:02", "00:00:11.000 --> 00:00:12"),
        {"RFC 8216 3.5"},
    ),
    "cues on another clock": (text("s-1.vtt", "MPEGTS:0", "MPEGTS:900000"), {"RFC 8216 3.5"}),
    "subtitles that are too short": (pattern("s.m3u8", r"EXTINF:6.000000(,\ns-2)", r"EXTINF:5.500000\1"), {"5.5"}),
    "sound that is too short": (
        pattern("a.m3u8", r"#EXTINF:[0-9.]+,\na-1.m4s\n", ""), {"2.15", "8.3", "8.15", "8.22"},
    ),
    "sound that does not say how loud it is": (patch("a-init.mp4", replaced(b"ludt", b"free")), {"2.19"}),
    # Time
    "EXTINF is off": (
        both(
            text("v234.m3u8", "6.000000,\nv234-0", "6.050000,\nv234-0"),
            text("v234.m3u8", "6.000000,\nv234-1", "5.950000,\nv234-1"),
        ),
        {"8.1", "8.22"},
    ),
    "tfdt jumps": (patch("v234-1.m4s", later(0, 2000)), {"7.1, 7.3", "RFC 8216 4.3.3.6b"}),
    "tfdt jumps inside a segment": (patch("a-1.m4s", later(0, 1024)), {"7.1, 7.3"}),
    "no tfdt": (patch("a-1.m4s", replaced(b"tfdt", b"free")), {"7.1, 7.3"}),
    "a section of another time": (patch("a-2.m4s", later(0, 48_000)), {"8.7"}),
    "an edit list": (patch("v234-init.mp4", edited), {"Matinee 5"}),
    "pictures that are shown late": (patch("v234-1.m4s", shifted(2000)), {"Matinee 5", "RFC 8216 4.3.3.6b"}),
    "a break that sound has not": (text("a.m3u8", DISCONTINUITY, ""), {"8.15"}),
    "a break that subtitles have not": (text("s.m3u8", DISCONTINUITY, ""), {"8.15"}),
    "a break that key pictures have not": (text("i234.m3u8", DISCONTINUITY, ""), {"8.15"}),
    "a break at another instant": (
        both(text("a.m3u8", DISCONTINUITY, ""), pattern("a.m3u8", r"(#EXTINF:[0-9.]+,\na-1)", rf"{DISCONTINUITY}\1")),
        {"8.15", "8.7"},
    ),
    "another format without a break": (other_colour, {"8.13", "1.21"}),
    "another target duration for sound": (text("a.m3u8", "TARGETDURATION:6", "TARGETDURATION:7"), {"8.2"}),
    "a target duration that nobody uses": (
        both(*(text(f"{name}.m3u8", "TARGETDURATION:6", "TARGETDURATION:10") for name in ("v360", "v234", "a", "d"))),
        {"7.5"},
    ),
    # Pictures
    "a segment that starts with no IDR": (patch("v234-1.m4s", no_idr(0)), {"7.4", "Matinee 4", "RFC 8216 4.3.3.6a"}),
    "a segment whose start is not marked": (patch("v234-1.m4s", not_sync(0)), {"7.4", "RFC 8216 4.3.3.6a"}),
    "a mark on what is no key picture": (patch("v234-1.m4s", no_idr(2)), {"Matinee 4", "RFC 8216 4.3.3.6a"}),
    "key pictures too far apart": (
        both(patch("v234-1.m4s", not_sync(2)), patch("v234-1.m4s", not_sync(3))), {"1.13", "RFC 8216 4.3.3.6a"},
    ),
    "a level too high": (
        both(patch("v234-init.mp4", level_of(41)), text(MASTER, "64000d", "640029", 2)), {"1.11"},
    ),
    "a level past what devices decode": (
        both(patch("v234-init.mp4", level_of(60)), text(MASTER, "64000d", "64003c", 2)), {"1.11", "1.3b"},
    ),
    "a profile too low": (
        both(patch("v234-init.mp4", profile_of(77)), text(MASTER, "64000d", "4d000d", 2)), {"1.4"},
    ),
    "parameter sets in the pictures": (
        both(patch("v234-init.mp4", replaced(b"avc1\0", b"avc3\0")), text(MASTER, "avc1.64000d", "avc3.64000d", 2)),
        {"1.10"},
    ),
    # Key pictures
    "no I-frame playlists": (pattern(MASTER, "#EXT-X-I-FRAME[^\n]*\n", "", 0), {"6.1"}),
    "no I-FRAMES-ONLY": (text("i360.m3u8", "#EXT-X-I-FRAMES-ONLY\n", ""), {"6.8"}),
    "a range that lacks part of its picture": (
        ranged(-10, 0),
        {"6.10"},
    ),
    "a range without its moof": (
        ranged(-8, 8),
        {"6.10"},
    ),
    "a range of more than its picture": (
        ranged(100, 0),
        {"Matinee 6"},
    ),
    "a range past the end": (
        pattern("i360.m3u8", KEY_RANGE, r"#EXT-X-BYTERANGE:90000000@\2\n\3"), {"Matinee 2"},
    ),
    "key pictures at other times": (
        pattern("i360.m3u8", r"EXTINF:1.000000(,\n[^\n]*\nv360-1)", r"EXTINF:1.200000\1", 2),
        {"RFC 8216 4.3.3.6b", "8.15"},
    ),
}  # fmt: skip


def failed(folder: Path) -> set[str]:
    return {one.number for one in check_package(folder).findings if one.outcome == "fail"}


def test_a_good_package_breaks_no_rule(hls_package: Path) -> None:
    found = check_package(hls_package)
    assert failed(hls_package) == set() and not found.failed_musts and not found.failed_shoulds
    assert sum(one.outcome == "pass" for one in found.findings) >= 70


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_by_its_rules_alone(name: str, package: Path) -> None:
    spoil, expected = FAULTS[name]
    spoil(package)
    assert failed(package) == expected


def test_a_second_group_of_the_same_members_breaks_no_rule(package: Path) -> None:
    second_group(2, ('CHANNELS="2"', 'CHANNELS="2"'))(package)
    assert failed(package) == set()


def test_a_section_may_start_at_another_time_in_all_streams_at_once(package: Path) -> None:
    for name in ("v360-2.m4s", "v234-2.m4s", "a-2.m4s"):
        data = bytearray((package / name).read_bytes())
        start = struct.unpack_from(">Q", data, places(data, b"tfdt")[0] + 4)[0]
        patch(name, later(0, -start))(package)
    text("s-2.vtt", "LOCAL:00:00:00.000", "LOCAL:00:00:12.000")(package)
    assert failed(package) == set()
    text("s-2.vtt", "LOCAL:00:00:12.000", "LOCAL:00:00:00.000")(package)
    assert failed(package) == {"RFC 8216 3.5"}


def test_there_are_many_kinds_of_faults_and_most_rules_have_one() -> None:
    assert len(FAULTS) >= 40
    assert len({number for _, numbers in FAULTS.values() for number in numbers}) >= 50


def test_a_finding_says_where_and_what(package: Path) -> None:
    patch("v234-1.m4s", no_idr(0))(package)
    (finding,) = [one for one in check_package(package).failed_musts if one.number == "7.4"]
    assert (finding.places[0].where, finding.missed) == ("v234.m3u8", 1)
    assert finding.places[0].what == "v234-1.m4s does not start with an IDR picture"
    assert finding.measured == "5 of 6 segments"


def test_what_could_not_be_read_is_not_called_kept(package: Path) -> None:
    for name in ("v234-init.mp4", "v360-init.mp4"):
        (package / name).unlink()
    found = {one.number: one for one in check_package(package).findings}
    assert found["7.4"].outcome == "unchecked" and "v360-init.mp4: there is no such file" in found["7.4"].measured
    assert found["Matinee 2"].outcome == "fail"


def test_mpeg_ts_is_named_as_not_supported(package: Path) -> None:
    (package / "v234-0.m4s").write_bytes((b"\x47" + bytes(187)) * 4)
    pattern("v234.m3u8", "#EXT-X-MAP[^\n]*\n", "", 0)(package)
    with pytest.raises(PlanError, match=r"v234-0\.m4s is MPEG-TS, which is not supported"):
        check_package(package)


@pytest.mark.parametrize("text", ["", "#EXTM3U\n", "<html></html>"])
def test_what_is_no_playlist_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "master.m3u8").write_text(text)
    with pytest.raises(PlanError, match="is no HLS playlist"):
        check_package(tmp_path)


def test_a_folder_without_a_playlist_or_with_several_is_refused(tmp_path: Path, hls_package: Path) -> None:
    with pytest.raises(PlanError, match="has no HLS playlist"):
        check_package(tmp_path)
    with pytest.raises(PlanError, match="no such folder"):
        check_package(tmp_path / "nothing")
    for name in ("one.m3u8", "two.m3u8"):
        shutil.copy(hls_package / "master.m3u8", tmp_path / name)
    with pytest.raises(PlanError, match=r"several playlists: one\.m3u8, two\.m3u8"):
        check_package(tmp_path)


def test_a_media_playlist_alone_is_judged_by_what_applies(hls_package: Path) -> None:
    found = check_package(hls_package / "v234.m3u8")
    assert not found.failed_musts
    told = {one.number: one for one in found.findings}
    assert told["9.1"].outcome == "not applicable" and told["7.4"].outcome == "pass"


def test_equal_packages_have_equal_documents(package: Path, hls_package: Path) -> None:
    document = document_of(check_package(package))
    assert document["conforms"] and document["rules"]["revision"] == "2025-06-26"
    assert len(document["findings"]) == len(RULES)
    assert document_of(check_package(hls_package)) == document


def test_progress_is_told(hls_package: Path) -> None:
    shares: list[float] = []
    check_package(hls_package, shares.append)
    assert shares[-1] == 1.0 and shares == sorted(shares)


@pytest.mark.parametrize("name", ["plan/hls/timing.py", "plan/levels.py"])
def test_what_was_judged_by_another_rule_is_told_apart(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = Path(conformance.__file__).parents[1]
    copy = shutil.copytree(ours, tmp_path / "pipeline", ignore=shutil.ignore_patterns("__pycache__", "demo", "static"))
    before = describe_judges()
    monkeypatch.setattr(sources.resources, "files", lambda _: copy)
    sources.source_digest.cache_clear()
    assert describe_judges() == before
    with (copy / name).open("a") as file:
        file.write("# stricter\n")
    sources.source_digest.cache_clear()
    assert describe_judges() != before
    sources.source_digest.cache_clear()


def test_nothing_that_rules_stand_on_is_left_out_of_what_tells_them_apart() -> None:
    places = (*conformance._JUDGES, *conformance._THEIRS)
    # What only names types, and faults.
    assert unlisted(places) <= {"codecs.py", "errors.py", "facts.py"}
