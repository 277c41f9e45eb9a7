"""Windows that were moved by hand: written, when a room is saved, as the framing files that stand among the outputs and
have the last word; and put back as they were, when that is undone and saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

from pipeline.cut.clips import PlannedClip
from pipeline.cut.framing import framed_parts
from pipeline.cut.order import Order
from pipeline.cut.ownframing import FRAMING_FOLDER, FRAMING_SUFFIX, read_framing_text
from pipeline.edit import merged
from pipeline.errors import ProjectError
from pipeline.framing import Framing
from pipeline.framingfile import OtherClipError, parse_framing
from pipeline.plan.keyframing import merged_framing
from pipeline.plan.layout import shape_of
from pipeline.plan.window_moves import CroppedFilm, WindowMove, move_window, moved_framing
from pipeline.shell.framings import FramingPlace, FramingRead, read_framing, save_framing
from pipeline.shell.ledger import Ledger
from pipeline.shell.projects import read_text, save_text
from pipeline.shell.publish import clear_the_way, is_foreign
from pipeline.shell.study import Study

_LOOK: Final = "Look at what they did, and repeat what you still want."


@dataclass(frozen=True)
class KeptFraming:
    """The framing file of a clip whose windows were moved in a room."""

    before: str | None
    """What a person had said in it when the first was moved; None where nobody had."""
    written: str | None = None
    """What the room last wrote; None where it did not, or put back what was there."""


@dataclass(frozen=True)
class FramingWrite:
    """A clip's framing that is to be written."""

    clip: str
    """Its name in the room."""
    place: FramingPlace
    """Where its file is now."""
    wanted: Framing
    unmoved: Framing
    """What it was before the room's moves."""
    kept: KeptFraming

    def base(self) -> Framing:
        """Return what its file says as far as the room knows."""
        if self.kept.written is not None:
            try:
                place = self.place
                return parse_framing(self.kept.written, path=place.path, shape=place.shape, parts=place.parts)
            except OtherClipError:  # it was trimmed since
                pass
        return self.unmoved


def cropped_film(study: Study) -> CroppedFilm:
    """Return what of a film bounds how windows move."""
    analysis = study.analysis
    middles = ((one.start_frame + one.end_frame) // 2 for one in analysis.transitions)
    count = analysis.timeline.frame_count
    ends = sorted({0, count, *(frame for frame in middles if 0 < frame < count)})
    return CroppedFilm(study.digest, study.facts.picture.display_size, tuple(pairwise(ends)))


def check_move(clip: PlannedClip, moves: Iterable[WindowMove], move: WindowMove, order: Order) -> None:
    """Raise PlanError where a clip's window cannot be moved so after other moves."""
    film = cropped_film(order.subject.main)
    parts = framed_parts(merged(clip.preview.edit), order.subject.by_digest)
    own = [one for one in moves if one.platform == move.platform]
    before = clip.framing.framing if clip.framing.unmoved is None else clip.framing.unmoved
    move_window(moved_framing(before, parts, own, film), parts, move, film)


def framing_path(order: Order, name: str) -> Path:
    """Return where it is said how a clip is framed."""
    return order.framing_folder / FRAMING_FOLDER / f"{name}{FRAMING_SUFFIX}"


def own_framing(path: Path, ledger: Ledger) -> str | None:
    """Return what a person's framing file says, None where none is there. Raises ProjectError."""
    return read_framing_text(path) if is_foreign(path, ledger) else None


def framing_write(clip: PlannedClip, path: Path, kept: KeptFraming, order: Order) -> FramingWrite | None:
    """Return how a clip's framing is to be written, None where no window was moved."""
    unmoved, wanted = clip.framing.unmoved, clip.framing.framing
    if unmoved is None or (wanted == unmoved and kept.written is None):
        return None
    parts = framed_parts(merged(clip.preview.edit), order.subject.by_digest)
    return FramingWrite(clip.name, FramingPlace(path, shape_of(clip.platform), parts), wanted, unmoved, kept)


def rename_framings(order: Order, called: Mapping[str, str]) -> None:
    """Have the framing files of people follow highlights that are cut under other names from now on.

    What stands in the way of one is moved aside, where it is a person's. Raises PublishError.
    """
    ledger = Ledger(order.home.ledger)
    renamed = {old: new for old, new in called.items() if old != new}
    folder = order.framing_folder / FRAMING_FOLDER
    under_way: list[tuple[Path, Path]] = []
    for path in sorted(folder.glob(f"*{FRAMING_SUFFIX}")):
        id_, _, rest = path.name.partition("-")
        if id_ in renamed and is_foreign(path, ledger):
            hidden = path.with_name(f".{path.name}.renamed")
            path.rename(hidden)
            under_way.append((hidden, path.with_name(f"{renamed[id_]}-{rest}")))
    for hidden, target in under_way:
        clear_the_way(target, ledger)
        hidden.rename(target)


def check_write(write: FramingWrite) -> None:
    """Raise ProjectError (`conflict`) where somebody else moved windows in the same shots meanwhile."""
    base = write.base()
    try:
        theirs = read_framing(write.place, base).framing
    except OtherClipError:  # of the highlight as it was before: it makes way
        return
    try:
        merged_framing(base, write.wanted, theirs)
    except ProjectError as error:
        raise ProjectError(f"{write.clip}: {error.message}", remedy=error.remedy, **error.data) from None


def write_framing(write: FramingWrite, path: Path, ledger: Ledger) -> tuple[KeptFraming, bool]:
    """Write a clip's framing where its file is by now; return what is kept of it, and whether what others did is in it.

    A file for other frames makes way: a person's is moved aside. Raises ProjectError as `check_write` does.
    """
    place, base = replace(write.place, path=path), write.base()
    try:
        read_framing(place, base)
    except OtherClipError:
        if read_framing_text(path) == write.kept.written:
            path.unlink()
        else:
            clear_the_way(path, ledger)
    saved = save_framing(place, write.wanted, FramingRead(base, None))
    return replace(write.kept, written=read_text(path)[0]), saved.framing != write.wanted


def check_put_back(path: Path, kept: KeptFraming) -> None:
    """Raise ProjectError (`conflict`) where somebody else changed a framing file that is to be as it was before."""
    if path.exists() and read_framing_text(path) != kept.written:
        raise ProjectError(
            f"Somebody else changed {path.name} meanwhile. Nothing was written.", remedy=_LOOK, conflict=True
        )


def put_back(path: Path, kept: KeptFraming) -> KeptFraming:
    """Have a framing file that a room wrote be what a person had said before; return what is kept of it.

    Where nobody had said anything, it goes: the next cut writes how the clip is framed. Raises ProjectError as
    `check_put_back` does.
    """
    check_put_back(path, kept)
    if kept.before is None:
        path.unlink(missing_ok=True)
    else:
        save_text(path, kept.before, expected=read_text(path)[1] if path.exists() else None)
    return replace(kept, written=None)
