"""What is in the way of a machine is told with what to do; open files are as many as may be."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import pytest

from pipeline.shell.conditions import condition_in, is_condition, remedy_of, unreadable_in


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (errno.ENOSPC, "Free some space"),
        (errno.EROFS, "mounted read-only"),
        (errno.ESTALE, "connect it again"),
        (errno.EIO, "connect it again"),
        (errno.EMFILE, "ulimit -n"),
        (errno.EFBIG, "no file so large"),
    ],
)
def test_every_condition_has_its_remedy(code: int, told: str) -> None:
    error = OSError(code, os.strerror(code))
    assert is_condition(error) and told in remedy_of(error, elsewhere="name another folder", otherwise="?")


def test_what_is_no_condition_is_a_fault_of_ours() -> None:
    error = OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY))
    assert not is_condition(error) and remedy_of(error, elsewhere="", otherwise="Look.") == "Look."


def test_the_words_of_ffmpeg_are_read() -> None:
    found = condition_in("[error] Error opening output file:/x.mp4: Read-only file system")
    assert found is not None and found.errno == errno.EROFS
    assert condition_in("[error] Invalid data found when processing input") is None


def test_as_many_files_may_be_open_as_the_system_lets() -> None:
    code = (
        "import resource; from pipeline.shell.open_files import allow_open_files\n"
        "hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]\n"
        "for soft, most in ((64, 512), (300, 400)):\n"
        "    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, most)); allow_open_files()\n"
        "    print(*resource.getrlimit(resource.RLIMIT_NOFILE))\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["512", "512", "400", "400"]


def test_what_ffmpeg_could_not_read_is_told_from_what_is_wrong_with_a_file() -> None:
    found = unreadable_in("[in#0/mov @ 0x1] Error during demuxing: Stale file handle\nframe=3")
    assert found is not None and found.errno == errno.ESTALE
    for other in ("Error during demuxing: Invalid data found when processing input", "Input/output error", ""):
        assert unreadable_in(other) is None
