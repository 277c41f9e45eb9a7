"""Draw when a film is open in each region: local times and nights, and the hours for which a machine has to be awake.

A function of values: the same schedule gives the same bytes.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Literal

from pipeline.plan.drops import Stretch, awake_stretches
from pipeline.plan.schedule import Schedule, Window, told_region
from pipeline.shell.palette import FAINT, GROUND, INK, RULE, SECOND, colour_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Kind = Literal["png", "svg"]

_WIDTH: Final = 19.2
_ROW: Final = 0.8
_MARGINS: Final = 2.3
_MOST_ROWS: Final = 60
_BAR: Final = 0.5
_NIGHT: Final = "#22262b"
_MOST_NIGHTS: Final = 60
"""More would be a grey that says nothing."""
_LETTERS_PER_INCH: Final = 11.0


def draw_timetable(schedule: Schedule, at: datetime, *, kind: Kind, film: Fraction | None = None) -> bytes:
    """Return a PNG, 1920 pixels wide, or an SVG of a schedule: a row for each region, time in UTC from left to right.

    Nights by a region's clocks are shaded; the exclusive part of a window is hatched. A line marks the instant `at`.
    `film` is how long the film is in seconds, where known: premieres keep a machine awake.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    regions = tuple(region for region, _ in schedule.editions)[:_MOST_ROWS]
    rows = len(regions) + 1
    height = _MARGINS + _ROW * rows
    figure = Figure(figsize=(_WIDTH, height), dpi=100, facecolor=GROUND)
    FigureCanvasAgg(figure)
    sides = {"left": 0.1, "right": 0.98, "top": 1 - 1.0 / height, "bottom": 0.85 / height}
    axes = figure.subplots(gridspec_kw=sides)
    stretches = awake_stretches(schedule, film)
    start, end = _extent(schedule.windows, stretches)
    axes.set_xlim(_days(start), _days(end))
    for row, region in enumerate(regions):
        own = [window for window in schedule.windows if window.region == region]
        _draw_nights(axes, own[0].clocks, (start, end), row)
        for window in own:
            _draw_window(axes, window, row, colour_of(row), (start, end))
    _draw_awake(axes, stretches, rows - 1)
    if start <= at <= end:
        axes.axvline(_days(at), color=INK, linewidth=1.2, linestyle=(0, (4, 3)))
    _finish(axes, (*map(told_region, regions), "awake"), (start, end))
    told = f"{schedule.film}  ·  times on bars are local, below UTC  ·  hatched: exclusive  ·  shaded: night there"
    figure.text(0.1, 1 - 0.55 / height, told, color=INK, fontsize=15, parse_math=False)
    buffer = io.BytesIO()
    with warnings.catch_warnings(), mpl.rc_context({"svg.hashsalt": "matinee"}):
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        nothing: dict[str, Any] = {"Software": None} if kind == "png" else {"Date": None, "Creator": None}
        figure.savefig(buffer, format=kind, dpi=100, facecolor=GROUND, metadata=nothing)
    return buffer.getvalue()


def _extent(windows: Sequence[Window], stretches: Sequence[Stretch]) -> Stretch:
    start = min((*(window.opens for window in windows), *(begin for begin, _ in stretches)))
    end = max((*(window.closes for window in windows), *(stop for _, stop in stretches)))
    room = max(timedelta(minutes=1), (end - start) / 40)
    return start - room, end + room


def _draw_nights(axes: Axes, clocks: tzinfo, extent: Stretch, row: int) -> None:
    if (extent[1] - extent[0]).days > _MOST_NIGHTS:
        return
    day = extent[0].astimezone(clocks).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    while day <= extent[1]:
        # Naive arithmetic within a zone keeps to the clocks there, also where they are changed.
        dusk, dawn = day.replace(hour=23), (day + timedelta(days=1)).replace(hour=7)
        axes.barh(row, _days(dawn) - _days(dusk), left=_days(dusk), height=1.0, color=_NIGHT, linewidth=0)
        day += timedelta(days=1)


def _draw_window(axes: Axes, window: Window, row: int, colour: str, extent: Stretch) -> None:
    left, right = _days(window.opens), _days(window.closes)
    axes.barh(row, right - left, left=left, height=_BAR, color=colour, linewidth=0)
    if window.exclusive_until is not None:
        alone = _days(window.exclusive_until) - left
        axes.barh(row, alone, left=left, height=_BAR, facecolor="none", edgecolor=GROUND, hatch="//", linewidth=0)
    opens, closes = (instant.astimezone(window.clocks) for instant in (window.opens, window.closes))
    told = f"{opens:%a %d %b %H:%M} – {closes:%a %d %b %H:%M}"
    per_day = _WIDTH * 0.88 / (_days(extent[1]) - _days(extent[0]))
    if (right - left) * per_day * _LETTERS_PER_INCH > len(told) + 2:
        words = axes.text((left + right) / 2, row, f" {told} ", ha="center", va="center", color=GROUND, fontsize=11)
        words.set_bbox({"facecolor": colour, "linewidth": 0, "pad": 1.0})
    else:
        is_late = left - _days(extent[0]) > (_days(extent[1]) - _days(extent[0])) / 2
        x, side = (left, "right") if is_late else (right, "left")
        axes.text(x, row, f"  {told}  ", ha=side, va="center", color=colour, fontsize=11)


def _draw_awake(axes: Axes, stretches: Sequence[Stretch], row: int) -> None:
    for start, end in stretches:
        axes.barh(row, _days(end) - _days(start), left=_days(start), height=_BAR / 2, color=SECOND, linewidth=0)


def _finish(axes: Axes, names: Sequence[str], extent: Stretch) -> None:
    axes.set_facecolor(GROUND)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks(range(len(names)), names, color=INK, fontsize=13)
    for label in axes.get_yticklabels():
        label.set_parse_math(False)
    ticks = tuple(_ticks(extent))
    form = "%a %d %b %Y\n%H:%M" if len(ticks) <= 10 else "%d %b\n%H:%M"
    axes.set_xticks([_days(tick) for tick in ticks], [f"{tick:{form}}" for tick in ticks], color=FAINT, fontsize=11)
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _ticks(extent: Stretch) -> Iterator[datetime]:
    """Yield full hours, days or weeks of UTC, at most fifteen of them; a few seconds have none but their ends."""
    length = extent[1] - extent[0]
    steps = [timedelta(seconds=one) for one in (1, 10, 60, 600)]
    steps += [timedelta(hours=one) for one in (1, 3, 6, 12, 24, 48, 24 * 7, 24 * 28, 24 * 90, 24 * 365)]
    step = next((one for one in steps if length / one <= 15), length / 10)
    at = extent[0].replace(hour=0, minute=0, second=0, microsecond=0)
    at += ((extent[0] - at) // step) * step
    while at <= extent[1]:
        if at >= extent[0]:
            yield at
        at += step


def _days(instant: datetime) -> float:
    """Return an instant as a number that grows with time; matplotlib's own dates have their own ideas of zones."""
    return instant.timestamp() / 86400
