"""What lies under buttons is told once, ranked; what we draw there is an error, and what a style makes one."""

from __future__ import annotations

from fractions import Fraction

from pipeline.geometry import Box
from pipeline.plan.layout import ButtonZone
from pipeline.plan.onscreen import OnScreen
from pipeline.plan.overlaps import Drawn, find_overlaps
from pipeline.styles import LayoutStyle
from pipeline.timebase import Span

SIZE = (1080, 1920)
BOTTOM = ButtonZone(("TikTok",), Box(0, 1260, 1080, 660))
RAIL = ButtonZone(("TikTok",), Box(780, 840, 300, 1080))
WARN = LayoutStyle()


def seen(number: int, start: float, end: float, box: Box, kind: str = "face") -> OnScreen:
    return OnScreen(kind, number, Span(Fraction(start), Fraction(end)), box)  # type: ignore[arg-type]


def test_what_we_draw_must_not_touch_buttons_by_a_pixel() -> None:
    clear = Drawn("caption", Span(Fraction(0), Fraction(1)), Box(120, 1160, 660, 100))
    touching = Drawn("caption", Span(Fraction(1), Fraction(2)), Box(120, 1161, 660, 100))
    (found,) = find_overlaps((clear, touching), (), (BOTTOM, RAIL), size=SIZE, style=WARN)
    assert (found.severity, found.span.start, found.share) == ("error", 1, Fraction(1, 100))


def test_a_face_is_told_once_with_its_worst_moment_however_often_it_moves() -> None:
    places = (
        seen(0, 0, 1, Box(300, 400, 200, 200)),
        seen(0, 1, 2, Box(700, 900, 200, 200)),
        seen(0, 2, 3, Box(800, 1300, 200, 200)),
    )
    (found,) = find_overlaps((), places, (BOTTOM, RAIL), size=SIZE, style=WARN)
    assert (found.severity, found.what, found.share) == ("warning", "a face", 1)
    assert (found.at, found.box) == (Fraction(5, 2), places[2].box)
    assert found.span == Span(Fraction(1), Fraction(3))


def test_what_is_covered_a_little_or_for_a_moment_is_not_told() -> None:
    little = seen(0, 0, 5, Box(770, 900, 100, 100))
    hardly = seen(1, 0, 5, Box(600, 1161, 100, 100))
    moment = seen(2, 0, 0.4, Box(800, 1300, 200, 200))
    found = find_overlaps((), (little, hardly, moment), (BOTTOM, RAIL), size=SIZE, style=WARN)
    assert [one.box for one in found] == [little.box]


def test_errors_come_first_then_what_is_covered_longest_and_most() -> None:
    small = seen(0, 0, 1, Box(800, 1300, 50, 50))
    large = seen(1, 3, 4, Box(800, 1300, 200, 200))
    letters = seen(2, 5, 6, Box(800, 1300, 20, 20), "lettering")
    strict = LayoutStyle(lettering="error")
    found = find_overlaps((), (small, large, letters), (BOTTOM,), size=SIZE, style=strict)
    assert [(one.severity, one.box) for one in found] == [
        ("error", letters.box), ("warning", large.box), ("warning", small.box),
    ]  # fmt: skip
