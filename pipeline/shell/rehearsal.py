"""Rehearse a drop: publish its editions where nobody finds them, fetch all as a player would, and take it away again.

The folder at the target has a name that cannot be guessed, and goes whatever happens; what a killed rehearsal left goes
with the next.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from pipeline.errors import InputError, PublishError
from pipeline.plan.live_edition import live_texts, text_item
from pipeline.plan.publication import Item, Publication, entry_of, references_of
from pipeline.plan.warming import play_order
from pipeline.playlists import MediaPlaylist, MultivariantPlaylist, read_playlist
from pipeline.shell.drops import Drop, publication_of
from pipeline.shell.editions import list_editions
from pipeline.shell.embargo import checked_address
from pipeline.shell.live_editions import begin_live, read_live_edition
from pipeline.shell.publications import OnStage, publish
from pipeline.shell.takedowns import close_edition
from pipeline.shell.targets import Target, open_target
from pipeline.shell.targets.workers import do_all
from pipeline.spelling import spelled

if TYPE_CHECKING:
    import httpx

SCRATCH: Final = "rehearsal-"
_PATIENCE_S: Final = 60.0
_FAULTS_TOLD: Final = 20


@dataclass(frozen=True)
class Rehearsed:
    """How it went with one edition."""

    edition: str
    region: str
    files: int
    size_bytes: int
    upload_files: int
    """Of those the ones that are not at the target yet, and not another edition's before it."""
    upload_bytes: int
    shared_bytes: int
    """What other editions of the calendar before it have as well."""
    fetched: int
    faults: tuple[str, ...]
    warm: tuple[str, ...]
    """Names at the target in the order in which players ask for them."""


@dataclass(frozen=True)
class _Part:
    """An edition that is rehearsed."""

    publication: Publication
    folder: Path
    region: str


def rehearse(drop: Drop, on_stage: OnStage, address: str | None = None) -> tuple[Rehearsed, ...]:
    """Rehearse every edition of a calendar, each by how it is served at the calendar's address or another.

    Raises InputError for a package that cannot be published or an address that is none, and PublishError where the
    target does not take it. What the server answers wrongly is in `faults`.
    """
    if drop.schedule.access == "signed" and address is None:
        raise InputError(
            "Where access is signed, the server hands out nothing without a ticket, so it cannot be rehearsed there.",
            remedy="Name with --address a server that hands out the same folder to you without one.",
        )
    where = drop.schedule.address if address is None else checked_address(address)
    parts = []
    for region, edition in drop.schedule.editions:
        publication, folder = publication_of(drop, edition, region)
        # A rehearsal has its entries in the open: nginx's clock would show none.
        parts.append(_Part(_in_the_open(publication), folder, region))
    _clear_old(drop)
    sizes = list(_sizes(parts, drop.target))
    name = f"{SCRATCH}{secrets.token_hex(16)}"
    with _scratch(drop, name) as target:
        for part in parts:
            publish(part.publication, part.folder, target, on_stage)
        base = urljoin(where, f"{name}/")
        fetched = [_fetch(part.publication, base, on_stage) for part in parts]
        live = [_fetch_live(part, drop, target, base) for part in parts]
    return tuple(
        Rehearsed(
            edition=part.publication.edition,
            region=part.region,
            files=len(part.publication.items),
            size_bytes=sum(item.size for item in part.publication.items),
            upload_files=files,
            upload_bytes=upload,
            shared_bytes=shared,
            fetched=count,
            faults=(*faults, *wrong)[:_FAULTS_TOLD],
            warm=_warm(part, drop.schedule.film),
        )
        for part, (files, upload, shared), (count, faults), wrong in zip(parts, sizes, fetched, live, strict=True)
    )


def _in_the_open(publication: Publication) -> Publication:
    return replace(publication, entry=replace(publication.entry, name=entry_of(publication.edition)))


def _sizes(parts: list[_Part], target: Target) -> Iterator[tuple[int, int, int]]:
    """Yield files and bytes to upload of each edition, and bytes that those before it have as well."""
    seen: set[str] = set()
    for part in parts:
        items = part.publication.items[:-1]
        holding = do_all([partial(target.holding, item) for item in items])
        missing = [one for one, found in zip(items, holding, strict=True) if found == "absent" and one.name not in seen]
        shared = sum(one.size for one in items if one.name in seen)
        seen.update(one.name for one in items)
        entry = part.publication.entry
        yield len(missing) + 1, sum(one.size for one in missing) + entry.size, shared


@contextlib.contextmanager
def _scratch(drop: Drop, name: str) -> Iterator[Target]:
    target = open_target(f"{_place_of(drop)}/{name}", drop.ledger, endpoint=drop.calendar.endpoint)
    try:
        yield target
    finally:
        _take_away(target)


def _place_of(drop: Drop) -> str:
    return drop.target.where.partition(" at ")[0] if drop.target.where.startswith("s3:") else drop.target.where


def _clear_old(drop: Drop) -> None:
    place = f"{_place_of(drop)}/{SCRATCH}"
    for where in {one.edition.target for one in list_editions(drop.ledger) if one.edition.target.startswith(place)}:
        text = where.partition(" at ")[0] if where.startswith("s3:") else where
        _take_away(open_target(text, drop.ledger, endpoint=drop.calendar.endpoint))


def _take_away(target: Target) -> None:
    for one in target.editions.all():
        close_edition(one.name, target, 0)
    waiting = target.editions.orphans()
    if waiting:
        raise PublishError(
            f"{len(waiting)} files of the rehearsal stayed at {spelled(target.where)}.",
            remedy="Rehearse again, which takes them away first; or remove that folder.",
        )
    target.editions.forget_target()
    if not target.where.startswith("s3:"):
        for folder in (Path(target.where) / "segments", Path(target.where)):
            with contextlib.suppress(OSError):  # somebody else put something there, or took it away
                folder.rmdir()


def _fetch(publication: Publication, base: str, on_stage: OnStage) -> tuple[int, tuple[str, ...]]:
    """Fetch an edition from its entry on; return how many files came, and what was wrong with which."""
    import httpx

    faults: list[str] = []
    items = {item.name: item for item in publication.items}
    with httpx.Client(timeout=_PATIENCE_S, follow_redirects=False, headers={"User-Agent": "matinee"}) as client:
        waiting, seen = [publication.entry.name], {publication.entry.name}
        count = 0
        while waiting:
            bodies = do_all([partial(_get, client, base, items[name]) for name in waiting])
            found: dict[str, None] = {}
            for name, (body, wrong) in zip(waiting, bodies, strict=True):
                faults += wrong
                count += body is not None
                if body is not None and name.endswith(".m3u8"):
                    found |= dict.fromkeys(_led_to(body))
            on_stage("fetching", len(seen) / len(items), None)
            faults += (f"{name} is named and was not published" for name in found if name not in items)
            waiting = [name for name in found if name in items and name not in seen]
            seen.update(waiting)
    return count, tuple(faults[:_FAULTS_TOLD])


def _fetch_live(part: _Part, drop: Drop, target: Target, base: str) -> tuple[str, ...]:
    """Begin an edition's premiere where it has one, fetch its live playlists, and return what was wrong with which."""
    import httpx

    edition = part.publication.edition
    window = next((one for one in drop.schedule.windows if one.edition == edition and one.premiere), None)
    if window is None:
        return ()
    live = read_live_edition(part.folder, edition, window)
    begin_live(live, part.publication, target, live.starts)
    items = [text_item(name, text) for name, text in live_texts(live, live.starts)]
    with httpx.Client(timeout=_PATIENCE_S, follow_redirects=False, headers={"User-Agent": "matinee"}) as client:
        answers = do_all([partial(_get, client, base, item) for item in items])
    return tuple(fault for _, wrong in answers for fault in wrong)


def _get(client: httpx.Client, base: str, item: Item) -> tuple[bytes | None, list[str]]:
    """Return what a server gives for a file, and what is wrong with it."""
    import httpx

    try:
        response = client.get(urljoin(base, item.name))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return None, [f"{item.name} cannot be fetched ({type(error).__name__})"]
    if response.status_code != httpx.codes.OK:
        return None, [f"{item.name} was answered with {response.status_code}"]
    faults = []
    if hashlib.sha256(response.content).hexdigest() != item.sha256:
        faults.append(f"{item.name} came with other bytes than were published")
    wanted = (
        ("Content-Type", item.content_type),
        ("Cache-Control", item.cache_control),
        ("Access-Control-Allow-Origin", "*"),
    )
    for header, value in wanted:
        # Of a type, what follows a semicolon says only how text is spelled.
        found = response.headers.get(header, "missing")
        if (found.partition(";")[0] if header == "Content-Type" else found) != value:
            faults.append(f"{item.name}: {header} should be {value}, and is {spelled(found)}")
    return response.content, faults


def _led_to(data: bytes) -> tuple[str, ...]:
    playlist = read_playlist(data).playlist
    return () if playlist is None else references_of(playlist)


def _warm(part: _Part, film: str) -> tuple[str, ...]:
    """Return what players ask for in its order; they open the film's own name."""
    master = read_playlist((part.folder / part.publication.entry.source).read_bytes()).playlist
    names = references_of(master) if isinstance(master, MultivariantPlaylist) else ()
    playlists = []
    for name in names:
        media = read_playlist((part.folder / name).read_bytes()).playlist
        playlists.append((name, references_of(media) if isinstance(media, MediaPlaylist) else ()))
    return play_order(entry_of(film), playlists)
