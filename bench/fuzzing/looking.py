"""Look into one file after another in every way that Matinee does before it makes anything of a film.

`python -m bench.fuzzing.looking` reads a path as a JSON line and answers how each way ended. A crash of libav ends this
process, as it ends those in which Matinee looks into films.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from pipeline.boxes import read_chapters, read_movie, read_outline
from pipeline.errors import InputError, VerifyFailed
from pipeline.shell.companion import open_answers
from pipeline.shell.entirety import find_fault
from pipeline.shell.probe import probe

Look = Callable[[Path], object]


def _shots(path: Path) -> object:
    from pipeline.shell.shots import find_shots

    return find_shots(path, probe(path))


def _sound(path: Path) -> object:
    from pipeline.shell.sound import measure_sound

    return measure_sound(path, probe(path))


def _text(path: Path) -> object:
    from pipeline.shell.text_tracks import has_text_tracks, read_tracks

    facts = probe(path)
    return read_tracks(path, facts) if has_text_tracks(facts) else None


LOOKS: Final[dict[str, tuple[Look, type[Exception]]]] = {
    "outline": (read_outline, VerifyFailed),
    "boxes": (lambda path: read_chapters(read_movie(path)), VerifyFailed),
    "entirety": (find_fault, InputError),
    "probe": (probe, InputError),
    "shots": (_shots, InputError),
    "sound": (_sound, InputError),
    "text": (_text, InputError),
}
"""How a file is looked into, and as which error what is wrong with it is told."""


def look_at(path: Path) -> dict[str, str]:
    """Return how each way ended: 'done', 'refused' with the reason, or 'crash' with the traceback."""
    ended = {}
    for name, (look, refusal) in LOOKS.items():
        try:
            look(path)
            ended[name] = "done"
        except refusal as error:
            ended[name] = f"refused: {error}"
        except Exception:  # noqa: BLE001 - which of ours it is, is what is looked for
            ended[name] = f"crash: {traceback.format_exc()}"
    return ended


def _peak_bytes() -> int:
    """Return the most memory that this process had; what getrusage tells begins with what its parent had."""
    status = Path("/proc/self/status").read_text("ascii", "replace")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


def main() -> None:
    """Answer one file after another until standard input ends."""
    answer = open_answers()
    for line in sys.stdin:
        path = Path(os.fsdecode(bytes.fromhex(json.loads(line)["path"])))
        told: dict[str, Any] = {"ended": look_at(path)}
        told["peak_bytes"] = _peak_bytes()
        answer(told)


if __name__ == "__main__":
    main()
