"""Draw a film's scores over time: why these highlights and not others, at a glance.

A function of values: the same analysis and choice give the same bytes.
"""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Callable, Sequence
from dataclasses import fields
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from pipeline.plan.features import FilmFeatures, PictureFeatures, SoundFeatures
from pipeline.plan.highlights import Highlight, HighlightChoice
from pipeline.plan.judgement import Criteria
from pipeline.plan.shots import Curve, FilmAnalysis
from pipeline.shell.palette import FAINT, GROUND, INK, MOST_EXPLAINED, RULE, SECOND, colour_of, spans_of
from pipeline.timebase import clock

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LINE: Final = 0.026
"""Height of a line of reasons, as a share of the picture's."""
_LABEL: Final = -0.027
"""Where rows are named, left of them, as a share of their width."""
_OF_GRIDS: Final = 1.5
"""Above what is filled, below lines."""


def score_plot(analysis: FilmAnalysis, choice: HighlightChoice, *, title: str) -> bytes:
    """Return a PNG, 1920 × 1080, of a film's interest and measures over time, and why its highlights were chosen.

    Highlights are shaded in their colours, darker where they hook, with a triangle where most happens and their in and
    out points; below is what speaks for each, and its reasons. What was left out of the choice is hatched.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(19.2, 10.8), dpi=100, facecolor=GROUND)
    FigureCanvasAgg(figure)
    drawn = _rows(analysis.features)
    explained = choice.highlights[:MOST_EXPLAINED]
    bottom = 0.06 + (0.03 + _LINE * len(explained) if explained else 0)
    rows = figure.subplots(
        1 + len(drawn),
        1,
        sharex=True,
        height_ratios=(2.2, *(1 for _ in drawn)),
        gridspec_kw={"left": 0.06, "right": 0.98, "top": 0.87, "bottom": bottom, "hspace": 0.3},
    )
    _plot_interest(rows[0], choice.interest, analysis)
    for axes, draw in zip(rows[1:], drawn, strict=True):
        draw(axes)
    for span in choice.left_out:
        # Hatching takes the colour of the edge, which itself is not drawn.
        across = float(span.start), float(span.end)
        rows[0].axvspan(*across, facecolor="none", edgecolor=RULE, hatch="//", linewidth=0)
    for number, highlight in enumerate(choice.highlights):
        _shade(rows, highlight, colour_of(number))
        _mark(rows[0], highlight, colour_of(number))
        _mark_peak(rows[1], highlight, colour_of(number))
    _name_montages(figure, choice.highlights)
    _explain(figure, explained, top=bottom - 0.055)
    _finish(figure, rows, analysis, title=title)
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # a title may be in any script
        figure.savefig(buffer, format="png", dpi=100, facecolor=GROUND, metadata={"Software": None})
    return buffer.getvalue()


def _plot_interest(axes: Axes, interest: Curve, analysis: FilmAnalysis) -> None:
    times = _times(interest.step, len(interest.hundredths))
    smooth = _smoothed([value / 100 for value in interest.hundredths], half_width=round(2 / interest.step))
    axes.fill_between(times, 0, smooth, color=INK, alpha=0.12, linewidth=0)
    axes.plot(times, smooth, color=INK, linewidth=1.8)
    axes.set_ylim(0, 1)
    axes.set_ylabel("interest", color=INK, fontsize=14)
    # A rug of cuts: where it is dense, the film is cut fast.
    starts = [float(analysis.timeline.time_of(shot.start_frame)) for shot in analysis.shots]
    axes.vlines(starts, 0, 0.045, color=FAINT, linewidth=0.8)


def _rows(features: FilmFeatures) -> list[Callable[[Axes], None]]:
    """Return what draws each row under the interest: those of the sound only where there is one."""
    drawn: list[Callable[[Axes], None]] = [
        lambda axes: _plot_movement(axes, features.picture),
        lambda axes: _plot_light(axes, features.picture),
        lambda axes: _plot_faces(axes, features.picture),
    ]
    sound = features.sound
    if sound is not None:
        drawn += [lambda axes: _plot_kinds(axes, sound), lambda axes: _plot_loudness(axes, sound)]
    return drawn


def _plot_movement(axes: Axes, picture: PictureFeatures) -> None:
    # Their units have nothing in common: each is drawn against what the film has most of.
    for name, curve, colour, alpha in (
        ("camera", picture.camera_motion, SECOND, 0.55),
        ("subject", picture.subject_motion, INK, 0.0),
    ):
        times, values = _halves(curve)
        most = sorted(values)[int(len(values) * 0.98)] if values else 0.0
        shown = [min(1.0, value / most) if most > 0 else 0.0 for value in values]
        if alpha:
            axes.fill_between(times, 0, shown, color=colour, alpha=alpha, linewidth=0, label=name)
        else:
            axes.plot(times, shown, color=colour, linewidth=1.0, label=name)
    _name_row(axes, "movement")


def _plot_light(axes: Axes, picture: PictureFeatures) -> None:
    axes.plot(*_halves(picture.brightness), color=FAINT, linewidth=1.0)
    axes.set_ylabel("light", color=FAINT, fontsize=12)


def _plot_faces(axes: Axes, picture: PictureFeatures) -> None:
    """Draw the largest face of each picture that was searched, as its height in the picture, and lettering."""
    times, values = _halves(picture.text)
    axes.fill_between(times, 0, values, color=SECOND, alpha=0.4, linewidth=0, label="lettering")
    found = [(float(sample.time), sample.faces[0].height) for sample in picture.faces if sample.faces]
    at, heights = [time for time, _ in found], [height for _, height in found]
    axes.vlines(at, 0, heights, color=INK, linewidth=1.6, label="largest face, of the height")
    _name_row(axes, "faces")


def _plot_kinds(axes: Axes, sound: SoundFeatures) -> None:
    axes.fill_between(*_ground(sound.music), color=SECOND, alpha=0.4, linewidth=0, label="music")
    axes.fill_between(*_ground(sound.speech), color=INK, alpha=0.75, linewidth=0, label="speech")
    _name_row(axes, "sound")


def _plot_loudness(axes: Axes, sound: SoundFeatures) -> None:
    times, values = _halves(sound.loudness)
    axes.plot(times, values, color=FAINT, linewidth=1.0, label="loudness, LUFS")
    low, high = min(values, default=-70.0), max(values, default=0.0)
    # Where sounds begin, the stronger the longer, below the curve.
    room = max(1.0, high - low) * 0.25
    onsets = [(float(onset.time), low - room + room * onset.strength) for onset in sound.onsets]
    axes.vlines(
        [at for at, _ in onsets], low - room, [top for _, top in onsets], color=INK, linewidth=0.7, label="onsets"
    )
    axes.set_ylim(low - room, high + room / 3)
    axes.set_ylabel("loudness", color=FAINT, fontsize=12)
    _explain_row(axes)


def _name_row(axes: Axes, name: str) -> None:
    axes.set_ylim(0, 1.02)
    axes.set_ylabel(name, color=FAINT, fontsize=12)
    _explain_row(axes)


def _explain_row(axes: Axes) -> None:
    # Above the row, so that it hides nothing of it.
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(1.0, 0.94),
        ncols=3,
        frameon=False,
        fontsize=10,
        labelcolor=FAINT,
        borderpad=0.1,
        handlelength=1.4,
    )


def _ground(curve: Curve) -> tuple[list[float], float, list[float]]:
    times, values = _halves(curve)
    return times, 0.0, values


def _halves(curve: Curve) -> tuple[list[float], list[float]]:
    """Return a curve as times and means of half seconds."""
    per_point = max(1, round(Fraction(1, 2) / curve.step))
    values = [value / 100 for value in curve.hundredths]
    means = [sum(chunk) / len(chunk) for k in range(0, len(values), per_point) if (chunk := values[k : k + per_point])]
    return _times(curve.step * per_point, len(means)), means


def _shade(rows: Sequence[Axes], highlight: Highlight, colour: str) -> None:
    for span in spans_of(highlight):
        for axes in rows:
            axes.axvspan(float(span.start), float(span.end), color=colour, alpha=0.28, linewidth=0)
    if len(spans_of(highlight)) == 1:
        middle = spans_of(highlight)[0].start + highlight.edit.duration / 2
        label = rows[0].text(float(middle), 1.02, highlight.id, transform=rows[0].get_xaxis_transform(), color=colour)
        label.set(fontsize=15, fontweight="bold", ha="center", va="bottom")


def _mark(axes: Axes, highlight: Highlight, colour: str) -> None:
    """Show where a highlight hooks, and, of a continuous one, when it begins and ends."""
    spans, across = spans_of(highlight), axes.get_xaxis_transform()
    if highlight.hook is not None:
        axes.axvspan(float(highlight.hook.start), float(highlight.hook.end), color=colour, alpha=0.5, linewidth=0)
    if len(spans) == 1:
        for time, side in ((spans[0].start, "left"), (spans[0].end, "right")):
            label = axes.text(float(time), 0.07, f" {clock(time)} ", transform=across, color=colour, ha=side)
            label.set(fontsize=11, va="bottom")


def _mark_peak(axes: Axes, highlight: Highlight, colour: str) -> None:
    if highlight.peak is not None:
        middle = float(highlight.peak.start + highlight.peak.duration / 2)
        above = axes.get_xaxis_transform()
        axes.plot([middle], [1.04], marker="v", markersize=12, color=colour, transform=above, clip_on=False)


def _explain(figure: Figure, highlights: Sequence[Highlight], *, top: float) -> None:
    """Write a line for each highlight: its score, a bar for each criterion, and its reasons."""
    from matplotlib.patches import Rectangle

    names = [field.name for field in fields(Criteria)]
    places = [0.135 + 0.055 * k for k in range(len(names))]
    if highlights:
        for x, name in zip(places, names, strict=True):
            figure.text(x, top + 0.004, name, color=FAINT, fontsize=10)
    for place, highlight in enumerate(highlights):
        y, colour = top - _LINE * (place + 1) + 0.012, colour_of(place)
        figure.text(0.06, y, highlight.id, color=colour, fontsize=14, fontweight="bold")
        figure.text(0.09, y, f"{highlight.score:.2f}", color=INK, fontsize=13)
        for x, name in zip(places, names, strict=True):
            level = 0.0 if highlight.criteria is None else getattr(highlight.criteria, name)
            for width, shade in ((1.0, RULE), (min(1.0, max(0.0, level)), colour)):
                bar = Rectangle((x, y), 0.045 * width, 0.013, color=shade, linewidth=0, transform=figure.transFigure)
                figure.add_artist(bar)
        reasons = textwrap.shorten("; ".join(highlight.reasons), 118, placeholder=" …")
        figure.text(places[-1] + 0.06, y, reasons, color=FAINT, fontsize=11, parse_math=False)


def _name_montages(figure: Figure, highlights: Sequence[Highlight]) -> None:
    """Write the names of highlights of several pieces in one line; above the pieces they would cover one another."""
    montages = [(number, each) for number, each in enumerate(highlights) if len(spans_of(each)) > 1]
    for place, (number, highlight) in enumerate(montages):
        x = 0.06 + 0.03 * place
        figure.text(x, 0.89, highlight.id, color=colour_of(number), fontsize=15, fontweight="bold")


def _finish(figure: Figure, rows: Sequence[Axes], analysis: FilmAnalysis, *, title: str) -> None:
    from matplotlib.ticker import MaxNLocator

    figure.text(0.06, 0.945, " ".join(title.split())[:80], color=INK, fontsize=22, fontweight="bold", parse_math=False)
    note = (
        f"{len(analysis.shots)} shots, each marked where it starts  ·  interest smoothed over 4 s  ·  "
        "dark: hook  ·  ▼ where most moves and sounds  ·  hatched: left out (last act, credits, never)"
    )
    figure.text(0.98, 0.95, note, color=FAINT, fontsize=12, ha="right")
    seconds = float(analysis.timeline.duration)
    times = [time for time in MaxNLocator(14, steps=[1, 1.5, 3, 6, 10]).tick_values(0, seconds) if time <= seconds]
    for axes in rows:
        axes.set_facecolor(GROUND)
        axes.set_xlim(0, seconds)
        axes.tick_params(colors=FAINT, labelsize=11, length=0)
        # Ticks of their own for every row would take half of all the time that drawing takes.
        axes.xaxis.set_visible(axes is rows[-1])
        axes.vlines(times, 0, 1, transform=axes.get_xaxis_transform(), color=RULE, linewidth=0.6, zorder=_OF_GRIDS)
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_label_coords(_LABEL, 0.5)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(RULE)
    rows[-1].set_xticks(times, [clock(Fraction(round(time))) for time in times])


def _times(step: Fraction, count: int) -> list[float]:
    return [float(step) * (k + 0.5) for k in range(count)]


def _smoothed(values: Sequence[float], *, half_width: int) -> list[float]:
    smooth: list[float] = []
    for k in range(len(values)):
        window = values[max(0, k - half_width) : k + half_width + 1]
        smooth.append(sum(window) / len(window))
    return smooth
