"""Programmes are levelled once, each by itself, and keep their samples whatever stands beside them in a clip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.argv import sound_argv
from pipeline.edit import Card, Edit, Gap, MasterSpan, Part, SoundFades, joined
from pipeline.errors import VerifyFailed
from pipeline.graph import LEAD_IN, LevelledSound, SoundEncode
from pipeline.plan.clips import plan_sound
from pipeline.plan.streams import SoundStream
from pipeline.shell.levelling import WholeEncode, encode_whole
from pipeline.shell.loudness import Loudness
from pipeline.shell.probe import source_url
from pipeline.shell.sound_receipts import levels_in, whole_receipt
from pipeline.timebase import FrameRate, Span

from .conftest import SAMPLE_RATE, Bench, Samples, decode_sound, ffmpeg, noise, write_film
from .test_levelling import measure

SetUp = Callable[..., Bench]
RATE = FrameRate(Fraction(30000, 1001))
BODY = MasterSpan("a" * 64, Span.of_frames(20, 80, RATE))
STREAM = SoundStream(128, Fraction(-16), Fraction(-1), SAMPLE_RATE, 2, Fraction(6))
FADES = SoundFades(Fraction(1, 20), Fraction(1, 5))


def plan(table: Bench, *parts: Part, stream: SoundStream = STREAM) -> LevelledSound:
    return plan_sound(Edit("e", parts), stream, table.films, rate=RATE, fades=FADES)


def encoded_samples(table: Bench, sound: LevelledSound) -> Samples:
    """Return what the encoder was given of a finished sound, from time 0 on."""
    receipts = {one: table.workshop.make_programme(one).artifact.receipt for one in sound.programmes if one}
    levels = tuple(levels_in(receipts[one]) if one else None for one in sound.programmes)
    argv = sound_argv(
        SoundEncode(sound.parts, levels, sound.kbps), "out", lambda key: source_url(table.workshop.masters[key])
    )
    graph = argv[: argv.index("-map") + 2]
    return np.frombuffer(ffmpeg(*graph, "-f", "f32le", "-"), "<f4").reshape(-1, 2)[LEAD_IN:]


@pytest.fixture
def table(tmp_path: Path, bench: SetUp) -> Bench:
    """Return a bench with a film of loud noise at 44.1 kHz, which has to be limited, and a film of soft noise."""
    film = {"rate": "30000/1001", "frames": 150}
    bursts = noise(5, level=0.04) * (1 + 4 * (np.arange(5 * SAMPLE_RATE) // 480 % 50 == 0))
    loud = write_film(tmp_path / "a.mov", **film, sound=bursts, sound_options=("-c:a", "pcm_s16le", "-ar", "44100"))
    return bench(loud, write_film(tmp_path / "b.mov", **film, sound=noise(5, level=0.01, seed=2)))


def test_a_body_keeps_its_samples_whatever_card_or_ending_stands_beside_it(table: Bench) -> None:
    alone = encoded_samples(table, plan(table, BODY))
    card, gap = Card(("A",), RATE.time_of(17)), Gap(RATE.time_of(5))
    ending = MasterSpan("b" * 64, Span.of_frames(0, 30, RATE))
    length = round(RATE.time_of(60) * SAMPLE_RATE)
    assert np.abs(alone).max() > 0.5 and np.abs(alone[:48]).max() < 0.02, "faded in"
    for before, parts in (
        (17, (card, BODY)),
        (0, (BODY, ending)),
        (22, (card, gap, BODY, gap, ending)),
        (30, (ending, BODY)),
    ):
        start = round(RATE.time_of(before) * SAMPLE_RATE)
        beside = encoded_samples(table, plan(table, *parts))[start : start + length - 1]
        assert (beside[:-32] == alone[: length - 33]).all(), parts
        # Its end may be read a sample later, which the resampler around the limiter hears.
        assert np.abs(beside - alone[: length - 1]).max() < 1e-6


def test_clips_that_share_a_programme_measure_it_once(table: Bench) -> None:
    alone, beside = plan(table, BODY), plan(table, Card(("A",), Fraction(1)), BODY)
    assert table.workshop.make_sound(alone).is_new and table.workshop.make_sound(beside).is_new
    made = [path for path in table.workshop.store.root.glob("*/*/receipt.json") if '"programme"' in path.read_text()]
    assert len(made) == 1
    (programme,) = alone.programmes
    assert programme is not None and not table.workshop.make_programme(programme).is_new
    whole, part = (table.workshop.make_sound(alone).artifact, table.workshop.make_programme(programme).artifact)
    assert whole.sha256 == part.sha256, "a clip that is nothing else is that encode"
    assert whole.receipt["inputs"] == [part.key, "a" * 64]


def test_a_programme_is_heard_once_for_all_bit_rates_and_loudnesses(table: Bench) -> None:
    streams = (STREAM, replace(STREAM, kbps=48), replace(STREAM, loudness_lufs=Fraction(-23)))
    sounds = [table.workshop.make_sound(plan(table, BODY, stream=stream)).artifact for stream in streams]
    receipts = [path.read_text() for path in table.workshop.store.root.glob("*/*/receipt.json")]
    assert sum('"made_by": "loudness"' in one for one in receipts) == 1
    assert len({one.sha256 for one in sounds}) == 3
    told = [table.workshop.artifact(one.receipt["inputs"][0]).receipt for one in sounds]
    assert len({str(one["master_loudness"]) for one in told}) == 1 and len({one["inputs"][-1] for one in told}) == 1


def test_each_part_is_at_its_target_and_so_is_the_whole(table: Bench) -> None:
    ending = MasterSpan("b" * 64, Span.of_frames(0, 60, RATE))
    made = table.workshop.make_sound(plan(table, Card(("A",), RATE.time_of(30)), BODY, ending)).artifact
    sound = decode_sound(made.path)
    ends = [round(RATE.time_of(frames) * SAMPLE_RATE) for frames in (30, 90, 150)]
    body, after = sound[ends[0] : ends[1]], sound[ends[1] : ends[2]]
    loudness, peak = measure(sound[: ends[2]])
    assert abs(measure(body)[0] + 16) < 0.5 and abs(measure(after)[0] + 16) < 0.5
    assert abs(loudness + 16) < 0.5 and peak <= -1
    told = made.receipt["programmes"]
    assert [(one["from_s"], one["seconds"]) for one in told] == [(1.001, 2.002), (3.003, 2.002)]
    assert told[0]["limited_db"] > 0 == told[1]["limited_db"] and made.receipt["quieter_lu"] == 0
    assert made.receipt["note"] == f"from 1.0 s: peaks limited by up to {told[0]['limited_db']:.1f} dB"


def test_a_programme_that_cannot_be_as_loud_stays_quieter_and_leaves_the_others_as_they_are(table: Bench) -> None:
    ending = MasterSpan("b" * 64, Span.of_frames(0, 60, RATE))
    strict = replace(STREAM, limiting_db_max=Fraction(0))
    made = table.workshop.make_sound(plan(table, BODY, ending, stream=strict)).artifact
    body, after = made.receipt["programmes"]
    assert body["quieter_lu"] > 1 and after["quieter_lu"] == 0 and made.receipt["quieter_lu"] == body["quieter_lu"]
    assert body["limited_db"] == 0 and f"from 0.0 s: {body['quieter_lu']:.1f} LU quieter" in made.receipt["note"]
    sound = decode_sound(made.path)
    assert abs(measure(sound[round(RATE.time_of(60) * SAMPLE_RATE) :])[0] + 16) < 0.5


def test_parts_of_one_film_that_an_edit_joins_are_levelled_apart(table: Bench) -> None:
    quiet, loud = (Edit(name, (MasterSpan("a" * 64, Span.of_frames(*ends, RATE)),)) for name, ends in
                   (("body", (20, 80)), ("ending", (100, 130))))  # fmt: skip
    both = plan_sound(joined("both", quiet, loud), STREAM, table.films, rate=RATE, fades=FADES)
    assert len(set(both.programmes)) == 2
    alone = plan(table, *loud.parts)
    assert both.programmes[1] == alone.programmes[0]


def test_a_whole_that_is_off_though_its_parts_are_right_says_so(table: Bench) -> None:
    sound = plan(table, Gap(Fraction(1)), BODY)
    (programme,) = (one for one in sound.programmes if one)
    told = {"key": "k", "gain_db": 1.0, "limited_db": 0.0, "quieter_lu": 0.0, "loudness": {}, "note": None}
    quieter = whole_receipt(sound, {programme: told}, WholeEncode((), Loudness(-17.2, 9.0, -3.0), 0.0, None))
    assert quieter["quieter_lu"] == 1.2 and quieter["note"].startswith(
        "1.2 LU quieter as a whole than each of its parts"
    )
    right = whole_receipt(sound, {programme: told}, WholeEncode((), Loudness(-16.4, 9.0, -3.0), 0.0, None))
    assert (right["quieter_lu"], right["note"]) == (0.0, None)


def test_a_clip_of_silence_alone_says_so(table: Bench) -> None:
    made = table.workshop.make_sound(plan(table, Gap(Fraction(1)))).artifact
    assert not decode_sound(made.path).any() and "silent" in made.receipt["note"]
    assert (made.receipt["programmes"], made.receipt["loudness"]["integrated_lufs"]) == ([], None)


def _pretending(monkeypatch: pytest.MonkeyPatch, peaks: Sequence[float]) -> list[tuple[str, ...]]:
    """Let encodes come out with these peaks, and return their command lines."""
    told, argvs = iter(peaks), list[tuple[str, ...]]()

    def pretend(argv: tuple[str, ...], **_: Any) -> Any:
        class Run:
            cpu_seconds = 1.0
            stderr = "Integrated loudness:\n I: -16.0 LUFS\n LRA: 1.0 LU\n True peak:\n Peak: 0 dBFS\n"

        if argv[-1] == "-":
            Run.stderr = Run.stderr.replace("Peak: 0", f"Peak: {next(told)}")
        else:
            argvs.append(argv)
            Path(argv[-1].removeprefix("file:")).write_text(str(len(argvs)))
        return Run()

    monkeypatch.setattr("pipeline.shell.levelling.run_ffmpeg", pretend)
    return argvs


def _told_levels(argv: tuple[str, ...]) -> tuple[str, str]:
    coder, graph = argv[argv.index("-aac_coder") + 1], argv[argv.index("-filter_complex") + 1]
    return coder, graph[graph.index("volume=") :].partition(":")[0]


def test_peaks_that_rise_in_company_are_met_by_the_coder_first_and_then_by_turning_all_down(
    table: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = plan(table, Gap(Fraction(1)), BODY)
    levels = (None, levels_in({"gain_db": 3.0, "ceiling_dbtp": None}))
    argvs = _pretending(monkeypatch, [-0.6, -1.1])
    whole = encode_whole(sound, levels, tmp_path / "o", lambda key: key)
    assert [_told_levels(argv) for argv in argvs] == [("twoloop", "volume=3dB"), ("fast", "volume=3dB")]
    assert whole.note is None and whole.result.true_peak_dbtp == -1.1 and (tmp_path / "o").read_text() == "2"
    argvs = _pretending(monkeypatch, [-0.6, -0.9, -1.2])
    whole = encode_whole(sound, levels, tmp_path / "o", lambda key: key)
    assert _told_levels(argvs[-1]) == ("fast", "volume=2.7dB") and len(argvs) == 3
    assert whole.note == "turned down by 0.3 dB, since its parts have higher peaks together"
    _pretending(monkeypatch, [0.0] * 99)
    with pytest.raises(VerifyFailed, match=r"true peak should be below -1\.0 dBTP but is 0\.0 dBTP"):
        encode_whole(sound, levels, tmp_path / "o", lambda key: key)
