from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.plan.miniatures import CHROMA_SIZE
from pipeline.plan.shots import Transition
from pipeline.plan.stretch import Stretch
from pipeline.plan.transitions import TransitionFinder, find_transitions, joined
from pipeline.timebase import FrameRate

RATE = FrameRate(Fraction(24))
WIDTH, HEIGHT = CHROMA_SIZE
SCALE = 4
Pictures = NDArray[np.float64]


def shot(seed: int, frames: int, *, level: float = 110.0) -> Pictures:
    """A picture of its own, with fine detail, that drifts a little."""
    random = np.random.default_rng(seed)
    coarse = random.uniform(-70, 70, (HEIGHT, WIDTH)).repeat(SCALE, 0).repeat(SCALE, 1)
    coarse = sum(np.roll(coarse, k, axis=1) for k in range(-6, 7)) / 6  # soft shapes, as a picture's are
    fine = random.uniform(-25, 25, (HEIGHT * SCALE, WIDTH * SCALE))
    whole = coarse + fine + level
    return np.stack([_rolled(whole, k / 40) for k in range(frames)])


def _rolled(picture: Pictures, pixels: float) -> Pictures:
    whole, part = divmod(pixels, 1)
    return (1 - part) * np.roll(picture, int(whole), axis=1) + part * np.roll(picture, int(whole) + 1, axis=1)


def flat(frames: int, level: float) -> Pictures:
    return np.full((frames, HEIGHT * SCALE, WIDTH * SCALE), level)


def mixed(before: Pictures, after: Pictures) -> Pictures:
    share = (np.arange(len(before)) + 1)[:, None, None] / (len(before) + 1)
    return before * (1 - share) + after * share


def stretch_of(*parts: Pictures) -> Stretch:
    film = np.rint(np.clip(np.concatenate(parts), 0, 255)).astype(np.uint8)
    return Stretch(0, film, np.full((len(film), 2, HEIGHT, WIDTH), 128, np.uint8))


def close(found: Transition, kind: str, start: int, end: int, *, within: int = 2) -> bool:
    return found.kind == kind and abs(found.start_frame - start) <= within and abs(found.end_frame - end) <= within


def test_a_cut_is_the_first_frame_of_the_new_shot() -> None:
    film = stretch_of(shot(1, 40), shot(2, 40))
    assert find_transitions(film, RATE) == (Transition("cut", 40, 40),)


def test_a_still_film_has_no_transitions() -> None:
    assert find_transitions(stretch_of(shot(1, 120)), RATE) == ()


@pytest.mark.parametrize("length", [8, 12, 24, 40])
def test_a_dissolve_is_found_with_its_ends(length: int) -> None:
    one, two = shot(1, 60 + length), shot(2, 60 + length)
    film = stretch_of(one[:60], mixed(one[60:], two[:length]), two[length:])
    (found,) = find_transitions(film, RATE)
    assert close(found, "dissolve", 60, 60 + length)


@pytest.mark.parametrize("colour", [0.0, 255.0])
def test_a_fade_out_and_in_is_one_range_over_its_flat_middle(colour: float) -> None:
    one, two, blank = shot(1, 72), shot(2, 72), flat(12, colour)
    film = stretch_of(one[:60], mixed(one[60:], blank), blank, mixed(blank, two[:12]), two[12:])
    (found,) = find_transitions(film, RATE)
    assert close(found, "fade", 60, 96)


def test_the_opening_fade_starts_where_black_ends() -> None:
    one, black = shot(1, 90), flat(20, 0)
    film = stretch_of(black, mixed(black, one[:20]), one[20:])
    (found,) = find_transitions(film, RATE)
    assert close(found, "fade", 20, 40)


def test_a_closing_fade_ends_where_black_starts() -> None:
    one, black = shot(1, 90), flat(20, 0)
    film = stretch_of(one[:70], mixed(one[70:], black), black)
    (found,) = find_transitions(film, RATE)
    assert close(found, "fade", 70, 90)


def test_long_black_between_two_fades_is_a_stretch_of_its_own() -> None:
    one, two, black = shot(1, 72), shot(2, 72), flat(72, 0)
    film = stretch_of(one[:60], mixed(one[60:], black[:12]), black, mixed(black[:12], two[:12]), two[12:])
    first, second = find_transitions(film, RATE)
    assert close(first, "fade", 60, 72)
    assert close(second, "fade", 144, 156)


def test_hard_cuts_to_and_from_black_are_cuts() -> None:
    film = stretch_of(shot(1, 40), flat(12, 0), shot(2, 40))
    assert find_transitions(film, RATE) == (Transition("cut", 40, 40), Transition("cut", 52, 52))


def test_a_flash_is_no_transition() -> None:
    one = shot(1, 80)
    lit = one[40:42] * 0.2 + 200
    film = stretch_of(one[:40], lit, one[42:])
    assert find_transitions(film, RATE) == ()


def test_a_two_frame_shot_between_two_others_is_kept() -> None:
    film = stretch_of(shot(1, 40), shot(2, 2), shot(3, 40))
    assert [found.start_frame for found in find_transitions(film, RATE)] == [40, 42]


def test_a_cut_from_black_is_one_cut() -> None:
    film = stretch_of(flat(40, 0), shot(1, 40))
    assert find_transitions(film, RATE) == (Transition("cut", 40, 40),)


def test_a_pan_is_no_dissolve() -> None:
    random = np.random.default_rng(5)
    wide = random.uniform(30, 220, (HEIGHT * SCALE, WIDTH * SCALE * 4))
    pan = np.stack([wide[:, k : k + WIDTH * SCALE] for k in range(120)])
    assert find_transitions(stretch_of(pan), RATE) == ()


def test_a_change_of_light_is_no_dissolve() -> None:
    one = shot(1, 100, level=90)
    film = stretch_of(one[:40], mixed(one[40:60], one[40:60] * 1.4), one[60:] * 1.4)
    assert find_transitions(film, RATE) == ()


def test_the_rate_stretches_every_length() -> None:
    one, two = shot(1, 160), shot(2, 160)
    film = stretch_of(one[:130], mixed(one[130:], two[:30]), two[30:])
    (found,) = find_transitions(film, FrameRate(Fraction(60)))
    assert close(found, "dissolve", 130, 160, within=3)


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_the_shortest_films_have_no_transitions(frames: int) -> None:
    assert find_transitions(stretch_of(shot(1, frames)), RATE) == ()


@pytest.mark.parametrize("frames", [1, 2, 3, 4])
@pytest.mark.parametrize("light", [2.2, 0.0])
def test_a_flash_or_a_blank_of_up_to_four_frames_is_no_transition(frames: int, light: float) -> None:
    one = shot(1, 80)
    film = stretch_of(one[:40], one[40 : 40 + frames] * light, one[40 + frames :])
    assert find_transitions(film, FrameRate(Fraction(30))) == ()


def test_a_strobe_is_no_transition() -> None:
    one = shot(1, 120, level=90)
    lights = np.array([0.6 if k // 3 % 2 else 1.5 for k in range(24)])[:, None, None]
    assert find_transitions(stretch_of(one[:48], one[48:72] * lights, one[72:]), RATE) == ()


def test_another_shot_of_six_frames_between_two_halves_of_one_is_two_cuts() -> None:
    one = shot(1, 80)
    film = stretch_of(one[:40], shot(2, 6), one[46:])
    assert [found.start_frame for found in find_transitions(film, RATE)] == [40, 46]


def test_pictures_that_are_each_held_for_six_frames_hold_no_cuts() -> None:
    random = np.random.default_rng(3)
    wide = sum(np.roll(random.uniform(0, 36, (HEIGHT * SCALE, WIDTH * SCALE * 5)), k, axis=1) for k in range(7))
    stepped = np.stack([wide[:, 3 * (k // 6) : 3 * (k // 6) + WIDTH * SCALE] for k in range(240)])
    assert find_transitions(stretch_of(stepped), FrameRate(Fraction(60))) == ()


@pytest.mark.parametrize(("across", "down"), [(1, 0), (-1, 0), (0, 1), (1, 1)])
@pytest.mark.parametrize("length", [12, 24, 36])
def test_a_wipe_is_found_with_its_ends(across: int, down: int, length: int) -> None:
    one, two = shot(1, 60 + length), shot(2, 60 + length)
    rows, columns = np.mgrid[0 : HEIGHT * SCALE, 0 : WIDTH * SCALE]
    place = across * columns / (WIDTH * SCALE - 1) + down * rows / (HEIGHT * SCALE - 1)
    place = (place - place.min()) / (place.max() - place.min())
    passed = place < ((np.arange(length) + 1) / (length + 1))[:, None, None]
    film = stretch_of(one[:60], np.where(passed, two[:length], one[60:]), two[length:])
    (found,) = find_transitions(film, RATE)
    assert close(found, "wipe", 60, 60 + length, within=4)


def test_a_title_that_comes_and_goes_is_no_dissolve() -> None:
    one = shot(1, 120)
    titled = one.copy()
    titled[:, 12:22, 16:48] = 235
    film = stretch_of(
        one[:30], mixed(one[30:50], titled[30:50]), titled[50:80], mixed(titled[80:100], one[80:100]), one[100:]
    )
    assert find_transitions(film, RATE) == ()


def test_a_picture_that_a_keyframe_renews_is_no_cut() -> None:
    one = shot(1, 80)
    blurred = one[:40].reshape(40, HEIGHT, SCALE, WIDTH, SCALE).mean(axis=(2, 4)).repeat(SCALE, 1).repeat(SCALE, 2)
    worn = (
        one[:40] + (blurred - one[:40]) * np.linspace(0, 0.3, 40)[:, None, None] + np.linspace(0, 4, 40)[:, None, None]
    )
    film = stretch_of(worn, one[40:])
    assert find_transitions(Stretch(0, film.luma, film.chroma, (40,)), RATE) == ()


def test_what_is_found_picture_by_picture_is_what_is_found_at_once() -> None:
    shots = [shot(seed, 240) for seed in range(24)]
    parts = [shots[0][:200]]
    for before, after in pairwise(shots):
        parts += [mixed(before[200:220], after[:20]), after[20:200]] if len(parts) % 3 else [after[:200]]
    film = stretch_of(*parts)
    finder = TransitionFinder(RATE)
    for luma, chroma in zip(film.luma, film.chroma, strict=True):
        finder.add(luma, chroma)
    assert finder.finish() == find_transitions(film, RATE)
    assert len(find_transitions(film, RATE)) == 23


def test_of_findings_that_overlap_the_longest_stays() -> None:
    cut, short, long = Transition("cut", 10, 10), Transition("dissolve", 20, 30), Transition("dissolve", 18, 32)
    assert joined([long, cut, short, cut]) == (cut, long)


def test_held_pictures_beside_a_cut_hold_no_cuts_either() -> None:
    random = np.random.default_rng(3)
    wide = sum(np.roll(random.uniform(0, 36, (HEIGHT * SCALE, WIDTH * SCALE * 5)), k, axis=1) for k in range(7))
    stepped = np.stack([wide[:, 3 * (k // 5) : 3 * (k // 5) + WIDTH * SCALE] for k in range(150)])
    film = stretch_of(shot(1, 52), stepped)
    assert find_transitions(film, FrameRate(Fraction(50))) == (Transition("cut", 52, 52),)
