"""Put a package together in its folder: segments and playlists under names made from their content, the master last."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from pipeline.argv import recipe_key
from pipeline.boxes.fragments import read_init
from pipeline.counting import counted
from pipeline.errors import VerifyFailed
from pipeline.languages import language_name
from pipeline.package import manifest
from pipeline.package.assembly import Assembly, Keys, PictureRow, SoundRow, TextRow, assembly_of
from pipeline.package.desk import Desk
from pipeline.package.plan import PackagePlan
from pipeline.package.proofs import prove_renditions
from pipeline.package.request import SEGMENTS
from pipeline.plan.hls.conformance import document_of, judge
from pipeline.plan.presentation import (
    BitRates,
    PictureTrack,
    PublishedKeyPicture,
    PublishedSegment,
    SoundTrack,
    TextTrack,
    iframe_playlist,
    iframe_sources,
    media_playlist,
    multivariant_playlist,
    target_duration,
)
from pipeline.plan.storyboard import lay_tiles, tile_size, tiles_text
from pipeline.plan.subtitles import TextSegment
from pipeline.playlists import multivariant_text
from pipeline.shell.chunks import MadeSegment, find_segments
from pipeline.shell.conformance import FILE_NAME, describe_judges
from pipeline.shell.documents import document_bytes
from pipeline.shell.hls_reading import read_package
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.projects import misnamed_note
from pipeline.shell.publish import alone_in, publish
from pipeline.shell.segment_memory import SegmentMemory
from pipeline.shell.store import Artifact
from pipeline.shell.storyboard import PlayedSegment, Storyboard, draw_poster, draw_storyboard
from pipeline.shell.variants import PACKAGE_VARIANTS, draw_variants
from pipeline.spelling import spelled

MASTER: Final = "master.m3u8"
POSTER: Final = "poster.jpg"
TILES: Final = "thumbnails.vtt"


@dataclass(frozen=True)
class Rate:
    """What a rendition came out as, in bits per second."""

    name: str
    picture: str
    """Its size, or what is heard."""
    rate: str
    """Frames per second, where it has any."""
    average: int
    peak: int


@dataclass(frozen=True)
class Package:
    """A finished package."""

    folder: Path
    master: Path
    poster: Path
    size_bytes: int
    new_segments: int
    segments: int
    rates: tuple[Rate, ...]
    target_s: int
    conformance: Mapping[str, Any]
    """What `matinee check` finds in it, as in conformance.json."""
    notes: tuple[str, ...]
    """What people should know of it."""
    kept: tuple[Path, ...]
    """Files of the user's that stood where one of ours goes, under their new names."""
    region: str = ""
    """The id of the region that it is for; nothing: for all."""


def finish(plan: PackagePlan, new: frozenset[str]) -> Package:
    """Write the package of a film or edit, as `put_together` does; one of a whole film is held against its master."""
    assembly, proofs = assembly_of(plan), prove_renditions(plan)
    misnamed = (note for study in assembly.studies if (note := misnamed_note(study.path)) is not None)
    kept, notes = (*assembly.kept_keys, *proofs.keys), (*assembly.notes, *misnamed, *proofs.notes)
    return put_together(replace(assembly, kept_keys=kept, notes=notes), new)


def put_together(assembly: Assembly, new: frozenset[str]) -> Package:
    """Write a package whose segments have all been made, and take away what an earlier run left in its folder.

    `new` are the keys of those that were made just now.

    Raises PublishError or StoreError where the folder or disk refuses, PlanError for text that no playlist can hold.
    """
    with alone_in(assembly.folder, SEGMENTS):
        return _put_together(Desk(assembly, Ledger(find_home().ledger)), new)


def poster_of(assembly: Assembly) -> Artifact:
    """Return the picture that stands for a package whose segments have been made."""
    return _pictures(assembly)[1]


def put_variants(plans: Sequence[PackagePlan]) -> Path | None:
    """Put the picture of how the packages of regions differ beside their folders; nothing where there are none."""
    rows = [(variant.region, variant) for plan in plans if (variant := plan.variant) is not None]
    if not rows:
        return None
    home, first = find_home(), plans[0]
    title = f"{spelled(first.subject.path.name)}: packages"
    drawn = draw_variants(rows, title, home.fonts, first.workshop.store)
    target = first.folder.parents[1] / PACKAGE_VARIANTS
    with alone_in(target.parent):
        publish(drawn, target, Ledger(home.ledger))
    return target


def _put_together(desk: Desk, new: frozenset[str]) -> Package:
    assembly = desk.assembly
    made: list[MadeSegment] = []
    pictures = tuple(_picture_track(desk, one, made) for one in assembly.pictures)
    dense = _picture_track(desk, assembly.key_pictures, made)
    sounds = tuple(_sound_track(desk, one, made) for one in assembly.sounds)
    texts = tuple(_text_track(desk, one) for one in assembly.texts)
    timed: tuple[PictureTrack | SoundTrack, ...] = (*pictures, *sounds)
    target_s = target_duration(timed)
    tracks = (*timed, *texts)
    marked = assembly.boundaries
    names = {one.name: desk.put_playlist(one.name, media_playlist(one, target_s, marked)) for one in tracks}
    keyed = [
        (one, desk.put_playlist(f"i{one.name[1:]}", iframe_playlist(one, target_s, marked)))
        for one in iframe_sources(pictures, dense)
    ]
    master = multivariant_playlist(pictures, sounds, texts, target_s=target_s, uri_of=names.__getitem__, keyed=keyed)
    document = assembly.workshop.make_document("playlist", ".m3u8", multivariant_text(master).encode())
    # What has a name that players know comes last, after all that it leads to was checked.
    conformance = _put_conformance(desk, document, (*pictures, dense, *sounds))
    _put_pictures(desk)
    desk.put(document, MASTER)
    notes = tuple(_notes(assembly, made))
    rates = {one.name: one.rates(target_s) for one in timed} | {dense.name: dense.key_rates(target_s)}
    _put_manifest(desk, notes, rates)
    return Package(
        folder=assembly.folder,
        master=assembly.folder / MASTER,
        poster=assembly.folder / POSTER,
        size_bytes=sum(artifact.size for artifact in desk.placed.values()),
        new_segments=len({one.key for one in made} & new),
        segments=len({one.key for one in made}),
        rates=(
            *(_picture_rate(one, "", rates[one.name]) for one in pictures),
            *(_sound_rate(one, rates[one.name]) for one in sounds),
            _picture_rate(dense, ", key pictures", rates[dense.name]),
        ),
        target_s=target_s,
        conformance=conformance,
        notes=notes,
        kept=tuple(desk.kept),
        region=assembly.region or "",
    )


def _notes(assembly: Assembly, made: Sequence[MadeSegment]) -> Iterator[str]:
    """Yield what people should know of a package, and of what happened to its sounds."""
    yield from assembly.notes
    if assembly.boundaries:
        return  # whoever judges the programmes tells of the sound of each by its title
    segments = {one.key: one for one in made}
    for row in assembly.sounds:
        for note in dict.fromkeys(segments[key].note for keys in row.keys for key in keys if key in row.heard):
            if note:
                yield f"The sound {row.name}: {note}."


def _picture_rate(track: PictureTrack, told: str, rates: BitRates) -> Rate:
    size = "×".join(map(str, track.size))
    return Rate(track.name, f"{size}{told}", f"{float(track.rate.fps):.5g}", rates.average, rates.peak)


def _sound_rate(track: SoundTrack, rates: BitRates) -> Rate:
    heard = f"{language_name(track.language)}, {counted(track.channels, 'channel')}"
    return Rate(track.name, heard, "", rates.average, rates.peak)


def _put_conformance(desk: Desk, master: Artifact, tracks: Sequence[PictureTrack | SoundTrack]) -> Mapping[str, Any]:
    """Check what lies in the folder under a master playlist that is to be there, and write what was found.

    What fails never gets that playlist, and an earlier package plays on. What was found in the very same playlists is
    not looked for again, nor what segments hold that another package was checked with: content names all bytes.
    """
    judges = describe_judges()
    sections = [tuple((one.uri, one.init) for one in section) for track in tracks for section in track.sections]
    memory = SegmentMemory(desk.assembly.workshop.store, judges, sections)
    playlists = {name: one for name, one in desk.placed.items() if name.endswith(".m3u8")} | {MASTER: master}
    key = recipe_key("conformance", judges, tuple(f"{name} {playlists[name].sha256}" for name in sorted(playlists)))

    def write() -> str:
        known = memory.recall()
        package = read_package(str(desk.assembly.folder), master=master.path.read_bytes(), known=known)
        memory.keep(known)
        conformance = judge(package)
        if conformance.failed_musts:
            failed = ((one.title, one.limit, one.measured) for one in conformance.failed_musts)
            raise VerifyFailed.of(str(desk.assembly.folder), tuple(failed))
        return json.dumps(document_of(conformance), indent=1, ensure_ascii=False) + "\n"

    artifact = desk.assembly.workshop.make_text(key, "conformance", ".json", write)
    desk.put(artifact, FILE_NAME)
    desk.keys.update(dict.fromkeys(memory.keys))
    document: Mapping[str, Any] = json.loads(artifact.path.read_bytes())
    return document


def _put_manifest(desk: Desk, notes: Sequence[str], rates: Mapping[str, BitRates]) -> None:
    """Write package.json, and take away what earlier runs put here and this package does not play."""
    path = desk.assembly.folder / manifest.NAME
    files = {name: artifact.key for name, artifact in desk.placed.items()}
    named = frozenset(files.values())
    twins = tuple(key for key in desk.keys if key not in named)
    document = manifest.describe(desk.assembly, files, twins, notes, rates)
    desk.put(desk.assembly.workshop.make_document("manifest", ".json", document_bytes(document)), manifest.NAME)
    desk.ledger.record_manifest(path)
    desk.take_away_others()


def _picture_track(desk: Desk, row: PictureRow, made: list[MadeSegment]) -> PictureTrack:
    codec, sections = _kept_sections(desk, row.keys, made)
    return PictureTrack(name=row.name, codec=codec, sections=sections, size=row.size, rate=row.rate, groups=row.groups)


def _sound_track(desk: Desk, row: SoundRow, made: list[MadeSegment]) -> SoundTrack:
    codec, sections = _kept_sections(desk, row.keys, made)
    return SoundTrack(
        name=row.name,
        codec=codec,
        sections=sections,
        group=row.group,
        language=row.language,
        channels=row.channels,
        is_main=row.is_main,
    )


def _kept_sections(
    desk: Desk, keys: Keys, made: list[MadeSegment]
) -> tuple[str, tuple[tuple[PublishedSegment, ...], ...]]:
    """Return the codec of segments and, section by section, what is published of them, and add them to those made."""
    segments = [find_segments(desk.assembly.workshop, of_section) for of_section in keys]
    made += [one for section in segments for one in section]
    return _codec(one for section in segments for one in section[:1]), tuple(
        tuple(_published(desk, one) for one in section) for section in segments
    )


def _text_track(desk: Desk, row: TextRow) -> TextTrack:
    return TextTrack(
        name=row.name,
        codec="wvtt",
        sections=tuple(tuple(_published_text(desk, segment) for segment in section) for section in row.segments),
        language=row.language,
        title=row.title,
        is_forced=row.kind == "forced",
        is_for_the_deaf=row.kind == "for the deaf",
        is_default=row.is_default,
    )


def _published_text(desk: Desk, segment: TextSegment) -> PublishedSegment:
    content = segment.text.encode()
    artifact = desk.assembly.workshop.make_document("subtitles", ".vtt", content)
    return PublishedSegment(desk.put_segment(artifact, ".vtt"), init="", size=len(content), seconds=segment.seconds)


def _put_pictures(desk: Desk) -> None:
    """Put what players show before and over the film: a poster, and tiles of it for their time bar."""
    assembly = desk.assembly
    board, poster = _pictures(assembly)
    sheets = [desk.put_segment(sheet, ".jpg") for sheet in board.sheets]
    tiles = lay_tiles(board.sections, assembly.duration, board.size)
    text = tiles_text(tiles, sheets, board.size).encode()
    desk.put(assembly.workshop.make_document("tiles", ".vtt", text), TILES)
    desk.put(poster, POSTER)


def _pictures(assembly: Assembly) -> tuple[Storyboard, Artifact]:
    largest, store = assembly.pictures[-1], assembly.workshop.store
    board = draw_storyboard(tuple(_played(assembly, _of_tiles(assembly))), assembly.largest, store)
    played = tuple(segment for section in _played(assembly, largest) for segment in section)
    return board, draw_poster(played, board, largest.rate.fps, assembly.poster_at, store)


def _of_tiles(assembly: Assembly) -> PictureRow:
    """Return the rendition that tiles are made from: the smallest that has more pixels than they have."""
    across, down = tile_size(*assembly.largest)
    large = [one for one in assembly.pictures if one.size[0] >= across and one.size[1] >= down]
    return large[0] if large else assembly.pictures[-1]


def _played(assembly: Assembly, row: PictureRow) -> Iterator[tuple[PlayedSegment, ...]]:
    """Yield the segments of a rendition, section by section."""
    at = Fraction(0)
    for keys in row.keys:
        section = []
        for segment in find_segments(assembly.workshop, keys):
            section.append(PlayedSegment(segment, at))
            at += segment.seconds
        yield tuple(section)


def _codec(segments: Iterable[MadeSegment]) -> str:
    """Return the codec of segments, one of each section: of several levels the highest, which plays all."""
    tracks = [track for one in segments for track in read_init(one.init, where="an init segment").tracks]
    return max(tracks, key=lambda one: one.picture_codec.level if one.picture_codec else 0).name


def _published(desk: Desk, segment: MadeSegment) -> PublishedSegment:
    frames = zip(segment.key_picture_times, segment.key_pictures, strict=True)
    return PublishedSegment(
        uri=desk.put_segment(segment.artifact, ".m4s"),
        init=desk.put_init(segment.init),
        size=segment.artifact.size,
        seconds=segment.seconds,
        key_pictures=tuple(PublishedKeyPicture(time - segment.start, one.start, one.size) for time, one in frames),
    )
