"""A clip's captions are its masters' cues in the clip's frames: cut with the picture, in order, long enough to read."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.captions import Cue
from pipeline.edit import Card, Edit, Gap, MasterSpan, Part
from pipeline.plan.captions import (
    CaptionTrack,
    ClipCaptions,
    ClipCue,
    beside_cards,
    clip_cues_as_cues,
    plan_captions,
    shared_out,
)
from pipeline.styles import CaptionStyle
from pipeline.timebase import FrameRate, Span

RATE = FrameRate(Fraction(24))
STYLE = CaptionStyle()


def cue(start: float, end: float, *lines: str) -> Cue:
    return Cue(Fraction(str(start)), Fraction(str(end)), lines or ("Words",))


def track(*cues: Cue) -> CaptionTrack:
    return CaptionTrack(cues, "en", "film.srt", "digest")


def span(start: float, end: float, *, master: str = "m", captions: str | None = None) -> MasterSpan:
    return MasterSpan(master, Span(Fraction(str(start)), Fraction(str(end))), captions=captions)


def planned(
    parts: tuple[Part, ...], *cues: Cue, rate: FrameRate = RATE, style: CaptionStyle = STYLE, **more: Any
) -> ClipCaptions:
    return plan_captions(Edit("e", parts, **more), {("m", None): track(*cues)}, rate, style)


def told(captions: ClipCaptions) -> list[tuple[int, int, str]]:
    return [(one.first_frame, one.end_frame, " / ".join(one.lines)) for one in captions.cues]


def test_cues_of_several_stretches_are_told_in_the_clips_own_frames() -> None:
    parts = (span(10, 12), Card(("Title",), Fraction(1)), span(60, 63))
    found = planned(parts, cue(10.5, 11.5, "One"), cue(30, 31, "Not here"), cue(61, 62.5, "Two"))
    assert told(found) == [(12, 36, "One"), (96, 132, "Two")]
    assert clip_cues_as_cues(found.cues, RATE)[1] == Cue(Fraction(4), Fraction(11, 2), ("Two",))


def test_frames_are_the_nearest_ones_at_any_rate() -> None:
    film = FrameRate(Fraction(24000, 1001))
    found = planned((span(0, 10),), cue(1.001, 2.002), rate=film)
    assert told(found) == [(24, 48, "Words")]


def test_a_cue_ends_with_the_stretch_that_it_was_cut_from() -> None:
    found = planned((span(0, 2), span(20, 22)), cue(1, 3, "One"), cue(19.4, 21.4, "Two"))
    assert told(found) == [(24, 48, "One"), (48, 82, "Two")]


def test_what_a_cut_leaves_is_dropped_where_it_is_too_short_to_read_and_that_is_told() -> None:
    found = planned((span(0, 2), span(10, 11)), cue(1.5, 5, "Too long to be read in half a second"), cue(9, 10.1, "No"))
    assert told(found) == [] and found.notes == (
        "2 captions cut off by the edges of a cut, too short to read, left out.",
    )


def test_short_words_may_be_left_of_a_long_cue() -> None:
    assert told(planned((span(0, 2),), cue(1, 5, "Go!"))) == [(24, 48, "Go!")]


def test_a_cue_over_a_gap_that_was_cut_out_is_shown_once() -> None:
    found = planned((span(0, 2), span(2.5, 5)), cue(1.5, 3.25, "One"), cue(4, 5, "Two"))
    assert told(found) == [(36, 66, "One"), (84, 108, "Two")]


def test_a_cue_longer_than_the_clip_is_shown_all_through_it() -> None:
    found = planned((span(100, 145),), cue(0, 600, "Song"))
    assert told(found) == [(0, 1080, "Song")]
    assert found.notes == ("1 caption shown for more than 7 s, the first at 0:00.",)


def test_a_short_cue_stays_until_it_can_be_read_or_the_next_one_comes() -> None:
    found = planned((span(0, 10),), cue(1, 1.2, "Hi"), cue(2, 2.1, "Ho"), cue(2.4, 3.4, "He"), cue(9.8, 9.9, "Ha"))
    assert told(found) == [(24, 44, "Hi"), (48, 58, "Ho"), (58, 82, "He"), (235, 240, "Ha")]


def test_gaps_too_short_to_be_seen_are_closed() -> None:
    found = planned((span(0, 10),), cue(1, 2, "One"), cue(2.1, 3, "Two"), cue(3.5, 4.5, "Three"))
    assert told(found) == [(24, 50, "One"), (50, 72, "Two"), (84, 108, "Three")]


def test_of_two_cues_at_once_the_earlier_gives_way_or_both_are_shown() -> None:
    found = planned((span(0, 10),), cue(1, 3, "One"), cue(2.5, 5, "Two"), cue(5, 8, "Three"), cue(5.5, 7, "Four"))
    assert told(found) == [(24, 60, "One"), (60, 120, "Two"), (120, 192, "Three / Four")]


def test_captions_follow_what_is_heard() -> None:
    bed = (Gap(Fraction(1)), span(50, 53))
    found = planned((span(0, 4),), cue(0, 4, "Seen, not heard"), cue(50, 52, "Heard"), bed=bed)
    assert told(found) == [(24, 72, "Heard")]


def test_nothing_is_drawn_over_a_card_and_that_is_told() -> None:
    card = Card(("In cinemas",), Fraction(2))
    edit = Edit("carded", (card, span(0, 4), card))
    rate = FrameRate.parse("24")
    cues = [ClipCue(*frames, (word,), None) for word, *frames in (
        ("over the first", 10, 40), ("from it into the film", 30, 90), ("film", 92, 98), ("into the last", 130, 160),
        ("a word before it", 140, 200),
    )]  # fmt: skip
    drawn, notes = beside_cards(cues, edit, rate, STYLE)
    assert [(one.first_frame, one.end_frame, one.lines[0]) for one in drawn] == [
        (48, 90, "from it into the film"), (92, 98, "film"),
    ]  # fmt: skip
    assert notes == ("3 captions over a card, not drawn there; the SRT file has them.",)
    assert beside_cards(cues, Edit("bare", (span(0, 10),)), rate, STYLE) == (tuple(cues), ())


def test_a_span_may_name_captions_of_its_own() -> None:
    tracks = {("m", None): track(cue(0, 2, "Usual")), ("m", "other.srt"): track(cue(0, 2, "Other"))}
    edit = Edit("e", (span(0, 2, captions="other.srt"), span(0, 2), span(0, 2, master="n")))
    assert told(plan_captions(edit, tracks, RATE, STYLE)) == [(0, 48, "Other"), (48, 96, "Usual")]


def test_text_of_more_than_two_lines_is_shown_in_several_goes_by_what_there_is_to_read() -> None:
    style = CaptionStyle(line_letters_max=20)
    found = planned((span(0, 10),), cue(0, 6, "One two three four five six. Seven eight nine ten eleven."), style=style)
    assert told(found) == [(0, 72, "One two three / four five six."), (72, 144, "Seven eight / nine ten eleven.")]


def test_captions_that_are_read_too_fast_are_told_with_the_fastest() -> None:
    found = planned((span(0, 10),), cue(1, 2, "Far more words than anybody reads"), cue(3, 4, "A bit too much to read"))
    (note,) = found.notes
    assert note.startswith("2 captions to be read faster than 20 letters a second, the fastest at 0:01: ")
    assert note.endswith("“Far more words than anybody reads” (33).")


def test_a_cue_of_few_frames_shows_what_it_has_frames_for() -> None:
    short = ClipCue(5, 6, ("one two",), None)
    assert shared_out(short, (("one",), ("two",))) == (ClipCue(5, 6, ("two",), None),)


times = st.fractions(min_value=0, max_value=30, max_denominator=1000)
cues = st.lists(st.builds(lambda a, b, n: Cue(min(a, b), max(a, b) + Fraction(1, 1000), (f"word {n}",)), times, times,
                          st.integers(0, 99)), max_size=12)  # fmt: skip
spans = st.lists(st.builds(lambda a, b: MasterSpan("m", Span(min(a, b), max(a, b) + Fraction(1, 10))), times, times),
                 min_size=1, max_size=4)  # fmt: skip
rates = st.sampled_from([Fraction(24), Fraction(24000, 1001), Fraction(25), Fraction(60000, 1001)]).map(FrameRate)


@settings(max_examples=40, deadline=None)
@given(cues, spans, rates)
def test_captions_are_in_order_inside_the_clip_and_never_two_at_once(
    found: list[Cue], parts: list[MasterSpan], rate: FrameRate
) -> None:
    edit = Edit("e", tuple(parts))
    ordered = tuple(sorted(found, key=lambda one: one.start))
    clip = plan_captions(edit, {("m", None): track(*ordered)}, rate, STYLE).cues
    frames = rate.frames_within(edit.duration)
    ends = [0, *(one.end_frame for one in clip)]
    assert all(end <= one.first_frame < one.end_frame <= frames for end, one in zip(ends, clip, strict=False))


@settings(max_examples=40, deadline=None)
@given(cues)
def test_every_word_of_a_film_that_is_shown_whole_is_shown(found: list[Cue]) -> None:
    ordered = tuple(sorted(found, key=lambda one: one.start))
    clip = plan_captions(Edit("e", (span(0, 40),)), {("m", None): track(*ordered)}, RATE, STYLE).cues
    shown = {word for one in clip for line in one.lines for word in line.split()}
    long_enough = [one for one in found if one.end - one.start >= Fraction(1, 4)]
    assert {word for one in long_enough for line in one.lines for word in line.split()} <= shown
