"""Which platforms get clips of some length, which streams those are made of, and what they are laid out on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from pipeline.cut.request import Subject
from pipeline.errors import PlanError
from pipeline.plan.clips import Films
from pipeline.plan.layout import Canvas, canvases, shape_of
from pipeline.plan.streams import MasterFormat, StreamPlan, plan_streams
from pipeline.presets import PlatformPreset, StylePreset, load_platforms


@dataclass(frozen=True)
class Service:
    """Which platforms get clips of some length, made of which streams, and which get none, in words."""

    platforms: tuple[PlatformPreset, ...]
    laid: Mapping[str, Canvas]
    """What each platform's pictures are laid out on, by its id."""
    streams: StreamPlan
    skipped: tuple[str, ...]


def serve(
    subject: Subject, films: Films, wanted: Sequence[str] | None, style: StylePreset, seconds: Fraction
) -> Service:
    """Return how clips of `seconds` reach the platforms wanted, by their ids; None means every one that takes them.

    Raises PlanError where a platform that was named cannot be served, or none can.
    """
    width, height = subject.main.facts.picture.display_size
    sounds = (film.facts.main_sound for film in films.values())
    channels = max((sound.channels for sound in sounds if sound is not None), default=0)
    form = MasterFormat(width, height, subject.main.analysis.timeline.rate, channels)
    platforms, skipped = _platforms(wanted, form, seconds)
    laid = canvases(platforms, style.layout.zones)
    streams = plan_streams(platforms, form, seconds, laid={name: canvas.covered for name, canvas in laid.items()})
    service = Service(platforms, laid, streams, skipped)
    return replace(service, skipped=(*skipped, *_price(service, form, seconds)))


def _platforms(
    wanted: Sequence[str] | None, form: MasterFormat, seconds: Fraction
) -> tuple[tuple[PlatformPreset, ...], tuple[str, ...]]:
    """Return the platforms to serve; where all are meant, those that cannot take the clip are left out and told."""
    if wanted is not None:
        return load_platforms(wanted), ()
    served, skipped = [], []
    for platform in load_platforms(()):
        try:
            plan_streams([platform], form, seconds)
        except PlanError as error:
            skipped.append(f"Left out {platform.name}: {error}")
        else:
            served.append(platform)
    if not served:
        raise PlanError(f"No platform takes this clip. {' '.join(skipped)}")
    return tuple(served), tuple(skipped)


def _price(service: Service, form: MasterFormat, seconds: Fraction) -> tuple[str, ...]:
    """Return what laying out platforms by themselves costs, in words; nothing where none is."""
    laid = {(shape_of(one), service.laid[one.id].covered) for one in service.platforms}
    if len(laid) == len({shape for shape, _ in laid}):
        return ()
    common, count = len(plan_streams(service.platforms, form, seconds).pictures), len(service.streams.pictures)
    return (f"Laid out for platforms by themselves: {count} pictures for each highlight instead of {common}.",)
