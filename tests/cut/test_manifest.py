"""What clips.json says of an earlier run is kept, and what is no longer so goes: files beside clips that lost them."""

from __future__ import annotations

from typing import Any

from pipeline.cut.manifest import merged, stale_files

SHOWN = [{"id": "h1", "parts": [{"frames": [0, 48]}], "bed": []}]


def _document(*names: str, refused: tuple[str, ...] = (), beside: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a document of clips of one highlight by their names, with files besides clip and poster."""
    clips = [
        {
            "highlight": "h1",
            "platform": name.removeprefix("h1-"),
            "file": f"clips/{name}.mp4",
            "poster": f"posters/{name}.jpg",
            "framing": f"framing/{name}.framing.json",
            "captions": None,
            "made": "rendered",
        }
        for name in names
    ]
    files = (*beside, *(clip[kind] for clip in clips for kind in ("file", "poster", "framing")))
    return {
        "highlights": SHOWN,
        "clips": clips,
        "refused": [{"clip": name, "why": "…"} for name in refused],
        "files": dict.fromkeys(files, "key"),
    }


def test_captions_and_overlaps_go_where_a_clip_has_them_no_more() -> None:
    beside = ("clips/h1-x.srt", "framing/h1-x.overlaps.jpg")
    earlier, now = _document("h1-x", "h1-tiktok", beside=(*beside, "clips/h1-tiktok.srt")), _document("h1-x")
    assert stale_files(earlier, now) == set(beside)
    assert "clips/h1-tiktok.srt" in merged(earlier, now)["files"] and not set(beside) & set(
        merged(earlier, now)["files"]
    )
    assert stale_files(earlier, _document("h1-x", beside=beside)) == set()


def test_a_clip_that_is_refused_now_goes_and_its_framing_stays() -> None:
    earlier, now = _document("h1-x", "h1-tiktok"), _document("h1-x", refused=("h1-tiktok",))
    assert stale_files(earlier, now) == {"clips/h1-tiktok.mp4", "posters/h1-tiktok.jpg"}
    left = merged(earlier, now)
    assert [clip["platform"] for clip in left["clips"]] == ["x"]
    assert "framing/h1-tiktok.framing.json" in left["files"]


def test_clips_of_platforms_that_were_not_asked_for_stay() -> None:
    earlier, now = _document("h1-x", "h1-tiktok"), _document("h1-x")
    assert stale_files(earlier, now) == set()
    assert [clip["made"] for clip in merged(earlier, now)["clips"]] == ["reused", "rendered"]


def test_nothing_of_what_was_never_put_there_is_taken_away() -> None:
    assert stale_files({}, _document("h1-x", refused=("h1-tiktok",))) == set()
