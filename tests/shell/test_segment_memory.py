"""A package is read anew only where it plays what no other was read for, and is judged alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.plan.hls.conformance import document_of, judge
from pipeline.plan.hls.package import Media, Package
from pipeline.shell.hls_reading import Known, read_package
from pipeline.shell.segment_memory import Names, SegmentMemory
from pipeline.shell.store import Store


def names_in(package: Package) -> list[tuple[Names, ...]]:
    return [
        tuple((piece.entry.uri, piece.entry.init.uri) for piece in stream.pieces if piece.entry.init is not None)
        for stream in package.having("video", "audio", "key pictures")
    ]


def read(folder: Path) -> tuple[Package, Known]:
    known: Known = {}
    return read_package(str(folder), known=known), known


def test_what_was_read_is_recalled_as_it_was_and_judged_alike(
    hls_package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (package, found), store = read(hls_package), Store(tmp_path / "store")
    assert document_of(judge(package)) == document_of(judge(read_package(str(hls_package))))
    memory = SegmentMemory(store, "judges", names_in(package))
    assert memory.recall() == {} and memory.keys == ()
    memory.keep(found)
    # The key pictures of a rendition that plays are named as those of its segments that have several are.
    assert len(memory.keys) == len(set(names_in(package)))
    known = memory.recall()
    assert known == found
    contents = {names: content for names, (_, content) in found.items()}
    assert (
        contents.items()
        >= {
            (piece.entry.uri, piece.entry.init.uri): piece.content
            for stream in package.having("video", "audio")
            for piece in stream.pieces
            if piece.entry.init is not None and isinstance(piece.content, Media)
        }.items()
    )
    monkeypatch.setattr("pipeline.shell.hls_reading.describe_media", None)
    monkeypatch.setattr("pipeline.shell.hls_reading.describe_key_range", None)
    again = read_package(str(hls_package), known=known)
    assert document_of(judge(again)) == document_of(judge(package))


def test_other_judges_and_a_document_that_was_damaged_recall_nothing(hls_package: Path, tmp_path: Path) -> None:
    (package, known), store = read(hls_package), Store(tmp_path / "store")
    memory = SegmentMemory(store, "judges", names_in(package))
    memory.keep(known)
    assert SegmentMemory(store, "others", names_in(package)).recall() == {}
    for key in memory.keys:
        artifact = store.find(key)
        assert artifact is not None
        artifact.path.chmod(0o600)
        artifact.path.write_bytes(b"[")
    assert memory.recall() == {}


def test_a_section_that_holds_a_segment_nobody_could_read_is_not_remembered(hls_package: Path, tmp_path: Path) -> None:
    (package, known), store = read(hls_package), Store(tmp_path / "store")
    first, *_ = names_in(package)
    memory = SegmentMemory(store, "judges", [(*first, ("segments/none.m4s", "segments/none.mp4"))])
    memory.keep(known)
    assert memory.keys == ()
