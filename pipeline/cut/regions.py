"""The highlights of a film as each region sees them: one body for all, each region's cards and additions around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from pipeline.cut.choice import KnownFilm
from pipeline.cut.cutting import Cutting, holds, joints_in
from pipeline.edit import Edit, MasterSpan, merged
from pipeline.errors import PlanError
from pipeline.film import ResolvedSpan
from pipeline.plan.dressing import Dress, plan_dress
from pipeline.plan.highlights import Highlight, HighlightChoice
from pipeline.plan.regions import Region, changed, pictured, prolonged, regional, styled, unshown_pictures
from pipeline.presets import StylePreset
from pipeline.shell.study import Study
from pipeline.timebase import Span, clock


@dataclass(frozen=True)
class Dressing:
    """What all regions of a film put around its highlights."""

    dresses: Mapping[str, Dress]
    """The cards of each, by the region's id."""
    regions: tuple[Region, ...]

    @classmethod
    def of(cls, regions: Sequence[Region], style: StylePreset, study: Study, seconds: Fraction) -> Dressing:
        """Return what regions put around clips of some seconds."""
        rate = study.analysis.timeline.rate

        def dress(one: Region) -> Dress:
            worn = styled(style, one)
            planned = plan_dress(
                one.film, worn, rate=rate, seconds=seconds, pictures=one.pictures.keys(), region=one.id
            )
            return pictured(replace(planned, notes=(*planned.notes, *unshown_pictures(one, worn))), one)

        return cls({one.id: dress(one) for one in regions}, tuple(regions))

    def refuse_too_long(self, seconds: Fraction) -> None:
        """Raise PlanError where a region leaves the film less than half of clips of some seconds."""
        longest = max(self.regions, key=self.around_s)
        if self.around_s(longest) * 2 > seconds:
            raise PlanError(
                f"{longest.id} puts {_told(self.around_s(longest))} around clips of {_told(seconds)}, which leaves "
                "the film less than half of them.",
                remedy="Add less for it in film.toml, or choose longer highlights.",
            )

    def around_s(self, region: Region) -> Fraction:
        """Return how long what a region puts around a highlight plays, in seconds."""
        return self.dresses[region.id].duration + region.added_s

    @property
    def longest_s(self) -> Fraction:
        """The longest of these: what is left of a clip is chosen from the film."""
        return max(map(self.around_s, self.regions))


@dataclass(frozen=True)
class RegionalHighlights:
    """What regions see of a film's highlights."""

    cuttings: Mapping[str, tuple[Cutting, ...]]
    """The highlights of each region, by its id."""
    notes: tuple[str, ...]


def changed_times(known: KnownFilm, regions: Sequence[Region]) -> KnownFilm:
    """Return what is known of a film with what any region changes never chosen, so that all share what is.

    What a person locked stays, and is changed where it must be.
    """
    spans = [ResolvedSpan(span, f"changed in {region.id}") for region, span in _barred(known, regions)]
    return replace(known, times=replace(known.times, never=(*known.times.never, *spans)))


def always_changed(known: KnownFilm, regions: Sequence[Region]) -> tuple[str, ...]:
    """Return what is told of stretches that must always be used and of which a region changes some."""
    told = {
        f"{region.id} changes some of {clock(one.span.start)}–{clock(one.span.end)}, which film.toml says must always "
        "be used: no clip for any region shows what it changes.": None
        for region, span in _barred(known, regions)
        for one in known.times.always
        if one.span.overlap(span) > 0
    }
    return tuple(told)


def _barred(known: KnownFilm, regions: Sequence[Region]) -> Iterator[tuple[Region, Span]]:
    """Yield what regions change and nobody locked."""
    locked = [one.span for one in known.times.locked]
    for region in regions:
        yield from ((region, span) for span in region.changed if not any(span.overlap(one) > 0 for one in locked))


def plan_highlights(
    choice: HighlightChoice, dressing: Dressing, known: KnownFilm, study: Study, studies: Sequence[Study]
) -> RegionalHighlights:
    """Return highlights as regions see them; `choice` are their bodies, chosen for what the longest leaves of them.

    `study` is of the film, `studies` of it and of all that any region adds. What a person cut is never made longer.
    Raises PlanError where a region removes all of it.
    """
    cuttings: dict[str, list[Cutting]] = {region.id: [] for region in dressing.regions}
    notes: dict[str, None] = {}
    longest_s = dressing.longest_s
    for body in choice.highlights:
        edits, reel = dict[str, Edit](), replace(body.edit, bed=())
        # What several see alike is one edit: whoever looks it up need not compare it part by part.
        alike: dict[Edit, Edit] = {}
        for region in dressing.regions:
            more = Fraction(0) if body.is_locked else longest_s - dressing.around_s(region)
            longer = _longer(body, more, choice, known, study)
            if longer.duration < body.edit.duration + more:
                missing = float(body.edit.duration + more - longer.duration)
                notes[f"{region.id}: {body.id} is {missing:.1f} s shorter: no more of the film may be shown there."] = (
                    None
                )
            if longer is not body.edit:
                reel = _wider(reel, longer)
            edit = regional(longer, region, dressing.dresses[region.id], master=study.digest)
            edits[region.id] = alike.setdefault(edit, edit)
            if not changed(longer, region, master=study.digest).parts:
                raise PlanError(
                    f"{region.id} is left nothing of {body.id}, which a person cut.",
                    remedy="Remove less for it in film.toml, or cut the others without it.",
                )
        joints = joints_in((body.edit, *edits.values()), studies)
        for region in dressing.regions:
            edit = edits[region.id]
            siblings = tuple(other for name, other in edits.items() if name != region.id)
            made = replace(body, edit=edit)
            cuttings[region.id].append(Cutting(made, reel, _added(edit, reel), siblings, body.edit, joints))
    return RegionalHighlights({name: tuple(found) for name, found in cuttings.items()}, tuple(notes))


def _longer(body: Highlight, more: Fraction, choice: HighlightChoice, known: KnownFilm, study: Study) -> Edit:
    """Return a body with so much more of the film, or as much of that as may be shown."""
    if not more:
        return body.edit
    never = [one.span for one in known.times.never]
    others = [span.span for one in choice.highlights if one.id != body.id for span in one.edit.spans]
    best = body.edit
    for barred in ((*never, *choice.left_out, *others), (*never, *choice.left_out), never):
        longer = prolonged(body.edit, more, _allowed(barred, study.analysis.timeline.duration))
        if longer.duration > best.duration:
            best = longer
        if best.duration == body.edit.duration + more:
            break
    return best


def _allowed(barred: Sequence[Span], duration: Fraction) -> tuple[Span, ...]:
    """Return the stretches of a film that none of some spans covers."""
    ends = [Fraction(0)]
    for span in sorted(barred):
        if span.start > ends[-1]:
            ends += (span.start, span.end)
        else:
            ends[-1] = max(ends[-1], span.end)
    ends.append(max(duration, ends[-1]))
    pairs = zip(ends[::2], ends[1::2], strict=True)
    return tuple(Span(start, min(end, duration)) for start, end in pairs if start < min(end, duration))


def _wider(reel: Edit, other: Edit) -> Edit:
    """Return an edit whose ends reach as far as those of both: they differ in their first start and last end alone."""
    parts = [
        replace(one, span=Span(min(one.span.start, same.span.start), max(one.span.end, same.span.end)))
        if isinstance(one, MasterSpan) and isinstance(same, MasterSpan)
        else one
        for one, same in zip(reel.parts, other.parts, strict=True)
    ]
    return replace(reel, parts=tuple(parts))


def _added(edit: Edit, reel: Edit) -> Edit | None:
    """Return the film of an edit that its reel does not hold, each stretch once; None where it holds all."""
    held = [part for part in merged(reel).parts if isinstance(part, MasterSpan)]
    spans = (part for part in merged(edit).parts if isinstance(part, MasterSpan))
    beside = dict.fromkeys(replace(part, programme=None) for part in spans if not any(holds(one, part) for one in held))
    parts = tuple(_apart(tuple(beside)))
    return Edit("added", parts) if parts else None


def _apart(parts: Sequence[MasterSpan]) -> Iterator[MasterSpan]:
    """Yield stretches of films with none in another."""
    for part in parts:
        if not any(holds(other, part) and other != part for other in parts):
            yield part


def _told(seconds: Fraction) -> str:
    return f"{float(seconds):.1f}".removesuffix(".0") + " s"
