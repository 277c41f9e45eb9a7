"""The same file as ProRes and PCM in a MOV, for venues whose players take nothing less."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest

from pipeline.boxes import read_movie, read_outline

from .conftest import FORM, OLD, TALL, Cafe, Made, expected_frames, read_lumas, read_number, read_wave

MOV = replace(FORM, codec="prores")


@pytest.fixture
def made(cafe: Cafe) -> Made:
    return cafe.make(cafe.block(OLD, TALL), OLD, TALL, form=MOV)


def test_a_mov_holds_prores_hq_and_pcm_of_24_bits_and_the_chapters(made: Made) -> None:
    assert made.file.path.name == "Small-Hours.mov"
    with av.open(str(made.file.path)) as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        assert (picture.codec_context.name, picture.profile, picture.codec_context.pix_fmt) == (
            "prores",
            "HQ",
            "yuv422p10le",
        )
        assert (picture.average_rate, picture.frames) == (25, made.file.frames)
        assert (sound.codec_context.name, sound.rate, sound.channels) == ("pcm_s24le", 48000, 2)
        found = [(one["start"] * one["time_base"], one["metadata"]["title"]) for one in container.chapters()]
    assert found == [(one.start, one.title) for one in made.file.chapters]
    outline = read_outline(made.file.path)
    assert outline is not None and outline.brands[0] == "qt  " and outline.moov_before_mdat


def test_every_frame_of_a_mov_is_where_it_is_in_the_mp4(made: Made) -> None:
    lumas = read_lumas(made.file.path)
    assert len(lumas) == made.file.frames
    for film, piece in zip((OLD, TALL), made.plan.parts.films, strict=True):
        first, end = (MOV.rate.nearest_frame(time) for time in (piece.span.start, piece.span.end))
        assert [read_number(luma, film) for luma in lumas[first:end]] == expected_frames(film, MOV.rate)
        left, top, width, height = film.place
        for luma in lumas[first:end]:
            luma = luma.copy()
            luma[top : top + height, left : left + width] = 16
            assert np.abs(luma.astype(int) - 16).max() <= 12


def test_the_sound_of_a_mov_is_as_long_as_its_picture_and_in_sync(made: Made) -> None:
    wave = np.abs(read_wave(made.file.path))
    assert len(wave) == made.file.seconds * 48000
    for piece, film in zip(made.plan.parts.films, made.file.films, strict=True):
        around = slice(int((piece.span.start - Fraction(1, 4)) * 48000), int((piece.span.end + Fraction(1, 4)) * 48000))
        loud = np.flatnonzero(wave[around] > wave[around].max() / 2) + around.start
        assert abs(Fraction(int(loud[0]), 48000) - piece.span.start) < Fraction(1, 50)
        assert abs(Fraction(int(loud[-1]), 48000) - piece.span.end) < Fraction(1, 50)
        assert film.loudness.integrated_lufs == pytest.approx(-23, abs=0.5)
        assert film.loudness.true_peak_dbtp is not None and film.loudness.true_peak_dbtp <= -1


def test_picture_and_sound_of_a_mov_lie_half_a_second_apart_at_most(made: Made) -> None:
    picture, sound, _ = (track.samples for track in read_movie(made.file.path).tracks)
    order = sorted([(at, "picture") for at in picture.chunk_offsets] + [(at, "sound") for at in sound.chunk_offsets])
    kinds = [kind for _, kind in order]
    assert all(one != other for one, other in pairwise(kinds))
    assert len(kinds) >= 4 * made.file.seconds - 2


def test_both_kinds_of_file_lie_in_one_folder_and_are_not_made_again(cafe: Cafe, made: Made) -> None:
    edit = cafe.block(OLD, TALL)
    beside = cafe.make(edit, OLD, TALL)
    assert beside.file.path.parent == made.file.path.parent and beside.file.path != made.file.path
    assert cafe.make(edit, OLD, TALL, form=MOV).file.made == "reused"
    assert {path.name for path in made.file.path.parent.iterdir()} == {
        "Small-Hours.mov", "Small-Hours.mov.json", "Small-Hours.mp4", "Small-Hours.mp4.json",
    }  # fmt: skip
