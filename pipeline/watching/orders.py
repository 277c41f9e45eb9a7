"""What is made of a film that arrives, as a value: it is stored with the film's trigger and told to whoever does it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import PresetError
from pipeline.presets import load_highlights, load_ladder, load_platforms, load_regions, load_style
from pipeline.watchfolder import Flow, WatchFolder


@dataclass(frozen=True)
class Order:
    """Which flows are run, and what they are asked for; see `WatchFolder` for the fields."""

    flows: tuple[Flow, ...] = ("cut-clips",)
    platforms: tuple[str, ...] = ()
    highlights: str | None = None
    style: str | None = None
    captions: str | None = None
    count: int | None = None
    regions: tuple[str, ...] = ()
    event: str | None = None
    ladder: str | None = None
    out: str | None = None
    """An absolute path."""

    @property
    def text(self) -> str:
        """The order as JSON, the same for equal orders."""
        return json.dumps(asdict(self), sort_keys=True)

    @property
    def key(self) -> str:
        """A name for equal orders."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:32]


def order_of(says: WatchFolder, folder: Path) -> Order:
    """Return the order of a watch.toml that lies in a folder."""
    return Order(
        flows=says.flow,
        platforms=tuple(sorted(set(says.platforms))),
        highlights=says.highlights,
        style=says.style,
        captions=says.captions,
        count=says.count,
        regions=says.regions,
        event=says.event,
        ladder=says.ladder,
        out=None if says.out is None else str((folder / Path(says.out).expanduser()).absolute()),
    )


def parse_order(text: str) -> Order:
    """Return the order that a ledger holds."""
    told: dict[str, Any] = json.loads(text)
    for name in ("flows", "platforms", "regions"):
        told[name] = tuple(told[name])
    return Order(**told)


def check_order(order: Order) -> None:
    """Raise PresetError where an order names what does not exist."""
    load_platforms(order.platforms)
    load_regions(order.regions)
    if order.highlights is not None:
        load_highlights(order.highlights)
    if order.style is not None:
        load_style(order.style)
    if order.ladder is not None:
        load_ladder(order.ladder)


def order_fault(order: Order) -> str | None:
    """Return what an order names that does not exist, in words."""
    try:
        check_order(order)
    except PresetError as error:
        return str(error)
    return None
