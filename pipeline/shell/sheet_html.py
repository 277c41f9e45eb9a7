"""Write a run sheet as one HTML page that asks for nothing else: pictures and codes lie in it, and no script does."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline.plan.run_sheet import RunSheet
from pipeline.shell.sheet_pictures import SheetPicture

if TYPE_CHECKING:
    from jinja2 import Template

SHEETS: Final = Path(__file__).absolute().parents[1] / "sheets"
"""Where its template and its style lie."""


@dataclass(frozen=True)
class _Picture:
    source: str
    width: int
    height: int


def sheet_html(sheet: RunSheet, pictures: Mapping[Path, SheetPicture]) -> str:
    """Return the text of a run sheet's page, to be read on a phone and printed on A4."""
    from markupsafe import Markup

    style = (SHEETS / "run-sheet.css").read_text("utf-8")
    links = dict.fromkeys(row.link for row in sheet.rows if row.link)
    return _template().render(
        sheet=sheet,
        words=sheet.words,
        pictures={path: _Picture(_data("image/jpeg", one.jpeg), *one.size) for path, one in pictures.items()},
        codes={link: _code(link) for link in links},
        style=Markup(style),  # noqa: S704 - a file of ours
        policy=_policy(style),
    )


def _policy(style: str) -> str:
    """Return what the page may ask for: what lies in it, and its style by its digest."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


@cache
def _code(link: str) -> str:
    import segno

    written = io.BytesIO()
    # With its quiet zone, and many pixels a module: browsers that blur pictures as they print them blur less.
    segno.make_qr(link, error="m", mode="byte").save(written, kind="png", scale=8, border=4)
    return _data("image/png", written.getvalue())


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(SHEETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("run-sheet.html")
