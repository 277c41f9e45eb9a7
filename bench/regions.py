"""What do ten regions' clips and packages cost over the bare encodes of the seconds that they do not share? (CPU)"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from bench import plain
from bench.child import MATINEE, ChildRun, run_child
from bench.film import Size, write_stretch
from bench.homes import fresh_home, working_in
from bench.packaging import bare_argv, run_bare
from bench.report import say, show_load, show_ratio, show_table
from pipeline.argv import card_key
from pipeline.cut import CutRequest, FilmPlan, PlannedClip, analyse, plan_film
from pipeline.graph import FilmPicture, PictureEncode, StillPicture, Stretch
from pipeline.plan.ladder import plan_ladder
from pipeline.presets import load_ladder
from pipeline.shell.ffmpeg import ffmpeg_exe
from pipeline.shell.probe import probe

GOAL: Final = 1.2
REGIONS: Final = tuple(f"x{letter}" for letter in "abcdefghij")
_LADDER: Final = "landscape-fixed"
_PLATFORM: Final = "youtube-shorts"
_CARD_S, _ENDING_S = 3, 8
_SECONDS: Final[dict[Size, int]] = {"quick": 120, "whole": 0}
_REGION: Final = f"""
name = "Region"
countries = ["AQ"]

[[cards]]
kind = "title"
place = "start"
seconds = {_CARD_S}
"""


def run(film: Path, size: Size) -> None:
    """Print what the clips and the packages of ten regions take, each with a card and an ending of its own."""
    with fresh_home() as home, working_in(home), tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        place = Place.prepare(film, Path(folder), home, _SECONDS[size])
        _show_clips(place)
        _show_packages(place)
    show_load()


@dataclass(frozen=True)
class Place:
    """A film with an ending for each of ten regions beside it, and where runs work."""

    film: Path
    endings: tuple[Path, ...]
    environment: Mapping[str, str]
    work: Path

    @classmethod
    def prepare(cls, film: Path, folder: Path, home: Path, seconds: int) -> Place:
        """Write all of that; `seconds` of the film, 0 for all of it."""
        target = folder / f"film{film.suffix}"
        if seconds:
            write_stretch(film, target, seconds=seconds)
        else:
            target.symlink_to(film)
        endings = tuple(_ending(film, folder / f"ending-{name}.mp4", number) for number, name in enumerate(REGIONS))
        tables = "".join(
            f'[[regions]]\nid = "{name}"\ntitle = "The film in {name}"\n[[regions.added]]\nfile = "{ending.name}"\n'
            for name, ending in zip(REGIONS, endings, strict=True)
        )
        (folder / "film.film.toml").write_text(f'title = "The film"\nlanguage = "en"\n{tables}')
        presets = folder / "presets" / "regions"
        presets.mkdir(parents=True)
        for name in REGIONS:
            (presets / f"{name}.toml").write_text(_REGION)
        os.environ["MATINEE_PRESETS"] = str(presets.parent)
        environment = {"MATINEE_HOME": str(home), "MATINEE_PRESETS": str(presets.parent)}
        return cls(target, endings, environment, folder)

    def run(self, *words: str) -> ChildRun:
        """Run our command for all regions."""
        regions = [word for name in REGIONS for word in ("--region", name)]
        return run_child((MATINEE, *words, *regions, "--json"), **self.environment)


def _ending(film: Path, target: Path, number: int) -> Path:
    """Write eight seconds of the film, others for each region, encoded again so that they begin where they should."""
    picture = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "14", "-c:a", "aac")
    begin = str(20 + 9 * number)
    run_bare(("-ss", begin, "-i", f"file:{film}", "-t", str(_ENDING_S), *picture, str(target)))
    return target


def _show_clips(place: Place) -> None:
    words = ("cut", str(place.film), "--style", "plain", "--platform", _PLATFORM, "--count", "1")
    looked = place.run(*words, "--dry-run")
    ran = place.run(*words)
    request = CutRequest(style="plain", platforms=(_PLATFORM,), count=1, regions=REGIONS)
    plans = plan_film(analyse(place.film, request), request)
    nodes = tuple(dict.fromkeys(node for plan in plans for clip in plan.clips for node in clip.pictures))
    ours = sum(_cpu_s(plans[0], plans[0].workshop.picture_key(node)) for node in nodes)
    cards = sum(_cpu_s(plan, card_key(card)) for plan in plans for clip in plan.clips for card in clip.cards)
    bare = [one for node in nodes for one in _encode_barely(plans[0], node, place.work / "bare.mp4")]
    distinct = sum(float(node.rate.time_of(node.frames)) for node in nodes)
    played = sum(float(clip.picture.rate.time_of(clip.frames)) for plan in plans for clip in plan.clips)
    say(f"clips: {len(plans)} regions play {played:.0f} s, {distinct:.0f} s of pictures encoded, {len(nodes)} pieces")
    bare_cpu_s = sum(one.cpu_seconds for one in bare)
    sounds_cpu_s = sum(_encode_sound_barely(place, clip).cpu_seconds for plan in plans for clip in plan.clips)
    rows = [
        ("looking at film and endings, choosing, framing", looked.cpu_seconds, looked.wall_seconds),
        ("ours, everything", ran.cpu_seconds, ran.wall_seconds),
        ("of this, encoding pictures", ours, ""),
        ("bare commands, one for each distinct piece", bare_cpu_s, sum(one.wall_seconds for one in bare)),
        ("bare commands, one for the sound of each clip", sounds_cpu_s, ""),
    ]
    show_table(f"Clips of ten regions for {_PLATFORM}", ("what", "CPU s", "wall s"), rows)
    show_ratio("pictures of all regions over the bare encodes", ours + cards, bare_cpu_s, "CPU s", goal=GOAL)
    told = "everything (sound of each, cards, joins, checks, posters, previews, sheets) over the bare encodes"
    show_ratio(told, ran.cpu_seconds, bare_cpu_s, "CPU s", goal=GOAL)
    told = "everything over the bare encodes and each clip's sound, encoded barely"
    show_ratio(told, ran.cpu_seconds, bare_cpu_s + sounds_cpu_s, "CPU s", goal=GOAL)


def _cpu_s(plan: FilmPlan, key: str) -> float:
    artifact = plan.workshop.store.find(key)
    assert artifact is not None, "the command made it"
    return float(artifact.receipt.get("cpu_seconds") or 0)


def _encode_barely(plan: FilmPlan, node: PictureEncode, target: Path) -> Iterator[ChildRun]:
    """Encode what is in a piece as anybody would, each stretch of a film and each still by a command."""
    started = (str(ffmpeg_exe()), "-hide_banner", "-nostdin", "-loglevel", "error", "-y")
    encoder = ("-an", *plain.x264(node.encoder), str(target))
    for part, views in zip(node.parts, node.views, strict=True):
        if isinstance(part, StillPicture):
            still = plan.workshop.store.find(part.source)
            assert still is not None
            shown = ("-loop", "1", "-framerate", str(node.rate), "-i", str(still.path), "-frames:v", str(part.frames))
            yield run_child((*started, *shown, "-pix_fmt", "yuv420p", *encoder))
        elif isinstance(part, FilmPicture) and part.frames > 1:  # one frame more or less has an ending's last picture
            study = plan.subject.by_digest[part.source]
            read = plain.seek(study.path.absolute(), part.start - study.facts.picture.start)
            filters = plain.picture_filters(views, width_px=node.width_px, height_px=node.height_px)
            yield run_child((*started, *read, "-frames:v", str(part.frames), "-vf", filters, *encoder))


def _encode_sound_barely(place: Place, clip: PlannedClip) -> ChildRun:
    """Encode as much of the film's sound as a clip has, from where its longest stretch begins, as it is."""
    assert clip.sound is not None, "the film has sound"
    pieces = (piece for part in clip.sound.parts if isinstance(part, Stretch) for piece in part.pieces)
    start = max(pieces, key=lambda piece: piece.samples).start
    seconds = clip.picture.rate.time_of(clip.frames)
    sound = ("-vn", *plain.aac(clip.sound.kbps, seconds=seconds))
    return run_bare((*plain.seek(place.film, start), *sound, str(place.work / "bare.m4a")))


def _show_packages(place: Place) -> None:
    words = ("package", str(place.film), "--ladder", _LADDER)
    whole = run_child((MATINEE, *words, "--json"), **place.environment)
    looked = place.run(*words, "--dry-run")
    ran = place.run(*words)
    documents: list[dict[str, Any]] = json.loads(ran.stdout)["packages"]
    say(documents[0]["variant"])
    bare = tuple(_packaged_barely(place))
    bare_cpu_s = sum(one.cpu_seconds for one in bare)
    seconds = float(probe(place.film).duration or Fraction(0))
    own = len(REGIONS) * (_CARD_S + _ENDING_S)
    say(f"packages: {1 + own / seconds:.2f} films encoded for the film and ten regions of it")
    rows = [
        ("the film's own package", whole.cpu_seconds, whole.wall_seconds),
        ("looking at endings, planning", looked.cpu_seconds, looked.wall_seconds),
        ("ours, the packages of all regions", ran.cpu_seconds, ran.wall_seconds),
        ("bare encodes of their cards and endings", bare_cpu_s, sum(one.wall_seconds for one in bare)),
    ]
    show_table(f"Packages of ten regions, {_LADDER}", ("what", "CPU s", "wall s"), rows)
    show_ratio("packages of all regions over the bare encodes", ran.cpu_seconds, bare_cpu_s, "CPU s", goal=GOAL)


def _packaged_barely(place: Place) -> Iterator[ChildRun]:
    """Yield the bare encodes of all rungs of each ending and of each card, one process each."""
    facts, ladder = probe(place.film), load_ladder(_LADDER)
    pictures = plan_ladder(ladder, facts.picture.display_size, facts.picture.rate)
    card = place.work / "card.mp4"
    width, height = pictures.largest
    source = f"color=black:size={width}x{height}:rate={pictures.rate}:duration={_CARD_S}"
    run_bare(("-f", "lavfi", "-i", source, "-c:v", "libx264", "-preset", "ultrafast", str(card)))
    for number, file in enumerate((*place.endings, *(card for _ in REGIONS))):
        folder = place.work / f"bare-rungs-{number}"
        folder.mkdir()
        yield run_bare(bare_argv(file, ladder, pictures, folder))
