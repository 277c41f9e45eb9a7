"""Fingerprints of a film's pictures: of every one of its master, and of those that stand alone in what was made of it.

What is compared is what was decoded, at the same times: whether a picture is near enough to the master's own, or to the
one before or after it, and not much nearer to one half a second to two seconds away. What looks the same is not told
apart: which picture of a title that is held, or of a shot that hardly moves, or of black. Nothing is said of pictures
that do not stand alone (one in a second does in the key pictures of a package, one in two seconds elsewhere): what is
lost or swapped between two that do shows where it moves what follows, and in the counts of frames.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline.argv import recipe_key
from pipeline.plan.film_proofs import BOUND, CLEARLY, FLAT, UNSURE, FilmProof, Miss
from pipeline.shell import apart
from pipeline.shell.chunks import MadeSegment
from pipeline.shell.digests import check_unchanged
from pipeline.shell.pixels.reader import PictureReader
from pipeline.shell.pixels.segments import decoded
from pipeline.shell.pixels.small import luma_of
from pipeline.shell.probe import open_media
from pipeline.shell.render import OnFraction
from pipeline.shell.store import Artifact, Store
from pipeline.shell.study import ShotStudy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Prints = NDArray[np.uint8]

_VERSION: Final = 1
"""Of fingerprints and of how they are compared; raised when the same pictures would be told otherwise."""
_TOLD_EVERY: Final = 200
"""Pictures between two words of progress."""
SIDE: Final = 16
_THIN: Final = 8 * SIDE

_ELSEWHERE_S: Final = tuple(Fraction(seconds) for seconds in ("-2", "-1", "-1/2", "1/2", "1", "2"))
"""Where a picture is looked for that is not quite its own."""

Box = tuple[int, int, int, int]
"""Left, top, width and height of what of a picture is the film's."""


def prints_key(digest: str) -> str:
    """Return the key of the fingerprints of a master."""
    return recipe_key("fingerprints", str(_VERSION), (digest,))


def master_prints(study: ShotStudy, store: Store, on_fraction: OnFraction | None = None) -> Artifact:
    """Return the fingerprints of every picture of a master, upright, one after another; decoded once, apart."""
    if store.find(prints_key(study.digest)) is None:
        tell = None if on_fraction is None else lambda share: on_fraction(share, None)
        apart.print_pictures(study, store, tell)
    return print_pictures(study, store)


def print_pictures(study: ShotStudy, store: Store, on_fraction: Callable[[float], None] | None = None) -> Artifact:
    """Return the same, decoded in this process."""

    def produce(path: Path) -> dict[str, Any]:
        check_unchanged(study.path, study.identity)
        turns, frames = -(study.facts.picture.rotation_deg // 90), study.shots.timeline.frame_count
        with path.open("wb") as file:
            for number, picture in enumerate(PictureReader(study.path, study.facts), start=1):
                file.write(print_of(picture.raw, turns=turns).tobytes())
                if on_fraction is not None and number % _TOLD_EVERY == 0:
                    on_fraction(min(1.0, number / frames))
        # Prints of other bytes must not be remembered under the digest of these.
        check_unchanged(study.path, study.identity)
        return {"made_by": "fingerprints", "inputs": [study.digest]}

    return store.make(prints_key(study.digest), ".bin", produce)[0]


def prove_segments(study: ShotStudy, segments: Sequence[MadeSegment], store: Store) -> tuple[FilmProof, Artifact]:
    """Return how a film's segments of one rendition show its master, and the document that remembers it."""

    def pictures() -> Iterator[tuple[Fraction, Prints]]:
        # By where a segment plays, whatever time it says that it has: one in another's place is found.
        at = Fraction(0)
        for segment in segments:
            times = (at + time - segment.start for time in sorted(segment.key_picture_times))
            alone = decoded(segment.init, segment.artifact.path.read_bytes(), "NONKEY")
            yield from zip(times, map(print_of, alone), strict=False)
            at += segment.seconds

    times = [time for segment in segments for time in segment.key_picture_times]
    return _proved(study, tuple(one.key for one in segments), len(times), pictures, store)


def prove_file(
    study: ShotStudy, files: Sequence[tuple[Artifact, Fraction]], box: Box, store: Store
) -> tuple[FilmProof, Artifact]:
    """Return how encoded pictures show a master, each file from a time of the film on, and what remembers it.

    `box` is where in them the film stands.
    """

    def pictures() -> Iterator[tuple[Fraction, Prints]]:
        for artifact, start in files:
            with open_media(artifact.path) as container:
                yield from ((start + time, one) for time, one in _timed(container, box))

    keys = (*(one.key for one, _ in files), f"{box}")
    return _proved(study, keys, 0, pictures, store)


def print_of(picture: Any, *, turns: int = 0, box: Box | None = None) -> Prints:
    """Return the luma of a decoded picture, or of a box of it, in 16 rows of 16, turned by quarters."""
    import cv2
    import numpy as np

    luma, bits, _ = luma_of(picture)
    if box is not None:
        left, top, width, height = box
        luma = luma[top : top + height, left : left + width]
    thin = cv2.resize(luma, (_THIN, _THIN), interpolation=cv2.INTER_LINEAR)
    small = cv2.resize(thin, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    small = (small >> (bits - 8)).astype(np.uint8) if bits > 8 else small
    return np.ascontiguousarray(np.rot90(small, turns)) if turns else small


def distance(one: Prints, other: Prints) -> float | None:
    """Return how unlike two pictures are, 0 to 2, whatever their light and contrast; None where both show nothing.

    By the ranks of their values: tone mapping changes light, and not what is lighter than what.
    """
    import numpy as np

    flat = [float(np.std(each)) < FLAT for each in (one, other)]
    if all(flat):
        return None
    if any(flat) and max(float(np.std(each)) for each in (one, other)) > 2 * FLAT:
        return 1.0
    ranks = [np.argsort(np.argsort(each.ravel(), kind="stable"), kind="stable") for each in (one, other)]
    return 1 - max(_alike(*ranks), _alike(one.ravel(), other.ravel()))


def _alike(one: Any, other: Any) -> float:
    """Return how two rows of values go together, -1 to 1."""
    import numpy as np

    first, second = (row.astype(np.float64) - row.mean() for row in (one, other))
    lengths = float(np.sqrt((first @ first) * (second @ second)))
    return float(first @ second) / lengths if lengths else 0.0


def _proved(
    study: ShotStudy,
    keys: tuple[str, ...],
    count: int,
    pictures: Callable[[], Iterator[tuple[Fraction, Any]]],
    store: Store,
) -> tuple[FilmProof, Artifact]:
    def produce(path: Path) -> dict[str, Any]:
        proof = _compared(study, pictures(), count, store)
        path.write_text(json.dumps(proof.document()))
        return {"made_by": "proof", "inputs": [study.digest]}

    key = recipe_key("film proof", f"{_VERSION} {BOUND}", (study.digest, *keys))
    artifact, _ = store.make(key, ".json", produce)
    return FilmProof.of(json.loads(artifact.path.read_bytes())), artifact


def _compared(study: ShotStudy, pictures: Iterator[tuple[Fraction, Any]], count: int, store: Store) -> FilmProof:
    import numpy as np

    prints = np.fromfile(master_prints(study, store).path, np.uint8).reshape(-1, SIDE, SIDE)
    timeline = study.shots.timeline
    seen = telling = 0
    farthest = 0.0
    misses: list[Miss] = []
    for time, shown in pictures:
        seen += 1
        frame = timeline.picture_at(time)
        found = [distance(one, shown) for one in _at(prints, (frame - 1, frame, frame + 1))]
        # Where the master's own shows nothing, so may what was made.
        if any(one is None for one in found):
            continue
        telling += 1
        nearest = min(one for one in found if one is not None)
        farthest = max(farthest, nearest)
        away = [timeline.picture_at(max(Fraction(0), time + seconds)) for seconds in _ELSEWHERE_S]
        others = [1.0 if (one := distance(each, shown)) is None else one for each in _at(prints, away)]
        if nearest > BOUND or (nearest > UNSURE and min(others) * CLEARLY < nearest):
            misses.append(Miss(time, round(nearest, 3)))
    if seen == 0 or (count and seen != count):
        misses.append(Miss(Fraction(0), 2.0))
    return FilmProof(seen, telling, round(farthest, 3), tuple(misses))


def _at(prints: Any, frames: Iterable[int]) -> Iterator[Any]:
    """Yield the fingerprints of some frames, each once, those past an end as the one at it."""
    for frame in sorted({min(max(0, one), len(prints) - 1) for one in frames}):
        yield prints[frame]


def _timed(container: Any, box: Box) -> Iterator[tuple[Fraction, Any]]:
    stream = container.streams.video[0]
    stream.codec_context.skip_frame = "NONKEY"
    for picture in container.decode(stream):
        yield picture.pts * Fraction(picture.time_base), print_of(picture, box=box)
