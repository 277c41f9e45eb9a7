"""Decisions are written into film.toml so that the command line reads them, and nobody's are lost."""

from __future__ import annotations

import json
import threading
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import ProjectError
from pipeline.plan.decisions import Decided, LockedStretch, RejectedStretch
from pipeline.plan.zones import Frames
from pipeline.shell.decisions import read_decided, save_decided
from pipeline.shell.projects import open_project, read_film, save_film
from pipeline.timebase import FrameRate
from tests.conftest import Workplace

RATE = FrameRate(Fraction(24000, 1001))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return open_project(tmp_path / "projects", "a" * 64, tmp_path / "film.mov")


def stretches(most: int) -> st.SearchStrategy[list[Frames]]:
    pairs = st.tuples(st.integers(0, most), st.integers(1, 500))
    return st.lists(pairs.map(lambda one: (one[0], one[0] + one[1])), max_size=5, unique=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    locked=stretches(200_000),
    rejected=stretches(200_000),
    fps=st.sampled_from([Fraction(24), Fraction(24000, 1001), Fraction(30000, 1001), Fraction(25), Fraction(17, 2)]),
)
def test_what_was_saved_is_read_back_to_the_frame(
    tmp_path: Path, locked: list[Frames], rejected: list[Frames], fps: Fraction
) -> None:
    rate = FrameRate(fps)
    folder = open_project(tmp_path / f"projects-{len([*tmp_path.iterdir()])}", "a" * 64, tmp_path / "film.mov")
    mine = Decided(
        tuple(LockedStretch(one, "why, “really”") for one in locked),
        tuple(RejectedStretch(one, "montage", "montage h2") for one in rejected),
    )
    saved = save_decided(folder, mine, read_decided(folder, rate), rate=rate)
    assert saved.decided == mine
    assert read_decided(folder, rate) == saved


def test_timecode_that_begins_elsewhere_is_written_as_the_film_counts(folder: Path) -> None:
    read = read_film(folder)
    film = read.film.model_copy(update={"timecode_start": "01:00:00:00"})
    save_film(folder, film, expected=read.version)
    save_decided(folder, Decided((LockedStretch((24, 48)),)), read_decided(folder, RATE), rate=RATE)
    assert 'from = "01:00:01:00"' in (folder / "film.toml").read_text()
    assert read_decided(folder, RATE).decided.locked == (LockedStretch((24, 48)),)


def test_two_editors_of_different_highlights_both_keep_theirs(folder: Path) -> None:
    first, second = read_decided(folder, RATE), read_decided(folder, RATE)
    save_decided(folder, Decided((LockedStretch((0, 50)),)), first, rate=RATE)
    merged = save_decided(folder, Decided((), (RejectedStretch((100, 150)),)), second, rate=RATE)
    assert merged.decided == Decided((LockedStretch((0, 50)),), (RejectedStretch((100, 150)),))
    assert read_decided(folder, RATE) == merged


def test_two_editors_of_one_highlight_get_a_conflict_and_the_first_keeps_theirs(folder: Path) -> None:
    first, second = read_decided(folder, RATE), read_decided(folder, RATE)
    kept = save_decided(folder, Decided((LockedStretch((0, 50)),)), first, rate=RATE)
    text = (folder / "film.toml").read_text()
    with pytest.raises(ProjectError, match="same highlights meanwhile: 00:00:00:10–00:00:02:12") as refused:
        save_decided(folder, Decided((LockedStretch((10, 60)),)), second, rate=RATE)
    assert refused.value.data["conflict"]
    assert (folder / "film.toml").read_text() == text
    assert read_decided(folder, RATE) == kept


def test_many_editors_at_once_lose_nothing(folder: Path) -> None:
    base = read_decided(folder, RATE)
    faults: list[Exception] = []

    def work(number: int) -> None:
        try:
            save_decided(folder, Decided((LockedStretch((number * 100, number * 100 + 50)),)), base, rate=RATE)
        except ProjectError as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    found = {one.frames for one in read_decided(folder, RATE).decided.locked}
    assert found == {(number * 100, number * 100 + 50) for number in range(6)}


def test_what_else_people_wrote_meanwhile_stays_with_its_comments(folder: Path) -> None:
    base = read_decided(folder, RATE)
    path = folder / "film.toml"
    path.write_text(
        path.read_text() + 'title = "Kite"  # as on the poster\n\n# the ending\n[[never]]\nfrom = 60\nto = 70\n'
    )
    save_decided(folder, Decided((LockedStretch((0, 50)),)), base, rate=RATE)
    text = path.read_text()
    assert "# as on the poster" in text and "# the ending" in text
    film = read_film(folder).film
    assert film.title == "Kite" and len(film.never) == len(film.locked) == 1


def test_nothing_to_write_writes_nothing(folder: Path) -> None:
    base = read_decided(folder, RATE)
    before = (folder / "film.toml").stat().st_mtime_ns
    assert save_decided(folder, base.decided, base, rate=RATE) == base
    assert (folder / "film.toml").stat().st_mtime_ns == before


def test_the_command_line_cuts_what_was_locked_and_leaves_what_was_rejected(workplace: Workplace) -> None:
    rate = FrameRate(Fraction(24))

    def passages() -> list[Frames]:
        ran = workplace.matinee("highlights", workplace.film, "--preset", "short", "--json")
        assert ran.code == 0, ran.err
        return [tuple(one["parts"][0]["frames"]) for one in json.loads(ran.out)["highlights"]]

    chosen = passages()
    (folder,) = (path for path in (workplace.home / "projects").iterdir() if path.is_dir())
    mine = Decided((LockedStretch((29, 68), "by eye"),), (RejectedStretch(chosen[0]),))
    save_decided(folder, mine, read_decided(folder, rate), rate=rate)
    assert passages()[0] == (29, 68)
    assert chosen[0] not in passages()


def test_a_lock_that_is_moved_keeps_its_comments_and_others_are_left_as_they_are(folder: Path) -> None:
    path = folder / "film.toml"
    path.write_text(
        path.read_text()
        + '# the kite\n[[locked]]\nfrom = 1  # to the beat\nto = 3\nnote = "rises"\n\n'
        + '# the fall\n[[locked]]\nfrom = "00:00:10:00"\nto = "00:00:12:00"   # not later\n'
    )
    base = read_decided(folder, FrameRate(Fraction(24)))
    moved = (LockedStretch((24, 80), "rises"), *base.decided.locked[1:])
    saved = save_decided(folder, Decided(moved), base, rate=FrameRate(Fraction(24)))
    text = path.read_text()
    for kept in ("# the kite", "# to the beat", "# the fall", "# not later", 'from = "00:00:10:00"'):
        assert kept in text
    assert saved.decided.locked == moved
    gone = save_decided(folder, Decided(moved[1:]), saved, rate=FrameRate(Fraction(24)))
    assert gone.decided.locked == moved[1:] == read_decided(folder, FrameRate(Fraction(24))).decided.locked
    assert "# not later" in path.read_text()


@pytest.mark.parametrize("frames", [(50, 10), (100, 100), (-5, 3), (10, 1_000_000_000)])
@pytest.mark.parametrize("kind", ["locked", "rejected"])
def test_what_is_no_stretch_is_not_written(folder: Path, frames: Frames, kind: str) -> None:
    base, text = read_decided(folder, RATE), (folder / "film.toml").read_text()
    mine = Decided((LockedStretch(frames),)) if kind == "locked" else Decided((), (RejectedStretch(frames),))
    with pytest.raises(ProjectError, match="no stretch of a film; nothing was written"):
        save_decided(folder, mine, base, rate=RATE)
    assert (folder / "film.toml").read_text() == text
