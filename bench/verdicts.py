"""Tables of verdicts on found transitions, and errors frame by frame for whoever tunes a detector."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from bench.labels import Mark
from bench.report import say, show_table
from bench.scoring import CUT_TOLERANCES, NOTES, OVERLAPS, Score, Verdict, judge

_NEAR_FRAMES = 12


def show_verdicts(verdicts: Mapping[str, Verdict]) -> None:
    """Print precision, recall and F1 of each contestant: cuts, gradual transitions, and what is told apart."""
    cuts = [
        (f"cuts ±{room}", {who: verdict.cuts[room] for who, verdict in verdicts.items()}) for room in CUT_TOLERANCES
    ]
    graduals = [
        (f"gradual, IoU ≥ {float(least):g}", {who: verdict.graduals[least] for who, verdict in verdicts.items()})
        for least in OVERLAPS
    ]
    anything = ("of any kind, touching", {who: verdict.anything for who, verdict in verdicts.items()})
    for title, scores in (*cuts, *graduals, anything):
        rows = [(who, *_cells(score)) for who, score in scores.items()]
        show_table(title, ("who", "found", "labelled", "matched", "precision", "recall", "F1"), rows)
    headings = ("who", *(f"{note}s" for note in NOTES), "right kind of those found")
    rows = [
        (who, *(_share(verdict.noted[note]) for note in NOTES), _share(verdict.kinds))
        for who, verdict in verdicts.items()
    ]
    show_table("Recall of special cuts; kinds of gradual transitions", headings, rows)


def show_errors(who: str, found: Iterable[Mark], labels: Iterable[Mark], happenings: Path | None = None) -> Verdict:
    """Judge a list, print each miss and false alarm with what lies near, and return the verdict.

    `happenings` is what `make_reel` writes as NAME.disturbances.csv.
    """
    marks, wanted = sorted(found), sorted(labels)
    verdict = judge(marks, wanted)
    disturbed = _read_happenings(happenings) if happenings and happenings.is_file() else ()
    missed, false, wrong = (len(errors) for errors in (verdict.misses, verdict.false_alarms, verdict.wrong_kinds))
    say(f"{who}: {missed} missed, {false} false, {wrong} of a wrong kind")
    for label in verdict.misses:
        say(f"  missed {_told(label)}{_near(label, marks, 'found')}{_near(label, disturbed, 'in')}")
    for mark in verdict.false_alarms:
        say(f"  false  {_told(mark)}{_near(mark, wanted, 'labelled')}{_near(mark, disturbed, 'in')}")
    for label, mark in verdict.wrong_kinds:
        say(f"  wrong  {_told(label)} was found as {_told(mark)}")
    return verdict


def _cells(score: Score) -> tuple[object, ...]:
    shares = (score.precision, score.recall, score.f1)
    sizes = (score.found, score.labelled, score.labelled)
    told = (f"{share:.3f}" if size else "–" for share, size in zip(shares, sizes, strict=True))
    return (score.found, score.labelled, score.matched, *told)


def _share(score: Score) -> str:
    return f"{score.matched} / {score.labelled} = {score.recall:.2f}" if score.labelled else "–"


def _told(mark: Mark) -> str:
    frames = f"{mark.start_frame}" if mark.is_cut else f"{mark.start_frame}–{mark.end_frame}"
    return f"{mark.kind} {frames}{f' ({mark.note})' if mark.note else ''}"


def _near(mark: Mark, others: Iterable[Mark], word: str) -> str:
    room = 0 if word == "in" else _NEAR_FRAMES
    near = [
        _told(other)
        for other in others
        if other.start_frame - room <= mark.end_frame and mark.start_frame <= other.end_frame + room
    ]
    return f"; {word} {', '.join(near)}" if near else ""


def _read_happenings(path: Path) -> tuple[Mark, ...]:
    with path.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["what"] != "take"]
    return tuple(Mark(int(row["start_frame"]), int(row["end_frame"]), row["what"]) for row in rows)
