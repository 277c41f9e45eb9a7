"""Put what a venue reads and opens into a folder: run sheet, calendar file, list of films, editors' timeline."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from pipeline.argv import recipe_key
from pipeline.edit import Edit
from pipeline.evening import EveningEntry
from pipeline.placement import Source
from pipeline.plan.evening import Evening, plan_evening
from pipeline.plan.film_flags import film_flags
from pipeline.plan.run_sheet import RunSheet, plan_run_sheet
from pipeline.plan.running_order import RunningOrder
from pipeline.shell.documents import keep_document
from pipeline.shell.home import Home
from pipeline.shell.ledger import Ledger
from pipeline.shell.publish import alone_in, publish, withdraw_others
from pipeline.shell.sheet_pictures import SheetPicture, read_posters
from pipeline.shell.store import Artifact, Store
from pipeline.timebase import FrameRate

RUN_SHEET_PDF: Final = "run-sheet.pdf"
RUN_SHEET_HTML: Final = "run-sheet.html"
CALENDAR: Final = "block.ics"
FILM_LIST: Final = "block.m3u8"
TIMELINE: Final = "block.otio"
_ANY: Final = re.compile("|".join(map(re.escape, (RUN_SHEET_PDF, RUN_SHEET_HTML, CALENDAR, FILM_LIST, TIMELINE))))
_VERSION: Final = "1"
"""Of how a run sheet is drawn; raised when the same words would look otherwise."""


@dataclass(frozen=True)
class SheetRequest:
    """What the sheets of one block are made from."""

    order: RunningOrder
    edit: Edit
    """What the block plays, as one edit."""
    sources: Mapping[str, Source]
    """Its masters as editing programs are told of them, by digest."""
    rate: FrameRate
    """The block's."""
    posters: Mapping[str, Path]
    """JPEG or PNG files by the digests of masters."""
    start: datetime | None = None
    """The aware time of its first picture; without it there is no calendar file, and times count from there."""
    venue: str = ""
    anchor_lufs: float | None = None
    """What its films are brought to."""
    evening: tuple[EveningEntry, ...] = ()
    language: str | None = None
    """Of the sheet's own words, a BCP 47 tag."""


@dataclass(frozen=True)
class PutSheets:
    """What was put where."""

    paths: tuple[Path, ...]
    kept: tuple[Path, ...]
    """Files of the user's that stood where one goes, under their new names."""
    notes: tuple[str, ...]
    """What the user should know: what overlaps in the evening, which poster cannot be read."""


def put_sheets(request: SheetRequest, folder: Path, home: Home) -> PutSheets:
    """Write a block's sheets into a folder, and remove those that an earlier run put there and there are none of now.

    Raises PlanError for an evening that cannot be laid out and for names that no list of films can hold, ProjectError
    for an edit whose masters are not known, StoreError and PublishError where the disk refuses.
    """
    order, start = request.order, request.start
    evening = plan_evening(request.evening, block_s=order.duration, start=start) if request.evening else None
    sheet = plan_run_sheet(
        order,
        start=start,
        venue=request.venue,
        anchor_lufs=request.anchor_lufs,
        evening=evening,
        posters=request.posters,
        language=request.language,
    )
    pictures, unread = read_posters(sheet.posters)
    store = Store(home.store)
    # All is made before anything is put down: what cannot be made leaves yesterday's sheets as they were.
    made = {
        RUN_SHEET_PDF: _drawn(sheet, pictures, home),
        **{
            name: keep_document(store, name, Path(name).suffix, text.encode("utf-8", "surrogateescape"))
            for name, text in _texts(request, sheet, pictures, evening, folder)
        },
    }
    ledger = Ledger(home.ledger)
    with alone_in(folder):
        withdraw_others(folder, frozenset(made), _ANY, ledger)
        aside = [publish(artifact, folder / name, ledger) for name, artifact in made.items()]
    notes = (*(() if evening is None else evening.notes), *unread)
    return PutSheets(tuple(folder / name for name in made), tuple(path for path in aside if path is not None), notes)


def _texts(
    request: SheetRequest,
    sheet: RunSheet,
    pictures: Mapping[Path, SheetPicture],
    evening: Evening | None,
    folder: Path,
) -> Iterator[tuple[str, str]]:
    """Yield the name and the content of each sheet that is text."""
    from pipeline.interchange import otio_text
    from pipeline.plan.block_calendar import block_calendar
    from pipeline.plan.film_list import film_list
    from pipeline.shell.sheet_html import sheet_html

    order, start, language = request.order, request.start, request.language
    yield RUN_SHEET_HTML, sheet_html(sheet, pictures)
    if start is not None:
        told = block_calendar(order, start=start, venue=request.venue, evening=evening, language=language)
        yield CALENDAR, told
    yield FILM_LIST, film_list(order, folder.absolute())
    flags = film_flags(order, start)
    yield TIMELINE, otio_text(request.edit, request.sources, rate=request.rate, flags=flags)


def _drawn(sheet: RunSheet, pictures: Mapping[Path, SheetPicture], home: Home) -> Artifact:
    """Return the PDF of a run sheet, drawn again only where it would be another: large fonts take seconds."""
    from pipeline.shell.card_letters import describe_letters

    shown = {str(path): hashlib.sha256(one.jpeg).hexdigest() for path, one in pictures.items()}
    tools = ", ".join(f"{name} {version(name)}" for name in ("fpdf2", "uharfbuzz", "fonttools", "pillow", "segno"))
    described = json.dumps([asdict(sheet), shown], default=str)

    def produce(path: Path) -> dict[str, Any]:
        from pipeline.shell.sheet_pdf import sheet_pdf

        path.write_bytes(sheet_pdf(sheet, pictures, home.fonts))
        return {"made_by": "run-sheet", "inputs": []}

    key = recipe_key("run-sheet", f"{_VERSION}, {tools}, {describe_letters()}", (described,))
    return Store(home.store).make(key, ".pdf", produce)[0]
