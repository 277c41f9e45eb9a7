"""When somebody has to see to which region of a calendar: the hours to upload, to open and to close, as values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pipeline.plan.schedule import Schedule, Window

Errand = Literal["publish", "retire"]


@dataclass(frozen=True, order=True)
class Appointment:
    """An instant in UTC at which a region is to be uploaded or opened (publish), or closed (retire)."""

    at: datetime
    errand: Errand
    region: str
    closes: datetime
    """When the window ends that it is for."""

    @property
    def key(self) -> str:
        """What tells it from every other one of its calendar."""
        return f"{self.errand} {self.region or '*'} {self.at:%Y-%m-%dT%H:%M:%SZ}"


def appointments(schedule: Schedule) -> tuple[Appointment, ...]:
    """Return every appointment of a schedule, by when they are.

    Where nginx opens by its own clock, to upload is to publish, and only the closing is left. A region that is uploaded
    for a window as the one before opens has one appointment for both.
    """
    found = sorted((one for window in schedule.windows for one in _of_window(schedule, window)), key=_closing)
    return tuple(sorted({one.key: one for one in found}.values()))


def still_to_come(wanted: Sequence[Appointment], at: datetime) -> tuple[Appointment, ...]:
    """Return the appointments that are not over at an instant: of a window that lasts, the last one missed as well."""
    missed: dict[tuple[str, datetime], Appointment] = {}
    for one in sorted(wanted):
        if one.errand == "publish" and one.at < at < one.closes:
            missed[one.region, one.closes] = one
    return tuple(sorted((*missed.values(), *(one for one in wanted if one.at >= at))))


def _of_window(schedule: Schedule, window: Window) -> Iterator[Appointment]:
    yield Appointment(window.upload_from, "publish", window.region, window.closes)
    if schedule.hold == "matinee":
        yield Appointment(window.opens, "publish", window.region, window.closes)
    yield Appointment(window.closes, "retire", window.region, window.closes)


def _closing(appointment: Appointment) -> datetime:
    return appointment.closes
