"""Nothing reaches OpenTimelineIO's native reader but objects as they should be; all else is told, or left out."""

from __future__ import annotations

import json
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pipeline.edit import Card, Edit, Gap, MasterSpan
from pipeline.errors import ProjectError
from pipeline.interchange import otio_media, otio_text, read_otio_text
from pipeline.otio_checking import checked_otio
from pipeline.placement import Source
from pipeline.timebase import FrameRate, Span

RATE = FrameRate(Fraction(24))
SOURCES = {"m": Source(Path("/films/kite.mp4"), RATE, 5000, 1920, 1080, channels=2)}
EDIT = Edit("h1", (MasterSpan("m", Span.of_frames(10, 60, RATE)), Gap(Fraction(1)), Card(("A film",), Fraction(2))))


def spoiled(*place: Any, value: Any) -> str:
    """Return the edit's timeline with another value in a place of its first track."""
    document = json.loads(otio_text(EDIT, SOURCES))
    holder = document["tracks"]["children"][0]
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    return json.dumps(document)


def test_a_timeline_as_it_was_written_stays_what_it_is() -> None:
    text = otio_text(EDIT, SOURCES)
    assert read_otio_text(text) == EDIT and read_otio_text(checked_otio(text)) == EDIT
    assert otio_media(text) == (("file:///films/kite.mp4", "m"),)


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (("children", 0), None, "none of its objects"),
        (("children", 0), 7, "none of its objects"),
        (("children",), None, "is none"),
        (("children", 0, "source_range", "start_time"), None, "a time in it is none"),
        (("children", 0, "source_range", "start_time", "rate"), 0, "no rate"),
        (("children", 0, "source_range", "start_time", "value"), -5, "below 0"),
        (("children", 0, "source_range", "duration", "value"), 1e300, "too large"),
        (("children", 0, "source_range", "duration", "value"), True, "a time in it is none"),
        (("children", 0, "source_range"), "x", "a range of time is none"),
        (("children", 0, "effects"), [None], "has effects"),
        (("children", 0, "enabled"), False, "switched off"),
        (("children", 1), {"OTIO_SCHEMA": "Nonsense.9"}, "has a Stack"),
        (("children", 0, "metadata", "matinee", "framing"), 5, "damaged"),
        (("children", 2, "metadata", "matinee", "lines"), [None, 4], "damaged"),
        (("children", 0, "metadata"), [], "not a known master"),
        (("children", 0, "metadata", "matinee", "end"), "1e99999999999", "exact seconds"),
        (("children", 1, "metadata", "matinee", "duration"), "1e99999999999", "exact seconds"),
        (("children", 1, "metadata", "matinee", "duration"), "-5", "exact seconds"),
        (("children", 1, "metadata", "matinee", "duration"), "9" * 4000, "exact seconds"),
        (("children", 0, "media_references", "DEFAULT_MEDIA", "metadata", "matinee", "digest"), [1], "damaged"),
    ],
)
def test_what_would_end_the_process_is_told(place: tuple[Any, ...], value: Any, told: str) -> None:
    text = spoiled(*place, value=value)
    if place[-1] == "metadata":
        document = json.loads(text)
        document["tracks"]["children"][0]["children"][0]["media_references"] = None
        text = json.dumps(document)
    with pytest.raises(ProjectError) as caught:
        read_otio_text(text, SOURCES)
    assert told in caught.value.message, caught.value.message


@pytest.mark.parametrize("value", [None, 5, [], {"OTIO_SCHEMA": "Clip.2"}, "\ud800", "x\x00y"])
def test_names_and_notes_of_any_kind_do_no_harm(value: Any) -> None:
    for place in (("name",), ("children", 0, "name"), ("metadata",), ("children", 1, "metadata"), ("kind",)):
        assert len(read_otio_text(spoiled(*place, value=value), SOURCES).parts) == 3


def test_a_text_that_never_ends_is_told_at_once() -> None:
    begun = time.monotonic()
    with pytest.raises(ProjectError, match="not an OpenTimelineIO file"):
        read_otio_text('{"' + '\\"' * 20_000, SOURCES)
    assert time.monotonic() - begun < 5


def test_fades_that_would_fill_the_memory_are_told() -> None:
    document = json.loads(otio_text(EDIT, SOURCES))
    document["metadata"]["matinee"]["fades"] = ["1e99999999999", "0"]
    with pytest.raises(ProjectError, match="exact seconds"):
        read_otio_text(json.dumps(document), SOURCES)
