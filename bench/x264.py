"""Choose x264's settings for clips: what preset, CRF and the rest cost, and what survives a platform's own encode.

The reference of every VMAF is the same frames, cropped and scaled, before any encode of ours.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Final

from bench.film import Size, choose_excerpts, study_film
from bench.lab import PLATFORMS, Encoded, Lab, Settings, make_reference
from bench.report import show_load, show_table
from pipeline.graph import X264
from pipeline.plan.encoder import x264_for
from pipeline.plan.streams import PictureStream
from pipeline.shell.study import Study

WIDTH_PX: Final = 1080
HEIGHT_PX: Final = 1920
PRESETS: Final = ("veryfast", "faster", "fast", "medium", "slow")
CRFS: Final = (16, 18, 20, 22)
CANDIDATES: Final = ("faster", "fast", "medium")
WIDER_CRFS: Final = (16, 18, 20, 22, 24)
# Film grain or sensor noise, which an animated film lacks: the same on every run.
_GRAIN: Final = ",noise=c0s=7:c0f=t+u:all_seed=7"
_FILM: Final = ("calm", "busy", "dark")


def run(film: Path, size: Size) -> None:
    """Print what a platform leaves by CRF, preset × CRF, near presets after a platform, and single settings changed."""
    study = study_film(film)
    whole = size == "whole"
    with tempfile.TemporaryDirectory(prefix="matinee-bench-") as folder:
        lab = _open_lab(Path(folder), study, seconds=Fraction(2 if whole else 1))
        _show_survival(lab, WIDER_CRFS if whole else (18, 24))
        _show_grid(lab, PRESETS if whole else ("veryfast", "medium"), CRFS if whole else (18, 22))
        if whole:
            _show_candidates(lab)
            _show_effects(lab)
    show_load()


def interpolate_size(points: Sequence[tuple[float, float]], vmaf: float) -> float | None:
    """Return the size at a VMAF between measured (VMAF, size) points, straight in the size's logarithm; else None."""
    ordered = sorted(points)
    for (low, small), (high, large) in pairwise(ordered):
        if low <= vmaf <= high and low < high:
            return small * (large / small) ** ((vmaf - low) / (high - low))
    return None


def _open_lab(folder: Path, study: Study, *, seconds: Fraction) -> Lab:
    rate = study.analysis.timeline.rate
    frames = rate.frames_within(seconds)
    stream = PictureStream(WIDTH_PX, HEIGHT_PX, rate, round(2 * rate.fps), 2, None, None, "crop", Fraction(1))
    references = []
    for excerpt in choose_excerpts(study, seconds):
        for name, more in ((excerpt.name, ""), ("grainy", _GRAIN)):
            if more == "" or excerpt.name == "busy":
                made = make_reference(
                    folder / f"{name}.nut", study, stream, name=name, start=excerpt.start, frames=frames, more=more
                )
                references.append(made)
                print(f"{name}: {float(excerpt.start):.2f} s, {frames} frames", file=sys.stderr)
    return Lab(folder, tuple(references), x264_for(stream))


def _show_survival(lab: Lab, crfs: Sequence[int]) -> None:
    names = tuple(reference.name for reference in lab.references)
    ceilings = {platform: lab.platform_of_pristine(platform, names) for platform in PLATFORMS}
    rows: list[list[object]] = [
        ["no encode of ours", "", "", "", *(cell for made in ceilings.values() for cell in (_vmaf(made), "", ""))]
    ]
    settings = [Settings(replace(lab.base, crf=Fraction(crf))) for crf in crfs]
    for crf, made in zip(crfs, lab.encode(settings, names), strict=True):
        row: list[object] = [crf, _kbps(made), _cpu(made), _vmaf(made)]
        for platform, ceiling in ceilings.items():
            again = lab.platform_of(platform, made)
            lost = {name: ceiling[name].vmaf - again[name].vmaf for name in names}
            worst = max(names, key=lost.__getitem__)
            row += [_vmaf(again), sum(lost.values()) / len(lost), f"{lost[worst]:.2f} {worst}"]
        rows.append(row)
    headings = ["CRF", "kb/s", "CPU s/s", "VMAF"]
    for platform in PLATFORMS:
        headings += [platform, "lost", "most lost"]
    title = f"VMAF after a platform's encode, by our CRF ({lab.base.preset}; mean of {', '.join(names)})"
    show_table(title, headings, rows)


def _show_candidates(lab: Lab) -> None:
    names = tuple(reference.name for reference in lab.references)
    pairs = [(preset, references) for preset in CANDIDATES for references in (1, 2, 3)]
    settings = [Settings(replace(lab.base, preset=preset, references=count)) for preset, count in pairs]
    rows = []
    for (preset, count), made in zip(pairs, lab.encode(settings, names), strict=True):
        after = [_vmaf(lab.platform_of(platform, made)) for platform in PLATFORMS]
        rows.append((f"{preset}, {count} references", _kbps(made), _cpu(made), _vmaf(made), *after))
    title = (
        f"Presets that differ little, at CRF {int(lab.base.crf)} (mean of {', '.join(names)}); VMAF after a platform's"
    )
    show_table(title, ("settings", "kb/s", "CPU s/s", "VMAF", *PLATFORMS), rows)


def _show_grid(lab: Lab, presets: Sequence[str], crfs: Sequence[int]) -> None:
    pairs = [(preset, crf) for preset in presets for crf in crfs]
    made = dict(
        zip(
            pairs,
            lab.encode([Settings(replace(lab.base, preset=p, crf=Fraction(c))) for p, c in pairs], _FILM),
            strict=True,
        )
    )
    base = made[lab.base.preset, int(lab.base.crf)]
    rows = []
    for preset, crf in pairs:
        got = made[preset, crf]
        points = [(_vmaf(made[preset, other]), _kbps(made[preset, other])) for other in crfs]
        same = interpolate_size(points, _vmaf(base))
        told = "" if same is None or crf != crfs[-1] else f"{same / _kbps(base):.2f}"
        rows.append((preset, crf, _kbps(got), _cpu(got), _cpu(got) / _cpu(base), _vmaf(got), told))
    title = f"Preset × CRF at {WIDTH_PX}×{HEIGHT_PX} (mean of {', '.join(_FILM)})"
    against = f"{lab.base.preset} {int(lab.base.crf)}"
    headings = ("preset", "CRF", "kb/s", "CPU s/s", f"CPU / {against}", "VMAF", f"size at the VMAF of {against}")
    show_table(title, headings, rows)


def _show_effects(lab: Lab) -> None:
    changes: dict[str, Settings] = {
        "as it is": Settings(lab.base),
        "cpu-independent=0": Settings(lab.base, {"cpu-independent": "0"}),
        "threads 2": _changed(lab.base, threads=2),
        "threads 8": _changed(lab.base, threads=8),
        "scenecut 40": Settings(lab.base, {"scenecut": "40", "min-keyint": "2"}),
        "B-frames 3": _changed(lab.base, b_frames=3),
        "B-frames 0": _changed(lab.base, b_frames=0),
        "references 5": _changed(lab.base, references=5),
        "keyframe every 12": _changed(lab.base, keyframe_interval_frames=12),
    }
    results = dict(zip(changes, lab.encode(tuple(changes.values()), _FILM), strict=True))
    base = results["as it is"]
    rows = [
        (name, _kbps(made), _kbps(made) / _kbps(base), _cpu(made), _cpu(made) / _cpu(base), _vmaf(made))
        for name, made in results.items()
    ]
    title = f"One setting changed from {lab.base.preset}, CRF {int(lab.base.crf)} (mean of {', '.join(_FILM)})"
    show_table(title, ("change", "kb/s", "size ×", "CPU s/s", "CPU ×", "VMAF"), rows)


def _changed(base: X264, **fields: int) -> Settings:
    return Settings(replace(base, **fields))


def _kbps(made: dict[str, Encoded]) -> float:
    return sum(encoded.kbps for encoded in made.values()) / len(made)


def _cpu(made: dict[str, Encoded]) -> float:
    """Return CPU seconds for a second of film."""
    return sum(encoded.cpu_seconds for encoded in made.values()) / sum(encoded.seconds for encoded in made.values())


def _vmaf(made: dict[str, Encoded]) -> float:
    return sum(encoded.vmaf for encoded in made.values()) / len(made)
