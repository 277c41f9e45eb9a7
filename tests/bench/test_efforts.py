"""What work takes adds up, is estimated for what was not run, and is measured with all processes."""

from __future__ import annotations

import sys
from dataclasses import replace
from fractions import Fraction

import pytest

from bench.child import run_child
from bench.clips import estimate, total
from bench.peers import Effort
from pipeline.graph import X264, BlackPicture, PictureEncode
from pipeline.timebase import FrameRate

ENCODER = X264("faster", Fraction(18), 9000, 9000, 48, 2, 1, "4.0", 4)
TALL = PictureEncode((BlackPicture(24),), ((),), 1080, 1920, FrameRate(Fraction(24)), ENCODER)
SQUARE = replace(TALL, height_px=1080)
OTHER = replace(TALL, parts=(BlackPicture(48),))


def test_work_one_after_the_other_takes_the_sum_in_the_memory_of_the_largest() -> None:
    efforts = [Effort(1, 2, 30, 40), Effort(10, 20, 20, 50)]
    assert total(efforts) == Effort(11, 22, 30, 50)
    assert Effort(1, 2, 30, 40).scaled(3) == Effort(3, 6, 30, 40)


def test_what_was_not_run_is_taken_to_be_as_much_slower_as_pictures_of_its_size() -> None:
    bare = {TALL: Effort(10, 5), SQUARE: Effort(4, 2), OTHER: Effort(20, 8)}
    slow = {TALL: Effort(30, 20, 7, 8), SQUARE: Effort(4, 2)}
    assert estimate(TALL, bare, slow) == slow[TALL]
    assert estimate(OTHER, bare, slow) == Effort(60, 32, 7, 8)
    assert estimate(OTHER, bare, {SQUARE: Effort(8, 6)}).cpu_s == pytest.approx(40)


def test_memory_is_that_of_all_processes_and_of_the_largest() -> None:
    hold = "import time; held = b'x' * {}_000_000; time.sleep(0.8)"
    both = f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {hold.format(90)!r}]); "
    run = run_child((sys.executable, "-c", f"{both}{hold.format(60)}; child.wait()"))
    assert 90e6 < run.largest_bytes < 150e6 < run.peak_bytes
    assert run.python_peak_bytes == run.peak_bytes
