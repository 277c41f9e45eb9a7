from array import array
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.plan.shots import Transition
from pipeline.plan.transitions import SIGNATURE_SIZE, FrameEvidence, find_transitions
from pipeline.timebase import FrameRate

RATE = FrameRate(Fraction(24))
WIDTH, HEIGHT = SIGNATURE_SIZE
SCALE = 4
Pictures = NDArray[np.float64]


def shot(seed: int, frames: int, *, level: float = 110.0) -> Pictures:
    """A picture of its own, with fine detail, that drifts a little."""
    random = np.random.default_rng(seed)
    coarse = random.uniform(-70, 70, (HEIGHT, WIDTH)).repeat(SCALE, 0).repeat(SCALE, 1)
    coarse = sum(np.roll(coarse, k, axis=1) for k in range(-6, 7)) / 6  # soft shapes, as a picture's are
    fine = random.uniform(-25, 25, (HEIGHT * SCALE, WIDTH * SCALE))
    return np.stack([np.roll(coarse + fine, k // 40, axis=1) + level for k in range(frames)])


def flat(frames: int, level: float) -> Pictures:
    return np.full((frames, HEIGHT * SCALE, WIDTH * SCALE), level)


def mixed(before: Pictures, after: Pictures) -> Pictures:
    share = (np.arange(len(before)) + 1)[:, None, None] / (len(before) + 1)
    return before * (1 - share) + after * share


def evidence_of(*parts: Pictures, cuts: tuple[int, ...] = ()) -> FrameEvidence:
    film = np.clip(np.concatenate(parts), 0, 255)
    steps = np.abs(np.diff(film, axis=0)).mean(axis=(1, 2))
    laplacian = (
        film[:, 1:-1, 1:-1] * 4 - film[:, :-2, 1:-1] - film[:, 2:, 1:-1] - film[:, 1:-1, :-2] - film[:, 1:-1, 2:]
    )
    small = film.reshape(len(film), HEIGHT, SCALE, WIDTH, SCALE).mean(axis=(2, 4))
    return FrameEvidence(
        brightness=array("f", film.mean(axis=(1, 2))),
        contrast=array("f", film.std(axis=(1, 2))),
        motion=array("f", [0.0, *steps]),
        sharpness=array("f", laplacian.var(axis=(1, 2))),
        black=array("f", (film <= 20).mean(axis=(1, 2))),
        signatures=np.rint(small).astype(np.uint8).tobytes(),
        cut_frames=cuts,
    )


def close(found: Transition, kind: str, start: int, end: int, *, within: int = 2) -> bool:
    return found.kind == kind and abs(found.start_frame - start) <= within and abs(found.end_frame - end) <= within


def test_a_cut_is_where_the_detector_saw_it() -> None:
    evidence = evidence_of(shot(1, 40), shot(2, 40), cuts=(40,))
    assert find_transitions(evidence, RATE) == (Transition("cut", 40, 40),)


def test_a_still_film_has_no_transitions() -> None:
    assert find_transitions(evidence_of(shot(1, 120)), RATE) == ()


@pytest.mark.parametrize("length", [8, 12, 24, 40])
def test_a_dissolve_is_found_with_its_ends(length: int) -> None:
    one, two = shot(1, 60 + length), shot(2, 60 + length)
    evidence = evidence_of(one[:60], mixed(one[60:], two[:length]), two[length:])
    (found,) = find_transitions(evidence, RATE)
    assert close(found, "dissolve", 60, 60 + length)


def test_a_cut_that_the_detector_sees_inside_a_dissolve_is_part_of_it() -> None:
    one, two = shot(1, 72), shot(2, 72)
    evidence = evidence_of(one[:60], mixed(one[60:], two[:12]), two[12:], cuts=(66,))
    assert [found.kind for found in find_transitions(evidence, RATE)] == ["dissolve"]


@pytest.mark.parametrize("colour", [0.0, 255.0])
def test_a_fade_out_and_in_is_one_range_over_its_flat_middle(colour: float) -> None:
    one, two, blank = shot(1, 72), shot(2, 72), flat(12, colour)
    evidence = evidence_of(one[:60], mixed(one[60:], blank), blank, mixed(blank, two[:12]), two[12:])
    (found,) = find_transitions(evidence, RATE)
    assert close(found, "fade", 60, 96)


def test_the_opening_fade_starts_where_black_ends() -> None:
    one, black = shot(1, 90), flat(20, 0)
    evidence = evidence_of(black, mixed(black, one[:20]), one[20:])
    (found,) = find_transitions(evidence, RATE)
    assert close(found, "fade", 20, 40)


def test_a_closing_fade_ends_where_black_starts() -> None:
    one, black = shot(1, 90), flat(20, 0)
    evidence = evidence_of(one[:70], mixed(one[70:], black), black)
    (found,) = find_transitions(evidence, RATE)
    assert close(found, "fade", 70, 90)


def test_long_black_between_two_fades_is_a_stretch_of_its_own() -> None:
    one, two, black = shot(1, 72), shot(2, 72), flat(72, 0)
    evidence = evidence_of(one[:60], mixed(one[60:], black[:12]), black, mixed(black[:12], two[:12]), two[12:])
    first, second = find_transitions(evidence, RATE)
    assert close(first, "fade", 60, 72)
    assert close(second, "fade", 144, 156)


def test_hard_cuts_to_and_from_black_are_cuts() -> None:
    evidence = evidence_of(shot(1, 40), flat(12, 0), shot(2, 40), cuts=(40, 52))
    assert find_transitions(evidence, RATE) == (Transition("cut", 40, 40), Transition("cut", 52, 52))


def test_a_flash_is_no_transition() -> None:
    one = shot(1, 80)
    lit = one[40:42] * 0.2 + 200
    evidence = evidence_of(one[:40], lit, one[42:], cuts=(40, 42))
    assert find_transitions(evidence, RATE) == ()


def test_a_two_frame_shot_between_two_others_is_kept() -> None:
    evidence = evidence_of(shot(1, 40), shot(2, 2), shot(3, 40), cuts=(40, 42))
    assert [found.start_frame for found in find_transitions(evidence, RATE)] == [40, 42]


def test_a_cut_between_equal_black_frames_is_noise() -> None:
    evidence = evidence_of(flat(40, 0), shot(1, 40), cuts=(4, 40))
    assert find_transitions(evidence, RATE) == (Transition("cut", 40, 40),)


def test_a_pan_is_no_dissolve() -> None:
    random = np.random.default_rng(5)
    wide = random.uniform(30, 220, (HEIGHT * SCALE, WIDTH * SCALE * 4))
    pan = np.stack([wide[:, k : k + WIDTH * SCALE] for k in range(120)])
    assert find_transitions(evidence_of(pan), RATE) == ()


def test_a_change_of_light_is_no_dissolve() -> None:
    one = shot(1, 100, level=90)
    evidence = evidence_of(one[:40], mixed(one[40:60], one[40:60] * 1.4), one[60:] * 1.4)
    assert find_transitions(evidence, RATE) == ()


def test_the_rate_stretches_every_length() -> None:
    one, two = shot(1, 160), shot(2, 160)
    evidence = evidence_of(one[:130], mixed(one[130:], two[:30]), two[30:])
    (found,) = find_transitions(evidence, FrameRate(Fraction(60)))
    assert close(found, "dissolve", 130, 160, within=3)


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_the_shortest_films_have_no_transitions(frames: int) -> None:
    assert find_transitions(evidence_of(shot(1, frames)), RATE) == ()
