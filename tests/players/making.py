"""Make small packages to play: a white picture and a beep at each second, two rungs, two languages, subtitles."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import struct
import subprocess
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import pytest

from pipeline.edit import Card, Edit, Part, Programme
from pipeline.package.block import plan_block_package, plan_block_steps
from pipeline.package.job import package
from pipeline.package.outputs import put_together
from pipeline.package.request import PackageRequest, study_subject
from pipeline.package.steps import make_all
from tests.companion_here import CompanionHere
from tests.players.packages import Cue, Package

RUNGS = ((160, 90), (320, 180))
TONES = {"en": 1000, "es": 600}
WORDS = {"en": "Second {}", "es": "Segundo {}"}
PAL, NTSC = "24/1", "24000/1001"
# Every so many frames a picture is white, a second or nearly.
APART = 24
_LADDER = """
name = "Small pictures for tests"
note = "two rungs that are encoded in no time, with another sound for the lower one"
aspect = "16:9"
codec = "h264"
rate_control = "fixed"

[encoding]
preset = "veryfast"
references = 1
b_frames = 2

[[rungs]]
width_px = 160
height_px = 90
average_kbps = 130
peak_kbps = 138

[[rungs]]
width_px = 320
height_px = 180
average_kbps = 600
peak_kbps = 1200

[sound]
low_below_kbps = 400
surround_from_kbps = 500
loudness_lufs = -16
"""
_LADDER_AV1 = re.sub(r"(references|b_frames) = .\n", "", _LADDER.replace("h264", "av1").replace("veryfast", "10"))


@dataclass(frozen=True)
class Film:
    """A master with flash and beep, and subtitles beside it."""

    path: Path
    rate: str
    frames: int

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Stretch:
    """Frames of a film, or of a card where there is none."""

    film: Film | None
    start: int
    end: int


def make_packages(folder: Path, work: Path) -> dict[str, Package]:
    """Package a film, an edit of two, one in 5.1 after a card, one as AV1, what a region gets, a torn edit, and blocks.

    The films of one block differ in size, those of another in rate.
    """
    (work / "ladders").mkdir(parents=True)
    (work / "ladders" / "mini.toml").write_text(_LADDER)
    (work / "ladders" / "mini-av1.toml").write_text(_LADDER_AV1)
    kite = make_film(work / "kite.mov", frames=288, rate=PAL, source="testsrc2")
    bars = make_film(work / "bars.mov", frames=144, rate=PAL, source="smptehdbars")
    wren = make_film(work / "wren.mov", frames=120, rate=PAL, source="testsrc2")
    mite = make_film(work / "mite.mov", frames=144, rate=PAL, source="testsrc2", size="192x108")
    rush = make_film(work / "rush.mov", frames=180, rate="30/1", source="testsrc2")
    tale = make_film(work / "tale.mov", frames=240, rate=NTSC, source="testsrc2", layouts=("5.1", "stereo"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MATINEE_HOME", str(work / "home"))
        patch.setenv("MATINEE_PRESETS", str(work))
        patch.setattr("pipeline.shell.apart.Companion", CompanionHere)
        # Films of a minute and more lend their segments to edits; these do from their first segment on.
        patch.setattr("pipeline.plan.reels._LEAST_SHARED", 1)
        made = (
            make_package(folder / "film", (Stretch(kite, 0, 288),)),
            make_package(folder / "joined", (Stretch(bars, 0, 144), Stretch(kite, 48, 288))),
            make_package(folder / "carded", (Stretch(None, 0, 48), Stretch(tale, 0, 240))),
            make_package(folder / "av1", (Stretch(wren, 0, 120),), ladder="mini-av1"),
            make_regional(folder / "regional", kite, work),
            make_block(folder / "block", (kite, mite)),
            make_block(folder / "mixed", (kite, rush)),
        )
    packages = {one.name: one for one in made}
    return {**packages, "torn": tear(packages["joined"], folder / "torn", frames=2)}


def make_film(
    path: Path,
    *,
    frames: int,
    rate: str,
    source: str,
    layouts: tuple[str, ...] = ("stereo", "stereo"),
    size: str = "320x180",
) -> Film:
    """Encode a film whose moving picture ffmpeg's `source` draws, with two languages and subtitles for both."""
    seconds = frames / Fraction(rate)
    flash = f"drawbox=enable='not(mod(n\\,{APART}))':color=white:t=fill"
    inputs = [f"{source}=s={size}:r={rate},{flash},trim=end_frame={frames},format=yuv420p"]
    for tone, layout in zip(TONES.values(), layouts, strict=True):
        beep = f"0.6*sin(2*PI*{tone}*t)*lt(mod(t\\,{APART}/({rate}))\\,0.1)"
        inputs.append(f"aevalsrc='{beep}':s=48000:c={layout}:d={float(seconds)}")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin"]
    for text in inputs:
        command += ["-f", "lavfi", "-i", text]
    command += ["-map", "0", "-map", "1", "-map", "2", "-metadata:s:a:0", "language=eng", "-metadata:s:a:1"]
    command += ["language=spa", "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-c:a", "pcm_s16le", str(path)]
    subprocess.run(command, check=True)
    film = Film(path, rate, frames)
    for language in TONES:
        rows = (f"00:00:{s:02},000 --> 00:00:{s + 1:02},500\n{text}\n" for s, text in _lines(film, language))
        path.with_suffix(f".{language}.srt").write_text(
            "\n".join(f"{number}\n{row}" for number, row in enumerate(rows, start=1))
        )
    return film


def make_package(folder: Path, stretches: tuple[Stretch, ...], *, ladder: str = "mini") -> Package:
    """Package a whole film, or an edit of stretches of films."""
    films = [stretch.film for stretch in stretches if stretch.film is not None]
    path = films[0].path if len(stretches) == 1 else _write_edit(films[0].path.parent, folder.name, stretches)
    return _package(path, PackageRequest(ladder=ladder, out=folder), folder, stretches)


def make_regional(folder: Path, film: Film, presets: Path) -> Package:
    """Package a film for a region that has a card before it and lacks its third pair of seconds."""
    (presets / "regions").mkdir()
    text = 'name = "Saxony"\ncountries = ["DE"]\n[[cards]]\nkind = "title"\nplace = "start"\nseconds = 2\n'
    (presets / "regions" / "saxony.toml").write_text(text)
    told = film.path.with_suffix(".film.toml")
    told.write_text(
        'title = "The Red Kite"\n[[regions]]\nid = "saxony"\ntitle = "Der rote Drachen"\n'
        '[[regions.removed]]\nfrom = "00:00:04:00"\nto = "00:00:06:00"\n'
    )
    stretches = (Stretch(None, 0, 48), Stretch(film, 0, 96), Stretch(film, 144, film.frames))
    try:
        return _package(film.path, PackageRequest(ladder="mini", out=folder, regions=("saxony",)), folder, stretches)
    finally:
        told.unlink()  # what other tests package is no region's


def _package(path: Path, request: PackageRequest, folder: Path, stretches: tuple[Stretch, ...]) -> Package:
    """Package what a path leads to, of which is known that it plays some stretches."""
    (done,) = package(path, request, lambda *_: None)
    return _known(folder, stretches, tuple(section.frames for section in done.plan.sections))


def make_block(folder: Path, films: tuple[Film, ...]) -> Package:
    """Package films with a card of four seconds before each; frames are counted at the first one's rate."""
    request = PackageRequest(ladder="mini")
    subjects = [study_subject(film.path, request) for film in films]
    parts: list[Part] = []
    stretches: list[Stretch] = []
    for film, subject in zip(films, subjects, strict=True):
        whole = replace(subject.edit.spans[0], programme=Programme(film.path.stem))
        parts += [Card((film.path.stem,), Fraction(4)), whole]
        stretches += [Stretch(None, 0, APART * 4), Stretch(film, 0, film.frames)]
    edit = Edit(folder.name, tuple(parts))
    by_digest = {subject.main.digest: subject for subject in subjects}
    plan = plan_block_package(edit, by_digest, request, folder=folder, on_stage=lambda *_: None)
    make_all(plan_block_steps(plan), lambda *_: None)
    put_together(plan.assembly, frozenset())
    seconds = [one.film.frames / Fraction(one.film.rate) if one.film else 4 for one in stretches]
    return _known(folder, tuple(stretches), tuple(round(one * Fraction(films[0].rate)) for one in seconds))


def _known(folder: Path, stretches: tuple[Stretch, ...], sections: tuple[int, ...]) -> Package:
    """Return a package of which is known that it plays some stretches in some sections."""
    films = [stretch.film for stretch in stretches if stretch.film is not None]
    rate, at = Fraction(films[0].rate), 0
    flashes: list[int] = []
    cues: dict[str, list[Cue]] = {language: [] for language in TONES}
    for one in stretches:
        if one.film is not None:
            flashes += [at + frame - one.start for frame in range(one.start, one.end) if frame % APART == 0]
            for language in TONES:
                cues[language] += _cues(one, one.film, language, at / rate)
        at += one.end - one.start
    joins = tuple(accumulate(sections[:-1]))
    subtitles = {
        language: _parted(of_language, tuple(join / rate for join in joins)) for language, of_language in cues.items()
    }
    begins = tuple(
        _begins(stretches, rate, start, start + frames) for start, frames in zip((0, *joins), sections, strict=True)
    )
    return Package(folder.name, folder, rate, sections, begins, tuple(flashes), RUNGS, tuple(TONES), subtitles)


def _begins(stretches: tuple[Stretch, ...], rate: Fraction, start: int, end: int) -> tuple[int, ...]:
    """Return the frames of a section at which a picture begins: one a second of cards, but at their ends."""
    borders = list(accumulate((one.end - one.start for one in stretches), initial=0))
    within = [
        (begin, one)
        for one, begin, after in zip(stretches, borders, borders[1:], strict=False)
        if begin < end and after > start
    ]
    if any(one.film is not None for _, one in within):
        return tuple(range(end - start))
    held = (end - start - 32) // round(rate) * round(rate)
    if held * 2 < rate:
        return tuple(range(end - start))
    shown = {*range(0, held, round(rate)), *(begin - start for begin, _ in within if start <= begin < start + held)}
    return (*sorted(shown), *range(held, end - start))


def tear(whole: Package, folder: Path, *, frames: int) -> Package:
    """Copy a package and let the pictures after its first join come some frames late, as an edit list makes them."""
    shutil.copytree(whole.folder, folder)
    for playlist in whole.playlists("v"):
        before, _, after = playlist.read_text().partition("#EXT-X-DISCONTINUITY\n")
        for name in sorted(
            set(re.findall(r"segments/\w+\.m4s", after)) - set(re.findall(r"segments/\w+\.m4s", before))
        ):
            late = (folder / name).read_bytes()
            tick = _tick(folder / re.findall(r'MAP:URI="([^"]+)"', after)[0], late)
            (folder / name).write_bytes(_later(late, round(frames / whole.rate / tick)))
    return Package(**{**whole.__dict__, "name": folder.name, "folder": folder})


def _lines(film: Film, language: str) -> list[tuple[int, str]]:
    """Return a line of a second and a half in every two seconds, so that some lie over cuts."""
    last = int(film.frames / Fraction(film.rate))
    return [(second, WORDS[language].format(second)) for second in range(1, last - 1, 2)]


def _cues(stretch: Stretch, film: Film, language: str, at: Fraction) -> list[Cue]:
    start, end = (frame / Fraction(film.rate) for frame in (stretch.start, stretch.end))
    shown = ((max(start, Fraction(s)), min(end, s + Fraction(3, 2)), text) for s, text in _lines(film, language))
    return [Cue(float(at + s - start), float(at + e - start), text) for s, e, text in shown if s < e]


def _parted(cues: list[Cue], joins: tuple[Fraction, ...]) -> tuple[Cue, ...]:
    """Return cues of which none lies over a join."""
    found = []
    for cue in cues:
        times = [cue.start, *(float(join) for join in joins if cue.start < join < cue.end), cue.end]
        found += [Cue(start, end, cue.text) for start, end in pairwise(times)]
    return tuple(found)


def _write_edit(folder: Path, name: str, stretches: tuple[Stretch, ...]) -> Path:
    films = {one.film.digest: one.film for one in stretches if one.film is not None}
    parts: list[dict[str, Any]] = [
        {"kind": "card", "lines": ["The Red Kite"], "frames": one.end}
        if one.film is None
        else {"kind": "span", "master": one.film.digest, "frames": [one.start, one.end]}
        for one in stretches
    ]
    masters = {digest: {"file": film.path.name, "rate": film.rate} for digest, film in films.items()}
    document = {"name": name, "rate": next(iter(films.values())).rate, "masters": masters, "parts": parts}
    path = folder / f"{name}.edit.json"
    path.write_text(json.dumps(document))
    return path


def _tick(init: Path, segment: bytes) -> Fraction:
    joined = init.with_suffix(".joined")
    joined.write_bytes(init.read_bytes() + segment)
    with av.open(joined, format="mp4") as container:
        tick = container.streams[0].time_base
    joined.unlink()
    assert tick is not None
    return tick


def _later(segment: bytes, ticks: int) -> bytes:
    """Return a segment whose fragments all begin so many ticks later."""
    changed = bytearray(segment)
    for found in re.finditer(b"tfdt\x01", segment):
        (time,) = struct.unpack_from(">Q", segment, found.start() + 8)
        struct.pack_into(">Q", changed, found.start() + 8, time + ticks)
    return bytes(changed)
