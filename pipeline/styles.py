"""The sections of presets/styles: how clips look, whatever the platform. `presets` makes one preset of them."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from pipeline.limits import Text
from pipeline.tables import Exact, Schema

Share = Annotated[Exact, Field(ge=0, le=1)]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
CardKind = Literal["title", "rating", "laurels", "end"]


class FramingStyle(Schema):
    window: Literal["follow", "stand", "middle"] = Field(
        "follow",
        description="'follow' lets windows stand on what a shot shows, and move where that shows clearly more; 'stand' "
        "never moves them; 'middle' cuts out the middle, whatever it shows",
    )
    apart: Literal["wider", "split", "pad"] = Field(
        "wider",
        description="what is done where two subjects are too far apart for one window: 'wider' shows a window wide "
        "enough for both, with padding above and below; 'split' shows each in a half of its own; 'pad' shows all of "
        "the picture",
    )
    padding: Literal["blur", "colour"] = Field(
        "blur", description="what fills the rest where the picture does not: itself, enlarged and blurred, or a colour"
    )
    padding_colour: Colour = Field("#000000", description="the colour, such as '#000000', for padding 'colour'")
    kept_fraction_min: Share = Field(
        Fraction(1, 2),
        description="share of a shot's faces, by their size, that one window has to keep whole, and 0.15 more, 0 to 1; "
        "where there are several and it keeps less, they are treated as too far apart",
    )
    # At 3, 1080×1920 pixels show 360×640 of the film: as few to a side as TikTok and LinkedIn take (presets/platforms).
    enlargement_max: Annotated[Exact, Field(ge=1, le=16)] = Field(
        Fraction(3),
        description="times that the film's pixels may be enlarged in a clip before it is told, 1 to 16; at 3, a clip "
        "of 1080×1920 shows 360×640 pixels of the film, and some platforms refuse pictures that are smaller than that",
    )
    # Together, these two keep the change of speed below 0.2 % of the picture's width per frame, at 24 per second.
    pan_per_second_max: Annotated[Exact, Field(gt=0, le=Fraction(1, 2))] = Field(
        Fraction(1, 6), description="fastest that a window moves, in widths of the film's picture per second, up to 0.5"
    )
    pan_seconds_min: Annotated[Exact, Field(ge=Fraction(1, 2), le=10)] = Field(
        Fraction(1), description="seconds that a window takes at least to get up to that speed, 0.5 to 10"
    )


class CaptionStyle(Schema):
    show: Literal["picture", "file", "none"] = Field(
        "picture", description="'picture' draws captions and writes an SRT file, 'file' writes that alone, or 'none'"
    )
    height_fraction: Annotated[Exact, Field(ge=Fraction(1, 50), le=Fraction(1, 5))] = Field(
        Fraction(1, 16), description="height of a line as a share of the picture's shorter side, 0.02 to 0.2"
    )
    weight: Literal["regular", "bold"] = Field("bold", description="weight of the letters")
    colour: Colour = Field("#ffffff", description="colour of the letters")
    outline_colour: Colour = Field("#000000", description="colour of their outline or box")
    ground: Literal["outline", "box"] = Field("outline", description="letters with an outline, or on a box")
    lines_max: Annotated[int, Field(ge=1, le=2)] = Field(2, description="most lines at once, 1 or 2")
    line_letters_max: Annotated[int, Field(ge=10, le=80)] = Field(42, description="most letters in a line, 10 to 80")
    letters_per_second_max: Annotated[Exact, Field(ge=5, le=40)] = Field(
        Fraction(20), description="reading speed above which a caption is told, 5 to 40"
    )
    shown_s_min: Annotated[Exact, Field(ge=0, le=5)] = Field(
        Fraction(5, 6), description="shortest time that a caption is shown, where the next one allows it, 0 to 5"
    )
    shown_s_max: Annotated[Exact, Field(ge=1, le=60)] = Field(
        Fraction(7), description="longest time that a caption should be shown, 1 to 60; longer ones are told"
    )


class CardStyle(Schema):
    kind: CardKind = Field(
        description="'title', 'rating' (with content notes), 'laurels', or 'end' (call to action and QR code); a card "
        "is left out where film.toml says nothing that it could show"
    )
    place: Literal["start", "end"] = Field(description="where in the clip it stands")
    seconds: Annotated[Exact, Field(ge=Fraction(1, 2), le=10)] = Field(
        description="how long it is shown, 0.5 to 10; a clip with cards is as long as one without"
    )


class CardLook(Schema):
    ground: Colour = Field("#000000", description="colour behind the text")
    ink: Colour = Field("#f0f0f0", description="colour of the text")
    accent: Colour = Field("#f0f0f0", description="colour of what stands out: the call to action, rules, laurels")
    logo: Text | None = Field(
        None, description="a PNG or JPEG on every card, at the bottom: its path, from the preset's folder"
    )


class LayoutStyle(Schema):
    zones: Literal["common", "per-platform"] = Field(
        "common",
        description="'common' keeps captions and cards out of the buttons of all platforms of one shape, so that these "
        "share a picture; 'per-platform' places them for each platform alone, at the price of more encodes",
    )
    faces: Literal["warn", "error"] = Field(
        "warn",
        description="what a face under a platform's buttons does: 'warn' tells it, 'error' makes no clip with it",
    )
    lettering: Literal["warn", "error"] = Field(
        "warn", description="the same for the film's own titles under a platform's buttons"
    )


def rgb_of(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255, of a colour such as '#f0f0f0'."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mixed(one: str, other: str, share: float) -> str:
    """Return a colour between two, `share` of it the first."""
    pairs = zip(rgb_of(one), rgb_of(other), strict=True)
    return "#" + "".join(f"{round(first * share + second * (1 - share)):02x}" for first, second in pairs)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21, as WCAG 2.2 defines it (w3.org/TR/WCAG22/#dfn-contrast-ratio)."""
    lights = sorted(map(_luminance, (one, other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(colour: str) -> float:
    shares = [value / 255 for value in rgb_of(colour)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
