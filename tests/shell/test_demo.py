"""The demo film: its shot list is true of its frames, it is the same every time, and what exists is never replaced."""

from __future__ import annotations

import csv
import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.errors import StoreError
from pipeline.film import parse_film
from pipeline.shell.demo.film import ABOUT_NAME, FILM_NAME, SHOTS_NAME, compose_demo, shot_list
from pipeline.shell.demo.reel import frames
from pipeline.shell.demo.score import RATE
from pipeline.shell.demo.script import FPS, DemoScript, Transition, full_script
from pipeline.shell.demo.sound import mix_sound, samples
from pipeline.shell.demo.voice import mouth_at, speak, tell

SHORT = 48  # frames of a shot: two seconds, more than either long transition


def _short(*names: str) -> DemoScript:
    """Return a small, short film of the named shots, entered as in the whole one."""
    whole = full_script()
    shots = tuple(replace(shot, frames=SHORT) for shot in whole.shots if shot.name in names)
    return DemoScript(320, 180, (replace(shots[0], entry="cut", entry_frames=0), *shots[1:]))


@pytest.fixture(scope="module")
def every_shot() -> tuple[DemoScript, NDArray[np.uint8]]:
    whole = full_script()
    script = DemoScript(320, 180, tuple(replace(shot, frames=SHORT) for shot in whole.shots))
    return script, np.stack(list(frames(script)))


def _changes(film: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the mean change of a sample into each frame from the one before; 0 for the first."""
    return np.array([0.0, *(np.abs(b.astype(int) - a).mean() for a, b in pairwise(film))])


def test_the_film_has_the_frames_of_its_script(every_shot: tuple[DemoScript, NDArray[np.uint8]]) -> None:
    script, film = every_shot
    assert film.shape == (script.frame_count, 180, 320, 3)
    assert len(script.shots) == 24


def test_the_whole_film_lasts_two_minutes_and_cuts_on_the_beat() -> None:
    script = full_script()
    assert script.frame_count == 120 * FPS
    assert all(start % 15 == 0 for start in script.starts)
    kinds = [found.kind for found in script.transitions]
    assert (kinds.count("cut"), kinds.count("dissolve"), kinds.count("fade")) == (21, 1, 1)


def test_every_cut_changes_the_picture_far_more_than_any_movement(
    every_shot: tuple[DemoScript, NDArray[np.uint8]],
) -> None:
    script, film = every_shot
    changes = _changes(film)
    cuts = [found.start_frame for found in script.transitions if found.kind == "cut"]
    inside = np.delete(changes, [0, *cuts])
    assert changes[cuts].min() > 1.5 * inside.max()
    assert changes[cuts].min() > 10


def test_something_moves_in_every_shot_besides_the_grain() -> None:
    # Not the credits: they stand still for a moment so that they can be read.
    shots = [replace(shot, frames=4, finish="plain", entry="cut", entry_frames=0) for shot in full_script().shots[:-1]]
    script = DemoScript(320, 180, tuple(shots))
    film = list(frames(script))
    for shot, start in zip(script.shots, script.starts, strict=True):
        changed = [np.abs(b.astype(int) - a).mean() for a, b in pairwise(film[start : start + shot.frames])]
        assert min(changed) > 0.05, shot.name


def test_no_two_neighbouring_shots_share_their_colours(every_shot: tuple[DemoScript, NDArray[np.uint8]]) -> None:
    script, film = every_shot
    middles = [film[start + SHORT // 2].reshape(-1, 3).astype(float) for start in script.starts]
    for (before, after), shot in zip(pairwise(middles), script.shots[1:], strict=True):
        assert np.abs(before.mean(axis=0) - after.mean(axis=0)).max() > 12, shot.name


def test_a_fade_is_black_in_its_middle_and_bright_outside(every_shot: tuple[DemoScript, NDArray[np.uint8]]) -> None:
    script, film = every_shot
    fade = next(found for found in script.transitions if found.kind == "fade")
    light = film.mean(axis=(1, 2, 3))
    middle = (fade.start_frame + fade.end_frame) // 2
    assert light[middle - 1 : middle + 1].max() == 0
    assert (np.diff(light[fade.start_frame : middle]) <= 0).all()
    assert (np.diff(light[middle : fade.end_frame]) >= 0).all()
    unfaded = list(
        frames(replace(script, shots=tuple(replace(s, entry="cut", entry_frames=0) for s in script.shots[7:9])))
    )
    first = script.starts[7]
    for number in (fade.start_frame - 1, fade.end_frame):
        # The grain depends on the frame's number in the film; nothing else may differ.
        assert np.abs(film[number].astype(int) - unfaded[number - first]).mean() < 1.5
    for number in (fade.start_frame, fade.end_frame - 1):
        assert film[number].mean() < unfaded[number - first].mean() * 0.98


def test_a_dissolve_mixes_both_shots_through_its_range_and_nowhere_else() -> None:
    script = _short("fireworks", "snow")
    (dissolve,) = script.transitions
    assert dissolve == Transition("dissolve", SHORT, SHORT + 24)
    mixed = list(frames(script))
    alone = list(
        frames(replace(script, shots=(script.shots[0], replace(script.shots[1], entry="cut", entry_frames=0))))
    )
    differs = [not np.array_equal(a, b) for a, b in zip(mixed, alone, strict=True)]
    assert [n for n, different in enumerate(differs) if different] == list(range(*_range(dissolve)))
    # Night turns into a snowy day, brighter with every frame.
    light = [float(frame.mean()) for frame in mixed[dissolve.start_frame : dissolve.end_frame]]
    assert light == sorted(light)


def _range(transition: Transition) -> tuple[int, int]:
    return transition.start_frame, transition.end_frame


def test_the_same_script_gives_the_same_frames_and_the_same_sound() -> None:
    script = _short("storyteller", "aurora")
    assert all(np.array_equal(a, b) for a, b in zip(frames(script), frames(script), strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(samples(script), samples(script), strict=True))


def test_the_sound_is_as_long_as_the_film_and_neither_silent_nor_clipped() -> None:
    script = _short("hills", "storyteller", "train")
    sound = mix_sound(script)
    assert len(sound) == script.frame_count * RATE // FPS
    assert 0.5 < np.abs(sound).max() < 0.8
    seconds = sound[: len(sound) // RATE * RATE].reshape(-1, RATE, 2)
    assert (np.sqrt((seconds[:-1] ** 2).mean(axis=(1, 2))) > 0.01).all()


def test_the_mouth_opens_only_while_the_voice_sounds() -> None:
    words = tell("storyteller")
    voice = speak(words, 5.0, RATE)
    opened = np.array([mouth_at(words, frame / FPS)[0] for frame in range(5 * FPS)])
    loud = np.sqrt((voice.reshape(5 * FPS, -1) ** 2).mean(axis=1))
    assert opened.max() > 0.8
    assert 0.3 < (opened > 0).mean() < 0.95
    assert loud[opened > 0.2].mean() > 5 * loud[opened == 0].mean()
    assert tell("train") == ()


def test_composing_writes_a_film_and_the_true_shot_list_beside_it(tmp_path: Path) -> None:
    script = _short("forest", "sea", "clock")
    heard: list[float] = []
    made = compose_demo(tmp_path / "masters", on_progress=heard.append, script=script)
    names = sorted(path.name for path in (tmp_path / "masters").iterdir())
    assert names == sorted((ABOUT_NAME, FILM_NAME, SHOTS_NAME))
    about = tmp_path / "masters" / ABOUT_NAME
    assert parse_film(about.read_text(), path=about).link == "https://example.org/red-kite"
    assert heard == sorted(heard) and heard[-1] == 1.0
    with av.open(str(made.path)) as film:
        picture, sound = film.streams.video[0], film.streams.audio[0]
        assert (picture.codec.name, picture.width, picture.height, picture.average_rate) == ("h264", 320, 180, FPS)
        assert picture.pix_fmt == "yuv420p" and picture.codec_context.colorspace == 1
        assert (sound.codec.name, sound.channels, sound.rate) == ("aac", 2, RATE)
        assert sum(1 for _ in film.decode(picture)) == script.frame_count == made.frame_count
    with made.shots_path.open(newline="") as listed:
        rows = [(row["kind"], int(row["start_frame"]), int(row["end_frame"])) for row in csv.DictReader(listed)]
    assert rows == [("fade", SHORT - 18, SHORT + 18), ("cut", 2 * SHORT, 2 * SHORT)]


def test_an_existing_film_or_another_shot_list_is_never_overwritten(tmp_path: Path) -> None:
    script = _short("dunes", "clock")
    (tmp_path / FILM_NAME).write_bytes(b"mine")
    with pytest.raises(StoreError, match="never overwritten"):
        compose_demo(tmp_path, script=script)
    assert (tmp_path / FILM_NAME).read_bytes() == b"mine"
    (tmp_path / FILM_NAME).unlink()
    (tmp_path / SHOTS_NAME).write_text("mine")
    with pytest.raises(StoreError, match=SHOTS_NAME):
        compose_demo(tmp_path, script=script)
    assert [path.name for path in tmp_path.iterdir()] == [SHOTS_NAME]


def test_what_a_killed_run_left_is_removed_and_its_shot_list_kept(tmp_path: Path) -> None:
    script = _short("dunes", "clock")
    gone = 2**22 + 1  # above Linux's highest process number
    left = tmp_path / f".matinee-demo-{gone}"
    left.mkdir()
    (left / "film.mp4").write_bytes(b"half")
    working = tmp_path / f".matinee-demo-{os.getppid()}"
    working.mkdir()
    (tmp_path / SHOTS_NAME).write_text(shot_list(script))
    compose_demo(tmp_path, script=script)
    names = (working.name, ABOUT_NAME, FILM_NAME, SHOTS_NAME)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_a_film_toml_of_the_users_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / ABOUT_NAME).write_text('title = "Mine"\n')
    compose_demo(tmp_path, script=_short("dunes", "clock"))
    assert (tmp_path / ABOUT_NAME).read_text() == 'title = "Mine"\n'


def test_a_failed_run_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(share: float) -> None:
        raise KeyboardInterrupt(f"after {share:.0%}")

    with pytest.raises(KeyboardInterrupt):
        compose_demo(tmp_path, on_progress=interrupt, script=_short("dunes", "clock"))
    assert list(tmp_path.iterdir()) == []
