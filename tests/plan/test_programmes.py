"""What is heard as one is one programme, and it stays the same whatever card, gap or ending stands beside it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.edit import Card, Edit, Gap, MasterSpan, Part, Programme, SoundFades, joined, merged
from pipeline.facts import Colour, MediaFacts, PictureFacts, SoundFacts
from pipeline.graph import SAMPLE_RATE_HZ, FilmSound, LevelledSound, Silence, SoundGoal, Stretch
from pipeline.plan.clips import Film, plan_sound
from pipeline.plan.shots import Timeline
from pipeline.plan.streams import SoundStream
from pipeline.timebase import STANDARD_RATES, FrameRate, Span

R24 = FrameRate(Fraction(24))
STREAM = SoundStream(128, Fraction(-14), Fraction(-1), 48000, 2, Fraction(6))
FADES = SoundFades(Fraction(1, 20), Fraction(1, 2))


def _films(rate: FrameRate) -> dict[str, Film]:
    untold = Colour(None, None, None, None)
    picture = PictureFacts(
        0, "h264", 256, 144, Fraction(1), 0, "yuv420p", 8, untold, "progressive", rate, Fraction(0), 9000
    )
    sound = SoundFacts(1, "aac", 2, "stereo", 48000, Fraction(0), None, True)
    facts = MediaFacts("mov,mp4", 1, Fraction(300), picture, (sound,), ())
    heard = {name: Film(name, facts, Timeline(rate, 9000)) for name in ("a", "b")}
    return {**heard, "mute": Film("mute", replace(facts, sounds=()), Timeline(rate, 9000))}


def span(start: int, end: int, master: str = "a", programme: Programme | None = None) -> MasterSpan:
    return MasterSpan(master, Span.of_frames(start, end, R24), programme=programme)


def sound(edit: Edit | tuple[Part, ...], rate: FrameRate = R24) -> LevelledSound:
    made = edit if isinstance(edit, Edit) else Edit("e", edit)
    return plan_sound(made, STREAM, _films(rate), rate=rate, fades=made.fades or FADES)


def pieces(part: object) -> tuple[FilmSound, ...]:
    assert isinstance(part, Stretch)
    return part.pieces


BODY = span(100, 400)
CARD, GAP = Card(("A",), R24.time_of(30)), Gap(R24.time_of(12))


def test_a_highlight_alone_is_its_programme_and_nothing_else() -> None:
    alone = sound((BODY,))
    (programme,) = alone.programmes
    assert programme is not None and alone.only_programme == programme
    assert programme.stretches == alone.parts and programme.goal == SoundGoal(Fraction(-14), Fraction(-1), Fraction(6))


def test_a_card_before_a_gap_after_and_an_ending_change_nothing_of_a_body() -> None:
    alone = sound((BODY,))
    ending = span(0, 48, "b")
    for parts in ((CARD, BODY), (BODY, GAP), (CARD, BODY, GAP, ending), (ending, BODY), (span(0, 9, "mute"), BODY)):
        beside = sound(parts)
        place = beside.programmes.index(alone.programmes[0])
        assert beside.parts[place] == alone.parts[0] and beside.only_programme is None


def test_pieces_of_a_montage_and_both_sides_of_a_gap_are_one_programme() -> None:
    montage = sound((span(0, 24), span(200, 224), span(90, 100)))
    assert len(montage.parts) == 1 and len(pieces(montage.parts[0])) == 3
    parted = sound((span(0, 24), GAP, span(200, 224)))
    first, silence, last = parted.parts
    assert parted.programmes[0] == parted.programmes[2] is not None and silence == Silence(24000)
    assert parted.programmes[0].stretches == (first, last), "the gap is no part of it"
    assert isinstance(first, Stretch) and isinstance(last, Stretch)
    assert (first.fade_in, first.fade_out, last.fade_in, last.fade_out) == (2400, 0, 0, 24000)


def test_two_films_cut_into_each_other_are_two_programmes() -> None:
    both = sound((span(0, 24), span(0, 24, "b"), span(200, 224), span(30, 54, "b")))
    one, other, again, still = both.programmes
    assert one == again != other == still
    assert one is not None and one.stretches == (both.parts[0], both.parts[2])


def test_edits_that_are_joined_keep_their_programmes_apart_even_of_one_film() -> None:
    body, ending = Edit("h1", (BODY,)), Edit("ending", (span(400, 448),), fades=SoundFades(Fraction(0), Fraction(1, 4)))
    both = sound(joined("h1 with ending", body, ending))
    assert [part for part in both.parts if isinstance(part, Silence)] == []
    assert both.programmes[0] == sound(body).programmes[0] and both.parts[0] == sound(body).parts[0]
    assert both.programmes[1] == sound(ending).programmes[0] and both.parts[1] == sound(ending).parts[0]
    assert (
        len(merged(joined("x", body, ending)).parts) == 2 and len(merged(Edit("x", (BODY, span(400, 448)))).parts) == 1
    )


def test_a_bed_is_the_programme_and_what_it_lies_under_is_none() -> None:
    edit = Edit("e", (span(0, 24), span(100, 124, "b")), (span(300, 348),))
    (programme,) = sound(edit).programmes
    assert programme is not None and [piece.source for piece in pieces(programme.stretches[0])] == ["a"]


def test_a_programme_has_its_own_fades_where_the_edit_says_so() -> None:
    own = Programme("ending", SoundFades(Fraction(0), Fraction(1, 8)))
    usual, ending = sound((span(0, 240), span(0, 240, programme=own))).parts
    assert isinstance(usual, Stretch) and isinstance(ending, Stretch)
    assert (usual.fade_in, usual.fade_out, ending.fade_in, ending.fade_out) == (2400, 24000, 0, 6000)


frames = st.integers(1, 200)
rates = st.sampled_from([FrameRate(fps) for fps in STANDARD_RATES])


@given(rates, st.integers(0, 400), st.lists(frames, min_size=1, max_size=4), frames, frames)
def test_levels_and_samples_do_not_depend_on_where_a_programme_stands(
    rate: FrameRate, first: int, lengths: list[int], before: int, after: int
) -> None:
    starts = [first + 1000 * number for number in range(len(lengths))]
    ends = [start + length for start, length in zip(starts, lengths, strict=True)]
    body = tuple(MasterSpan("a", Span.of_frames(*ends, rate)) for ends in zip(starts, ends, strict=True))
    alone = plan_sound(Edit("e", body), STREAM, _films(rate), rate=rate, fades=FADES)
    beside = Edit("e", (Gap(rate.time_of(before)), *body, Gap(rate.time_of(after))))
    whole = plan_sound(beside, STREAM, _films(rate), rate=rate, fades=FADES)
    _, stretch, _ = whole.parts
    assert whole.programmes == (None, alone.programmes[0], None)
    assert isinstance(stretch, Stretch) and abs(stretch.samples - alone.samples) <= 1
    *others, last = pieces(stretch)
    *others_alone, last_alone = pieces(alone.parts[0])
    assert others == others_alone and replace(last, samples=last_alone.samples) == last_alone
    assert replace(stretch, pieces=pieces(alone.parts[0])) == alone.parts[0], "its fades lie where they were"
    assert whole.samples == -(-rate.time_of(before + sum(lengths) + after) * SAMPLE_RATE_HZ // 1)


@pytest.mark.parametrize("before_s", [Fraction(1, 3), Fraction(5, 2), Fraction(1001, 777)])
def test_what_stands_before_may_be_of_any_length(before_s: Fraction) -> None:
    beside = sound((Card(("A",), before_s), BODY))
    assert beside.programmes[1] == sound((BODY,)).programmes[0]
    assert beside.samples == -(-((R24.frames_within(before_s + BODY.duration)) * 48000) // 24)
