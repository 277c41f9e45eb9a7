"""What one editor does to one film: the room, all that was done there, and its clips as they were drawn."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Final

from pipeline.cut.clips import PlannedClip
from pipeline.cut.returned import Returned
from pipeline.cut.room import CuttingRoom
from pipeline.cut.room_clips import clips_of, move_crop
from pipeline.errors import InputError
from pipeline.plan.cutting_room import Room, RoomHighlight
from pipeline.plan.histories import History
from pipeline.plan.proxies import proxy_size
from pipeline.plan.window_moves import WindowMove
from pipeline.review.clip_drawings import ClipDrawn
from pipeline.review.documents import id_of
from pipeline.review.drafts import KeptDraft, new_name
from pipeline.review.materials import Material
from pipeline.review.steps import AskedCrop
from pipeline.shell.decisions import DecidedRead
from pipeline.shell.store import Artifact, Store

_MOST_DRAWN: Final = 8


@dataclass(frozen=True)
class Taken:
    """A draft that a work goes on from."""

    name: str
    opened: Room
    now: Room

    def is_in(self, room: Room) -> bool:
        """Whether a room has all that was done there: what was cut, cropped, rejected and taken away."""
        shown = {(one.pieces, one.is_locked): one.moves for one in room.highlights}
        done = [one for one in self.now.highlights if one not in self.opened.highlights]
        away = {one.pieces for one in self.opened.highlights} - {one.pieces for one in self.now.highlights}
        unwanted = {one.pieces for one in self.now.rejected if one not in self.opened.rejected}
        return (
            all(
                (one.pieces, one.is_locked) in shown and set(one.moves) <= set(shown[one.pieces, one.is_locked])
                for one in done
            )
            and away.isdisjoint(one.pieces for one in room.highlights)
            and unwanted <= {one.pieces for one in room.rejected}
        )


@dataclass
class Work:
    """What one editor does to one film."""

    room: CuttingRoom
    history: History[Room]
    sprites: Mapping[str, Any]
    proxy: Material
    timeline: Material
    aside: Room | None = None
    """What they had when they went on from what others saved."""
    theirs: list[dict[str, str]] = field(default_factory=list)
    """What others decided that was kept when this was saved, and is not on the bench."""
    untold: tuple[dict[str, str], ...] = ()
    """What others decided that a save took up which failed half way: told once it is saved."""
    returned: tuple[str, str, Returned] | None = None
    """What came back from an editing program and was neither taken nor left: of which highlight, its token, itself."""
    draft: str = field(default_factory=new_name)
    """Under which name it is kept while it is not saved."""
    taken: Taken | None = None
    """The draft that this goes on from: it is there until all of it is saved."""
    left: frozenset[str] = frozenset()
    """Drafts that its editor does not go on with."""
    number: int = 0
    """Grows with each change, so that another tab is noticed."""
    drawn: OrderedDict[RoomHighlight, tuple[ClipDrawn, ...]] = field(default_factory=OrderedDict)
    """Clips of highlights as they are, or were, on the bench."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def is_saved(self) -> bool:
        """Whether all that was done is in the project's files."""
        return self.history.now == self.room.opened and not self.room.is_half_saved

    @property
    def names(self) -> set[str]:
        """Under which names what is worked on here is kept."""
        return {self.draft} if self.taken is None else {self.draft, self.taken.name}

    @property
    def has_taken(self) -> bool:
        """Whether all of the draft that this goes on from is on the bench, or was before steps that are not undone."""
        rooms = (self.history.now, *(step.value for step in self.history.past))
        return self.taken is not None and any(map(self.taken.is_in, rooms))

    @property
    def materials(self) -> dict[str, Material]:
        """What a browser may see of it, by names that lead nowhere else."""
        return {material_name(one): one for one in (self.proxy, self.timeline)}

    def check_seen(self, number: int) -> None:
        """Raise InputError where a page shows what is no longer so."""
        if number != self.number:
            raise InputError(
                "This cutting room was changed in another tab of this browser.",
                remedy="It is shown now as it is; repeat what you still want.",
                conflict=True,
            )

    def change(self, now: Room, name: str) -> None:
        """Go on from another room; what changes nothing is no step."""
        self.history = self.history.done(now, name)
        self.number += 1

    def go_back(self) -> None:
        """Take the last step back. Raises PlanError where there is none."""
        self.history = self.history.undone()
        self.number += 1

    def go_forth(self) -> None:
        """Do again what was taken back. Raises PlanError where nothing was."""
        self.history = self.history.redone()
        self.number += 1

    def take_up(self, kept: KeptDraft, editor: str) -> None:
        """Go on with a draft, an editor's own or another's, and from what it began from.

        What was here and is not saved stays as a draft, and aside.
        """
        draft = kept.draft
        if not self.is_saved:
            self.aside = self.history.now
        self.draft = kept.id if draft.editor == editor else new_name()
        self.taken = Taken(kept.id, draft.opened, draft.now)
        base = DecidedRead(draft.base, draft.base_version)
        self.room = replace(
            self.room, opened=draft.opened, base=base, edits=draft.edits, framings=draft.framings, called=draft.called,
            is_half_saved=draft.is_half_saved,
        )  # fmt: skip
        self.history = History(draft.opened).done(draft.now, "what was not saved")
        self.drawn.clear()
        self.number += 1

    def keep_drawn(self, one: RoomHighlight, clips: tuple[ClipDrawn, ...]) -> None:
        """Keep the clips of a highlight as they were drawn; of many, the newest."""
        self.drawn[one] = clips
        while len(self.drawn) > _MOST_DRAWN:
            self.drawn.popitem(last=False)

    def clips(self, one: RoomHighlight) -> Sequence[PlannedClip]:
        """Return the clips of a highlight as it is, or is to be, on the bench, as they were planned or planned now."""
        drawn = self.drawn.get(one)
        return clips_of(self.room, Room((one,)), one.id) if drawn is None else [each.clip for each in drawn]

    def crop(self, asked: AskedCrop) -> None:
        """Move a window of a clip.

        Raises InputError where its clips were not looked at, and what `pipeline.cut.room_clips.move_crop` raises.
        """
        one = self.history.now.find(asked.highlight)
        clip = self._planned(one, asked.platform)
        picture = self.room.study.facts.picture
        across, down = (
            Fraction(whole, small) for whole, small in zip(picture.display_size, proxy_size(picture), strict=True)
        )
        left, top = Fraction(asked.left_px) * across, Fraction(asked.top_px) * down
        move = WindowMove(asked.platform, asked.way, asked.frame, left, top, asked.panel)
        self.room, now = move_crop(self.room, self.history.now, clip, move)
        self.change(now, f"the crop of {one.id} for {clip.platform.name}")

    def _planned(self, one: RoomHighlight, platform: str) -> PlannedClip:
        """Return a clip as it was planned, also where its windows were moved since: the next move need not wait."""
        for drawn, clips in reversed(self.drawn.items()):
            if replace(drawn, moves=one.moves) == one:
                for each in clips:
                    if each.platform == platform:
                        return each.clip
        raise InputError("The clips of this highlight are not shown.", remedy="Show its platforms first.")


def material_name(material: Material) -> str:
    """Return the name of an artifact in addresses."""
    return id_of(material.path)


def material_of(artifact: Artifact, store: Store, kind: str) -> Material:
    """Return an artifact of a store as what browsers may see."""
    return Material(artifact.path, store.root, kind)
