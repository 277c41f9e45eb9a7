"""Cutting rooms that are open: for each session and film what is worked on, with all that was done before.

Works are kept in memory, a bounded number of them, and what of them is not saved as drafts; what is saved is in the
project's files.
"""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Final

from pipeline.cut.request import CutRequest, analyse
from pipeline.cut.room import enter_room
from pipeline.cut.room_clips import clips_of
from pipeline.errors import InputError, PlanError, PresetError, StoreError
from pipeline.plan.cutting_room import Room, RoomHighlight
from pipeline.plan.histories import History
from pipeline.review.block_benches import BlockBenches
from pipeline.review.clip_drawings import draw_clip
from pipeline.review.drafts import Drafts, KeptDraft, draft_of, editor_of, new_name
from pipeline.review.library import FilmShown
from pipeline.review.materials import Material
from pipeline.review.preparing import Preparation, Tell, end_all, in_turn, unsaid
from pipeline.review.works import Taken, Work, material_of
from pipeline.shell.proxies import make_proxy
from pipeline.shell.sprites import describe_sprites, draw_sheet
from pipeline.shell.store import Store

MOST_WORKS: Final = 12
"""Each holds what is known of a film: some tens of MB for one of two hours."""
_AT_ONCE: Final = 2
"""Films that are made ready at the same time, whoever asks."""

Place = tuple[str, str]
"""A session and a film's name in addresses."""


class Benches:
    """All works of a page, on films and on blocks, and what is being made for them."""

    def __init__(self, say: Callable[[Exception], None] | None = None) -> None:
        self._say = say or unsaid
        self._lock = threading.Lock()
        self._works: OrderedDict[Place, Work] = OrderedDict()
        self._entering: dict[Place, Preparation] = {}
        self._drawing: dict[Place, Preparation] = {}
        self._films: dict[str, threading.Lock] = {}
        self._free = threading.Semaphore(_AT_ONCE)
        self.blocks = BlockBenches(self._say)

    def find(self, session: str, film: str) -> Work:
        """Return what a session does to a film. Raises InputError where it has not entered that room."""
        with self._lock:
            work = self._works.get((session, film))
            if work is None:
                raise InputError(
                    "This film's cutting room is not open in this browser.",
                    remedy="Load the page again.",
                    conflict=True,
                )
            self._works.move_to_end((session, film))
            return work

    def has(self, session: str, film: str) -> bool:
        """Tell whether a session has entered a film's room."""
        with self._lock:
            return (session, film) in self._works

    @contextlib.contextmanager
    def changing(self, session: str, film: str, seen: int, who: str) -> Iterator[Work]:
        """Give what a session does to a film to whom changes it, and keep what is not saved then as a draft.

        Raises InputError where the page shows what is no longer so, StoreError where no draft can be written.
        """
        work = self.find(session, film)
        with work.lock, work.room.order.store.in_use():
            work.check_seen(seen)
            before = work.number
            yield work
            if work.number == before:
                return
            if not work.is_saved:
                _keep_draft(work, session, who)
            elif work.taken is not None and work.draft == work.taken.name:
                work.draft = new_name()  # what is done next is not written over what can be done again
            else:
                _drafts_of_home().drop(work.room.study.digest, work.draft)

    def keep_draft(self, work: Work, session: str, who: str) -> None:
        """Keep what is not saved of a work as a draft while it is being saved: that goes on where none can be."""
        with contextlib.suppress(StoreError):
            _keep_draft(work, session, who)

    def end_taken(self, work: Work) -> None:
        """Remove the draft that a work which was saved goes on from, unless some of it is not in what was saved."""
        if work.taken is not None and work.has_taken:
            _drafts_of_home().drop(work.room.study.digest, work.taken.name)
            work.taken = None

    def drafts(self, work: Work) -> tuple[KeptDraft, ...]:
        """Return what is not saved of a film, of who works there no more, and was not left."""
        with self._lock:
            at_work = {name for one in self._works.values() for name in one.names}
        return _drafts_of_home().of(work.room, without=at_work | work.left)

    def take_up(self, work: Work, session: str, name: str) -> None:
        """Have a session go on with a draft. Raises InputError where it is not there any more or cannot be used."""
        found = next((one for one in self.drafts(work) if one.id == name), None)
        if found is None:
            raise InputError("This work is not there any more.", remedy="Load the page again.", conflict=True)
        if found.fault:
            raise InputError(f"Nobody can go on with this work: {found.fault}", remedy="Leave it.", conflict=True)
        work.take_up(found, editor_of(session))

    def leave(self, work: Work, session: str, name: str) -> None:
        """Show a session a draft no more; its own is removed."""
        found = next((one for one in self.drafts(work) if one.id == name), None)
        work.left |= {name}
        if found is not None and found.draft.editor == editor_of(session):
            _drafts_of_home().drop(found.draft.film, name)

    def enter(self, session: str, film: FilmShown, *, anew: bool) -> None:
        """Have a film's room made ready for a session, unless it is or that goes on.

        `anew` begins from what is saved now, and keeps what was on the bench aside.
        """
        place = (session, film.id)
        with self._lock:
            going = self._entering.get(place)
            if (going is not None and going.is_working) or (place in self._works and not anew):
                return
            self._forget_ended()
            if sum(one.is_working for one in self._entering.values()) >= MOST_WORKS:
                raise InputError("Too many rooms are being made ready.", remedy="Wait for one, or stop it.")
            held = self._works.get(place)
            one_at_a_time = self._films.setdefault(film.id, threading.Lock())

            def work(tell: Tell) -> None:
                waiting = "waiting for another room"
                with in_turn(one_at_a_time, tell, waiting), in_turn(self._free, tell, waiting):
                    made = _open(film, tell)
                # What was done meanwhile stays as well.
                if held is not None and not held.is_saved:
                    made.aside = held.history.now
                    made.taken = Taken(held.draft, held.room.opened, held.history.now)
                self._keep(place, made)

            self._entering[place] = Preparation(f"room-{film.id[:8]}", work, self._say)
            self._entering[place].start()

    def entering(self, session: str, film: str) -> Preparation | None:
        """Return what makes a room ready, or did last."""
        with self._lock:
            return self._entering.get((session, film))

    def draw(self, session: str, film: str, id_: str) -> None:
        """Have the clips of a highlight planned for their previews, unless they are or that goes on."""
        work, place = self.find(session, film), (session, film)
        with work.lock:
            one, now = work.history.now.find(id_), work.history.now
            if one in work.drawn:
                return
        with self._lock:
            going = self._drawing.get(place)
            if going is not None:
                going.stop()

            def plan(tell: Tell) -> None:
                if going is not None:
                    going.join()
                _draw(work, now, one, tell)

            self._drawing[place] = Preparation(f"previews-{film[:8]}", plan, self._say)
            self._drawing[place].start()

    def drawing(self, session: str, film: str) -> Preparation | None:
        """Return what plans clips, or did last."""
        with self._lock:
            return self._drawing.get((session, film))

    def sheet(self, work: Work, number: int) -> Material | None:
        """Return a sheet of shots' pictures, drawn when it is first looked at; None where there is no such sheet."""
        if not 0 <= number < work.sprites["sheets"]:
            return None
        store = work.room.order.store
        with store.in_use():
            return material_of(draw_sheet(work.room.study, number, store), store, "image/jpeg")

    def materials(self) -> dict[str, Material]:
        """Return what browsers may see of all open rooms."""
        with self._lock:
            works = tuple(self._works.values())
        return {name: one for work in works for name, one in work.materials.items()}

    def close(self) -> None:
        """Stop all that goes on, and wait for it."""
        with self._lock:
            going = (*self._entering.values(), *self._drawing.values())
        end_all(going)
        self.blocks.close()

    def _keep(self, place: Place, work: Work) -> None:
        with self._lock:
            held = self._works.pop(place, None)
            # A tab that shows what was there before is told so.
            work.number = 0 if held is None else held.number + 1
            self._works[place] = work
            while len(self._works) > MOST_WORKS:
                saved = (one for one, other in self._works.items() if other.is_saved and one != place)
                del self._works[next(saved, next(iter(self._works)))]

    def _forget_ended(self) -> None:
        for going in (self._entering, self._drawing):
            for place in [place for place, one in going.items() if not one.is_working and place not in self._works]:
                del going[place]


def _open(film: FilmShown, tell: Tell) -> Work:
    """Return the work of who enters a film's room now, with all that its page needs made."""
    request = _request(film)
    with _store_of_home().in_use():
        tell("looking into the film", 0.0)
        subject = analyse(film.path, request, lambda share: tell("looking into the film", share))
        tell("choosing highlights", 0.0)
        room = enter_room(subject, request, lambda share: tell("choosing highlights", share))
        store = room.order.store
        tell("drawing the timeline", 0.0)
        timeline = material_of(room.timeline(), store, "application/json")
        sprites = describe_sprites(room.study)
        tell("making a small copy to play", 0.0)

        def tell_proxy(share: float, _speed: float | None = None) -> None:
            tell("making a small copy to play", share)

        proxy = make_proxy(room.proxied, room.workshop, tell_proxy).artifact
    return Work(room, History(room.opened), sprites, material_of(proxy, store, "video/mp4"), timeline)


def _request(film: FilmShown) -> CutRequest:
    """Return how the film's clips were asked for last, so that the room shows what they are made of."""
    for document in film.documents:
        if document.asked is not None and document.asked.file == film.path and not document.region:
            with contextlib.suppress(PresetError, PlanError):  # of a preset that was taken away since
                return document.asked.request()
    return CutRequest() if not film.documents else CutRequest(highlights=film.documents[0].preset)


def _draw(work: Work, now: Room, one: RoomHighlight, tell: Tell) -> None:
    def tell_stage(_stage: str, share: float, _speed: float | None) -> None:
        tell("framing the highlight", share)

    room = work.room
    with room.order.store.in_use():
        tell("framing the highlight", 0.0)
        clips = clips_of(room, now, one.id, tell_stage)
        drawn = []
        for number, clip in enumerate(clips):
            tell("laying out its clips", number / len(clips))
            drawn.append(draw_clip(clip, {room.study.digest: room.proxied}))
    with work.lock:
        work.keep_drawn(one, tuple(drawn))


def _keep_draft(work: Work, session: str, who: str) -> None:
    draft = draft_of(work.room, work.history.now, editor=editor_of(session), who=who)
    _drafts_of_home().keep(work.draft, draft)


def _store_of_home() -> Store:
    from pipeline.shell.home import find_home

    return Store(find_home().store)


def _drafts_of_home() -> Drafts:
    from pipeline.shell.home import find_home

    return Drafts(find_home().root / ".review" / "drafts")
