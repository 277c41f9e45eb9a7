"""Errors finish their sentence, say what to do, carry their data across processes, and mean one exit code each."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest

from pipeline import errors
from pipeline.errors import (
    FfmpegFailed,
    FfmpegStalled,
    InputError,
    MasterError,
    PipelineError,
    PlanError,
    PresetError,
    ProjectError,
    PublishError,
    StoreError,
    Transient,
    VerifyFailed,
)

FAILED = {"exit_code": 1, "stderr_tail": "[error] no\n", "reason": "exit code 1"}
SAMPLES = (
    PipelineError("It broke.", remedy="Mend it.", path="/a", count=3),
    MasterError.of(Path("/films/a.mov"), "is empty (0 bytes).", remedy="Copy it again."),
    FfmpegFailed.of(("ffmpeg", "-i", "a b"), exit_code=1, stderr_tail="", reason="exit code 1"),
    FfmpegStalled.of(("ffmpeg",), exit_code=None, stderr_tail="x", reason="no sign of life for 90 s"),
    VerifyFailed.of("clip.mp4", (("frames", "10", "9"), ("tracks", "1", "2"))),
    StoreError("Full."),
)


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("carry", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy, copy.deepcopy])  # noqa: S301
def test_an_error_arrives_whole_in_another_process(error: PipelineError, carry: type) -> None:
    found = carry(error)
    assert type(found) is type(error) and str(found) == str(error)
    assert (found.message, found.remedy, found.data) == (error.message, error.remedy, error.data)
    assert found.args == error.args


def test_what_whoever_runs_it_can_mend_is_exit_code_2_and_all_else_1() -> None:
    for kind in (InputError, PresetError, MasterError, ProjectError, PlanError):
        assert kind.exit_code == 2 and issubclass(kind, InputError)
    # Nothing is wrong with what they gave: a watch tries again.
    for kind in (StoreError, PublishError):
        assert kind.exit_code == 2 and not issubclass(kind, InputError)
    for kind in (PipelineError, FfmpegFailed, FfmpegStalled, VerifyFailed):
        assert kind.exit_code == 1 and not issubclass(kind, InputError)
    assert issubclass(FfmpegStalled, Transient) and not issubclass(FfmpegFailed, Transient)


def test_every_error_stands_in_the_tree_of_the_docstring() -> None:
    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, PipelineError)}
    drawn = errors.__doc__ or ""
    assert {name for name in kinds if name not in drawn} == {"FfmpegStalled"}  # told in the line on Transient


def test_messages_name_the_file_and_what_to_do() -> None:
    assert str(SAMPLES[1]) == "/films/a.mov: is empty (0 bytes). Copy it again."
    assert SAMPLES[1].data == {"path": "/films/a.mov"}


def test_a_failed_command_can_be_pasted_into_a_shell() -> None:
    error = FfmpegFailed.of(("ffmpeg", "-i", "it's; rm -rf", "a\nb"), **FAILED)  # type: ignore[arg-type]
    assert "command: ffmpeg -i 'it'\"'\"'s; rm -rf' 'a\nb'" in str(error)
    assert "[error] no" in str(error) and error.data["argv"] == ["ffmpeg", "-i", "it's; rm -rf", "a\nb"]
    assert "said nothing" in str(SAMPLES[2])


def test_every_difference_is_told() -> None:
    assert "frames should be 10 but is 9; tracks should be 1 but is 2." in str(SAMPLES[4])
    assert SAMPLES[4].data["differences"] == [["frames", "10", "9"], ["tracks", "1", "2"]]
