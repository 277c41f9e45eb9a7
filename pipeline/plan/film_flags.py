"""Where an editing program flags a block's timeline: at each film, with when it begins by the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pipeline.clocks import told_local
from pipeline.interchange import Flag
from pipeline.plan.running_order import Item, RunningOrder
from pipeline.timebase import clock


def film_flags(order: RunningOrder, start: datetime | None) -> tuple[Flag, ...]:
    """Return a flag for each film of a block; without a start, its time counts from the block's first picture."""
    return tuple(Flag(item.span.start, item.title, _told(item, start)) for item in order.films)


def _told(item: Item, start: datetime | None) -> str:
    if start is None or start.tzinfo is None:
        return clock(item.span.start)
    return told_local(start.astimezone(UTC) + timedelta(seconds=item.span.start.__floor__()), start.tzinfo)
