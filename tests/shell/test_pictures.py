import io
from fractions import Fraction

import pytest
from PIL import Image

from pipeline.edit import Edit, MasterSpan
from pipeline.plan.highlights import Highlight, HighlightChoice
from pipeline.plan.shots import Curve, FilmAnalysis, Timeline, Transition
from pipeline.shell.pictures import contact_sheet
from pipeline.shell.plot import score_plot
from pipeline.shell.thumbnails import Thumbnail
from pipeline.timebase import FrameRate, Span
from tests.films import analysis_of, sound_features

RATE = FrameRate(Fraction(24))
INTEREST = Curve.of(Fraction(1, 2), (0.2, 0.9, 0.4))
ORANGE, BLUE = (230, 159, 0), (86, 180, 233)


def film(shots: int) -> FilmAnalysis:
    transitions = tuple(Transition("cut", 48 * k, 48 * k) for k in range(1, shots))
    return analysis_of(
        Timeline(RATE, 48 * shots),
        transitions,
        sound=sound_features(2 * shots, loudness=lambda time: -20.0 - 10 * time % 9),
        subject_motion=lambda time: 2 * time % 7,
        brightness=lambda time: 2 * time % 90,
    )


def thumbnails(count: int, *, size: tuple[int, int] = (256, 144)) -> tuple[Thumbnail, ...]:
    buffer = io.BytesIO()
    Image.new("RGB", size, (90, 90, 90)).save(buffer, "JPEG")
    return tuple(Thumbnail(48 * k + 24, buffer.getvalue()) for k in range(count))


def highlight(name: str, *spans: tuple[int, int]) -> Highlight:
    parts = tuple(MasterSpan("ab" * 32, Span(Fraction(start), Fraction(end))) for start, end in spans)
    hook, peak = (Span(start, start + 1) for start in (parts[0].span.start, parts[-1].span.start))
    return Highlight(name, Edit(name, parts), 0.5, ("because",), hook=hook, peak=peak)


HIGHLIGHTS = (highlight("h1", (10, 16)), highlight("h2", (2, 4), (30, 33)))
CHOICE = HighlightChoice(HIGHLIGHTS, (), (Span(Fraction(35), Fraction(40)),), INTEREST)


def image_of(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def pixels_near(image: Image.Image, colour: tuple[int, int, int]) -> int:
    return sum(
        count
        for count, found in image.getcolors(1 << 24) or ()
        if isinstance(found, tuple) and max(abs(a - b) for a, b in zip(found, colour, strict=True)) < 12
    )


def test_the_sheet_marks_the_shots_of_each_highlight_in_its_colour() -> None:
    marked = image_of(contact_sheet(film(20), thumbnails(20), HIGHLIGHTS, title="A film"))
    plain = image_of(contact_sheet(film(20), thumbnails(20), (), title="A film"))
    for colour in (ORANGE, BLUE):
        assert pixels_near(marked, colour) > 5000
        assert pixels_near(plain, colour) == 0


@pytest.mark.parametrize("shots", [1, 2, 20, 134, 300, 2000])
def test_the_sheet_is_bounded_for_any_number_of_shots(shots: int) -> None:
    sheet = image_of(contact_sheet(film(shots), thumbnails(shots), HIGHLIGHTS, title="A film"))
    assert sheet.width == 1920
    assert sheet.height <= 3000


@pytest.mark.parametrize("size", [(144, 256), (256, 106), (256, 256)])
def test_the_sheet_is_bounded_for_any_shape(size: tuple[int, int]) -> None:
    sheet = image_of(contact_sheet(film(120), thumbnails(120, size=size), HIGHLIGHTS, title="A film"))
    assert (sheet.width, sheet.height <= 3000) == (1920, True)


def test_any_title_can_be_drawn() -> None:
    title = "Café\n$x_1$ <b>🎬 " + "very long " * 40
    assert contact_sheet(film(3), thumbnails(3), (), title=title)
    assert score_plot(film(3), HighlightChoice((), ()), title=title)


def test_the_plot_shades_highlights_in_their_colours() -> None:
    plot = image_of(score_plot(film(20), CHOICE, title="A film"))
    assert plot.size == (1920, 1080)
    assert pixels_near(plot, ORANGE) > 50
    assert pixels_near(plot, BLUE) > 50


def test_equal_values_give_equal_bytes() -> None:
    sheets = {contact_sheet(film(20), thumbnails(20), HIGHLIGHTS, title="A film") for _ in range(2)}
    plots = {score_plot(film(20), CHOICE, title="A film") for _ in range(2)}
    assert len(sheets) == len(plots) == 1
