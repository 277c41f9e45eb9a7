"""A film that shows its master is told from one that lost, doubled, swapped or borrowed a second."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pipeline.plan.film_proofs import BOUND, FilmProof
from pipeline.shell.film_prints import prove_file
from pipeline.shell.ledger import Ledger
from pipeline.shell.store import Artifact, Store
from pipeline.shell.study import ShotStudy, study_shots
from tests.numbered_films import make_film

SECONDS, FPS, SIZE = 8, 25, (256, 144)


def moving(number: int) -> Any:
    """Return a picture of soft shapes that are elsewhere a second later."""
    import numpy as np

    rows, columns = np.mgrid[0 : SIZE[1], 0 : SIZE[0]] / 48
    at = number / FPS
    wave = np.sin(columns + 2.1 * at) * np.cos(rows * 1.3 - 1.7 * at) + 0.6 * np.sin(rows + columns + 3.1 * at)
    return np.repeat((118 + 55 * wave).clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)


def write(path: Path, frames: list[Any], *, crf: int) -> Path:
    import av

    with av.open(str(path), "w") as container:
        options = {"preset": "ultrafast", "crf": str(crf), "g": str(FPS), "bf": "0", "sc_threshold": "0"}
        stream: Any = container.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = frames[0].shape[1], frames[0].shape[0], "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return path


@pytest.fixture
def master(tmp_path: Path) -> ShotStudy:
    path = write(tmp_path / "master.mp4", [moving(number) for number in range(SECONDS * FPS)], crf=16)
    store = Store(tmp_path / "store")
    return study_shots(path, store=store, ledger=Ledger(tmp_path / "store" / "ledger.sqlite3"))


def proof_of(master: ShotStudy, frames: list[Any], tmp_path: Path, *, crf: int = 38) -> FilmProof:
    store = Store(tmp_path / "store")
    made = write(tmp_path / "made.mp4", frames, crf=crf)
    artifact = Artifact(f"{hash(tuple(frame.tobytes() for frame in frames)) & (1 << 64) - 1:064x}", made, "", 0, {})
    return prove_file(master, [(artifact, Fraction(0))], (0, 0, frames[0].shape[1], frames[0].shape[0]), store)[0]


def test_every_picture_of_a_coarse_encode_is_known_again(master: ShotStudy, tmp_path: Path) -> None:
    proof = proof_of(master, [moving(number) for number in range(SECONDS * FPS)], tmp_path)
    assert proof.misses == () and proof.telling == proof.pictures == SECONDS
    assert proof.farthest < BOUND / 2


def test_a_film_that_is_darker_and_flatter_is_the_same_film(master: ShotStudy, tmp_path: Path) -> None:
    toned = [(40 + (moving(number) / 255.0) ** 2 * 90).astype("uint8") for number in range(SECONDS * FPS)]
    assert proof_of(master, toned, tmp_path).misses == ()


@pytest.mark.parametrize(
    ("damage", "places"),
    [
        ([*range(75), *range(100, 200), *range(175, 200)], {3, 4, 5, 6}),  # a second is lost, and the last one twice
        ([*range(50), *range(25, 175)], {2, 3, 4, 5, 6, 7}),  # a second twice
        ([*range(50), *range(125, 150), *range(75, 125), *range(50, 75), *range(150, 200)], {2, 5}),  # two swapped
    ],
    ids=["lost", "doubled", "swapped"],
)
def test_seconds_that_are_not_in_order_are_found(
    master: ShotStudy, tmp_path: Path, damage: list[int], places: set[int]
) -> None:
    proof = proof_of(master, [moving(number) for number in damage], tmp_path)
    assert {int(miss.time) for miss in proof.misses} == places


def test_a_second_of_another_film_is_found(master: ShotStudy, tmp_path: Path) -> None:
    frames = [moving(number) for number in range(SECONDS * FPS)]
    frames[100:125] = [moving(5000 + number)[:, ::-1] for number in range(25)]
    assert {miss.time for miss in proof_of(master, frames, tmp_path).misses} == {4}


def test_black_is_no_proof_and_no_miss(tmp_path: Path) -> None:
    black = [moving(0) * 0 for _ in range(3 * FPS)]
    path = write(tmp_path / "master.mp4", black, crf=16)
    study = study_shots(path, store=Store(tmp_path / "store"), ledger=Ledger(tmp_path / "store" / "ledger.sqlite3"))
    proof = proof_of(study, black, tmp_path)
    assert (proof.pictures, proof.telling, proof.misses) == (3, 0, ())
    # A picture where the master is black is one too many.
    frames = [*black[:FPS], *(moving(number) for number in range(FPS)), *black[:FPS]]
    assert {miss.time for miss in proof_of(study, frames, tmp_path).misses} == {1}


def test_a_letterboxed_film_is_compared_where_it_stands(master: ShotStudy, tmp_path: Path) -> None:
    import numpy as np

    framed = [np.pad(moving(number), ((24, 24), (0, 0), (0, 0))) for number in range(SECONDS * FPS)]
    made = write(tmp_path / "framed.mp4", framed, crf=30)
    artifact = Artifact("ab" * 32, made, "", 0, {})
    proof, _ = prove_file(master, [(artifact, Fraction(0))], (0, 24, *SIZE), Store(tmp_path / "store"))
    assert proof.misses == () and proof.telling == SECONDS


def test_a_numbered_film_is_not_another(tmp_path: Path) -> None:
    for number in (1, 2):
        make_film(tmp_path / f"{number}.mp4", film=number, size=SIZE, fps=FPS, seconds=4, shot_s=1, tone=False)
    store = Store(tmp_path / "store")
    study = study_shots(tmp_path / "1.mp4", store=store, ledger=Ledger(tmp_path / "store" / "ledger.sqlite3"))
    same, _ = prove_file(
        study, [(Artifact("cd" * 32, tmp_path / "1.mp4", "", 0, {}), Fraction(0))], (0, 0, *SIZE), store
    )
    assert same.misses == ()
