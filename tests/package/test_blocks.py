"""A block's package: what plays when, whose segments those are, and what players are told of the films in it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.edit import Card, Edit, Gap, Part, Programme
from pipeline.errors import PlanError
from pipeline.package.block import BlockPlan, plan_block_package, plan_block_steps
from pipeline.package.outputs import put_together
from pipeline.package.request import PackageRequest, PackageSubject, study_subject
from pipeline.package.steps import ChunkStep, make_all
from pipeline.plan.hard_ends import soften
from pipeline.playlists import MediaPlaylist
from pipeline.shell.making import missing_keys
from pipeline.shell.sound_ends import find_sound_ends
from tests.numbered_films import make_film
from tests.specimens import run_ffmpeg

from .conftest import Package, Plant, seconds_of, shown

SMALL, QUIET = 1, 2
"""The numbers that the frames of two films carry: one of fewer pixels and a faster rate, one without sound."""


@dataclass(frozen=True)
class Block:
    """A block's edit, its films, and where its package goes."""

    edit: Edit
    films: tuple[PackageSubject, ...]
    request: PackageRequest
    folder: Path

    def plan(self) -> BlockPlan:
        films = {film.main.digest: film for film in self.films}
        return plan_block_package(self.edit, films, self.request, folder=self.folder, on_stage=_untold)

    def package(self, scratch: Path) -> tuple[Package, int]:
        """Return the package, and how many of its segments are new."""
        plan = self.plan()
        steps = plan_block_steps(plan)
        new = missing_keys(steps)
        make_all(steps, _untold)
        return Package(self.folder, scratch), put_together(plan.assembly, new).new_segments


def _untold(_name: str, _fraction: float | None, _left: float | None) -> None: ...


def block_of(folder: Path, *paths: Path) -> Block:
    request = PackageRequest(ladder="small")
    films = tuple(study_subject(path, request) for path in paths)
    parts: list[Part] = [Gap(Fraction(1)), Card(("Small Hours",), Fraction(8, 3))]
    for film in films:
        title = film.path.stem.title()
        whole = replace(film.edit.spans[0], programme=Programme(title))
        parts += [Card((title,), Fraction(2)), Gap(Fraction(1, 2)), whole, Gap(Fraction(1))]
    return Block(Edit("Small Hours", (*parts, Card(("Thank you",), Fraction(2)))), films, request, folder / "block")


@pytest.fixture
def block(plant: Plant) -> Block:
    make_film(plant.films / "small.mp4", film=SMALL, size=(192, 108), fps=30, seconds=9, shot_s=3, tone=True)
    make_film(plant.films / "quiet.mp4", film=QUIET, size=(256, 144), fps=25, seconds=7, shot_s=7, tone=False)
    (plant.films / "small.es.srt").write_text("1\n00:00:01,000 --> 00:00:03,000\nHola\n")
    return block_of(plant.home, plant.film, plant.films / "small.mp4", plant.films / "quiet.mp4")


def playlists(package: Package) -> dict[str, MediaPlaylist]:
    master = package.master
    uris = [one.uri for one in (*master.variants, *master.renditions, *master.iframe_variants)]
    return {uri: package.open_text(uri) for uri in uris if uri is not None}


def test_a_block_plays_every_film_whole_with_the_films_own_segments(block: Block, plant: Plant, media: Any) -> None:
    alone = plant.package(plant.film)
    package, new = block.package(plant.scratch / "block")
    assert package.conformance["conforms"], package.conformance
    top = max(package.master.variants, key=lambda one: one.bandwidth or 0)
    sections = [media.read_frames(path) for path in package.open(top.uri).sections]
    assert len(sections) == 7
    assert [sections[at] for at in (1, 3, 5)] == [
        shown(3, 0, 75 * 24),
        shown(SMALL, 0, 9 * 30),
        shown(QUIET, 0, 7 * 25),
    ]
    assert all(frame is None for at in (0, 2, 4, 6) for frame in sections[at])
    # What the film was packaged to lies in the block under the same names: of its own bytes there is nothing new.
    named = {path.name for path in (package.folder / "segments").iterdir()}
    assert {path.name for path in (alone.folder / "segments").iterdir() if path.suffix == ".m4s"} <= named
    assert new > 0
    assert block.package(plant.scratch / "again")[1] == 0


def test_all_playlists_break_at_the_same_times_and_tell_the_same_programmes(block: Block, plant: Plant) -> None:
    package, _ = block.package(plant.scratch / "block")
    told = set()
    for uri, playlist in playlists(package).items():
        breaks, at = [], Fraction(0)
        for number, segment in enumerate(playlist.segments):
            if number == 0 or segment.follows_discontinuity:
                breaks.append(at)
                assert segment.program_date_time is not None
            at += segment.duration
        assert len(breaks) == 7
        first_film = 1 + Fraction(8, 3) + 2 + Fraction(1, 2)
        assert abs(breaks[1] - first_film) <= Fraction(1024, 48000), uri
        assert abs(at - block.edit.duration) <= Fraction(1024, 48000) + Fraction(1, 24), uri
        told.add(tuple(one for segment in playlist.segments for one in segment.date_ranges))
    assert len(told) == 1
    (ranges,) = told
    assert [dict(one.attributes)["X-TITLE"] for one in ranges] == ["Long", "Small", "Quiet"]
    assert [one.duration for one in ranges] == [75, 9, 7]


def test_variants_tell_the_most_that_they_show(block: Block, plant: Plant) -> None:
    package, _ = block.package(plant.scratch / "block")
    top = max(package.master.variants, key=lambda one: one.bandwidth or 0)
    assert top.resolution == (256, 144) and top.frame_rate == 30
    sizes = {one.resolution for one in package.master.variants}
    assert sizes == {(128, 72), (256, 144)}


def test_a_film_without_sound_or_subtitles_is_silent_and_has_empty_ones(block: Block, plant: Plant, media: Any) -> None:
    package, _ = block.package(plant.scratch / "block")
    sounds = [one for one in package.master.renditions if one.type == "AUDIO"]
    assert sounds
    for sound in sounds:
        rendition = package.open(sound.uri or "")
        levels = [max(media.read_level(path, rate=Fraction(4))) for path in rendition.sections]
        assert min(levels[1], levels[3]) > 0.05, levels
        assert max(levels[0], levels[2], levels[4], levels[5], levels[6]) < 0.001, levels
        assert abs(seconds_of(rendition.playlist) - block.edit.duration) < Fraction(1024, 48000) + Fraction(1, 24)
    (text,) = (one for one in package.master.renditions if one.type == "SUBTITLES")
    assert text.language == "es"
    cues = [(package.folder / one.uri).read_text() for one in package.open_text(text.uri or "").segments]
    assert ["Hola" in one for one in cues].count(True) == 1
    assert all(one.startswith("WEBVTT") for one in cues)


def test_every_group_of_sounds_has_every_language_though_the_richest_film_is_silent_and_a_small_one_speaks(
    plant: Plant,
) -> None:
    rich, small = plant.films / "rich.mp4", plant.films / "tiny.mkv"
    make_film(rich, film=QUIET, size=(256, 144), fps=24, seconds=4, shot_s=4, tone=False)
    make_tiny_film(small, languages=("spa", "fra"))
    plan = block_of(plant.home, small, rich).plan()
    groups = {group for row in plan.assembly.pictures for group in row.groups}
    heard = [(row.group, row.language, row.is_main) for row in plan.assembly.sounds]
    assert groups == {"low", "stereo"}, "5.1 is not made of films that are so small"
    assert sorted(heard) == sorted((group, tag, tag == "es") for group in groups for tag in ("es", "fr"))


def test_at_another_loudness_only_the_sound_is_made_again(block: Block, plant: Plant, media: Any) -> None:
    package, _ = block.package(plant.scratch / "block")
    louder = replace(block, request=replace(block.request, loudness_lufs=Fraction(-26)), folder=plant.home / "louder")
    made = [step for step in plan_block_steps(louder.plan()) if isinstance(step, ChunkStep)]
    assert made == []
    again, _ = louder.package(plant.scratch / "louder")
    levels = [
        max(media.read_level(one.open(uri).sections[1], rate=Fraction(4)))
        for one in (package, again)
        for uri in [next(each.uri for each in one.master.renditions if each.type == "AUDIO" and each.uri)]
    ]
    assert 20 * math.log10(levels[1] / levels[0]) == pytest.approx(-26 + 20, abs=0.5)


def test_films_that_end_hard_are_faded_and_their_pictures_stay_as_they_are(
    block: Block, plant: Plant, media: Any
) -> None:
    block.package(plant.scratch / "block")
    ends = {film.main.digest: find_sound_ends(film.path, film.main.facts, film.edit.duration) for film in block.films}
    soft = replace(block, edit=soften(block.edit, ends), folder=plant.home / "soft")
    assert soft.edit != block.edit
    assert [step for step in plan_block_steps(soft.plan()) if isinstance(step, ChunkStep)] == []
    package, _ = soft.package(plant.scratch / "soft")
    for sound in (one for one in package.master.renditions if one.type == "AUDIO"):
        waves = [media.read_wave(path) for path in package.open(sound.uri or "").sections]
        for before, after in pairwise(waves):
            # No step of a sample is larger than -40 dBFS where one section follows another.
            assert np.abs(after[:, 0] - before[:, -1]).max() < 0.01
        assert np.abs(waves[1]).max() > 0.05


def test_a_block_refuses_a_film_that_it_plays_twice_or_in_part(block: Block) -> None:
    (whole,) = (part for part in block.edit.spans if part.master == block.films[1].main.digest)
    part = replace(whole, span=replace(whole.span, end=Fraction(3)))
    for parts in ((part,), (whole, whole)):
        with pytest.raises(PlanError, match="otherwise than once and whole"):
            replace(block, edit=Edit("Small Hours", parts)).plan()
    with pytest.raises(PlanError, match="plays no film"):
        replace(block, edit=Edit("Small Hours", (Gap(Fraction(3)),))).plan()


def make_tiny_film(path: Path, *, languages: tuple[str, str]) -> None:
    """Write a film that only the lowest rendition is made of, in two languages, each in 5.1."""
    sound = "sine=frequency=300:duration=3,pan=5.1|FL=c0|FR=c0|FC=c0|LFE=c0|BL=c0|BR=c0,asplit[a][b]"
    named = [word for index, one in enumerate(languages) for word in (f"-metadata:s:a:{index}", f"language={one}")]
    arguments: list[str | Path] = [
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=64x36:rate=24:duration=3",
        "-filter_complex",
        sound,
    ]
    arguments += ["-map", "0:v", "-map", "[a]", "-map", "[b]", *named, "-c:v", "ffv1", "-c:a", "flac", path]
    run_ffmpeg(*arguments)
