"""An edit becomes nodes whose frames, samples and times follow from it exactly."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.edit import Edit, Gap, MasterSpan, Part, SoundFades, frame_lengths
from pipeline.errors import PlanError
from pipeline.facts import Colour, MediaFacts, PictureFacts, SoundFacts
from pipeline.graph import AAC_FRAME, LEAD_IN, SAMPLE_RATE_HZ, BlackPicture, FilmPicture, Silence, Stretch
from pipeline.plan.clips import Film, plan_picture, plan_sound, sample_lengths
from pipeline.plan.shots import Timeline
from pipeline.plan.streams import PictureStream, SoundStream
from pipeline.timebase import STANDARD_RATES, FrameRate, Span

NTSC = FrameRate(Fraction(24000, 1001))
UNSAID = Colour(None, None, None, None)
PICTURE = PictureFacts(
    0, "h264", 1920, 1080, Fraction(1), 0, "yuv420p", 8, UNSAID, "progressive", NTSC, Fraction(0), None
)
SOUND = SoundFacts(1, "aac", 2, "stereo", 48000, Fraction(0), None, True)
FACTS = MediaFacts("mov,mp4,m4a,3gp,3g2,mj2", 10**9, Fraction(600), PICTURE, (SOUND,), ())
A, B = "a" * 64, "b" * 64
STREAM = PictureStream(1080, 1920, NTSC, 48, 2, None, None, "crop", Fraction(1))
LOUD = SoundStream(192, Fraction(-14), Fraction(-1), 48000, 2, Fraction(6))


def _films(facts: MediaFacts = FACTS) -> dict[str, Film]:
    timeline = Timeline(facts.picture.rate, 10**6)
    return {A: Film(A, facts, timeline), B: Film(B, replace(facts, sounds=()), timeline)}


def _span(first: int, frames: int, master: str = A) -> MasterSpan:
    return MasterSpan(master, Span.of_frames(first, first + frames, NTSC))


def _sound(parts: tuple[Part, ...], facts: MediaFacts = FACTS, fade_s: Fraction = Fraction(0)):  # type: ignore[no-untyped-def]
    return plan_sound(Edit("e", parts), LOUD, _films(facts), rate=NTSC, fades=SoundFades(fade_s, fade_s))


def test_45_seconds_of_film_are_1078_frames_and_the_samples_that_cover_them() -> None:
    edit = Edit("e", (MasterSpan(A, Span(Fraction(10), Fraction(55))),))
    picture = plan_picture(edit, STREAM, _films())
    sound = _sound(edit.parts)
    assert picture.frames == 1078 and picture.parts[0].frames == 1078
    covered = Fraction(sound.samples, SAMPLE_RATE_HZ) - NTSC.time_of(1078)
    assert 0 <= covered < Fraction(1, SAMPLE_RATE_HZ)


def test_a_span_after_the_last_picture_is_told() -> None:
    last = 10**6
    assert plan_picture(Edit("e", (_span(last - 24, 24),)), STREAM, _films()).frames == 24
    with pytest.raises(PlanError, match=f"up to frame {last + 1}, and that ends at frame {last}"):
        plan_picture(Edit("e", (_span(last - 24, 25),)), STREAM, _films())


def test_times_are_the_files_own() -> None:
    late = replace(FACTS, picture=replace(PICTURE, start=Fraction(3600)))
    picture = plan_picture(Edit("e", (_span(240, 24),)), STREAM, _films(late))
    part = picture.parts[0]
    assert isinstance(part, FilmPicture) and part.start == 3600 + NTSC.time_of(240)
    assert part.seek == part.start - 1
    stretch = _sound((_span(240, 24),), late).parts[0]
    assert isinstance(stretch, Stretch)
    (sound,) = stretch.pieces
    assert sound.start == part.start - Fraction(LEAD_IN, SAMPLE_RATE_HZ) and sound.seek == sound.start - 1


@pytest.mark.parametrize(
    ("container", "at", "seek"),
    [
        ("mov,mp4,m4a,3gp,3g2,mj2", 10, 9), ("matroska,webm", 10, 9), ("mov,mp4,m4a,3gp,3g2,mj2", 2, None),
        ("mpegts", 10, None), ("mpegts", 100, 70), ("avi", 100, 70), ("mpeg", 31, None), ("h264", 100, None),
    ],
)  # fmt: skip
def test_reading_starts_well_before_the_in_point_or_at_the_beginning(container: str, at: int, seek: int | None) -> None:
    films = _films(replace(FACTS, container=container))
    edit = Edit("e", (MasterSpan(A, Span(Fraction(at), Fraction(at + 1))),))
    part = plan_picture(edit, STREAM, films).parts[0]
    assert isinstance(part, FilmPicture) and part.seek == seek


def test_every_stretch_has_a_lead_in_and_its_further_pieces_have_none() -> None:
    sound = _sound((_span(24, 24), _span(96, 24), Gap(NTSC.time_of(12)), _span(0, 24, B), _span(48, 24)))
    first, silence, last = sound.parts
    assert isinstance(first, Stretch) and isinstance(last, Stretch) and silence == Silence(24024 + 48048)
    assert [piece.samples for piece in first.pieces] == [48048 + LEAD_IN, 48048] and LEAD_IN == 4 * AAC_FRAME
    assert [piece.samples for piece in last.pieces] == [48048 + LEAD_IN]
    assert sound.samples == 108 * 2002 and sound.programmes[1] is None


def test_fades_are_never_longer_than_half_the_sound() -> None:
    (short,) = _sound((_span(0, 24),), fade_s=Fraction(1, 50)).parts
    (long,) = _sound((_span(0, 24),), fade_s=Fraction(9)).parts
    assert isinstance(short, Stretch) and isinstance(long, Stretch)
    assert short.fade_in == 960 and long.fade_in == long.fade_out == 24024


def test_parts_below_half_a_frame_are_left_out_and_an_edit_of_nothing_else_is_refused() -> None:
    tiny = Gap(Fraction(1, 1000))
    picture = plan_picture(Edit("e", (tiny, _span(0, 24), Gap(NTSC.time_of(3)))), STREAM, _films())
    assert [type(part) for part in picture.parts] == [FilmPicture, BlackPicture]
    assert len(picture.views) == 2 and picture.views[1] == ()
    with pytest.raises(PlanError, match="shorter than one frame"):
        plan_picture(Edit("e", (tiny,)), STREAM, _films())
    with pytest.raises(PlanError, match="shorter than one frame"):
        _sound((tiny,))


def test_a_master_that_was_not_found_is_named_by_its_digest() -> None:
    with pytest.raises(PlanError, match="cccccccccccc"):
        plan_picture(Edit("e", (_span(0, 24, "c" * 64),)), STREAM, _films())


rates = st.sampled_from([FrameRate(fps) for fps in STANDARD_RATES])
lengths = st.lists(st.fractions(min_value=0, max_value=60, max_denominator=48_000), min_size=1, max_size=10)


@given(lengths, rates)
def test_samples_follow_the_frames_without_adding_up_errors(lengths: list[Fraction], rate: FrameRate) -> None:
    edit = Edit("e", tuple(map(Gap, lengths)))
    frames, samples = frame_lengths(edit, rate), sample_lengths(edit, rate)
    assert len(samples) == len(lengths) and all(count >= 0 for count in samples)
    ends = [(sum(frames[: index + 1]), sum(samples[: index + 1])) for index in range(len(frames))]
    for frame, sample in ends[:-1]:
        assert abs(Fraction(sample, SAMPLE_RATE_HZ) - rate.time_of(frame)) <= Fraction(1, SAMPLE_RATE_HZ)
    overrun = Fraction(ends[-1][1], SAMPLE_RATE_HZ) - rate.time_of(ends[-1][0])
    assert 0 <= overrun < Fraction(1, SAMPLE_RATE_HZ)


def test_plans_are_values() -> None:
    edit = Edit("e", (_span(24, 24), Gap(Fraction(1))))
    assert plan_picture(edit, STREAM, _films()) == plan_picture(replace(edit, name="other"), STREAM, _films())
    assert hash(_sound(edit.parts)) == hash(_sound(edit.parts))
