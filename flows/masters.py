"""Name masters so that any file name survives the way from a command through JSON and Prefect's page to the flow."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from pipeline.errors import InputError
from pipeline.shell.masters import list_masters


def encode_master(path: Path) -> str:
    """Return the text that names a master in a parameter: its absolute path, as a file URI where that is hard to print.

    Prefect's command line takes brackets for markup, and JSON cannot hold bytes that are no UTF-8.
    """
    text = str(path.absolute())
    return text if text.isprintable() and "[" not in text else path.absolute().as_uri()


def decode_master(text: str, *, base: Path) -> Path:
    """Return the path that a parameter names: a file URI, an absolute path, or one relative to `base`."""
    if text.startswith("file:"):
        return Path(unquote_to_bytes(urlsplit(text).path).decode("utf-8", "surrogateescape"))
    return base / Path(text).expanduser()


def choose_masters(named: list[str] | None, *, folder: Path, base: Path) -> tuple[Path, ...]:
    """Return the masters that were named, each once, else all in the folder. Raises InputError where there is none."""
    if named is not None:
        masters = tuple(dict.fromkeys(decode_master(text, base=base) for text in named))
    else:
        masters = list_masters(folder)
    if not masters:
        raise InputError(
            f"There is no film to cut: {folder} holds none.",
            remedy='Put one there, or name one: --param masters=["/path/to/film.mov"].',
        )
    return masters
