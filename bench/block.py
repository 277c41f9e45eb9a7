"""How fast is a block chosen among hundreds of films, and put together for a stream and a venue? (CPU, wall)"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Literal

import tomlkit

from bench import plain
from bench.child import MATINEE, ChildRun, run_child
from bench.film import Size
from bench.homes import fresh_home, working_in
from bench.packaging import run_bare
from bench.report import say, show_figure, show_load, show_ratio, show_table
from pipeline.argv import SCALE_FLAGS
from pipeline.errors import PlanError
from pipeline.plan.block_rules import BlockRules, Overheads
from pipeline.plan.encoder import x264_for
from pipeline.plan.selection import select
from pipeline.presets import preset_file
from pipeline.shell.digests import sha256_of
from pipeline.shell.home import find_home
from pipeline.venue import VenueFormat
from tests.plan.libraries import library

_FILMS: Final[dict[Size, int]] = {"quick": 100, "whole": 500}
_CARDS: Final = Overheads(Fraction(30), Fraction(9))
_GOAL_S: Final = 10.0
_SHAPES: Final[dict[str, BlockRules]] = {
    "easy": BlockRules(),
    "usual": BlockRules(
        one_per_director=True, age_max=12, subtitles=("en", "es"), countries_min=4, films_per_country_max=2,
        loudness_jump_max_lu=Fraction(4), mood_jump_max=Fraction(1, 4),
    ),
    "tight": BlockRules(
        shortest=Fraction(895), longest=Fraction(905), one_per_director=True, countries_min=6, films_per_country_max=1,
        loudness_jump_max_lu=Fraction(1), mood_jump_max=Fraction(1, 20), films_min=6, films_max=9,
    ),
    "too many films": BlockRules(films_min=30),
    "too many countries": BlockRules(countries_min=11, films_max=10),
    "no neighbours": BlockRules(
        countries_min=6, loudness_jump_max_lu=Fraction(1, 10), mood_jump_max=Fraction(1, 100), films_min=8, films_max=9,
    ),
}  # fmt: skip
_LADDER: Final = "quickly"
"""Every rung of our fixed ladder at x264's quickest preset of ours: what films' encodes cost is not asked here."""
_STARTS_S: Final = (0, 85, 170, 255, 345)
"""Where the five films begin in the one that is measured: two overlap, no two are the same."""
_LENGTH_S: Final[dict[Size, int]] = {"quick": 10, "whole": 232}
_FADE_S: Final = 2
_SOUNDS_KBPS: Final = (128, 48)
"""Of the sounds in the package of a film in stereo."""
_HLS_GOAL_S: Final = 3.0
_NEW_GOAL: Final = 1.0
_SOUND_GOAL: Final = 1.1
_VENUE_GOAL: Final = 1.1


def run(film: Path, size: Size) -> None:
    """Choose among libraries that nobody has filmed; then put together a block of five films that are packaged."""
    _show_choosing(size)
    with fresh_home() as home, working_in(home), tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        place = _Place.prepare(film, Path(folder), home, size)
        _show_package(place)
        _show_other_anchor(place)
        _show_venue(place)
    show_load()


def _show_choosing(size: Size) -> None:
    """Choose by each shape of rules once; the longest counts."""
    films, rows, longest = library(_FILMS[size]), [], 0.0
    for name, rules in _SHAPES.items():
        began, worked = time.perf_counter(), time.process_time()
        try:
            found = select(films, rules, _CARDS)
            told = f"{len(found.films)} films, {float(found.length):.2f} s, {float(found.cost.total):.1f} points"
        except PlanError as error:
            told = f"none; {len(error.data.get('loosen', ()))} ways out"
        wall, cpu = time.perf_counter() - began, time.process_time() - worked
        longest = max(longest, cpu)
        rows.append((name, cpu, wall, told))
    show_table(f"Choosing among {len(films)} films", ("rules", "CPU s", "wall s", "programme"), rows)
    show_load()
    show_figure("the longest", longest, "s of CPU", goal=_GOAL_S)
    say("On one core and an idle machine, CPU and wall are the same.")


@dataclass(frozen=True)
class _Place:
    """Five films that are packaged, and where runs work."""

    work: Path
    films: tuple[Path, ...]
    seconds: int
    environment: Mapping[str, str]

    @classmethod
    def prepare(cls, film: Path, work: Path, home: Path, size: Size) -> _Place:
        """Write films that begin and end softly, as films do, and package each."""
        seconds = _LENGTH_S[size]
        films = tuple(_stretch(film, work / f"film-{start}.mp4", start, seconds) for start in _STARTS_S)
        presets = work / "presets" / "ladders"
        presets.mkdir(parents=True)
        (presets / f"{_LADDER}.toml").write_text(_quick_ladder())
        environment = {"MATINEE_HOME": str(home), "MATINEE_PRESETS": str(presets.parent)}
        place = cls(work, films, seconds, environment)
        for one in films:
            place.run("package", str(one), "--ladder", _LADDER, "--out", str(work / "films" / one.stem))
        return place

    def run(self, *words: str) -> ChildRun:
        """Run our command."""
        return run_child((MATINEE, *words, "--json"), **self.environment)

    def block(
        self, title: str, preset: str, films: tuple[Path, ...], output: Literal["hls", "venue"] = "hls"
    ) -> tuple[ChildRun, dict[str, Any], Path]:
        """Make the package or venue file of a block in a new folder: what it took, what was told, where it lies."""
        path, out = self.work / f"{title}.toml", self.work / title
        length = {"min": "1:00", "max": "30:00"}
        document = {"title": title, "preset": preset, "order": "given", "length": length}
        path.write_text(tomlkit.dumps({**document, "films": [{"file": str(one)} for one in films]}))
        what = ("--only", "hls", "--ladder", _LADDER) if output == "hls" else ("--only", output)
        ran = self.run("block", str(path), *what, "--out", str(out))
        return ran, json.loads(ran.stdout), out / "hls"


def _stretch(film: Path, target: Path, start: int, seconds: int) -> Path:
    """Write a stretch of a film from the key picture before `start` on, its pictures as they are, its sound faded."""
    read = ("-noaccurate_seek", "-ss", str(start), "-i", f"file:{film}", "-t", str(seconds))
    faded = f"afade=t=in:d={_FADE_S},afade=t=out:st={seconds - _FADE_S - 1}:d={_FADE_S}"
    run_bare((*read, "-map", "0:v:0", "-map", "0:a:0", "-c:v", "copy", "-c:a", "aac", "-af", faded, str(target)))
    return target


def _quick_ladder() -> str:
    document: Any = tomlkit.parse(preset_file("ladders", "landscape-fixed").path.read_text())
    document["encoding"]["preset"] = "veryfast"
    return tomlkit.dumps(document)


def _show_package(place: _Place) -> None:
    """Print what a block takes whose cards are new, and one that plays the same films in another order."""
    rows, last = [], None
    for title, films in (("Small Hours", place.films), ("Late Hours", (*place.films[2:], *place.films[:2]))):
        ran, told, folder = place.block(title, "online", films)
        share = _new_share(place, folder)
        package = told["hls"]
        rows.append((title, ran.cpu_seconds, ran.wall_seconds, package["segments"], package["new_segments"], share))
        last = ran, share
    headings = ("block", "CPU s", "wall s", "segments", "made for it", "% of bytes not the films'")
    show_table(f"Blocks of five packaged films of {place.seconds} s", headings, rows)
    assert last is not None
    show_figure("a block of packaged films in another order, under another title", last[0].wall_seconds, "s of wall",
                goal=_HLS_GOAL_S)  # fmt: skip
    show_figure("of its bytes not those of its films' packages", last[1], "%", goal=_NEW_GOAL)


def _new_share(place: _Place, folder: Path) -> float:
    """Return how much of a package, in per cent of its bytes, lies in no film's package; names are by content."""
    known = {one.name for one in (place.work / "films").rglob("segments/*")}
    files = [one for one in folder.rglob("*") if one.is_file()]
    size = sum(one.stat().st_size for one in files)
    return 100 * sum(one.stat().st_size for one in files if one.name not in known) / size


def _show_other_anchor(place: _Place) -> None:
    """Print what the sounds of a block at another loudness take, over encoding those of its films barely."""
    before = dict(_encodes("programme", "sound", "segment"))
    ran, _, _ = place.block("Gallery Hours", "gallery", place.films)
    made = {key: one for key, one in _encodes("programme", "sound", "segment") if key not in before}
    sounds = sum(one["cpu_seconds"] for one in made.values() if one["made_by"] != "segment")
    pictures = {tuple(one["inputs"]) for one in made.values() if "rendition" in one}
    digests = set(map(sha256_of, place.films))
    bare = list(_encode_sounds_barely(place))
    bare_cpu_s = sum(one.cpu_seconds for one in bare)
    rows = [
        ("the block, everything", ran.cpu_seconds, ran.wall_seconds),
        ("of this, sounds: finding levels, encoding, measuring", sounds, ""),
        ("bare AAC encodes of its films", bare_cpu_s, sum(one.wall_seconds for one in bare)),
    ]
    show_table("A block at another loudness than its films' packages", ("what", "CPU s", "wall s"), rows)
    anew = sum(1 for inputs in pictures if digests & set(inputs))
    say(f"films whose pictures were encoded again: {anew}")
    show_ratio("sounds at another loudness over bare AAC encodes", sounds, bare_cpu_s, "CPU s", goal=_SOUND_GOAL)


def _show_venue(place: _Place) -> None:
    """Print what a venue file takes whose films are not as its venue wants them, over encoding these barely."""
    before = dict(_encodes("programme", "sound", "picture"))
    ran, told, _ = place.block("Gallery Nights", "cafe", place.films, "venue")
    made = [one for key, one in _encodes("programme", "sound", "picture") if key not in before]
    pictures = sum(one["cpu_seconds"] for one in made if one["made_by"] == "picture")
    sounds = sum(one["cpu_seconds"] for one in made if one["made_by"] != "picture")
    bare = list(_encode_for_venue_barely(place))
    bare_cpu_s = sum(one.cpu_seconds for one in bare)
    rows = [
        ("the venue file, everything", ran.cpu_seconds, ran.wall_seconds),
        ("of this, pictures of films and cards", pictures, ""),
        ("of this, sounds: finding levels, encoding, measuring", sounds, ""),
        ("bare encodes of its films, picture and sound", bare_cpu_s, sum(one.wall_seconds for one in bare)),
    ]
    show_table(f"A venue file of {told['venue']['frames']} frames", ("what", "CPU s", "wall s"), rows)
    show_ratio("a venue file over bare encodes of its films", ran.cpu_seconds, bare_cpu_s, "CPU s", goal=_VENUE_GOAL)


def _encode_for_venue_barely(place: _Place) -> Iterator[ChildRun]:
    """Encode each film as our venue files are by themselves, one command each."""
    wanted = VenueFormat()
    size = f"{wanted.width_px}:{wanted.height_px}"
    shown = f"fps={wanted.rate},scale={size}:force_original_aspect_ratio=decrease:flags={SCALE_FLAGS},"
    shown += f"pad={size}:(ow-iw)/2:(oh-ih)/2,setsar=1,format=yuv420p"
    for film in place.films:
        read = ("-i", f"file:{film}", "-map", "0:v:0", "-map", "0:a:0", "-vf", shown)
        sound = plain.aac(wanted.kbps, seconds=Fraction(place.seconds))
        yield run_bare((*read, *sound, *plain.x264(x264_for(wanted.picture)), str(place.work / "venue.mp4")))


def _encodes(*kinds: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield key and receipt of everything of some kinds that the store has."""
    for path in find_home().store.glob("??/*/receipt.json"):
        receipt = json.loads(path.read_bytes())
        if receipt["made_by"] in kinds:
            yield receipt["key"], receipt


def _encode_sounds_barely(place: _Place) -> Iterator[ChildRun]:
    """Encode the sounds of each film at the bit rates that its package has, one command each."""
    for film in place.films:
        argv = ["-i", f"file:{film}"]
        for kbps in _SOUNDS_KBPS:
            argv += [
                "-map",
                "0:a:0",
                *plain.aac(kbps, seconds=Fraction(place.seconds)),
                str(place.work / f"{kbps}.m4a"),
            ]
        yield run_bare(tuple(argv))
