"""Draw the pages of a run sheet into a PDF, with what it needs of our fonts in it; same input, same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline.plan.paper import A4_PT, Bar, CodeSquare, Letters, Mark, Page, Scribe, Still
from pipeline.plan.run_sheet import RunSheet
from pipeline.plan.sheet_pages import lay_out
from pipeline.shell.card_letters import FontPen
from pipeline.shell.sheet_pictures import SheetPicture
from pipeline.shell.typesetting import Typesetter

if TYPE_CHECKING:
    from fpdf import FPDF

# fpdf2 stands a line of no height so far above its baseline, in sizes of its letters.
_HANG: Final = 0.3
# A document says when it was made: the same of all, or the same sheet would never be the same file.
_MADE: Final = datetime(2000, 1, 1, tzinfo=UTC)


def sheet_pdf(sheet: RunSheet, pictures: Mapping[Path, SheetPicture], fonts: Path) -> bytes:
    """Return a run sheet as a PDF of A4 pages; `fonts` is the folder below which font files are made.

    Raises StoreError where the disk refuses, PlanError where this machine's Pillow cannot join or order letters.
    """
    scribe = Scribe(Typesetter(fonts, "regular"), Typesetter(fonts, "bold"))
    pages = lay_out(sheet, scribe, {path: picture.size for path, picture in pictures.items()})
    return draw_pages(pages, sheet, pictures, fonts)


def draw_pages(pages: Sequence[Page], sheet: RunSheet, pictures: Mapping[Path, SheetPicture], fonts: Path) -> bytes:
    """Return pages as a PDF."""
    from fpdf import FPDF

    pdf = FPDF(unit="pt", format=A4_PT)
    pdf.set_auto_page_break(False)
    # Else "{nb}" in a title would be replaced by the number of pages.
    pdf.alias_nb_pages("")
    pdf.c_margin = 0
    pdf.set_creation_date(_MADE)
    pdf.set_title(sheet.title)
    pdf.set_subject(sheet.words.run_sheet)
    pdf.set_creator("Matinee")
    pdf.set_lang(sheet.words.language)
    pdf.set_text_shaping(True)
    hand = _Hand(pdf, pictures, fonts)
    for page in pages:
        pdf.add_page()
        for mark in page.marks:
            hand.draw(mark)
    return bytes(pdf.output())


class _Hand:
    """Draws marks, with each font made known to the PDF once."""

    def __init__(self, pdf: FPDF, pictures: Mapping[Path, SheetPicture], fonts: Path) -> None:
        self._pdf = pdf
        self._pictures = pictures
        self._fonts = fonts
        self._known: dict[Path, str] = {}

    def draw(self, mark: Mark) -> None:
        """Draw a mark in its place."""
        if isinstance(mark, Letters):
            self._write(mark)
        elif isinstance(mark, Bar):
            self._pdf.rect(mark.left, mark.top, mark.width, mark.height, style="F")
        elif isinstance(mark, Still):
            picture = self._pictures[mark.path]
            self._pdf.image(picture.jpeg, mark.left, mark.top, mark.width, mark.height)
        else:
            self._draw_code(mark)

    def _write(self, letters: Letters) -> None:
        left = letters.left
        for run in FontPen(self._fonts, letters.language).runs(letters.text, letters.weight):
            self._pdf.set_font(self._family(run.font), size=letters.size)
            width = self._pdf.get_string_width(run.text)
            self._pdf.set_xy(left, letters.baseline - _HANG * letters.size)
            self._pdf.cell(width, 0, run.text)
            left += width

    def _family(self, font: Path) -> str:
        if font not in self._known:
            # By number: names of files are digests, which change with the version of a package.
            self._known[font] = f"font{len(self._known)}"
            self._pdf.add_font(self._known[font], fname=font)
        return self._known[font]

    def _draw_code(self, code: CodeSquare) -> None:
        for down, row in enumerate(code.rows):
            start = row.find("1")
            while start >= 0:
                end = (row + "0").find("0", start)
                left, top = code.left + start * code.module, code.top + down * code.module
                self._pdf.rect(left, top, (end - start) * code.module, code.module, style="F")
                start = row.find("1", end)
