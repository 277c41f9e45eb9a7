"""What people should know of a film and of its picture in the clips before these go out, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipeline.cut.clips import PlannedClip
from pipeline.facts import MediaFacts
from pipeline.film import Film
from pipeline.plan.campaigns import campaign_note
from pipeline.plan.enlargement import Enlargement, Shown, enlargements
from pipeline.plan.folding import told_guess
from pipeline.plan.shots import FilmAnalysis
from pipeline.presets import StylePreset
from pipeline.spelling import spelled


def film_notes(analysis: FilmAnalysis, stored: MediaFacts, used: MediaFacts, film: Film) -> tuple[str, ...]:
    """Return notes on a master: `stored` are its facts, `used` the same with the sound that the clips are made of."""
    notes, sound = [], used.main_sound
    if len(used.sounds) > 1:
        language = f" ({sound.language})" if sound and sound.language else ""
        which = "default one" if sound == stored.main_sound else "one that film.toml names"
        notes.append(f"The film has {len(used.sounds)} audio tracks; the clips use the {which}{language}.")
    if sound is not None and (guess := told_guess(sound)):
        notes.append(guess)
    if corrupt := analysis.decoding.corrupt_count:
        notes.append(f"{corrupt} damaged pictures in the film; look at the clips before they go out.")
    if used.picture.colour.is_hdr:
        notes.append("The film is HDR; the clips are tone-mapped to SDR (BT.709).")
    if analysis.timeline.ticks is not None:
        rate = analysis.timeline.rate
        notes.append(f"The film has a variable frame rate; the clips have a constant {rate} frames per second.")
    if film.rating:
        notes.append(f"Rated {film.rating}.")
    return tuple(notes)


def enlargement_notes(clips: Iterable[PlannedClip], style: StylePreset, names: Mapping[str, str]) -> tuple[str, ...]:
    """Return what is told where clips enlarge their films more than a style's bound: one note, each size once in it.

    `names` are those of the masters' files, by their digests.
    """
    bound = style.framing.enlargement_max
    shown = (
        Shown(clip.preview.edit, clip.framing.framing, (clip.picture.width_px, clip.picture.height_px))
        for clip in clips
    )
    told = [_told(one, spelled(names[one.master])) for one in enlargements(shown, beyond=bound)]
    if not told:
        return ()
    note = (
        f"Enlarged more than the {float(bound):g} times that style {style.id!r} allows (enlargement_max), and so soft: "
        f"{'; '.join(told)}. Give a larger master, or raise the bound in a style of your own."
    )
    return (note,)


def campaign_notes(clips: Iterable[PlannedClip]) -> tuple[str, ...]:
    """Return what is told where codes on clips' cards say where viewers come from: one note, of the first of them."""
    return next((note for clip in clips if (note := campaign_note(clip.links, f" for {clip.name}"))), ())


def _told(one: Enlargement, name: str) -> str:
    window, size = (f"{width}×{height}" for width, height in (one.window, one.size))
    return f"{name} up to {float(one.times):.2f} times at {size} (a window of {window} pixels)"
