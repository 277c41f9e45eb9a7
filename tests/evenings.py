"""Blocks as running orders written by hand, with pictures as posters, for tests of what is printed and handed out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from pipeline.edit import SoundFades
from pipeline.evening import EveningEntry
from pipeline.plan.running_order import SILENT, FilmNotes, Item, RunningOrder, SoundCue
from pipeline.timebase import Span

SIX = (
    FilmNotes(
        "The Red Kite", "a" * 64, "/films/the-red-kite.mov", "O Papagaio Vermelho", ("Ana Lima",), 2024, ("Portugal",),
        ("pt",), ("en",), "12", ("flashing lights",), "https://example.org/red-kite", "Q&A after the block",
    ),
    FilmNotes(
        "Nachtzug nach Süden", "b" * 64, "/films/nachtzug.mov", directors=("Jonas Weiß", "Mira Kowalczyk"), year=2025,
        countries=("Germany", "Poland"), languages=("de", "pl"), subtitles=("en",), rating="FSK 6",
        link="https://example.org/nachtzug",
    ),
    FilmNotes(
        "L’été où la mer s’est retirée si loin que plus personne ne l’entendait", "c" * 64, "/films/ete.mov",
        directors=("Hélène d’Aubigné",), year=2023, countries=("France",), languages=("fr",), subtitles=("en", "es"),
        content_notes=("drowning", "smoking"), link="https://example.org/ete?utm_source=sheet&utm_medium=print",
    ),
    FilmNotes(
        "赤い凧", "d" * 64, "/films/akai-tako.mov", directors=("山田 花子",), year=2022, countries=("日本",),
        languages=("ja",), subtitles=("en",), link="https://example.org/akai-tako",
    ),
    FilmNotes(
        "الطائرة الورقية الحمراء", "e" * 64, "/films/kite-ar.mov", directors=("ليلى حداد",), year=2024,
        countries=("لبنان",), languages=("ar",), subtitles=("en", "fr"), rating="PG",
        link="https://example.org/taira",
    ),
    FilmNotes(
        "Ode", "f" * 64, "/films/ode.mov", directors=("Kim Ok",), year=2026, countries=("Korea",), languages=("zxx",)
    ),
)  # fmt: skip
AT_ANCHOR = SoundCue(Fraction(-16))
CUES = (
    AT_ANCHOR,
    SoundCue(Fraction("-19.3"), Fraction("3.3")),
    SoundCue(Fraction(-16), fades=SoundFades(Fraction(0), Fraction(2))),
    AT_ANCHOR,
    None,
    SILENT,
)


def block(
    films: Sequence[FilmNotes] = SIX, *, title: str = "Short Films for a Long Night", seconds: int = 149
) -> RunningOrder:
    """Return a block with a leader, and before each film its card and after it black; films are of several lengths."""
    items: list[Item] = []
    at = Fraction(0)

    def add(kind: str, name: str, length: Fraction, film: FilmNotes | None = None, cue: SoundCue | None = None) -> None:
        nonlocal at
        items.append(Item(kind, name, Span(at, at + length), film, cue))  # type: ignore[arg-type]
        at += length

    add("leader", "Countdown", Fraction(8), cue=SILENT)
    for number, film in enumerate(films):
        add("slate", film.title, Fraction(4), film)
        add("film", film.title, seconds + Fraction(number * 1001, 40), film, CUES[number % len(CUES)])
        add("black", "", Fraction(2))
    add("card", "Thank you for coming", Fraction(10))
    return RunningOrder(title, tuple(items))


def evening() -> tuple[EveningEntry, ...]:
    """Return an evening of 80 minutes or so."""
    return (
        EveningEntry(what="doors", minutes=Fraction(30), note="Music off at five to"),
        EveningEntry(what="block"),
        EveningEntry(what="talk", title="Talk with Ana Lima and Jonas Weiß", minutes=Fraction(20), who="with Mara"),
        EveningEntry(what="stream", minutes=Fraction(15), who="live from Lisbon", note="open the link before"),
        EveningEntry(what="merch", who="Tom", note="posters, cash only"),
    )  # fmt: skip


def draw_posters(folder: Path, films: Sequence[FilmNotes] = SIX) -> dict[str, Path]:
    """Return pictures drawn into a folder, by films' digests: landscapes, one upright; of the last film none."""
    from PIL import Image, ImageDraw

    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for number, film in enumerate(films[:-1]):
        size = (800, 1200) if number == 2 else (1920, 1080) if number % 2 else (1998, 1080)
        picture = Image.linear_gradient("L").resize(size).convert("RGB")
        draw = ImageDraw.Draw(picture)
        draw.ellipse(
            (size[0] // 3, size[1] // 4, size[0] // 3 + 400, size[1] // 4 + 400), fill=(200, 60 * number % 255, 40)
        )
        found[film.digest] = folder / f"{number}.{'png' if number % 3 == 0 else 'jpg'}"
        picture.save(found[film.digest])
    return found


def renamed(film: FilmNotes, title: str, number: int = 0) -> FilmNotes:
    """Return a film of another title that is another film."""
    return replace(film, title=title, digest=f"{number:064x}", path=f"/films/{number}.mov")
