"""Prove an embargo: by the ledger, by walking what is published, and by asking the server as a viewer would."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from pipeline.errors import InputError, PublishError
from pipeline.plan.drops import state_at
from pipeline.plan.embargo import Breach, Secrets, asked_of, not_open, secrets_of, ways_to_segments
from pipeline.plan.publication import entry_of, held_entry_of, is_entry, is_segment
from pipeline.shell.drops import Clock, Drop, publication_of
from pipeline.shell.foreign_entries import led_to
from pipeline.shell.targets.workers import do_all
from pipeline.spelling import spelled

if TYPE_CHECKING:
    import httpx

_PATIENCE_S: Final = 20.0
_MISSING: Final = frozenset((401, 403, 404, 410, 451))
_ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9._\[\]:-]+(/[A-Za-z0-9._~-]+)*/?", re.ASCII)
_MOST_BYTES: Final = 16 << 20
OPEN_ACCESS: Final = (
    'Closing stops nobody who kept the addresses of segments, until these are removed: only access = "signed" does.'
)
SIGNED_ACCESS: Final = "Closing stops also a viewer who kept addresses: each of them ends with its window."
AHEAD: Final = (
    "nginx opens by its own clock, so playlists lie at the target before: whoever knows a name, which is 12 digits of "
    "a content and which nothing published tells, gets at them."
)

TO_COME: Final = (
    "While a premiere is on, its segments that are still to come are of an edition that is open and lie at the target: "
    "no playlist names them before their time, but whoever knows a name, which is 32 digits of a content, gets at them."
)


@dataclass(frozen=True)
class Proof:
    """What was looked at, and what was found."""

    at: datetime
    address: str
    secrets: tuple[Secrets, ...]
    breaches: tuple[Breach, ...]
    asked: int
    """Addresses that the server was asked for."""
    notes: tuple[str, ...]


@dataclass
class _Asking:
    """A server and what it was asked."""

    client: httpx.Client
    address: str
    asked: int = 0
    answers: dict[str, bytes | None] = field(default_factory=dict)

    def get(self, name: str) -> bytes | None:
        """Return what a viewer gets under a name; None where nothing is handed out. Raises PublishError."""
        if name not in self.answers:
            self.answers[name] = _ask(self.client, urljoin(self.address, name))
            self.asked += 1
        return self.answers[name]


def prove(drop: Drop, at: datetime, address: str | None = None) -> Proof:
    """Look for every way to an edition that is not open at an instant.

    `address` is that of the server which is asked, else the calendar's. Raises InputError for what is none, and
    PublishError where the server cannot be asked, or says neither yes nor no.
    """
    import httpx

    where = drop.schedule.address if address is None else checked_address(address)
    hidden = not_open(drop.schedule, at)
    closed = {edition for _, edition in hidden}
    used = drop.target.editions.in_use()
    open_now = {one.name for one in drop.target.editions.all() if one.state == "open"} - closed
    others = {edition: names for edition, names in used.items() if edition in open_now}
    secrets = tuple(_secrets(drop, edition, region, others) for region, edition in hidden)
    reached = _reached(drop, closed)
    breaches = [breach for one in secrets for breach in _by_ledger(drop, one)]
    breaches += (breach for one in secrets for breach in ways_to_segments(one, reached))
    with httpx.Client(timeout=_PATIENCE_S, follow_redirects=True, headers={"User-Agent": "matinee"}) as client:
        asking = _Asking(client, where)
        breaches += (breach for one in secrets for breach in _by_asking(drop, one, asking))
    found = {one.edition for one in breaches if one.kind == "entry"}
    breaches += (breach for one in secrets if one.edition not in found for breach in _by_looking(drop, one))
    notes = [SIGNED_ACCESS if drop.schedule.access == "signed" else OPEN_ACCESS]
    if drop.schedule.hold == "edge":
        notes.append(AHEAD)
    if any(one.premiere and state_at(one, at) == "open" for one in drop.schedule.windows):
        notes.append(TO_COME)
    return Proof(at, where, secrets, tuple(breaches), asking.asked, tuple(notes))


def checked_address(address: str) -> str:
    """Return the address of a server with a slash at its end. Raises InputError for what is none."""
    if _ADDRESS.fullmatch(address) is None:
        raise InputError(f"{spelled(address)!r} is no address of a server.", remedy="Allowed: http://127.0.0.1:8080.")
    return address if address.endswith("/") else f"{address}/"


def tell_before_opening(drop: Drop, clock: Clock, address: str | None = None) -> tuple[tuple[str, ...], bool]:
    """Return what people should know of an embargo before something opens, and whether it is broken.

    That the server cannot be asked is told, and breaks nothing: openings do not wait for proofs.
    """
    try:
        proof = prove(drop, clock(), address)
    except (PublishError, InputError) as error:
        return (f"Whether what is not open is out of reach could not be proved: {error.message}",), False
    told = tuple(f"{one.edition} is not open, and can be reached: {one.told}. {one.remedy}" for one in proof.breaches)
    return told, bool(told)


def _secrets(drop: Drop, edition: str, region: str, others: Mapping[str, frozenset[str]]) -> Secrets:
    """Return what an edition has at the target, with what its package would put there."""
    known = drop.target.editions.find(edition)
    names = {one.name for one in drop.target.editions.names_of(edition) if one.kind in ("segment", "shown")}
    try:
        plan = publication_of(drop, edition, region)[0]
    except InputError:
        pass  # There is none to be seen yet, or none that would be opened.
    else:
        names |= {one.name for one in (*plan.segments, *plan.shown)}
    return secrets_of(edition, region, known.state if known else "", frozenset(names), others)


def _reached(drop: Drop, closed: set[str]) -> dict[str, frozenset[str]]:
    """Return what each published entry leads to, by the entry's name, whoever put it there."""
    own = {entry_of(edition) for edition in closed}
    found: dict[str, frozenset[str]] = {}
    for name in drop.target.root_names():
        data = drop.target.follow(name) if is_entry(name) and name not in own else None
        if data is not None:
            found[name] = frozenset(one for one in led_to(data, drop.target) if is_segment(one))
    return found


def _by_ledger(drop: Drop, secrets: Secrets) -> Iterator[Breach]:
    if drop.schedule.hold == "matinee" and secrets.state == "open":
        told = f"the ledger has it as open at {spelled(drop.target.where)}"
        yield Breach("ledger", secrets.edition, entry_of(secrets.edition), told)


def _by_asking(drop: Drop, secrets: Secrets, asking: _Asking) -> Iterator[Breach]:
    edition, film = secrets.edition, drop.schedule.film
    for name in (entry_of(edition), held_entry_of(edition)):
        # The film's own name answers with whichever edition is open.
        if (edition != film or name != entry_of(film)) and asking.get(name) is not None:
            yield Breach("entry", edition, name, f"{name} answers at {asking.address}")
    found = asking.get(entry_of(film))
    coming = drop.target.editions.coming(edition) or _master(drop, secrets)
    digest = "" if found is None else hashlib.sha256(found).hexdigest()
    # Under the film's own name nothing else may answer, not even an older cut that somebody left there.
    is_strange = edition == film and digest not in {one.master for one in drop.target.editions.all()}
    if digest and (digest == coming or is_strange):
        told = "with it" if digest == coming else "with what no open edition is"
        yield Breach("entry", edition, entry_of(film), f"{entry_of(film)} answers {told} at {asking.address}")
    if drop.schedule.hold == "edge":
        return
    names = asked_of(secrets)
    answers = do_all([partial(asking.get, name) for name in names])
    for name, answer in zip(names, answers, strict=True):
        if answer is not None:
            yield Breach("playlist", edition, name, f"{name} answers at {asking.address}")


def _by_looking(drop: Drop, secrets: Secrets) -> Iterator[Breach]:
    """Yield a breach for an entry that lies at the target: nginx hands it out as the film's, in its countries alone."""
    name = entry_of(secrets.edition)
    if drop.schedule.hold == "matinee" and drop.target.follow(name) is not None:
        told = f"{name} lies at {spelled(drop.target.where)}, and is handed out in its countries"
        yield Breach("entry", secrets.edition, name, told)


def _master(drop: Drop, secrets: Secrets) -> str:
    try:
        return publication_of(drop, secrets.edition, secrets.region)[0].entry.sha256
    except InputError:
        return ""


def _ask(client: httpx.Client, url: str) -> bytes | None:
    import httpx

    try:
        with client.stream("GET", url) as response:
            if response.status_code in _MISSING:
                return None
            if response.status_code == httpx.codes.OK:
                return b"".join(_bounded(response))
            told = f"answered {response.status_code}, so that nobody knows"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        told = f"cannot be asked ({type(error).__name__})"
    raise PublishError(
        f"{spelled(url)} {told}.", remedy="See whether the server is up, or name another with --address.", url=url
    )


def _bounded(response: httpx.Response) -> Iterator[bytes]:
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        yield chunk
        if size > _MOST_BYTES:
            return
