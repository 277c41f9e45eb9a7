"""Pages of drops as HTML, with what they ask their server for, and whether a target has them as they should be."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline.errors import InputError, PublishError
from pipeline.plan.drop_pages import DropPage, Poster, page_publication
from pipeline.plan.origin import DIGITS_AT_END
from pipeline.plan.publication import Item, Publication
from pipeline.shell.package_walk import POSTER, read_manifest, read_poster, title_of
from pipeline.shell.player_files import PLAYERS, check_release
from pipeline.shell.publications import OnStage, Published, publish
from pipeline.shell.scratch import scratch_folder
from pipeline.shell.targets import Target

if TYPE_CHECKING:
    from jinja2 import Template

_SCRIPTS: Final = ("drop.js", "hls.min.js", "player.js")
_WIDEST: Final = (4, 1)
"""Of a poster: a wider one would leave no height for words over it."""
_LONGEST_SIDE_PX: Final = 8192


@dataclass(frozen=True)
class WrittenPage:
    """A page as it goes up, with all that it asks its server for."""

    publication: Publication
    files: Mapping[str, bytes]
    """By the sources of the publication's items."""

    @property
    def name(self) -> str:
        """Its name at the target."""
        return self.publication.entry.name

    def is_at(self, target: Target) -> bool:
        """Tell whether a target has this very page, with nothing missing as far as we know."""
        known = target.editions.find(self.name)
        if known is None or known.state != "open" or known.master != self.publication.entry.sha256:
            return False
        try:
            found = target.read(self.name)
        except (InputError, PublishError):
            return False  # `publish` says why, of this page alone.
        return found is not None and found.data == self.files[self.name]

    def publish(self, target: Target, on_stage: OnStage) -> Published:
        """Put it at a target, its scripts and poster first. Raises InputError or PublishError as `publish` does."""
        try:
            with scratch_folder() as folder:
                for name, data in self.files.items():
                    (folder / name).write_bytes(data)
                return publish(self.publication, Path(folder), target, on_stage)
        except OSError as error:
            raise PublishError(
                f"{self.name} cannot be made ready to be sent ({error.strerror}).",
                remedy="Check the free space and the permissions of the folder for temporary files; TMPDIR moves it.",
            ) from error


@dataclass(frozen=True)
class Cover:
    """What a package says of its film: how it is called, and the picture that stands for it."""

    title: str | None = None
    poster: Poster | None = None
    picture: bytes = b""


def read_cover(package: Path) -> Cover:
    """Return a package's title and poster, or what of both there is."""
    title, data = title_of(read_manifest(package)), read_poster(package)
    size = None if data is None else _size_of(data)
    if data is None or size is None or size[0] * _WIDEST[1] > size[1] * _WIDEST[0]:
        return Cover(title)
    return Cover(title, Poster(_named(POSTER, data), *size), data)


def write_page(page: DropPage, picture: bytes = b"") -> WrittenPage:
    """Return a page as it goes up; `picture` is its poster's. Raises PipelineError where hls.js is not as released."""
    files: dict[str, bytes] = {}
    furniture: list[Item] = []
    scripts: dict[str, str] = {}
    if page.state == "drop":
        for source, data in _scripts().items():
            scripts[source] = _named(source, data)
            files[source] = data
            furniture.append(_item(scripts[source], data, source))
    if page.poster is not None:
        files[POSTER] = picture
        furniture.append(_item(page.poster.name, picture, POSTER))
    text = _html(page, scripts).encode()
    files[page.name] = text
    html = Item(page.name, "page", len(text), hashlib.sha256(text).hexdigest(), page.name)
    return WrittenPage(page_publication(page, html, tuple(furniture)), files)


def _html(page: DropPage, scripts: Mapping[str, str]) -> str:
    from markupsafe import Markup

    style = (PLAYERS / "drop.css").read_text("utf-8")
    width, height = (page.poster.width_px, page.poster.height_px) if page.poster else (16, 9)
    style = f"{style}:root {{ --aspect: {width} / {height}; }}\n"
    words = asdict(page.words)
    windows = [[f"{one.opens:%Y-%m-%dT%H:%M:%SZ}", f"{one.closes:%Y-%m-%dT%H:%M:%SZ}"] for one in page.windows]
    return _template().render(
        page=page,
        words=page.words,
        words_told=json.dumps(words, ensure_ascii=False),
        windows=json.dumps(windows),
        scripts=scripts,
        style=Markup(style),  # noqa: S704 - a file of ours and two numbers
        policy=_policy(style),
    )


def _policy(style: str) -> str:
    """Return what a page may ask for: of its own server alone; its style by its digest.

    Media Source Extensions play from blobs, and hls.js begins its text tracks as empty `data:`.
    """
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    return (
        f"default-src 'none'; script-src 'self'; style-src 'sha256-{digest}'; img-src 'self' data:; "
        "media-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'"
    )


@cache
def _scripts() -> Mapping[str, bytes]:
    check_release()
    return {source: (PLAYERS / source).read_bytes() for source in _SCRIPTS}


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(PLAYERS), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("drop.html")


def _size_of(picture: bytes) -> tuple[int, int] | None:
    """Return width and height of a picture in pixels; None for what is none, or too large to be shown."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(picture), formats=("JPEG",)) as image:
            size = image.width, image.height
    except (OSError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    return size if min(size) > 0 and max(size) <= _LONGEST_SIDE_PX else None


def _item(name: str, data: bytes, source: str) -> Item:
    return Item(name, "shown", len(data), hashlib.sha256(data).hexdigest(), source)


def _named(source: str, data: bytes) -> str:
    """Return the name that a file has at a target, from its own and its bytes: hls-0123456789ab.js."""
    stem, suffix = Path(source).stem.partition(".")[0], Path(source).suffix
    return f"{stem}-{hashlib.sha256(data).hexdigest()[:DIGITS_AT_END]}{suffix}"
