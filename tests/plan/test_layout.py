"""What platforms' buttons cover, and what of a picture is free."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.geometry import Box
from pipeline.plan.layout import ButtonZone, button_zones, canvases, covered_share, free_boxes
from pipeline.presets import load_platforms

TALL = {"width_px": 1080, "height_px": 1920}
boxes = st.builds(Box, st.integers(0, 40), st.integers(0, 40), st.integers(1, 20), st.integers(1, 20))


def test_the_common_zone_of_the_tall_platforms_leaves_the_middle_free() -> None:
    zones = button_zones(load_platforms(("tiktok", "instagram-reels", "youtube-shorts")), **TALL)
    left_of_rail, above_rail = free_boxes(zones, **TALL)
    assert left_of_rail == Box(120, 269, 660, 979)
    assert above_rail == Box(120, 269, 840, 571)


def test_zones_are_scaled_outwards_and_say_whose_they_are() -> None:
    zones = button_zones(load_platforms(("tiktok", "youtube-shorts")), width_px=720, height_px=1280)
    assert ButtonZone(("TikTok",), Box(0, 840, 720, 440)) in zones
    assert ButtonZone(("YouTube Shorts",), Box(0, 0, 720, 128)) in zones


def test_without_zones_the_title_safe_box_is_free() -> None:
    assert free_boxes((), width_px=1920, height_px=1080) == (Box(192, 108, 1536, 864),)


@settings(deadline=None)
@given(boxes, st.lists(boxes, max_size=5))
def test_the_covered_share_counts_every_pixel_once(box: Box, covering: list[Box]) -> None:
    zones = tuple(ButtonZone(("one",), other) for other in covering)
    pixels = [
        (x, y) for x in range(box.left_px, box.right_px) for y in range(box.top_px, box.bottom_px)
        if any(o.left_px <= x < o.right_px and o.top_px <= y < o.bottom_px for o in covering)
    ]  # fmt: skip
    assert covered_share(box, zones) == Fraction(len(pixels), box.area)


@settings(deadline=None)
@given(st.lists(boxes, min_size=1, max_size=4))
def test_free_boxes_touch_no_zone_and_cover_all_that_is_free(covering: list[Box]) -> None:
    zones = tuple(ButtonZone(("one",), box) for box in covering)
    free = free_boxes(zones, width_px=60, height_px=60)
    assert not any(box.overlap(other) for box in free for other in covering)
    for x in range(0, 60, 7):
        for y in range(0, 60, 7):
            pixel = Box(x, y, 1, 1)
            assert any(box.holds(pixel) for box in free) != any(other.overlap(pixel) for other in covering)


def test_platforms_of_one_shape_share_a_canvas_where_the_buttons_of_all_leave_room() -> None:
    platforms = load_platforms(("tiktok", "instagram-reels", "x"))
    common, apart = canvases(platforms, "common"), canvases(platforms, "per-platform")
    assert common["tiktok"] == common["instagram-reels"] and common["x"].zones == ()
    assert apart["tiktok"] != apart["instagram-reels"] and apart["tiktok"].shape == Fraction(9, 16)
    tiktok = next(one for one in platforms if one.id == "tiktok")
    assert tiktok.safe_zone is not None
    upper = tiktok.safe_zone.model_copy(update={"top_px": 1200, "bottom_px": 100, "rail": None})
    other = tiktok.model_copy(update={"id": "other", "name": "Other", "safe_zone": upper})
    crowded = canvases((*platforms, other), "common")
    assert crowded["tiktok"] == apart["tiktok"] and crowded["other"] != crowded["tiktok"]


def test_canvases_that_are_alike_are_one_so_that_nothing_compares_them_box_by_box() -> None:
    first, again = (canvases(load_platforms(("tiktok", "instagram-reels", "x")), "common") for _ in range(2))
    assert first["tiktok"] is first["instagram-reels"] is again["tiktok"] is not first["x"]
