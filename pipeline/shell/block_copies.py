"""Write a block file whose order is given: what was chosen, to be kept or changed by hand; the first stays as it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from pipeline.block import BlockFilm, parse_block
from pipeline.errors import ProjectError
from pipeline.shell.blocks import ChosenBlock
from pipeline.shell.documents import keep_document
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.publish import publish_to_edit
from pipeline.shell.store import Store
from pipeline.spelling import spelled
from pipeline.tables import text_of

_KEPT: Final = ("age", "mood", "weight", "note")
"""What a table says of a film that still counts where the order is given."""


def keep_order(chosen: ChosenBlock, name: str) -> Path | None:
    """Write a copy of a block's file beside it, with the films as chosen and `order = "given"`.

    Comments and all else stay. Return where a file of somebody's is now that stood in the way. Raises ProjectError for
    a name that is no other file in the block's folder.
    """
    path = chosen.path.absolute().parent / name
    if Path(name).name != name or path.suffix != ".toml" or path == chosen.path.absolute():
        raise ProjectError(
            f"{spelled(name)}: this should be the name of another .toml file, which is put beside the block's own.",
            remedy="Its paths are those of the block file, and count from there.",
        )
    text = _with_order(text_of(chosen.path), chosen)
    parse_block(text, path=path)
    home = find_home()
    artifact = keep_document(Store(home.store), "block copy", ".toml", text.encode())
    return publish_to_edit(artifact, path, Ledger(home.ledger))


def _with_order(text: str, chosen: ChosenBlock) -> str:
    """Return the text of a block file with other films, its comments kept."""
    import tomlkit

    document, head = tomlkit.parse(text), tomlkit.document()
    (document if "order" in document else head)["order"] = "given"
    films = tomlkit.aot()
    for one, told in zip(chosen.selection.films, chosen.tables, strict=True):
        table = tomlkit.table()
        table["file"] = os.path.relpath(one.candidate.film.path, chosen.path.absolute().parent)
        for field in _KEPT:
            if field in told.model_fields_set:
                table[field] = _value(told, field)
        films.append(table)
    document["films"] = films
    return tomlkit.dumps(head) + tomlkit.dumps(document)


def _value(told: BlockFilm, field: str) -> Any:
    import tomlkit

    value = getattr(told, field)
    return value if isinstance(value, str | int) else tomlkit.value(f'"{value}"')
