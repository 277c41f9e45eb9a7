"""All verdicts that were ever given, the newest first, as rows for people and as CSV for their spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.review.documents import Document
from pipeline.review.packages import PackageShown
from pipeline.shell.ledger import VerdictEntry
from pipeline.spelling import spelled

COLUMNS: Final = ("at (UTC)", "verdict", "film", "clip", "platform", "region", "who", "note", "sha256")
# What spreadsheets take for a formula at the beginning of a cell (OWASP, "CSV Injection"), also behind what they skip.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Row:
    """One verdict, and what it was on where that is still known."""

    entry: VerdictEntry
    film: str
    clip: str
    counts: bool
    """Whether no later one on the same file, platform and region took its place."""


def history_of(
    entries: Sequence[VerdictEntry], documents: Iterable[Document], packages: Iterable[PackageShown] = ()
) -> tuple[Row, ...]:
    """Return a row for each verdict, the newest first; `entries` are all, in order."""
    names = {(one.digest, one.platform): (one.title, one.name) for one in packages}
    # Platforms of one shape may have the very same file.
    names |= {
        (clip.digest, clip.platform): (document.title, clip.name) for document in documents for clip in document.clips
    }
    newest = {(one.digest, one.platform, one.region): one.number for one in entries}
    return tuple(
        Row(
            one,
            *names.get((one.digest, one.platform), ("", "")),
            newest[one.digest, one.platform, one.region] == one.number,
        )
        for one in reversed(entries)
    )


def csv_of(rows: Iterable[Row]) -> bytes:
    """Return rows as CSV (RFC 4180) in UTF-8 with the mark by which spreadsheets know it; no cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        one = row.entry
        cells = (one.at, one.verdict, row.film, row.clip, one.platform, one.region, one.who, one.note, one.digest)
        writer.writerow([_plain(cell) for cell in cells])
    return text.getvalue().encode("utf-8-sig", "replace")


def _plain(cell: str) -> str:
    """Return a cell's text, behind an apostrophe where a spreadsheet would take it for a formula."""
    shown = "\n".join(map(spelled, cell.splitlines()))
    return f"'{shown}" if shown.lstrip(" \u00a0\u200b\ufeff").startswith(_FORMULA) else shown
