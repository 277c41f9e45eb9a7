"""Logs are read as they come: compressed, torn, endless, with lines of anything."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import pytest

from pipeline.errors import PlanError
from pipeline.plan.turnout import Programme
from pipeline.shell.log_files import count_logs

LINE = '192.0.2.{who} - - [04/Dec/2026:19:{minute:02}:05 +0000] "GET {path} HTTP/1.1" 200 512 "-" "agent"\n'


def lines(count: int, path: str = "/red-kite-de.m3u8") -> bytes:
    return "".join(LINE.format(who=number % 250, minute=number % 60, path=path) for number in range(count)).encode()


def count(*logs: Path) -> tuple[int, int, list[tuple[str, int, int]]]:
    found = count_logs(logs, Programme())
    return found.turnout.total().starts, found.lines, [(one.reason, one.lines, one.first) for one in found.troubles]


def test_compressed_logs_count_as_others_do_whatever_they_are_called(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.gz", tmp_path / "b.log"
    plain.write_bytes(lines(10))
    packed.write_bytes(gzip.compress(lines(10)) + gzip.compress(lines(5)))
    assert count(plain) == (10, 10, []) and count(packed) == (10, 15, [])


def test_bad_lines_are_counted_and_told_and_the_others_read(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(
        b"\xef\xbb\xbf" + lines(3) + b"nonsense\n\xff\xfe\x00\n" + b"x" * 200_000 + b"\n" + lines(5) + b"torn"
    )
    starts, number, troubles = count(log)
    assert (starts, number) == (5, 12)
    assert troubles == [("no line of a log that we know", 3, 4), ("a line of more than 64 KiB", 1, 6)]


def test_a_torn_archive_counts_until_it_breaks(tmp_path: Path) -> None:
    whole = gzip.compress(lines(5000))
    for name, content in (("cut", whole[: len(whole) // 2]), ("spoilt", whole[:200] + b"\0" * 50 + whole[250:]),
                          ("tail", whole + b"rubbish")):  # fmt: skip
        log = tmp_path / name
        log.write_bytes(content)
        _, _, troubles = count(log)
        assert [reason for reason, _, _ in troubles] == [
            "the log ends or breaks here, and what stood before is counted"
        ]


def test_a_log_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nosuch", tmp_path):
        with pytest.raises(PlanError, match="cannot be read"):
            count(path)


def test_what_is_kept_does_not_grow_with_lines(tmp_path: Path) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(lines(2_000))
    large.write_bytes(lines(40_000))
    peaks = []
    for log in (small, small, large):
        tracemalloc.start()
        count(log)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.5 * peaks[1]


def test_progress_goes_from_nothing_to_all(tmp_path: Path) -> None:
    told: list[float] = []
    logs = [tmp_path / "a", tmp_path / "b"]
    for log in logs:
        log.write_bytes(lines(45_000))
    count_logs(logs, Programme(), told.append)
    assert told == sorted(told) and len(told) >= 4 and all(0 < share <= 1 for share in told)
