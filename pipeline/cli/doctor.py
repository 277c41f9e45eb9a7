"""`matinee doctor`: does this machine have what Matinee needs?"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version

import click

from pipeline.errors import PipelineError

# Every filter that a command line of ours may name; ffmpeg is built without some of them where libraries are missing.
FILTERS = (
    *("anullsrc", "color", "concat", "format", "fps", "framestep", "metadata", "setpts", "settb", "split", "trim"),
    *("bwdif", "colorchannelmixer", "colorlevels", "premultiply", "scale", "setfield", "setparams", "setsar"),
    *(
        "ass",
        "bbox",
        "crop",
        "gblur",
        "hstack",
        "loop",
        "lutyuv",
        "overlay",
        "pad",
        "perspective",
        "sidedata",
        "tonemap",
    ),
    *("aformat", "afade", "alimiter", "apad", "aresample", "asetpts", "asettb", "atrim", "ebur128", "pan"),
    *("addroi", "libvmaf", "select", "tpad", "volume", "vstack", "zscale"),
)
_ENCODERS = ("aac", "libx264", "mjpeg")
_LOW_SPACE_BYTES = 5_000_000_000


@click.command("doctor")
def doctor_command() -> None:
    """Check that this machine has what Matinee needs, and say what to do where it does not."""
    failed = False
    for name, check in _checks():
        try:
            told, good = check(), True
        except (PipelineError, PackageNotFoundError, OSError) as error:
            told, good, failed = str(error), False, True
        click.echo(f"{'ok  ' if good else 'FAIL'}  {name}: {told}")
    if failed:
        raise click.exceptions.Exit(2)


def _checks() -> Iterator[tuple[str, Callable[[], str]]]:
    from pipeline.shell.machine import count_processors

    yield "Python", lambda: f"{sys.version.split()[0]} on {sys.platform}"
    yield "ffmpeg", _check_ffmpeg
    yield "encoders and filters", _check_abilities
    yield "processors", lambda: str(count_processors())
    yield "home", _check_home
    yield "shared store", _check_shared_store
    yield "presets", _check_presets
    yield "Prefect", lambda: f"{version('prefect')} with FastAPI {version('fastapi')}"


def _check_ffmpeg() -> str:
    from pipeline.shell.ffmpeg import ffmpeg_exe
    from pipeline.shell.home import find_home
    from pipeline.shell.ledger import Ledger
    from pipeline.shell.toolchain import describe_toolchain

    return f"{ffmpeg_exe()} — {describe_toolchain(Ledger(find_home().ledger))}"


def _check_abilities() -> str:
    from pipeline.errors import InputError
    from pipeline.shell.ffmpeg import run_ffmpeg

    have = {
        word
        for listing in ("-filters", "-encoders")
        for line in run_ffmpeg((listing,)).stdout.decode("utf-8", "replace").splitlines()
        for word in line.split()[1:2]
    }
    missing = [name for name in (*FILTERS, *_ENCODERS) if name not in have]
    if missing:
        raise InputError(
            f"this ffmpeg lacks {', '.join(missing)}.", remedy="Unset MATINEE_FFMPEG to use the shipped one."
        )
    return f"all {len(FILTERS) + len(_ENCODERS)} that are needed"


def _check_home() -> str:
    from pipeline.errors import InputError
    from pipeline.shell.home import find_home

    root = find_home().root
    nearest = next(folder for folder in (root, *root.parents) if folder.is_dir())
    if not os.access(nearest, os.W_OK):
        raise InputError(f"{nearest} cannot be written.", remedy="Name another folder in MATINEE_HOME.")
    free = shutil.disk_usage(nearest).free
    warning = " — little; a film's clips take about 1 GB" if free < _LOW_SPACE_BYTES else ""
    return f"{root}, {free / 1e9:.0f} GB free{warning}"


def _check_shared_store() -> str:
    from pipeline.shell.sharing import find_exchange
    from pipeline.spelling import spelled

    exchange = find_exchange()
    if exchange is None:
        return "none, this machine works by itself"
    exchange.check()
    return spelled(exchange.where)


def _check_presets() -> str:
    from pipeline.errors import PresetError
    from pipeline.presets import check_presets, is_shipped, list_presets, own_folder

    problems = check_presets()
    if problems:
        raise PresetError("; ".join(str(problem) for problem in problems))
    found = list_presets()
    return f"{len(found)} good" + ("" if all(map(is_shipped, found)) else f", some from {own_folder()}")
