"""Put a package together in its folder: segments and playlists under names made from their content, the master last."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from pipeline.argv import recipe_key
from pipeline.boxes.fragments import read_init
from pipeline.counting import counted
from pipeline.errors import VerifyFailed
from pipeline.languages import language_name
from pipeline.package import manifest
from pipeline.package.desk import Desk
from pipeline.package.plan import PackagePlan
from pipeline.package.request import SEGMENTS
from pipeline.plan.hls.conformance import document_of
from pipeline.plan.ladder import PictureLadder, PictureRendition
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
from pipeline.plan.soundtracks import groups_for
from pipeline.plan.storyboard import lay_tiles, tile_size, tiles_text
from pipeline.plan.subtitles import TextSegment, subtitle_segments
from pipeline.playlists import multivariant_text
from pipeline.shell.chunks import MadeSegment, find_segments
from pipeline.shell.conformance import FILE_NAME, check_package, describe_judges
from pipeline.shell.home import find_home
from pipeline.shell.ledger import Ledger
from pipeline.shell.publish import alone_in, publish
from pipeline.shell.store import Artifact
from pipeline.shell.storyboard import PlayedSegment, draw_poster, draw_storyboard
from pipeline.shell.variants import PACKAGE_VARIANTS, draw_variants
from pipeline.spelling import spelled
from pipeline.timebase import FrameRate

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
    """Write a package whose segments have all been made, and take away what an earlier run left in its folder.

    `new` are the keys of those that were made just now.

    Raises PublishError or StoreError where the folder or disk refuses, PlanError for text that no playlist can hold.
    """
    with alone_in(plan.folder, SEGMENTS):
        return _finish(Desk(plan, Ledger(find_home().ledger)), new)


def put_variants(plans: Sequence[PackagePlan]) -> Path | None:
    """Put the picture of how the packages of regions differ beside their folders; nothing where there are none."""
    rows = [(variant.region, variant) for plan in plans if (variant := plan.variant) is not None]
    if not rows:
        return None
    home, first = find_home(), plans[0]
    title = f"{spelled(first.subject.path.name)}: packages"
    drawn = draw_variants(rows, title, home.fonts, first.workshop.store)
    target = first.folder.parents[1] / PACKAGE_VARIANTS
    publish(drawn, target, Ledger(home.ledger))
    return target


def _finish(desk: Desk, new: frozenset[str]) -> Package:
    plan = desk.plan
    made: list[MadeSegment] = []
    voices = [track.voice for track, _ in plan.sounds]
    pictures = tuple(
        _picture_track(desk, one, made, groups_for(one.average_kbps, voices, plan.ladder.sound))
        for one in plan.pictures.renditions
    )
    dense = _picture_track(desk, plan.pictures.key_pictures, made, groups=())
    sounds = tuple(_sound_tracks(desk, made))
    texts = tuple(_text_tracks(desk))
    timed: tuple[PictureTrack | SoundTrack, ...] = (*pictures, *sounds)
    target_s = target_duration(timed)
    tracks = (*timed, *texts)
    names = {one.name: desk.put_playlist(one.name, media_playlist(one, target_s)) for one in tracks}
    keyed = [
        (one, desk.put_playlist(f"i{one.name[1:]}", iframe_playlist(one, target_s)))
        for one in iframe_sources(pictures, dense)
    ]
    master = multivariant_playlist(pictures, sounds, texts, target_s=target_s, uri_of=names.__getitem__, keyed=keyed)
    document = plan.workshop.make_document("playlist", ".m3u8", multivariant_text(master).encode())
    # What has a name that players know comes last, after all that it leads to was checked.
    conformance = _put_conformance(desk, document)
    _put_pictures(desk)
    desk.put(document, MASTER)
    notes = tuple(_notes(plan, made))
    rates = {one.name: one.rates(target_s) for one in timed} | {dense.name: dense.key_rates(target_s)}
    _put_manifest(desk, notes, rates)
    return Package(
        folder=plan.folder,
        master=plan.folder / MASTER,
        poster=plan.folder / POSTER,
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
        region="" if plan.subject.region is None else plan.subject.region.id,
    )


def _notes(plan: PackagePlan, made: Sequence[MadeSegment]) -> Iterator[str]:
    """Yield what people should know of a package, and of what happened to its sounds."""
    yield from plan.notes
    segments = {one.key: one for one in made}
    for track, planned in plan.sounds:
        sounding = tuple(one for one in planned if any(one.node.programmes))  # that a card is silent is no news
        keys = (key for section in plan.sound_keys(sounding) for key in section)
        for note in dict.fromkeys(segments[key].note for key in keys):
            if note:
                yield f"The sound {track.name}: {note}."


def _picture_rate(track: PictureTrack, told: str, rates: BitRates) -> Rate:
    size = "×".join(map(str, track.size))
    return Rate(track.name, f"{size}{told}", f"{float(track.rate.fps):.5g}", rates.average, rates.peak)


def _sound_rate(track: SoundTrack, rates: BitRates) -> Rate:
    heard = f"{language_name(track.language)}, {counted(track.channels, 'channel')}"
    return Rate(track.name, heard, "", rates.average, rates.peak)


def _put_conformance(desk: Desk, master: Artifact) -> Mapping[str, Any]:
    """Check what lies in the folder under a master playlist that is to be there, and write what was found.

    What fails never gets that playlist, and an earlier package plays on. What was found in the very same playlists is
    not looked for again: they name all bytes by their content.
    """
    playlists = {name: one for name, one in desk.placed.items() if name.endswith(".m3u8")} | {MASTER: master}
    key = recipe_key(
        "conformance", describe_judges(), tuple(f"{name} {playlists[name].sha256}" for name in sorted(playlists))
    )

    def write() -> str:
        conformance = check_package(desk.plan.folder, master=master.path.read_bytes())
        if conformance.failed_musts:
            failed = ((one.title, one.limit, one.measured) for one in conformance.failed_musts)
            raise VerifyFailed.of(str(desk.plan.folder), tuple(failed))
        return json.dumps(document_of(conformance), indent=1, ensure_ascii=False) + "\n"

    artifact = desk.plan.workshop.make_text(key, "conformance", ".json", write)
    desk.put(artifact, FILE_NAME)
    document: Mapping[str, Any] = json.loads(artifact.path.read_bytes())
    return document


def _put_manifest(desk: Desk, notes: Sequence[str], rates: Mapping[str, BitRates]) -> None:
    """Write package.json, and take away what earlier runs put here and this package does not play."""
    path = desk.plan.folder / manifest.NAME
    files = {name: artifact.key for name, artifact in desk.placed.items()}
    named = frozenset(files.values())
    twins = tuple(key for key in desk.keys if key not in named)
    document = manifest.describe(desk.plan, files, twins, notes, rates)
    desk.put(desk.plan.workshop.make_document("manifest", ".json", manifest.encode(document)), manifest.NAME)
    desk.ledger.record_manifest(path)
    desk.take_away_others()


def _picture_track(
    desk: Desk, rendition: PictureRendition, made: list[MadeSegment], groups: tuple[str, ...]
) -> PictureTrack:
    plan = desk.plan
    codec, sections = _kept_sections(desk, plan.picture_keys(rendition.name), made)
    return PictureTrack(
        name=rendition.name,
        codec=codec,
        sections=sections,
        size=rendition.size,
        rate=FrameRate(plan.pictures.rate.fps / rendition.every),
        groups=groups,
    )


def _sound_tracks(desk: Desk, made: list[MadeSegment]) -> Iterator[SoundTrack]:
    plan = desk.plan
    for track, planned in plan.sounds:
        codec, sections = _kept_sections(desk, plan.sound_keys(planned), made)
        yield SoundTrack(
            name=track.name,
            codec=codec,
            sections=sections,
            group=track.group,
            language=track.voice.language,
            channels=track.channels,
            is_main=track.voice.is_main,
        )


def _kept_sections(
    desk: Desk, keys: tuple[tuple[str, ...], ...], made: list[MadeSegment]
) -> tuple[str, tuple[tuple[PublishedSegment, ...], ...]]:
    """Return the codec of segments and, section by section, what is published of them, and add them to those made."""
    segments = [find_segments(desk.plan.workshop, of_section) for of_section in keys]
    made += [one for section in segments for one in section]
    return _codec(segments[0][0]), tuple(tuple(_published(desk, one) for one in section) for section in segments)


def _text_tracks(desk: Desk) -> Iterator[TextTrack]:
    for one in desk.plan.subtitles:
        sections = (subtitle_segments(one, section) for section in desk.plan.sections)
        yield TextTrack(
            name=one.name,
            codec="wvtt",
            sections=tuple(tuple(_published_text(desk, segment) for segment in section) for section in sections),
            language=one.language,
            title=one.title,
            is_forced=one.kind == "forced",
            is_for_the_deaf=one.kind == "for the deaf",
            is_default=one == desk.plan.shown_subtitles,
        )


def _published_text(desk: Desk, segment: TextSegment) -> PublishedSegment:
    content = segment.text.encode()
    artifact = desk.plan.workshop.make_document("subtitles", ".vtt", content)
    return PublishedSegment(desk.put_segment(artifact, ".vtt"), init="", size=len(content), seconds=segment.seconds)


def _put_pictures(desk: Desk) -> None:
    """Put what players show before and over the film: a poster, and tiles of it for their time bar."""
    plan = desk.plan
    played = {
        one.name: tuple(_played(plan, one.name)) for one in (_of_tiles(plan.pictures), plan.pictures.renditions[-1])
    }
    board = draw_storyboard(played[_of_tiles(plan.pictures).name], plan.pictures.largest, plan.workshop.store)
    sheets = [desk.put_segment(sheet, ".jpg") for sheet in board.sheets]
    tiles = lay_tiles(board.times, plan.duration, board.size)
    text = tiles_text(tiles, sheets, board.size).encode()
    desk.put(plan.workshop.make_document("tiles", ".vtt", text), TILES)
    largest = plan.pictures.renditions[-1]
    rate = plan.pictures.rate.fps / largest.every
    desk.put(draw_poster(played[largest.name], board, rate, plan.poster_at, plan.workshop.store), POSTER)


def _of_tiles(pictures: PictureLadder) -> PictureRendition:
    """Return the rendition that tiles are made from: the smallest that has more pixels than they have."""
    across, down = tile_size(*pictures.largest)
    large = [one for one in pictures.renditions if one.width_px >= across and one.height_px >= down]
    return large[0] if large else pictures.renditions[-1]


def _played(plan: PackagePlan, name: str) -> Iterator[PlayedSegment]:
    at = Fraction(0)
    for keys in plan.picture_keys(name):
        for segment in find_segments(plan.workshop, keys):
            yield PlayedSegment(segment, at)
            at += segment.seconds


def _codec(segment: MadeSegment) -> str:
    (track,) = read_init(segment.init, where="an init segment").tracks
    return track.name


def _published(desk: Desk, segment: MadeSegment) -> PublishedSegment:
    init = desk.plan.workshop.make_document("init", ".mp4", segment.init)
    frames = zip(segment.key_picture_times, segment.key_pictures, strict=True)
    return PublishedSegment(
        uri=desk.put_segment(segment.artifact, ".m4s"),
        init=desk.put_segment(init, ".mp4"),
        size=segment.artifact.size,
        seconds=segment.seconds,
        key_pictures=tuple(PublishedKeyPicture(time - segment.start, one.start, one.size) for time, one in frames),
    )
