"""One file for a venue's player: every film whole and letterboxed, in sync, at its loudness, and listed by name."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from pipeline.argv import span_loudness_argv
from pipeline.edit import Card, Edit, Gap, MasterSpan, SoundFades
from pipeline.errors import PlanError
from pipeline.plan.venue import VenueFormat
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.ledger import Ledger
from pipeline.shell.loudness import parse_loudness
from pipeline.shell.store import Store
from pipeline.shell.study import study_shots
from pipeline.timebase import FrameRate, Span
from pipeline.venue import plan_venue_file

from .conftest import (
    FORM,
    MUTE,
    OLD,
    SCOPE,
    TALL,
    WIDE,
    Cafe,
    Made,
    NumberedFilm,
    expected_frames,
    read_lumas,
    read_number,
    read_wave,
)

FILMS = (WIDE, TALL, OLD)


@pytest.fixture
def made(cafe: Cafe) -> Made:
    return cafe.make(cafe.block(*FILMS), *FILMS)


def frames_of(film: NumberedFilm, made: Made) -> tuple[int, int]:
    (piece,) = (one for one in made.plan.parts.films if one.title == film.title)
    rate = made.plan.form.rate
    return rate.nearest_frame(piece.span.start), rate.nearest_frame(piece.span.end)


def test_every_film_plays_whole_and_in_order_at_the_venues_rate(cafe: Cafe, made: Made) -> None:
    lumas = read_lumas(made.file.path)
    assert len(lumas) == made.file.frames == FORM.rate.frames_within(cafe.block(*FILMS).duration)
    for film in FILMS:
        first, end = frames_of(film, made)
        assert [read_number(luma, film) for luma in lumas[first:end]] == expected_frames(film, FORM.rate)
        assert read_number(lumas[first - 1], film) is None and read_number(lumas[end], film) is None


@pytest.mark.parametrize("rate", [FrameRate(Fraction(24)), FrameRate(Fraction(30000, 1001)), FrameRate(Fraction(50))])
def test_films_keep_their_frames_at_other_rates(cafe: Cafe, rate: FrameRate) -> None:
    made = cafe.make(cafe.block(OLD, TALL), OLD, TALL, form=replace(FORM, rate=rate))
    lumas = read_lumas(made.file.path)
    assert len(lumas) == rate.frames_within(cafe.block(OLD, TALL).duration)
    for film in (OLD, TALL):
        first, end = frames_of(film, made)
        assert [read_number(luma, film) for luma in lumas[first:end]] == expected_frames(film, rate)


def test_a_film_that_is_encoded_in_several_pieces_shows_the_same(cafe: Cafe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.plan.venue._CHUNK_S", Fraction(2))
    made = cafe.make(cafe.block(WIDE, TALL), WIDE, TALL)
    assert [len(piece.pictures) for piece in made.plan.parts.films] == [3, 3]
    lumas = read_lumas(made.file.path)
    for film in (WIDE, TALL):
        first, end = frames_of(film, made)
        assert [read_number(luma, film) for luma in lumas[first:end]] == expected_frames(film, FORM.rate)


@pytest.mark.parametrize("film", [TALL, OLD, SCOPE], ids=lambda film: film.name)
def test_a_film_of_another_shape_stands_whole_between_black_bars(cafe: Cafe, film: NumberedFilm) -> None:
    made = cafe.make(cafe.block(film), film)
    first, end = frames_of(film, made)
    left, top, width, height = film.place
    for luma in read_lumas(made.file.path)[first:end]:
        bars = luma.astype(int)
        shown = bars[top : top + height, left : left + width]
        # The edges of the picture are light to its very last row and column, and nothing of it lies beyond.
        assert min(shown[20:, 1].min(), shown[20:, -2].min(), shown[-2].min()) > 35
        bars[top : top + height, left : left + width] = 16
        # Where the picture's edge lies within a block of the codec, a little of it rings.
        assert abs(bars - 16).max() <= 12 and abs(bars - 16).mean() < 0.1


def test_sound_begins_and_ends_with_the_picture_of_each_film(made: Made) -> None:
    wave = np.abs(read_wave(made.file.path))
    half = FORM.rate.frame_duration / 2
    for film in FILMS:
        first, end = (FORM.rate.time_of(frame) for frame in frames_of(film, made))
        around = slice(int((first - Fraction(1, 4)) * 48000), int((end + Fraction(1, 4)) * 48000))
        loud = np.flatnonzero(wave[around] > wave[around].max() / 2) + around.start
        assert abs(Fraction(int(loud[0]), 48000) - first) < half
        assert abs(Fraction(int(loud[-1]), 48000) - end) < half
    silent = wave[: int(Fraction(48000) * (made.plan.parts.films[0].span.start - Fraction(1, 10)))]
    assert silent.max() < 1e-3


def test_every_film_is_as_loud_as_was_asked(made: Made) -> None:
    for piece, film in zip(made.plan.parts.films, made.file.films, strict=True):
        measured = parse_loudness(run_ffmpeg(span_loudness_argv(f"file:{made.file.path}", piece.span)).stderr)
        assert measured.integrated_lufs == pytest.approx(-23, abs=0.5)
        assert measured.true_peak_dbtp <= -1
        assert film.loudness.integrated_lufs == measured.integrated_lufs
        assert film.loudness.quieter_lu == 0


def test_a_film_whose_peaks_allow_no_more_is_told_to_be_quieter(cafe: Cafe) -> None:
    form = replace(FORM, loudness_lufs=Fraction(-5), true_peak_dbtp=Fraction(-9), limiting_db_max=Fraction(0))
    made = cafe.make(cafe.block(OLD), OLD, form=form)
    (film,) = made.file.films
    assert film.loudness.true_peak_dbtp is not None and film.loudness.true_peak_dbtp <= -9
    assert film.loudness.quieter_lu > 3
    (note,) = (note for note in json.loads(made.file.manifest.read_text())["notes"] if note.startswith("Old "))
    missing = film.loudness.levelled.missing_lu
    assert missing == pytest.approx(film.loudness.quieter_lu, abs=0.5)
    assert f"up to {missing:g} LU (decibels of loudness) below -5 LUFS: its peaks allow no more" in note


def test_players_list_every_film_and_what_comes_before_the_first(made: Made) -> None:
    with av.open(str(made.file.path)) as container:
        assert [(stream.type, stream.codec_context.name) for stream in tuple(container.streams)[:2]] == [
            ("video", "h264"),
            ("audio", "aac"),
        ]
        found = [(one["start"] * one["time_base"], one["metadata"]["title"]) for one in container.chapters()]
    assert found == [(0, "Small Hours"), *((piece.span.start, piece.title) for piece in made.plan.parts.films)]
    assert [(one.start, one.title) for one in made.file.chapters] == found


def test_the_file_lies_under_the_blocks_name_with_what_it_was_made_from(cafe: Cafe, made: Made) -> None:
    assert made.file.path == cafe.home / "out" / "blocks" / "Small-Hours" / "Small-Hours.mp4"
    document = json.loads(made.file.manifest.read_text())
    assert document["sha256"] == made.file.sha256
    assert [film["title"] for film in document["films"]] == ["Wide", "Tall", "Old"]
    store = made.plan.workshop.store
    assert all(store.find(key) is not None for key in document["keys"])


def test_nothing_is_made_a_second_time(cafe: Cafe, made: Made) -> None:
    before = made.file.path.stat()
    again = cafe.make(cafe.block(*FILMS), *FILMS)
    assert again.steps == () and again.file.made == "reused"
    assert again.file.sha256 == made.file.sha256
    assert again.file.path.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.usefixtures("made")
def test_another_film_in_a_block_is_all_that_is_encoded(cafe: Cafe) -> None:
    edit = cafe.block(WIDE, SCOPE, OLD)
    swapped = cafe.make(edit, WIDE, SCOPE, OLD)
    assert {step.split(" ")[0] for step in swapped.steps} <= {"cards", "Scope", "sound"}
    assert sum(step.startswith("cards") for step in swapped.steps) <= 1  # the one with its title
    assert sum(step.startswith("Scope") for step in swapped.steps) <= 1


def test_black_and_cards_stand_between_films(made: Made) -> None:
    lumas = read_lumas(made.file.path)
    assert np.abs(lumas[5].astype(int) - 16).max() <= 2
    _, end = frames_of(WIDE, made)
    assert np.abs(lumas[end + 5].astype(int) - 16).max() <= 2
    assert lumas[end + 20].max() > 150
    assert lumas[-1].max() > 150


def test_a_film_that_ends_hard_is_faded_as_the_block_says(cafe: Cafe) -> None:
    edit = replace(cafe.block(OLD), fades=SoundFades(Fraction(0), Fraction(1)))
    made = cafe.make(edit, OLD)
    wave = np.abs(read_wave(made.file.path))
    _, end = (FORM.rate.time_of(frame) for frame in frames_of(OLD, made))
    full, late = (wave[int((end - at) * 48000) - 2400 : int((end - at) * 48000)].max() for at in (2, Fraction(1, 20)))
    assert late < full / 5


def test_a_film_without_sound_is_silent_in_a_block_that_sounds(cafe: Cafe) -> None:
    made = cafe.make(cafe.block(MUTE, OLD), MUTE, OLD)
    first, end = frames_of(MUTE, made)
    wave = np.abs(read_wave(made.file.path))
    assert wave[int(FORM.rate.time_of(first) * 48000) : int(FORM.rate.time_of(end) * 48000)].max() < 1e-3
    assert made.file.films[0].loudness.integrated_lufs is None
    assert "Mute has no sound." in made.file.notes


def test_what_lies_beside_a_film_that_has_no_project_is_read(cafe: Cafe, tmp_path: Path) -> None:
    copy = Path(shutil.copy(cafe.films / "old.mp4", tmp_path))
    (tmp_path / "old.film.toml").write_text('title = "An Old Film"\n')
    store, ledger = Store(cafe.home / "store"), Ledger(cafe.home / "store" / "ledger.sqlite3")
    study = study_shots(copy, store=store, ledger=ledger)
    whole = MasterSpan(study.digest, Span(Fraction(0), study.shots.timeline.duration))
    plan = plan_venue_file(Edit("Small Hours", (Gap(Fraction(1)), whole)), (study,), FORM)
    assert [chapter.title for chapter in plan.parts.chapters] == ["Small Hours", "An Old Film"]


def test_a_block_of_nothing_but_silent_films_has_a_silent_track(cafe: Cafe) -> None:
    made = cafe.make(cafe.block(MUTE), MUTE)
    assert np.abs(read_wave(made.file.path)).max() < 1e-4


def test_films_follow_one_another_without_cards(cafe: Cafe) -> None:
    edit = cafe.block(OLD, TALL)
    edit = replace(edit, parts=edit.spans)
    made = cafe.make(edit, OLD, TALL)
    lumas = read_lumas(made.file.path)
    assert len(lumas) == FORM.rate.frames_within(edit.duration)
    shown = [read_number(luma, film) for film in (OLD, TALL) for luma in lumas[slice(*frames_of(film, made))]]
    assert shown == expected_frames(OLD, FORM.rate) + expected_frames(TALL, FORM.rate)
    assert [one.title for one in made.file.chapters] == ["Old", "Tall"]


def test_titles_in_any_script_are_listed_and_steer_nothing(cafe: Cafe) -> None:
    edit = cafe.block(OLD)
    named = "夜の庭 \x1b[31m “Дождь”\n🌙"
    parts = tuple(
        replace(part, programme=replace(part.programme, name=named)) if part in edit.spans else part  # type: ignore[union-attr,arg-type]
        for part in edit.parts
    )
    made = cafe.make(replace(edit, parts=parts), OLD)
    with av.open(str(made.file.path)) as container:
        titles = [one["metadata"]["title"] for one in container.chapters()]
    assert titles == ["Small Hours", r"夜の庭 \x1b[31m “Дождь” 🌙"]


def test_a_file_of_somebodys_that_stands_in_the_way_is_kept(cafe: Cafe) -> None:
    target = cafe.home / "out" / "blocks" / "Small-Hours" / "Small-Hours.mp4"
    target.parent.mkdir(parents=True)
    target.write_text("mine")
    made = cafe.make(cafe.block(OLD), OLD)
    (kept,) = made.file.kept
    assert kept.read_text() == "mine" and made.file.path == target


def test_what_a_venue_file_is_made_of_is_kept(workplace: Any, reels: Path) -> None:
    shutil.rmtree(workplace.home / "store")
    shutil.copytree(reels / "store", workplace.home / "store")
    cafe = Cafe(workplace.home, reels / "films")
    made = cafe.make(cafe.block(OLD), OLD)
    assert workplace.matinee("gc", "--yes").code == 0
    again = cafe.make(cafe.block(OLD), OLD)
    assert again.steps == () and again.file.made == "reused" and again.file.sha256 == made.file.sha256


def test_a_block_without_films_is_refused(cafe: Cafe) -> None:
    with pytest.raises(PlanError, match="plays no film"):
        cafe.plan(Edit("Small Hours", (Gap(Fraction(3)), Card(("Nothing",), Fraction(2)))))


def test_a_film_that_is_not_there_is_refused(cafe: Cafe) -> None:
    with pytest.raises(PlanError, match="not found"):
        cafe.plan(cafe.block(OLD))


@pytest.mark.parametrize(
    "values",
    [
        {"width_px": 0},
        {"width_px": 100_000},
        {"height_px": 181},
        {"rate": FrameRate(Fraction(1000))},
        {"rate": FrameRate(Fraction(1))},
        {"kbps": 4000},
        {"loudness_lufs": Fraction(3)},
        {"true_peak_dbtp": Fraction(1)},
        {"codec": "gif"},
    ],
    ids=str,
)
def test_what_no_file_can_be_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(PlanError, match="allowed"):
        VenueFormat(**values)  # type: ignore[arg-type]


def test_a_picture_past_every_level_is_refused(cafe: Cafe) -> None:
    with pytest.raises(PlanError, match="past every"):
        cafe.plan(cafe.block(OLD), OLD, form=VenueFormat(4096, 4096, FrameRate(Fraction(120))))


def test_spans_are_on_frames_and_lie_end_to_end(made: Made) -> None:
    at = Fraction(0)
    for piece in made.plan.parts.pieces:
        assert piece.span.start == at and Span.snapped(piece.span, FORM.rate) == piece.span
        at = piece.span.end
    assert at == FORM.rate.time_of(made.file.frames)


def test_outputs_go_where_somebody_says(cafe: Cafe, tmp_path: Path) -> None:
    from pipeline.venue import plan_venue_file

    plan = plan_venue_file(cafe.block(OLD), cafe.study(OLD), FORM, folder=tmp_path / "elsewhere")
    assert plan.path == tmp_path / "elsewhere" / "Small-Hours.mp4"
