"""An edit goes to OpenTimelineIO and back without loss, and comes back changed where an editor changed it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.edit import Card, Edit, Gap, MasterSpan, Part, Programme, SoundFades
from pipeline.errors import ProjectError
from pipeline.interchange import WRITERS, from_otio, otio_text, read_otio_text, to_otio
from pipeline.placement import Source, place_parts
from pipeline.plan.film_flags import film_flags
from pipeline.plan.running_order import Item, RunningOrder
from pipeline.timebase import FrameRate, Span

FILM = FrameRate(Fraction(24000, 1001))
NTSC = FrameRate(Fraction(30000, 1001))
RATES = [FILM, NTSC, FrameRate(Fraction(25)), FrameRate(Fraction(60000, 1001)), FrameRate(Fraction(295, 10))]
WORDS = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=20)
LINKS = st.none() | st.sampled_from(["https://example.org/", "https://xn--mnchen-3ya.example/a%20b?c=d"])
SECONDS = st.fractions(min_value=0, max_value=9_000, max_denominator=1_000_000_007)


def _source(rate: FrameRate, *, path: str = "/films/ünï cödé 🎬.mov", **more: Any) -> Source:
    return Source(Path(path), rate, 2_000_000, 1920, 1080, **({"channels": 2} | more))


PROGRAMMES = st.none() | st.builds(Programme, WORDS, st.none() | st.builds(SoundFades, SECONDS, SECONDS))
SPANS: st.SearchStrategy[Part] = st.builds(
    lambda digest, start, length, *more: MasterSpan(digest, Span(start, start + length), *more),
    st.sampled_from(["m", "n"]), SECONDS, SECONDS, st.none() | WORDS, st.none() | WORDS, PROGRAMMES,
)  # fmt: skip
PARTS = st.one_of(
    SPANS, st.builds(Card, st.lists(WORDS, max_size=3).map(tuple), SECONDS, WORDS, LINKS), st.builds(Gap, SECONDS)
)


@settings(max_examples=60, deadline=None)
@given(WORDS, st.lists(PARTS, max_size=6), st.sampled_from(RATES), st.sampled_from(RATES))
def test_an_edit_comes_back_from_an_otio_file_exactly(
    name: str, parts: list[Part], rate: FrameRate, other: FrameRate
) -> None:
    sources = {"m": _source(rate), "n": _source(other, path="/films/b.mov", start_timecode="01:00:00:00", channels=0)}
    edit = Edit(name, tuple(parts), fades=SoundFades(Fraction(1, 7), Fraction(2)) if len(parts) % 2 else None)
    assert read_otio_text(otio_text(edit, sources)) == edit
    for master in ("m", "n"):
        bed = (Gap(edit.duration / 3), MasterSpan(master, Span(Fraction(5), 5 + edit.duration * 2 / 3)))
        laid = Edit(name, tuple(parts), bed)
        assert read_otio_text(otio_text(laid, sources)) == laid


def _edit(rate: FrameRate) -> Edit:
    spans = (MasterSpan("m", Span.of_frames(100, 340, rate)), MasterSpan("m", Span(Fraction(20), Fraction(25))))
    return Edit("Teaser", (Card(("A film",), Fraction(2)), spans[0], Gap(Fraction(1)), spans[1]))


def test_the_timeline_shows_whole_frames_from_the_files_own_timecode() -> None:
    sources = {"m": _source(FILM, start_timecode="01:00:00:00")}
    timeline = to_otio(_edit(FILM), sources)
    placed = place_parts(_edit(FILM), sources, FILM)
    picture, sound = timeline.tracks
    assert [item.source_range.duration.value for item in picture] == [one.length for one in placed]
    assert [item.source_range.start_time.value for item in picture] == [0, 86500, 0, 86400 + placed[3].source_start]
    assert [item.range_in_parent().start_time.value for item in picture] == [one.start for one in placed]
    assert picture[1].media_reference.available_range.start_time.value == 86400
    assert timeline.global_start_time.to_timecode() == "01:00:00:00"
    assert [str(item.source_range) for item in sound] == [str(item.source_range) for item in picture]


def test_a_source_at_another_rate_does_not_shift_what_follows() -> None:
    edit = Edit(
        "e", (MasterSpan("m", Span.of_frames(0, 100, NTSC)),) + (MasterSpan("n", Span.of_frames(7, 55, FILM)),) * 40
    )
    sources = {"m": _source(NTSC), "n": _source(FILM, path="/b.mov")}
    picture = to_otio(edit, sources).tracks[0]
    starts = [item.range_in_parent().start_time for item in picture]
    assert [round(time.rescaled_to(float(NTSC.fps)).value, 6) for time in starts] == [
        one.start for one in place_parts(edit, sources, NTSC)
    ]


def test_silent_media_makes_no_sound_track() -> None:
    assert len(to_otio(_edit(FILM), {"m": _source(FILM, channels=0)}).tracks) == 1


def test_a_cut_that_an_editor_moved_wins_over_the_exact_numbers() -> None:
    from opentimelineio import opentime

    sources = {"m": _source(FILM, start_timecode="01:00:00:00")}
    timeline = to_otio(_edit(FILM), sources)
    clip, gap = timeline.tracks[0][1], timeline.tracks[0][2]
    clip.source_range = opentime.TimeRange(opentime.RationalTime(86_510, 23.976), opentime.RationalTime(48, 23.976))
    gap.source_range = opentime.TimeRange(opentime.RationalTime(0, 23.976), opentime.RationalTime(6, 23.976))
    edit = from_otio(timeline)
    assert edit.parts[1] == MasterSpan("m", Span.of_frames(110, 158, FILM))
    assert edit.parts[2] == Gap(FILM.time_of(6))
    assert (edit.parts[0], edit.parts[3]) == (_edit(FILM).parts[0], _edit(FILM).parts[3])


def _without_metadata(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: {} if key == "metadata" else _without_metadata(item) for key, item in value.items()}
    return [_without_metadata(item) for item in value] if isinstance(value, list) else value


def test_a_timeline_of_another_program_is_matched_by_its_files() -> None:
    sources = {"m": _source(NTSC, start_timecode="00:10:00;00")}
    text = json.dumps(_without_metadata(json.loads(otio_text(_edit(NTSC), sources))))
    edit = read_otio_text(text, sources)
    assert edit.name == "Teaser"
    assert edit.parts[1] == MasterSpan("m", Span.of_frames(100, 340, NTSC))
    moved = {"m": _source(NTSC, path="/elsewhere/ünï cödé 🎬.mov")}
    assert read_otio_text(text, moved) == edit
    with pytest.raises(ProjectError, match="not a known master"):
        read_otio_text(text, {"m": _source(NTSC, path="/films/other.mov")})


def test_what_an_edit_cannot_hold_is_refused_by_name() -> None:
    from opentimelineio import opentime, schema

    def refused(told: str, change: Any) -> None:
        timeline = to_otio(_edit(FILM), {"m": _source(FILM)})
        change(timeline)
        with pytest.raises(ProjectError, match=told):
            from_otio(timeline)

    half = opentime.RationalTime(6, 24)
    refused("a Transition", lambda line: line.tracks[0].insert(2, schema.Transition(in_offset=half, out_offset=half)))
    refused("effects", lambda line: line.tracks[0][1].effects.append(schema.LinearTimeWarp(time_scalar=2.0)))
    refused("a Stack", lambda line: line.tracks[0].append(schema.Stack()))
    refused("2 picture tracks", lambda line: line.tracks.append(line.tracks[0].deepcopy()))
    refused("damaged", lambda line: line.tracks[0][1].metadata["matinee"].update({"start": "x/y"}))
    refused("damaged: an address", lambda line: line.tracks[0][0].metadata["matinee"].update({"link": "file:/x"}))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"OTIO_SCHEMA": "Clip.2"}', '{"OTIO_SCHEMA": "Nonsense.1"}', "\x00"])
def test_text_that_is_no_timeline_is_refused(text: str) -> None:
    with pytest.raises(ProjectError, match="OpenTimelineIO"):
        read_otio_text(text)


@pytest.mark.parametrize("suffix", list(WRITERS))
def test_every_writer_takes_an_edit_and_an_empty_one(suffix: str) -> None:
    assert "Teaser" in WRITERS[suffix](_edit(FILM), {"m": _source(FILM)})
    assert WRITERS[suffix](Edit("empty", ()), {})


def test_the_module_loads_without_opentimelineio() -> None:
    code = "import sys, pipeline.interchange; sys.exit('opentimelineio' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[1]).returncode == 0


def _laid() -> Edit:
    return Edit("Teaser", _edit(FILM).parts, (MasterSpan("m", Span(Fraction(60), 60 + _edit(FILM).duration)),))


def test_a_bed_is_one_clip_on_the_sound_track() -> None:
    timeline = to_otio(_laid(), {"m": _source(FILM)})
    (picture, sound) = timeline.tracks
    assert (len(picture), len(sound)) == (4, 1)
    assert picture.duration() == sound.duration()


def test_a_bed_that_was_not_trimmed_with_the_pictures_is_told() -> None:
    timeline = to_otio(_laid(), {"m": _source(FILM)})
    del timeline.tracks[0][3]
    with pytest.raises(ProjectError, match=r"bed .*Trim the bed"):
        from_otio(timeline)


@pytest.mark.parametrize("fades", ["soon", [1], ["1", "x"], ["1/0", "1"], ["-1", "1"], 3])
def test_damaged_fades_are_refused(fades: Any) -> None:
    import opentimelineio as otio

    timeline = to_otio(_edit(RATES[0]), {"m": _source(RATES[0])})
    timeline.metadata["matinee"]["fades"] = fades
    with pytest.raises(ProjectError, match=r"damaged|is none"):
        from_otio(otio.adapters.read_from_string(timeline.to_json_string(), "otio_json"))


def test_a_block_of_films_of_several_rates_goes_out_with_a_flag_at_each_and_comes_back() -> None:
    rates = (FILM, FrameRate(Fraction(25)), NTSC)
    sources = {name: _source(rate, path=f"/films/{name}.mov") for name, rate in zip("abc", rates, strict=True)}
    parts: list[Part] = [Card(("Countdown",), Fraction(8), "leader")]
    items = [Item("leader", "Countdown", Span(Fraction(0), Fraction(8)))]
    at = Fraction(8)
    for name, rate in zip("abc", rates, strict=True):
        film = MasterSpan(name, Span.of_frames(0, 1001, rate), programme=Programme(name))
        parts += [Card((name, "a film"), Fraction(4), "slate"), film, Gap(Fraction(2))]
        items.append(Item("film", f"Film {name}\n", Span(at + 4, at + 4 + film.duration)))
        at += 6 + film.duration
    edit = Edit("Block", tuple(parts))
    order = RunningOrder("Block", tuple(items))
    start = datetime(2026, 10, 25, 2, 59, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    text = otio_text(edit, sources, rate=rates[1], flags=film_flags(order, start))
    assert read_otio_text(text) == edit
    timeline = to_otio(edit, sources, rate=rates[1], flags=film_flags(order, start))
    markers = list(timeline.tracks.markers)
    assert [(marker.name, marker.comment) for marker in markers] == [
        ("Film a", "2026-10-25T02:59:42+02:00"), ("Film b", "2026-10-25T02:00:29+01:00"),
        ("Film c", "2026-10-25T02:01:15+01:00"),
    ]  # fmt: skip
    shown = [item.range_in_parent().start_time for item in timeline.tracks[0] if item.schema_name() == "Clip"]
    assert [marker.marked_range.start_time.value for marker in markers] == [time.value for time in shown]
    assert [flag.comment for flag in film_flags(order, None)] == ["0:12", "0:59", "1:45"]
