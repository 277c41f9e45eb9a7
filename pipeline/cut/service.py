"""Which platforms get clips of some length, which streams those are made of, and what they are laid out on."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Literal

from pipeline.cut.request import Subject
from pipeline.errors import PlanError
from pipeline.plan.clips import Films
from pipeline.plan.layout import Canvas, canvases, shape_of
from pipeline.plan.regions import Region
from pipeline.plan.streams import MasterFormat, Pieces, StreamPlan, plan_streams
from pipeline.presets import PlatformPreset, StylePreset, load_platforms


@dataclass(frozen=True)
class Service:
    """Which platforms get clips of some length, made of which streams, and which get none, in words."""

    platforms: tuple[PlatformPreset, ...]
    laid: Mapping[str, Canvas]
    """What each platform's pictures are laid out on, by its id."""
    streams: StreamPlan
    skipped: tuple[str, ...]


@dataclass(frozen=True)
class Wanted:
    """The platforms that clips are wanted for."""

    platforms: tuple[PlatformPreset, ...]
    whoever: Literal["named", "all that take them"]
    """Whether each was named, or is there for clips that it takes."""

    @classmethod
    def of(cls, ids: Sequence[str] | None) -> Wanted:
        """Return platforms by their ids; None means every one that takes the clips. Raises PresetError."""
        return cls(load_platforms(ids or ()), "all that take them" if ids is None else "named")


def serve(
    subject: Subject,
    films: Films,
    wanted: Wanted,
    style: StylePreset,
    seconds: Fraction,
    region: Region | None = None,
) -> Service:
    """Return how clips of `seconds` reach the platforms wanted.

    Clips of a region are joined from pieces, and may have a loudness of its own. Raises PlanError where a platform that
    was named cannot be served, or none can.
    """
    width, height = subject.main.facts.picture.display_size
    sounds = (film.facts.main_sound for film in films.values())
    channels = max((sound.channels for sound in sounds if sound is not None), default=0)
    form = MasterFormat(width, height, subject.main.analysis.timeline.rate, channels)
    platforms, skipped = _platforms(wanted, form, seconds)
    if region is not None and region.wishes.loudness_lufs is not None:
        platforms = tuple(_as_loud(one, region.wishes.loudness_lufs) for one in platforms)
    service = _served(platforms, form, seconds, style.layout.zones, "one" if region is None else "several")
    return replace(service, skipped=(*skipped, *service.skipped))


# Which streams platforms share takes longest of all that is planned, and films of one format have the same.
@functools.lru_cache(maxsize=1024)
def _served(
    platforms: tuple[PlatformPreset, ...],
    form: MasterFormat,
    seconds: Fraction,
    zones: Literal["common", "per-platform"],
    pieces: Pieces,
) -> Service:
    """Return how clips reach platforms all of which get them, and what laying them out apart costs."""
    laid = canvases(platforms, zones)
    covered = {name: canvas.covered for name, canvas in laid.items()}
    streams = plan_streams(platforms, form, seconds, laid=covered, pieces=pieces)
    service = Service(platforms, MappingProxyType(laid), streams, ())
    return replace(service, skipped=_price(service, form, seconds))


def _platforms(
    wanted: Wanted, form: MasterFormat, seconds: Fraction
) -> tuple[tuple[PlatformPreset, ...], tuple[str, ...]]:
    """Return the platforms to serve; where all are meant, those that cannot take the clip are left out and told."""
    if wanted.whoever == "named":
        return wanted.platforms, ()
    served, skipped = [], []
    for platform in wanted.platforms:
        try:
            plan_streams([platform], form, seconds)
        except PlanError as error:
            skipped.append(f"Left out {platform.name}: {error}")
        else:
            served.append(platform)
    if not served:
        raise PlanError(f"No platform takes this clip. {' '.join(skipped)}")
    return tuple(served), tuple(skipped)


def _as_loud(platform: PlatformPreset, loudness_lufs: Fraction) -> PlatformPreset:
    """Return a platform that asks for another loudness."""
    target = platform.sound.loudness_lufs.model_copy(update={"target": loudness_lufs})
    sound = platform.sound.model_copy(update={"loudness_lufs": target})
    return platform.model_copy(update={"sound": sound})


def _price(service: Service, form: MasterFormat, seconds: Fraction) -> tuple[str, ...]:
    """Return what laying out platforms by themselves costs, in words; nothing where none is."""
    laid = {(shape_of(one), service.laid[one.id].covered) for one in service.platforms}
    if len(laid) == len({shape for shape, _ in laid}):
        return ()
    common, count = len(plan_streams(service.platforms, form, seconds).pictures), len(service.streams.pictures)
    return (f"Laid out for platforms by themselves: {count} pictures for each highlight instead of {common}.",)
