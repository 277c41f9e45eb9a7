"""Draw a film's contact sheet: a thumbnail of each shot, with the highlights marked in their colours.

A function of values: the same analysis, thumbnails and highlights give the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline.plan.highlights import Highlight
from pipeline.plan.shots import FilmAnalysis, Shot
from pipeline.shell.palette import FAINT, GROUND, INK, MOST_EXPLAINED, colour_of, spans_of
from pipeline.shell.thumbnails import Thumbnail
from pipeline.timebase import Span, clock, timecode

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont


_SHEET_WIDTH: Final = 1920
_MARGIN: Final = 40
_GAP: Final = 10
_LIST_TOP: Final = 94
_LINE: Final = 30
_MOST_CELLS: Final = 360
_JPEG_QUALITY: Final = 90


def contact_sheet(
    analysis: FilmAnalysis, thumbnails: Sequence[Thumbnail], highlights: Sequence[Highlight], *, title: str
) -> bytes:
    """Return a JPEG with a thumbnail of each shot, those of highlights framed in their colour.

    The sheet is 1920 pixels wide. A film of more than 360 shots shows every second, third … one, and says so.
    """
    from PIL import Image, ImageDraw

    every = -(-len(analysis.shots) // _MOST_CELLS) or 1
    cells = list(zip(range(len(analysis.shots)), analysis.shots, thumbnails, strict=True))[::every]
    top = _LIST_TOP + _LINE * min(len(highlights), MOST_EXPLAINED + 1) + _MARGIN // 2
    grid = _Grid.for_cells(len(cells), Image.open(io.BytesIO(thumbnails[0].jpeg)).size, top=top)
    fonts = _Fonts.load(label_px=grid.label_px)
    sheet = Image.new("RGB", (_SHEET_WIDTH, grid.height), GROUND)
    draw = ImageDraw.Draw(sheet)
    _draw_heading(draw, fonts, analysis, highlights, title=title, every=every)
    # The last shot has the longest numbers: the wording that fits there is used for all.
    last = _labels(len(analysis.shots) - 1, analysis.shots[-1], analysis)
    fitting = [k for k, text in enumerate(last) if fonts.small.getlength(text) <= grid.cell_width]
    wording = fitting[0] if fitting else len(last) - 1
    for place, (number, shot, thumbnail) in enumerate(cells):
        marks = [k for k, highlight in enumerate(highlights) if _shows(highlight, analysis.timeline.span_of(shot))]
        label = _labels(number, shot, analysis)[wording]
        span = analysis.timeline.span_of(shot)
        _draw_cell(sheet, draw, fonts, grid, grid.corner(place), thumbnail, label, marks, highlights, span)
    buffer = io.BytesIO()
    sheet.save(buffer, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    return buffer.getvalue()


@dataclass(frozen=True)
class _Grid:
    """Where the cells of a contact sheet are, in pixels."""

    columns: int
    rows: int
    cell_width: int
    picture_height: int
    label_px: int
    top: int

    @classmethod
    def for_cells(cls, count: int, picture_size: tuple[int, int], *, top: int) -> _Grid:
        """Return a grid about as high as it is wide, its cells never smaller than a face can be told in."""
        aspect = picture_size[0] / picture_size[1]
        # Cells of one aspect fill a square best with sqrt(count / aspect) columns.
        wished = (count / aspect) ** 0.5 * 1.15
        columns = min(max(5 if aspect > 1 else 8, round(wished)), 16 if aspect > 1 else 24)
        width = (_SHEET_WIDTH - 2 * _MARGIN - (columns - 1) * _GAP) // columns
        label = 15 if width >= 150 else 12
        return cls(columns, -(-count // columns), width, round(width / aspect), label, top)

    @property
    def row_height(self) -> int:
        return self.picture_height + self.label_px + 8 + _GAP

    @property
    def height(self) -> int:
        return self.top + self.rows * self.row_height + _MARGIN - _GAP

    def corner(self, place: int) -> tuple[int, int]:
        row, column = divmod(place, self.columns)
        return _MARGIN + column * (self.cell_width + _GAP), self.top + row * self.row_height


@dataclass(frozen=True)
class _Fonts:
    """DejaVu as matplotlib ships it: the same letters on every machine."""

    title: FreeTypeFont
    text: FreeTypeFont
    small: FreeTypeFont
    tag: FreeTypeFont

    @classmethod
    def load(cls, *, label_px: int) -> _Fonts:
        import matplotlib
        from PIL import ImageFont

        folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
        plain, bold = str(folder / "DejaVuSans.ttf"), str(folder / "DejaVuSans-Bold.ttf")
        return cls(
            ImageFont.truetype(bold, 34),
            ImageFont.truetype(plain, 20),
            ImageFont.truetype(plain, label_px),
            ImageFont.truetype(bold, label_px + 2),
        )


def _draw_heading(
    draw: ImageDraw,
    fonts: _Fonts,
    analysis: FilmAnalysis,
    highlights: Sequence[Highlight],
    *,
    title: str,
    every: int,
) -> None:
    draw.text((_MARGIN, 32), _fitted(title, fonts.title, most_px=1200), font=fonts.title, fill=INK)
    timeline = analysis.timeline
    facts = f"{len(analysis.shots)} shots  ·  {clock(timeline.duration)}  ·  {float(timeline.rate.fps):.3f}".rstrip("0")
    facts = facts.rstrip(".") + " frames per second" + (f"  ·  one shot in {every} shown" if every > 1 else "")
    draw.text((_SHEET_WIDTH - _MARGIN, 42), facts, font=fonts.text, fill=FAINT, anchor="ra")
    for number, highlight in enumerate(highlights[:MOST_EXPLAINED]):
        _draw_reasons(draw, fonts, highlight, colour_of(number), _LIST_TOP + _LINE * number)
    if len(highlights) > MOST_EXPLAINED:
        more = f"and {len(highlights) - MOST_EXPLAINED} more"
        draw.text((_MARGIN + 30, _LIST_TOP + _LINE * MOST_EXPLAINED), more, font=fonts.text, fill=FAINT)


def _draw_reasons(draw: ImageDraw, fonts: _Fonts, highlight: Highlight, colour: str, y: int) -> None:
    """Write a line: a highlight's name, where it is in the film, and why it was chosen."""
    draw.rounded_rectangle((_MARGIN, y + 4, _MARGIN + 20, y + 24), 4, fill=colour)
    x = _MARGIN + 30
    for text, fill in ((highlight.id, INK), (_when(highlight), INK), ("; ".join(highlight.reasons), FAINT)):
        draw.text((x, y + 2), _fitted(text, fonts.text, most_px=_SHEET_WIDTH - _MARGIN - x), font=fonts.text, fill=fill)
        x += round(fonts.text.getlength(text)) + 20


def _draw_cell(
    sheet: Image,
    draw: ImageDraw,
    fonts: _Fonts,
    grid: _Grid,
    corner: tuple[int, int],
    thumbnail: Thumbnail,
    label: str,
    marks: Sequence[int],
    highlights: Sequence[Highlight],
    span: Span,
) -> None:
    from PIL import Image

    x, y = corner
    width, height = grid.cell_width, grid.picture_height
    with Image.open(io.BytesIO(thumbnail.jpeg)) as small:
        picture = small.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    sheet.paste(picture, corner)
    colour = colour_of(marks[0]) if marks else FAINT
    draw.text((x, y + height + 6), label, font=fonts.small, fill=colour)
    if not marks:
        return
    draw.rectangle((x - 4, y - 4, x + width + 3, y + height + 3), outline=colour, width=4)
    for place, mark in enumerate(marks):
        name = _tag(highlights[mark], span)
        tag_width, tag_height = round(fonts.tag.getlength(name)) + 12, grid.label_px + 10
        left = x + place * (tag_width + 2)
        draw.rectangle((left, y, left + tag_width, y + tag_height), fill=colour_of(mark))
        draw.text((left + 6, y + tag_height / 2), name, font=fonts.tag, fill=GROUND, anchor="lm")


def _tag(highlight: Highlight, span: Span) -> str:
    """Return a highlight's name, with what of it a shot holds: where it opens, peaks and ends."""
    shown = spans_of(highlight)
    held = [
        word
        for word, time in (
            ("in", shown[0].start),
            ("peak", None if highlight.peak is None else highlight.peak.start + highlight.peak.duration / 2),
        )
        if time is not None and span.start <= time < span.end
    ]
    held += ["out"] if span.start < shown[-1].end <= span.end else []
    return " ".join((highlight.id, *held))


def _labels(number: int, shot: Shot, analysis: FilmAnalysis) -> tuple[str, ...]:
    """Return what may stand below a thumbnail, from the longest wording to the shortest."""
    rate = analysis.timeline.rate
    at = analysis.timeline.time_of(shot.start_frame)
    code = timecode(rate.nearest_frame(at), rate)
    return f"{number + 1}   {code}   f{shot.start_frame}", f"{number + 1}   {code}", code, clock(at)


def _fitted(text: str, font: FreeTypeFont, *, most_px: int) -> str:
    text = " ".join(text.split())
    while font.getlength(text) > most_px:
        text = text.rstrip("…")[:-1] + "…"
    return text


def _shows(highlight: Highlight, span: Span) -> bool:
    return any(span.overlap(shown) > 0 for shown in spans_of(highlight))


def _when(highlight: Highlight) -> str:
    spans = spans_of(highlight)
    if len(spans) == 1:
        return f"{clock(spans[0].start)}–{clock(spans[0].end)}"
    return f"{len(spans)} pieces, {clock(highlight.edit.duration)}"
