"""Which of our modules stand behind others that are listed, and are not listed themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

import pipeline

OURS = Path(pipeline.__file__).parent


def unlisted(places: Iterable[str]) -> set[str]:
    """Return what modules in these places of the package import of it and is in none of them."""
    listed = {
        path for place in places for path in ([OURS / place] if place.endswith(".py") else (OURS / place).glob("*.py"))
    }
    names = {
        node.module for path in listed for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("pipeline.")
    }  # fmt: skip
    found = {OURS.parent.joinpath(*name.split(".")) for name in names}
    return {str(path.with_suffix(".py").relative_to(OURS)) for path in found if not path.is_dir()} - {
        str(path.relative_to(OURS)) for path in listed
    }
