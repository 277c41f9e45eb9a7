"""Presets: what ships is valid and says what it should; what people get wrong is told to the field."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from pipeline.errors import PresetError
from pipeline.presets import (
    SCHEMAS,
    HighlightsPreset,
    PlatformPreset,
    check_presets,
    describe,
    list_presets,
    load_block,
    load_highlights,
    load_platform,
    load_platforms,
    load_style,
)
from pipeline.timebase import FrameRate

SHIPPED = Path(__file__).parent.parent / "presets"
PLATFORMS = (
    "facebook-reels", "instagram-feed", "instagram-reels", "linkedin", "snapchat-spotlight", "square", "tiktok", "x",
    "youtube-shorts",
)  # fmt: skip
NO_WEIGHTS = "\n".join(f"{name} = 0" for name in ("hook", "shape", "interest", "faces", "movement", "rest"))
Edit = Callable[..., Path]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder of the user's own presets."""
    for kind in SCHEMAS:
        (tmp_path / kind).mkdir()
    monkeypatch.setenv("MATINEE_PRESETS", str(tmp_path))
    return tmp_path


@pytest.fixture
def edit(own: Path) -> Edit:
    """Copy a shipped preset into the user's folder with one text in it replaced."""

    def copy(name: str, before: str, after: str) -> Path:
        text = (SHIPPED / name).read_text(encoding="utf-8")
        assert before in text
        path = own / name
        path.write_text(text.replace(before, after), encoding="utf-8")
        return path

    return copy


def _complaint(preset_id: str = "tiktok") -> PresetError:
    with pytest.raises(PresetError) as caught:
        load_platform(preset_id)
    return caught.value


def test_every_shipped_preset_is_valid() -> None:
    assert check_presets() == ()
    assert [file.id for file in list_presets() if file.kind == "highlights"] == ["moments", "montage"]


def test_no_name_means_all_platforms_in_order_of_their_ids() -> None:
    assert tuple(preset.id for preset in load_platforms(())) == PLATFORMS


def test_repeated_names_are_loaded_once() -> None:
    assert [preset.id for preset in load_platforms(("x", "tiktok", "x"))] == ["tiktok", "x"]


def test_platform_limits_are_what_the_documents_say() -> None:
    told = {
        preset.id: (
            (preset.picture.width_px.prefer, preset.picture.height_px.prefer),
            (preset.file.duration_s.min, preset.file.duration_s.max),
            preset.file.file_size_mb and preset.file.file_size_mb.max,
            preset.file.edit_list.rule,
        )
        for preset in load_platforms(())
    }
    assert told == {
        "facebook-reels": ((1080, 1920), (3, 90), 9999, "allowed"),
        "instagram-feed": ((1080, 1350), (3, 900), 300, "forbidden"),
        "instagram-reels": ((1080, 1920), (3, 900), 300, "forbidden"),
        "linkedin": ((1920, 1080), (3, 1800), 500, "allowed"),
        "snapchat-spotlight": ((1080, 1920), (5, 60), 500, "allowed"),
        "square": ((1080, 1080), (3, 900), 300, "forbidden"),
        "tiktok": ((1080, 1920), (None, 180), 4000, "allowed"),
        "x": ((1280, 720), (Fraction(1, 2), 1200), 8000, "allowed"),
        "youtube-shorts": ((1080, 1920), (None, 180), None, "forbidden"),
    }


def test_every_shipped_platform_asks_for_the_practised_loudness() -> None:
    for preset in load_platforms(()):
        assert (preset.sound.loudness_lufs.target, preset.sound.true_peak_dbtp.max) == (-14, -1)
        assert preset.sources[preset.sound.loudness_lufs.source].certainty == "practice"


def test_rates_and_times_are_exact() -> None:
    facebook, youtube = load_platform("facebook-reels"), load_platform("youtube-shorts")
    assert facebook.picture.frame_rate.min == FrameRate(Fraction(24000, 1001))
    assert youtube.picture.keyframe_interval_s.prefer == Fraction(1, 2)


def test_moments_are_the_default_highlights() -> None:
    moments = load_highlights()
    assert (moments.id, moments.kind, moments.count, moments.seconds) == ("moments", "moment", 3, 45)
    assert (moments.spoilers.last_act_fraction, moments.spoilers.budget_fraction) == (Fraction(3, 20), 0)
    assert moments.scorer == "editor"
    assert (moments.sound.fade_in_s, moments.sound.fade_out_s) == (Fraction(1, 20), Fraction(1, 2))
    assert moments.montage is None


def test_count_and_seconds_have_defaults(edit: Edit) -> None:
    edit("highlights/moments.toml", "count = 3\nseconds = 45\n", "")
    assert (load_highlights().count, load_highlights().lengths_s) == (3, (45, 45))


def test_what_is_spoiled_and_what_counts_has_defaults(edit: Edit) -> None:
    spoilers = "[spoilers]\nlast_act_fraction = 0.15\nbudget_fraction = 0\n"
    edit("highlights/moments.toml", spoilers, "")
    assert load_highlights().spoilers.last_act_fraction == Fraction(3, 20)
    assert load_highlights().weights.interest > load_highlights().weights.rest > 0


def test_a_length_may_be_a_range(edit: Edit) -> None:
    edit("highlights/moments.toml", "seconds = 45\n", "seconds_min = 30\nseconds_max = 60.5\n")
    assert load_highlights().lengths_s == (30, Fraction(121, 2))
    assert load_highlights().length_text == "30 to 60.5 s"


def test_every_field_is_described() -> None:
    def undescribed(schema: type) -> list[str]:
        return [name for name, field in schema.model_fields.items() if not field.description]  # type: ignore[attr-defined]

    assert {kind: undescribed(schema) for kind, schema in SCHEMAS.items()} == {kind: [] for kind in SCHEMAS}


def test_a_preset_is_described_in_rows_with_sources() -> None:
    rows = {row.field: (row.value, row.source) for row in describe(load_platform("instagram-reels"))}
    cited = "Meta: Instagram Platform, IG User Media, reel specifications (read, 2026-11-23)"
    assert rows["picture.frame_rate"] == ("23/1 to 60/1", cited)
    assert rows["sound.audio_kbps"] == ("exactly 128", cited)
    assert rows["picture.width_px"] == ("at most 1920, prefers 1080", cited)
    assert rows["file.edit_list"] == ("forbidden", cited)
    assert rows["safe_zone"][0] == "top 269, bottom 672, left 65, right 65, rail 227 wide from y 1152"
    assert rows["sound.channels"] == ("2", "") and rows["sound.limiting_db_max"] == ("6", "")


def test_highlights_are_described_as_well() -> None:
    rows = {row.field: row.value for row in describe(load_highlights("montage"))}
    assert (rows["kind"], rows["seconds"], rows["avoid.black"], rows["montage.min_shot_s"]) == (
        "montage", "45", "true", "3/2",
    )  # fmt: skip


def test_an_unknown_name_gets_the_nearest_one() -> None:
    error = _complaint("tictok")
    assert "there is no preset 'tictok' in platforms (did you mean tiktok?)" in str(error)
    assert error.data["allowed"] == ", ".join(PLATFORMS)
    assert error.exit_code == 2


def test_of_a_long_name_the_beginning_is_told() -> None:
    for name in ("x" * 5000, "X" * 5000):
        assert f"'{name[:60]}…'" in str(_complaint(name)) and len(str(_complaint(name))) < 400


def test_several_names_in_one_are_told_as_that() -> None:
    with pytest.raises(PresetError, match=r"'tiktok,x' cannot name a preset.* Name each preset by itself\."):
        load_platform("tiktok,x")


@pytest.mark.parametrize(
    "preset_id",
    ["../x", "..", "", "a/b", "/etc/passwd", "TikTok", "x.toml", "tiktok\n", "-x", "tik\x00tok", "x" * 5000],
)
def test_a_name_never_leads_out_of_the_folder(preset_id: str) -> None:
    _complaint(preset_id)


@pytest.mark.parametrize(
    ("before", "after", "field", "said"),
    [
        ("width_px = { min", "widht_px = { min", "picture.widht_px", "(did you mean width_px?)"),
        ("loudness_lufs", "loudness_db", "sound.loudness_db", "(did you mean loudness_lufs?)"),
        ("min = 360, max = 4096, prefer = 1080", "min = 360.0, prefer = 1080", "picture.width_px.min", "whole number"),
        ('min = "23/1"', "min = 23.976", "picture.frame_rate.min", "'24000/1001' for 23.976"),
        ("max = -1", "max = 1", "sound.true_peak_dbtp.max", "at most 0"),
        ("channels = 2", "channels = 2\nlimiting_db_max = -1", "sound.limiting_db_max", "at least 0"),
        ("channels = 2", "channels = 2\nlimiting_db_max = 21", "sound.limiting_db_max", "limiter may take"),
        ("sample_rate_hz = 48000", "sample_rate_hz = 44100", "sound.sample_rate_hz", "48000"),
        ("channels = 2", "channels = 6", "sound.channels", "1 or 2"),
        ('fit = "crop"', 'fit = "stretch"', "picture.fit", "'crop' or 'pad'"),
        ("max = 180", "max = -180", "file.duration_s.max", "at least 0"),
        ("max = 4000", "max = 4000000000", "file.file_size_mb.max", "megabytes"),
        ("prefer = 384", "prefer = 384000", "sound.audio_kbps.prefer", "at most 512"),
        ('rule = "allowed"', "rule = true", "file.edit_list.rule", "'forbidden' or 'allowed'"),
        ('"read"', '"sure"', "sources.api.certainty", "'second-hand' or 'practice'"),
        ("2026-11-23", '"2026-11-23"', "sources.ads.read_on", "valid date"),
        ("https://developers", "http://developers", "sources.api.url", "https"),
        ("min = 360, max = 4096, prefer = 1080", "min = 9, max = 8, prefer = 8", "picture.width_px", "min is at most"),
        ("max = 4096, prefer = 1080", "max = 1000, prefer = 1080", "picture.width_px", "between min and max"),
        ('min = "23/1", max = "60/1"', 'min = "60/1", max = "23/1"', "picture.frame_rate", "min is at most"),
        ('aspect = "9:16"', 'aspect = "4:5"', "picture.aspect", "exactly this shape"),
        ('aspect = "9:16"', 'aspect = "0:16"', "picture.aspect", "pattern"),
        ('1920, source = "api"', '1920, source = "apy"', "picture.height_px.source", "(did you mean api?)"),
        ("top_px = 240", "top_px = 1260", "safe_zone", "should be left inside"),
        ("from_y_px = 840", "from_y_px = 1920", "safe_zone.rail", "inside 1080x1920"),
        ('name = "TikTok"', 'id = "tiktok"\nname = "TikTok"', "id", "the file's name is the id"),
        ('name = "TikTok"', "", "name", "what people call it"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_field(edit: Edit, before: str, after: str, field: str, said: str) -> None:
    path = edit("platforms/tiktok.toml", before, after)
    error = _complaint()
    assert str(path) in str(error)
    assert said in str(error)
    assert error.data["field"] == field
    assert error.data["path"] == str(path)
    assert [problem.field for problem in check_presets()][:1] == [field]


def test_practice_needs_a_reason_and_a_document_needs_an_address(edit: Edit) -> None:
    edit("platforms/x.toml", 'url = "https://github.com/xdevplatform/docs"\n', "")
    assert _complaint("x").data["field"] == "sources.docs.url"
    note = 'note = "the file is best-practices.mdx; the preferred 384 kb/s of sound is ours"'
    edit("platforms/x.toml", f'certainty = "read"\n{note}', 'certainty = "practice"')
    assert _complaint("x").data["field"] == "sources.docs.note"


@pytest.mark.parametrize(
    ("name", "before", "after", "field"),
    [
        ("montage", "[montage]\nmin_shot_s = 1.5\nmax_shot_s = 5\n", "", "montage"),
        ("montage", 'kind = "montage"', 'kind = "moment"', "montage"),
        ("montage", "min_shot_s = 1.5", "min_shot_s = 15", "montage.min_shot_s"),
        ("moments", "[sound]", f"[weights]\n{NO_WEIGHTS}\n[sound]", "weights"),
        ("moments", "last_act_fraction = 0.15", "last_act_fraction = 1", "spoilers.last_act_fraction"),
        ("moments", "budget_fraction = 0", "budget_fraction = 1.1", "spoilers.budget_fraction"),
        ("moments", "seconds = 45\n", "seconds = 45\nseconds_min = 30\nseconds_max = 60\n", "seconds"),
        ("moments", "seconds = 45\n", "seconds_min = 30\n", "seconds_max"),
        ("moments", "seconds = 45\n", "seconds_max = 30\n", "seconds_min"),
        ("moments", "seconds = 45\n", "seconds_min = 60\nseconds_max = 30\n", "seconds_min"),
        ("moments", "count = 3\n", 'count = 3\nscorer = "An Editor"\n', "scorer"),
        ("moments", "seconds = 45", "seconds = 0", "seconds"),
        ("moments", "count = 3", "count = 0", "count"),
        ("moments", "black = true", "black = 1", "avoid.black"),
        ("moments", "seconds = 45\n", "seconds = 1\n", ""),
        ("moments", "fade_in_s = 0.05", "fade_in_s = 10", ""),
    ],
)  # fmt: skip
def test_highlights_are_checked_as_a_whole(edit: Edit, name: str, before: str, after: str, field: str) -> None:
    edit(f"highlights/{name}.toml", before, after)
    assert [problem.field for problem in check_presets()] == ([field] if field else [])


def test_fades_longer_than_the_clip_are_refused(edit: Edit) -> None:
    edit("highlights/moments.toml", "fade_out_s = 0.5", "fade_out_s = 10")
    path = edit("highlights/montage.toml", "fade_out_s = 0.5", "fade_out_s = 10")
    path.write_text(path.read_text().replace("seconds = 45", "seconds = 10"))
    assert [(problem.path, problem.field) for problem in check_presets()] == [(str(path), "sound")]


def test_the_users_folder_adds_and_overrides(own: Path, edit: Edit) -> None:
    edit("platforms/tiktok.toml", "max = 180", "max = 600")
    shutil.copy(SHIPPED / "platforms" / "tiktok.toml", own / "platforms" / "tiktok-long.toml")
    assert load_platform("tiktok").file.duration_s.max == 600
    assert load_platform("tiktok-long").file.duration_s.max == 180
    assert tuple(preset.id for preset in load_platforms(())) == tuple(sorted((*PLATFORMS, "tiktok-long")))


def test_hidden_files_of_editors_are_no_presets(own: Path) -> None:
    (own / "platforms" / ".#tiktok.toml").symlink_to("somebody@host.1234")
    (own / "platforms" / "._tiktok.toml").write_bytes(b"\x00\x05\x16\x07")
    assert check_presets() == ()


def test_files_that_nothing_reads_are_told(own: Path) -> None:
    (own / "highlight").mkdir()
    (own / "highlights" / "more").mkdir()
    strays = [own / "quiet.toml", own / "highlight" / "loud.toml", own / "highlights" / "more" / "calm.toml"]
    for path in strays:
        shutil.copy(SHIPPED / "highlights" / "moments.toml", path)
    problems = check_presets()
    assert [problem.path for problem in problems] == [str(path) for path in strays]
    assert (
        "nothing reads this file; presets lie in the folders platforms, highlights, styles, ladders, regions and blocks"
        in str(problems[0])
    )
    with pytest.raises(PresetError, match=r"no preset 'quiet' in highlights \(nothing reads .*quiet\.toml"):
        load_highlights("quiet")


def test_a_preset_of_another_kind_is_told_as_that() -> None:
    with pytest.raises(
        PresetError, match=r"no preset 'tiktok' in highlights \(tiktok is one of platforms\); known: mom"
    ):
        load_highlights("tiktok")
    with pytest.raises(PresetError, match=r"no preset 'moments' in platforms \(moments is one of highlights\)"):
        load_platform("moments")


def test_a_users_folder_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATINEE_PRESETS", str(tmp_path / "nowhere"))
    assert "nowhere, which is not a directory" in str(_complaint())


def test_all_bad_files_are_reported_together(own: Path) -> None:
    folder = own / "platforms"
    (folder / "a.toml").mkdir()
    (folder / "b.toml").write_bytes(b"name = 'caf\xe9'")
    (folder / "c.toml").write_text("name = ")
    (folder / "d.toml").symlink_to(folder / "d.toml")
    (folder / "E e.toml").write_text("")
    (folder / "f.toml").write_text("")
    told = [(Path(problem.path).name, problem.field) for problem in check_presets()]
    assert told == [
        ("E e.toml", ""), ("a.toml", ""), ("b.toml", ""), ("c.toml", ""), ("d.toml", ""),
        ("f.toml", "file"), ("f.toml", "name"), ("f.toml", "picture"), ("f.toml", "sound"), ("f.toml", "sources"),
    ]  # fmt: skip
    error = _complaint("f")
    assert str(error).count("is missing") == 5


def test_nine_platforms_load_in_a_moment() -> None:
    load_platforms(())
    start = time.process_time()
    loaded = load_platforms(())
    assert time.process_time() - start < 0.5  # 0.01 s where this was written
    assert all(isinstance(preset, PlatformPreset) for preset in loaded)
    assert isinstance(load_highlights("montage"), HighlightsPreset)


@pytest.mark.parametrize(
    ("look", "told"),
    [
        ('ink = "#101010"', r'card_look.ink is "#101010"; its contrast to ground #000000 is 1.1.*at least 4.5'),
        ('ground = "#f0f0f0"', r"card_look.ink is .*contrast to ground #f0f0f0 is 1.0"),
        ('accent = "#000080"', r'card_look.accent is "#000080".*at least 3'),
    ],
)
def test_cards_that_nobody_could_read_are_told(own: Path, look: str, told: str) -> None:
    (own / "styles" / "dim.toml").write_text(f'name = "Dim"\n[card_look]\n{look}\n')
    with pytest.raises(PresetError, match=told):
        load_style("dim")


@pytest.mark.parametrize("block", ["cafe", "cinema", "gallery", "online"])
def test_a_shipped_block_says_where_its_loudness_was_found(block: str) -> None:
    preset = load_block(block)
    assert {preset.loudness_lufs.source, preset.true_peak_dbtp.source} <= set(preset.sources)
    rows = {row.field: row for row in describe(preset)}
    assert "2026" in rows["loudness_lufs"].source and rows["venue_file.fps"].value == "24/1"


def test_a_block_without_slates_cannot_show_content_notes_on_them(own: Path) -> None:
    (own / "blocks").mkdir(exist_ok=True)
    text = (SHIPPED / "blocks" / "cafe.toml").read_text().replace("slate_s = 4", "slate_s = 0")
    (own / "blocks" / "bare.toml").write_text(text)
    with pytest.raises(PresetError, match="without slates"):
        load_block("bare")
    (own / "blocks" / "bare.toml").write_text(text.replace('"slate"', '"none"').replace('"house"', '"hose"'))
    with pytest.raises(PresetError, match="no preset 'hose' in styles"):
        load_block("bare")
