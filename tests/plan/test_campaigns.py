"""A campaign that an address says is read back from it, and nothing else of the address is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import PlanError
from pipeline.links import parse_link
from pipeline.plan.campaigns import Campaign, campaign_of, parse_code, with_campaign

parts = st.just("") | st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
campaigns = st.builds(Campaign, parts, parts, parts, parts, parts)
addresses = st.builds(
    "https://example.org{}{}{}".format,
    st.sampled_from(["", "/", "/red-kite", "/caf%C3%A9/x.html"]),
    st.sampled_from(["", "?a=1", "?c=old.one", "?a=1&c=x&b=c%3D2", "?cc=1", "?c", "?a"]),
    st.sampled_from(["", "#top", "#c=x"]),
)


@given(addresses, campaigns)
def test_a_campaign_is_read_back(address: str, campaign: Campaign) -> None:
    told = with_campaign(address, campaign)
    assert campaign_of(told) == (campaign if campaign.code else None)
    assert parse_link(told) == parse_link(told.replace(" ", "")), "it is an address still"


@given(addresses, campaigns, campaigns)
def test_the_last_campaign_stands_alone_and_all_else_stays(address: str, first: Campaign, last: Campaign) -> None:
    assert with_campaign(with_campaign(address, first), last) == with_campaign(address, last)
    without = with_campaign(with_campaign(address, first), Campaign())
    assert without == with_campaign(address, Campaign())
    for kept in ("a=1", "b=c%3D2", "cc=1", "#top", "/red-kite"):
        assert (kept in without) == (kept in address)


@given(campaigns)
def test_a_code_means_one_campaign(campaign: Campaign) -> None:
    assert parse_code(campaign.code) == (campaign if campaign.code else None)


@given(st.text() | st.from_regex(r"[a-z.-]{0,30}", fullmatch=True))
def test_any_text_is_a_code_of_ours_or_none(text: str) -> None:
    found = parse_code(text)
    assert found is None or found.code == text


@pytest.mark.parametrize("part", ["Málaga", "a b", "a&b", "a.b", "-a", "a-", "x" * 41, "a\n", "A"])
def test_what_no_code_has_is_refused(part: str) -> None:
    with pytest.raises(PlanError, match="campaign"):
        with_campaign("https://example.org/", Campaign(event=part))


def test_an_address_that_no_phone_reads_is_refused() -> None:
    with pytest.raises(PlanError, match="letters"):
        with_campaign(f"https://example.org/{'a' * 470}", Campaign("red-kite", "h1", "tiktok"))


def test_a_code_reads_as_people_would_say_it() -> None:
    campaign = Campaign("red-kite", "h1", "tiktok", "de", "malaga-26")
    assert (
        with_campaign("https://example.org/kite", campaign)
        == "https://example.org/kite?c=red-kite.h1.tiktok.de.malaga-26"
    )
    assert (
        with_campaign("https://example.org/kite", Campaign(event="malaga-26"))
        == "https://example.org/kite?c=....malaga-26"
    )
