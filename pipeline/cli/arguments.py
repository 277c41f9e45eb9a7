"""Arguments that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

# Paths are checked by the library, whose messages say what is wrong with the film; here they are only taken whole.
MASTER = click.Path(path_type=Path)
EXISTING = click.Path(path_type=Path)

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
