"""A venue file that is not what its pieces are is found out after it is joined and before it has a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.boxes import join, read_movie
from pipeline.screening.venue_verdicts import judge_venue_file
from pipeline.shell.digests import sha256_of
from pipeline.shell.store import Artifact
from pipeline.venue import VenuePlan, make_all
from pipeline.venue.steps import plan_venue_steps
from tests.specimens import run_ffmpeg

from .conftest import FORM, OLD, WIDE, Cafe


@dataclass(frozen=True)
class Bench:
    """A venue file that is joined, and a way to join it otherwise."""

    plan: VenuePlan
    joined: Artifact
    scratch: Path

    def again(self, pictures: Sequence[Path], sound: Path) -> Artifact:
        """Return the file as if its join had been given other files."""
        path = self.scratch / "joined.mp4"
        join(pictures=pictures, sound=sound, target=path, chapters=self.plan.join.chapters)
        return replace(self.joined, path=path, sha256=sha256_of(path), size=path.stat().st_size)

    @property
    def pictures(self) -> list[Path]:
        return [self.plan.workshop.artifact(key).path for key in self.plan.join.pictures]

    @property
    def sound(self) -> Path:
        return self.plan.workshop.artifact(self.plan.sound_key).path

    def failed(self, joined: Artifact) -> set[str]:
        found = judge_venue_file(self.plan, joined, bounds=(Fraction(1), Fraction(600)))
        store = self.plan.workshop.store
        assert all(store.find(key) is not None for key in found.keys)
        return {one.what for one in found.verdicts if one.outcome == "fail"}


@pytest.fixture
def bench(cafe: Cafe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr("pipeline.plan.venue._CHUNK_S", Fraction(2))  # each film is several pieces
    plan = cafe.plan(cafe.block(WIDE, OLD), WIDE, OLD)
    make_all(plan_venue_steps(plan), lambda *_: None)
    joined = plan.workshop.make_join(plan.join, plan.parts.pictures).artifact
    return Bench(plan, joined, tmp_path)


def test_a_file_that_is_joined_as_planned_passes(bench: Bench) -> None:
    assert bench.failed(bench.joined) == set()
    assert bench.failed(bench.again(bench.pictures, bench.sound)) == set()


def test_a_file_of_uncompressed_sound_is_compared_as_well(cafe: Cafe, tmp_path: Path) -> None:
    plan = cafe.plan(cafe.block(OLD), OLD, form=replace(FORM, codec="prores"))
    make_all(plan_venue_steps(plan), lambda *_: None)
    joined = plan.workshop.make_join(plan.join, plan.parts.pictures).artifact
    bench = Bench(plan, joined, tmp_path)
    assert bench.failed(joined) == set()
    # One sample of one channel, in the middle of the film.
    data = bytearray(joined.path.read_bytes())
    (sound,) = (one for one in read_movie(joined.path).tracks if one.kind == "soun")
    places = list(sound.samples.locations())
    data[places[len(places) // 2][0]] ^= 1
    path = tmp_path / "other.mov"
    path.write_bytes(data)
    other = replace(joined, path=path, sha256=sha256_of(path))
    assert bench.failed(other) == {"venue file: sound"}


def test_pictures_that_are_dropped_are_found(bench: Bench) -> None:
    pictures = bench.pictures
    del pictures[2]  # two seconds of the first film
    found = bench.failed(bench.again(pictures, bench.sound))
    assert {"venue file: length", "venue file: order", "venue file whole"} <= found


def test_films_that_are_swapped_are_found(bench: Bench) -> None:
    cards, wide, between, old, end = (
        [bench.plan.workshop.artifact(bench.plan.workshop.picture_key(node)).path for node in piece.pictures]
        for piece in bench.plan.parts.pieces
    )
    found = bench.failed(bench.again([*cards, *old, *between, *wide, *end], bench.sound))
    assert "venue file: order" in found


def test_silence_instead_of_the_sound_is_found(bench: Bench) -> None:
    seconds = float(bench.plan.form.rate.time_of(bench.plan.parts.frames))
    silence = bench.scratch / "silence.mp4"
    source = ("-f", "lavfi", "-i", "anullsrc=channel_layout=stereo:sample_rate=48000", "-t", f"{seconds}")
    run_ffmpeg(*source, "-c:a", "aac", "-b:a", "128k", "-use_editlist", "0", *first_at_0(1), silence)
    assert "venue file: sound" in bench.failed(bench.again(bench.pictures, silence))


@pytest.mark.parametrize("packets", [1, 5])
def test_sound_that_comes_earlier_is_found(bench: Bench, packets: int) -> None:
    early = bench.scratch / "early.mp4"
    run_ffmpeg("-i", bench.sound, "-c:a", "copy", "-use_editlist", "0", *first_at_0(packets), early)
    assert "venue file: sound" in bench.failed(bench.again(bench.pictures, early))


def test_sound_that_an_edit_list_shifts_is_found(bench: Bench) -> None:
    late = bench.scratch / "late.mp4"
    # The very same packets, heard from 40 ms after the pictures begin.
    run_ffmpeg("-i", bench.joined.path, "-itsoffset", "0.04", "-i", bench.joined.path, "-map", "0:v", "-map", "1:a",
               "-c", "copy", late)  # fmt: skip
    moved = replace(bench.joined, path=late, sha256=sha256_of(late), size=late.stat().st_size)
    assert "venue file: sound of films" in bench.failed(moved)


def first_at_0(packets: int) -> tuple[str, ...]:
    """Return ffmpeg's words for a sound without its first packets, the next of which is heard at 0."""
    shift = packets * 1024
    return ("-bsf:a", f"noise=drop=lt(n\\,{packets}),setts=pts=PTS-{shift}:dts=DTS-{shift}")
