"""Show a run on Prefect's page while it goes and afterwards: progress, the table of clips, the contact sheet."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from prefect.artifacts import (
    create_image_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    update_progress_artifact,
)
from prefect.client.orchestration import get_client
from prefect.exceptions import FailedRun
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from prefect.states import Running

from flows.markup import escape_markup, show_name
from flows.review import Candidate
from pipeline.shell.publish import tell_kept
from pipeline.spelling import spelled

if TYPE_CHECKING:
    from uuid import UUID

    from pipeline.cut import FilmPlan, FilmResult
    from pipeline.package import Package
    from pipeline.shell.ledger import VerdictEntry

_IMAGE_TYPES = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
_LARGEST_IMAGE = 2_000_000
"""Bytes of a picture that is put into the page itself; the page may not read files, and SQLite holds the artifact."""


def hide_traceback_of_told_failure() -> None:
    """Keep Prefect from logging a traceback of its own code when a flow returns a Failed state with its sentence."""
    logging.getLogger("prefect.flow_runs").addFilter(_is_no_told_failure)


def _is_no_told_failure(record: logging.LogRecord) -> bool:
    # Prefect makes this exception of a failed state that holds none; a real fault arrives under its own type.
    return record.exc_info is None or not isinstance(record.exc_info[1], FailedRun)


class RunProgress:
    """The progress bar of one run: each film an equal part, within a film each encode."""

    def __init__(self, films: int, *, key: str) -> None:
        self._films = films
        self._finished = 0
        # Typed as if it might be a coroutine, which it is only inside an event loop.
        self._artifact = cast("UUID", create_progress_artifact(0.0, key=key, description="Encodes done"))

    def tell(self, *, done: int, steps: int, begin: float = 0.0, end: float = 1.0) -> None:
        """Show that so many encodes of the current film, or of what lies between two shares of it, are done."""
        self._show(self._finished + begin + (end - begin) * done / steps)

    def finish_film(self) -> None:
        """Count the current film as done, whatever came of it."""
        self._finished += 1
        self._show(self._finished)

    def _show(self, films: float) -> None:
        update_progress_artifact(self._artifact, progress=min(100.0, 100.0 * films / self._films))


def publish_plan(master: Path, plan: FilmPlan) -> None:
    """Show what would be made of a film."""
    region = "" if plan.region is None else plan.region.id
    clips = "\n".join(f"- {_cell(clip.highlight.id)} for {_cell(clip.platform.name)}" for clip in plan.clips)
    steps = "\n".join(f"- {_cell(step.name)}" for step in plan.steps) or "- nothing, all is there"
    refused = "".join(f"\n- {_cell(one.name)} would not be made: {_cell(one.why)}." for one in plan.refused)
    create_markdown_artifact(
        f"# {_cell(master.name)}{_for(region)}\n\nA dry run. These clips:\n\n{clips}\n\n"
        f"would take these encodes:\n\n{steps}\n{refused}",
        key=f"plan-{name_key(master, region)}",
        description=f"What would be made of {master.name}{_for(region)}",
    )
    for step in plan.steps:
        get_run_logger().info("would encode %s", escape_markup(step.name))


def publish_film(master: Path, result: FilmResult) -> None:
    """Show the clips of a film and its contact sheet."""
    create_markdown_artifact(
        describe_clips(master, result),
        key=f"clips-{name_key(master, result.region)}",
        description=f"Clips of {master.name}{_for(result.region)}",
    )
    address = embed_picture(result.contact_sheet)
    if address is not None:
        create_image_artifact(
            address,
            key=f"sheet-{name_key(master, result.region)}",
            description=f"Shots of {master.name}, highlights marked{_for(result.region)}",
        )


def describe_clips(master: Path, result: FilmResult) -> str:
    """Return the table of a film's clips as Markdown, and which were refused."""
    rows = "\n".join(
        f"| {_cell(clip.highlight)} | {clip.platform} | {float(clip.seconds):.2f} s "
        f"| {clip.loudness_text} | {clip.made} "
        f"| {_cell(clip.path.name)} | {clip.sha256[:12]} |"
        for clip in result.clips
    )
    refused = "".join(f"\n- {_cell(one.name)} was not made: {_cell(one.why)}." for one in result.refused)
    return (
        f"# {_cell(master.name)}{_for(result.region)}\n\n"
        f"In {_cell(str(result.folder))}{_remarks(result.notes, result.kept)}\n\n"
        f"| highlight | platform | length | LUFS | made | file | sha256 |\n|---|---|---|---|---|---|---|\n{rows}\n"
        + (f"{refused}\n" if refused else "")
    )


def publish_package(film: Path, package: Package) -> None:
    """Show the renditions of a package, what its rules say, and its poster."""
    create_markdown_artifact(
        describe_package(film, package),
        key=f"package-{name_key(film, package.region)}",
        description=f"HLS package of {film.name}{_for(package.region)}",
    )
    address = embed_picture(package.poster)
    if address is not None:
        key = f"poster-{name_key(film, package.region)}"
        create_image_artifact(address, key=key, description=f"Poster of {film.name}{_for(package.region)}")


def describe_package(film: Path, package: Package) -> str:
    """Return the table of a package's renditions as Markdown, and which of the rules that should be kept are not."""
    rows = "\n".join(
        f"| {_cell(one.name)} | {_cell(one.picture)} | {one.rate} | {one.average // 1000} | {one.peak // 1000} |"
        for one in package.rates
    )
    counts = package.conformance["counts"]
    warned = "".join(
        f"\n- {_cell(one['rule'])}: {_cell(one['title'])}: {_cell(one['measured'])}, should be {_cell(one['limit'])}"
        for one in package.conformance["findings"]
        if one["outcome"] == "fail"
    )
    return (
        f"# {_cell(film.name)}{_for(package.region)}\n\n{_cell(str(package.master))}\n\n{package.segments} segments, "
        f"{package.new_segments} new, {package.size_bytes / 1e6:.1f} MB; {counts['pass']} rules kept.{warned}"
        f"{_remarks(package.notes, package.kept)}\n\n"
        f"| rendition | picture | fps | average kb/s | peak kb/s |\n|---|---|---|---|---|\n{rows}\n"
    )


def _remarks(notes: Sequence[str], kept: Sequence[Path]) -> str:
    """Return what people should know of what was made, and of files of theirs that made way for it, as a list."""
    return "".join(f"\n- {_cell(one)}" for one in (*notes, *map(tell_kept, kept)))


def embed_picture(path: Path | None) -> str | None:
    """Return a picture as a data URI, None where there is none or it is too large for a page."""
    if path is None or not path.is_file() or path.stat().st_size > _LARGEST_IMAGE:
        return None
    content = base64.b64encode(path.read_bytes()).decode("ascii")
    return f"data:{_IMAGE_TYPES[path.suffix.lower()]};base64,{content}"


def tell_open(candidates: tuple[Candidate, ...]) -> None:
    """Show which clips still await a verdict, in the log and as the run's state."""
    if not candidates:
        return
    names = ", ".join(candidate.name for candidate in candidates)
    message = escape_markup(f"{len(candidates)} clips await `matinee approve` or `matinee reject`: {names}")
    get_run_logger().info(message)
    run_id = flow_run.get_id()
    if run_id is not None:
        with get_client(sync_client=True) as client:
            client.set_flow_run_state(run_id, Running(name="AwaitingReview", message=message), force=True)


def publish_verdicts(master: Path, result: FilmResult, verdicts: Mapping[Candidate, VerdictEntry]) -> None:
    """Write which clips were approved and which rejected into the film's clips.json, and show those that are ready."""
    from pipeline import cut

    cut.record_verdicts(result)
    given = list(verdicts.items())
    approved = [(clip, entry) for clip, entry in given if entry.verdict == "approved"]
    logger, rejected = get_run_logger(), len(given) - len(approved)
    logger.info("%s: %d approved, %d rejected", show_name(master), len(approved), rejected)
    rows = "\n".join(
        f"| {_cell(clip.name)} | {clip.platform} | {_cell(entry.who)} | {_cell(entry.note)} | {clip.digest[:12]} |"
        for clip, entry in approved
    )
    create_markdown_artifact(
        f"# {_cell(master.name)}{_for(result.region)}\n\nApproved, and ready to publish; {rejected} rejected.\n\n"
        f"| file | platform | who | note | sha256 |\n|---|---|---|---|---|\n{rows}\n",
        key=f"ready-{name_key(master, result.region)}",
        description=f"Approved clips of {master.name}{_for(result.region)}",
    )


def name_key(master: Path, region: str = "") -> str:
    """Return a film's part of an artifact's key: what Prefect allows of its name, and what tells namesakes apart.

    That of a region of it ends with the region's id.
    """
    readable = re.sub(r"[^a-z0-9]+", "-", master.stem.lower()).strip("-")[:40]
    digest = hashlib.sha256(str(master).encode("utf-8", "surrogateescape")).hexdigest()[:6]
    return "-".join(filter(None, (readable, digest, region)))


def _for(region: str) -> str:
    """Return for which region something is, as the end of its title."""
    return f", {region}" if region else ""


def _cell(text: str) -> str:
    """Return text that stays inside its cell of a Markdown table."""
    return re.sub(r"([\\`*_\[\]<>|#&~])", r"\\\1", spelled(" ".join(text.split())))
