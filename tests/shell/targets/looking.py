"""Publishing in tests: a plan for a package, a target opened anew, and all that an edition leads to, looked at."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from pipeline.plan.publication import Publication, edition_of, plan_publication, references_of
from pipeline.playlists import read_playlist
from pipeline.shell.package_walk import walk_package
from pipeline.shell.targets import Target
from tests.small_packages import SmallPackage

Opener = Callable[[], Target]
"""Opens the same target again, as another run would."""


def planned(package: SmallPackage, edition: str | None = None) -> Publication:
    contents = walk_package(package.folder)
    return plan_publication(contents, edition or edition_of(contents.title, contents.region))


def quiet(*_: object) -> None:
    """Tell nobody how far it is."""


def everything(target: Target, edition: str) -> set[str]:
    """Return the names that an edition's entry leads to, each of which is there with the bytes that its name says."""
    entry = target.read(f"{edition}.m3u8")
    assert entry is not None
    playlist = read_playlist(entry.data).playlist
    assert playlist is not None
    found = set(references_of(playlist))
    for name in sorted(found):
        text = target.read(name)
        assert text is not None and hashlib.sha256(text.data).hexdigest()[:12] in name
        media = read_playlist(text.data).playlist
        assert media is not None
        found |= set(references_of(media))
    for name in (name for name in found if name.startswith("segments/")):
        segment = target.read(name)
        assert segment is not None and hashlib.sha256(segment.data).hexdigest()[:32] in name
    return found
