"""Highlights as JSON: what they show and let hear in frames, timecode and seconds, and every score and reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pipeline.edit import Card, MasterSpan, Part
from pipeline.editfile import picture_fields
from pipeline.plan.highlights import Highlight
from pipeline.plan.shots import Timeline
from pipeline.timebase import Span, timecode


def highlight_document(highlight: Highlight, timelines: Mapping[str, Timeline]) -> dict[str, Any]:
    """Return everything about a highlight; `timelines` are those of its masters, by digest, its film's first."""
    film = next(iter(timelines.values()))
    judged: dict[str, Any] = {}
    if highlight.criteria is not None and highlight.faults is not None:
        judged["scores"] = {name: round(value, 3) for name, value in asdict(highlight.criteria).items()}
        judged["faults"] = {name: round(value, 3) for name, value in asdict(highlight.faults).items()}
    marks = {"hook": highlight.hook, "peak": highlight.peak}
    judged |= {name: _stretch(span, film) for name, span in marks.items() if span is not None}
    if (fades := highlight.edit.fades) is not None:
        judged["fades"] = {"in_s": str(fades.in_s), "out_s": str(fades.out_s)}
    return {
        "id": highlight.id,
        "score": round(highlight.score, 4),
        "reasons": list(highlight.reasons),
        "seconds": str(highlight.edit.duration),
        "parts": parts_document(highlight.edit.parts, timelines),
        "bed": parts_document(highlight.edit.bed, timelines),
        **judged,
    }


def parts_document(parts: Sequence[Part], timelines: Mapping[str, Timeline]) -> list[dict[str, Any]]:
    """Return parts of an edit as they are listed."""
    return [_part(part, timelines) for part in parts]


def _part(part: Part, timelines: Mapping[str, Timeline]) -> dict[str, Any]:
    if not isinstance(part, MasterSpan):
        said: dict[str, Any] = {}
        if isinstance(part, Card):
            said = {"kind": "card", "lines": list(part.lines), "design": part.design}
            said |= {} if part.link is None else {"link": part.link}
            said |= {} if part.picture is None else {"picture": picture_fields(part.picture)}
        return {"kind": "gap", **said, "seconds": [str(part.duration)]}
    return {"kind": "span", "master": part.master, **_stretch(part.span, timelines[part.master])}


def frames_shown(span: Span, timeline: Timeline) -> tuple[int, int]:
    """Return the film's own frames that are on screen in a span."""
    last = timeline.frame_at(span.end)
    return timeline.frame_at(span.start), last if timeline.time_of(last) >= span.end else last + 1


def _stretch(span: Span, timeline: Timeline) -> dict[str, Any]:
    # Timecode is clock time, as film.toml reads it: at a variable rate its frames are not the film's own.
    clock = Timeline(timeline.rate, timeline.rate.frames_within(timeline.duration))
    return {
        "frames": list(frames_shown(span, timeline)),
        "timecode": [timecode(frame, timeline.rate) for frame in frames_shown(span, clock)],
        "seconds": [str(span.start), str(span.end)],
    }
