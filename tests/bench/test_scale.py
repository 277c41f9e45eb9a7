"""Films that nobody has made are planned, keyed, looked up and remembered as those of a run are."""

from __future__ import annotations

from pathlib import Path

from bench.scaling.library import PLATFORMS, REGIONS, Library


def test_a_film_has_a_clip_for_every_platform_and_region_and_its_outputs_are_remembered(tmp_path: Path) -> None:
    library = Library(tmp_path)
    first = library.plan(0)
    assert first.clips == PLATFORMS * REGIONS
    assert first.keys == first.missing < 2 * first.clips, "clips share pictures and sounds"
    known = library.ledger.outputs_in(tmp_path / "out")
    assert len(known) == first.clips
    keys = [library.ledger.output_history(path) for path in known]
    assert library.plan(0) == first
    assert [library.ledger.output_history(path) for path in known] == keys, "the same film has the same keys"
    assert all(len(one) == 1 for one in keys)
    library.plan(16)
    assert len(library.ledger.outputs_in(tmp_path / "out")) == 2 * first.clips, "another of its format has its own"
