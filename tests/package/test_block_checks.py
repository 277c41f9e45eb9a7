"""A block whose package is not what was planned is found out before players can find it."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import VerifyFailed
from pipeline.package.assembly import Keys
from pipeline.package.block import BlockPlan, plan_block_steps
from pipeline.package.outputs import put_together
from pipeline.package.steps import make_all
from pipeline.plan.hard_ends import soften
from pipeline.screening.judging import Judged
from pipeline.screening.verdicts import judge_package
from pipeline.shell.sound_ends import find_sound_ends
from tests.numbered_films import make_film

from .conftest import Plant
from .test_blocks import block_of

FILM = 1
"""The section that is the first film."""
STEP = 512
"""Ticks of one of its pictures."""


@pytest.fixture
def plan(plant: Plant) -> BlockPlan:
    make_film(plant.films / "one.mp4", film=1, size=(256, 144), fps=24, seconds=18, shot_s=3, tone=True)
    make_film(plant.films / "two.mp4", film=2, size=(192, 108), fps=25, seconds=7, shot_s=7, tone=True)
    block = block_of(plant.home, plant.films / "one.mp4", plant.films / "two.mp4")
    ends = {film.main.digest: find_sound_ends(film.path, film.main.facts, film.edit.duration) for film in block.films}
    plan = replace(block, edit=soften(block.edit, ends)).plan()
    make_all(plan_block_steps(plan), lambda *_: None)
    return plan


def judged(plan: BlockPlan, *, anchor: float = -20, bounds: tuple[int, int] = (10, 60)) -> Judged:
    least, most = map(Fraction, bounds)
    return judge_package(plan, bounds=(least, most), anchor=anchor)


def failed(found: Judged) -> set[str]:
    return {one.what for one in found.verdicts if one.outcome == "fail"}


def with_pictures(plan: BlockPlan, damage: Callable[[tuple[str, ...]], tuple[str, ...]]) -> BlockPlan:
    *others, top = plan.assembly.pictures
    damaged = replace(top, keys=_damaged(top.keys, FILM, damage))
    return replace(plan, assembly=replace(plan.assembly, pictures=(*others, damaged)))


def with_sounds(plan: BlockPlan, section: int, damage: Callable[[tuple[str, ...]], tuple[str, ...]]) -> BlockPlan:
    first, *others = plan.assembly.sounds
    keys = _damaged(first.keys, section, damage)
    heard = first.heard | frozenset(keys[section]) if section == FILM else first.heard
    damaged = replace(first, keys=keys, heard=heard)
    return replace(plan, assembly=replace(plan.assembly, sounds=(damaged, *others)))


def _damaged(keys: Keys, section: int, damage: Callable[[tuple[str, ...]], tuple[str, ...]]) -> Keys:
    return (*keys[:section], damage(keys[section]), *keys[section + 1 :])


def test_a_block_passes_everything_and_a_second_look_measures_nothing(
    plan: BlockPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = judged(plan)
    assert failed(found) == set(), found.verdicts
    top = plan.assembly.pictures[-1].name
    (proof,) = (one for one in found.verdicts if one.what == f"{top}: One")
    assert proof.measured.startswith("432 frames, ")
    store = plan.assembly.workshop.store
    assert all(store.find(key) is not None for key in found.keys)
    monkeypatch.setattr("pipeline.shell.film_prints.PictureReader", None)
    monkeypatch.setattr("pipeline.shell.film_prints.print_of", None)
    monkeypatch.setattr("pipeline.shell.segment_edges._sound_edges", None)
    assert judged(plan).verdicts == found.verdicts


def test_a_segment_that_is_missing_doubled_or_swapped_is_found(plan: BlockPlan) -> None:
    top = plan.assembly.pictures[-1].name
    missing = failed(judged(with_pictures(plan, lambda keys: (keys[0], *keys[2:]))))
    assert {f"{top}: length", f"{top}: One"} <= missing
    found = {f"{top}: One", f"{top}: One whole"}
    assert failed(judged(with_pictures(plan, lambda keys: (keys[0], keys[0], *keys[2:])))) == found
    # A film that begins with another segment begins at another time than its sound.
    sounds = {f"{top} with {sound.name}: sound of films" for sound in plan.assembly.sounds}
    assert failed(judged(with_pictures(plan, lambda keys: (keys[1], keys[0], *keys[2:])))) == found | sounds


def test_a_picture_out_of_place_between_two_that_are_compared_is_found(plan: BlockPlan) -> None:
    store, top = plan.assembly.workshop.store, plan.assembly.pictures[-1]
    whole = store.find(top.keys[FILM][1])
    assert whole is not None

    def write(path: Path) -> dict[str, Any]:
        data = bytearray(whole.path.read_bytes())
        run = data.index(b"trun")
        # The last picture of the first group is shown when the one before it is: one is lost, and one stays too long.
        count, at = struct.unpack_from(">I", data, run + 8)[0], run + 20
        shifts = [struct.unpack_from(">i", data, at + 8 * number + 4)[0] for number in range(count)]
        shown = sorted((number * STEP + shift, number) for number, shift in enumerate(shifts))
        struct.pack_into(">i", data, at + 8 * shown[-1][1] + 4, shifts[shown[-1][1]] - STEP)
        path.write_bytes(data)
        return dict(whole.receipt)

    damaged, _ = store.make(f"damaged {whole.key}".encode().hex()[:64], ".m4s", write)
    found = judged(with_pictures(plan, lambda keys: (keys[0], damaged.key, *keys[2:])))
    assert failed(found) == {f"{top.name}: One whole"}


def test_films_of_every_rate_have_their_sound_with_their_pictures(plant: Plant) -> None:
    rates = (24, 25, 30, 60)
    for number, fps in enumerate(rates):
        path = plant.films / f"at{fps}.mp4"
        make_film(path, film=number, size=(256, 144), fps=fps, seconds=7, shot_s=7, tone=True)
    block = block_of(plant.home, *(plant.films / f"at{fps}.mp4" for fps in rates))
    plan = block.plan()
    make_all(plan_block_steps(plan), lambda *_: None)
    found = judged(plan)
    assert failed(found) <= {one.what for one in found.verdicts if one.what.endswith("steps at joins")}
    by_time = [one for one in found.verdicts if one.what.endswith("sound of films")]
    laid = [one for one in found.verdicts if one.what.endswith("sound at joins")]
    assert len(by_time) == len(laid) == len(plan.assembly.pictures) * len(plan.assembly.sounds)
    assert {(one.outcome, one.measured.split(" ms")[0]) for one in by_time} == {("pass", "0")}
    assert {one.outcome for one in laid} == {"pass"}, laid
    # The rendition that shows each second picture of the fast film shows half as many.
    low, top = (row.name for row in plan.assembly.pictures)
    wholes = {one.what: one.measured for one in found.verdicts if one.what.endswith("At60 whole")}
    assert wholes[f"{low}: At60 whole"].startswith("210 pictures in 7 s")
    assert wholes[f"{top}: At60 whole"].startswith("420 pictures in 7 s")


def test_sound_that_says_another_time_than_its_pictures_is_found(plan: BlockPlan) -> None:
    store, sound = plan.assembly.workshop.store, plan.assembly.sounds[0]

    def late(key: str) -> str:
        whole = store.find(key)
        assert whole is not None

        def write(path: Path) -> dict[str, Any]:
            data = bytearray(whole.path.read_bytes())
            at = data.index(b"tfdt") + 8
            struct.pack_into(">Q", data, at, struct.unpack_from(">Q", data, at)[0] + 1024)
            path.write_bytes(data)
            return dict(whole.receipt)

        return store.make(f"late {key}".encode().hex()[:64], ".m4s", write)[0].key

    found = judged(with_sounds(plan, FILM, lambda keys: tuple(map(late, keys))))
    assert failed(found) == {f"{row.name} with {sound.name}: sound of films" for row in plan.assembly.pictures}
    (told,) = {one.measured for one in found.verdicts if one.outcome == "fail"}
    assert told == "21.3 ms where One begins, 2 films"


def test_sound_that_is_shifted_is_found_at_every_join_after_it(plan: BlockPlan) -> None:
    first = plan.assembly.sounds[0].name
    cut = with_sounds(plan, 2, lambda keys: (*keys, *plan.assembly.sounds[0].keys[0]))
    names = {f"{picture.name} with {first}: sound at joins" for picture in plan.assembly.pictures}
    assert failed(judged(cut)) == names


def test_a_click_where_a_film_breaks_off_is_found(plan: BlockPlan) -> None:
    first = plan.assembly.sounds[0].name
    assert f"{first}: steps at joins" in failed(judged(with_sounds(plan, FILM, lambda keys: keys[:-1])))


def test_a_film_that_is_not_as_loud_as_the_block_is_found(plan: BlockPlan) -> None:
    loud = {f"{sound.name}: loudness of {film}" for sound in plan.assembly.sounds for film in ("One", "Two")}
    assert failed(judged(plan, anchor=-16)) == loud


def test_a_block_that_is_too_long_is_refused_with_every_reason(plan: BlockPlan) -> None:
    found = judged(plan, bounds=(10, 20))
    lengths = {f"{row.name}: length" for row in (*plan.assembly.pictures, plan.assembly.key_pictures)}
    assert failed(found) == lengths
    with pytest.raises(VerifyFailed) as refused:
        found.refuse_failures("Small Hours")
    assert all(what in str(refused.value) for what in lengths)


def test_a_package_that_plays_what_another_was_judged_with_reads_none_of_it_again(
    plan: BlockPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = put_together(plan.assembly, frozenset())
    monkeypatch.setattr("pipeline.shell.hls_reading.describe_media", None)
    # Other playlists of the same segments.
    unmarked = replace(plan.assembly, folder=plan.assembly.folder.with_name("unmarked"), boundaries=())
    again = put_together(unmarked, frozenset())
    assert again.conformance["conforms"] and first.conformance["conforms"]
    kept = json.loads((again.folder / "package.json").read_text())["kept_keys"]
    receipts = [plan.assembly.workshop.receipt(key) for key in kept if plan.assembly.workshop.store.find(key)]
    assert "read segments" in {one["made_by"] for one in receipts}
