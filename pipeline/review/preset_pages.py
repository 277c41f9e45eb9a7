"""Which address answers what about presets: their list, each one's form, what would be wrong or change, and saving."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import FastAPI, Path
from pydantic import StringConstraints
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from pipeline.errors import InputError, PipelineError
from pipeline.presets import Kind, PresetFile, is_shipped, load_preset, own_folder
from pipeline.presets.files import problems_of, shipped_file
from pipeline.presets.forms import form_of
from pipeline.presets.text import changed_text
from pipeline.review.answers import known, tell_now
from pipeline.review.library import Library
from pipeline.review.preset_effects import COUNTED, MOST_FILMS, affected, effect_on
from pipeline.review.preset_files import (
    AskedPreset,
    AskedSave,
    PresetId,
    PresetRead,
    diff_of,
    draft_document,
    find_preset,
    has_address,
    kinds_of_presets,
    preset_document,
    read_preset,
    save_preset,
)
from pipeline.review.preset_uses import find_uses
from pipeline.spelling import spelled

Show = Callable[..., Response]
"""Returns a page: of a request, a template and its values."""
PresetName = Annotated[PresetId, Path()]
_WORDS: Final = {
    "platforms": "what each platform accepts, and what we prefer within it",
    "highlights": "which highlights are chosen, and how many",
    "styles": "how clips look, whatever the platform",
    "ladders": "which renditions packages have",
    "regions": "what a region asks for of every film",
    "blocks": "how blocks of films are shown in a kind of place",
}


class AskedEffect(AskedPreset):
    """A question about what a changed preset would do to the clips of one run."""

    document: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


def add_presets(app: FastAPI, library: Library, page: Show) -> None:
    """Add the addresses of presets."""

    @app.get("/presets", response_class=HTMLResponse)
    def show_presets(request: Request) -> Response:
        uses = find_uses(library)
        kinds = [
            (kind, _WORDS[kind], [_row(file, uses.get((kind, file.id), ())) for file in files])
            for kind, files in kinds_of_presets().items()
        ]
        return page(request, "presets.html", title="Presets", kinds=kinds, folder=str(own_folder()))

    @app.get("/presets/{kind}/{name}", response_class=HTMLResponse)
    def show_preset(request: Request, kind: Kind, name: PresetName) -> Response:
        file = _found(kind, name)
        values: dict[str, Any] = {"file": file, "is_ours": is_shipped(file), "row": _row(file, ())}
        values["uses"] = find_uses(library).get((kind, name), ())
        return page(request, "preset.html", title=values["row"]["name"], folder=str(own_folder()), **values)

    @app.get("/presets/{kind}/{name}/form")
    def tell_form(kind: Kind, name: PresetName) -> Response:
        file = _found(kind, name)
        films = affected(library, file)
        told = {
            **preset_document(read_preset(file)),
            "form": form_of(kind),
            "is_ours": is_shipped(file),
            "counted": kind in COUNTED,
            "documents": [
                {"id": one.id, "film": spelled(f"{one.title}, {one.region}" if one.region else one.title)}
                for one in films[:MOST_FILMS]
            ],
            "left_out": max(0, len(films) - MOST_FILMS),
        }
        return tell_now(told)

    @app.post("/presets/{kind}/{name}/check")
    def check(kind: Kind, name: PresetName, asked: AskedPreset) -> Response:
        return tell_now(draft_document(read_preset(_found(kind, name)), asked))

    @app.post("/presets/{kind}/{name}/effect")
    def tell_effect(kind: Kind, name: PresetName, asked: AskedEffect) -> Response:
        read = read_preset(_found(kind, name))
        document = known(next((one for one in affected(library, read.file) if one.id == asked.document), None))
        text = changed_text(read.text, asked.words, kind, read.file.path)
        return tell_now(effect_on(library, document, read.file, text).document())

    @app.post("/presets/{kind}/{name}/save")
    def save(kind: Kind, name: PresetName, asked: AskedSave) -> Response:
        read = read_preset(_found(kind, name))
        try:
            saved = save_preset(read, asked)
        except InputError as error:
            if not error.data.get("conflict"):
                raise
            return tell_now(_conflict(kind, name, asked, error), 409)
        told = {"kind": saved.kind, "id": saved.id, "told": f"Saved: {spelled(str(saved.path))}"}
        return tell_now(told)


def _found(kind: Kind, name: str) -> PresetFile:
    return known(find_preset(kind, name))


def _row(file: PresetFile, uses: tuple[str, ...]) -> dict[str, Any]:
    """Return what the list says of a preset; of one that is wrong, what is wrong with it."""
    row = {
        "id": file.id, "name": file.id, "note": "", "uses": uses, "is_ours": is_shipped(file),
        "hides": not is_shipped(file) and _hides(file), "problem": "", "has_address": has_address(file),
    }  # fmt: skip
    try:
        preset = load_preset(file)
    except PipelineError as error:
        problems = problems_of(file)
        told = "; ".join(f"{one.field} {one.allowed}".strip() for one in problems[:3])
        return {**row, "problem": told or error.message}
    return {**row, "name": preset.name, "note": preset.note or ""}


def _hides(file: PresetFile) -> bool:
    """Return whether one of ours has the same name."""
    return shipped_file(file).is_file()


def _conflict(kind: Kind, name: str, asked: AskedSave, error: InputError) -> dict[str, Any]:
    """Return what is told of a conflict: what stands there now, and how what was asked for differs from it."""
    read: PresetRead = read_preset(_found(kind, name))
    try:
        mine = changed_text(read.text, asked.words, kind, read.file.path)
        theirs = preset_document(read)
    except PipelineError:  # theirs is no TOML at all
        mine, theirs = read.text, None
    return {
        "told": spelled(error.message),
        "remedy": spelled(error.remedy or ""),
        "theirs": theirs,
        "diff": list(diff_of(read.text, mine, read.file.path.name)),
    }
