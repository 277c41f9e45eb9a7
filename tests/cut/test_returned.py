"""An edit goes to an editing program and back: unchanged it is exactly the same, changed it is told frame by frame."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cut.returned import Kind, take_back
from pipeline.edit import Card, Edit, Gap, MasterSpan, Part, SoundFades
from pipeline.errors import ProjectError
from pipeline.interchange import WRITERS
from pipeline.placement import Source
from pipeline.timebase import FrameRate, Span

RATES = [FrameRate(Fraction(fps)) for fps in ("24000/1001", "24", "25", "30000/1001", "50", "60000/1001", "59/2", "12")]
RATE = FrameRate(Fraction(24))
SECONDS = st.fractions(Fraction(1, 10), 60, max_denominator=10_007)
KINDS: tuple[Kind, ...] = ("otio", "fcpxml")


def sources(rate: FrameRate, timecode: str | None = None) -> dict[str, Source]:
    return {"m": Source(Path("/films/kite.mp4"), rate, 1_000_000, 1920, 1080, timecode, channels=2)}


def spans(rate: FrameRate) -> st.SearchStrategy[Part]:
    framed = st.tuples(st.integers(0, 5000), st.integers(1, 500)).map(
        lambda one: MasterSpan("m", Span.of_frames(one[0], one[0] + one[1], rate), framing="f.json")
    )
    loose = st.tuples(SECONDS, SECONDS).map(lambda one: MasterSpan("m", Span(one[0], one[0] + one[1])))
    return framed | loose


def parts(rate: FrameRate) -> st.SearchStrategy[Part]:
    cards = st.builds(
        Card, st.lists(st.sampled_from(["The Red Kite", "by Ana", "<&>", "  ", "ü\u202e"]), max_size=2).map(tuple),
        SECONDS, st.sampled_from(["plain", "end"]), st.none() | st.just("https://example.org/"),
    )  # fmt: skip
    return spans(rate) | cards | st.builds(Gap, SECONDS)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_what_nobody_changed_comes_back_as_no_change(kind: Kind, data: st.DataObject) -> None:
    rate = data.draw(st.sampled_from(RATES))
    found = tuple(data.draw(st.lists(parts(rate), min_size=1, max_size=6)))
    fades = data.draw(st.none() | st.just(SoundFades(Fraction(1, 3), Fraction(2))))
    edit = Edit("h1", found, fades=fades)
    if data.draw(st.booleans()):
        edit = replace(edit, bed=(MasterSpan("m", Span(Fraction(5), 5 + edit.duration)),))
    known = sources(rate, data.draw(st.sampled_from([None, "01:00:00:00"])))
    text = WRITERS[kind](edit, known, rate=rate)
    if kind == "otio" and data.draw(st.booleans()):
        text = without_ours(text) if not edit.bed else text
    returned = take_back(edit, text, kind, known, rate)
    assert returned.is_same and returned.edit == edit, returned.changes
    assert not any(one.is_change for one in returned.changes) and returned.frames[0] == returned.frames[1]


def without_ours(text: str) -> str:
    """Return a timeline as a program writes it that keeps none of our metadata."""

    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: {} if key == "metadata" else bare(item) for key, item in value.items()}
        return [bare(item) for item in value] if isinstance(value, list) else value

    return json.dumps(bare(json.loads(text)))


EDIT = Edit(
    "h1",
    (
        MasterSpan("m", Span.of_frames(100, 148, RATE), framing="f.json"),
        MasterSpan("m", Span.of_frames(300, 360, RATE), framing="f.json"),
        Gap(Fraction(1)),
        Card(("The Red Kite",), Fraction(2), "end", "https://example.org/"),
    ),
    fades=SoundFades(Fraction(0), Fraction(1)),
)


def told(change: Callable[[tuple[Part, ...]], tuple[Part, ...]], kind: Kind) -> tuple[Edit, list[tuple[Any, ...]]]:
    """Return what comes back of the edit when somebody changed its parts."""
    known = sources(RATE)
    bare = tuple(replace(part, framing=None) if isinstance(part, MasterSpan) else part for part in EDIT.parts)
    # As another program would write it, which knows nothing of framing, links and fades.
    text = WRITERS[kind](Edit("h1", change(bare)), known, rate=RATE)
    found = take_back(EDIT, without_ours(text) if kind == "otio" else text, kind, known, RATE)
    assert not found.is_same and found.edit.name == "h1" and found.edit.fades == EDIT.fades
    return found.edit, [
        (one.kind, one.is_moved, one.in_by, one.out_by, one.new_frames) for one in found.changes if one.is_change
    ]


def span(start: int, end: int) -> MasterSpan:
    return MasterSpan("m", Span.of_frames(start, end, RATE))


@pytest.mark.parametrize("kind", KINDS)
def test_every_change_is_told_in_frames_and_all_else_stays_as_it_was(kind: Kind) -> None:
    edit, changes = told(lambda old: (span(103, 146), *old[1:]), kind)
    assert changes == [("trimmed", False, 3, -2, 0)]
    assert edit.parts == (replace(span(103, 146), framing="f.json"), *EDIT.parts[1:]) or kind == "otio"
    assert edit.parts[0] == replace(span(103, 146), framing="f.json")
    edit, changes = told(lambda old: (span(98, 150), *old[1:]), kind)
    assert changes == [("trimmed", False, -2, 2, 4)]
    edit, changes = told(lambda old: (old[1], old[0], *old[2:]), kind)
    assert [one[:2] for one in changes] == [("same", True)] and edit.parts[:2] == (EDIT.parts[1], EDIT.parts[0])
    edit, changes = told(lambda old: (old[0], *old[2:]), kind)
    assert changes == [("gone", False, 0, 0, 0)] and edit.parts[0] == EDIT.parts[0]
    edit, changes = told(lambda old: (old[0], span(900, 910), *old[1:]), kind)
    assert changes == [("new", False, 0, 0, 10)] and edit.parts[1] == replace(span(900, 910), framing="f.json")
    edit, changes = told(lambda old: (span(105, 153), *old[1:]), kind)
    assert changes == [("trimmed", False, 5, 5, 5)]


def test_a_card_keeps_its_design_and_link_where_only_its_length_is_changed() -> None:
    edit, changes = told(lambda old: (*old[:3], Card(("The Red Kite",), Fraction(3))), "fcpxml")
    assert changes == [("trimmed", False, 0, 24, 24)]
    assert edit.parts[3] == Card(("The Red Kite",), Fraction(3), "end", "https://example.org/")


def test_a_part_between_two_frames_stays_so_unless_that_would_shift_what_follows() -> None:
    loose = Edit("h1", tuple(MasterSpan("m", Span(Fraction(n), n + Fraction(21, 48))) for n in (1, 5, 9)))
    known = sources(RATE)
    text = WRITERS["fcpxml"](loose, known, rate=RATE)
    lengths = [int(one) for one in re.findall(r'asset-clip[^>]* duration="(\d+)/24s"', text)]
    assert lengths == [11, 10, 11] or sum(lengths) == 31
    # The first one goes: those after it would be a frame longer or shorter than the editor saw.
    parts = loose.parts[1:]
    framed = tuple(replace(part, span=Span(part.span.start, part.span.start + RATE.time_of(count)))
                   for part, count in zip(parts, lengths[1:], strict=True))  # fmt: skip
    found = take_back(loose, WRITERS["fcpxml"](Edit("h1", framed), known, rate=RATE), "fcpxml", known, RATE)
    assert found.edit.parts in (framed, parts) and found.frames == (sum(lengths), sum(lengths[1:]))
    from pipeline.edit import frame_lengths

    assert list(frame_lengths(found.edit, RATE)) == lengths[1:]


def test_sound_below_is_kept_changed_or_told_to_be_gone() -> None:
    known = sources(RATE)
    laid = Edit("h1", EDIT.parts[:2], (MasterSpan("m", Span(Fraction(50), 50 + Fraction(108, 24))),))
    other = replace(laid, bed=(MasterSpan("m", Span(Fraction(60), 60 + Fraction(108, 24))),))
    for kind in KINDS:
        found = take_back(laid, WRITERS[kind](other, known, rate=RATE), kind, known, RATE)
        assert found.edit.bed == other.bed and "sound under it" in found.notes[0] and not found.is_same
        found = take_back(laid, WRITERS[kind](Edit("h1", EDIT.parts[:2]), known, rate=RATE), kind, known, RATE)
        assert found.edit.bed == () and "heard by itself" in found.notes[0]


@pytest.mark.parametrize("text", ["", "{}", "[" * 100_000, '{"a":' * 100_000, "\x00", '{"OTIO_SCHEMA": "Timeline.1"}'])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_timeline_is_refused(text: str, kind: Kind) -> None:
    with pytest.raises(ProjectError):
        take_back(EDIT, text, kind, sources(RATE), RATE)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_spoiled_file_is_refused_in_words_or_read(data: st.DataObject) -> None:
    known = sources(RATE)
    text = WRITERS["otio"](EDIT, known, rate=RATE)
    document = json.loads(text)
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, item in items:
            places.append((value, key))
            walk(item)

    walk(document)
    for holder, key in data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=3)):
        holder[key] = data.draw(st.sampled_from([None, -1, 1e308, "x", [], {}, True, 0, "1/0", "../../etc/passwd"]))
    with contextlib.suppress(ProjectError):
        take_back(EDIT, json.dumps(document), "otio", known, RATE)
