"""Languages as people write them in film.toml and as files carry them: BCP 47 against ISO 639-2."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

UNDETERMINED: Final = "und"
"""The tag of a language that nobody named (BCP 47)."""

_TAG: Final = re.compile(r"[a-z]{2,8}([-_][a-z0-9]{1,8})*\Z", re.IGNORECASE | re.ASCII)
# ISO 639-1 → ISO 639-2 (terminology first, then the bibliographic code where it differs), Library of Congress, 2017.
CODES: Final[Mapping[str, tuple[str, ...]]] = {
    "ar": ("ara",), "bg": ("bul",), "bn": ("ben",), "bs": ("bos",), "ca": ("cat",), "cs": ("ces", "cze"),
    "cy": ("cym", "wel"), "da": ("dan",), "de": ("deu", "ger"), "el": ("ell", "gre"), "en": ("eng",), "es": ("spa",),
    "et": ("est",), "eu": ("eus", "baq"), "fa": ("fas", "per"), "fi": ("fin",), "fr": ("fra", "fre"), "ga": ("gle",),
    "gl": ("glg",), "he": ("heb",), "hi": ("hin",), "hr": ("hrv",), "hu": ("hun",), "hy": ("hye", "arm"),
    "id": ("ind",), "is": ("isl", "ice"), "it": ("ita",), "ja": ("jpn",), "ka": ("kat", "geo"), "ko": ("kor",),
    "lt": ("lit",), "lv": ("lav",), "mk": ("mkd", "mac"), "ms": ("msa", "may"), "nb": ("nob", "nor"),
    "nl": ("nld", "dut"), "no": ("nor",), "pl": ("pol",), "pt": ("por",), "ro": ("ron", "rum"), "ru": ("rus",),
    "sk": ("slk", "slo"), "sl": ("slv",), "sq": ("sqi", "alb"), "sr": ("srp",), "sv": ("swe",), "ta": ("tam",),
    "te": ("tel",), "th": ("tha",), "tr": ("tur",), "uk": ("ukr",), "ur": ("urd",), "vi": ("vie",), "yi": ("yid",),
    "zh": ("zho", "chi"),
}  # fmt: skip


def tag_of(carried: str | None) -> str | None:
    """Return the BCP 47 tag for the language that a file's track says it has; None where it says none.

    What is no tag is none: a file may say anything there, and tags become parts of names.
    """
    if not carried or carried.lower() in ("und", "unk", "mul", "zxx", "mis") or not _TAG.match(carried):
        return None
    primary, mark, rest = carried.replace("_", "-").partition("-")
    short = next((tag for tag, codes in CODES.items() if primary.lower() in codes), primary.lower())
    return f"{short}{mark}{rest}"


def same_language(tag: str, carried: str | None) -> bool:
    """Return whether a BCP 47 tag such as 'pt-BR' means the language that a file's track says it has."""
    wanted, found = (text.replace("_", "-").lower().partition("-")[0] for text in (tag, carried or ""))
    return bool(found) and (found == wanted or found in CODES.get(wanted, ()) or wanted in CODES.get(found, ()))


def language_name(tag: str) -> str:
    """Return what speakers of a language call it ('español'); for a tag that no library knows, the tag itself."""
    from babel import Locale, UnknownLocaleError

    if tag.lower() == UNDETERMINED:
        return "Original"
    try:
        name = Locale.parse(tag.replace("-", "_")).get_display_name()
    except (UnknownLocaleError, ValueError):
        return tag
    return name or tag
