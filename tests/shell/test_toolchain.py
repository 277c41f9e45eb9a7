"""The tools' versions are known for as long as the binary is the same, and a binary without encoders is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.shell import toolchain
from pipeline.shell.ffmpeg import ffmpeg_exe
from pipeline.shell.ledger import Ledger
from pipeline.shell.toolchain import describe_encoder, describe_toolchain

VERSION = "ffmpeg version 7.1 Copyright (c) 2000\nlibavutil      59. 39.100 / 59. 39.100\n"


@pytest.fixture(autouse=True)
def _fresh_exe() -> Iterator[None]:
    yield
    ffmpeg_exe.cache_clear()


def _binary(path: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    monkeypatch.setenv("MATINEE_FFMPEG", str(path))
    ffmpeg_exe.cache_clear()


def test_the_description_names_ffmpeg_its_libraries_and_x264_and_is_worked_out_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    described = describe_toolchain(ledger)
    assert described.startswith("ffmpeg version") and "libavcodec" in described and "; x264 core " in described
    monkeypatch.setattr(toolchain, "run_ffmpeg", None)
    assert describe_toolchain(ledger) == described


def test_another_binary_has_another_description(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    body = f"case \"$*\" in *-version) printf '{VERSION}';; *) echo '264 - core %s - H.264/MPEG-4' >&2;; esac"
    _binary(tmp_path / "ffmpeg", body % "164 r3108", monkeypatch)
    assert describe_toolchain(ledger) == "ffmpeg version 7.1, libavutil 59. 39.100; x264 core 164 r3108"
    _binary(tmp_path / "ffmpeg", body % "165", monkeypatch)
    assert describe_toolchain(ledger).endswith("x264 core 165")


@pytest.mark.parametrize(
    "body",
    [
        'case "$*" in *-version) echo ffmpeg;; *) echo Unknown encoder >&2; exit 8;; esac',
        "echo ffmpeg version 1",
        "exit 1",
    ],
    ids=["no encoder", "another encoder", "no ffmpeg"],
)
def test_a_binary_without_our_encoders_is_the_users_input(
    body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _binary(tmp_path / "ffmpeg", body, monkeypatch)
    with pytest.raises(InputError, match="does not encode with libx264 and aac") as caught:
        describe_toolchain(Ledger(tmp_path / "ledger.sqlite3"))
    assert str(tmp_path / "ffmpeg") in str(caught.value)


def test_encoders_of_other_codecs_say_their_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert describe_encoder("h264") == ""
    assert describe_encoder("hevc").startswith("libx265 ") and describe_encoder("av1").startswith("libsvtav1 v")
    _binary(tmp_path / "ffmpeg", "echo Unknown encoder >&2; exit 8", monkeypatch)
    with pytest.raises(InputError, match="does not encode with libx265") as caught:
        describe_encoder("hevc")
    assert "ladder of H.264" in (caught.value.remedy or "")
