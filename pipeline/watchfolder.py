"""watch.toml: what becomes of films that arrive in a watched folder, as people write it; every mistake in it named."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from pipeline.entries import CampaignPart
from pipeline.handbook import describe_fields
from pipeline.tables import Problem, Schema, check_table, parse_table, project_error, with_tuples

Flow = Literal["cut-clips", "package-hls"]
After = Literal["stay", "move"]
WaitFor = Literal["stillness", "sidecar"]

FLOWS: Final[tuple[Flow, ...]] = ("cut-clips", "package-hls")


def _check_folder(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("a folder")
    return value


def _check_flows(value: tuple[Flow, ...]) -> tuple[Flow, ...]:
    if len(set(value)) != len(value):
        raise ValueError("each flow once")
    return value


def _check_captions(value: str) -> str:
    if "." in value or "/" in value:
        raise ValueError("a language such as 'es', or 'none': a file of captions is one film's, and lies beside it")
    return value


_alone_or_listed = BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)
_Id = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]


class WatchFolder(Schema):
    """Hold what one watch.toml says."""

    flow: Annotated[tuple[Flow, ...], AfterValidator(_check_flows), _alone_or_listed] = Field(
        ("cut-clips",),
        description="what is made of each film: 'cut-clips' or 'package-hls', or both in a list; [] leaves the films "
        "of this folder alone",
    )
    platforms: Annotated[tuple[_Id, ...], _alone_or_listed] = Field(
        (), description="ids of the platforms that get clips, one or a list; without any, all"
    )
    highlights: _Id | None = Field(None, description="id of the preset that says what to choose, instead of moments")
    style: _Id | None = Field(None, description="id of the preset that says how clips and cards look, instead of house")
    captions: Annotated[str, AfterValidator(_check_captions)] | None = Field(
        None, description="a language such as 'es', or 'none'; without it, whichever suit the film"
    )
    count: int | None = Field(None, ge=1, le=100, description="how many highlights; without it, as the preset says")
    regions: Annotated[tuple[_Id, ...], _alone_or_listed] = Field(
        (), description="ids of the regions that get clips or packages of their own, one or a list"
    )
    event: CampaignPart | None = Field(
        None, description="for what the clips are, such as 'malaga-26', which their QR codes say"
    )
    ladder: _Id | None = Field(
        None, description="id of the ladder that packages have; without it, the one that fits each film's shape"
    )
    out: Annotated[str, AfterValidator(_check_folder)] | None = Field(
        None, description="folder for what is made, seen from this one; without it, media/out"
    )
    after: After = Field(
        "stay",
        description="where films are afterwards: 'stay' where they are, or 'move' to done/ and quarantine/ in the "
        "folder of this file",
    )
    wait_for: WaitFor = Field(
        "stillness",
        description="when a film counts as copied: 'stillness' when it has not changed for a while and is whole, or "
        "'sidecar' only once film.mov.ready or a checksum such as film.mov.md5 lies beside it",
    )
    note: str = Field("", description="anything else")


def parse_watch_folder(text: str, *, path: Path) -> WatchFolder:
    """Read the text of a watch.toml. Raises ProjectError that names file, field, value and what is allowed."""
    table = parse_table(text, path=path)
    if isinstance(table, Problem):
        raise project_error([table])
    found = check_table(WatchFolder, with_tuples(table), path=path)
    if not isinstance(found, WatchFolder):
        raise project_error(found)
    return found


def describe_watch_toml() -> str:
    """Return docs/watch-toml.md."""
    return (
        "# watch.toml\n\n"
        "What becomes of the films that arrive in a watched folder. `matinee watch` reads the one in the folder that\n"
        "it watches, and a sub-folder may have its own, which then counts alone for it and for all below. It is read\n"
        "again when it changes. While one cannot be read, the films of its folder wait, and `matinee watch status`\n"
        "says why; other folders go on. [watch.md](watch.md) tells how all of it goes.\n\n"
        f"{describe_fields(WatchFolder)}\n"
        "Nothing that was made is made again because a watch.toml changed; `matinee cut` and `matinee package` do\n"
        "that.\n\n"
        "```toml\n"
        'flow = ["cut-clips", "package-hls"]\n'
        'platforms = ["tiktok", "youtube-shorts"]\n'
        'regions = ["de", "fr"]\n'
        'event = "malaga-26"\n'
        'after = "move"\n'
        "```\n"
    )


if __name__ == "__main__":
    sys.stdout.write(describe_watch_toml())
