"""An order: what is asked of which films, with all that it names read, and what follows from that for a region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.cut.choice import KnownFilm, known_film, unknown_film
from pipeline.cut.request import CutRequest, Subject
from pipeline.cut.service import Wanted
from pipeline.film import Film
from pipeline.plan.campaigns import Campaign
from pipeline.plan.regions import Region, styled
from pipeline.presets import HighlightsPreset, StylePreset, load_highlights, load_style
from pipeline.regions import Wishes
from pipeline.shell.caption_sources import NO_CAPTIONS
from pipeline.shell.home import Home, find_home
from pipeline.shell.projects import safe_name
from pipeline.shell.store import Store


@dataclass(frozen=True)
class Order:
    """What is asked of which films, and all that it names, read."""

    subject: Subject
    request: CutRequest
    home: Home
    preset: HighlightsPreset
    style: StylePreset
    wanted: Wanted
    """The platforms that clips are for."""
    known: Mapping[str, KnownFilm]
    """What people know of each master, by its digest."""
    region: Region | None = None
    """For whom clips are; None for all."""

    @property
    def told(self) -> Film:
        """The film as it is told of to those who see the clips."""
        return self.main.film if self.region is None else self.region.film

    @property
    def wishes(self) -> Wishes:
        """What the region wants."""
        return Wishes() if self.region is None else self.region.wishes

    @property
    def worn(self) -> StylePreset:
        """The style as the clips have it."""
        return self.style if self.region is None else styled(self.style, self.region)

    @property
    def campaign(self) -> Campaign | None:
        """What codes on cards say, but for clip and platform; None where film.toml wants none."""
        film, event = self.main.film, self.request.event
        if not film.campaign:
            return None
        return Campaign.of_film(
            film.title,
            self.main.project.name,
            region="" if self.region is None else self.region.id,
            event=(film.event or "") if event is None else event,
        )

    @property
    def main(self) -> KnownFilm:
        """What people know of the master that names the outputs."""
        return self.known[self.subject.main.digest]

    @property
    def store(self) -> Store:
        """Where everything that is made is kept."""
        return Store(self.home.store)

    @property
    def folder(self) -> Path:
        """Where the outputs go."""
        folder = (self.request.out or self.home.out).absolute() / self.main.project.name
        folder = folder if self.subject.edit is None else edit_folder(folder, self.subject.edit.name)
        return folder if self.region is None else folder / "regions" / self.region.id

    @property
    def framing_folder(self) -> Path:
        """Where it is said how clips are framed."""
        return self.folder if self.region is None else self.folder.parent


def edit_folder(folder: Path, name: str) -> Path:
    """Return where the outputs of an edit of a film go, which may be called anything, among those of the film."""
    return folder / "edits" / safe_name(name)


def read_order(subject: Subject, request: CutRequest) -> Order:
    """Return an order with the presets, film.toml files and folders that it names. Raises ProjectError, PresetError."""
    home, preset, style = find_home(), load_highlights(request.highlights), load_style(request.style)
    if request.count is not None:
        preset = preset.model_copy(update={"count": request.count})
    if request.captions == NO_CAPTIONS:
        style = style.model_copy(update={"captions": style.captions.model_copy(update={"show": "none"})})
    known = {
        study.digest: known_film(home.projects, study) for study in subject.studies if study.digest not in subject.added
    }
    known |= {digest: unknown_film(known[subject.main.digest].project) for digest in subject.added}
    return Order(subject, request, home, preset, style, Wanted.of(request.platforms), known)
