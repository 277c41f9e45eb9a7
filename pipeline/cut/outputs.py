"""Put what was made under names for people: clips, posters, pictures of the film, editors' files, and clips.json."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

from pipeline.argv import card_key
from pipeline.cut import manifest
from pipeline.cut.clips import PlannedClip, Refused
from pipeline.cut.exchange import highlight_documents
from pipeline.cut.framing import framed_parts
from pipeline.cut.ownframing import FRAMING_FOLDER, framing_path, read_framing_text
from pipeline.cut.plan import FilmPlan
from pipeline.edit import merged
from pipeline.errors import PipelineError, VerifyFailed
from pipeline.framingfile import parse_framing
from pipeline.graph import Join, Poster
from pipeline.limits import LOUDNESS_TOLERANCE_LU
from pipeline.plan.layout import shape_of
from pipeline.plan.overlaps import Overlap
from pipeline.plan.posters import choose_poster
from pipeline.shell.documents import document_bytes
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.overlaps import draw_overlaps
from pipeline.shell.previews import make_previews
from pipeline.shell.publish import alone_in, is_foreign, publish, publish_to_edit, replace_document, withdraw
from pipeline.shell.render import Made
from pipeline.shell.store import Artifact
from pipeline.shell.variants import CLIP_VARIANTS, draw_variants
from pipeline.spelling import spelled

CLIPS: Final = "clips"
POSTERS: Final = "posters"
HIGHLIGHTS: Final = "highlights"
Publish = Callable[[Artifact, Path, Ledger], Path | None]


@dataclass(frozen=True)
class Clip:
    """One finished clip under its name."""

    highlight: str
    platform: str
    path: Path
    sha256: str
    size_bytes: int
    seconds: Fraction
    frames: int
    width_px: int
    height_px: int
    rate: str
    loudness_lufs: float | None
    loudness_target_lufs: float | None
    quieter_lu: float | None
    """How far the sound, or one of its programmes, stays below the target where it cannot be reached, else 0."""
    true_peak_dbtp: float | None
    programmes: tuple[Mapping[str, Any], ...]
    """What was done to the loudness of each programme, in order."""
    made: Literal["rendered", "reused"]
    poster: Path
    note: str | None
    """What happened to the sound that the user should know."""
    overlaps: tuple[Overlap, ...]
    """What of the film lies under the platform's buttons, the weightiest first."""
    captions: Path | None
    """Its captions for upload, where it has any."""
    framing: Path
    """The file that says how it is framed; a picture and a video that show it lie beside it."""
    overlaps_picture: Path | None
    """What shows the worst of the overlaps, where there are any."""
    keys: Mapping[str, str | None]
    """What the clip is made of: keys of picture, sound and its programmes, clip, poster and cards; captions' fonts."""

    @property
    def loudness_text(self) -> str:
        """The loudness in LUFS in words, with what was asked for where that cannot be reached."""
        if self.loudness_lufs is None or self.loudness_target_lufs is None:
            return "silent"
        if not self.quieter_lu:
            return f"{self.loudness_lufs:.1f}"
        missed = self.loudness_target_lufs - self.loudness_lufs > LOUDNESS_TOLERANCE_LU
        return f"{self.loudness_lufs:.1f}, {f'not {self.loudness_target_lufs:g}' if missed else 'a part quieter'}"


@dataclass(frozen=True)
class FilmResult:
    """Everything that was made of one subject."""

    master: Path
    title: str
    folder: Path
    clips: tuple[Clip, ...]
    contact_sheet: Path
    manifest: Path
    refused: tuple[Refused, ...]
    """Clips that were not made, and why; how they are framed lies beside that of the others."""
    notes: tuple[str, ...]
    kept: tuple[Path, ...]
    """Files of the user's that stood where an output goes, under their new names."""
    region: str = ""
    """The id of the region that it is for; nothing: for all."""

    @property
    def name(self) -> str:
        """What it is called: the film's title, and the region."""
        return f"{self.title} ({self.region})" if self.region else self.title


@dataclass(frozen=True)
class _Desk:
    """Where outputs are put down, and what was moved aside for them."""

    ledger: Ledger
    plan: FilmPlan
    kept: list[Path]
    placed: dict[Path, str]
    notes: list[str] = field(default_factory=list)
    """What happened meanwhile that the user should know."""

    @cached_property
    def poster_times(self) -> dict[str, Fraction]:
        """When each highlight's poster is taken, in seconds of its edit, by its id."""
        main, wanted = self.plan.subject.main, self.plan.poster_frame
        return {
            highlight.id: choose_poster(highlight.edit, main.analysis, master=main.digest, wanted=wanted)
            for highlight in self.plan.highlights
        }

    def put_out(self, artifact: Artifact, *names: str) -> Path:
        """Publish an artifact under a name in the film's folder."""
        return self.put(artifact, self.plan.folder.joinpath(*names))

    def put(self, artifact: Artifact, target: Path, how: Publish = publish) -> Path:
        """Publish an artifact in a place."""
        kept = how(artifact, target, self.ledger)
        if kept is not None:
            self.kept.append(kept)
        self.placed[target] = artifact.key
        return target


def finish(plan: FilmPlan) -> FilmResult:
    """Join every clip, draw what goes with them, and put all in the film's folder.

    Every step of the plan must have been rendered. Raises VerifyFailed, PublishError or StoreError.
    """
    ledger = Ledger(find_home().ledger)
    with _alone(plan), ledger.kept_open():
        return _finish(_Desk(ledger, plan, [], {}))


@contextlib.contextmanager
def _alone(plan: FilmPlan) -> Iterator[None]:
    """Hold the folders of a plan against other runs, the common one of all regions first."""
    with contextlib.ExitStack() as held:
        own = (plan.folder, (CLIPS, POSTERS, HIGHLIGHTS))
        common = (plan.framing_folder, (FRAMING_FOLDER,))
        places = [(plan.folder, (*own[1], *common[1]))] if plan.folder == plan.framing_folder else [common, own]
        for folder, inner in places:
            held.enter_context(alone_in(folder, *inner))
        yield


def _finish(desk: _Desk) -> FilmResult:
    plan = desk.plan
    clips = tuple(_finish_clip(planned, desk) for planned in plan.clips)
    contact_sheet = _draw(desk)
    for refused in plan.refused:
        # So that a person sees why, and can move its window.
        _put_framing(refused.clip, desk)
    for highlight in plan.highlights:
        for suffix, artifact in highlight_documents(highlight, plan):
            desk.put_out(artifact, HIGHLIGHTS, f"{highlight.id}{suffix}")
    return FilmResult(
        master=plan.subject.path,
        title=plan.title,
        folder=plan.folder,
        clips=clips,
        contact_sheet=contact_sheet,
        manifest=_write_manifest(desk, clips),
        refused=plan.refused,
        notes=(*plan.notes, *desk.notes),
        kept=tuple(desk.kept),
        region="" if plan.region is None else plan.region.id,
    )


def put_variants(plans: Sequence[FilmPlan]) -> Path | None:
    """Put the picture of how the clips of regions differ into the film's folder; nothing where there are none."""
    rows = [(f"{variant.region} {highlight}", variant) for plan in plans for highlight, variant in plan.variants]
    if not rows:
        return None
    home, first = find_home(), plans[0]
    title = f"{spelled(first.subject.path.name)}: clips"
    drawn = draw_variants(rows, title, home.fonts, first.workshop.store)
    target = first.framing_folder / CLIP_VARIANTS
    with alone_in(target.parent):
        publish(drawn, target, Ledger(home.ledger))
    return target


def record_verdicts(result: FilmResult) -> None:
    """Write into clips.json what people have decided about its clips since it was written."""
    ledger = Ledger(find_home().ledger)
    document = manifest.with_verdicts(manifest.read(result.manifest), ledger)
    replace_document(result.manifest, document_bytes(document), ledger)


def _poster(planned: PlannedClip, desk: _Desk) -> Poster:
    """Return the poster of a clip: the same moment of its highlight for all platforms."""
    rate = planned.picture.rate
    frame = min(rate.frame_at(desk.poster_times[planned.highlight.id]), planned.frames - 1)
    for picture in planned.pictures:
        if frame < picture.frames:
            break
        frame -= picture.frames
    # Half a frame early, so that no rounding of the time passes over the frame.
    early = max(Fraction(0), rate.time_of(frame) - rate.frame_duration / 2)
    return Poster(desk.plan.workshop.picture_key(picture), early)


def _finish_clip(planned: PlannedClip, desk: _Desk) -> Clip:
    plan, workshop = desk.plan, desk.plan.workshop
    picture_keys = tuple(map(workshop.picture_key, planned.pictures))
    sound_key = None if planned.sound is None else workshop.sound_key(planned.sound)
    joined = workshop.make_join(Join(picture_keys, sound_key), planned.pictures)
    _check_size(planned, joined)
    sound = {} if sound_key is None else workshop.receipt(sound_key)
    loudness = sound.get("loudness", {})
    poster = workshop.make_poster(_poster(planned, desk))
    rate, name = planned.picture.rate, planned.name
    return Clip(
        highlight=planned.highlight.id,
        platform=planned.platform.id,
        path=desk.put_out(joined.artifact, CLIPS, f"{name}.mp4"),
        sha256=joined.artifact.sha256,
        size_bytes=joined.artifact.size,
        seconds=rate.time_of(planned.frames),
        frames=planned.frames,
        width_px=planned.picture.width_px,
        height_px=planned.picture.height_px,
        rate=str(rate),
        loudness_lufs=loudness.get("integrated_lufs"),
        loudness_target_lufs=sound.get("loudness_target_lufs"),
        quieter_lu=sound.get("quieter_lu"),
        true_peak_dbtp=loudness.get("true_peak_dbtp"),
        programmes=tuple(sound.get("programmes", ())),
        made="rendered" if plan.missing & {*picture_keys, sound_key} else "reused",
        poster=desk.put_out(poster.artifact, POSTERS, f"{name}.jpg"),
        note=sound.get("note"),
        overlaps=planned.overlaps,
        captions=None if planned.captions is None else desk.put_out(planned.captions, CLIPS, f"{name}.srt"),
        framing=_put_framing(planned, desk),
        overlaps_picture=_put_overlaps(planned, joined, desk),
        keys={
            "picture": picture_keys[0],
            **{f"picture {number}": key for number, key in enumerate(picture_keys[1:], start=2)},
            "sound": sound_key,
            "clip": joined.artifact.key,
            "poster": poster.artifact.key,
            **_keys_of(planned),
            **{f"programme {number}": one["key"] for number, one in enumerate(sound.get("programmes", ()), start=1)},
        },
    )


def _keys_of(planned: PlannedClip) -> dict[str, str | None]:
    """Return the keys of what a clip's picture and previews are made of."""
    captions = planned.picture.captions
    return {
        "fonts": None if captions is None else captions.fonts,
        **dict(zip(("framing picture", "framing video"), planned.preview.keys, strict=True)),
        **{f"card {number}": card_key(card) for number, card in enumerate(planned.cards, start=1)},
    }


def _put_overlaps(planned: PlannedClip, joined: Made, desk: _Desk) -> Path | None:
    """Put the picture of what lies under the buttons of a clip's platform, where anything does."""
    if not planned.overlaps:
        return None
    size = (planned.canvas.width_px, planned.canvas.height_px)
    store = desk.plan.workshop.store
    shown = draw_overlaps(joined.artifact, planned.overlaps, planned.zones, size, store)
    return desk.put_out(shown, FRAMING_FOLDER, f"{planned.name}.overlaps.jpg")


def _put_framing(planned: PlannedClip, desk: _Desk) -> Path:
    """Put the file that says how a clip is framed, unless it is a person's own, and what shows it."""
    name = planned.name
    folder = desk.plan.framing_folder / FRAMING_FOLDER
    path = framing_path(desk.plan.framing_folder, name)
    if planned.framing.artifact is not None:
        if _is_framed_since(planned, path, desk):
            desk.notes.append(
                f"{name} was framed by somebody while it was cut: cut again, it is framed as {path} says."
            )
        else:
            desk.put(planned.framing.artifact, path, publish_to_edit)
    drawn = make_previews((planned.preview,), desk.plan.subject.by_digest, desk.plan.workshop.store)[planned.preview]
    desk.put(drawn.picture, folder / f"{name}.jpg")
    desk.put(drawn.video, folder / f"{name}.mp4")
    return path


def _is_framed_since(planned: PlannedClip, path: Path, desk: _Desk) -> bool:
    """Tell whether somebody said how a clip is framed since it was planned, when nobody had."""
    if not is_foreign(path, desk.ledger):
        return False
    parts = framed_parts(merged(planned.preview.edit), desk.plan.subject.by_digest)
    try:
        parse_framing(read_framing_text(path), path=path, shape=shape_of(planned.platform), parts=parts)
    except PipelineError:
        return False  # it says nothing of this clip
    return True


def _check_size(planned: PlannedClip, joined: Made) -> None:
    most = planned.bytes_max
    if most is not None and joined.artifact.size > most:
        raise VerifyFailed.of(
            f"{planned.name}.mp4", (("file size", f"at most {most} bytes", f"{joined.artifact.size} bytes"),)
        )


def _draw(desk: _Desk) -> Path:
    """Put the contact sheet and the plot of scores, drawn again only where the film or the choice changed.

    They are about the film: its regions have one of each.
    """
    from pipeline.shell.drawings import draw_contact_sheet, draw_scores

    plan = desk.plan
    main = plan.subject.main
    title, store = plan.film_title, plan.workshop.store
    sheet = draw_contact_sheet(main, plan.choice.highlights, title, store)
    plot = draw_scores(main, plan.analysis, plan.choice, title, store, chosen_from=plan.choice_keys)
    desk.put(plot, plan.framing_folder / "scores.png")
    return desk.put(sheet, plan.framing_folder / "contact-sheet.jpg")


def _write_manifest(desk: _Desk, clips: tuple[Clip, ...]) -> Path:
    """Write clips.json, and remove clips of an earlier choice of highlights.

    Under the same names they would be taken for today's. Clips of today's highlights for platforms that were not asked
    for now stay, and stay in the list.
    """
    path = desk.plan.folder / manifest.NAME
    earlier, document = manifest.read(path), manifest.describe(desk.plan, clips, desk.placed)
    for name in sorted(manifest.stale_files(earlier, document)):
        withdraw(desk.plan.folder / name, desk.ledger)
    content = document_bytes(manifest.with_verdicts(manifest.merged(earlier, document), desk.ledger))
    desk.put_out(desk.plan.workshop.make_document("manifest", ".json", content), manifest.NAME)
    desk.ledger.record_manifest(path)
    return path
