"""The changes that a page asks for: verdicts on clips and packages, and highlights that are to be replaced by others.

What a page showed travels with what it asks for: the file by its content, and the newest verdict by its number. What
is otherwise by now is a conflict, which is told, and nothing is written of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from pipeline.errors import InputError, StoreError
from pipeline.review.documents import ClipShown, Document, HighlightShown
from pipeline.review.library import Library
from pipeline.review.materials import clip_id
from pipeline.review.packages import PackageShown
from pipeline.review.rejections import rejected_in, why_rejected
from pipeline.review.templates import lines_of
from pipeline.review.verdicts import Judged, digest_of_clip, record, reject_highlight
from pipeline.shell.ledger import Verdict, VerdictEntry
from pipeline.spelling import spelled

MOST_CLIPS: Final = 500
Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Who = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
_LOOK_AGAIN: Final = "Load the page, and look at what is there now."


class Asked(BaseModel):
    """What a page sends, and nothing else."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class AskedClip(Asked):
    """A clip or package as the page showed it."""

    id: Id
    """Of its very bytes and place."""
    seen: Annotated[int, Field(ge=0, lt=1 << 62)]
    """The number of the newest verdict that the page showed for it, 0 for none."""


class AskedNothing(Asked):
    """A request that says no more than its address."""


class AskedVerdict(Asked):
    """A verdict on some clips and packages."""

    verdict: Literal["approved", "rejected"]
    clips: Annotated[list[AskedClip], Field(min_length=1, max_length=MOST_CLIPS)]
    note: Note = ""
    region: Annotated[str, StringConstraints(max_length=64)] | None = None
    """The region that it is for, nothing for all; left out, that for which each was made."""


class AskedRejection(Asked):
    """A highlight that another should take the place of."""

    document: Id
    highlight: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    shown: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    """The digest of all that the page showed of it."""
    note: Note = ""


class AskedName(Asked):
    """The name of who decides."""

    who: Who


@dataclass(frozen=True)
class Outcome:
    """What came of what a page asked for, clip by clip."""

    given: dict[str, VerdictEntry]
    """The verdicts that were written down, by the clip's id."""
    conflicts: dict[str, tuple[str, VerdictEntry | None]]
    """Why nothing was written down of a clip, and the verdict that stands there instead."""

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "given": [{"id": name, **verdict_document(entry)} for name, entry in self.given.items()],
            "conflicts": [
                {"id": name, "told": told, "standing": None if entry is None else verdict_document(entry)}
                for name, (told, entry) in self.conflicts.items()
            ],
        }


def verdict_document(entry: VerdictEntry) -> dict[str, Any]:
    """Return a verdict as pages read it."""
    return {
        "verdict": entry.verdict, "who": spelled(entry.who), "at": entry.at, "note": " ".join(lines_of(entry.note)),
        "region": entry.region, "number": entry.number,
    }  # fmt: skip


def give_verdict(library: Library, asked: AskedVerdict, who: str) -> Outcome:
    """Write down a verdict on each clip and package that is still what the page showed.

    Raises StoreError, InputError.
    """
    shown: dict[str, ClipShown | PackageShown] = {package.id: package for package in library.packages()}
    shown |= {clip_id(clip): clip for document in library.documents() for clip in document.clips}
    _check_region(asked.region, shown.values())
    outcome = Outcome({}, {})
    for one in asked.clips:
        found = shown.get(one.id)
        if found is None:
            outcome.conflicts[one.id] = ("It was made anew or taken away since the page was shown.", None)
        else:
            _give(library, asked, one, found, who, outcome)
    return outcome


def reject_shown(library: Library, asked: AskedRejection, who: str) -> dict[str, Any]:
    """Reject a highlight and all its clips, as `matinee reject --highlight` does. Raises InputError for a conflict.

    Raises ProjectError and PlanError as `reject_highlight` does.
    """
    document, highlight = _shown(library, asked)
    clips = tuple(clip for clip in document.clips if clip.highlight == highlight.id)
    judged = [Judged(clip.name, digest_of_clip(clip.file), clip.platform, clip.region) for clip in clips]
    if any(one.digest != clip.digest for one, clip in zip(judged, clips, strict=True)):
        raise InputError("A clip of it was made anew since the page was shown.", remedy=_LOOK_AGAIN, conflict=True)
    said = {
        "preset": document.preset,
        "masters": [
            {
                "file": str(document.master.path),
                "sha256": document.master.digest,
                "frame_rate": str(document.master.rate),
            }
        ],
    }
    done = reject_highlight(library.home, said, highlight.said, asked.note)
    record(library.ledger, judged, "rejected", who=who, note=asked.note)
    return {
        "told": f"{spelled(highlight.id)} is rejected. Another takes its place at the next run.",
        "remedy": f"To have it back, {done.rejection.way_back}: {spelled(str(done.file))}.",
    }


def _shown(library: Library, asked: AskedRejection) -> tuple[Document, HighlightShown]:
    for document in library.documents():
        for highlight in document.highlights:
            if (document.id, highlight.id, highlight.digest) == (asked.document, asked.highlight, asked.shown):
                if not highlight.is_chosen:
                    raise InputError("This was cut from an edit by hand; change the edit instead.")
                if why_rejected(highlight, rejected_in(library.home, document)):
                    raise InputError("It is rejected already.", remedy=_LOOK_AGAIN, conflict=True)
                return document, highlight
    raise InputError("This highlight was chosen anew since the page was shown.", remedy=_LOOK_AGAIN, conflict=True)


def _give(
    library: Library,
    asked: AskedVerdict,
    one: AskedClip,
    shown: ClipShown | PackageShown,
    who: str,
    outcome: Outcome,
) -> None:
    verdict: Verdict = asked.verdict
    region = shown.region if asked.region is None else asked.region
    is_clip = isinstance(shown, ClipShown)
    try:
        # The very bytes, as matinee approve reads them: the list beside them may not know what was done to them.
        digest = digest_of_clip(shown.file)
        if digest != shown.digest:
            command = "matinee cut" if is_clip else "matinee package"
            told = f"This file is not what was made and shown; run {command} again."
            outcome.conflicts[one.id] = (told, None)
            return
        judged = Judged(shown.name, digest, shown.platform, region, one.seen)
        (outcome.given[one.id],) = record(library.ledger, (judged,), verdict, who=who, note=asked.note)
    except StoreError as error:
        if shown.file.exists():
            raise
        outcome.conflicts[one.id] = (
            f"This {'clip' if is_clip else 'package'} is not there any more. {spelled(error.remedy or '')}",
            None,
        )
    except InputError as error:
        outcome.conflicts[one.id] = (spelled(str(error)), error.data.get("standing"))


def _check_region(region: str | None, shown: Iterable[ClipShown | PackageShown]) -> None:
    """Raise InputError for a region that is none of the presets', nor any clip's or package's."""
    from pipeline.presets import load_region

    if region and region not in {one.region for one in shown}:
        load_region(region)
