"""Make the same clips by our command, by bare ffmpeg commands and with MoviePy: CPU, wall, memory, VMAF, bytes."""

from __future__ import annotations

import functools
import operator
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Final

from bench.child import MATINEE, run_child
from bench.film import Size, study_film
from bench.framed import frame_clips, show_pass, wishes_for
from bench.homes import fresh_home, working_in
from bench.peers import Effort, Encoded, encode_barely, encode_with_moviepy, find_ours, picture_bytes, whole_picture
from bench.report import say, show_floor, show_load, show_ratio, show_table
from pipeline.cut import CutRequest, FilmPlan, analyse, plan_film
from pipeline.cut.choice import choose_from, known_film
from pipeline.edit import shortened
from pipeline.editfile import EditFile, EditMaster
from pipeline.graph import PictureEncode
from pipeline.presets import load_highlights
from pipeline.shell.home import find_home
from pipeline.shell.projects import save_edit
from pipeline.shell.store import Store

GOAL: Final = 1.15
"""Times the CPU of bare commands for the distinct pictures."""
MOVIEPY_GOAL: Final = 4.0
"""Times our CPU."""
QUICK_SECONDS: Final = Fraction(10)
_STYLE: Final = "plain"  # framed, and otherwise the pictures of the film alone, as peers make them
_EVERY: Final = 5  # frames for VMAF: patterns of B-frames are of two, three or four
_SHOTS: Final = "ours: finding shots"
_HIGHLIGHTS: Final = "ours: features, choosing highlights"
_FRAMING: Final = "ours: subjects, framing"
_RENDERING: Final = "ours: rendering, with sounds, checks, posters, previews"
_PER_PICTURE: Final = "bare commands, one per distinct picture"
_PER_CLIP: Final = "bare commands, one per clip"
_MOVIEPY: Final = "MoviePy, one script per clip"


def run(film: Path, size: Size) -> None:
    """Print what the clips of a film take: ours cold, then the same pictures by bare commands and with MoviePy."""
    with fresh_home() as home, working_in(home), tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        efforts, plan = _cut(film, size, home)
        ours = find_ours(plan)
        counts = Counter(whole_picture(clip) for clip in plan.clips)
        sample = [picture for picture in counts if picture.parts == next(iter(counts)).parts]
        say(f"{len(plan.highlights)} highlights, {len(counts)} distinct pictures, {len(plan.clips)} clips")
        bare = {node: encode_barely(plan, node, _target(folder, "bare")) for node in counts}
        moviepy = {node: encode_with_moviepy(plan, node, _target(folder, "moviepy")) for node in sample}
        efforts |= _efforts_of_peers(bare, moviepy, counts)
        _show_efforts(efforts, len(moviepy))
        _show_kinds(home, efforts[_RENDERING])
        _show_pictures({"ours": ours, "bare": bare, "MoviePy": moviepy}, sample)
        _show_verdicts(efforts, sum(one.effort.cpu_s for one in ours.values()))
        study = plan.subject.main
        spans = [span.span for highlight in plan.highlights for span in highlight.edit.spans]
        show_pass(study, frame_clips(study, spans, wishes_for(study).values()))
    show_load()


def estimate(node: PictureEncode, bare: Mapping[PictureEncode, Effort], slow: Mapping[PictureEncode, Effort]) -> Effort:
    """Return what a slow way takes for a picture, from what it took for those of that size, over bare commands."""
    if node in slow:
        return slow[node]
    alike = [one for one in slow if (one.width_px, one.height_px) == (node.width_px, node.height_px)] or list(slow)
    measured, against = total(slow[one] for one in alike), total(bare[one] for one in alike)
    return Effort(
        bare[node].cpu_s * measured.cpu_s / against.cpu_s,
        bare[node].wall_s * measured.wall_s / against.wall_s,
        measured.largest_bytes,
        measured.peak_bytes,
    )


def total(efforts: Iterable[Effort]) -> Effort:
    """Return what some work took in all, one after the other."""
    return functools.reduce(operator.add, efforts, Effort())


def _cut(film: Path, size: Size, home: Path) -> tuple[dict[str, Effort], FilmPlan]:
    """Cut clips as a person would, each step by its own command, and return what each took, and the plan."""

    def measure(*command: str) -> Effort:
        return Effort.of(run_child((MATINEE, *command, "--json"), MATINEE_HOME=str(home)))

    efforts = {_SHOTS: measure("shots", str(film)), _HIGHLIGHTS: measure("highlights", str(film))}
    wanted = film if size == "whole" else _write_short_edit(film, home / "first.edit.json")
    cut = ("cut", str(wanted), "--style", _STYLE)
    efforts |= {_FRAMING: measure(*cut, "--dry-run"), _RENDERING: measure(*cut)}
    request = CutRequest(style=_STYLE)
    (plan,) = plan_film(analyse(wanted, request), request)
    assert not plan.steps, f"the command left something to be made: {plan.steps}"
    return efforts, plan


def _write_short_edit(film: Path, target: Path) -> Path:
    """Write an edit of the beginning of the film's best highlight, with the film beside it."""
    (target.parent / film.name).symlink_to(film)
    home, study = find_home(), study_film(film)
    chosen = choose_from(study, load_highlights(), known_film(home.projects, study).times, Store(home.store))
    rate = study.analysis.timeline.rate
    edit = shortened(chosen.choice.highlights[0].edit, QUICK_SECONDS)
    save_edit(target, EditFile(edit, rate, (EditMaster(study.digest, film.name, rate),)), expected=None)
    return target


def _target(folder: str, maker: str) -> Path:
    return Path(folder) / f"{maker}-{len(list(Path(folder).iterdir()))}.mp4"


def _efforts_of_peers(
    bare: Mapping[PictureEncode, Encoded], moviepy: Mapping[PictureEncode, Encoded], counts: Counter[PictureEncode]
) -> dict[str, Effort]:
    """Return what peers take for all clips; they know nothing of pictures that clips share."""
    barely = {node: one.effort for node, one in bare.items()}
    slowly = {node: one.effort for node, one in moviepy.items()}
    return {
        _PER_PICTURE: total(barely.values()),
        _PER_CLIP: total(barely[node].scaled(count) for node, count in counts.items()),
        _MOVIEPY: total(estimate(node, barely, slowly).scaled(count) for node, count in counts.items()),
    }


def _show_efforts(efforts: Mapping[str, Effort], sample: int) -> None:
    rows = [
        (what, one.cpu_s, one.wall_s, f"{one.largest_bytes / 1e6:.0f}", f"{one.peak_bytes / 1e6:.0f}")
        for what, one in efforts.items()
    ]
    show_table("Clips", ("what", "CPU s", "wall s", "largest process, MB", "all processes, MB"), rows)
    say(
        "The bare command of each picture was run once: those of clips that share it differ in the target's name "
        f"alone. MoviePy's script was run for {sample} pictures; for others it is taken to be as much slower than the "
        "bare command as for those of their size. Peers encode the film's sound as it is."
    )


def _show_kinds(home: Path, rendering: Effort) -> None:
    """Print CPU seconds that receipts name, by what was made, and what remains of all."""
    store = Store(home / "store")
    seconds: defaultdict[str, float] = defaultdict(float)
    for receipt in store.root.glob("??/*/receipt.json"):
        artifact = store.find(receipt.parent.name)
        if artifact is not None and artifact.receipt.get("cpu_seconds"):
            seconds[str(artifact.receipt["made_by"])] += float(artifact.receipt["cpu_seconds"])
    rows = sorted(seconds.items(), key=lambda row: -row[1])
    rest = rendering.cpu_s - sum(seconds.values())
    rows.append(("previews, checks, joins, sheet, plot, files for editors, start", rest))
    show_table("Ours, rendering", ("what", "CPU s"), rows)


def _show_pictures(makers: Mapping[str, Mapping[PictureEncode, Encoded]], sample: Iterable[PictureEncode]) -> None:
    rows: list[tuple[object, ...]] = []
    for node in sample:
        for maker, pictures in makers.items():
            made = pictures[node]
            megabytes, vmaf = picture_bytes(made.path) / 1e6, made.source.vmaf_of(made.path, every=_EVERY)
            rows.append((f"{node.width_px}×{node.height_px}", maker, node.frames, made.effort.cpu_s, megabytes, vmaf))
    show_table("Pictures of one highlight", ("size", "by", "frames", "CPU s", "MB", "VMAF"), rows)
    for maker, pictures in makers.items():
        megabytes = sum(picture_bytes(one.path) for one in pictures.values()) / 1e6
        say(f"{maker}: {len(pictures)} pictures, {megabytes:.1f} MB")


def _show_verdicts(efforts: Mapping[str, Effort], pictures_cpu_s: float) -> None:
    bare, ours, moviepy = (efforts[what].cpu_s for what in (_PER_PICTURE, _RENDERING, _MOVIEPY))
    analysis = sum(efforts[what].cpu_s for what in (_SHOTS, _HIGHLIGHTS, _FRAMING))
    show_ratio("our pictures over bare commands per distinct picture", pictures_cpu_s, bare, "CPU s", goal=GOAL)
    show_ratio("all rendering over bare commands per distinct picture", ours, bare, "CPU s", goal=GOAL)
    say(f"with analysis: {ours + analysis:.2f} / {bare:.2f} CPU s = {(ours + analysis) / bare:.3f}")
    for what, cpu_s in (("our rendering", ours), ("our rendering and analysis", ours + analysis)):
        show_floor(
            f"MoviePy over {what}, {moviepy:.2f} / {cpu_s:.2f} CPU s", moviepy / cpu_s, "times", goal=MOVIEPY_GOAL
        )
