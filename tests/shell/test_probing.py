"""Trials of real pictures: worse ones score less and cost less, what is known is not tried again."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.argv import ProbeTargets, probe_argv
from pipeline.edit import Edit, Gap, MasterSpan
from pipeline.errors import FfmpegFailed, InputError
from pipeline.ladders import Encoding
from pipeline.plan.clips import Film
from pipeline.plan.ladder import PictureLadder, PictureRendition
from pipeline.plan.probes import ShotTrials, plan_trials
from pipeline.plan.quality import fit_curves
from pipeline.plan.reels import Grid, Reel
from pipeline.plan.shots import Timeline
from pipeline.shell import probing
from pipeline.shell.ffmpeg import ffmpeg_exe
from pipeline.shell.ledger import Ledger
from pipeline.shell.probe import probe
from pipeline.shell.probing import probe_key, probe_shot, probe_shots
from pipeline.shell.render import Workshop
from pipeline.shell.store import Store
from pipeline.shell.toolchain import describe_toolchain
from pipeline.timebase import FrameRate, Span
from tests.specimens import write_picture

RATE = FrameRate(Fraction(24))
SHOT = 60
LADDER = PictureLadder(
    RATE,
    tuple(
        PictureRendition(width, height, 1, height, 2 * height, Fraction(80))
        for width, height in ((128, 72), (256, 144), (320, 180))
    ),
)
ENCODING = Encoding(preset="veryfast", references=1, b_frames=2)
GRAIN = "noise=c0s=24:c0f=t+u:all_seed=7:enable='gte(n,60)'"
"""The second shot is noise over the same picture."""


@dataclass(frozen=True)
class Stage:
    """A film of two shots, a calm and a noisy one, and a workshop."""

    workshop: Workshop
    reel: Reel
    films: dict[str, Film]

    def trials(self, first: int, end: int) -> ShotTrials:
        return plan_trials(self.reel, (first, end), LADDER, ENCODING, self.films, keyframes=(0, 48, SHOT))

    @property
    def shots(self) -> list[ShotTrials]:
        return [self.trials(0, SHOT), self.trials(SHOT, 2 * SHOT)]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("probing") / "two [shots], it's; 1.mp4"
    return write_picture(target, size=(320, 180), rate=24, seconds=5, filters=GRAIN, x264="qp=12")


@pytest.fixture
def stage(film: Path, tmp_path: Path) -> Stage:
    facts, digest = probe(film), hashlib.sha256(film.read_bytes()).hexdigest()
    workshop = Workshop(Store(tmp_path / "store"), describe_toolchain(Ledger(tmp_path / "l.sqlite3")), {digest: film})
    edit = Edit("film", (MasterSpan(digest, Span.of_frames(0, 2 * SHOT, RATE)), Gap(Fraction(1))))
    reel = Reel.of(edit, Grid(RATE, 1))
    return Stage(workshop, reel, {digest: Film(digest, facts, Timeline(RATE, 2 * SHOT))})


def test_what_is_coarser_scores_less_and_a_noisy_shot_costs_more(stage: Stage) -> None:
    calm, noisy = probe_shots(stage.workshop, stage.shots)
    for found in (calm, noisy):
        coarse, fine = found.probes
        assert 0 < coarse.vmaf < fine.vmaf < 100
        assert coarse.other_bits < fine.other_bits
        assert all(one.key_bits > one.other_bits for one in found.probes)
    assert noisy.probes[1].other_bits > 1.2 * calm.probes[1].other_bits


def test_what_the_curves_say_of_another_size_and_quality_is_what_a_trial_there_scores(stage: Stage) -> None:
    shot = stage.shots[0]
    curves = fit_curves(probe_shot(stage.workshop, shot).probes)
    another = stage.trials(0, SHOT).trials[1]
    node = replace(another.node, takes=(replace(another.node.takes[0], crf=Fraction(30)),))
    only = replace(shot, trials=(replace(another, node=node),))
    measured = probe_shot(stage.workshop, only).probes[0]
    assert measured.vmaf == pytest.approx(curves.vmaf(measured.scale, 30), abs=4)


def test_what_is_known_is_not_tried_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    first = probe_shots(stage.workshop, stage.shots)
    monkeypatch.setattr(probing, "run_ffmpeg", lambda _: pytest.fail("tried again"))
    assert probe_shots(stage.workshop, stage.shots) == first


def test_a_run_that_failed_keeps_the_shots_that_it_had_tried(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    calm, noisy = stage.shots
    probe_shot(stage.workshop, calm)

    def fail(argv: tuple[str, ...]) -> None:
        raise FfmpegFailed.of(argv, exit_code=1, stderr_tail="", reason="exit code 1")

    monkeypatch.setattr(probing, "run_ffmpeg", fail)
    with pytest.raises(FfmpegFailed):
        probe_shots(stage.workshop, (calm, noisy))
    assert stage.workshop.store.find(probe_key(stage.workshop, calm)) is not None
    assert stage.workshop.store.find(probe_key(stage.workshop, noisy)) is None


def test_an_ffmpeg_that_cannot_score_is_named(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(argv: tuple[str, ...]) -> None:
        raise FfmpegFailed.of(argv, exit_code=8, stderr_tail="[error] No such filter: 'libvmaf'", reason="exit code 8")

    monkeypatch.setattr(probing, "run_ffmpeg", fail)
    with pytest.raises(InputError, match="cannot score"):
        probe_shot(stage.workshop, stage.shots[0])


def test_a_picture_too_small_for_vmaf_is_scored_larger(stage: Stage) -> None:
    tiny = PictureLadder(RATE, (PictureRendition(32, 16, 1, 24, 48, Fraction(80)),))
    found = probe_shot(stage.workshop, plan_trials(stage.reel, (0, 30), tiny, ENCODING, stage.films, keyframes=(0,)))
    assert found.probes[0].vmaf < found.probes[1].vmaf


def test_trials_are_the_same_every_time(stage: Stage, tmp_path: Path) -> None:
    again = replace(stage.workshop, store=Store(tmp_path / "another"))
    assert probe_shot(stage.workshop, stage.shots[1]) == probe_shot(again, stage.shots[1])


def test_an_edit_that_shows_the_same_frames_shares_what_is_known(stage: Stage) -> None:
    edit = replace(stage.reel.edit, name="another", parts=stage.reel.edit.parts[:1])
    reel = Reel.of(edit, stage.reel.grid)
    trials = plan_trials(reel, (0, SHOT), LADDER, ENCODING, stage.films, keyframes=(0, 48))
    assert probe_key(stage.workshop, trials) == probe_key(stage.workshop, stage.shots[0])


@pytest.mark.parametrize("span", [(0, 1), (3, 8), (2 * SHOT, 2 * SHOT + 24)], ids=["one frame", "five", "black"])
def test_odd_shots_are_tried_as_well(stage: Stage, span: tuple[int, int]) -> None:
    found = probe_shot(stage.workshop, stage.trials(*span))
    assert all(0 <= one.vmaf <= 100 and one.key_bits > 0 for one in found.probes)


def test_progress_ends_at_all_of_it(stage: Stage) -> None:
    told: list[float] = []
    probe_shots(stage.workshop, stage.shots, lambda fraction, _: told.append(fraction))
    assert told == [0.5, 1.0]


def test_a_long_shot_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    film = write_picture(tmp_path / "long.mp4", size=(320, 180), rate=24, seconds=110, x264="preset=ultrafast")
    digest, frames = hashlib.sha256(film.read_bytes()).hexdigest(), 110 * 24
    reel = Reel.of(Edit("film", (MasterSpan(digest, Span.of_frames(0, frames, RATE)),)), Grid(RATE, 1))
    films = {digest: Film(digest, probe(film), Timeline(RATE, frames))}

    def peak_mb(seconds: int) -> float:
        end = seconds * 24
        shot = plan_trials(reel, (0, end), LADDER, ENCODING, films, keyframes=range(0, frames, 48))
        targets = [ProbeTargets(f"file:{tmp_path}/{n}.txt", f"{tmp_path}/{n}.json") for n in range(len(shot.trials))]
        argv = probe_argv([(one.node, one.step) for one in shot.trials], targets, lambda _: str(film))
        command = [str(ffmpeg_exe()), "-y", "-v", "error", "-nostdin", *argv]
        _, status, used = os.wait4(os.posix_spawn(command[0], command, os.environ), 0)
        assert status == 0
        return used.ru_maxrss / 1000

    # Half of 55 seconds more of 320 by 180 are 57 MB.
    assert peak_mb(110) < peak_mb(55) + 20
