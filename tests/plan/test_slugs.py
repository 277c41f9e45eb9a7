"""What titles become in addresses: small Latin letters and digits, cut between words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.links import CAMPAIGN_PART
from pipeline.plan.slugs import slug_of, slug_words


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("The Red Kite", "the-red-kite"),
        ("Smørrebrød & Łódź", "smorrebrod-lodz"),
        ("Don't Look", "dont-look"),
        ("The Unbearable Lightness of Being Left Alone", "the-unbearable-lightness-of-being-left"),
        ("Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch", "llanfairpwllgwyngyllgogerychwyrndrobwlll"),
        ("羅生門", ""),
        ("羅生門 2", "2"),
    ],
)
def test_a_title_is_cut_between_words(title: str, slug: str) -> None:
    assert slug_of(title, most=40) == slug


@given(st.text())
def test_any_text_is_a_part_of_a_campaign_or_none(text: str) -> None:
    slug = slug_of(text, most=40)
    assert bool(slug) == bool(slug_words(text))
    assert not slug or re.fullmatch(CAMPAIGN_PART, slug, re.ASCII)
