"""What a home has: every film that it knows of, with its clips, what people decided about them, and how it stands."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, Protocol

from pipeline.cut.manifest import NAME as CLIPS
from pipeline.errors import MasterError
from pipeline.package import manifest as package_manifest
from pipeline.review.documents import ClipShown, Document, id_of, read_document
from pipeline.review.film_pictures import kept_picture
from pipeline.review.materials import Material, materials_of
from pipeline.review.packages import PackageShown, read_shown
from pipeline.review.progress import films_made, read_made, read_progress
from pipeline.review.standings import Standing, standing_of
from pipeline.shell.editions import open_masters
from pipeline.shell.home import Home
from pipeline.shell.ledger import FileIdentity, Ledger, VerdictEntry
from pipeline.shell.masters import list_masters
from pipeline.shell.package_walk import MASTER
from pipeline.shell.runs import RunStatus
from pipeline.shell.store import Store
from pipeline.shell.study import is_studied, recall_shots
from pipeline.watching.status import FilmStatus

Verdicts = Mapping[tuple[str, str, str], VerdictEntry]
_FACTS_KEPT: Final = 1000


class Judgeable(Protocol):
    """A clip or a package: what people give verdicts on."""

    @property
    def digest(self) -> str:
        """Of its bytes, or of what names all of them."""

    @property
    def platform(self) -> str:
        """For which it is."""

    @property
    def region(self) -> str:
        """For which it was made, nothing for all."""


@dataclass(frozen=True)
class FilmShown:
    """A film and all that is shown of it."""

    path: Path
    digest: str | None
    """Of its bytes, where they were read."""
    title: str
    seconds: Fraction | None
    """None until it was looked into."""
    size_bytes: int | None
    """None where it is not where it was."""
    changed_ns: int
    """When its clips were made last, or it came."""
    documents: tuple[Document, ...]
    standing: Standing
    targets: tuple[str, ...]
    """Where packages of it are open."""
    thumbnails: tuple[str, int] | None
    """The key of its shots' pictures, and a frame that stands for it."""

    @property
    def id(self) -> str:
        """Its name in addresses."""
        return id_of(self.path)

    @property
    def clips(self) -> tuple[ClipShown, ...]:
        """All clips of it, of all regions."""
        return tuple(clip for document in self.documents for clip in document.clips)


@dataclass(frozen=True)
class Facts:
    """What the store knows of a film without clips."""

    seconds: Fraction
    thumbnails: str
    frames: int


class Library:
    """The films of a home, read anew each time: only documents that have not changed are remembered."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.ledger = Ledger(home.ledger)
        self.store = Store(home.store)
        self._lock = threading.Lock()
        self._documents: dict[Path, tuple[tuple[int, int], Document | None]] = {}
        self._packages: dict[Path, tuple[tuple[int, int, int, int], PackageShown | None]] = {}
        self._facts: dict[str, Facts] = {}
        self._seen: set[str] = set()
        self._pictures: dict[str, tuple[str, int] | None] = {}
        self._materials: tuple[tuple[Document, ...], dict[str, Material]] = ((), {})

    def documents(self) -> tuple[Document, ...]:
        """Return every clips.json of the home that can be read."""
        return tuple(document for _, document in self._read_documents() if document is not None)

    def damaged(self) -> tuple[Path, ...]:
        """Return every clips.json that is there and cannot be read."""
        return tuple(path for path, document in self._read_documents() if document is None)

    def films(self) -> tuple[FilmShown, ...]:
        """Return every film, in the order of their names. Raises StoreError."""
        documents: dict[Path, list[Document]] = {}
        for document in self.documents():
            documents.setdefault(document.master.path, []).append(document)
        progress, made = read_progress(self.home), films_made(read_made(self.home))
        paths = dict.fromkeys((*documents, *list_masters(self.home.masters), *progress, *made))
        verdicts, published = newest(self.ledger.verdicts()), self._published()
        films = (
            self._film(path, tuple(documents.get(path, ())), progress.get(path), made.get(path), verdicts, published)
            for path in paths
        )
        found = tuple(sorted(films, key=lambda film: (film.title.casefold(), str(film.path))))
        self._pictures = {film.id: film.thumbnails for film in found}
        return found

    def find(self, name: str) -> FilmShown | None:
        """Return the film of a name in an address."""
        return next((film for film in self.films() if film.id == name), None)

    def picture_of(self, name: str) -> bytes | None:
        """Return a small picture that stands for a film, as a JPEG; None where there is none."""
        if name not in self._pictures:
            self.films()
        place = self._pictures.get(name)
        return None if place is None else kept_picture(*place, self.store)

    def materials(self) -> dict[str, Material]:
        """Return all files that may be seen, by what browsers ask for."""
        documents = self.documents()
        if self._materials[0] != documents:
            self._materials = (documents, materials_of(documents))
        return self._materials[1]

    def _read_documents(self) -> Iterator[tuple[Path, Document | None]]:
        for path in self.ledger.manifests():
            if path.name == CLIPS and (shape := _shape(path)) is not None:
                with self._lock:
                    known = self._documents.get(path)
                    if known is None or known[0] != shape:
                        known = self._documents[path] = (shape, read_document(path))
                yield path, known[1]

    def _film(
        self,
        path: Path,
        documents: tuple[Document, ...],
        arrival: FilmStatus | None,
        run: RunStatus | None,
        verdicts: Verdicts,
        published: Mapping[str, tuple[str, ...]],
    ) -> FilmShown:
        first = documents[0] if documents else None
        status = _status(path)
        digest = first.master.digest if first else self._digest(status)
        facts = None if first or digest is None else self._facts_of(path, digest)
        targets = published.get(digest or "", ())
        changed = [shape[0] for document in documents if (shape := _shape(document.path)) is not None]
        given = [verdict_on(clip, verdicts) for document in documents for clip in document.clips]
        return FilmShown(
            path=path,
            digest=digest,
            title=(first.title if first else "") or path.stem,
            seconds=first.master.seconds if first else facts.seconds if facts else None,
            size_bytes=None if status is None else status.st_size,
            changed_ns=max(changed, default=0 if status is None else status.st_mtime_ns),
            documents=documents,
            standing=standing_of(
                verdicts=tuple(None if one is None else one.verdict for one in given),
                is_there=status is not None,
                is_studied=facts is not None,
                arrival=arrival,
                run=run,
            ),
            targets=targets,
            thumbnails=self._stands_for(first, facts),
        )

    def _stands_for(self, document: Document | None, facts: Facts | None) -> tuple[str, int] | None:
        """Return where a picture of a film is: of its best highlight, else from a third of it; None where none is."""
        if document is None or document.master.thumbnails is None:
            return None if facts is None else (facts.thumbnails, facts.frames // 3)
        key = document.master.thumbnails
        if key not in self._seen and self.store.find_here(key) is not None:
            self._seen.add(key)
        starts = [one.first_frame for one in document.highlights]
        return (key, starts[0] if starts else document.master.frames // 3) if key in self._seen else None

    def _digest(self, status: os.stat_result | None) -> str | None:
        if status is None:
            return None
        identity = FileIdentity(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        return self.ledger.known_digest(identity)

    def _facts_of(self, path: Path, digest: str) -> Facts | None:
        """Return what the store here knows of a film's shots."""
        known = self._facts.get(digest)
        if known is not None or not is_studied(digest, self.store):
            return known
        try:
            found = recall_shots(path, digest=digest, identity=FileIdentity.of(path), store=self.store)
        except (OSError, MasterError, ValueError, KeyError, TypeError):
            return None
        if found is None:
            return None
        timeline = found.shots.timeline
        if len(self._facts) >= _FACTS_KEPT:
            self._facts.clear()
        facts = Facts(timeline.duration, found.thumbnails.key, timeline.frame_count)
        self._facts[digest] = facts
        return facts

    def packages(self) -> tuple[PackageShown, ...]:
        """Return every package of the home that can be read."""
        paths = (path for path in self.ledger.manifests() if path.name == package_manifest.NAME)
        return tuple(package for path in paths if (package := self.package_at(path)) is not None)

    def packages_of(self, film: FilmShown) -> tuple[PackageShown, ...]:
        """Return the packages that are of a film alone, those for all first."""
        found = (one for one in self.packages() if film.digest and one.film == film.digest and not one.is_block)
        return tuple(sorted(found, key=lambda one: (one.region, str(one.folder))))

    def find_package(self, name: str) -> PackageShown | None:
        """Return the package of a name in an address."""
        return next((one for one in self.packages() if one.id == name), None)

    def _published(self) -> dict[str, tuple[str, ...]]:
        """Return where packages of films are open, by the film's digest."""
        places = open_masters(self.ledger)
        found: dict[str, tuple[str, ...]] = {}
        for package in self.packages() if places else ():
            if package.digest in places:
                found[package.film] = tuple(dict.fromkeys((*found.get(package.film, ()), *places[package.digest])))
        return found

    def package_at(self, path: Path) -> PackageShown | None:
        """Return the package of a package.json as it is now; only one that was put together anew is read again."""
        master, own = _shape(path.with_name(MASTER)), _shape(path)
        if master is None or own is None:
            return None
        known = self._packages.get(path)
        if known is None or known[0] != (*master, *own):
            known = self._packages[path] = ((*master, *own), read_shown(path))
        return known[1]


def newest(entries: Iterable[VerdictEntry]) -> dict[tuple[str, str, str], VerdictEntry]:
    """Return the verdict that counts for each file, platform and region; `entries` are all, in order."""
    return {(one.digest, one.platform, one.region): one for one in entries}


def verdict_on(shown: Judgeable, verdicts: Verdicts) -> VerdictEntry | None:
    """Return the verdict that counts for a clip or package: that for its region, else that for all."""
    own = verdicts.get((shown.digest, shown.platform, shown.region))
    return own or verdicts.get((shown.digest, shown.platform, ""))


def verdicts_on(shown: Judgeable, verdicts: Verdicts) -> tuple[VerdictEntry, ...]:
    """Return the newest verdict on a clip or package for each region that has one."""
    found = (one for one in verdicts.values() if (one.digest, one.platform) == (shown.digest, shown.platform))
    return tuple(sorted(found, key=lambda one: one.region))


def _shape(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from what it was; None for what is none, such as a pipe, which keeps readers waiting."""
    status = _status(path)
    return (status.st_mtime_ns, status.st_size) if status is not None and stat.S_ISREG(status.st_mode) else None


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (OSError, ValueError):
        return None
