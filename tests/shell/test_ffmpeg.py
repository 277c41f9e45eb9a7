"""ffmpeg is started in one way: watched, drained, fed, and never left behind, whoever dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.errors import FfmpegFailed, FfmpegStalled, InputError
from pipeline.shell import ffmpeg, process_watch
from pipeline.shell.ffmpeg import feed_ffmpeg, ffmpeg_exe, run_ffmpeg, stop_all
from pipeline.shell.process_watch import Progress

# Half a minute of film at real time, in nothing; and as fast as it goes.
SLOW = ("-re", "-f", "lavfi", "-i", "testsrc2=s=32x32:r=25:d=30", "-f", "null", "-")
FAST = ("-f", "lavfi", "-i", "testsrc2=s=32x32:r=25:d=2", "-f", "null", "-")
RUNNER = """
import sys
from pipeline.shell.ffmpeg import run_ffmpeg
run_ffmpeg(tuple(sys.argv[1:]), on_progress=lambda _: print("going", flush=True))
"""


@pytest.fixture(autouse=True)
def no_ffmpeg_is_left() -> Iterator[None]:
    """Fail where a child of this process outlives its test."""
    yield
    assert _children(os.getpid()) == []
    assert not ffmpeg._running


def _children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                name, _, fields = (entry / "stat").read_text().rpartition(")")
            except OSError:
                continue
            if int(fields.split()[1]) == pid and "ffmpeg" in name:
                found.append(int(entry.name))
    return found


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _until(condition: object, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


def test_a_run_gives_back_output_words_and_cost() -> None:
    run = run_ffmpeg(("-version",))
    assert run.stdout.startswith(b"ffmpeg version") and run.argv[-1] == "-version"
    assert run.cpu_seconds >= 0 and run.peak_rss_bytes > 1 << 20


def test_progress_is_told_and_reaches_the_end() -> None:
    told: list[Progress] = []
    run_ffmpeg(FAST, on_progress=told.append)
    assert told and [step.frames for step in told] == sorted(step.frames for step in told)
    assert told[-1].frames == 50 and told[-1].out_time == Fraction(2)


def test_a_failure_shows_the_command_the_code_and_the_trouble() -> None:
    with pytest.raises(FfmpegFailed, match="exit code") as caught:
        run_ffmpeg(("-i", "file:/no where", "-f", "null", "-"))
    text = str(caught.value)
    assert "'file:/no where'" in text and "No such file or directory" in text and str(ffmpeg_exe()) in text
    assert caught.value.data["ffmpeg_exit_code"] not in (0, None)
    command = text.split("command: ")[1].splitlines()[0]
    again = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)  # noqa: S602 - as people do
    assert again.returncode == caught.value.data["ffmpeg_exit_code"] and "No such file" in again.stderr


def test_a_graph_too_long_for_an_argument_is_run_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    # The system takes 128 KiB; halving keeps the expression flat, as it does in graphs of ours.
    places = [f"if(lt(n,{number}),{number % 8},0)" for number in range(9000)]
    while len(places) > 1:
        places = [f"({'+'.join(places[place : place + 8])})" for place in range(0, len(places), 8)]
    graph = f"color=size=16x16:rate=5:duration=1,crop=8:8:'mod({places[0]},8)':0[out]"
    assert len(graph) > 160_000
    run = run_ffmpeg(("-filter_complex", graph, "-map", "[out]", "-f", "framecrc", "pipe:1"))
    assert len([line for line in run.stdout.splitlines() if not line.startswith(b"#")]) == 5
    assert graph in run.argv, "what is told is the command, not how it was passed"
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.mkv").write_text("mine")
    with suppress(FfmpegFailed):  # builds differ in whether that is a failure
        run_ffmpeg((*FAST[:-3], f"file:{tmp_path / 'mine.mkv'}"))
    assert (tmp_path / "mine.mkv").read_text() == "mine"


def test_what_is_fed_is_read() -> None:
    frames = (bytes([number]) * 32 * 32 for number in range(40))
    raw = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", "32x32", "-i", "pipe:0", "-f", "framecrc", "-")
    run = feed_ffmpeg(raw, frames)
    assert sum(not line.startswith(b"#") for line in run.stdout.splitlines()) == 40


def test_a_reader_that_stops_early_is_in_its_right_and_one_that_fails_is_told() -> None:
    endless = (bytes(1 << 16) for _ in range(10_000))
    raw = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", "32x32", "-i", "pipe:0", "-frames:v", "2", "-f", "null", "-")
    feed_ffmpeg(raw, endless)
    with pytest.raises(FfmpegFailed, match="Error opening input"):
        feed_ffmpeg(("-i", "pipe:0", "-f", "null", "-"), [b"this is no film" * 10_000] * 100)


def test_floods_of_output_and_of_words_block_nothing() -> None:
    raw = ("-f", "lavfi", "-i", "color=s=640x360:r=25:d=8", "-pix_fmt", "gray", "-f", "rawvideo", "-")
    assert len(run_ffmpeg(raw).stdout) == 640 * 360 * 200
    words = ("-loglevel", "debug", "-f", "lavfi", "-i", "testsrc2=s=32x32:r=600:d=10,showinfo", "-f", "null", "-")
    run = run_ffmpeg(words)
    assert len(run.stderr) <= 1 << 20 and "Parsed_showinfo" in run.stderr


def test_floods_both_ways_while_feeding_block_nothing() -> None:
    raw = (
        "-f",
        "rawvideo",
        "-pix_fmt",
        "gray",
        "-s",
        "64x64",
        "-i",
        "pipe:0",
        "-vf",
        "showinfo",
        "-f",
        "rawvideo",
        "-",
    )
    assert len(feed_ffmpeg(raw, (bytes(64 * 64 * 10) for _ in range(200))).stdout) == 64 * 64 * 2000


def test_an_exception_from_the_callback_ends_the_process() -> None:
    def refuse(_: Progress) -> None:
        raise ZeroDivisionError("cancelled")

    start = time.monotonic()
    with pytest.raises(ZeroDivisionError, match="cancelled"):
        run_ffmpeg(SLOW, on_progress=refuse)
    assert time.monotonic() - start < 10


def test_an_exception_from_the_feed_ends_the_process() -> None:
    def frames() -> Iterator[bytes]:
        yield bytes(1024)
        raise KeyboardInterrupt

    raw = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", "32x32", "-i", "pipe:0", "-f", "null", "-")
    with pytest.raises(KeyboardInterrupt):
        feed_ffmpeg(raw, frames())


def test_a_process_without_a_sign_of_life_is_stopped_and_may_be_retried(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    holder = os.open(fifo, os.O_RDWR)  # opens, but nothing ever comes
    try:
        with pytest.raises(FfmpegStalled, match="no sign of life for"):
            run_ffmpeg(("-i", f"file:{fifo}", "-f", "null", "-"), idle_limit_s=1.0)
    finally:
        os.close(holder)


def test_a_busy_process_without_progress_is_stopped_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_watch, "BUSY_LIMIT_S", 2.0)
    none_pass = ("-f", "lavfi", "-i", "testsrc2=s=640x360:r=25,select=0", "-f", "null", "-")
    with pytest.raises(FfmpegStalled, match="busy without progress"):
        run_ffmpeg(none_pass, idle_limit_s=1.0)


def test_a_process_that_goes_on_too_slowly_to_be_done_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_watch, "BUSY_LIMIT_S", 0.5)
    monkeypatch.setattr(process_watch, "CPU_PER_STEP_S", 0.001)
    monkeypatch.setattr(process_watch, "_ASKED_EVERY_S", 0.2)
    slow = ("-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25", "-c:v", "libx264", "-f", "null", "-")
    with pytest.raises(FfmpegStalled, match=r"s of processor time for [0-9]+ pictures"):
        run_ffmpeg(slow)


def test_a_process_that_takes_more_memory_than_it_may_is_ended_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATINEE_MEMORY_GB", "0.5")
    large = ("-f", "lavfi", "-i", "testsrc2=s=7680x4320:d=2", "-c:v", "libx264", "-f", "null", "-")
    with pytest.raises(FfmpegFailed, match=r"0\.5 GiB of memory; MATINEE_MEMORY_GB"):
        run_ffmpeg(large)


def test_a_limit_of_memory_that_is_no_number_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("much", "-1", "nan", "inf", "0"):
        monkeypatch.setenv("MATINEE_MEMORY_GB", wrong)
        with pytest.raises(InputError, match=r"it is a number of gigabytes from 0\.5 on") as caught:
            run_ffmpeg(("-version",))
        assert repr(wrong) in str(caught.value)


def test_a_killed_parent_leaves_no_ffmpeg() -> None:
    parent = subprocess.Popen([sys.executable, "-c", RUNNER, *SLOW], stdout=subprocess.PIPE)
    assert parent.stdout is not None and parent.stdout.readline() == b"going\n"
    children = _children(parent.pid)
    assert len(children) == 1
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert _until(lambda: not _is_alive(children[0])), "ffmpeg outlived its parent"


def test_ctrl_c_in_the_parent_leaves_no_ffmpeg() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", RUNNER, *SLOW], stdout=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0
    )
    assert parent.stdout is not None and parent.stdout.readline() == b"going\n"
    children = _children(parent.pid)
    os.killpg(parent.pid, signal.SIGINT)
    _, words = parent.communicate(timeout=20)
    assert b"KeyboardInterrupt" in words and not _is_alive(children[0])


def test_threads_that_end_take_only_their_own_ffmpeg_with_them() -> None:
    def start_and_end() -> None:
        run_ffmpeg(("-version",))

    with ThreadPoolExecutor(1) as pool:
        # Real time, so that it is still running when the threads below have come and gone.
        running = pool.submit(run_ffmpeg, ("-re", *FAST))
        for _ in range(3):
            thread = threading.Thread(target=start_and_end)
            thread.start()
            thread.join()
        assert not running.done()
        assert running.result(timeout=30).cpu_seconds >= 0


def test_all_can_be_stopped_at_once() -> None:
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(run_ffmpeg, SLOW) for _ in range(2)]
        assert _until(lambda: len(ffmpeg._running) == 2 and len(_children(os.getpid())) == 2)
        stop_all()
        for run in runs:
            with pytest.raises(FfmpegFailed, match="killed by signal 9"):
                run.result(timeout=20)


def test_ffmpegs_own_environment_variables_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FFREPORT", f"file={tmp_path / 'report.log'}:level=32")
    monkeypatch.setenv("AV_LOG_FORCE_COLOR", "1")
    run = run_ffmpeg(FAST)
    assert list(tmp_path.iterdir()) == [] and "\x1b" not in run.stderr


@pytest.fixture
def fresh_exe() -> Iterator[None]:
    """Forget which binary is in use, before and after."""
    ffmpeg_exe.cache_clear()
    yield
    ffmpeg_exe.cache_clear()


@pytest.mark.usefixtures("fresh_exe")
@pytest.mark.parametrize("kind", ["missing", "folder", "not executable"])
def test_a_named_binary_that_cannot_run_is_the_users_input(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ffmpeg"
    if kind == "folder":
        path.mkdir()
    elif kind == "not executable":
        path.touch(mode=0o644)
    monkeypatch.setenv("MATINEE_FFMPEG", str(path))
    with pytest.raises(InputError, match="not an executable file") as caught:
        run_ffmpeg(("-version",))
    assert str(path) in str(caught.value)


@pytest.mark.usefixtures("fresh_exe")
def test_a_named_binary_is_the_one_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "my ffmpeg"
    path.write_text("#!/bin/sh\necho mine\n")
    path.chmod(0o755)
    monkeypatch.setenv("MATINEE_FFMPEG", str(path))
    assert run_ffmpeg(("-version",)).stdout == b"mine\n"


@pytest.mark.usefixtures("fresh_exe")
def test_a_machine_without_an_ffmpeg_is_told_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> str:
        raise RuntimeError("No ffmpeg exe could be found.")

    monkeypatch.delenv("MATINEE_FFMPEG", raising=False)
    monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", refuse)
    with pytest.raises(InputError, match="MATINEE_FFMPEG"):
        ffmpeg_exe()
