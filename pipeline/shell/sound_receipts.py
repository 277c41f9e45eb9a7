"""What keys and receipts say of how sound is brought to its loudness, and what is read from them again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from pipeline import argv
from pipeline.graph import SAMPLE_RATE_HZ, LevelledProgramme, LevelledSound, Levels, SoundEncode, SoundGoal
from pipeline.limits import LOUDNESS_TOLERANCE_LU
from pipeline.plan.levelled import Levelled, most_of
from pipeline.shell.levelling import LEVELLING_VERSION, MAX_GAIN_DB, LevelledEncode, WholeEncode
from pipeline.shell.loudness import Loudness

Receipts = Mapping[LevelledProgramme, Mapping[str, Any]]
_OF_A_PROGRAMME: Final = ("key", "gain_db", "limited_db", "quieter_lu", "loudness", "note")

_STANDING_IN: Final = Levels(Fraction(1), Fraction(-1))
"""For levels that are yet to be found: any that change the sound, so that what the limiter is told counts as well."""


def told_programme(node: LevelledProgramme) -> str:
    """Return what a programme's encode follows from, told as for its key."""
    return _told(SoundEncode(node.stretches, (_STANDING_IN,) * len(node.stretches), node.kbps), node.goal)


def told_sound(node: LevelledSound, key_of: Callable[[LevelledProgramme], str]) -> str:
    """Return what a clip's sound follows from, told as for its key: its parts, and its programmes by their keys."""
    levels = tuple(None if one is None else _STANDING_IN for one in node.programmes)
    programmes = ["silence" if one is None else key_of(one) for one in node.programmes]
    encode = SoundEncode(node.parts, levels, node.kbps, coding=node.coding)
    return f"{_told(encode, node.goal)},{argv.told(programmes)}"


def programme_receipt(encode: LevelledEncode) -> dict[str, Any]:
    """Return what is told of a programme: its levels, and how loud it was and is."""
    ceiling = encode.levels.ceiling_dbtp
    return {
        "argv": list(encode.argv),
        "cpu_seconds": round(encode.cpu_seconds, 3),
        "gain_db": float(encode.levels.gain_db),
        "ceiling_dbtp": None if ceiling is None else float(ceiling),
        "limited_db": encode.limited_db,
        "quieter_lu": encode.quieter_lu,
        "master_loudness": _facts(encode.source),
        "loudness": _facts(encode.result),
        "note": encode.note,
    }


def levels_in(receipt: Mapping[str, Any]) -> Levels:
    """Return the levels that were found for a programme."""
    # As text: a float's shortest text is the tenth that it was made of.
    gain, ceiling = receipt["gain_db"], receipt["ceiling_dbtp"]
    return Levels(Fraction(str(gain)), None if ceiling is None else Fraction(str(ceiling)))


def copied_receipt(node: LevelledSound, programmes: Receipts) -> dict[str, Any]:
    """Return what is told of a sound that is nothing but one programme."""
    (only,) = programmes.values()
    told = {name: only[name] for name in ("loudness", "quieter_lu", "note")}
    return {**_asked(node), **told, "cpu_seconds": 0.0, "programmes": _heard(node, programmes)}


def whole_receipt(node: LevelledSound, programmes: Receipts, encode: WholeEncode) -> dict[str, Any]:
    """Return what is told of a sound whose parts belong to programmes with these receipts."""
    heard = _heard(node, programmes)
    quieter = max((one["quieter_lu"] for one in heard), default=0.0)
    missing = encode.result.missing_lu(node.goal)
    notes = [f"from {one['from_s']:.1f} s: {one['note']}" for one in heard if one["note"]]
    if len(heard) == 1:
        notes = [one["note"] for one in heard if one["note"]]
    if not heard:
        notes = ["silent, so its level was left alone"]
    if abs(missing) > LOUDNESS_TOLERANCE_LU and not quieter:
        notes.append(
            f"{abs(missing):.1f} LU {'quieter' if missing > 0 else 'louder'} as a whole than each of its parts, since "
            "what counts as a pause depends on what stands beside it"
        )
        quieter = max(0.0, missing)
    notes += [encode.note] if encode.note else []
    return {
        **_asked(node),
        "argv": list(encode.argv),
        "cpu_seconds": round(encode.cpu_seconds, 3),
        "loudness": _facts(encode.result),
        "quieter_lu": quieter,
        "lowered_db": encode.lowered_db,
        "note": "; ".join(notes) or None,
        "programmes": heard,
    }


def levelled_in(receipt: Mapping[str, Any]) -> Levelled:
    """Return what a sound's receipt says of how it was brought to its loudness."""
    heard = receipt["programmes"]
    most = most_of(
        Levelled(
            limited_db=one["limited_db"],
            quieter_lu=one["quieter_lu"],
            is_lifted_most=one["quieter_lu"] > 0 and one["gain_db"] >= MAX_GAIN_DB,
            is_silent=one["loudness"]["integrated_lufs"] is None,
        )
        for one in heard
    )
    lowered, quieter = receipt.get("lowered_db", 0.0), max(most.quieter_lu, receipt["quieter_lu"])
    return replace(most, quieter_lu=quieter, lowered_db=lowered, is_silent=most.is_silent or not heard)


def _told(node: SoundEncode, goal: SoundGoal) -> str:
    asked = (goal.loudness_lufs, goal.true_peak_dbtp, goal.limiting_db_max, LEVELLING_VERSION)
    return f"{argv.told_sound(node)},{argv.told(tuple(map(str, asked)))}"


def _asked(node: LevelledSound) -> dict[str, Any]:
    return {"loudness_target_lufs": float(node.goal.loudness_lufs), "loudness_tolerance_lu": LOUDNESS_TOLERANCE_LU}


def _heard(node: LevelledSound, receipts: Receipts) -> list[dict[str, Any]]:
    """Return what is told of each programme, in the order in which they are first heard."""
    heard: dict[LevelledProgramme, dict[str, Any]] = {}
    lengths: Counter[LevelledProgramme] = Counter()
    at = 0
    for part, programme in zip(node.parts, node.programmes, strict=True):
        if programme is not None:
            told = {name: receipts[programme][name] for name in _OF_A_PROGRAMME}
            heard.setdefault(programme, {"from_s": round(at / SAMPLE_RATE_HZ, 3), **told})
            lengths[programme] += part.samples
        at += part.samples
    return [{**told, "seconds": round(lengths[one] / SAMPLE_RATE_HZ, 3)} for one, told in heard.items()]


def _facts(loudness: Loudness) -> dict[str, Any]:
    silent = loudness.is_silent
    return {
        "integrated_lufs": None if silent else loudness.integrated_lufs,
        "true_peak_dbtp": None if silent else loudness.true_peak_dbtp,
        "range_lu": None if silent else loudness.range_lu,
    }
