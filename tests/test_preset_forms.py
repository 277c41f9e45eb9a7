"""A preset as a form has it: every field with its words, and its text changed in place with comments kept."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.presets import SCHEMAS, check_preset, is_shipped, list_presets
from pipeline.presets.forms import Node, form_of
from pipeline.presets.text import changed_text, parse_words

SHIPPED = [file for file in list_presets() if is_shipped(file)]
HOSTILE = (
    "", " ", "\0", "\x1b[31m", '"""', "'''", '"\n[x]\ny = 1\n"', "a\r\nb", "\u202e", "9" * 5000, "-1", "1e400", "nan",
    "1/0", "{}", "[[rungs]]", "# comment", "\\", "${7*7}", '<img src=x onerror="1">', "../../etc/passwd", "é" * 3000,
    "true", "2026-13-45", "0x10", "1_000", "٣",
)  # fmt: skip


def words_under(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of every text, and of what is true or false."""
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from words_under(one, (*at, key))
    else:
        yield at


def put(words: Any, at: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(words)
    inner = changed
    for key in at[:-1]:
        inner = inner[key]
    inner[at[-1]] = value
    return changed


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: f"{file.kind}-{file.id}")
def test_what_is_saved_as_it_was_loaded_is_the_very_same_text(file: Any) -> None:
    text = file.path.read_bytes().decode()
    for one in (text, text.replace("\n", "\r\n"), f"# mine\n\n{text}\n\n# the end"):
        words = parse_words(one, file.path)
        assert changed_text(one, json.loads(json.dumps(words)), file.kind, file.path) == one


@settings(max_examples=60)
@given(st.data())
def test_a_change_says_what_was_typed_and_leaves_every_other_line_alone(data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(SHIPPED))
    text = file.path.read_text()
    words = parse_words(text, file.path)
    place = data.draw(st.sampled_from([at for at in words_under(words) if at[-1] != "note"]))
    typed = data.draw(st.sampled_from(HOSTILE) | st.text(max_size=20) | st.integers().map(str))
    try:
        typed.encode()
    except UnicodeEncodeError:
        return
    changed = put(words, place, typed)
    new = changed_text(text, changed, file.kind, file.path)
    said = parse_words(new, file.path)
    found: Any = said
    for key in place:
        found = found[key]
    assert found == typed and put(said, place, "") == put(words, place, "")
    was, now = text.splitlines(), new.splitlines()
    kept = [line for line in was if line not in now]
    assert len(kept) <= 1, kept
    assert parse_words(changed_text(new, words, file.kind, file.path), file.path) == words


def test_comments_stay_where_they_are_and_new_lines_join_their_table() -> None:
    (file,) = [one for one in SHIPPED if (one.kind, one.id) == ("platforms", "tiktok")]
    text = (
        file.path.read_text()
        .replace("[file]\n", "\n# about files\n[file] # here\n")
        .replace("channels = 2", "channels = 2  # two ears")
    )
    words = parse_words(text, file.path)
    words["sound"] |= {"channels": "1", "limiting_db_max": "4.5"}
    words["picture"]["video_kbps"] = {"max": "9000", "source": "api"}
    words["sources"]["mine"] = {"title": "Me", "read_on": "2026-11-27", "certainty": "practice", "note": "a\nb"}
    new = changed_text(text, words, file.kind, file.path)
    assert 'edit_list = { rule = "allowed", source = "practice" }' in new and "\n# about files\n[file] # here\n" in new
    assert (
        "channels = 1  # two ears\n" in new and 'b_frames = { prefer = 2, source = "practice" }\nvideo_kbps = { ' in new
    )
    assert 'source = "practice" }\nlimiting_db_max = 4.5\n' in new and new.endswith('"""a\nb"""\n')
    assert check_preset(new, file) == ()


def test_rungs_come_and_go_without_the_others_changing() -> None:
    (file,) = [one for one in SHIPPED if (one.kind, one.id) == ("ladders", "feed")]
    text = file.path.read_text()
    words = parse_words(text, file.path)
    fewer = copy.deepcopy(words)
    del fewer["rungs"][3]
    new = changed_text(text, fewer, file.kind, file.path)
    assert "# With the lowest sound" in new and new.count("[[rungs]]") == text.count("[[rungs]]") - 1
    assert check_preset(new, file) == ()
    assert parse_words(changed_text(new, words, file.kind, file.path), file.path) == words


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_form_has_every_field_of_the_schema_with_its_words(kind: Any) -> None:
    def check(node: Node) -> int:
        count = 0
        for field in node.get("fields", ()):
            assert field["told"] and field["title"], field
            count += 1 + check(field["node"]) + check(field["node"].get("item", {}))
        return count

    assert check(form_of(kind)) >= len(SCHEMAS[kind].model_fields) - 1
    assert len(json.dumps(form_of(kind))) < 100_000


def test_bounds_and_units_are_said() -> None:
    fields = {field["name"]: field for field in form_of("ladders")["fields"]}
    rung = {field["name"]: field for field in fields["rungs"]["node"]["item"]["fields"]}
    assert (rung["vmaf"]["node"]["kind"], rung["vmaf"]["node"]["allowed"]) == ("number", "1 to 99")
    assert (rung["average_kbps"]["title"], rung["average_kbps"]["unit"]) == ("average bit rate", "kb/s")
    assert fields["codec"]["node"]["options"] == ["h264", "hevc", "av1"] and fields["codec"]["default"] == "h264"


@settings(max_examples=60)
@given(st.data())
def test_any_field_or_table_may_go_and_come_again(data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(SHIPPED))
    text = file.path.read_text()
    words = parse_words(text, file.path)
    places = [at[:depth] for at in words_under(words) for depth in range(1, len(at) + 1)]
    place = data.draw(st.sampled_from(sorted(set(places), key=str)))
    fewer = copy.deepcopy(words)
    inner: Any = fewer
    for key in place[:-1]:
        inner = inner[key]
    del inner[place[-1]]
    without = changed_text(text, fewer, file.kind, file.path)
    said = parse_words(without, file.path)
    assert said in (fewer, {name: one for name, one in fewer.items() if one != []})
    again = changed_text(without, words, file.kind, file.path)
    assert parse_words(again, file.path) == words
    # Those before a table are about what follows, whatever stood before them.
    comments = [line for line, after in pairwise(text.splitlines()) if line[:1] == "#" and after[:1] == "["]
    assert all(line in again for line in comments)
