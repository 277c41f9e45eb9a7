"""What platforms say to a file, as people read it in a terminal: findings, what to do, sources, the verdict last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pipeline.counting import counted
from pipeline.spelling import spelled

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.plan.checks import Finding, Outcome
    from pipeline.presets import PlatformPreset, Source

# What stands before a finding, and how it looks; the worst first.
_MARKS: Final[dict[Outcome, tuple[str, str]]] = {
    "fail": ("FAIL", "bold red"),
    "warn": ("warn", "yellow"),
    "unchecked": ("?", "dim"),
    "pass": ("ok", "green"),
}


@dataclass(frozen=True)
class Verdict:
    """What a platform says to a file."""

    preset: PlatformPreset
    findings: tuple[Finding, ...]
    refused: tuple[Outcome, ...]
    """The outcomes for which the file is not taken."""

    @property
    def is_accepted(self) -> bool:
        """Whether the platform takes it."""
        return not any(finding.outcome in self.refused for finding in self.findings)

    def having(self, outcome: Outcome) -> tuple[Finding, ...]:
        """Return the findings of an outcome."""
        return tuple(finding for finding in self.findings if finding.outcome == outcome)


def show_verdicts(file: Path, verdicts: Sequence[Verdict]) -> None:
    """Print all that was found."""
    from rich.console import Console

    console, sources = Console(highlight=False), _Sources()
    _show_lines(console, file, verdicts, sources)
    _show_advice(console, verdicts)
    sources.show(console)
    if len(verdicts) == 1:
        _show_one(console, verdicts[0])
    else:
        _show_several(console, verdicts)


@dataclass
class _Line:
    """One line of the table: findings that say the same, of one or several things, for one or several platforms."""

    outcome: Outcome
    measured: str
    limit: str
    things: dict[str, None] = field(default_factory=dict)
    sources: dict[Source, None] = field(default_factory=dict)
    platforms: dict[str, None] = field(default_factory=dict)


def _lines(verdicts: Sequence[Verdict]) -> list[_Line]:
    """Return the findings of all platforms, the worst first.

    What could not be checked has one line for each reason. What passes for several platforms, each with its own limit,
    has one for each value; asked for alone, a platform's limits are told.
    """
    lines: dict[tuple[str, ...], _Line] = {}
    for outcome in _MARKS:
        found = [(one, verdict.preset.id) for verdict in verdicts for one in verdict.having(outcome)]
        order = list(dict.fromkeys(one.what for one, _ in found))
        for one, platform in sorted(found, key=lambda pair: order.index(pair[0].what)):
            is_brief = outcome == "unchecked" or (outcome == "pass" and len(verdicts) > 1)
            limit, what = "" if is_brief else one.limit, "" if outcome == "unchecked" else one.what
            line = lines.setdefault((outcome, what, one.measured, limit), _Line(outcome, one.measured, limit))
            line.things[one.what] = line.platforms[platform] = None
            if not is_brief:
                line.sources[one.source] = None
    return list(lines.values())


def _show_lines(console: Console, file: Path, verdicts: Sequence[Verdict], sources: _Sources) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    several = len(verdicts) > 1
    table = Table(title=Text(spelled(str(file))), title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("", "what", "measured", "limit", "source"):
        table.add_column(heading)
    if several:
        table.add_column("platforms", min_width=max(len(verdict.preset.id) for verdict in verdicts) + 1)
    for line in _lines(verdicts):
        mark, style = _MARKS[line.outcome]
        measured = f"not checked: {line.measured}" if line.outcome == "unchecked" else line.measured
        cells = [", ".join(line.things), spelled(measured), line.limit, sources.cite(tuple(line.sources))]
        cells += [_names(tuple(line.platforms), verdicts)] if several else []
        table.add_row(Text(mark, style), *(Text(cell, "dim" if line.outcome == "unchecked" else "") for cell in cells))
    console.print(table)


def _names(platforms: Sequence[str], verdicts: Sequence[Verdict]) -> str:
    """Return the shortest way to name some of the platforms that were asked."""
    others = [verdict.preset.id for verdict in verdicts if verdict.preset.id not in platforms]
    if not others:
        return "all"
    return f"all but {', '.join(others)}" if len(others) < len(platforms) - 1 else ", ".join(platforms)


class _Sources:
    """Number the documents in the order in which they are cited, and list them at the end."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def cite(self, sources: Sequence[Source]) -> str:
        """Return the numbers of some sources; our practice has none."""
        cited = {self._number(source) for source in sources if source.certainty != "practice"}
        practice = ["practice"] * any(source.certainty == "practice" for source in sources)
        return ", ".join((*map(str, sorted(cited)), *practice))

    def show(self, console: Console) -> None:
        """List the documents."""
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=(0, 1))
        grid.add_column(justify="right")
        grid.add_column(overflow="fold")
        for told, number in self._numbers.items():
            grid.add_row(Text(str(number), "dim"), Text(told, "dim"))
        console.print(grid)
        console.print(Text("practice: ours, where the platform's documents say nothing\n", "dim"))

    def _number(self, source: Source) -> int:
        told = f"{source.title} ({source.certainty}, {source.read_on}) {source.url or ''}".rstrip()
        return self._numbers.setdefault(told, len(self._numbers) + 1)


def _show_advice(console: Console, verdicts: Sequence[Verdict]) -> None:
    """Say what to do, once for all that it helps against, and why, where only our practice asks for one thing."""
    things: dict[str, dict[str, None]] = {}
    reasons: dict[str, dict[str, None]] = {}
    for verdict in verdicts:
        for one in (*verdict.having("fail"), *verdict.having("warn")):
            is_ours = one.source.certainty == "practice" and one.source not in verdict.preset.sources.values()
            advice = one.advice or ""
            things.setdefault(advice, {})[one.what] = None
            reasons.setdefault(advice, {})[(one.source.note or "") if is_ours else ""] = None
    for advice, named in things.items():
        told = " ".join(filter(None, (*(reasons[advice] if len(named) == 1 else ()), advice)))
        if told:
            console.print(f"{', '.join(named)}: {told}", markup=False)
    if any(things):
        console.print()


def _show_one(console: Console, verdict: Verdict) -> None:
    from rich.text import Text

    told, style = ("takes it", "green") if verdict.is_accepted else ("does not take it", "bold red")
    counts = [
        f"{counted(len(found), noun)} ({', '.join(one.what for one in found)})"
        for noun, found in (("failure", verdict.having("fail")), ("warning", verdict.having("warn")))
        if found
    ]
    counts += [f"{len(verdict.having('unchecked'))} not checked"] if verdict.having("unchecked") else []
    counts += [f"{len(verdict.having('pass'))} passed"]
    console.print(Text.assemble(f"{verdict.preset.name} ", (told, style), f": {', '.join(counts)}"))


def _show_several(console: Console, verdicts: Sequence[Verdict]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD)
    for heading in ("platform", "takes it", "failures", "warnings"):
        table.add_column(heading)
    for verdict in verdicts:
        answer = Text("yes", "green") if verdict.is_accepted else Text("no", "bold red")
        named = [", ".join(one.what for one in verdict.having(outcome)) for outcome in ("fail", "warn")]
        table.add_row(Text(verdict.preset.name), answer, *map(Text, named))
    console.print(table)
    console.print("matinee conform FILE --platform ID tells every limit of a platform.")
