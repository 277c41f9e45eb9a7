"""Packages as `matinee package` names them, with noise for media: quick to make where nothing is decoded."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path

from pipeline.playlists import (
    InitSection,
    MediaPlaylist,
    MultivariantPlaylist,
    Rendition,
    Segment,
    Variant,
    media_text,
    multivariant_text,
)


@dataclass(frozen=True)
class SmallPackage:
    """A folder and the names in it."""

    folder: Path

    @property
    def names(self) -> set[str]:
        return {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()}

    @property
    def segments(self) -> set[str]:
        return {name for name in self.names if name.startswith("segments/")}

    @property
    def playlists(self) -> set[str]:
        return {name for name in self.names if name.endswith(".m3u8")} - {"master.m3u8"}

    @property
    def master(self) -> bytes:
        return (self.folder / "master.m3u8").read_bytes()


def make_small_package(
    folder: Path, *, title: str = "The Red Kite", region: str = "", scenes: str = "ab", size: int = 3000
) -> SmallPackage:
    """Write a package whose segments are those of some scenes: packages with the same scene share its segments."""
    (folder / "segments").mkdir(parents=True)
    variants = []
    for rung in ("v360",):
        uri = _put_playlist(folder, rung, [_noise(f"{rung}{scene}", size) for scene in scenes], ".m4s")
        variants.append(Variant(uri, bandwidth=800_000, audio="aac", subtitles="subs"))
    sound = _put_playlist(folder, "a128-en", [_noise(f"sound{scene}", size // 4) for scene in scenes], ".m4s")
    words = _put_playlist(folder, "s-en", [f"WEBVTT\n\n{scene}\n".encode() for scene in scenes], ".vtt")
    choices = MultivariantPlaylist(
        tuple(variants),
        (Rendition("AUDIO", "aac", "English", sound, "en"), Rendition("SUBTITLES", "subs", "English", words, "en")),
    )
    sheet = _put(folder, _noise(f"sheet{scenes}", 500), ".jpg")
    texts = {
        "thumbnails.vtt": f"WEBVTT\n\n00:00.000 --> 00:06.000\n{sheet}#xywh=0,0,160,90\n",
        "master.m3u8": multivariant_text(choices),
        "conformance.json": json.dumps({"version": 2, "conforms": True, "findings": []}),
        "package.json": json.dumps({"version": 1, "title": title, "masters": [], "files": {}, "region": region}),
    }
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
    (folder / "poster.jpg").write_bytes(_noise(f"poster{scenes}", 400))
    return SmallPackage(folder)


def _put_playlist(folder: Path, name: str, parts: list[bytes], suffix: str) -> str:
    init = InitSection(_put(folder, _noise(f"init{name}", 200), ".mp4")) if suffix == ".m4s" else None
    segments = tuple(Segment(_put(folder, part, suffix), Fraction(6), init=init) for part in parts)
    text = media_text(MediaPlaylist(6, segments)).encode()
    uri = f"{name}-{hashlib.sha256(text).hexdigest()[:12]}.m3u8"
    (folder / uri).write_bytes(text)
    return uri


def _put(folder: Path, data: bytes, suffix: str) -> str:
    name = f"segments/{hashlib.sha256(data).hexdigest()[:32]}{suffix}"
    (folder / name).write_bytes(data)
    return name


def _noise(seed: str, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def write_calendar(path: Path, *, everywhere: datetime, saxony: datetime, more: str = "") -> Path:
    """Write a calendar beside the packages of a film that opens everywhere, and in a region, at given times in UTC."""
    first, later = (f"{at:%Y-%m-%d %H:%M:%SZ}" for at in (everywhere, saxony))
    path.write_text(
        'film = "the-red-kite"\ntarget = "www"\naddress = "https://films.example.invalid"\npackages = "packages"\n'
        f'{more}\n[countries]\nsaxony = ["DE"]\n'
        f'[[drops]]\nopens = "{first}"\n[[drops]]\nregions = "saxony"\nopens = "{later}"\n'
    )
    return path
