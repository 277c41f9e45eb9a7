"""What a highlight's JSON says of a film whose rate changes: its own frames, and the time as film.toml reads it."""

from fractions import Fraction

from pipeline.edit import Edit, MasterSpan
from pipeline.plan.highlights import Highlight
from pipeline.plan.listing import frames_shown, highlight_document
from pipeline.plan.shots import Timeline
from pipeline.timebase import FrameRate, Span

DIGEST = "ab" * 32
RATE = FrameRate(Fraction(24))
# Two seconds of 24 pictures a second, then two of 12.
CHANGING = Timeline.of_times(
    RATE, tuple(Fraction(k, 24) if k < 48 else Fraction(2) + Fraction(k - 48, 12) for k in range(72))
)


def stretch(timeline: Timeline, span: Span) -> tuple[list[int], list[str]]:
    told = highlight_document(Highlight("h1", Edit("h1", (MasterSpan(DIGEST, span),)), 0.5, ()), {DIGEST: timeline})
    (part,) = told["parts"]
    return part["frames"], part["timecode"]


def test_frames_are_the_films_own_and_timecode_is_its_time() -> None:
    assert stretch(CHANGING, Span(Fraction(3), Fraction(7, 2))) == ([60, 66], ["00:00:03:00", "00:00:03:12"])


def test_at_a_constant_rate_both_count_the_same_frames() -> None:
    even = Timeline(RATE, 240)
    assert stretch(even, Span(Fraction(3), Fraction(7, 2))) == ([72, 84], ["00:00:03:00", "00:00:03:12"])
    assert stretch(even, Span(Fraction(9), Fraction(10))) == ([216, 240], ["00:00:09:00", "00:00:10:00"])


def test_a_picture_that_is_still_on_screen_counts() -> None:
    assert frames_shown(Span(Fraction(49, 24), Fraction(59, 24)), CHANGING) == (48, 54)
