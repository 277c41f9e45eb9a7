"""The cutting room of one film: its highlights as they are chosen now, and what is offered beside them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

from pipeline.argv import recipe_key
from pipeline.cut.choice import Chosen, KnownFilm, choose_as_seen, choose_from, dress_of, known_once_said
from pipeline.cut.handframing import KeptFraming
from pipeline.cut.order import Order, read_order
from pipeline.cut.plan import film_of
from pipeline.cut.request import CutRequest, Subject
from pipeline.edit import EDIT_SUFFIX
from pipeline.errors import PlanError
from pipeline.film import Film as FilmSaid
from pipeline.film import ResolvedSpan
from pipeline.plan.clips import Film
from pipeline.plan.cutting_room import Room, RoomFilm, RoomHighlight, edit_of, open_room, reject
from pipeline.plan.dressing import dressed
from pipeline.plan.highlights import Highlight
from pipeline.plan.passages import share_within
from pipeline.plan.snapping import SnapPoints, find_snap_points
from pipeline.plan.timelines import VERSION as TIMELINE_VERSION
from pipeline.plan.timelines import Word, timeline_document, words_of
from pipeline.plan.zones import Frames
from pipeline.shell.caption_sources import captions_wanted, find_captions
from pipeline.shell.decisions import DecidedRead, read_decided
from pipeline.shell.ledger import Ledger
from pipeline.shell.projects import Version, edit_path, list_edits, read_edit
from pipeline.shell.render import Workshop
from pipeline.shell.store import Artifact
from pipeline.shell.study import Study
from pipeline.shell.toolchain import describe_toolchain
from pipeline.timebase import Span

_MOST_OFFERS: Final = 20
_HALF: Final = 0.5
_NAME: Final = re.compile(r"h\d+")


@dataclass(frozen=True)
class CuttingRoom:
    """What a film's highlights are worked on with, as it was when somebody came in."""

    order: Order
    chosen: Chosen
    film: RoomFilm
    opened: Room
    """The highlights as they were chosen then, or saved since."""
    base: DecidedRead
    """What the project's film.toml decided then, or since it was saved."""
    edits: Mapping[str, Version]
    """What the project's edits of highlights were then, by the highlights' names."""
    words: tuple[Word, ...]
    framings: Mapping[str, KeptFraming] = field(default_factory=dict)
    """The framing files of clips whose windows were moved here, by their names, see `room_clips.framing_name`."""
    called: Mapping[str, str] = field(default_factory=dict)
    """Under which names highlights are cut since the room was saved, where they have others here."""
    is_half_saved: bool = False
    """Whether saving it ended half way, so that not all of `opened` is in files."""

    @property
    def study(self) -> Study:
        """What is known of the film."""
        return self.order.subject.main

    @property
    def proxied(self) -> Film:
        """The film as its proxy is made of it: with the sound that clips have."""
        return film_of(self.study, self.order.main.film)

    @property
    def snap_points(self) -> SnapPoints:
        """What in and out points snap to."""
        return find_snap_points(self.study.analysis, self.words)

    @property
    def workshop(self) -> Workshop:
        """Where the film's proxy is made and cards are drawn."""
        study, home = self.study, self.order.home
        tools = describe_toolchain(Ledger(home.ledger))
        return Workshop(self.order.store, tools, {study.digest: study.path.absolute()}, {study.digest: study.identity})

    def timeline(self) -> Artifact:
        """Return what a browser draws the film's timeline from, as JSON, see `plan/timelines`; kept in the store."""
        study, choice = self.study, self.chosen.choice
        scoring = self.chosen.scoring
        said = (scoring.identity, repr(scoring.values), repr(self.words), repr(choice.interest), repr(choice.left_out))
        made_of = (study.artifact.key, study.features_artifact.key)

        def produce(path: Path) -> dict[str, Any]:
            document = timeline_document(
                study.analysis,
                interest=choice.interest,
                scores=_shares(scoring.values),
                words=self.words,
                left_out=choice.left_out,
            )
            path.write_text(json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False), "utf-8")
            return {"made_by": "timeline", "inputs": list(made_of)}

        key = recipe_key("timeline", str(TIMELINE_VERSION), (*made_of, *said))
        return self.order.store.make(key, ".json", produce)[0]


def enter_room(
    subject: Subject, request: CutRequest, on_fraction: Callable[[float], None] | None = None
) -> CuttingRoom:
    """Return the cutting room of a master. Raises PlanError for an edit, ProjectError for a file that is wrong."""
    if subject.edit is not None:
        raise PlanError(
            f"{subject.path} is an edit, which is cut already.", remedy="Name the film itself, or change the edit."
        )
    order = read_order(subject, request)
    rate = subject.main.analysis.timeline.rate
    base, edits = read_decided(order.main.project, rate), _edits_in(order.main.project)
    chosen = _chosen(order, order.main, on_fraction)
    film = _room_film(order)
    return CuttingRoom(order, chosen, film, open_room(chosen.choice.highlights, film), base, edits, _words(order))


def reject_for_next(room: CuttingRoom, now: Room, id_: str, *, note: str = "") -> Room:
    """Return the room in which a highlight is rejected, with what would be chosen in its place, where anything is.

    It is what `matinee cut` chooses then. Raises what `pipeline.plan.cutting_room.reject` raises.
    """
    without = reject(now, room.film, id_, note=note)
    free = _free_of(chosen_beside(room, without).highlights, without)
    return reject(now, room.film, id_, free[0], note=note) if free else without


def chosen_beside(room: CuttingRoom, now: Room) -> Room:
    """Return what would be chosen with what a room decides: what is locked, and what else, by the names of clips.

    Looks at what another choice brings up where the store lacks that.
    """
    try:
        found = _chosen(room.order, _known_with(room, now), None)
    except PlanError:  # nothing is left of the film
        return Room(())
    return open_room(found.choice.highlights, room.film)


def names_as_saved(room: CuttingRoom, own: FilmSaid | None = None) -> dict[tuple[Frames, ...], str]:
    """Return the names under which highlights are cut by what is saved now, else by `own` as film.toml, by frames."""
    order = read_order(room.order.subject, room.order.request)
    known = order.main if own is None else known_once_said(order.main, own, room.film.rate)
    try:
        found = _chosen(order, known, None)
    except PlanError:  # nothing is left of the film
        return {}
    return {one.pieces: one.id for one in open_room(found.choice.highlights, room.film).highlights}


def offered(room: CuttingRoom, now: Room, id_: str, count: int = 5) -> tuple[tuple[Frames, ...], ...]:
    """Return what could stand in place of a highlight, best first: little of it, nothing of others or rejected.

    It is judged by what was seen when the room was entered, so that it is there in a moment.

    Raises PlanError for a highlight that there is not.
    """
    one = now.find(id_)
    others = tuple(replace(other, is_locked=True) for other in now.highlights if other != one)
    held = replace(now, highlights=others)
    # One more than asked for: the highlight itself is among the best.
    wanted = len(held.shown) + 1 + min(max(1, count), _MOST_OFFERS)
    preset = room.order.preset.model_copy(update={"count": wanted})
    known, order, study = _known_with(room, held), room.order, room.study
    around = dress_of(known.film, study, order.preset, order.style).duration
    try:
        found = choose_as_seen(study, preset, known.times, room.chosen, around_s=around)
    except PlanError:
        return ()
    free = _free_of(open_room(found.highlights, room.film).highlights, held)
    return tuple(pieces for pieces in free if share_within(pieces, one.pieces) <= _HALF)[:count]


def highlight_as_cut(room: CuttingRoom, one: RoomHighlight) -> Highlight:
    """Return a highlight as `matinee cut` would have it: as it was chosen, else by hand; what is chosen has cards."""
    found = next((other for other in room.chosen.choice.highlights if other.id == one.id), None)
    if found is not None and found.is_locked == one.is_locked and open_room([found], room.film).shown == one.pieces:
        return found
    edit = edit_of(one, room.film, base=None if found is None else found.edit)
    if not one.is_locked:
        order = room.order
        edit = dressed(edit, dress_of(order.main.film, room.study, order.preset, order.style))
    return Highlight(one.id, edit, 1.0, ("cut by hand",), is_locked=one.is_locked)


def _edits_in(project: Path) -> dict[str, Version]:
    """Return what a project's edits of highlights were, by the highlights' names."""
    names = (path.name.removesuffix(EDIT_SUFFIX) for path in list_edits(project))
    return {name: read_edit(edit_path(project, name)).version for name in names if _NAME.fullmatch(name)}


@dataclass(frozen=True)
class _Question:
    """What is chosen of a film; all that the answer follows from is in `said`."""

    said: tuple[str, ...]
    ask: Callable[[], Chosen] = field(compare=False)


# Of two hours it takes seconds, and is asked again by whoever enters, and by each save.
@lru_cache(maxsize=8)
def _answer(question: _Question) -> Chosen:
    return question.ask()


def _chosen(order: Order, known: KnownFilm, on_fraction: Callable[[float], None] | None) -> Chosen:
    study, preset = order.subject.main, order.preset
    dress = dress_of(known.film, study, preset, order.style)
    made_of = (study.artifact.key, study.features_artifact.key)
    said = (str(order.store.root), *made_of, preset.model_dump_json(), repr(known.times), repr(dress))
    ask = partial(choose_from, study, preset, known.times, order.store, dress=dress, on_fraction=on_fraction)
    return _answer(_Question(said, ask))


def _known_with(room: CuttingRoom, now: Room) -> KnownFilm:
    """Return what is known of the film, with what a room decides in place of what was decided."""
    known, rate, kind = room.order.main, room.film.rate, room.order.preset.kind

    def resolved(pieces: Sequence[Frames]) -> list[ResolvedSpan]:
        return [ResolvedSpan(Span.of_frames(*piece, rate), "", kind) for piece in pieces]

    locked = [piece for one in now.highlights if one.is_locked for piece in one.pieces]
    unwanted = [piece for one in now.rejected for piece in one.pieces]
    times = replace(
        known.times,
        locked=tuple(resolved(locked)),
        rejected=(*known.times.rejected, *resolved(unwanted)),
    )
    return replace(known, times=times)


def _free_of(found: Sequence[RoomHighlight], now: Room) -> list[tuple[Frames, ...]]:
    """Return what was chosen and shares nothing with what a room shows or has rejected, best first."""
    shown = now.shown
    unwanted = [one.pieces for one in now.rejected]
    return [one.pieces for one in found if not share_within(one.pieces, shown) and one.pieces not in unwanted]


def _room_film(order: Order) -> RoomFilm:
    study, times = order.subject.main, order.main.times
    timeline = study.analysis.timeline
    rate = timeline.rate
    never = tuple(
        ((one.span.start * rate.fps).__floor__(), (one.span.end * rate.fps).__ceil__()) for one in times.never
    )
    platforms = order.wanted.platforms
    limits = [(limit, one.name) for one in platforms if (limit := one.file.duration_s.max) is not None]
    # Where no platform was named, those that do not take a clip are left out rather than the clip refused.
    some_take_all = order.request.platforms is None and len(limits) < len(platforms)
    longest = None if some_take_all else (max if order.request.platforms is None else min)(limits, default=None)
    frames = rate.frames_within(timeline.duration)
    if longest is None:
        return RoomFilm(study.digest, rate, frames, never)
    return RoomFilm(study.digest, rate, frames, never, *longest)


def _words(order: Order) -> tuple[Word, ...]:
    study, known = order.subject.main, order.main
    wish = captions_wanted(order.request.captions)
    found = find_captions(study.path, study.facts, study.digest, films=known.files, wish=wish, store=order.store)
    return () if found.track is None else words_of(found.track.cues)


def _shares(values: Sequence[float]) -> list[float]:
    """Return scores as shares of the way from the lowest to the highest."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    return [(value - low) / (high - low) if high > low else 0.5 for value in values]
