"""A block that was made otherwise than planned is refused at the command line, and the one before it plays on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Workplace
from tests.specimens import run_ffmpeg

from .conftest import make, run

Damage = Callable[[Sequence[Path], Path, Path], tuple[Sequence[Path], Path]]
"""What a join is given instead of its pictures and sound; the last path is a folder for what is made."""


def silenced(pictures: Sequence[Path], sound: Path, scratch: Path) -> tuple[Sequence[Path], Path]:
    silence = scratch / "silence.mp4"
    run_ffmpeg("-i", sound, "-af", "volume=0", "-c:a", "aac", "-b:a", "320k", "-use_editlist", "0",
               "-bsf:a", "noise=drop=lt(n\\,1),setts=pts=PTS-1024:dts=DTS-1024", silence)  # fmt: skip
    return pictures, silence


def swapped(pictures: Sequence[Path], sound: Path, _: Path) -> tuple[Sequence[Path], Path]:
    first, second, *others = pictures
    return [second, first, *others], sound


def snapshot(folder: Path) -> dict[Path, tuple[int, bytes]]:
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("damage", [silenced, swapped])
def test_a_venue_file_that_is_refused_leaves_the_earlier_block_as_it_was(
    venue: Workplace, earlier: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, damage: Damage
) -> None:
    folder = Path(earlier["folder"])
    before = snapshot(folder)
    from pipeline.shell import render

    def damaged(*, pictures: Sequence[Path], sound: Path, **others: Any) -> None:
        pictures, sound = damage(pictures, sound, tmp_path)
        join(pictures=pictures, sound=sound, **others)

    join = render.join
    monkeypatch.setattr(render, "join", damaged)
    ran = run(venue, "tide", "wren")
    assert ran.code == 1 and not ran.out
    assert ran.err.splitlines()[-1].startswith("matinee: Small-Hours.mp4 was made but is not what was planned: ")
    assert "what was there before is as it was" in ran.err and "Run the same command again" in ran.err
    assert snapshot(folder) == before
    # What was refused is not taken for good by the next run.
    monkeypatch.setattr(render, "join", join)
    assert make(venue, "tide", "wren")["changes"].startswith("out: Ash; in: Wren")


def test_a_package_that_is_refused_leaves_the_earlier_block_as_it_was(
    venue: Workplace, earlier: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(earlier["folder"])
    before = snapshot(folder)
    # As if the segments that a film was packaged into were another film's.
    from pipeline.screening import verdicts

    segments = verdicts.find_segments
    monkeypatch.setattr(verdicts, "find_segments", lambda workshop, keys: segments(workshop, keys[::-1]))
    monkeypatch.setattr("pipeline.plan.block_verdicts._BLACK", 255)
    ran = run(venue, "wren", "tide")
    assert ran.code == 1 and not ran.out
    assert "Tide whole should be 168 pictures in 7 s, each once and in order but is" in ran.err
    assert snapshot(folder) == before
