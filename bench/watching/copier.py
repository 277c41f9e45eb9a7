"""People and copiers at work in a folder: at once, slowly, size first, under temporary names, twice, broken off."""

from __future__ import annotations

import hashlib
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench.watching.films import Film, Films

# How often each way is, in parts of all.
_WAYS: Final = {
    "at once": 22, "slowly": 14, "size first": 10, "temporary name": 8, "hidden name": 6, "stalling": 4,
    "duplicate": 10, "renamed": 7, "touched": 5, "moved to a folder": 4, "changed": 4, "cut off": 3, "zeros left": 3,
}  # fmt: skip
_FOLDERS: Final = ("", "monday", "monday/late", "shorts & more")
_LONGEST_GAP_S: Final = 0.15
_STALL_S: Final = 1.5
_CROWD: Final = 12


class Copier:
    """Does so many arrivals, several at a time; `whole` are the contents that were complete, `broken` never were."""

    def __init__(self, root: Path, count: int, chance: random.Random, per_s: float) -> None:
        self._root, self._count, self._chance, self._pause_s = root, count, chance, 1 / per_s
        self._films = Films()
        self._lock = threading.Lock()
        self._there: list[Path] = []
        self.whole: set[str] = set()
        self.optional: set[str] = set()
        """Contents that were there for so short that nobody has to have seen them."""
        self.broken: list[Path] = []
        self.ways: Counter[str] = Counter()
        self.has_ended = False
        for folder in _FOLDERS:
            (root / folder).mkdir(parents=True, exist_ok=True)

    def run(self) -> None:
        """Do all of them."""
        threads: list[threading.Thread] = []
        ways, weights = tuple(_WAYS), tuple(_WAYS.values())
        for number in range(self._count):
            way = self._chance.choices(ways, weights)[0] if number > 20 else "at once"
            self.ways[way] += 1
            film = self._films.another(self._chance)
            folder = self._root / self._chance.choice(_FOLDERS)
            target = folder / f"film {number}{film.suffix}"
            seed = random.Random(self._chance.random())
            threads = [one for one in threads if one.is_alive()]
            while len(threads) >= _CROWD:
                time.sleep(0.01)
                threads = [one for one in threads if one.is_alive()]
            thread = threading.Thread(target=self._do, args=(way, film, target, seed))
            thread.start()
            threads.append(thread)
            time.sleep(self._pause_s)
        for thread in threads:
            thread.join()
        self.has_ended = True

    def _do(self, way: str, film: Film, target: Path, chance: random.Random) -> None:
        doing: dict[str, Callable[[], None]] = {
            "at once": lambda: self._complete(target, film, lambda: target.write_bytes(film.content)),
            "slowly": lambda: self._complete(target, film, lambda: _write_slowly(target, film, chance, _LONGEST_GAP_S)),
            "stalling": lambda: self._complete(target, film, lambda: _write_slowly(target, film, chance, _STALL_S)),
            "size first": lambda: self._complete(target, film, lambda: _write_size_first(target, film, chance)),
            "temporary name": lambda: self._under(target.with_name(f"{target.name}.part"), target, film, chance),
            "hidden name": lambda: self._under(target.with_name(f".{target.name}.aB3dEf"), target, film, chance),
            "duplicate": lambda: self._with_another(lambda other: _copy(other, target.with_suffix(other.suffix))),
            "renamed": lambda: self._with_another(lambda other: other.rename(target.with_suffix(other.suffix))),
            "touched": lambda: self._with_another(os.utime),
            "moved to a folder": lambda: self._with_another(lambda other: other.rename(self._root / other.name)),
            "changed": lambda: self._change(film),
            "cut off": lambda: self._break(target, film.content[: int(len(film.content) * chance.uniform(0.1, 0.95))]),
            "zeros left": lambda: self._break(target, _with_zeros(film, chance)),
        }  # fmt: skip
        doing[way]()

    def _complete(self, target: Path, film: Film, write: Callable[[], object]) -> None:
        with self._lock:
            self.whole.add(film.digest)
        write()
        with self._lock:
            self._there.append(target)

    def _under(self, temporary: Path, target: Path, film: Film, chance: random.Random) -> None:
        def write() -> None:
            _write_slowly(temporary, film, chance, _LONGEST_GAP_S)
            temporary.rename(target)

        self._complete(target, film, write)

    def _with_another(self, do: Callable[[Path], object]) -> None:
        """Do something to a film that is there, which nobody else does anything to meanwhile."""
        with self._lock:
            other = self._there.pop(self._chance.randrange(len(self._there))) if self._there else None
            if other is None:
                return
            result = do(other)
            kept = result if isinstance(result, Path) else other
            self._there += [path for path in {kept, other} if path.exists()]

    def _change(self, film: Film) -> None:
        """Put another content over a film that is there, whose own need not have been seen."""
        with self._lock:
            fitting = [path for path in self._there if path.suffix == film.suffix]
            if not fitting:
                return
            other = self._chance.choice(fitting)
            self._there.remove(other)
            self.optional.add(hashlib.sha256(other.read_bytes()).hexdigest())
            self.whole.add(film.digest)
            other.write_bytes(film.content)
            self._there.append(other)

    def _break(self, target: Path, content: bytes) -> None:
        with self._lock:
            self.broken.append(target)
        target.write_bytes(content)


def _write_slowly(target: Path, film: Film, chance: random.Random, longest_gap_s: float) -> None:
    parts = chance.randint(2, 8)
    size = -(-len(film.content) // parts)
    with target.open("wb", buffering=0) as file:
        for number in range(parts):
            file.write(film.content[number * size : (number + 1) * size])
            if number < parts - 1:
                time.sleep(chance.uniform(0, longest_gap_s))


def _write_size_first(target: Path, film: Film, chance: random.Random) -> None:
    """As several copiers do: the whole size at once, then the content from its beginning, closed in between."""
    with target.open("wb") as file:
        file.truncate(len(film.content))
    parts = chance.randint(2, 6)
    size = -(-len(film.content) // parts)
    for number in range(parts):
        time.sleep(chance.uniform(0, _LONGEST_GAP_S * (10 if chance.random() < 0.2 else 1)))
        with target.open("r+b", buffering=0) as file:
            file.seek(number * size)
            file.write(film.content[number * size : (number + 1) * size])


def _with_zeros(film: Film, chance: random.Random) -> bytes:
    kept = int(len(film.content) * chance.uniform(0.2, 0.85))
    return film.content[:kept] + bytes(len(film.content) - kept)


def _copy(source: Path, target: Path) -> Path:
    target.write_bytes(source.read_bytes())
    return target
