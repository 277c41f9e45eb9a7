"""The fonts that text is drawn with: which draws which characters, and files of them that libass and Pillow read alike.

They come from packages, so every machine draws the same. libass finds a font by its family's name, among those of the
machine as well, and takes a variable font as it comes; so each is cut to one weight and given a name of our own.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

from pipeline.errors import StoreError
from pipeline.languages import same_language
from pipeline.plan.setting import ASCENT_EMS, Weight
from pipeline.shell.digests import sha256_of

FACES: Final = "faces"
"""The folder, below that of all fonts, of the files of single faces."""
_VERSION: Final = "1"
"""Of how files are made; raised when the same font would come out otherwise."""
_WEIGHTS: Final = {"regular": 400, "bold": 700}


@dataclass(frozen=True)
class Family:
    """A design for some scripts, and where its files are: in a package, below its folder."""

    name: str
    package: str
    files: tuple[str, str]
    """Of the regular weight and of the bold one; the same where it is variable."""
    variant: str | None = None
    """OpenType's tag of the language whose forms are taken, where the file has several."""
    use: Literal["words", "rest"] = "words"
    """For whole lines, or for what no other has."""


@dataclass(frozen=True)
class Face:
    """A family in one weight."""

    family: Family
    weight: Weight

    @property
    def name(self) -> str:
        """By which libass finds it; no other font is called so."""
        return f"Matinee {self.family.name}"


@dataclass(frozen=True)
class FontsFolder:
    """A folder of font files for libass's fontsdir, and the digest of what is in it."""

    path: Path
    digest: str


def _noto(script: str, package: str) -> Family:
    path = f"fonts/ofl/notosans{script.lower()}/NotoSans{script}[wdth,wght].ttf"
    return Family(f"Noto Sans {script}", f"justmytype_intl_{package}", (path, path))


def _cjk(name: str, variant: str | None) -> Family:
    package = "noto_cjk_sans_jp"
    files = tuple(f"../{package}_{weight.lower()}/NotoSansCJKjp-{weight}.otf" for weight in ("Regular", "Bold"))
    return Family(f"Noto Sans CJK {name}", f"{package}_regular", (files[0], files[1]), variant, "rest")


_OPEN_SANS: Final = "files/OpenSans[wdth,wght].ttf"
# In the order in which they are asked: Latin, Greek, Cyrillic and Hebrew, then what has one script and Latin to go with
# it. DejaVu, which comes with matplotlib, has a little of many scripts, and the notes that stand around songs.
_FIRST: Final = (
    Family("Open Sans", "fontpkg_open_sans", (_OPEN_SANS, _OPEN_SANS)),
    *(_noto(script, "rtl") for script in ("Arabic", "Hebrew")),
    *(_noto(script, "south_asia") for script in ("Devanagari", "Bengali", "Tamil", "Telugu")),
    *(_noto(script, "sea") for script in ("Thai", "Lao", "Khmer", "Myanmar")),
)
_DEJAVU: Final = "mpl-data/fonts/ttf/DejaVuSans{}.ttf"
_LAST: Final = Family("DejaVu Sans", "matplotlib", (_DEJAVU.format(""), _DEJAVU.format("-Bold")), use="rest")
_JAPANESE: Final = _cjk("JP", None)
# One character is drawn otherwise in Japan, Korea, China and Taiwan; the tags are OpenType's.
_KOREAN, _SIMPLIFIED, _TRADITIONAL, _HONG_KONG = (
    _cjk(name, tag) for name, tag in (("KR", "KOR "), ("SC", "ZHS "), ("TC", "ZHT "), ("HK", "ZHH "))
)


_OWN_FORMS: Final = (None, "ko", "zh", "zh-TW", "zh-HK")
"""A language for each order of faces; together they ask every face."""


def faces_for(language: str | None, weight: Weight) -> tuple[Face, ...]:
    """Return the faces for a language (a BCP 47 tag), in the order in which they are asked for a character."""
    eastern = _east_asian(language)
    is_eastern = any(same_language(tag, language) for tag in ("ja", "ko", "zh"))
    families = (eastern, *_FIRST, _LAST) if is_eastern else (*_FIRST, _LAST, eastern)
    return tuple(Face(family, weight) for family in families)


@functools.cache
def font_packages() -> tuple[str, ...]:
    """Return the packages that fonts come from; what a package of one version holds does not change."""
    named = (face.family.package for language in _OWN_FORMS for face in faces_for(language, "regular"))
    return tuple(dict.fromkeys(named))


def known_files() -> frozenset[str]:
    """Return the names of all files that `font_file` makes of the packages as they are installed now."""
    return frozenset(map(_file_name, _every_face()))


def faces_of_files(names: Iterable[str]) -> tuple[Face, ...]:
    """Return the faces whose files have some names; a name that no package here gives has none."""
    by_name = {_file_name(face): face for face in _every_face()}
    return tuple(by_name[name] for name in names if name in by_name)


def _every_face() -> Iterator[Face]:
    weights: tuple[Weight, ...] = ("regular", "bold")
    for weight in weights:
        for language in _OWN_FORMS:
            yield from faces_for(language, weight)


@functools.cache
def characters(face: Face) -> frozenset[int]:
    """Return the code points that a face draws."""
    from fontTools.ttLib import TTFont

    with TTFont(_source(face), lazy=True) as font:
        return frozenset(font.getBestCmap() or {})


def font_file(face: Face, root: Path) -> Path:
    """Return a face's file, made below `root` where it is not there yet. Raises StoreError where the disk refuses."""
    path = root / FACES / _file_name(face)
    if not path.exists():
        with reporting_disk_trouble(root):
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_name(f".{uuid.uuid4().hex}")
            try:
                _make(face, fresh)
                fresh.replace(path)
            finally:
                fresh.unlink(missing_ok=True)
    return path


def fonts_folder(faces: Iterable[Face], root: Path) -> FontsFolder:
    """Return a folder below `root` that holds the files of some faces and nothing else, made at once.

    libass reads every file of its folder into memory, so a folder has only what one script needs. Raises StoreError
    where the disk refuses.
    """
    files = sorted({font_file(face, root) for face in faces})
    digest = hashlib.sha256("\n".join(file.name for file in files).encode()).hexdigest()
    folder = root / digest
    if not folder.is_dir():
        with reporting_disk_trouble(root):
            _fill(folder, files)
    return FontsFolder(folder, digest)


def _fill(folder: Path, files: Sequence[Path]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = folder.with_name(f".{uuid.uuid4().hex}")
    fresh.mkdir()
    try:
        for file in files:
            try:
                os.link(file, fresh / file.name)
            except OSError:  # not every file system has links
                shutil.copyfile(file, fresh / file.name)
        fresh.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another run was first
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


@contextlib.contextmanager
def reporting_disk_trouble(root: Path) -> Iterator[None]:
    """Turn what the disk refuses below the folder of fonts into a StoreError."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"Fonts cannot be written to {root} ({error.strerror}).",
            remedy="Free some space, check the folder's permissions, or name another MATINEE_HOME.",
            path=str(root),
        ) from error


def _east_asian(language: str | None) -> Family:
    if same_language("ko", language):
        return _KOREAN
    if not same_language("zh", language):
        return _JAPANESE
    parts = set((language or "").lower().replace("_", "-").split("-"))
    if parts & {"hk", "mo"}:
        return _HONG_KONG
    return _TRADITIONAL if parts & {"hant", "tw"} else _SIMPLIFIED


def _source(face: Face) -> Path:
    """Return the file that a package has, found without importing the package."""
    spec = importlib.util.find_spec(face.family.package)
    assert spec is not None and spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / face.family.files[face.weight == "bold"]


def _file_name(face: Face) -> str:
    return f"{_digest(face)}{_source(face).suffix}"


@functools.cache
def _digest(face: Face) -> str:
    """Return the digest of what a face's file follows from."""
    parts = (
        _VERSION,
        version("fonttools"),
        sha256_of(_source(face)),
        face.name,
        face.weight,
        face.family.variant or "",
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _make(face: Face, target: Path) -> None:
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    weight = _WEIGHTS[face.weight]
    cut: Any = instancer.instantiateVariableFont  # carries no types
    with TTFont(_source(face), lazy=True, recalcTimestamp=False) as font:
        if "fvar" in font:
            axes = {axis.axisTag: axis.defaultValue for axis in font["fvar"].axes}
            cut(font, {**axes, "wght": weight}, inplace=True)
        else:
            # Outlines stay as they are: measuring them all takes half a minute, and writing them anew a second.
            font.recalcBBoxes = False
            with TTFont(_source(face), lazy=True) as same:
                font.setGlyphOrder(same.getGlyphOrder())
        if face.family.variant is not None:
            _take_forms(font, face.family.variant)
        _name(font, face, weight)
        font.save(target, reorderTables=None)


def _take_forms(font: Any, tag: str) -> None:
    """Make the forms of a language the only ones, since libass tells shapers no more of it than two letters."""
    table = font["GSUB"].table
    records = table.FeatureList.FeatureRecord
    used = {
        index for script in table.ScriptList.ScriptRecord for system in script.Script.LangSysRecord
        if system.LangSysTag == tag for index in system.LangSys.FeatureIndex
    }  # fmt: skip
    lookups = sorted({
        number for index in used if records[index].FeatureTag == "locl"
        for number in records[index].Feature.LookupListIndex
    })  # fmt: skip
    forms: dict[str, str] = {}
    for number in lookups:
        for subtable in table.LookupList.Lookup[number].SubTable:
            forms |= getattr(getattr(subtable, "ExtSubTable", subtable), "mapping", {})
    for characters_of in font["cmap"].tables:
        if characters_of.isUnicode() and characters_of.format != 14:
            characters_of.cmap = {code: forms.get(glyph, glyph) for code, glyph in characters_of.cmap.items()}
    for record in records:
        if record.FeatureTag == "locl":
            record.Feature.LookupListIndex, record.Feature.LookupCount = [], 0


def _name(font: Any, face: Face, weight: int) -> None:
    """Give a font its name, its weight, and the heights that all fonts here share."""
    is_bold = face.weight == "bold"
    metrics, em = font["OS/2"], font["head"].unitsPerEm
    metrics.usWinAscent = round(em * ASCENT_EMS)
    metrics.usWinDescent = em - metrics.usWinAscent
    metrics.usWeightClass = weight
    # Italic, bold and regular, as the OpenType specification numbers the bits.
    metrics.fsSelection = metrics.fsSelection & ~0b1100001 | (0b100000 if is_bold else 0b1000000)
    font["head"].macStyle = int(is_bold)
    style = face.weight.capitalize()
    whole = f"{face.name} {style}"
    names: Sequence[tuple[int, str]] = ((1, face.name), (2, style), (3, whole), (4, whole), (6, whole.replace(" ", "")))
    table = font["name"]
    table.names = [record for record in table.names if record.nameID in (0, 13, 14)]  # whose it is, and its licence
    for number, text in names:
        table.setName(text, number, 3, 1, 0x409)  # for Windows, in Unicode, in English: what libass reads
