"""Proxies: a small copy of a film that a browser can seek in, made once and kept in the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from pipeline.argv import key_as_url, proxy_argv, recipe_key
from pipeline.boxes import Expectation, PictureExpectation, SoundExpectation, verify_file
from pipeline.graph import SAMPLE_RATE_HZ, ProxyEncode
from pipeline.plan.clips import Film
from pipeline.plan.proxies import plan_proxy, proxy_ticks
from pipeline.shell.ffmpeg import run_ffmpeg
from pipeline.shell.probe import source_url
from pipeline.shell.render import Made, OnFraction, Workshop, fractions_of
from pipeline.shell.store import Artifact


@dataclass(frozen=True)
class ProxyStep:
    """Make the proxy of a film."""

    name: str
    workshop: Workshop
    film: Film

    @property
    def keys(self) -> tuple[str, ...]:
        """Key of what this step makes."""
        return (proxy_key(plan_proxy(self.film), self.workshop),)


def proxy_key(node: ProxyEncode, workshop: Workshop) -> str:
    """Return the key of a proxy."""
    return recipe_key("proxy", workshop.toolchain, proxy_argv(node, "out", key_as_url))


def find_proxy(film: Film, workshop: Workshop) -> Artifact | None:
    """Return the proxy of a film; None where it is yet to be made. Raises PlanError where there can be none."""
    return workshop.store.find(proxy_key(plan_proxy(film), workshop))


def make_proxy(film: Film, workshop: Workshop, on_fraction: OnFraction | None = None) -> Made:
    """Return the proxy of a film, made where it is missing; whatever `on_fraction` raises stops that.

    It has every picture of the film at its own time, and its sound. Raises PlanError, MasterError where the film
    changed or went away, FfmpegFailed, VerifyFailed.
    """
    node = plan_proxy(film)

    def produce(path: Path) -> Mapping[str, Any]:
        argv = proxy_argv(node, source_url(path), workshop.locate)
        with workshop.reading([film.digest]) as runs:
            run = run_ffmpeg(argv, on_progress=fractions_of(node.film.frames, on_fraction))
            runs.append(run)
            workshop.check_pictures([film.digest], run)
            verify_file(path, _expectation(node, film))
        return {
            "made_by": "proxy",
            "argv": list(run.argv),
            "inputs": [film.digest],
            "toolchain": workshop.toolchain,
            "cpu_seconds": round(run.cpu_seconds, 3),
            "frames": node.film.frames,
            "rate": str(node.film.rate),
            "width_px": node.width_px,
            "height_px": node.height_px,
        }

    return Made(*workshop.store.make(proxy_key(node, workshop), ".mp4", produce))


def _expectation(node: ProxyEncode, film: Film) -> Expectation:
    picture = PictureExpectation(
        width=node.width_px,
        height=node.height_px,
        rate=node.film.rate,
        frames=node.film.frames,
        keyframe_interval_max=node.encoder.keyframe_interval_frames,
        level_max=round(float(node.encoder.level) * 10),
        times=None if node.timescale is None else proxy_ticks(film.timeline, node.timescale),
    )
    seconds = None if node.sound is None else Fraction(node.sound.samples, SAMPLE_RATE_HZ)
    sound = None if seconds is None else SoundExpectation(seconds)
    return Expectation(picture, sound)
