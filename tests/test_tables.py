"""Reading TOML that people write: numbers stay exact, and every fault is told with its place."""

from __future__ import annotations

import os
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from pipeline.tables import (
    MOST_BYTES,
    Exact,
    Problem,
    Rate,
    Schema,
    check_table,
    nearest_name,
    parse_exact,
    parse_rate,
    read_table,
    show_value,
    with_tuples,
)
from pipeline.timebase import FrameRate


class Inner(Schema):
    size_px: Annotated[int, Field(ge=2)] = Field(description="pixels on a side")


class Named(Schema):
    name: Annotated[str, Field(pattern=r"^[a-z]+$")] = Field(description="what it is called")


class Outer(Schema):
    inner: Inner = Field(description="an inner table")
    more: dict[str, Inner] = Field({}, description="named tables")
    rate: Rate | None = Field(None, description="a rate")
    length_s: Exact | None = Field(None, description="a length")


def _write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _fault(path: Path) -> str:
    found = read_table(path)
    assert isinstance(found, Problem)
    return str(found)


@pytest.mark.parametrize(
    ("value", "exact"),
    [(2, 2), (Decimal("0.1"), Fraction(1, 10)), ("1001/30000", Fraction(1001, 30000)), ("-1.5", Fraction(-3, 2))],
)
def test_integers_decimals_and_texts_become_exact(value: object, exact: Fraction) -> None:
    assert parse_exact(value) == exact


@pytest.mark.parametrize(
    "value",
    [
        True,
        0.1,
        "1/0",
        "1/000",
        "ten",
        "1e9",
        "",
        "١",
        None,
        Decimal("NaN"),
        Decimal("inf"),
        Decimal("1e999999999"),
        10**40,
        "9" * 5000,
    ],
)
def test_what_is_no_short_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="a number such as"):
        parse_exact(value)


@given(st.integers(-(10**6), 10**6), st.integers(0, 6))
def test_decimals_keep_every_digit(digits: int, places: int) -> None:
    assert parse_exact(Decimal(digits).scaleb(-places)) == Fraction(digits, 10**places)


def test_rates_are_exact_texts() -> None:
    assert parse_rate("24000/1001") == FrameRate(Fraction(24000, 1001))
    assert parse_rate("24/1") == parse_rate(24) == FrameRate(Fraction(24))


@pytest.mark.parametrize("value", [Decimal("23.976"), "29.97", 23.976])
def test_a_rounded_rate_is_told_the_exact_one(value: object) -> None:
    with pytest.raises(ValueError, match=r"'24000/1001' for 23\.976"):
        parse_rate(value)


@pytest.mark.parametrize("value", ["0", "0/1", "-24/1", "1000/1", 241])
def test_rates_that_no_film_has_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match="from 1 to 240"):
        parse_rate(value)


def test_floats_are_read_as_written(tmp_path: Path) -> None:
    assert read_table(_write(tmp_path / "a.toml", "x = 0.1")) == {"x": Decimal("0.1")}


def test_a_byte_order_mark_and_windows_lines_are_accepted(tmp_path: Path) -> None:
    assert read_table(_write(tmp_path / "a.toml", b"\xef\xbb\xbfx = 1\r\ny = 2\r\n")) == {"x": 1, "y": 2}


def test_a_syntax_error_is_told_with_line_and_column(tmp_path: Path) -> None:
    assert "line 2, column 5" in _fault(_write(tmp_path / "a.toml", "x = 1\ny = \n"))


def test_text_that_is_not_utf8_is_told_with_its_line(tmp_path: Path) -> None:
    assert "not UTF-8 text (at line 2)" in _fault(_write(tmp_path / "a.toml", b"x = 1\ny = 'caf\xe9'\n"))


def test_a_huge_file_is_not_parsed(tmp_path: Path) -> None:
    assert "larger than 256 KiB" in _fault(_write(tmp_path / "a.toml", b"#" * (MOST_BYTES + 1)))


def test_a_directory_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.toml").mkdir()
    assert "is not a file but a directory" in _fault(tmp_path / "a.toml")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.toml")
    assert "is not a file" in _fault(tmp_path / "a.toml")


def test_a_loop_of_links_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.toml").symlink_to(tmp_path / "b.toml")
    (tmp_path / "b.toml").symlink_to(tmp_path / "a.toml")
    assert "cannot be read" in _fault(tmp_path / "a.toml")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in _fault(tmp_path / "a.toml")


@pytest.mark.parametrize("text", ["x = " + "[" * 20_000, "x = " + "9" * 5000, "x = 1\nx = 2"])
def test_hostile_toml_is_a_problem_not_a_crash(tmp_path: Path, text: str) -> None:
    assert "TOML" in _fault(_write(tmp_path / "a.toml", text))


def test_every_fault_of_a_table_is_told_at_once() -> None:
    problems = check_table(
        Outer,
        {"inner": {"sise_px": 2}, "rate": Decimal("23.976"), "more": {"a": {"size_px": "2"}}},
        path=Path("f.toml"),
    )
    assert isinstance(problems, tuple)
    exact_rate = "an exact rate: '24000/1001' for 23.976, '30000/1001' for 29.97, '60000/1001' for 59.94"
    assert [str(problem) for problem in problems] == [
        "f.toml: inner.sise_px is 2; there is no such field (did you mean size_px?); known here: size_px.",
        "f.toml: inner.size_px is missing; it must be given: pixels on a side.",
        'f.toml: more.a.size_px is "2"; it should be a whole number (pixels on a side).',
        f"f.toml: rate is 23.976; it should be {exact_rate} (a rate).",
    ]


def test_what_a_text_should_match_is_said_in_one_sentence() -> None:
    problems = check_table(Named, {"name": "../x"}, path=Path("f.toml"))
    assert isinstance(problems, tuple)
    assert str(problems[0]) == """f.toml: name is "../x"; it should match pattern '^[a-z]+$' (what it is called)."""


@pytest.mark.parametrize("value", [True, Decimal("2.0"), "2", [2], None])
def test_an_integer_is_never_coerced(value: object) -> None:
    assert isinstance(check_table(Inner, {"size_px": value}, path=Path("f.toml")), tuple)


def test_a_checked_table_is_frozen() -> None:
    inner = check_table(Inner, {"size_px": 2}, path=Path("f.toml"))
    assert isinstance(inner, Inner)
    with pytest.raises(ValueError, match="frozen"):
        inner.size_px = 4


def test_the_nearest_name_is_offered_only_where_one_is_near() -> None:
    assert nearest_name("tictok", ["x", "tiktok"]) == " (did you mean tiktok?)"
    assert nearest_name("vimeo", ["x", "tiktok"]) == ""


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        ("a", '"a"'),
        ({"min": 5, "max": Decimal("0.5")}, "{ min = 5, max = 0.5 }"),
        (Fraction(1, 2), "1/2"),
        (("a", 2, {"b": True}), '["a", 2, { b = true }]'),
        ("x" * 500, '"' + "x" * 76 + "…"),
    ],
)
def test_values_are_shown_as_toml_and_cut(value: object, shown: str) -> None:
    assert show_value(value) == shown


def test_numbers_of_thousands_of_digits_are_faults_not_crashes(tmp_path: Path) -> None:
    table = read_table(_write(tmp_path / "a.toml", f"length_s = 0x{'f' * 5000}\n[inner]\nsize_px = 2"))
    assert isinstance(table, dict)
    problems = check_table(Outer, table, path=Path("f.toml"))
    assert isinstance(problems, tuple)
    assert [(problem.field, problem.value) for problem in problems] == [("length_s", "a very long number")]


class Listed(Schema):
    names: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=3)], ...], Field(min_length=1, max_length=2)]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], ["f.toml: names is []; it should not be empty."]),
        # A list of nothing but faults is not told to be too short as well.
        ([""], ['f.toml: names.0 is ""; it should not be empty.']),
        (["long"], ['f.toml: names.0 is "long"; it should have at most 3 characters.']),
        (["a", "b", "c"], ['f.toml: names is ["a", "b", "c"]; it should have at most 2 items.']),
        ("a", ['f.toml: names is "a"; it should be a list.']),
    ],
)
def test_what_is_wrong_with_a_list_is_told_in_our_words(names: object, told: list[str]) -> None:
    problems = check_table(Listed, {"names": with_tuples(names)}, path=Path("f.toml"))
    assert isinstance(problems, tuple) and list(map(str, problems)) == told
