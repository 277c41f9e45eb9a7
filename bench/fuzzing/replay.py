"""`python -m bench.fuzzing.replay SEED [FOLDER]`: make a mutated film of `fuzz` again, and look into it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench.fuzzing.films import write_films
from bench.fuzzing.looking import look_at
from bench.fuzzing.mutations import mutated


def main() -> None:
    """Write the film into the folder, or one of its own, and print how each way of looking into it ended."""
    seed = int(sys.argv[1])
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp(prefix="matinee-fuzz-"))
    with tempfile.TemporaryDirectory() as made:
        films = [(name, path.read_bytes()) for name, path in write_films(Path(made))]
    number, content = mutated(seed, [content for _, content in films])
    path = folder / f"{seed}-{films[number][0]}"
    path.write_bytes(content)
    print(path, flush=True)
    for way, how in look_at(path).items():
        print(f"{way}: {how}", flush=True)


if __name__ == "__main__":
    main()
