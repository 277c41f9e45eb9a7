"""What people are told of a film and of its clips before anything is made: what helps, once, and nothing else."""

from __future__ import annotations

from typing import Any

DRY = ("--highlights", "short", "--platform", "tall", "--platform", "quad", "--dry-run")


def styled(workplace: Any, text: str) -> tuple[object, ...]:
    """Return what is typed for a dry run in a style of one's own."""
    folder = workplace.presets / "styles"
    folder.mkdir(exist_ok=True)
    (folder / "ours.toml").write_text(f'name = "Ours"\n{text}')
    return ("cut", workplace.film, *DRY, "--style", "ours")


def notes(workplace: Any, *words: object) -> list[str]:
    """Return the lines that a dry run says of the film: those that are indented."""
    ran = workplace.matinee(*words)
    assert ran.code == 0, ran.err
    return [line.strip() for line in ran.err.splitlines() if line.startswith("  ")]


def test_enlargement_beyond_the_styles_bound_is_told_once_for_each_size(workplace: Any) -> None:
    def soft(*words: object) -> list[str]:
        return [note for note in notes(workplace, *words) if "soft" in note]

    (told,) = soft(*styled(workplace, "[framing]\nenlargement_max = 1.5\n"))
    assert told == (
        "Enlarged more than the 1.5 times that style 'ours' allows (enlargement_max), and so soft: kite.mp4 up to "
        "1.78 times at 144×256 (a window of 81×144 pixels). Give a larger master, or raise the bound in a style of "
        "your own."
    ), "once for both highlights, and nothing of 144×144, where nothing is enlarged"
    assert soft("cut", workplace.film, *DRY) == []


def test_a_film_without_a_film_file_is_told_of_no_card_unless_the_style_was_chosen(workplace: Any) -> None:
    def cards(*words: object) -> list[str]:
        return [note for note in notes(workplace, *words) if "card" in note]

    house = ("cut", workplace.film, *DRY)
    assert cards(*house) == []
    end = '[[cards]]\nkind = "end"\nplace = "end"\nseconds = 0.5\n'
    missing = ["No end card: film.toml has no link and no call_to_action."]
    assert cards(*styled(workplace, end)) == missing
    (workplace.presets / "styles" / "house.toml").write_text(f'name = "A house of our own"\n{end}')
    assert cards(*house) == missing
    workplace.film.with_name("kite.film.toml").write_text('call_to_action = "See it"\n')
    assert cards(*house) == ["The end card has no QR code: film.toml has a call_to_action and no link."]


def test_what_is_told_of_captions_names_the_clips_that_it_is_told_of(workplace: Any) -> None:
    workplace.film.with_suffix(".srt").write_text("1\n00:00:00,000 --> 00:01:00,000\n🎬 Come back!\n")
    told = [note for note in notes(workplace, "cut", workplace.film, *DRY) if "emoji" in note]
    assert [note.partition(" 1 caption drawn without emoji")[0] for note in told] == ["h1:", "h2:"]
