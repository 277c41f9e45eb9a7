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
from pipeline.graph import AAC_FRAME, SAMPLE_RATE_HZ, BlackPicture, FilmPicture, FilmSound, Silence
from pipeline.plan.clips import LEAD_IN, Film, plan_picture, plan_sound, sample_lengths
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
LOUD = SoundStream(192, Fraction(-14), Fraction(-1), 48000, 2)


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
    covered = Fraction(sound.mix.samples, SAMPLE_RATE_HZ) - NTSC.time_of(1078)
    assert 0 <= covered < Fraction(1, SAMPLE_RATE_HZ)


def test_times_are_the_files_own() -> None:
    late = replace(FACTS, picture=replace(PICTURE, start=Fraction(3600)))
    picture = plan_picture(Edit("e", (_span(240, 24),)), STREAM, _films(late))
    part = picture.parts[0]
    assert isinstance(part, FilmPicture) and part.start == 3600 + NTSC.time_of(240)
    assert part.seek == part.start - 1
    sound = _sound((_span(240, 24),), late).mix.parts[0]
    assert isinstance(sound, FilmSound)
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


def test_only_the_first_sound_has_the_lead_in() -> None:
    mix = _sound((_span(24, 24), Gap(NTSC.time_of(12)), _span(0, 24, B), _span(48, 24))).mix
    kinds = [type(part) for part in mix.parts]
    assert kinds == [FilmSound, Silence, Silence, FilmSound] and mix.lead_in == LEAD_IN == 4 * AAC_FRAME
    assert mix.parts[0].samples == 48048 + LEAD_IN and [part.samples for part in mix.parts[1:]] == [24024, 48048, 48048]
    assert mix.samples == 84 * 2002


def test_a_gap_at_the_beginning_takes_the_lead_in() -> None:
    mix = _sound((Gap(NTSC.time_of(1)), _span(0, 24))).mix
    assert isinstance(mix.parts[0], Silence) and mix.parts[0].samples == 2002 + LEAD_IN


def test_fades_are_never_longer_than_half_the_sound() -> None:
    assert (_sound((_span(0, 24),), fade_s=Fraction(1, 50)).mix.fade_in) == 960
    mix = _sound((_span(0, 24),), fade_s=Fraction(9)).mix
    assert mix.fade_in == mix.fade_out == 24024


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
