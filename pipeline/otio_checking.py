"""What of an .otio file is handed to OpenTimelineIO: known objects that are as they should be.

Its reader is native code that trusts its input: a clip that is null, or a name that is a number, ends the process.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

from pipeline.errors import ProjectError

Json = dict[str, Any]
_MOST_DEPTH: Final = 100
"""Of objects and arrays; programs write some ten."""
_MOST_TRACKS: Final = 100
_MOST_ITEMS: Final = 10_000
# A text in quotes, in which brackets are none, or a bracket. A text that never ends is taken whole as well: looked for
# again from each of its quotes, it would take hours.
_NESTING: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_KEY: Final = "matinee"


def checked_otio(text: str) -> str:
    """Return the text of an .otio file's timeline with what an edit is read from, and nothing else.

    Raises ProjectError for text that is no timeline.
    """
    if _nests_deeply(text):
        raise _none("it is nested too deeply")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _none(str(error)[:200]) from None
    if not isinstance(document, dict) or _schema(document) != "Timeline":
        raise ProjectError("The OpenTimelineIO file holds no timeline.")
    stack = document.get("tracks")
    tracks = stack.get("children") if isinstance(stack, dict) else None
    if not isinstance(tracks, list) or len(tracks) > _MOST_TRACKS:
        raise _none("its timeline has no tracks, or too many")
    return json.dumps(
        {
            "OTIO_SCHEMA": "Timeline.1",
            **_told(document),
            "tracks": {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [_track(one) for one in tracks]},
        }
    )


def _track(track: Any) -> Json:
    items = track.get("children") if isinstance(track, dict) else None
    if not isinstance(track, dict) or _schema(track) != "Track" or not isinstance(items, list):
        raise _none("something among its tracks is none")
    if len(items) > _MOST_ITEMS:
        raise _none(f"a track has more than {_MOST_ITEMS} items")
    kind = "Audio" if track.get("kind") == "Audio" else "Video"
    return {"OTIO_SCHEMA": "Track.1", **_told(track), "kind": kind, "children": [_item(one) for one in items]}


def _item(item: Any) -> Json:
    if not isinstance(item, dict):
        raise _none("something on a track is none of its objects")
    schema = _schema(item)
    if schema == "Transition":
        return {"OTIO_SCHEMA": "Transition.1", **_told(item), "transition_type": "SMPTE_Dissolve"}
    if schema not in ("Clip", "Gap"):
        # What it holds does not matter: it is refused by its kind.
        return {"OTIO_SCHEMA": "Stack.1", **_told(item), "children": []}
    effects = item.get("effects")
    found: Json = {
        "OTIO_SCHEMA": "Gap.1" if schema == "Gap" else "Clip.1",
        **_told(item),
        "source_range": _range(item.get("source_range")),
        "effects": [{"OTIO_SCHEMA": "Effect.1", "name": "", "effect_name": ""}] if effects else [],
        "enabled": item.get("enabled", True) is not False,
    }
    return found if schema == "Gap" else {**found, "media_reference": _media(item)}


def _media(clip: Json) -> Json:
    several, media = clip.get("media_references"), clip.get("media_reference")
    if isinstance(several, dict):
        media = several.get(str(clip.get("active_media_reference_key", "DEFAULT_MEDIA")))
    if not isinstance(media, dict) or _schema(media) != "ExternalReference":
        return {"OTIO_SCHEMA": "MissingReference.1", "name": ""}
    return {
        "OTIO_SCHEMA": "ExternalReference.1",
        **_told(media),
        "target_url": _text(media.get("target_url")),
        "available_range": _range(media.get("available_range")),
    }


def _range(value: Any) -> Json | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _none("a range of time is none")
    ends = {name: _time(value.get(name)) for name in ("start_time", "duration")}
    return {"OTIO_SCHEMA": "TimeRange.1", **ends}


def _time(value: Any) -> Json:
    numbers: list[Any] = [value.get(name) for name in ("value", "rate")] if isinstance(value, dict) else [None]
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            raise _none("a time in it is none")
        if abs(number) > 1e12:
            raise _none("a time in it is too large")
    if numbers[1] < 0.1 or numbers[0] < 0:
        raise _none("a time in it is below 0, or counted at no rate")
    return {"OTIO_SCHEMA": "RationalTime.1", "value": float(numbers[0]), "rate": float(numbers[1])}


def _told(thing: Json) -> Json:
    """Return an object's name and what we noted of it."""
    metadata = thing.get("metadata")
    ours = metadata.get(_KEY) if isinstance(metadata, dict) else None
    kept = {_KEY: ours} if isinstance(ours, dict) and _is_plain(ours) else {}
    return {"name": _text(thing.get("name")), "metadata": kept}


def _is_plain(value: Any) -> bool:
    """Tell whether a value is text, whole numbers, lists and tables alone: none of OpenTimelineIO's objects."""
    if isinstance(value, dict):
        return "OTIO_SCHEMA" not in value and all(_is_plain(one) for one in value.values())
    if isinstance(value, list):
        return all(_is_plain(one) for one in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | bool) or (isinstance(value, int) and abs(value) < 1 << 53)


def _schema(thing: Json) -> str:
    return _text(thing.get("OTIO_SCHEMA")).partition(".")[0]


def _text(value: Any) -> str:
    # Halves of characters are no UTF-8, which native code takes for granted.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _nests_deeply(text: str) -> bool:
    depth = 0
    for found in _NESTING.finditer(text):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(found[0], 0)
        if depth > _MOST_DEPTH:
            return True
    return False


def _none(why: str) -> ProjectError:
    return ProjectError(f"The file is not an OpenTimelineIO file: {why}.")
