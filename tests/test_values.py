"""Values that keep their hash are equal, found and handed on as others are."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from dataclasses import dataclass, replace
from fractions import Fraction

from pipeline.edit import Edit, Gap, MasterSpan
from pipeline.timebase import Span
from pipeline.values import hashed_once

ASKED: list[str] = []


class Asked(str):
    __slots__ = ()

    def __hash__(self) -> int:
        ASKED.append(str(self))
        return super().__hash__()

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other)


@hashed_once
@dataclass(frozen=True)
class Named:
    name: str


def test_a_hash_is_worked_out_once_and_equal_values_have_the_same() -> None:
    one, other = Named(Asked("film")), Named(Asked("film"))
    ASKED.clear()
    assert {one: 1}[one] == 1 and hash(one) == hash(one)
    assert ASKED == ["film"]
    assert one == other and hash(one) == hash(other) and {one: 1}[other] == 1


def test_a_value_made_of_another_has_its_own_hash() -> None:
    edit = Edit("one", (Gap(Fraction(1)),))
    hash(edit)
    assert hash(replace(edit, name="two")) == hash(Edit("two", (Gap(Fraction(1)),)))


def test_another_process_is_handed_no_hash_of_text() -> None:
    edit = Edit("one", (MasterSpan("a", Span(Fraction(0), Fraction(1))),))
    hash(edit)
    read = (
        "import pickle, sys; from pipeline.edit import *; from pipeline.timebase import *; "
        "found = pickle.loads(sys.stdin.buffer.read()); "
        "made = Edit('one', (MasterSpan('a', Span(Fraction(0), Fraction(1))),)); "
        "sys.exit(0 if {made: 1}.get(found) else 1)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    done = subprocess.run([sys.executable, "-c", read], input=pickle.dumps(edit), env=environment, timeout=60)
    assert done.returncode == 0
