"""clips.json: everything that is known of a film's clips, for programs and for the store's book-keeping."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.cut.clips import PlannedClip
from pipeline.cut.exchange import EDITOR_SUFFIXES
from pipeline.cut.ownframing import FRAMING_FOLDER
from pipeline.cut.plan import FilmPlan
from pipeline.cut.repeating import describe_request
from pipeline.graph import X264
from pipeline.plan.listing import highlight_document, parts_document
from pipeline.plan.overlaps import Overlap
from pipeline.plan.shots import Timeline
from pipeline.shell.ledger import Ledger
from pipeline.shell.study import Study

if TYPE_CHECKING:
    from pipeline.cut.outputs import Clip

NAME: Final = "clips.json"
VERSION: Final = 2
_CLIP_FILES: Final = ("file", "poster", "framing")
_PREVIEW_SUFFIXES: Final = (".jpg", ".mp4", ".overlaps.jpg")


def describe(plan: FilmPlan, clips: Sequence[Clip], placed: Mapping[Path, str]) -> dict[str, Any]:
    """Return the document of a finished film."""
    timelines = {study.digest: study.analysis.timeline for study in plan.subject.studies}
    return {
        "version": VERSION,
        "title": plan.title,
        "region": None if plan.region is None else plan.region.id,
        "variants": [{"highlight": name, "told": str(variant)} for name, variant in plan.variants],
        "masters": [_master(study) for study in plan.subject.studies],
        "preset": plan.preset.id,
        "request": describe_request(plan.subject.path, plan.request),
        "toolchain": plan.workshop.toolchain,
        "notes": list(plan.notes),
        "refused": [{"clip": one.name, "why": one.why} for one in plan.refused],
        "sharing": list(plan.reasons),
        "scorer": plan.scorer,
        "choice_keys": list(plan.kept_keys),
        "highlights": [
            highlight_document(highlight, timelines) | _chosen(plan, highlight.id, timelines)
            for highlight in plan.highlights
        ],
        "clips": [_clip(planned, clip, plan.folder) for planned, clip in zip(plan.clips, clips, strict=True)],
        "files": {os.path.relpath(path, plan.folder): key for path, key in placed.items()},
    }


def merged(earlier: Mapping[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with the clips that stay from an earlier one: same highlights, other platforms."""
    stale, made = stale_files(earlier, document), {clip["file"] for clip in document["clips"]}
    stay = [clip for clip in earlier.get("clips", []) if clip["file"] not in made and clip["file"] not in stale]
    clips = [*document["clips"], *({**clip, "made": "reused"} for clip in stay)]
    return {
        **document,
        "clips": sorted(clips, key=lambda clip: (clip["highlight"], clip["platform"])),
        "files": {**{name: key for name, key in earlier.get("files", {}).items() if name not in stale},
                  **document["files"]},
    }  # fmt: skip


def stale_files(earlier: Mapping[str, Any], document: Mapping[str, Any]) -> frozenset[str]:
    """Return names of files from an earlier run that say today what is no longer so.

    They show highlights that are now others, or belong to clips that are refused now, or go without them now.
    """
    played = {one["id"]: (one["parts"], one["bed"]) for one in document["highlights"]}
    before = {one["id"]: (one["parts"], one.get("bed", [])) for one in earlier.get("highlights", [])}
    stale = {name for name, plays in before.items() if played.get(name) != plays}
    gone = [clip for clip in earlier.get("clips", []) if clip["highlight"] in stale]
    of_clips = {clip[name] for clip in gone for name in _CLIP_FILES}
    of_clips |= {clip["captions"] for clip in gone if clip["captions"]}
    of_clips |= {
        f"{folder}/{Path(clip['file']).stem}{suffix}"
        for clip in gone
        for folder in (FRAMING_FOLDER, Path(clip["framing"]).parent)
        for suffix in _PREVIEW_SUFFIXES
    }
    of_editors = {f"highlights/{name}{suffix}" for name in stale for suffix in EDITOR_SUFFIXES}
    found = of_clips | (of_editors | _left_behind(document)) & earlier.get("files", {}).keys()
    return frozenset(found) - frozenset(document["files"])


def _left_behind(document: Mapping[str, Any]) -> set[str]:
    """Return what an earlier run may have put beside clips that have it no more, and instead of those refused."""
    made = [Path(clip["file"]).stem for clip in document["clips"]]
    refused = [one["clip"] for one in document["refused"]]
    return {
        *(f"{FRAMING_FOLDER}/{name}.overlaps.jpg" for name in made),
        *(f"clips/{name}{suffix}" for name in refused for suffix in (".mp4", ".srt")),
        *(f"clips/{name}.srt" for name in made),
        *(f"posters/{name}.jpg" for name in refused),
    }


def keys_in(document: Mapping[str, Any]) -> frozenset[str]:
    """Return the keys of every artifact that the document's files are made of: what must not be removed."""
    of_clips = (key for clip in document.get("clips", []) for key in clip["keys"].values() if key)
    of_masters = (key for master in document.get("masters", []) for key in master["keys"])
    of_choice = document.get("choice_keys", [])
    return frozenset((*document.get("files", {}).values(), *of_clips, *of_masters, *of_choice))


def with_verdicts(document: dict[str, Any], ledger: Ledger) -> dict[str, Any]:
    """Return the document with what people decided about each clip, as the ledger has it today."""
    region = document.get("region") or ""

    def reviewed(clip: dict[str, Any]) -> dict[str, Any]:
        verdict = ledger.verdict_for(digest=clip["sha256"], platform=clip["platform"], region=region)
        if verdict is None:
            return clip
        said = {"verdict": verdict.verdict, "who": verdict.who, "at": verdict.at, "note": verdict.note}
        return {**clip, "review": said}

    return {**document, "clips": [reviewed(clip) for clip in document.get("clips", [])]}


def read(path: Path) -> dict[str, Any]:
    """Return an earlier document; empty where there is none, or none as we write it."""
    try:
        document = json.loads(path.read_bytes())
        return document if document["version"] == VERSION and _is_whole(document) else {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _is_whole(document: Mapping[str, Any]) -> bool:
    """Return whether a document has what is read from it again. Raises where it is of another shape."""
    names = (*_CLIP_FILES, "highlight", "platform", "sha256")
    texts = [clip[name] for clip in document["clips"] for name in names]
    texts += [key or "" for clip in document["clips"] for key in clip["keys"].values()]
    texts += [key for master in document["masters"] for key in master["keys"]]
    texts += document.get("choice_keys", [])
    texts += [text for pair in document["files"].items() for text in pair]
    texts += [highlight["id"] for highlight in document["highlights"] if highlight["parts"]]
    return all(isinstance(text, str) for text in texts)


def _overlap(overlap: Overlap) -> dict[str, Any]:
    box = overlap.box
    return {
        "severity": overlap.severity,
        "what": overlap.what,
        "from_s": round(float(overlap.span.start), 3),
        "to_s": round(float(overlap.span.end), 3),
        "at_s": round(float(overlap.at), 3),
        "covered": round(float(overlap.share), 3),
        "box_px": [box.left_px, box.top_px, box.width_px, box.height_px],
    }


def _chosen(plan: FilmPlan, name: str, timelines: Mapping[str, Timeline]) -> dict[str, Any]:
    """Return what was chosen of the film for a highlight of a region, which shows other things as well."""
    if plan.region is None:
        return {}
    body = next(one.edit for one in plan.choice.highlights if one.id == name)
    return {"chosen": parts_document(body.parts, timelines)}


def _master(study: Study) -> dict[str, Any]:
    picture, timeline = study.facts.picture, study.analysis.timeline
    width, height = picture.display_size
    return {
        "file": str(study.path.absolute()),
        "sha256": study.digest,
        "frame_rate": str(timeline.rate),
        "frame_count": timeline.frame_count,
        "width_px": width,
        "height_px": height,
        "picture": picture.codec,
        "sound": study.facts.main_sound.codec if study.facts.main_sound else None,
        "shots": len(study.analysis.shots),
        "keys": [study.artifact.key, study.thumbnails.key, study.features_artifact.key],
    }


def _clip(planned: PlannedClip, clip: Clip, folder: Path) -> dict[str, Any]:
    encoder = planned.picture.encoder
    assert isinstance(encoder, X264), "platforms take H.264"
    return {
        "highlight": clip.highlight,
        "platform": clip.platform,
        "file": f"{clip.path.parent.name}/{clip.path.name}",
        "poster": f"{clip.poster.parent.name}/{clip.poster.name}",
        "framing": os.path.relpath(clip.framing, folder),
        "captions": None if clip.captions is None else f"{clip.captions.parent.name}/{clip.captions.name}",
        "links": list(planned.links.values()),
        "made": clip.made,
        "sha256": clip.sha256,
        "size_bytes": clip.size_bytes,
        "frames": clip.frames,
        "frame_rate": clip.rate,
        "seconds": str(clip.seconds),
        "width_px": clip.width_px,
        "height_px": clip.height_px,
        "loudness_lufs": clip.loudness_lufs,
        "loudness_target_lufs": clip.loudness_target_lufs,
        "quieter_lu": clip.quieter_lu,
        "true_peak_dbtp": clip.true_peak_dbtp,
        "programmes": [dict(programme) for programme in clip.programmes],
        "note": clip.note,
        "overlaps": [_overlap(one) for one in clip.overlaps],
        "keys": dict(clip.keys),
        "encoder": {
            "codec": "libx264",
            "preset": encoder.preset,
            "crf": float(encoder.crf),
            "maxrate_kbps": encoder.maxrate_kbps,
            "keyframe_interval_frames": encoder.keyframe_interval_frames,
            "b_frames": encoder.b_frames,
            "level": encoder.level,
        },
    }
