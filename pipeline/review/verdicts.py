"""What a person decides about clips, packages and highlights: recorded in one way, whether it was typed or clicked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cut.manifest import NAME
from pipeline.errors import InputError, StoreError

if TYPE_CHECKING:
    from pipeline.cut.choice import Rejection
    from pipeline.shell.home import Home
    from pipeline.shell.ledger import Ledger, Verdict, VerdictEntry


@dataclass(frozen=True)
class Judged:
    """What a verdict is on."""

    name: str
    digest: str
    platform: str
    region: str
    seen: int | None = None
    """The number of the newest verdict that whoever decides knows of, 0 for none; None: that does not matter."""


@dataclass(frozen=True)
class RejectedHighlight:
    """A highlight that was rejected in a film.toml."""

    rejection: Rejection
    file: Path


def record(
    ledger: Ledger, judged: Sequence[Judged], verdict: Verdict, *, who: str, note: str
) -> tuple[VerdictEntry, ...]:
    """Write down a verdict on some things, in order. Raises StoreError; InputError as `Ledger.record_verdict` does."""
    return tuple(
        ledger.record_verdict(
            digest=one.digest,
            platform=one.platform,
            region=one.region,
            verdict=verdict,
            who=who,
            note=note,
            seen=one.seen,
        )
        for one in judged
    )


def is_package(path: Path) -> bool:
    """Tell whether a path names a package rather than a clip."""
    return path.is_dir() or path.suffix == ".m3u8"


def judge_clip(clip: Path, *, platform: str | None, region: str) -> Judged:
    """Return what a verdict on a clip is on, by default for the platform that clips.json says. Raises InputError."""
    from pipeline.presets import load_platform

    if platform is not None:
        load_platform(platform)
    if not clip.is_file():
        raise InputError(f"{clip}: there is no such file.", remedy="Name a clip under media/out/<film>/clips.")
    target = platform or _platform_of(clip)
    return Judged(clip.name, digest_of_clip(clip), target, region)


def judge_package(package: Path, *, platform: str | None, region: str) -> Judged:
    """Return what a verdict on a package is on; without a region it is the package's own. Raises InputError."""
    from pipeline.shell.digests import sha256_of
    from pipeline.shell.package_verdicts import PLATFORM
    from pipeline.shell.package_walk import MASTER, find_package, read_manifest, region_of

    if platform not in (None, PLATFORM):
        raise InputError(f"{package}: a package is for no platform.", remedy="Leave --platform out.")
    folder = find_package(package)
    return Judged(str(package), sha256_of(folder / MASTER), PLATFORM, region or region_of(read_manifest(folder)))


def digest_of_clip(clip: Path) -> str:
    """Return the digest of a clip's very bytes. Raises StoreError where they cannot be read."""
    from pipeline.shell.digests import sha256_of

    try:
        return sha256_of(clip)
    except OSError as error:
        raise StoreError(
            f"{clip} cannot be read ({error.strerror or error}).", remedy="Check the disk and the file's permissions."
        ) from error


def highlight_of(clip: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return clips.json above a clip and what it says of the clip's highlight. Raises InputError where it does not."""
    folder = clip.absolute().parent.parent
    try:
        document = json.loads((folder / NAME).read_bytes())
        name = next(one["highlight"] for one in document["clips"] if Path(one["file"]).name == clip.name)
        found = next(one for one in document["highlights"] if one["id"] == name)
        if "scores" not in found:
            raise InputError(f"{clip}: this was cut from an edit by hand; change the edit instead.")
        return {**document, "folder": str(folder)}, found
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        raise InputError(
            f"{clip}: no clips.json above it says which stretch of the film it shows.",
            remedy="Name a clip under media/out/<film>/clips, or use matinee highlights FILE --reject ID.",
        ) from None


def reject_highlight(
    home: Home, document: Mapping[str, Any], highlight: Mapping[str, Any], note: str
) -> RejectedHighlight:
    """Write into the film.toml of a clips.json's film that one of its highlights is not wanted.

    Raises ProjectError where somebody saved the file meanwhile, PlanError where a person cut the highlight.
    """
    from pipeline.cut.choice import Rejection, reject
    from pipeline.presets import load_highlights
    from pipeline.timebase import FrameRate

    master = document["masters"][0]
    kind = load_highlights(document["preset"]).kind
    rejection = Rejection(highlight["id"], kind, spans_of(highlight), note)
    rate = FrameRate.parse(master["frame_rate"])
    file = reject(home.projects, Path(master["file"]), master["sha256"], rejection, rate=rate)
    return RejectedHighlight(rejection, file)


def spans_of(highlight: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the stretches of its film that a highlight of clips.json shows, in seconds."""
    from pipeline.timebase import Span

    # Of a region's, what was chosen of the film: its clips show its additions as well.
    parts = highlight.get("chosen", highlight["parts"])
    ends = [one["seconds"] for one in parts if one["kind"] == "span"]
    return tuple(Span(Fraction(start), Fraction(end)) for start, end in ends)


def _platform_of(clip: Path) -> str:
    """Return the platform that clips.json gives a clip. Raises InputError where that says nothing of it."""
    try:
        document = json.loads((clip.absolute().parent.parent / NAME).read_bytes())
        return next(str(one["platform"]) for one in document["clips"] if Path(one["file"]).name == clip.name)
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        raise InputError(
            f"{clip}: no clips.json above it names this clip, so its platform is not known.",
            remedy="Name the platform with --platform.",
        ) from None
