"""What a changed preset would change: which clips of a film would be rendered again, from plans before and after.

A film is planned twice, as `matinee cut --dry-run` plans it, with the presets as they are and with the changed one, and
nothing is rendered. Only clips that are there just as they would be planned today are compared.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from pipeline.cut import manifest
from pipeline.cut.plan import FilmPlan, plan_film
from pipeline.cut.request import CutRequest, analyse
from pipeline.errors import InputError, PipelineError
from pipeline.presets import DEFAULT_STYLE, Kind, PresetFile, load_highlights, trying
from pipeline.review.documents import Document
from pipeline.review.library import Library
from pipeline.shell.ledger import FileIdentity
from pipeline.shell.store import Store
from pipeline.shell.study import is_studied
from pipeline.spelling import spelled

MOST_FILMS: Final = 40
"""Films that are planned for one question; each takes a second or more."""
COUNTED: Final[tuple[Kind, ...]] = ("platforms", "highlights", "styles", "regions")
"""The kinds of which clips are made; packages and blocks are not planned for a question."""
_WAIT_S: Final = 60.0
_one_at_a_time = threading.Lock()
Keys = Mapping[str, tuple[str, ...]]
"""Those of each clip's pictures and sound, by its name."""


@dataclass(frozen=True)
class Effect:
    """What would become of the clips of one film, or of one region of it."""

    film: str
    clips: int
    again: tuple[str, ...] = ()
    """Clips that would be rendered again."""
    gone: tuple[str, ...] = ()
    """Clips that would not be made any more."""
    fresh: tuple[str, ...] = ()
    """Clips that there are not yet."""
    unknown: int = 0
    """Clips that were made otherwise than they would be today, of which nothing is said."""
    cpu_s: float | None = None
    """What making those again took the last time, where that is known."""
    told: str = ""
    """Why nothing can be said of it."""

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)


def affected(library: Library, file: PresetFile) -> tuple[Document, ...]:
    """Return the documents whose clips a preset may have to do with, at most as many as are planned."""
    if file.kind not in COUNTED:
        return ()
    found = (document for document in library.documents() if _concerns(document, file))
    return tuple(sorted(found, key=lambda one: (one.title, one.region)))


def effect_on(library: Library, document: Document, file: PresetFile, text: str) -> Effect:
    """Return what would become of a document's clips if a preset's file had some text. Nothing is rendered.

    Raises InputError where another such question is being answered.
    """
    title = f"{document.title}, {document.region}" if document.region else document.title
    named = Effect(spelled(title), len(document.clips))
    why = _why_not(library, document)
    if why:
        return Effect(named.film, named.clips, told=why)
    if not _one_at_a_time.acquire(timeout=_WAIT_S):
        raise InputError("Another change is being looked at.", remedy="Wait a little, and ask again.")
    try:
        return _compare(library, document, file, text, named)
    except PipelineError as error:
        return Effect(named.film, named.clips, told=spelled(error.message))
    finally:
        _one_at_a_time.release()


def _compare(library: Library, document: Document, file: PresetFile, text: str, named: Effect) -> Effect:
    there = _keys_there(document)
    style = file.id if file.kind == "styles" else DEFAULT_STYLE
    request = _request(document, style)
    with Store(library.home.store).in_use():
        before = _planned(document, request)
        with tempfile.TemporaryDirectory(prefix="matinee-preset-") as tried:
            path = Path(tried, file.kind, f"{file.id}.toml")
            path.parent.mkdir()
            path.write_bytes(text.encode())
            with trying(Path(tried)):
                after = _planned(document, request)
    known = [name for name, keys in there.items() if before.get(name) == keys]
    again = tuple(name for name in known if name in after and after[name] != before[name])
    again = tuple(name for name in again if not _all_there(library.store, after[name]))
    return Effect(
        film=named.film,
        clips=len(there),
        again=again,
        gone=tuple(name for name in known if name not in after),
        fresh=tuple(name for name in after if name not in before) if known else (),
        unknown=len(there) - len(known),
        cpu_s=_cpu_seconds(library.store, [before[name] for name in again], [after[name] for name in again]),
    )


def _request(document: Document, style: str) -> CutRequest:
    """Return what a document's clips were asked for by, as far as it says."""
    platforms = tuple(sorted({clip.platform for clip in document.clips}))
    count = len(document.highlights)
    return CutRequest(
        platforms=platforms,
        highlights=document.preset,
        style=style,
        count=None if count in (0, load_highlights(document.preset).count) else count,
        regions=(document.region,) if document.region else (),
    )


def _planned(document: Document, request: CutRequest) -> Keys:
    """Return the keys of the clips that would be made of a document's film."""
    subject = analyse(document.master.path, request)
    plans = plan_film(subject, request)
    return {name: keys for plan in plans for name, keys in _keys_of(plan)}


def _keys_of(plan: FilmPlan) -> Iterable[tuple[str, tuple[str, ...]]]:
    for clip in plan.clips:
        sound = () if clip.sound is None else (plan.workshop.sound_key(clip.sound),)
        yield clip.name, (*map(plan.workshop.picture_key, clip.pictures), *sound)


def _keys_there(document: Document) -> Keys:
    """Return the keys of the clips that are there, as clips.json has them."""
    found: dict[str, tuple[str, ...]] = {}
    for clip in manifest.read(document.path).get("clips", []):
        keys = clip["keys"]
        names = ["picture", *(f"picture {number}" for number in range(2, len(keys) + 2)), "sound"]
        found[Path(clip["file"]).stem] = tuple(keys[name] for name in names if keys.get(name))
    return found


def _all_there(store: Store, keys: Sequence[str]) -> bool:
    return all(store.find_here(key) is not None for key in keys)


def _cpu_seconds(store: Store, before: Sequence[tuple[str, ...]], after: Sequence[tuple[str, ...]]) -> float | None:
    """Return what pictures and sounds took that would be made anew; None where nothing is known of some of them."""
    stay = {key for keys in after for key in keys}
    gone = dict.fromkeys(key for keys in before for key in keys if key not in stay)
    found = [seconds for key in gone for seconds in _seconds_of(store, key)]
    return round(sum(found), 1) if found else None


def _seconds_of(store: Store, key: str) -> Iterator[float]:
    """Yield what an artifact took, and the programmes that a sound was joined from."""
    artifact = store.find_here(key)
    said = {} if artifact is None else artifact.receipt
    if isinstance(seconds := said.get("cpu_seconds"), int | float):
        yield float(seconds)
    for programme in said.get("programmes", ()):
        yield from _seconds_of(store, str(programme["key"]))


def _concerns(document: Document, file: PresetFile) -> bool:
    if file.kind == "platforms":
        return any(clip.platform == file.id for clip in document.clips)
    if file.kind == "highlights":
        return document.preset == file.id
    return file.kind == "styles" or document.region == file.id


def _why_not(library: Library, document: Document) -> str:
    """Return why a film is not planned for a question; nothing where it can be."""
    if not any(one.is_chosen for one in document.highlights):
        return "its clips were cut from an edit by hand"
    try:
        identity = FileIdentity.of(document.master.path)
    except OSError:
        return "the film is not where it was"
    if library.ledger.known_digest(identity) != document.master.digest:
        return "the film's file has changed since"
    if not is_studied(document.master.digest, library.store):
        return "what was found out about the film is not here any more"
    return ""
