"""What is heard at a film's first and last frame of AAC decides whether a block fades it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.edit import Card, Edit, MasterSpan, Programme, SoundFades
from pipeline.plan.hard_ends import SOFT, SoundEnds, soften
from pipeline.shell.probe import probe
from pipeline.shell.sound_ends import find_sound_ends
from pipeline.timebase import Span
from tests.patches import ffmpeg

HARD, QUIET = Fraction(-14), Fraction(-120)


def film(path: Path, gain: str, *codec: str) -> SoundEnds:
    sound = f"aevalsrc='0.2*sin(880*PI*t)*({gain})':s=48000:c=stereo:d=6"
    picture = "color=gray:s=64x64:r=25:d=6"
    ffmpeg("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, "-c:v", "libx264", *codec, str(path))
    facts = probe(path)
    return find_sound_ends(path, facts, facts.duration)


@pytest.mark.parametrize("name", ["pcm.mov", "flac.mkv"])
@pytest.mark.parametrize(
    ("gain", "first", "last"),
    [
        ("1", HARD, HARD),
        ("gte(t,1)*lt(t,5)", QUIET, QUIET),
        ("gte(t,0.03)", QUIET, HARD),
        ("lt(t,5.97)", HARD, QUIET),
    ],
)
def test_ends_are_as_loud_as_their_last_21_milliseconds(
    tmp_path: Path, name: str, gain: str, first: Fraction, last: Fraction
) -> None:
    ends = film(tmp_path / name, gain, "-c:a", {"pcm.mov": "pcm_s16le", "flac.mkv": "flac"}[name])
    assert (float(ends.first_dbfs), float(ends.last_dbfs)) == pytest.approx((first, last), abs=0.3)


def test_a_film_without_sound_begins_and_ends_softly(tmp_path: Path) -> None:
    path = tmp_path / "silent.mp4"
    ffmpeg("-f", "lavfi", "-i", "color=gray:s=64x64:r=25:d=2", "-c:v", "libx264", str(path))
    facts = probe(path)
    assert find_sound_ends(path, facts, facts.duration).softened() is None


def test_only_the_ends_that_are_hard_are_faded_and_nothing_else_of_the_edit_changes() -> None:
    whole = MasterSpan("a" * 64, Span(Fraction(0), Fraction(9)), programme=Programme("Tide"))
    other = MasterSpan("b" * 64, Span(Fraction(0), Fraction(5)))
    edit = Edit("Small Hours", (Card(("Tide",), Fraction(2)), whole, other))
    ends = {"a" * 64: SoundEnds(QUIET, HARD), "b" * 64: SoundEnds(QUIET, QUIET)}
    card, faded, same = soften(edit, ends).parts
    assert isinstance(faded, MasterSpan) and faded.programme is not None
    assert faded.programme == Programme("Tide", SoundFades(Fraction(0), SOFT.out_s))
    assert (card, same, faded.span) == (edit.parts[0], other, whole.span)
