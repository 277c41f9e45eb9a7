"""What is remembered of chunks' keys is what they are; what cannot be read is worked out again."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.argv import key_as_url, ladder_argv, recipe_key
from pipeline.graph import BlackPicture, ChunkEncode, PictureEncode, RungX264, Take
from pipeline.shell import chunk_keys
from pipeline.shell.chunk_keys import WRITERS, Chunk, chunk_key, recall_chunk_keys
from pipeline.shell.store import Store
from pipeline.timebase import FrameRate
from tests.shell.listed_sources import unlisted


def chunk(frames: int) -> Chunk:
    picture = PictureEncode((BlackPicture(frames),), ((),), 64, 64, FrameRate(Fraction(24)), None)  # type: ignore[arg-type]
    encoder = RungX264("veryfast", 1, 0, "1.0", 60, 60, 48, None)
    return "libx264", ChunkEncode(picture, (), (0,), encoder, (Take(frames, Fraction(30)),))


def key_of(one: Chunk) -> str:
    return recipe_key("chunk", one[0], ladder_argv([one[1]], ["out"], key_as_url))


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk_keys, "_known", {})


def test_keys_are_recalled_without_their_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, chunks = Store(tmp_path), [chunk(24), chunk(48), chunk(24)]
    name = recall_chunk_keys(store, chunks)
    monkeypatch.setattr(chunk_keys, "_known", {})
    monkeypatch.delattr(chunk_keys, "ladder_argv")
    assert recall_chunk_keys(store, chunks) == name
    assert [chunk_key(*one) for one in chunks] == list(map(key_of, chunks))


def test_other_chunks_toolchains_and_sources_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, one = Store(tmp_path), chunk(24)
    names = {recall_chunk_keys(store, [each]) for each in (one, chunk(25), ("libx264 2", one[1]))}
    monkeypatch.setattr(chunk_keys, "source_digest", lambda *_: "another")
    assert len(names | {recall_chunk_keys(store, [one])}) == 4


@pytest.mark.parametrize("damage", ["", "[]", "{", '["a", "b"]', "[1]"])
def test_what_cannot_be_read_is_worked_out(tmp_path: Path, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store, one = Store(tmp_path), chunk(24)
    kept = store.find(recall_chunk_keys(store, [one]))
    assert kept is not None
    monkeypatch.setattr(chunk_keys, "_known", {})
    kept.path.chmod(0o644)
    kept.path.write_text(damage)
    recall_chunk_keys(store, [one])
    assert chunk_key(*one) == key_of(one)


def test_what_is_known_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk_keys, "_MOST_KNOWN", 2)
    chunks = [chunk(frames) for frames in range(1, 6)]
    assert [chunk_key(*one) for one in chunks] == list(map(key_of, chunks))
    assert len(chunk_keys._known) <= 2


def test_all_that_writes_arguments_tells_them_apart() -> None:
    assert unlisted(WRITERS) <= {"codecs.py", "errors.py", "languages.py"}
