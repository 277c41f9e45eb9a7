"""A package weighs what its files do, and a folder that is none is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from pipeline.errors import PlanError
from pipeline.plan.audience import stored_bytes
from pipeline.shell.weights import region_of_package, weigh_package


@pytest.fixture
def package(hls_package: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(hls_package, tmp_path / "package"))


def test_a_package_weighs_what_its_files_do(package: Path) -> None:
    weights = weigh_package(package, "kite")
    files = [path for path in package.rglob("*") if path.is_file()]
    assert stored_bytes([weights], sharing="shared") == sum(path.stat().st_size for path in files)
    for variant in weights.variants:
        for track in variant.tracks:
            assert all(piece.size == (package / piece.name).stat().st_size for piece in (track.playlist, *track.pieces))
            played = [piece for piece in track.pieces if piece.seconds]
            assert [piece.start for piece in played] == sorted(piece.start for piece in played)
            assert weights.seconds == pytest.approx(sum(piece.seconds for piece in played), abs=0.5)
    sizes = [sum(piece.size for piece in one.tracks[0].pieces) for one in weights.variants]
    assert len(sizes) > 1 and sizes == sorted(sizes)


def test_what_is_said_for_programs_is_not_stored_and_what_is_mutable_is_named_by_its_bytes(package: Path) -> None:
    before = stored_bytes([weigh_package(package, "kite")], sharing="shared")
    (package / "package.json").write_text(json.dumps({"region": "de"}))
    (package / ".half").write_bytes(b"x" * 1000)
    weights = weigh_package(package, "kite")
    assert stored_bytes([weights], sharing="shared") == before and region_of_package(package) == "de"
    other = Path(shutil.copytree(package, package.with_name("other")))
    with (other / "master.m3u8").open("a") as master:
        master.write("\n")
    both = stored_bytes([weights, weigh_package(other, "owl")], sharing="shared")
    assert both == before + (other / "master.m3u8").stat().st_size


@pytest.mark.parametrize("text", ["", "[]", "{", '{"region": 5}', '{"region": ""}', "[" * 5000])
def test_a_package_that_says_no_region_has_none(package: Path, text: str) -> None:
    (package / "package.json").write_text(text)
    assert region_of_package(package) is None


@pytest.mark.parametrize("master", [None, "", "#EXTM3U\n", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n../x.m3u8\n",
                                    "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nnosuch.m3u8\n",
                                    '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="b",URI="c.m3u8"\n',
                                    "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nempty.m3u8\n",
                                    "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nmaster.m3u8\n",
                                    "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n/etc/passwd\n",
                                    "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttps://a.example/x.m3u8\n"])  # fmt: skip
def test_what_is_no_whole_package_is_refused(package: Path, master: str | None) -> None:
    (package / "empty.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-ENDLIST\n")
    path = package / "master.m3u8"
    path.unlink()
    if master is not None:
        path.write_text(master)
    with pytest.raises(PlanError):
        weigh_package(package, "kite")


def test_a_missing_segment_is_named(package: Path) -> None:
    track = weigh_package(package, "kite").variants[0].tracks[0]
    gone = track.pieces[-1].name
    (package / gone).unlink()
    with pytest.raises(PlanError, match=gone):
        weigh_package(package, "kite")
