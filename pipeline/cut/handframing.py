"""Windows that were moved by hand: written, when a room is saved, as the framing files that stand among the outputs and
have the last word; and put back as they were, when that is undone and saved."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

from pipeline.cut.clips import PlannedClip
from pipeline.cut.framing import framed_parts
from pipeline.cut.order import Order
from pipeline.cut.ownframing import FRAMING_FOLDER, FRAMING_SUFFIX, read_framing_text
from pipeline.edit import merged
from pipeline.errors import ProjectError, PublishError
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

_LOOK: Final = "Nothing was written. Look at what they did, and repeat what you still want."
_ON_THE_WAY: Final = ".renamed"
"""Ends the hidden name of a file that is being renamed: another may have to leave its new name first."""
_MOST_KEPT: Final = 1000


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


def own_framing(path: Path, ledger: Ledger) -> str | None:
    """Return what a person's framing file says, None where none is there. Raises ProjectError."""
    return read_framing_text(path) if is_foreign(path, ledger) else None


def framing_write(clip: PlannedClip, name: str, path: Path, kept: KeptFraming, order: Order) -> FramingWrite | None:
    """Return how a clip's framing is to be written, None where no window was moved; `name` is its name in the room."""
    unmoved, wanted = clip.framing.unmoved, clip.framing.framing
    if unmoved is None or (wanted == unmoved and kept.written is None):
        return None
    parts = framed_parts(merged(clip.preview.edit), order.subject.by_digest)
    return FramingWrite(name, FramingPlace(path, shape_of(clip.platform), parts), wanted, unmoved, kept)


def take_up_left(order: Order) -> None:
    """Give files that were being renamed when that was killed their names again, or others where those are taken.

    Raises PublishError where the folder refuses.
    """
    folder = order.framing_folder / FRAMING_FOLDER
    with _framing_errors(folder):
        for hidden in sorted(folder.glob(f".*{FRAMING_SUFFIX}{_ON_THE_WAY}")):
            name = hidden.name.removeprefix(".").removesuffix(_ON_THE_WAY)
            stem = name.removesuffix(".json")
            names = (name, *(f"{stem}.kept-{number}.json" for number in range(1, _MOST_KEPT)))
            free = [each for each in names if not os.path.lexists(folder / each)]
            if free:
                hidden.rename(folder / free[0])


@contextlib.contextmanager
def renamed_framings(order: Order, called: Mapping[str, str]) -> Iterator[None]:
    """Have the framing files of people follow highlights that are cut under other names once this ends well.

    What stands in the way of one is moved aside, where it is a person's. Where this ends in an error, all are called
    as before. Raises PublishError where the folder refuses.
    """
    renamed = {old: new for old, new in called.items() if old != new}
    folder, done = order.framing_folder / FRAMING_FOLDER, list[tuple[Path, Path]]()
    try:
        with _framing_errors(folder):
            _rename(folder, renamed, Ledger(order.home.ledger), done)
        yield
    except BaseException:
        for was, now in reversed(done):
            with contextlib.suppress(OSError):
                if not os.path.lexists(was):
                    now.rename(was)
        raise


def check_write(write: FramingWrite, ledger: Ledger) -> None:
    """Raise ProjectError (`conflict`) where somebody else moved windows in the same shots meanwhile."""
    path, kept, base = write.place.path, write.kept, write.base()
    if not is_foreign(path, ledger):  # what the last cut left, perhaps framed by another style
        return
    try:
        merged_framing(base, write.wanted, read_framing(write.place, base).framing)
    except OtherClipError:
        if read_framing_text(path) not in (kept.before, kept.written):
            raise _changed(path) from None
        # Of the highlight as it was before: it makes way.
    except ProjectError as error:
        raise ProjectError(f"{write.clip}: {error.message}", remedy=error.remedy, **error.data) from None


def write_framing(write: FramingWrite, path: Path, ledger: Ledger) -> tuple[KeptFraming, bool]:
    """Write a clip's framing where its file is by now; return what is kept of it, and whether what others did is in it.

    A file for other frames makes way: a person's is moved aside. Raises ProjectError as `check_write` does, and
    PublishError where the folder refuses.
    """
    place, base = replace(write.place, path=path), write.base()
    with _framing_errors(path):
        if not is_foreign(path, ledger):
            path.unlink(missing_ok=True)
        try:
            read_framing(place, base)
        except OtherClipError:
            if read_framing_text(path) == write.kept.written:
                path.unlink()
            else:
                clear_the_way(path, ledger)
    saved = save_framing(place, write.wanted, FramingRead(base, None))
    return replace(write.kept, written=read_text(path)[0]), saved.framing != write.wanted


def check_put_back(path: Path, kept: KeptFraming, ledger: Ledger) -> None:
    """Raise ProjectError (`conflict`) where somebody else changed a framing file that is to be as it was before."""
    if is_foreign(path, ledger) and read_framing_text(path) not in (kept.written, kept.before):
        raise _changed(path)


def put_back(path: Path, kept: KeptFraming, ledger: Ledger) -> None:
    """Have a framing file that a room wrote be what a person had said before.

    Where nobody had said anything, it goes: the next cut writes how the clip is framed. Raises ProjectError as
    `check_put_back` does, and PublishError where the folder refuses.
    """
    check_put_back(path, kept, ledger)
    if kept.before is not None:
        save_text(path, kept.before, expected=read_text(path)[1] if path.exists() else None)
        return
    with _framing_errors(path):
        path.unlink(missing_ok=True)


def _rename(folder: Path, renamed: Mapping[str, str], ledger: Ledger, done: list[tuple[Path, Path]]) -> None:
    """Rename the framing files of people; `done` is told at once where each was and is."""

    def move(was: Path, now: Path) -> None:
        was.rename(now)
        done.append((was, now))

    under_way: list[tuple[Path, Path]] = []
    for path in sorted(folder.glob(f"*{FRAMING_SUFFIX}")):
        id_, _, rest = path.name.partition("-")
        if id_ in renamed and is_foreign(path, ledger):
            hidden = path.with_name(f".{path.name}{_ON_THE_WAY}")
            if os.path.lexists(hidden):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(hidden))
            move(path, hidden)
            under_way.append((hidden, path.with_name(f"{renamed[id_]}-{rest}")))
    for hidden, target in under_way:
        aside = clear_the_way(target, ledger)
        if aside is not None:
            done.append((target, aside))
        move(hidden, target)


@contextlib.contextmanager
def _framing_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PublishError(
            f"{path} cannot be written ({error.strerror or error}).",
            remedy="Check the folder's permissions and the free space, and save again.",
            path=str(path),
        ) from error


def _changed(path: Path) -> ProjectError:
    return ProjectError(f"Somebody else changed {path.name} meanwhile.", remedy=_LOOK, conflict=True)
