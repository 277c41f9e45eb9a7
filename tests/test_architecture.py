"""The rules of the house that no reader should have to check: who imports whom, and what is loaded when."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = {"av", "cv2", "numpy", "prefect", "matplotlib", "moviepy", "scenedetect", "opentimelineio", "ffmpeg",
         "imageio_ffmpeg", "fastapi", "PIL", "rich", "fontTools", "budoux", "m3u8", "httpx",
         "boto3", "botocore", "ortools", "pandas", "fpdf", "uharfbuzz", "icalendar", "jinja2",
         "watchfiles", "xxhash"}  # fmt: skip
# process_watch names the type of what shell/ffmpeg started.
STARTERS = ("pipeline/shell/ffmpeg.py", "pipeline/shell/process_watch.py", "pipeline/shell/companion.py")
MODULES = sorted((ROOT / "pipeline").rglob("*.py")) + sorted((ROOT / "flows").rglob("*.py"))


def test_imports_run_one_way() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(
    "module",
    [
        "pipeline.cut",
        "pipeline.cli",
        "pipeline.shell.render",
        "pipeline.shell.study",
        "pipeline.shell.publications",
        "pipeline.shell.sheets",
        "pipeline.venue",
        "pipeline.watching.watch",
        "pipeline.watching.status",
        "pipeline.review.verdicts",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(module: str) -> None:
    code = f"import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert HEAVY & set(run.stdout.split()) == set()


def _imported(module: Path) -> set[str]:
    """Return every name that a module imports, at its top or inside its functions."""
    names = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def _named(*parts: str) -> str:
    return ".".join(parts)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_keeps_to_its_place(module: Path) -> None:
    place, imported = module.relative_to(ROOT).as_posix(), _imported(module)
    if place.startswith("pipeline/"):
        assert not {name for name in imported if name.split(".")[0] in ("prefect", "flows")}
    if place.startswith("pipeline/") and place not in STARTERS:
        assert "subprocess" not in imported, "shell/ffmpeg starts media processes, shell/companion our own, nobody else"
    if place.startswith("pipeline/plan/"):
        clocks = {"time", "random", "secrets", "subprocess", "os", "pathlib", "cv2", "av", "sqlite3", "socket", "uuid"}
        # A path is a value as well, as long as nobody opens it.
        assert not (imported - {"pathlib.Path", "pathlib"}) & clocks
    assert module.stem not in ("utils", "common", "helpers", "base", "misc", "util", "helper")
    docstring = ast.get_docstring(ast.parse(module.read_text()))
    assert docstring or not module.read_text().strip(), "a module opens with what it alone is responsible for"
