"""Where presets lie and how they load; a file of the user's hides the shipped one of the same name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar, cast

from pipeline.errors import PresetError
from pipeline.presets.faults import find_faults
from pipeline.presets.schemas import (
    SCHEMAS,
    BlockPreset,
    HighlightsPreset,
    Kind,
    LadderPreset,
    PlatformPreset,
    Preset,
    RegionPreset,
    StylePreset,
)
from pipeline.roots import find_root
from pipeline.spelling import brief
from pipeline.tables import Problem, check_table, nearest_name, parse_table, read_text, show_value, with_tuples

DEFAULT_HIGHLIGHTS: Final = "moments"
DEFAULT_STYLE: Final = "house"
_HOME: Final = (
    "presets lie in the folders platforms, highlights, styles, ladders, regions and blocks of the presets' folder"
)
_SHIPPED: Final = Path(__file__).absolute().parents[2] / "presets"
ID_PATTERN: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_Preset = TypeVar("_Preset", bound=Preset)
_TRIED: ContextVar[Path | None] = ContextVar("tried", default=None)
_loaded: dict[tuple[type[Preset], PresetFile, bytes], Preset] = {}
"""Presets by their files' very bytes: a library of films asks for the same ones for every film and region."""


@dataclass(frozen=True, order=True)
class PresetFile:
    """Name one preset and the file that holds it."""

    kind: Kind
    id: str
    path: Path


def load_platform(preset_id: str) -> PlatformPreset:
    """Return the platform preset of that name. Raises PresetError."""
    return _load("platforms", preset_id, PlatformPreset)


def load_platforms(ids: Sequence[str]) -> tuple[PlatformPreset, ...]:
    """Return the platform presets of those names without repeats, sorted by id; all of them where none is named."""
    files = _files_of("platforms")
    return tuple(_load("platforms", preset_id, PlatformPreset, files) for preset_id in sorted(set(ids) or files))


def load_highlights(preset_id: str = DEFAULT_HIGHLIGHTS) -> HighlightsPreset:
    """Return the highlights preset of that name. Raises PresetError."""
    return _load("highlights", preset_id, HighlightsPreset)


def load_style(preset_id: str = DEFAULT_STYLE) -> StylePreset:
    """Return the style of that name. Raises PresetError."""
    return _load("styles", preset_id, StylePreset)


def load_ladder(preset_id: str) -> LadderPreset:
    """Return the ladder of that name. Raises PresetError."""
    return _load("ladders", preset_id, LadderPreset)


def load_ladders() -> tuple[LadderPreset, ...]:
    """Return every ladder, sorted by id. Raises PresetError."""
    return tuple(load_ladder(file.id) for file in list_presets() if file.kind == "ladders")


def load_region(preset_id: str) -> RegionPreset:
    """Return the region of that name. Raises PresetError."""
    return _load("regions", preset_id, RegionPreset)


def load_regions(ids: Sequence[str]) -> tuple[RegionPreset, ...]:
    """Return the regions of those names without repeats, in their order. Raises PresetError."""
    return tuple(load_region(preset_id) for preset_id in dict.fromkeys(ids))


def load_block(preset_id: str) -> BlockPreset:
    """Return the preset of blocks of that name. Raises PresetError, for a style that there is not, too."""
    preset = _load("blocks", preset_id, BlockPreset)
    load_style(preset.style)
    return preset


def is_usual_style(style: StylePreset) -> bool:
    """Return whether a style is the shipped one that clips have unasked; a file of the same name may hide that."""
    return style.id == DEFAULT_STYLE and preset_file("styles", style.id).path.parent.parent == _SHIPPED


def load_preset(file: PresetFile) -> Preset:
    """Return the preset that a file holds. Raises PresetError."""
    return _load(file.kind, file.id, SCHEMAS[file.kind])


def preset_file(kind: Kind, preset_id: str) -> PresetFile:
    """Return the file of a preset that was loaded, beside which lies what it names."""
    return next(file for file in list_presets() if (file.kind, file.id) == (kind, preset_id))


def own_folder() -> Path:
    """Return the folder of the user's own presets, there or not: MATINEE_PRESETS, else `presets` of the home."""
    own = os.environ.get("MATINEE_PRESETS")
    return Path(own).absolute() if own else find_root() / "presets"


def is_shipped(file: PresetFile) -> bool:
    """Return whether a preset is one of those that come with Matinee."""
    return file.path.parent.parent == _SHIPPED


def shipped_file(file: PresetFile) -> Path:
    """Return where one of the shipped presets would lie that has a preset's kind and name."""
    return _SHIPPED / file.kind / f"{file.id}.toml"


def is_shipped_folder(folder: Path) -> bool:
    """Return whether a folder is the one of the shipped presets, under whatever name."""
    return folder.resolve() == _SHIPPED.resolve()


@contextmanager
def trying(folder: Path) -> Iterator[None]:
    """Let the presets in a folder win over all others while this runs, in this thread alone: nothing is saved yet."""
    token = _TRIED.set(folder)
    try:
        yield
    finally:
        _TRIED.reset(token)


def list_presets() -> tuple[PresetFile, ...]:
    """Return every preset, sorted by kind and id; a file of the user's hides the shipped one of the same name."""
    found = {(kind, path.stem): path for kind in SCHEMAS for folder in _folders() for path in _files(folder / kind)}
    return tuple(sorted(PresetFile(kind, stem, path) for (kind, stem), path in found.items()))


def check_presets() -> tuple[Problem, ...]:
    """Return everything that is wrong with any preset, in the order of the files, then the files that nothing reads."""
    found = tuple(problem for file in list_presets() for problem in problems_of(file))
    return found + tuple(Problem(str(path), "", "", f"nothing reads this file; {_HOME}") for path in _strays())


def check_preset(text: str, file: PresetFile) -> tuple[Problem, ...]:
    """Return everything that would be wrong with a preset whose file had some text; nothing is written."""
    found = _parse(text, file, SCHEMAS[file.kind])
    if isinstance(found, tuple):
        return found
    if isinstance(found, BlockPreset):
        try:
            load_style(found.style)
        except PresetError as error:
            return (Problem(str(file.path), "style", show_value(found.style), error.message.rstrip(".")),)
    return ()


def _files_of(kind: Kind) -> dict[str, PresetFile]:
    """Return the files of a kind by their ids."""
    return {path.stem: PresetFile(kind, path.stem, path) for folder in _folders() for path in _files(folder / kind)}


def _load(kind: Kind, preset_id: str, schema: type[_Preset], files: Mapping[str, PresetFile] | None = None) -> _Preset:
    """Return a preset; `files` are those of its kind where they are known."""
    if _ID.match(preset_id) is None:
        allowed = "lower-case letters, digits and single hyphens"
        raise PresetError(
            f"'{brief(preset_id)}' cannot name a preset: a name has {allowed}.",
            remedy="Name each preset by itself." if "," in preset_id else None,
            field="id",
            value=preset_id,
            allowed=allowed,
        )
    files = _files_of(kind) if files is None else files
    if preset_id not in files:
        raise _unknown(kind, preset_id, files)
    file = files[preset_id]
    known = (schema, file, _content(file.path))
    if known in _loaded:
        return cast("_Preset", _loaded[known])
    loaded = _read(file, schema)
    if not isinstance(loaded, tuple):
        tried = _TRIED.get()
        if tried is None or not file.path.is_relative_to(tried):  # of those nobody asks again
            _loaded[known] = loaded
        return loaded
    first = loaded[0]
    raise PresetError(
        "\n".join(map(str, loaded)), path=first.path, field=first.field, value=first.value, allowed=first.allowed
    )


def _content(path: Path) -> bytes:
    """Return what a file holds; nothing of one that cannot be read, of which whoever reads it tells."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _unknown(kind: Kind, preset_id: str, files: Mapping[str, PresetFile]) -> PresetError:
    known = ", ".join(sorted(files)) or "none"
    elsewhere = next((file.kind for file in list_presets() if file.id == preset_id), None)
    stray = next((path for path in _strays() if path.stem == preset_id), None)
    if elsewhere is not None:
        hint = f" ({preset_id} is one of {elsewhere})"
    elif stray is not None:
        hint = f" (nothing reads {stray}; {_HOME})"
    else:
        hint = nearest_name(preset_id, files)
    message = f"there is no preset '{brief(preset_id)}' in {kind}{hint}; known: {known}."
    return PresetError(message, field="id", value=preset_id, allowed=known)


def _folders() -> tuple[Path, ...]:
    """Return the folders that hold presets: the shipped one, the user's, which wins, and what is tried."""
    own, tried = own_folder(), _TRIED.get()
    if os.environ.get("MATINEE_PRESETS") and not own.is_dir():
        named = os.environ["MATINEE_PRESETS"]
        raise PresetError(
            f"MATINEE_PRESETS names {named}, which is not a directory.", field="MATINEE_PRESETS", value=named
        )
    return (_SHIPPED, *([own] if own.is_dir() else []), *([] if tried is None else [tried]))


def _strays() -> tuple[Path, ...]:
    """Return the TOML files that lie beside the folders of presets, or deeper than those are read."""
    read = {folder / kind for kind in SCHEMAS for folder in _folders()}
    folders = (found for top in _folders() for found in (top, *sorted(top.glob("*/")), *sorted(top.glob("*/*/"))))
    return tuple(path for folder in folders if folder not in read for path in _files(folder))


def _files(folder: Path) -> tuple[Path, ...]:
    # Editors and macOS leave hidden files of the same ending beside the real ones.
    return tuple(sorted(path for path in folder.glob("*.toml") if not path.name.startswith(".")))


def problems_of(file: PresetFile) -> tuple[Problem, ...]:
    """Return everything that is wrong with a preset's file."""
    if _ID.match(file.id) is None:
        return (Problem(str(file.path), "", "", "the file's name should be lower-case letters, digits and hyphens"),)
    loaded = _read(file, SCHEMAS[file.kind])
    return loaded if isinstance(loaded, tuple) else ()


def _read(file: PresetFile, schema: type[_Preset]) -> _Preset | tuple[Problem, ...]:
    text = read_text(file.path)
    return (text,) if isinstance(text, Problem) else _parse(text, file, schema)


def _parse(text: str, file: PresetFile, schema: type[_Preset]) -> _Preset | tuple[Problem, ...]:
    table = parse_table(text, path=file.path)
    if isinstance(table, Problem):
        return (table,)
    if "id" in table:
        return (Problem(str(file.path), "id", show_value(table["id"]), "the file's name is the id: leave this out"),)
    preset = check_table(schema, {**with_tuples(table), "id": file.id}, path=file.path)
    if isinstance(preset, tuple):
        return preset
    return tuple(Problem(str(file.path), *fault) for fault in find_faults(preset)) or preset
