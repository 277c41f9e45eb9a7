"""Where Matinee keeps things: one folder, `media/` of the checkout unless MATINEE_HOME names another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.roots import find_root


@dataclass(frozen=True)
class Home:
    """The folders under one root."""

    root: Path

    @property
    def masters(self) -> Path:
        """Inputs; never written, but for the demo film."""
        return self.root / "masters"

    @property
    def projects(self) -> Path:
        """film.toml and edits: people's own."""
        return self.root / "projects"

    @property
    def blocks(self) -> Path:
        """Block files: people's own; they may lie anywhere else as well."""
        return self.root / "blocks"

    @property
    def store(self) -> Path:
        """Artifacts by key."""
        return self.root / "store"

    @property
    def fonts(self) -> Path:
        """Fonts as captions and cards are drawn with; made again where they are missing."""
        return self.store / "fonts"

    @property
    def out(self) -> Path:
        """Outputs under names for people."""
        return self.root / "out"

    @property
    def ledger(self) -> Path:
        """What is remembered between runs: digests, verdicts, published outputs."""
        return self.store / "ledger.sqlite3"

    @property
    def arrivals(self) -> Path:
        """What is known of films in watched folders, and what came of them."""
        return self.store / "arrivals.sqlite3"

    @property
    def watches(self) -> Path:
        """Locks of those who watch folders."""
        return self.store / ".watches"

    @property
    def runs(self) -> Path:
        """What tells of runs that go on just now."""
        return self.store / ".running"


def find_home() -> Home:
    """Return the home that MATINEE_HOME names, else `media/` beside the package, else `media/` here."""
    return Home(find_root())
