"""A package that means harm costs a finding, and never a traceback, a file outside, or all memory and time."""

from __future__ import annotations

import os
import shutil
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import PlanError
from pipeline.plan.hls.conformance import document_of, judge
from pipeline.plan.measurements import Unmeasured
from pipeline.playlists import ByteRange, media_reading
from pipeline.shell import hls_reading
from pipeline.shell.conformance import check_package
from pipeline.shell.hls_reading import read_package
from pipeline.shell.hls_sources import Folder

NAMES = (
    "master.m3u8",
    "v234.m3u8",
    "i234.m3u8",
    "a.m3u8",
    "s.m3u8",
    "v234-init.mp4",
    "v234-0.m4s",
    "a-0.m4s",
    "s-0.vtt",
)
PIECES = (b"-", b"9" * 18, b"\n", b'"', b"../")
HEAD = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:6\n#EXT-X-PLAYLIST-TYPE:VOD\n"


@pytest.fixture
def package(hls_package: Path, tmp_path: Path) -> Path:
    return shutil.copytree(hls_package, tmp_path / "package")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(NAMES), st.data())
def test_mutated_bytes_give_findings_and_no_traceback(package: Path, name: str, data: st.DataObject) -> None:
    path = package / name
    good = path.read_bytes()
    raw = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, min(len(raw), 3000)))
        end = min(len(raw), at + data.draw(st.integers(0, 12)))
        raw[at:end] = data.draw(st.one_of(st.binary(max_size=12), st.sampled_from(PIECES)))
    path.write_bytes(raw)
    try:
        document_of(check_package(package))
    except PlanError as error:
        assert "no HLS playlist" in str(error) or "MPEG-TS" in str(error)  # noqa: PT017 - it may do without
    finally:
        path.write_bytes(good)


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("../outside", "out of the package's folder"),
        ("segments/../../outside", "out of the package's folder"),
        ("%2e%2e%2foutside", "out of the package's folder"),
        ("/etc/passwd", "out of the package's folder"),
        ("//host/share", "another place"),
        ("file:///etc/passwd", "another place"),
        ("c:segment", "another place"),
        ("", "no address"),
        ("?only=query", "no address"),
        ("a%00b", "no address"),
        ("http://[", "no address"),
        ("x" * 5000, "no address"),
        ("loop/a", "cannot be followed"),
    ],
)
def test_no_address_leads_out(tmp_path: Path, uri: str, told: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    found = Folder(tmp_path).locate("master.m3u8", uri)
    assert isinstance(found, Unmeasured) and told in found.reason


def test_links_inside_are_followed_and_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a").write_bytes(b"abc")
    (tmp_path / "b").symlink_to(tmp_path / "deep" / "a")
    os.mkfifo(tmp_path / "pipe")
    folder = Folder(tmp_path)
    assert folder.read("b", kind="segment", most=9) == b"abc"
    assert folder.locate("deep/x.m3u8", "../b") == "b"
    for name, told in (("pipe", "no file"), ("deep", "no file"), ("nothing", "no such file")):
        found = folder.read(name, kind="segment", most=9)
        assert isinstance(found, Unmeasured) and told in found.reason
    for span in (ByteRange(2, 2), ByteRange(1, 1 << 62)):
        assert isinstance(folder.read("b", kind="segment", most=9, span=span), Unmeasured)
    found = folder.read("b", kind="segment", most=2)
    assert isinstance(found, Unmeasured) and "more than the 2" in found.reason


def test_a_playlist_that_names_one_file_again_and_again_reads_it_once(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = "#EXTINF:0,\nv234-0.m4s\n"
    (package / "v234.m3u8").write_text(f'{HEAD}#EXT-X-MAP:URI="v234-init.mp4"\n{entry * 2000}#EXT-X-ENDLIST\n')
    asked: list[str] = []
    read = Folder.read

    def counting(self: Folder, name: str, **how: object) -> object:
        asked.append(name)
        return read(self, name, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(Folder, "read", counting)
    found = check_package(package)
    assert asked.count("v234-0.m4s") == 1
    assert "7.1, 7.3" in {one.number for one in found.failed_musts}


def test_cues_are_looked_through_once_however_often_their_segment_is_named(package: Path) -> None:
    """Each against each, it would take hours."""
    cues = "".join(f"00:00:00.000 --> 00:00:0{number % 9 + 1}.000\nx\n\n" for number in range(15_000))
    (package / "s-0.vtt").write_text(f"WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\n{cues}")
    entry = "#EXTINF:0,\ns-0.vtt\n"
    (package / "s.m3u8").write_text(f"{HEAD}{entry * 5000}#EXT-X-ENDLIST\n")
    assert "RFC 8216 3.5" not in {one.number for one in check_package(package).failed_musts}


def test_more_playlists_or_segments_than_any_film_has_are_refused(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def choose(*names: object) -> None:
        lines = (f"#EXT-X-STREAM-INF:BANDWIDTH=1\nv{name}.m3u8\n" for name in names)
        (package / "master.m3u8").write_text("".join(("#EXTM3U\n", *lines)))

    choose(*range(300))
    with pytest.raises(PlanError, match="names 300 playlists"):
        check_package(package)
    choose(*[234] * 1001)
    with pytest.raises(PlanError, match="lists 1001 variants"):
        check_package(package)
    monkeypatch.setattr(hls_reading, "_PIECES_MAX", 5)
    choose(234, 360)
    with pytest.raises(PlanError, match="more than 5 segments"):
        check_package(package)


def test_a_playlist_of_too_many_segments_is_not_judged_by_its_first(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_reading, "SEGMENTS_MAX", 20)
    entries = "#EXTINF:6,\ns-0.vtt\n" * 21
    (package / "s.m3u8").write_text(f"{HEAD}{entries}#EXT-X-ENDLIST\n")
    found = {one.number: one for one in check_package(package).findings}
    assert any("21 segments" in place.what for place in found["RFC 8216 4"].places)


def test_memory_is_that_of_one_segment_and_not_of_the_film(package: Path) -> None:
    """Segments of eight megabytes, sixteen of them: no more than a few are held at a time."""
    filler = 8 << 20
    data = (package / "v234-0.m4s").read_bytes()
    lines = [HEAD, '#EXT-X-MAP:URI="v234-init.mp4"\n']
    for number in range(16):
        with (package / f"big-{number}.m4s").open("wb") as stream:
            stream.write(data + (filler + 8).to_bytes(4) + b"free")
            stream.truncate(len(data) + 8 + filler)
        lines.append(f"#EXTINF:6,\nbig-{number}.m4s\n")
    (package / "v234.m3u8").write_text("".join((*lines, "#EXT-X-ENDLIST\n")))
    tracemalloc.start()
    try:
        read_package(str(package / "v234.m3u8"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5 * filler


def test_a_picture_without_width_has_no_shape(package: Path) -> None:
    master = package / "master.m3u8"
    master.write_text(master.read_text().replace("RESOLUTION=416x", "RESOLUTION=0x"))
    assert {one.number for one in check_package(package).failed_musts} == {"RFC 8216 4.3.4.2b"}


@pytest.mark.parametrize("name", ["master", "v234", "a", "s"])
def test_what_is_lost_is_told_among_any_number_of_oddities(package: Path, name: str) -> None:
    path = package / f"{name}.m3u8"
    tags = [line for line in path.read_text().split("\n") if line.startswith("#EXT-X-") and "INF" not in line]
    path.write_text("\n".join(("#EXTM3U", *["#EXT-X-ODD"] * 200, *tags)))
    assert "RFC 8216 4" in {one.number for one in check_package(package).failed_musts}


def test_an_empty_package_of_its_kind_is_judged_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "master.m3u8").write_text("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nmissing.m3u8\n")
    found = judge(read_package(str(tmp_path)))
    assert "Matinee 2" in {one.number for one in found.failed_musts}
    (tmp_path / "master.m3u8").write_text('#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="b"\n')
    assert "RFC 8216 4" in {one.number for one in judge(read_package(str(tmp_path))).failed_musts}
