"""A master is studied once; afterwards it is known by its bytes, wherever it lies and whatever it is called."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.errors import MasterError
from pipeline.plan.shots import Decoding, ShotList
from pipeline.shell import study
from pipeline.shell.ledger import Ledger
from pipeline.shell.store import Store
from pipeline.shell.study import ShotStudy, Study, Trust, check_complete, study_master, study_shots

from .conftest import noise, write_film


@dataclass(frozen=True)
class Desk:
    store: Store
    ledger: Ledger

    def study(self, path: Path, trust: Trust = "identity") -> Study:
        return study_master(path, store=self.store, ledger=self.ledger, trust=trust)

    def shots(self, path: Path) -> ShotStudy:
        return study_shots(path, store=self.store, ledger=self.ledger)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(Store(tmp_path / "store"), Ledger(tmp_path / "ledger.sqlite3"))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sound = ("-c:a", "aac")
    folder = tmp_path_factory.mktemp("film")
    path = write_film(folder / "film.mp4", rate="25", frames=100, sound=noise(4), sound_options=sound)
    os.utime(path, ns=(0, 0))
    return path


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let films be older than they are, so that they are trusted."""
    monkeypatch.setattr("pipeline.shell.digests.TRUST_AFTER_NS", -(10**12))


@pytest.mark.usefixtures("settled")
def test_what_is_known_is_what_was_found_out(film: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first = desk.study(film)
    assert first.is_new and first.analysis.timeline.frame_count == 100
    monkeypatch.setattr("pipeline.shell.probe.probe", None)
    monkeypatch.setattr("pipeline.shell.digests.sha256_of", None)
    again = desk.study(film)
    assert again == replace(first, is_new=False)


@pytest.mark.usefixtures("settled")
def test_another_name_or_place_is_the_same_film(film: Path, desk: Desk, tmp_path: Path) -> None:
    first = desk.study(film)
    copy = shutil.copy(film, tmp_path / "copy.mov")
    again = desk.study(Path(copy), trust="bytes")
    assert not again.is_new and again.digest == first.digest and again.artifact == first.artifact


@pytest.mark.usefixtures("settled")
def test_an_analysis_that_was_damaged_is_made_again(film: Path, desk: Desk) -> None:
    first = desk.study(film)
    first.artifact.path.unlink()
    again = desk.study(film)
    assert again.is_new and again.analysis == first.analysis and again.facts == first.facts


@pytest.mark.usefixtures("settled")
def test_other_tools_study_again(film: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first = desk.study(film)
    monkeypatch.setattr(study, "_shot_tools", lambda: "other tools")
    again = desk.study(film)
    assert again.artifact.key != first.artifact.key
    assert again.features_artifact.key == first.features_artifact.key, "features do not depend on the shots' rules"
    monkeypatch.setattr(study, "feature_tools", lambda: "other tools")
    assert desk.study(film).features_artifact.key != first.features_artifact.key


@pytest.mark.usefixtures("settled")
def test_shots_need_no_features_and_are_not_found_twice(
    film: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as alone:
        alone.setattr("pipeline.shell.features.measure_features", None)
        found = desk.shots(film)
    monkeypatch.setattr("pipeline.shell.shots.find_shots", None)
    whole = desk.study(film)
    assert found.is_new and whole.is_new
    assert (whole.shots, whole.artifact, whole.thumbnails) == (found.shots, found.artifact, found.thumbnails)
    assert desk.shots(film) == replace(found, is_new=False)


@pytest.mark.usefixtures("settled")
def test_a_film_that_changes_while_it_is_studied_leaves_nothing(
    film: Path, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(shutil.copy(film, tmp_path / "film.mp4"))
    desk.ledger.remember_digest(study.DigestReader(path, desk.ledger).identity, "0" * 64, name="film.mp4")
    original = check_complete

    def change(where: Path, found: ShotList) -> None:
        with path.open("ab") as file:
            file.write(b"more")
        original(where, found)

    monkeypatch.setattr(study, "check_complete", change)
    with pytest.raises(MasterError, match="changed while it was being read"):
        desk.study(path)
    assert not list((tmp_path / "store").rglob("receipt.json"))


def test_a_film_cut_off_is_named_and_a_little_less_than_claimed_is_not(film: Path, desk: Desk) -> None:
    found = desk.shots(film).shots
    for claimed, decoded in ((60, "57.9"), (600, 587)):
        short = replace(found, decoding=Decoding(0, Fraction(decoded), Fraction(claimed)))
        with pytest.raises(MasterError, match=f"is cut off: it says {claimed}.0 s, but its pictures end at {decoded}"):
            check_complete(film, short)
    for claimed, decoded in ((60, "58.1"), (600, 589), (0, 60)):
        check_complete(film, replace(found, decoding=Decoding(0, Fraction(decoded), Fraction(claimed))))


def test_what_is_no_film_is_refused_before_it_is_read(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(bytes(9999))
    with pytest.raises(MasterError, match="not a film that can be read"):
        desk.study(tmp_path / "x.mp4")
