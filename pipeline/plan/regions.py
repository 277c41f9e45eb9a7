"""What a region changes of an edit, as functions edit → edit; and how long that leaves the film in a clip."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final

from pipeline.edit import (
    BedPart,
    Card,
    CardPicture,
    Edit,
    MasterSpan,
    Part,
    Programme,
    SoundFades,
    excerpt,
    shortened,
    sounding,
    surrounded,
)
from pipeline.film import Film, FilmRegion
from pipeline.plan.dressing import Dress
from pipeline.presets import RegionPreset, StylePreset
from pipeline.regions import Wishes, wishes_of
from pipeline.styles import CardKind, CardStyle
from pipeline.timebase import FrameRate, Span, total

_COVER_S: Final = Fraction(1, 4)
"""Fade of the sound where the film goes on beyond where a highlight was to end, as in highlights' own ends."""
_LEGAL_S: Final = Fraction(2)
"""A legal line has a card of its own where there is none that it could stand on."""


@dataclass(frozen=True)
class Replacement:
    """What is shown instead of a stretch of the film."""

    span: Span
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Region:
    """What a region makes of a film."""

    id: str
    name: str
    wishes: Wishes
    film: Film
    """The film as it is told of there: title, rating and so on."""
    cards: tuple[CardStyle, ...]
    pictures: Mapping[CardKind, CardPicture] = field(default_factory=dict)
    """Those that stand on cards instead of text."""
    before: tuple[Part, ...] = ()
    """What is added before the film or clip."""
    after: tuple[Part, ...] = ()
    removed: tuple[Span, ...] = ()
    """Stretches of the film that are not shown there."""
    replaced: tuple[Replacement, ...] = ()

    @property
    def added_s(self) -> Fraction:
        """How long what is added plays, in seconds, cards not counted."""
        return total(part.duration for part in (*self.before, *self.after))

    @property
    def changed(self) -> tuple[Span, ...]:
        """Stretches of the film that are not shown as they are."""
        return (*self.removed, *(one.span for one in self.replaced))


def told_film(film: Film, preset: RegionPreset, own: FilmRegion | None) -> Film:
    """Return a film as a region tells of it.

    Its rating is that of the region's own board or none; all else is as everywhere unless the region's table says it.
    """
    wishes = wishes_of(preset, own)
    fields: dict[str, object] = {"rating": None if own is None else own.rating}
    fields |= {name: value for name in ("call_to_action", "link") if (value := getattr(wishes, name)) is not None}
    if own is not None:
        fields |= {name: value for name in ("title", "content_notes", "laurels") if (value := getattr(own, name))}
    if wishes.language is not None:
        fields["language"] = (wishes.language, *film.language)
    return film.model_copy(update=fields)


def styled(style: StylePreset, region: Region) -> StylePreset:
    """Return a style as clips of a region have it: its cards beside those of the region, its captions as wished."""
    own = {card.kind for card in region.cards}
    cards = (*region.cards, *(card for card in style.cards if card.kind not in own))
    show = region.wishes.subtitles or style.captions.show
    return style.model_copy(update={"cards": cards, "captions": style.captions.model_copy(update={"show": show})})


def pictured(dress: Dress, region: Region) -> Dress:
    """Return cards with the region's pictures in place of text, and its legal line on the first card that takes one."""
    before, after = (
        tuple(_with_picture(card, region.pictures) for card in cards) for cards in (dress.before, dress.after)
    )
    if region.wishes.legal_line is None or region.wishes.legal_line_on == "picture":
        return replace(dress, before=before, after=after)
    bearing = next((card for card in (*before, *after) if card.design in ("rating", "title")), None)
    if bearing is None:
        return replace(dress, before=before, after=(Card((region.wishes.legal_line,), _LEGAL_S), *after))
    told = replace(bearing, lines=(*bearing.lines, region.wishes.legal_line))
    before, after = (tuple(told if card is bearing else card for card in cards) for cards in (before, after))
    return replace(dress, before=before, after=after)


def unshown_pictures(region: Region, style: StylePreset) -> tuple[str, ...]:
    """Return what is told of a region's pictures for cards that its style, as clips or packages have it, has not."""
    kinds = {card.kind for card in style.cards}
    return tuple(
        f"{region.id}: {kind}_card in film.toml is not shown, since there is no {kind} card: ask for one under "
        "[[cards]] in the region's preset."
        for kind in region.pictures
        if kind not in kinds
    )


def regional(edit: Edit, region: Region, dress: Dress, *, master: str) -> Edit:
    """Return an edit of a film as a region sees it: changed, and with more around it."""
    return surrounded(
        changed(edit, region, master=master), (*dress.before, *region.before), (*region.after, *dress.after)
    )


def changed(edit: Edit, region: Region, *, master: str) -> Edit:
    """Return an edit of a film without what a region removes, and with something else for what it replaces."""
    return with_replacements(without(edit, region.removed, master=master), region.replaced, master=master)


def without(edit: Edit, spans: Sequence[Span], *, master: str) -> Edit:
    """Return the edit without some stretches of a master, neither seen nor heard.

    Of an edit with a bed, what is then longer, the parts or the bed, is cut at its end.
    """
    if not spans:
        return edit
    parts = tuple(piece for part in edit.parts for piece in _left(part, spans, master))
    bed = tuple(sounding(piece) for part in edit.bed for piece in _left(part, spans, master))
    return _over_bed(edit, parts, bed)


def with_replacements(edit: Edit, replacements: Sequence[Replacement], *, master: str) -> Edit:
    """Return the edit with something else for some stretches of a master.

    Where it shows a piece of a stretch alone, it shows the piece of the replacement that stands there, as long as that
    lasts; a replacement's last picture or sound is not held. Of an edit with a bed, what is seen is replaced and the
    bed stays, but for stretches of it that are replaced themselves.
    """
    if not replacements:
        return edit
    parts = tuple(piece for part in edit.parts for piece in _with(part, replacements, master))
    bed = tuple(sounding(piece) for part in edit.bed for piece in _with(part, replacements, master))
    return _over_bed(edit, parts, bed)


def prolonged(edit: Edit, seconds: Fraction, allowed: Sequence[Span]) -> Edit:
    """Return the edit with so much more of the film: after it as far as is allowed, the rest before it.

    `allowed` are stretches of its film that may be shown, in order; what lies in none of them is never added, so that
    it may become less longer. A bed goes on under it. The sound fades where an end has moved.
    """
    last, first = edit.parts[-1], edit.parts[0]
    if seconds <= 0 or not isinstance(last, MasterSpan) or not isinstance(first, MasterSpan):
        return edit
    played = edit.bed or edit.parts
    ends = (played[0], played[-1])
    later = min(_room_after(part, seconds, allowed) for part in (last, ends[1]))
    sooner = min(_room_before(part, seconds - later, allowed) for part in (first, ends[0]))
    fades = edit.fades or SoundFades(Fraction(0), Fraction(0))
    return replace(
        edit,
        parts=_stretched(edit.parts, sooner, later),
        bed=_stretched(edit.bed, sooner, later),
        fades=SoundFades(
            max(fades.in_s, _COVER_S) if sooner else fades.in_s, max(fades.out_s, _COVER_S) if later else fades.out_s
        ),
    )


def added_part(master: str, span: Span, name: str, rate: FrameRate) -> MasterSpan:
    """Return what a region adds, a programme of its own, in whole frames at the film's rate: those that fit."""
    programme = Programme(name, SoundFades(_COVER_S, _COVER_S))
    return MasterSpan(master, in_frames_of(rate, span), programme=programme)


def in_frames_of(rate: FrameRate, span: Span) -> Span:
    """Return as much of a stretch as fits in whole frames at a rate, at least one: what follows is on frames again."""
    return Span(span.start, span.start + rate.time_of(max(1, rate.frames_within(span.duration))))


def _over_bed(edit: Edit, parts: tuple[Part, ...], bed: tuple[BedPart, ...]) -> Edit:
    """Return an edit of these parts, and where it has a bed, over this one: what is longer is cut at its end."""
    if not edit.bed:
        return replace(edit, parts=parts)
    length = min(_length(parts), _length(bed))
    under, over = (shortened(Edit(edit.name, one), length).parts for one in (bed, parts))
    return replace(edit, parts=over, bed=tuple(part for part in under if not isinstance(part, Card)))


def _with_picture(card: Card, pictures: Mapping[CardKind, CardPicture]) -> Card:
    picture = next((one for kind, one in pictures.items() if kind == card.design), None)
    return card if picture is None else Card((), card.duration, "picture", None, picture)


def _left(part: Part, spans: Iterable[Span], master: str) -> Iterator[BedPart | Card]:
    """Yield what removing stretches of a master leaves of a part."""
    if not isinstance(part, MasterSpan) or part.master != master:
        yield part
        return
    at = part.span.start
    for span in sorted(spans):
        if at < span.end and span.start < part.span.end and span.duration:
            if span.start > at:
                yield replace(part, span=Span(at, span.start))
            at = max(at, span.end)
    if at < part.span.end:
        yield replace(part, span=Span(at, part.span.end))


def _with(part: Part, replacements: Sequence[Replacement], master: str) -> Iterator[Part]:
    """Yield a part with something else for stretches of a master."""
    if not isinstance(part, MasterSpan) or part.master != master:
        yield part
        return
    at = part.span.start
    for one in sorted(replacements, key=lambda each: each.span):
        start, end = max(at, one.span.start), min(part.span.end, one.span.end)
        if start >= end:
            continue
        if start > at:
            yield replace(part, span=Span(at, start))
        yield from _shown_of(one, start, end)
        at = end
    if at < part.span.end:
        yield replace(part, span=Span(at, part.span.end))


def _shown_of(one: Replacement, start: Fraction, end: Fraction) -> tuple[Part, ...]:
    if (start, end) == (one.span.start, one.span.end):
        return one.parts
    return excerpt(Edit("replacement", one.parts), Span(start, end).moved(-one.span.start)).parts


def _room_after(part: Part, seconds: Fraction, allowed: Sequence[Span]) -> Fraction:
    if not isinstance(part, MasterSpan):
        return Fraction(0)
    end = next((span.end for span in allowed if span.start <= part.span.end <= span.end), part.span.end)
    return min(seconds, end - part.span.end)


def _room_before(part: Part, seconds: Fraction, allowed: Sequence[Span]) -> Fraction:
    if not isinstance(part, MasterSpan):
        return Fraction(0)
    start = next((span.start for span in allowed if span.start <= part.span.start <= span.end), part.span.start)
    return min(seconds, part.span.start - start)


def _stretched(parts: tuple[BedPart, ...] | tuple[Part, ...], sooner: Fraction, later: Fraction) -> tuple[BedPart, ...]:
    """Return parts whose first span begins so much sooner, and whose last one ends so much later."""
    found = list(parts)
    for at, begin, end in ((0, sooner, Fraction(0)), (-1, Fraction(0), later)):
        if found and isinstance(part := found[at], MasterSpan):
            found[at] = replace(part, span=Span(part.span.start - begin, part.span.end + end))
    return tuple(found)  # type: ignore[arg-type]  # a bed has no cards, and other parts keep theirs


def _length(parts: Sequence[Part]) -> Fraction:
    return total(part.duration for part in parts)
