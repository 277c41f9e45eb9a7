"""The whole job on one block file in one process: choose, package, and put down what a venue reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Final

from pipeline.edit import Edit, SoundFades
from pipeline.package.block import BlockPlan, plan_block_package, plan_block_steps
from pipeline.package.outputs import Package, put_together
from pipeline.package.request import PackageRequest, PackageSubject, study_subject
from pipeline.package.steps import Step, make_all
from pipeline.placement import Source
from pipeline.plan.block_verdicts import Verdict
from pipeline.plan.film_list import film_list
from pipeline.plan.hard_ends import SoundEnds, soften
from pipeline.plan.levelled import levelled_notes, most_of
from pipeline.plan.running_order import Item, RunningOrder
from pipeline.screening.changes import NAME, changes_since, described, read_earlier
from pipeline.screening.heard import heard_in_package, heard_in_venue_file, with_loudness, without_sound
from pipeline.screening.judging import Judged
from pipeline.screening.posters import master_posters, package_posters
from pipeline.screening.request import ScreeningRequest
from pipeline.screening.venue_verdicts import judge_venue_file
from pipeline.screening.verdicts import judge_package
from pipeline.shell.blocks import ChosenBlock, choose_block
from pipeline.shell.digests import check_unchanged
from pipeline.shell.documents import keep_document
from pipeline.shell.film_prints import master_prints
from pipeline.shell.home import Home, find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.making import OnStage, missing_keys
from pipeline.shell.projects import safe_name
from pipeline.shell.publish import alone_in, publish
from pipeline.shell.sheets import PutSheets, SheetRequest, put_sheets
from pipeline.shell.sound_ends import recall_sound_ends
from pipeline.shell.store import Artifact, Store
from pipeline.shell.study import Trust
from pipeline.spelling import spelled
from pipeline.venue import Step as VenueStep
from pipeline.venue import VenueFile, VenueFormat, make_venue_file, plan_venue_file
from pipeline.venue import make_all as make_venue_steps

HLS: Final = "hls"
"""The folder of the package in that of a block."""
Choose = Callable[[Path, Trust, OnStage], ChosenBlock]
"""What chooses a block from its file."""


@dataclass(frozen=True)
class Screening:
    """What became of a block."""

    chosen: ChosenBlock
    order: RunningOrder
    """With what was done to each film's sound."""
    folder: Path
    package: Package | None
    venue: VenueFile | None
    sheets: PutSheets | None
    changes: str | None
    """How it differs from what lay there before; None where nothing did."""
    notes: tuple[str, ...]
    """What people should know."""
    checks: tuple[Verdict, ...] = ()
    """What was found of everything that was made."""


def screen(
    path: Path,
    request: ScreeningRequest,
    on_stage: OnStage,
    *,
    choose: Choose = lambda path, trust, tell: choose_block(path, trust=trust, tell=tell),
    make: Callable[[Sequence[Step], OnStage], None] = make_all,
    make_venue: Callable[[Sequence[VenueStep], OnStage], None] = make_venue_steps,
) -> Screening:
    """Choose the films of a block and make what is asked for of it, under media/out/blocks.

    `choose` chooses them, `make` makes the steps of its package and `make_venue` those of its venue file, which stand
    alone. Raises what choosing, packaging and putting down raise.
    """
    home = find_home()
    chosen = choose(path, request.trust, on_stage)
    title = chosen.block.title
    folder = (request.out or home.out / "blocks" / safe_name(title)).absolute()
    if "sheets" in request.outputs:
        film_list(chosen.order, folder)  # refuses names that no list can hold before hours of work
    wanted = PackageRequest(
        ladder=request.ladder,
        out=folder / HLS,
        style=chosen.preset.style,
        loudness_lufs=chosen.preset.loudness_lufs.target,
        trust=request.trust,
    )
    films = _films(chosen, wanted, on_stage)
    heard_ends = {digest: recall_sound_ends(film.main, Store(home.store)) for digest, film in films.items()}
    chosen = replace(chosen, keys=(*chosen.keys, *(key for _, key in heard_ends.values())))
    edit, order, notes = _softened(chosen, {digest: ends for digest, (ends, _) in heard_ends.items()})
    found: list[Judged] = []
    posters: dict[str, Path] = {}
    studies = [film.main for film in films.values()]
    heard = without_sound(studies)
    package: Package | None = None
    plan: BlockPlan | None = None
    new: frozenset[str] = frozenset()
    if HLS in request.outputs:
        plan = plan_block_package(edit, films, wanted, folder=folder / HLS, on_stage=on_stage)
        new, judged = _package_made(plan, chosen, on_stage, make)
        found.append(judged)

    def put_package() -> None:
        nonlocal package
        for study in studies:  # what is named now is said to be of these very files
            check_unchanged(study.path, study.identity)
        package = None if plan is None else put_together(plan.assembly, new)

    venue: VenueFile | None = None
    if "venue" in request.outputs:
        # Neither gets a name before both are known to be good: where one is refused, the earlier block is as it was.
        venue, judged = _venue_file(chosen, edit, films, folder, on_stage, make_venue, put_package)
        found.append(judged)
    else:
        put_package()
    if plan is not None:
        heard = {**heard, **heard_in_package(plan)}
        posters = package_posters(plan) if "sheets" in request.outputs else {}
    if venue is not None:
        heard = heard_in_venue_file(edit, venue)  # which is what who holds the volume plays
    order = with_loudness(order, heard, chosen.preset.loudness_lufs.target)
    sheets = None
    if "sheets" in request.outputs:
        posters = posters or master_posters(studies, home)
        sheets = put_sheets(_sheet_request(chosen, edit, order, films, posters), folder, home)
    checks = tuple(verdict for judged in found for verdict in judged.verdicts)
    kept = dict.fromkeys(key for judged in found for key in judged.keys)
    changes = _put_document(folder, replace(chosen, keys=(*chosen.keys, *kept)), order, home, checks)
    told = [*chosen.notes, *notes, *_levelled(found, order, float(chosen.preset.loudness_lufs.target))]
    for one in (package, venue, sheets):
        told += () if one is None else one.notes
    return Screening(chosen, order, folder, package, venue, sheets, changes, tuple(dict.fromkeys(told)), checks)


def _levelled(found: Sequence[Judged], order: RunningOrder, target: float) -> Iterator[str]:
    """Yield how the sound of each film came to its loudness, once for all outputs."""
    films = [(spelled(item.title), item.film.digest) for item in order.films if item.film is not None]
    return levelled_notes(
        ((title, most_of(heard for one in found for heard in one.heard.get(digest, ()))) for title, digest in films),
        target,
    )


def _films(chosen: ChosenBlock, request: PackageRequest, on_stage: OnStage) -> dict[str, PackageSubject]:
    """Return the chosen films with their shots, by their digests."""
    found = {}
    for one in chosen.selection.candidates:
        name = f"{spelled(one.film.title)}: shots"
        subject = study_subject(
            Path(one.film.path),
            request,
            lambda share, name=name: on_stage(name, share, None),  # type: ignore[misc]
        )
        found[subject.main.digest] = subject
    return found


def _softened(chosen: ChosenBlock, ends: Mapping[str, SoundEnds]) -> tuple[Edit, RunningOrder, tuple[str, ...]]:
    """Return the block with films faded that begin or end hard, its running order that says so, and notes.

    `ends` say how loud films are there, by their digests.
    """
    preset = chosen.preset
    fades = SoundFades(preset.fade_in_s, preset.fade_out_s)
    items = tuple(_cued(item, ends, fades) for item in chosen.order.items)
    notes = tuple(
        f"The sound of {spelled(item.title)} {_hard(needed)}: it {_faded(needed)}, and is encoded for this block alone."
        for item in chosen.order.films
        if item.film is not None and (needed := ends[item.film.digest].softened(fades)) is not None
    )
    return soften(chosen.edit, ends, fades), replace(chosen.order, items=items), notes


def _cued(item: Item, ends: Mapping[str, SoundEnds], fades: SoundFades) -> Item:
    needed = ends[item.film.digest].softened(fades) if item.kind == "film" and item.film is not None else None
    return item if needed is None or item.cue is None else replace(item, cue=replace(item.cue, fades=needed))


def _hard(needed: SoundFades) -> str:
    both = needed.in_s and needed.out_s
    return "begins and ends abruptly" if both else "begins abruptly" if needed.in_s else "ends abruptly"


def _faded(needed: SoundFades) -> str:
    told = []
    if needed.in_s:
        told.append(f"fades in over {float(needed.in_s):g} s")
    if needed.out_s:
        told.append(f"fades out over {float(needed.out_s):g} s")
    return " and ".join(told)


def _package_made(
    plan: BlockPlan, chosen: ChosenBlock, on_stage: OnStage, make: Callable[[Sequence[Step], OnStage], None]
) -> tuple[frozenset[str], Judged]:
    """Make what a package lacks, and return the keys of that and what was found of all that it plays."""
    steps = plan_block_steps(plan)
    missing = missing_keys(steps)
    make(steps, on_stage)
    judged = judge_package(plan, bounds=_bounds(chosen), anchor=float(chosen.preset.loudness_lufs.target))
    judged.refuse_failures(str(plan.assembly.folder))
    return missing, judged


def _bounds(chosen: ChosenBlock) -> tuple[Fraction, Fraction]:
    """Return how long a block is to be, in seconds."""
    return chosen.block.length.min, chosen.block.length.max


def _venue_file(
    chosen: ChosenBlock,
    edit: Edit,
    films: Mapping[str, PackageSubject],
    folder: Path,
    on_stage: OnStage,
    make: Callable[[Sequence[VenueStep], OnStage], None],
    found_good: Callable[[], None],
) -> tuple[VenueFile, Judged]:
    """Make the venue file; `found_good` is called when it was judged, before it has its name."""
    preset = chosen.preset
    form = VenueFormat(
        width_px=preset.venue_file.width_px,
        height_px=preset.venue_file.height_px,
        rate=preset.venue_file.fps,
        codec=preset.venue_file.codec,
        loudness_lufs=preset.loudness_lufs.target,
        true_peak_dbtp=preset.true_peak_dbtp.max,
    )
    studies = [film.main for film in films.values()]
    for study in studies:  # which takes as long as decoding it
        name = f"{spelled(study.path.name)}: fingerprints"
        master_prints(study, Store(find_home().store), partial(on_stage, name))
    plan = plan_venue_file(edit, studies, form, folder=folder, style=preset.style)
    found: list[Judged] = []

    def judge(joined: Artifact) -> None:
        found.append(judge_venue_file(plan, joined, bounds=_bounds(chosen)))
        found[0].refuse_failures(plan.path.name)
        found_good()

    return make_venue_file(plan, on_stage, make=make, judge=judge), found[0]


def _sheet_request(
    chosen: ChosenBlock,
    edit: Edit,
    order: RunningOrder,
    films: Mapping[str, PackageSubject],
    posters: Mapping[str, Path],
) -> SheetRequest:
    block = chosen.block
    sources = {
        digest: Source.of(
            film.path,
            film.main.facts,
            frame_count=film.main.shots.timeline.frame_count,
            start_timecode=film.main.facts.start_timecode,
        )
        for digest, film in films.items()
    }
    return SheetRequest(
        order=order,
        edit=edit,
        sources=sources,
        rate=chosen.preset.venue_file.fps,
        posters=posters,
        start=block.starts_at,
        venue=block.venue or "",
        anchor_lufs=float(chosen.preset.loudness_lufs.target),
        evening=block.evening,
        language=block.language,
    )


def _put_document(
    folder: Path, chosen: ChosenBlock, order: RunningOrder, home: Home, checks: Sequence[Verdict]
) -> str | None:
    """Write block.json, and say how the block differs from the one that lay there."""
    path, ledger = folder / NAME, Ledger(home.ledger)
    earlier = read_earlier(path)
    content = described(order, block=chosen.path, keys=chosen.keys, checks=checks)
    with alone_in(folder):
        publish(keep_document(Store(home.store), "block", ".json", content), path, ledger)
        ledger.record_manifest(path)
    return None if earlier is None else changes_since(earlier, order)
