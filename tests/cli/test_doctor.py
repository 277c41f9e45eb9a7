"""The doctor asks ffmpeg for everything that command lines of ours name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.cli.doctor import FILTERS
from tests.conftest import Workplace

PIPELINE = Path(__file__).parents[2] / "pipeline"
NAMING = (*sorted((PIPELINE / "argv").glob("*.py")), PIPELINE / "colour.py", PIPELINE / "shell" / "caption_check.py")


def _named_filters(module: Path) -> Iterator[str]:
    """Yield the names that a module gives to ffmpeg-python's filters, as calls or as pairs of name and options."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.elts[1], ast.Dict | ast.Call):
            yield from _text(node.elts[0])
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr.startswith("filter")
        ):
            yield from (name for argument in node.args[:1] for name in _text(argument))


def _text(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def test_every_filter_that_we_name_is_asked_for() -> None:
    named = {name for module in NAMING for name in _named_filters(module)}
    assert {"ass", "perspective", "tonemap", "ebur128", "colorlevels"} <= named <= set(FILTERS)


def test_a_shared_store_that_cannot_be_used_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workplace: Workplace
) -> None:
    monkeypatch.setenv("MATINEE_SHARED_STORE", str(tmp_path / "shared"))
    told = workplace.matinee("doctor")
    assert told.code == 2 and "FAIL  shared store: The shared store" in told.out and "mounted" in told.out
    (tmp_path / "shared").mkdir()
    assert f"ok    shared store: {tmp_path / 'shared'}" in workplace.matinee("doctor").out
    monkeypatch.delenv("MATINEE_SHARED_STORE")
    assert "ok    shared store: none" in workplace.matinee("doctor").out
