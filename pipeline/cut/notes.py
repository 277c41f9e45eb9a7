"""What people should know of a film before its clips go out, in words."""

from __future__ import annotations

from pipeline.facts import MediaFacts
from pipeline.film import Film
from pipeline.plan.folding import told_guess
from pipeline.plan.shots import FilmAnalysis


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
